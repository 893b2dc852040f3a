"""Several orgs in one process: nothing of one is known to another."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.brands import names_of
from leakresponse.rehearsal.org.build import CONNECTION
from tests.support.served_org import Served, serve

NAMES = ("production", "outlet", "sandbox")
SANDBOX = "production--sandbox"


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A production org, another brand, and a sandbox of the first."""
    served = serve(tmp_path_factory.mktemp("several") / "state", names=NAMES)
    yield served
    served.stop()


def _ids(served: Served, soql: str) -> set[str]:
    return {row["Id"] for row in served.responder().rows(soql)}


def test_every_org_has_an_id_of_its_own(orgs: Served) -> None:
    every = [orgs, orgs.beside("outlet"), orgs.beside(SANDBOX)]
    assert len({one.world.org_id for one in every}) == 3
    assert all(_ids(one, "SELECT Id FROM Organization") == {one.world.org_id} for one in every)


@pytest.mark.parametrize("table", ["User", "Contact", "Profile", "ConnectedApplication"])
def test_brands_share_no_record_ids(orgs: Served, table: str) -> None:
    soql = f"SELECT Id FROM {table}"
    ours, theirs = _ids(orgs, soql), _ids(orgs.beside("outlet"), soql)
    assert ours
    assert theirs
    assert not ours & theirs


def test_brands_share_no_usernames(orgs: Served) -> None:
    soql = "SELECT Username FROM User"
    names = [{row["Username"] for row in one.responder().rows(soql)} for one in (orgs, orgs.beside("outlet"))]
    assert not names[0] & names[1]
    assert all(name.endswith("@outlet.harborpine.example") for name in names[1])


def test_a_token_of_one_org_is_refused_by_the_others(orgs: Served) -> None:
    ours = orgs.responder()
    for name in ("outlet", SANDBOX):
        ours.url = orgs.beside(name).url
        answer = ours.call("GET", "/limits")
        assert answer.status_code == 401
        assert answer.json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_a_key_of_one_brand_opens_no_other(orgs: Served) -> None:
    refused = orgs.beside("outlet").key_login(orgs.facts)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_id")


def test_a_record_written_in_one_org_is_in_no_other(orgs: Served) -> None:
    made = orgs.responder().call("POST", "/sobjects/Contact", json={"LastName": "Onlyhere"}).json()["id"]
    soql = f"SELECT Id FROM Contact WHERE Id = '{made}'"
    assert [len(_ids(one, soql)) for one in (orgs, orgs.beside("outlet"), orgs.beside(SANDBOX))] == [1, 0, 0]


@pytest.mark.parametrize(("name", "expected"), [("production", False), ("outlet", False), (SANDBOX, True)])
def test_organization_says_whether_it_is_a_sandbox(orgs: Served, name: str, expected: bool) -> None:
    found = orgs.beside(name).responder().rows("SELECT IsSandbox FROM Organization")
    assert found[0]["IsSandbox"] is expected
    assert orgs.beside(name).facts["simulated"] is True


def test_one_org_alone_says_that_it_is_a_sandbox(template: Path) -> None:
    import sqlite3

    with sqlite3.connect(template / "org.sqlite") as db:
        assert db.execute("SELECT IsSandbox FROM Organization").fetchone() == (1,)


def test_connection_files_lead_from_the_main_org_to_every_other(orgs: Served) -> None:
    facts = orgs.orgs.tell()
    kept = json.loads((orgs.state / CONNECTION).read_text(encoding="utf-8"))
    assert kept["orgs"] == facts["orgs"]
    assert [one["name"] for one in facts["orgs"]] == ["production", "outlet", SANDBOX]
    for one in facts["orgs"]:
        theirs = json.loads(Path(one["connection"]).read_text(encoding="utf-8"))
        assert (theirs["org_id"], theirs["instance_url"]) == (one["org_id"], one["instance_url"])
        assert theirs["ca_file"] == facts["ca_file"]


def test_log_rows_stay_in_the_org_of_the_act(orgs: Served) -> None:
    theirs = orgs.beside("outlet")
    theirs.responder().query("SELECT Id FROM Account LIMIT 1")
    sql = "SELECT COUNT(*) AS n FROM sim_log WHERE line LIKE ?"
    assert theirs.world.store.one(sql, f"%{theirs.world.org_id[:15]}%") != {"n": 0}
    assert orgs.world.store.one(sql, f"%{theirs.world.org_id[:15]}%") == {"n": 0}


def test_a_sign_on_names_the_domain_of_its_org(orgs: Served) -> None:
    outlet = orgs.beside("outlet")
    user = outlet.facts["username"]
    given = requests.post(f"{outlet.url}/simulation/login", json={"username": user}, timeout=20)
    assert given.status_code == 200
    logins = outlet.responder().rows("SELECT LoginType, LoginUrl FROM LoginHistory")
    signed_on = [one for one in logins if one["LoginType"] == "SAML Idp Initiated SSO"]
    assert [one["LoginUrl"] for one in signed_on] == [outlet.world.my_domain]
    assert outlet.world.my_domain != orgs.world.my_domain


@pytest.mark.parametrize("asked", ["nowhere", "production,production", "sandbox", "production,,outlet,x"])
def test_wrong_lists_of_orgs_are_refused(asked: str) -> None:
    with pytest.raises(BadInput, match="--orgs"):
        names_of(asked)


def test_everything_comes_back_on_the_same_folder(tmp_path: Path, template: Path) -> None:
    from tests.support.served_org import copied

    state = copied(template, tmp_path)
    first = serve(state, names=("production", "sandbox"))
    sandbox = first.beside(SANDBOX)
    before = (sandbox.world.org_id, sandbox.responder())
    first.stop()
    again = serve(state)
    try:
        found = again.beside(SANDBOX)
        assert found.world.org_id == before[0]
        before[1].url = found.url
        assert before[1].call("GET", "/limits").status_code == 200
        assert found.world.sandbox == "sandbox"
    finally:
        again.stop()


def test_stopping_ends_every_org(tmp_path: Path, template: Path) -> None:
    import requests

    from tests.support.served_org import copied

    served = serve(copied(template, tmp_path), names=("production", "sandbox"))
    urls = [served.url, served.beside(SANDBOX).url]
    started = time.monotonic()
    served.stop()
    assert not served.thread.is_alive()
    assert time.monotonic() - started < 10
    for url in urls:
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=5)
