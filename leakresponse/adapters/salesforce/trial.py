"""The cut trial: every cut against fresh credentials of every class, each timed until dead.

What an org really does is not in the vendor's pages (containment facts: X, 1, 0). So it is tried, in a sandbox, with a
user and apps made for it alone; nothing else of the org is touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.adapters.salesforce.trial_credentials import Hand, take_up
from leakresponse.adapters.salesforce.trial_kit import end_credentials, login_row
from leakresponse.adapters.salesforce.trial_types import AppKind, Ask, Kit, TrialApp
from leakresponse.core.containment import HELD, ActionKind, Cell, Held, Outcome, TrialCut
from leakresponse.core.errors import LeakResponseError, Refused, Unavailable, code_of
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import all_of, equals, select

SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
#: In this order: what takes most comes last, where a failure to put back harms nothing that follows.
CUT_ORDER: tuple[TrialCut, ...] = (
    "revoke_token", "revoke_access_token", "delete_session", "remove_grant", "expire_password", "freeze_user",
    "deactivate_user", "revoke_eca_usage", "disable_eca", "block_app", "abort_job",
)  # fmt: skip
#: Cuts that know one kind of app alone; the others take the connected app where there is one.
_OF_KIND: Mapping[TrialCut, AppKind] = {
    "revoke_eca_usage": "eca", "disable_eca": "eca", "block_app": "connected_app",
}  # fmt: skip
_JOB = {"operation": "query", "query": select("User", ["Id"]), "contentType": "CSV"}
_JOB_TRIES = 10
NO_APP = "no connected app was lent to the trial, and new ones cannot be made"


@dataclass(frozen=True, slots=True)
class _Aim:
    """Targets of one cut, its secrets, and what gives it back; no `inverse` where nothing does or has to."""

    kind: ActionKind
    targets: tuple[str, ...]
    secrets: Mapping[str, Redacted[str]]
    inverse: Mapping[str, str] | None = None


def check_sandbox(client: SalesforceClient) -> str:
    """The org's id. Raises Refused `NOT_A_SANDBOX` where the org itself does not say that it is one."""
    row = next(iter(client.query(select("Organization", ["Id", "IsSandbox"]))))
    if row["IsSandbox"] is not True:
        raise Refused("the org says that it is no sandbox", "NOT_A_SANDBOX")
    return str(row["Id"])


def try_cuts(kit: Kit, ask: Ask | None, seconds: float = SECONDS) -> Iterator[Cell]:
    """One cell after the other. A person is asked before every cut, unless nobody came once: then never again."""
    someone = ask
    for cut in CUT_ORDER:
        if cut == "abort_job":
            yield _abort(kit)
            continue
        app = kit.app(_OF_KIND[cut]) if cut in _OF_KIND else kit.apps[0]
        if app is None:
            yield from (Cell(cut, _OF_KIND[cut], one, "untried", why=NO_APP) for one in HELD)
            continue
        cells = _round(kit, app, cut, someone, seconds)
        if any("NOBODY_CAME" in one.why for one in cells):
            someone = None
        yield from cells


def _round(kit: Kit, app: TrialApp, cut: TrialCut, ask: Ask | None, seconds: float) -> list[Cell]:
    """One cut against one of each credential; whatever happens, what can be given back is given back."""
    try:
        hand = take_up(kit, app, ask)
    except LeakResponseError as problem:
        return [Cell(cut, app.kind, one, "untried", why=f"no login before the cut: {code_of(problem)}") for one in HELD]
    try:
        return _cut_and_watch(kit, app, cut, hand, seconds)
    finally:
        end_credentials(kit.client, kit.user_id)


def _cut_and_watch(kit: Kit, app: TrialApp, cut: TrialCut, hand: Hand, seconds: float) -> list[Cell]:
    aim: _Aim | None = None
    try:
        _leave_out(cut, hand)
        aim = None if cut == "revoke_access_token" else _aim(kit, app, cut, hand)
        _act(kit, aim, hand)
        with ThreadPoolExecutor(len(HELD)) as pool:
            cells = list(pool.map(lambda one: _watched(cut, app, one, hand, seconds), HELD))
    except LeakResponseError as problem:
        cells = [Cell(cut, app.kind, one, "untried", why=f"the cut failed: {code_of(problem)}") for one in HELD]
    finally:
        kept = _given_back(kit, aim)
    return [replace(one, why=kept) for one in cells] if kept else cells


def _given_back(kit: Kit, aim: _Aim | None) -> str:
    """Why what was cut did not come back, empty where it did: the cells after it are then not tried, and say so."""
    if aim is None or aim.inverse is None:
        return ""
    try:
        for target in aim.targets:
            CUTS[aim.kind].undo(Hands(kit.client, aim.secrets), target, aim.inverse)
    except LeakResponseError as problem:
        return f"not given back: {code_of(problem)}"
    return ""


