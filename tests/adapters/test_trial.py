"""The cut trial on the simulated org under both readings reports exactly the facts of that reading.

The table is written by hand from the containment facts of 2026-11-24, each cell with the rating of its fact: C and V
hold under both readings; X (contradicted), 1 and 0 (nothing found) are what the readings are about. A browser's session
of the trial is born of a key login, so it goes where that login's session goes (C: children go with the parent).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
import requests

from leakresponse.adapters.keypair import KeyPair, make_key_pair
from leakresponse.adapters.salesforce import OrgAccess, SalesforceClient, trial, trial_credentials, trial_kit
from leakresponse.adapters.salesforce.certificates import CONNECTED, AppPlace, deploy_certificate
from leakresponse.adapters.salesforce.trial_types import Borrowed, Consent, Kit
from leakresponse.core.containment import Cell
from leakresponse.core.errors import Refused
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal.person import allow_device
from tests.support.org_faults import keep_alive
from tests.support.served_org import Served, copied, serve

#: key_token, grant_token, refresh_token, key_login, browser_session: what becomes of each by the attacker's reading, by
#: the lenient one (x dead, . alive), and the rating of its fact.
FACTS = {
    "revoke_token": (". x x . .", ". x x . .", "C C C C C"),
    "revoke_access_token": ("x x . . .", "x x . . .", "C C C C C"),
    "delete_session": ("x x . . x", "x x . . x", "0 C C C C"),
    "remove_grant": (". . . x .", "x x x x x", "0 0 0 C 0"),
    "expire_password": (". . . . .", ". . . . .", "X X X 1 0"),
    "freeze_user": (". . x x .", "x x x x x", "X X C C X"),
    "deactivate_user": (". . x x .", "x x x x x", "X X C C X"),
    "revoke_eca_usage": (". x x . .", "x x x . x", "0 V V C 0"),
    "disable_eca": (". . x x .", "x x x x x", "0 0 V V 0"),
    "block_app": (". . x x .", "x x x x x", "0 0 V V 0"),
}
READINGS = ("attacker", "lenient")
HELD = ("key_token", "grant_token", "refresh_token", "key_login", "browser_session")
OF_ECA = {"revoke_eca_usage", "disable_eca"}
#: What has to be the same after a trial, by table, with the columns that tell.
KEPT = {
    "User": "Id, IsActive", "UserLogin": "Id, IsFrozen", "PermissionSet": "Id", "PermissionSetAssignment": "Id",
    "SetupEntityAccess": "Id", "OauthToken": "DeleteToken", "AppMenuItem": "Id, Name", "ConnectedApplication": "Id",
    "sim_block": "*", "sim_refresh": "*", "sim_job": "job_id",
}  # fmt: skip
APP = "Trial_Lent_App"


@dataclass
class Ran:
    """One whole trial."""

    cells: list[Cell]
    left: list[str]
    before: dict[str, set[tuple[object, ...]]]
    after: dict[str, set[tuple[object, ...]]]


def _rows(org: Served) -> dict[str, set[tuple[object, ...]]]:
    found = {
        table: {tuple(row.values()) for row in org.world.store.all(f'SELECT {columns} FROM "{table}"')}
        for table, columns in KEPT.items()
    }
    apps = org.world.store.all(
        "SELECT developer_name, certificate, enabled FROM sim_app WHERE installed = 1 AND app_id != ''"
    )
    parts = org.world.store.all("SELECT kind, name FROM sim_component")
    return {**found, "apps": {tuple(row.values()) for row in apps}, "parts": {tuple(row.values()) for row in parts}}


def _wait(over: threading.Event) -> None:
    over.wait(120)


@contextmanager
def _busy_bulk(org: Served) -> Iterator[None]:
    """Bulk jobs wait, as in a real org: in this small one a job would be over before anybody could abort it."""
    over = threading.Event()
    for _ in range(2):
        org.world.bulk.submit(partial(_wait, over))
    try:
        yield
    finally:
        over.set()


@pytest.fixture(scope="module", params=READINGS)
def org(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An org of these tests' own: a trial's user stays."""
    served = serve(copied(template, tmp_path_factory.mktemp("trial")), request.param)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def client(org: Served) -> SalesforceClient:
    """The responder's access."""
    key = Path(org.facts["private_key_file"]).read_text(encoding="utf-8")
    access = OrgAccess(org.facts["https_url"], org.facts["consumer_key"], org.facts["username"], Redacted(key),
                       ca_file=org.facts["ca_file"])  # fmt: skip
    return SalesforceClient(access)


@pytest.fixture(scope="module")
def pair() -> KeyPair:
    return make_key_pair("cut trial")


@pytest.fixture(scope="module")
def lent(org: Served, client: SalesforceClient) -> Borrowed:
    """A connected app of the sandbox, for admin approved users alone, with a certificate of its own."""
    for act in ({"act": "register", "app": APP.replace("_", " "), "device_flow": True}, {"act": "install"}):
        body = {"app": APP.replace("_", " "), **act}
        requests.post(f"{org.url}/simulation/app", data=json.dumps(body), timeout=20).raise_for_status()
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET admin_approved = 1 WHERE developer_name = ?", (APP,))
    found = trial_kit.borrow(client, APP)
    own = make_key_pair("the app's own").certificate_pem.strip()
    deploy_certificate(client, AppPlace(CONNECTED, APP, APP), own)
    return replace(found, certificate_pem=own)


