"""The case itself: opening, phases, approvals. Everything here is a line in the ledger."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from blocks import CaseStore
from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.errors import BadInput, LeakResponseError, Refused
from leakresponse.core.types import Alert, Principal, Window
from leakresponse.ledger import Ledger
from tasks.support import files_of, keep_alert, ledger_of, log, policy_block, step, store_block

APPROVAL_POLL_SECONDS = 2.0
#: So long the opening of a case waits for its alert's file; collecting the logs writes it where it is not there yet.
ALERT_FILE_SECONDS = 0.5


def now() -> str:
    """This moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat()


@step("open the case")
def open_case(alert_id: str, store: str) -> str:
    """Open the case of a stored alert; a repeat answers the same case and opens nothing."""
    ledger = ledger_of(store_block(store))
    return _open(ledger, parse_alert(ledger.stored_alert(alert_id)), store)


def _open(ledger: Ledger, alert: Alert, store: str) -> str:
    document = alert_document(alert)
    facts = {"discovered_at": alert.detected_at.isoformat(), "source": alert.source}
    case = ledger.open_case(alert.id, json.dumps(document), facts)
    # The cut does not wait for the key of the files, nor for a vault that is silent: the ledger has the alert.
    writing = threading.Thread(target=_keep_alert, args=(store_block(store), case.case_id), daemon=True)
    writing.start()
    writing.join(ALERT_FILE_SECONDS)
    return case.case_id


def _keep_alert(store: CaseStore, case_id: str) -> None:
    try:
        keep_alert(store, case_id)
    except LeakResponseError as problem:
        log.warning("the alert's file waits for its key: %s", type(problem).__name__)


@step("open a case for another org")
def open_sibling(case_id: str, org: str, store: str) -> str:
    """The case of the same alert in another org; both cases name each other. A repeat answers the same case."""
    ledger = ledger_of(store_block(store))
    first = parse_alert(ledger.alert_raw(case_id))
    alert = replace(first, id=f"{first.id}@{org}")
    ledger.store_alert(json.dumps(alert_document(alert)), alert.id, None)
    sibling = _open(ledger, alert, store)
    ledger.note(case_id, "sibling_case", {"case": sibling, "org": org})
    ledger.note(sibling, "sibling_case", {"case": case_id})
    return sibling


def other_orgs(policy: str) -> list[str]:
    """The org blocks that the policy names beside the one that is attacked."""
    return list(policy_block(policy).other_orgs)


def case_for(case_id: str, store: str, org: str, connected_app: str, user_id: str, hours_back: int) -> str:
    """The given case, or a new one from what a person typed into the form."""
    if case_id:
        return case_id
    named = [("connected_app", connected_app.strip()), ("user", user_id.strip())]
    principals = tuple(Principal(kind, value) for kind, value in named if value)  # type: ignore[arg-type]
    if not principals:
        raise BadInput("name a case, a connected app or a user")
    moment = datetime.now(UTC).replace(microsecond=0)
    key = f"{org}:{connected_app}:{user_id}:{moment:%Y-%m-%dT%H}"
    alert_id = f"form-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    window = Window(moment - timedelta(hours=hours_back), moment)
    alert = Alert(alert_id, "prefect-ui", moment, "started by a person from the form", window, principals)
    ledger = ledger_of(store_block(store))
    ledger.store_alert(json.dumps(alert_document(alert)), alert_id, None)
    return _open(ledger, alert, store)


def alert_of(case_id: str, store: str) -> Alert:
    """The alert that opened the case, from the ledger: no key is needed to begin."""
    return parse_alert(ledger_of(store_block(store)).alert_raw(case_id))


def opener(case_id: str, store: str) -> Callable[[str], IO[bytes]]:
    """Opens files of the case by their names, decrypted."""
    return files_of(store_block(store), case_id).open


