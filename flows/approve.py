"""Approve: a person's decision on exactly one subject, from the UI."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tasks import casework
from tasks.support import playbook

NO_ADDRESS = r"^[^@]+$"


@playbook("approve")
def approve(
    case_id: str,
    subject: str,
    subject_hash: str,
    approver: Annotated[str, Field(pattern=NO_ADDRESS, max_length=80)],
    reason: Annotated[str, Field(pattern=NO_ADDRESS, max_length=300)],
    store: str = "cases",
) -> None:
    """Record who approved what; the waiting flow goes on by itself.

    Args:
        case_id: The case.
        subject: What is approved, as the waiting case names it.
        subject_hash: The hash that the waiting case shows; it binds the approval to what was seen.
        approver: Who approves, by role or staff number. No e-mail address: Prefect keeps what is typed here.
        reason: Why, in one sentence without anybody's name; it stays in the record and in Prefect.
        store: The case store block.
    """
    casework.record_approval(case_id, subject, subject_hash, approver, reason, store)
