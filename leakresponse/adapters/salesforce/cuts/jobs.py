"""Bulk jobs: what is still being read or written when the attacker is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leakresponse.adapters.salesforce import bulk_v1
from leakresponse.adapters.salesforce.cuts.batched import each
from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof
from leakresponse.adapters.salesforce.inventory_work import UNFINISHED, list_jobs
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused

_ABORT = {"state": "Aborted"}


class AbortJob:
    """A bulk job, by its creator or with Manage Data Integrations; `v1:` is the older API, `v2:` or nothing the newer.

    What was fetched is gone. Results of a job that ended stay for seven days for whoever has a session.
    """

    kind: ActionKind = "abort_job"
    source = "V: containment facts, abort a Bulk 2.0 query job; that it gives no results: 1; Bulk v1: V"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Abort; a job that has ended is left as it is: it is evidence."""
        job_id = _id_of(target)
        return _abort_v1(hands, job_id) if target.startswith("v1:") else _abort_v2(hands, job_id)

    def dead(self, hands: Hands, target: str) -> Proof:
        """See `dead_many`."""
        return self.dead_many(hands, [target], 1)[target]

    def dead_many(self, hands: Hands, targets: Sequence[str], parallel: int) -> dict[str, Proof]:
        """By the lists of jobs, which tell the states of hundreds; one by one what they do not tell.

        Jobs of the older API are asked for their batches too: those that run go on to their end.
        """
        states = {job.job_id: job.state for job in list_jobs(hands.client) if job.version == "v2"}
        return each(targets, parallel, lambda one: _proof(hands, one, states))

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """An aborted job stays aborted."""
        raise CannotGiveBack("an aborted job has to be started anew", "OWNER_MUST_START_AGAIN")


def _proof(hands: Hands, target: str, states: Mapping[str, str]) -> Proof:
    job_id = _id_of(target)
    try:
        if target.startswith("v1:"):
            return _proof_v1(bulk_v1.job(hands.client, job_id))
        state = states.get(job_id) or _state(hands, job_id)
    except Refused as refused:
        return Proof(refused.code in {"NOT_FOUND", "InvalidJob"}, f"read answered {refused.code}")
    return Proof(state not in UNFINISHED, f"the job is {state}")


def _id_of(target: str) -> str:
    return target.partition(":")[2] or target


def _state(hands: Hands, job_id: str) -> str:
    return str(_of_either(lambda path: hands.client.call("GET", path), job_id).json()["state"])


def _abort_v2(hands: Hands, job_id: str) -> dict[str, Any]:
    try:
        _of_either(lambda path: hands.client.call("PATCH", path, json=_ABORT, repeatable=True), job_id)
    except Refused as refused:
        if refused.code not in {"INVALIDJOBSTATE", "NOT_FOUND"}:
            raise
        return {"already": True}
    return {"aborted": True}


def _of_either(act: Callable[[str], Any], job_id: str) -> Any:
    """A call for a job that is a query, or else a load."""
    try:
        return act(f"/jobs/query/{job_id}")
    except Refused as refused:
        if refused.code != "NOT_FOUND":
            raise
        return act(f"/jobs/ingest/{job_id}")


def _abort_v1(hands: Hands, job_id: str) -> dict[str, Any]:
    """Abort; what waits goes, what runs cannot be stopped and is told."""
    try:
        bulk_v1.set_state(hands.client, job_id, "Aborted")
    except Refused as refused:
        if refused.code not in {"InvalidJobState", "InvalidJob"}:
            raise
        return {"already": True}
    return {"aborted": True, "batches_running_on": bulk_v1.at_work(bulk_v1.job(hands.client, job_id))}


def _proof_v1(found: dict[str, Any]) -> Proof:
    running, waiting = bulk_v1.at_work(found), bulk_v1.waiting(found)
    how = f"the job is {found['state']}; batches running {running}, waiting {waiting}"
    return Proof(found["state"] != "Open" and not running and not waiting, how)
