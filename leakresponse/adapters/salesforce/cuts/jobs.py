"""Bulk jobs: an aborted job gives no results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused

_RUNNING = frozenset({"UploadComplete", "InProgress", "Open"})


class AbortJob:
    """A Bulk 2.0 query job, by its creator or with Manage Data Integrations."""

    kind: ActionKind = "abort_job"
    source = "V: containment facts, abort a Bulk 2.0 query job; that it gives no results: 1"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Abort; a job that has ended is left as it is."""
        try:
            hands.client.call("PATCH", _path(target), json={"state": "Aborted"}, repeatable=True)
        except Refused as refused:
            return {"already": refused.code in {"INVALIDJOBSTATE", "NOT_FOUND"}, "code": refused.code}
        return {"aborted": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read its state."""
        try:
            state = hands.client.call("GET", _path(target)).json()["state"]
        except Refused as refused:
            return Proof(refused.code == "NOT_FOUND", f"read answered {refused.code}")
        return Proof(state not in _RUNNING, f"the job is {state}")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """An aborted job stays aborted."""
        raise CannotGiveBack("an aborted job has to be started anew", "OWNER_MUST_START_AGAIN")


def _path(target: str) -> str:
    return f"/jobs/query/{target.removeprefix('v2:')}"
