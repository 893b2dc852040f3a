"""Approve: a person's decision on exactly one subject, from the UI."""

from __future__ import annotations

from tasks import casework
from tasks.support import playbook


@playbook("approve")
def approve(case_id: str, subject: str, subject_hash: str, approver: str, reason: str, store: str = "cases") -> None:
    """Record who approved what; the waiting flow goes on by itself.

    Args:
        case_id: The case.
        subject: What is approved, as the waiting case names it.
        subject_hash: The hash that the waiting case shows; it binds the approval to what was seen.
        approver: Who approves.
        reason: Why, in one sentence; it stays in the record.
        store: The case store block.
    """
    casework.record_approval(case_id, subject, subject_hash, approver, reason, store)
