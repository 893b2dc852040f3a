"""Everything of a containment that is not Salesforce: people, identity provider, pager, what the UI shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException

from blocks import IdentityProvider, Pager
from leakresponse.adapters.salesforce.cuts.human import check_human_task
from leakresponse.core.containment import Action, Plan
from leakresponse.core.errors import LeakResponseError, code_of
from leakresponse.ledger import Ledger
from tasks.containment_hands import Cutter, approved
from tasks.support import ledger_of, load_block, log, policy_block, store_block

#: The most lines of a plan that the UI shows.
MOST_LINES = 200


def hand_to_people(cutter: Cutter, actions: Iterable[Action]) -> list[dict[str, Any]]:
    """What has no proven API, in the record with link, steps and check; the same task is noted once."""
    known = {str(e.body.get("target")) for e in cutter.ledger.timeline(cutter.case_id) if e.kind == "human_task"}
    found = []
    for action in actions:
        if action.kind == "human_task" and action.task is not None:
            task = action.task
            words = {"reason": action.reason, "link": task.link, "check": task.check}
            line: dict[str, Any] = {"target": action.target, **words, "steps": list(task.steps)}
            if action.target not in known:
                cutter.ledger.note(cutter.case_id, "human_task", line)
            found.append(line)
    return found


def check_people(cutter: Cutter, tasks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks again, each with whether the org shows it done; what no API shows stays open until a person says so."""
    found = []
    for task in tasks:
        try:
            proof = check_human_task(cutter.hands, str(task["target"]))
            found.append({**task, "done": proof.dead, "seen": proof.how})
        except LeakResponseError as error:
            found.append({**task, "done": False, "seen": f"not read: {type(error).__name__}"})
    return found


def end_idp_sessions(cutter: Cutter, actions: Iterable[Action]) -> dict[str, str]:
    """Ask the identity provider to end each user's sessions; the answer tells what became of each user id."""
    wanted = [a for a in actions if a.kind == "end_idp_session" and approved(cutter, a)]
    if not wanted or not cutter.identity_provider:
        return {}
    names = {u.user_id: u.username for u in cutter.snapshot.users}
    return {action.target: _end_session(cutter, action, names[action.target]) for action in wanted}


def _end_session(cutter: Cutter, action: Action, username: str) -> str:
    def act() -> dict[str, Any]:
        provider = load_block(IdentityProvider, cutter.identity_provider)
        return {"status": provider.end_sessions(cutter.case_id, username)}

    try:
        key = f"contain:end_idp_session:{action.target}"
        cutter.ledger.once(cutter.case_id, key, action.kind, action.target, act)
    except LeakResponseError as error:
        log.warning("the identity provider did not end a user's sessions: %s", type(error).__name__)
        return code_of(error)
    return "ended"


@contextmanager
def paging(case_id: str, store: str, policy: str, counts: MutableMapping[str, int]) -> Iterator[None]:
    """Wake a person where containment does not end well, whatever the reason; then let the failure go on."""
    ended_well = False
    try:
        yield
        ended_well = True
    finally:
        if not ended_well:
            page(ledger_of(store_block(store)), case_id, policy_block(policy).pager, "not_contained", counts)


def page(ledger: Ledger, case_id: str, pager: str, event: str, counts: MutableMapping[str, int]) -> bool:
    """Send one page with the case's id and counts; whether it went out. A dead pager must not hide the failure."""
    if not pager:
        log.error("not contained, and no pager is set in the policy")
        ledger.note(case_id, "paged", {"sent": False, "why": "no pager in the policy"})
        return False
    try:
        load_block(Pager, pager).page(case_id, event, counts)
    except (LeakResponseError, ValueError) as error:  # ValueError: no such block
        log.error("the pager did not answer: %s", type(error).__name__)
        ledger.note(case_id, "paged", {"sent": False, "why": type(error).__name__})
        return False
    ledger.note(case_id, "paged", {"sent": True, "event": event})
    return True


class ProgressShown:
    """A progress artifact with counts. The UI is a convenience: where it fails, the cuts go on."""

    def __init__(self, case_id: str) -> None:
        self._case_id = case_id
        self._artifact: UUID | None = None
        self._shown = 0

    def __call__(self, done: int, total: int) -> None:
        """Show every tenth part, and the end."""
        percent = 100 * done // max(total, 1)
        if FlowRunContext.get() is None or (percent - self._shown < 10 and done < total):
            return
        self._shown = percent
        text = f"Case {self._case_id}: {done} of {total} cuts"
        try:
            if self._artifact is None:
                made = create_progress_artifact(percent, key="containment-progress", description=text)
                self._artifact = made if isinstance(made, UUID) else None
            else:
                update_progress_artifact(self._artifact, percent, description=text)
        except (httpx.HTTPError, PrefectException):
            log.warning("the progress could not be shown")


def show_plan(case_id: str, plan: Plan, dry: bool) -> None:
    """The plan for the UI: kinds, targets by id or fingerprint, and counts; never a name of a person."""
    if FlowRunContext.get() is None:
        return
    lines = [
        {
            "cut": action.kind.replace("_", " "),
            "target": action.target,
            "counts": "yes" if action.counts else "no",
            "certainty": action.certainty,
            "a person decides": "yes" if action.approval else "no",
            "users": action.blast.users,
            "apps": action.blast.integrations,
            "gives back": "yes" if action.inverse else "no",
        }
        for action in plan.actions[:MOST_LINES]
    ]
    more = len(plan.actions) - len(lines)
    what = "Dry run, nothing is changed: what would be cut" if dry else "What is cut"
    text = f"Case {case_id}. {what}. {len(plan.uncovered)} ways in that no cut closes; {len(plan.spared)} left alone."
    try:
        create_table_artifact(
            table=lines, key="containment-plan", description=f"{text} {more} lines more." if more > 0 else text
        )
    except (httpx.HTTPError, PrefectException):
        log.warning("the plan could not be shown")