@contextmanager
def phase(case_id: str, name: str, store: str) -> Iterator[dict[str, Any]]:
    """A phase in the ledger: begun before, its facts written after, marked failed where it raises.

    The yielded dict becomes the facts: ids, counts and times only.
    """
    ledger = ledger_of(store_block(store))
    ledger.begin_phase(case_id, name)
    facts: dict[str, Any] = {"started_at": now()}
    try:
        yield facts
    except BaseException as error:
        facts["error"] = type(error).__name__
        ledger.finish_phase(case_id, name, facts, status="failed")
        raise
    facts["finished_at"] = now()
    ledger.finish_phase(case_id, name, facts)


def facts_of(case_id: str, name: str, store: str) -> dict[str, Any]:
    """The facts of a finished phase, empty where it is not finished."""
    return dict(ledger_of(store_block(store)).phase_facts(case_id, name) or {})


def is_done(case_id: str, name: str, store: str) -> bool:
    """Whether a phase has finished well."""
    return bool(facts_of(case_id, name, store).get("finished_at"))


@step("await approval")
def await_approval(case_id: str, subject: str, seen: Mapping[str, Any], store: str, policy: str) -> str:
    """Go on only with an approval of exactly this: the hash of what is approved is part of it.

    By policy (rehearsals) it is given at once and recorded as such; else a person gives it with the `approve` flow.
    Raises Refused when nobody did in time.
    """
    ledger = ledger_of(store_block(store))
    rules = policy_block(policy)
    digest = subject_hash(seen)
    if rules.auto_approve and not ledger.approval_for(case_id, subject, digest):
        why = "rehearsal or simulated org: no person is affected"
        ledger.approve(case_id, subject, digest, "policy: automatic approval", why, policy=True)
    deadline = time.monotonic() + rules.approval_wait_seconds
    ledger.note(case_id, "approval_wanted", {"subject": subject, "hash": digest})
    while True:
        approval = ledger.approval_for(case_id, subject, digest)
        if approval:
            return approval.by
        if time.monotonic() > deadline:
            raise Refused("not approved in time", "NOT_APPROVED")
        log.info("waiting for approval of %s", subject)
        time.sleep(APPROVAL_POLL_SECONDS)


def ask_approval(case_id: str, subject: str, seen: Mapping[str, Any], store: str, policy: str) -> str:
    """Say that an approval of exactly this is wanted, and go on; the answer is the hash that it will be bound to.

    By policy (rehearsals) it is given at once and recorded as such. Asked again, nothing is added.
    """
    ledger, digest = ledger_of(store_block(store)), subject_hash(seen)
    if ledger.approval_for(case_id, subject, digest):
        return digest
    if policy_block(policy).auto_approve:
        why = "rehearsal or simulated org: no person is affected"
        ledger.approve(case_id, subject, digest, "policy: automatic approval", why, policy=True)
    else:
        ledger.note(case_id, "approval_wanted", {"subject": subject, "hash": digest})
    return digest


@step("record an approval")
def record_approval(case_id: str, subject: str, digest: str, approver: str, reason: str, store: str) -> None:
    """Write a person's approval of one subject, bound to the hash of what they saw."""
    ledger_of(store_block(store)).approve(case_id, subject, digest, approver, reason)


def clock(case_id: str, store: str, started: str) -> dict[str, float]:
    """Seconds from the moment `started` to first cut, containment, scope and ready notices."""
    marks = {
        "alert_to_first_cut_s": facts_of(case_id, "contain", store).get("first_cut_at"),
        "alert_to_contained_s": facts_of(case_id, "contain", store).get("contained_at"),
        "alert_to_scope_s": facts_of(case_id, "scope", store).get("finished_at"),
        "alert_to_notices_ready_s": facts_of(case_id, "notify", store).get("ready_at"),
    }
    zero = datetime.fromisoformat(started)
    return {k: round((datetime.fromisoformat(v) - zero).total_seconds(), 3) for k, v in marks.items() if v}


def new_rehearsal_folder(scenario: str) -> Path:
    """A new folder below the product's home for a rehearsal started from the UI or the schedule."""
    home = Path(os.environ.get("LEAK_RESPONSE_HOME") or Path.home() / ".leak-response")
    return home / "rehearsals" / f"{scenario}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"


def subject_hash(seen: Mapping[str, Any]) -> str:
    """The SHA-256 of what an approver sees, in canonical JSON."""
    return hashlib.sha256(json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()