@pytest.fixture(scope="module")
def ran(org: Served, client: SalesforceClient, pair: KeyPair, lent: Borrowed) -> Ran:
    """The trial is run twice: the first makes its user, who stays; the second has to leave everything as it was."""
    trial_kit.make_kit(client, pair.private_pem, pair.certificate_pem, lent)
    trial_kit.tidy(client, lent)
    before = _rows(org)

    def ask(consent: Consent) -> None:
        allow_device(org.facts, consent.link, consent.code, consent.username)

    kit = trial_kit.make_kit(client, pair.private_pem, pair.certificate_pem, lent)
    with _busy_bulk(org):
        cells = list(trial.try_cuts(kit, ask, seconds=0.3))
    return Ran(cells, trial_kit.tidy(client, lent), before, _rows(org))


@pytest.mark.parametrize("cut", FACTS)
def test_each_cut_does_what_the_facts_of_the_reading_say(org: Served, ran: Ran, cut: str) -> None:
    expected = FACTS[cut][int(org.world.lenient)].split()
    found = {one.held: one for one in ran.cells if one.cut == cut}
    outcomes = {held: found[held].outcome for held in HELD}
    assert outcomes == {held: "dead" if mark == "x" else "alive" for held, mark in zip(HELD, expected, strict=True)}, [
        one.why for one in found.values() if one.why
    ]
    assert {one.app for one in found.values()} == {"eca" if cut in OF_ECA else "connected_app"}


def test_what_is_sure_is_the_same_under_both_readings() -> None:
    for attacker, lenient, ratings in FACTS.values():
        for one, other, rating in zip(attacker.split(), lenient.split(), ratings.split(), strict=True):
            assert one == other or rating in "X10"


def test_an_aborted_job_gives_no_results(ran: Ran) -> None:
    assert [(one.held, one.outcome) for one in ran.cells if one.cut == "abort_job"] == [("job_results", "dead")]


def test_what_lives_was_tried_to_the_end_and_what_died_was_timed(ran: Ran) -> None:
    assert all(one.seconds >= 0.3 for one in ran.cells if one.outcome == "alive")
    assert all(0 <= one.seconds <= 60 for one in ran.cells)


def test_the_trial_leaves_the_org_as_it_was(ran: Ran) -> None:
    assert ran.after == ran.before
    assert ran.left == ["its user, inactive: Salesforce deletes no users"]


@pytest.fixture
def kit(client: SalesforceClient, pair: KeyPair) -> Iterator[Kit]:
    """A trial without a lent app."""
    yield trial_kit.make_kit(client, pair.private_pem, pair.certificate_pem, None)
    trial_kit.tidy(client, None)


def test_without_a_person_what_a_person_gives_is_not_tried(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "CUT_ORDER", ("revoke_access_token", "block_app"))
    found = {(one.cut, one.held): one for one in trial.try_cuts(kit, None, seconds=0.0)}
    assert found["revoke_access_token", "key_token"].outcome == "dead"
    for cell in (found["revoke_access_token", "refresh_token"], found["revoke_access_token", "grant_token"]):
        assert (cell.outcome, cell.why) == ("untried", "not to be had: NOBODY_TO_ASK")
    assert found["block_app", "key_login"].why == trial.NO_APP


def test_a_person_who_never_comes_is_asked_once(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "CUT_ORDER", ("revoke_access_token", "expire_password"))
    monkeypatch.setattr(trial_credentials, "PERSON_SECONDS", 0.0)
    asked: list[Consent] = []
    found = list(trial.try_cuts(kit, asked.append, seconds=0.0))
    assert len(asked) == 1
    assert next(one.why for one in found if one.held == "refresh_token") == "not to be had: NOBODY_CAME"


def test_a_cut_that_the_org_does_not_carry_out_is_seen_alive(
    org: Served, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "CUT_ORDER", ("delete_session",))
    keep_alive(org, "*/sobjects/AuthSession/*", "DELETE")
    found = {one.held: one.outcome for one in trial.try_cuts(kit, None, seconds=0.2)}
    assert (found["key_token"], found["browser_session"]) == ("alive", "alive")


def test_an_org_that_says_it_is_no_sandbox_is_refused(org: Served, client: SalesforceClient) -> None:
    with org.world.store.write() as db:
        db.execute("UPDATE Organization SET IsSandbox = 0")
    try:
        with pytest.raises(Refused) as refused:
            trial.check_sandbox(client)
    finally:
        with org.world.store.write() as db:
            db.execute("UPDATE Organization SET IsSandbox = 1")
    assert refused.value.code == "NOT_A_SANDBOX"


def test_what_was_not_given_back_is_said(org: Served, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "CUT_ORDER", ("freeze_user", "revoke_access_token"))
    usual = trial._watched

    def watched(*given: object) -> Cell:
        keep_alive(org, "*/sobjects/UserLogin/*", "PATCH")
        return usual(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(trial, "_watched", watched)
    found = list(trial.try_cuts(kit, None, seconds=0.0))
    org.world.faults.order([])
    assert {one.why for one in found[:5]} == {"not given back: NOT_RESTORED"}
    assert {one.why for one in found[5:]} == {"no login before the cut: invalid_grant"}


def test_a_job_that_ended_before_it_was_aborted_says_nothing(
    org: Served, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "CUT_ORDER", ("abort_job",))
    monkeypatch.setattr(trial, "_JOB_TRIES", 1)
    monkeypatch.setattr(trial.CUTS["abort_job"], "act", lambda *_: {"already": True}, raising=False)
    assert [(one.outcome, one.why) for one in trial.try_cuts(kit, None)] == [
        ("untried", "every job had ended before it could be aborted")
    ]