def _leave_out(cut: TrialCut, hand: Hand) -> None:
    """What cannot be tried: dead before the cut, or a session that is not listed and that no delete would reach."""
    for name, works in list(hand.works.items()):
        unlisted = cut == "delete_session" and name in hand.tokens and not hand.sessions[name]
        if unlisted or not works():
            del hand.works[name]
            hand.missing[name] = "its session is not listed" if unlisted else "it did not work before the cut"


def _act(kit: Kit, aim: _Aim | None, hand: Hand) -> None:
    if aim is None:
        for name in ("key_token", "grant_token"):
            if name in hand.tokens:
                kit.client.revoke(hand.tokens[name])
        return
    if not aim.targets:
        raise Refused("nothing to cut", "NO_TARGET")
    for target in aim.targets:
        CUTS[aim.kind].act(Hands(kit.client, aim.secrets), target)


def _aim(kit: Kit, app: TrialApp, cut: ActionKind, hand: Hand) -> _Aim:
    """What this cut is aimed at, of the trial's own things alone."""
    makers: Mapping[str, Callable[[], _Aim]] = {
        "revoke_token": lambda: _Aim(cut, tuple(hand.delete_tokens), hand.delete_tokens),
        "delete_session": lambda: _Aim(cut, tuple(id_ for ids in hand.sessions.values() for id_ in ids), {}),
        "remove_grant": lambda: _grants(kit, app),
        "expire_password": lambda: _Aim(cut, (kit.user_id,), {}),
        "freeze_user": lambda: _Aim(cut, (login_row(kit.client, kit.user_id),), {}, {"IsFrozen": "false"}),
        "deactivate_user": lambda: _Aim(cut, (kit.user_id,), {}, {"IsActive": "true"}),
        "revoke_eca_usage": lambda: _Aim(cut, (app.app_id,), {}),
        "disable_eca": lambda: _Aim(cut, (app.developer_name,), {}, {"isEnabled": "true"}),
        "block_app": lambda: _Aim(
            cut, (fingerprint(app.consumer_key),), {fingerprint(app.consumer_key): Redacted(app.consumer_key)}, {}
        ),
    }  # fmt: skip
    return makers[cut]()


def _grants(kit: Kit, app: TrialApp) -> _Aim:
    same = {"ParentId": kit.set_id, "SetupEntityId": app.app_id}
    where = all_of(*(equals(name, value) for name, value in same.items()))
    rows = kit.client.query(select("SetupEntityAccess", ["Id"], where=where))
    return _Aim("remove_grant", tuple(str(row["Id"]) for row in rows), {}, same)


def _watched(cut: TrialCut, app: TrialApp, held: Held, hand: Hand, seconds: float) -> Cell:
    """Used again and again until it is refused twice running: one server that knows already is not all of them."""
    works = hand.works.get(held)
    if works is None:
        return Cell(cut, app.kind, held, "untried", why=hand.missing.get(held, "not held"))
    started, pause = time.monotonic(), _FIRST_PAUSE
    refused_at: float | None = None
    while True:
        asked = time.monotonic() - started
        try:
            alive = works()
        except Unavailable:
            alive = True  # an org that is busy has refused nothing
        except LeakResponseError as problem:
            return Cell(cut, app.kind, held, "untried", why=f"its use says neither: {code_of(problem)}")
        if not alive and refused_at is not None:
            return Cell(cut, app.kind, held, "dead", round(refused_at, 1))
        refused_at = None if alive else asked
        if alive and asked >= seconds:
            return Cell(cut, app.kind, held, "alive", round(asked, 1))
        time.sleep(min(pause, max(0.0, seconds - asked)) if alive else _FIRST_PAUSE)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _abort(kit: Kit) -> Cell:
    """A job of the responder's own, aborted at once; a small one may end before, therefore some tries."""

    def cell(outcome: Outcome, why: str = "", seconds: float = 0.0) -> Cell:
        return Cell("abort_job", "", "job_results", outcome, seconds, why)

    hands = Hands(kit.client, {})
    for _ in range(_JOB_TRIES):
        try:
            job_id = str(kit.client.call("POST", "/jobs/query", json=_JOB).json()["id"])
            try:
                if "aborted" in CUTS["abort_job"].act(hands, f"v2:{job_id}"):
                    return cell("alive" if _gives_results(kit.client, job_id) else "dead")
            finally:
                with suppress(Refused):  # only a job that ended can be deleted; a finding stays one without it
                    kit.client.call("DELETE", f"/jobs/query/{job_id}")
        except LeakResponseError as problem:
            return cell("untried", code_of(problem))
    return cell("untried", "every job had ended before it could be aborted")


def _gives_results(client: SalesforceClient, job_id: str) -> bool:
    try:
        client.call("GET", f"/jobs/query/{job_id}/results")
    except Refused:
        return False
    return True
