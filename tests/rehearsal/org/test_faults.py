"""Faults on the wire and in the API, as a client meets them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.faults import Faults, Struck
from leakresponse.rehearsal.org.faults_model import ordered, rules_of
from tests.support.served_org import Served, log_rows

ACCOUNTS = "SELECT Id, Name FROM Account"
Order = Callable[..., dict[str, Any]]


@pytest.fixture
def order(org: Served) -> Iterator[Order]:
    """Orders faults of the shared org; takes them back afterwards."""

    def put(*rules: Any) -> dict[str, Any]:
        answer = requests.post(f"{org.url}/simulation/faults", data=json.dumps(list(rules)), timeout=10)
        return dict(answer.json())

    yield put
    put()


def _rule(fault: Any, share: float = 1.0, **match: Any) -> dict[str, Any]:
    return {"match": match, "fault": fault, "share": share}


def test_a_503_says_when_to_come_back_and_then_lets_through(org: Served, order: Order) -> None:
    client = org.client("migration")
    order(_rule({"kind": "503", "retry_after": 1}, path="*/query*", in_a_row=2))
    answers = [client.call("GET", "/query", params={"q": ACCOUNTS}) for _ in range(3)]
    assert [one.status_code for one in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "1"
    assert answers[0].json()[0]["errorCode"] == "SERVER_UNAVAILABLE"


def test_an_edge_answers_with_a_page(org: Served, order: Order) -> None:
    client = org.client("migration")
    order(_rule({"kind": "503", "html": True}))
    answer = client.call("GET", "/limits")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")


def test_a_request_limit_leaves_its_row(org: Served, order: Order) -> None:
    client = org.client("order.sync")
    order(_rule("request_limit", object="Account", count=1))
    assert client.query("SELECT Id FROM Contact LIMIT 1")["done"]
    answer = client.call("GET", "/query", params={"q": ACCOUNTS})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    order()
    rows = log_rows(org, "RestApi")
    assert list(rows[rows.STATUS_CODE == "403"].METHOD) == ["GET"]


def test_a_locked_row_is_not_written(org: Served, order: Order) -> None:
    client = org.client("migration")
    record = client.query(f"{ACCOUNTS} LIMIT 1")["records"][0]
    order(_rule("lock_row", in_a_row=1))
    path, fresh = f"/sobjects/Account/{record['Id']}", {"Name": "Locked"}
    refused = client.call("PATCH", path, json=fresh)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
    assert client.call("GET", path).json()["Name"] == record["Name"]
    assert client.call("PATCH", path, json=fresh).status_code == 204


def test_a_cut_answer_is_shorter_than_it_says(org: Served, order: Order) -> None:
    client = org.client("migration")
    order(_rule("cut", method="GET", count=1))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        client.query(ACCOUNTS)
    assert client.query(ACCOUNTS)["done"]


@pytest.mark.parametrize(("before", "made"), [(False, 1), (True, 0)])
def test_a_reset_comes_after_the_act_or_before_it(org: Served, order: Order, before: bool, made: int) -> None:
    client = org.client("migration")
    order(_rule({"kind": "reset", "before": before}, method="POST", count=1))
    name = f"Reset {before}"
    with pytest.raises(requests.exceptions.ConnectionError):
        client.call("POST", "/sobjects/Account", json={"Name": name})
    assert client.query(f"SELECT COUNT() FROM Account WHERE Name = '{name}'")["totalSize"] == made


def test_a_slow_answer_takes_its_time(org: Served, order: Order) -> None:
    client = org.client("migration")
    order(_rule({"kind": "slow", "seconds": 0.3}, count=1))
    started = time.monotonic()
    client.query(ACCOUNTS)
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(("once", "after"), [(True, 200), (False, 401)])
def test_a_session_expires_between_two_pages(org: Served, order: Order, once: bool, after: int) -> None:
    client = org.client("migration")
    headers = {"Sforce-Query-Options": "batchSize=200"}
    page = client.query("SELECT Id FROM Contact", headers=headers)
    order(_rule({"kind": "expire_session", "once": once}, path="*/query/0r8*", user="migration", count=1))
    refused = client.call("GET", page["nextRecordsUrl"])
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    assert client.call("GET", page["nextRecordsUrl"]).status_code == after


def test_a_skewed_clock_shows_in_dates_and_logins(org: Served, order: Order) -> None:
    order(_rule({"kind": "clock_skew", "seconds": 3600}))
    late = org.key_login(org.facts)
    assert (late.status_code, late.json()["error_description"]) == (400, "expired assertion")
    ahead = late.headers["Date"]
    order()
    assert ahead != org.key_login(org.facts).headers["Date"]


def test_what_was_struck_can_be_asked(org: Served, order: Order) -> None:
    client = org.client("migration")
    order(_rule("503", path="*/limits", count=1), _rule("slow", path="/nowhere"))
    client.call("GET", "/limits")
    shown = requests.get(f"{org.url}/simulation/faults", timeout=10).json()["faults"]
    assert [(one["seen"], one["struck"]) for one in shown] == [(1, 1), (0, 0)]


def test_a_wrong_order_changes_nothing(org: Served, order: Order) -> None:
    order(_rule("slow", path="/nowhere"))
    answer = requests.post(f"{org.url}/simulation/faults", data='[{"fault": "fire"}]', timeout=10)
    assert answer.status_code == 400 and "fault.kind" in answer.json()["error"]
    assert len(org.world.faults.rules) == 1


def _fates(share: float, calls: int, in_a_row: int) -> list[bool]:
    faults = Faults(seed=5)
    faults.order(rules_of([_rule("503", share, in_a_row=in_a_row)]))
    faults.start()
    found = []
    for _ in range(calls):
        call = Struck("GET", "/services/data/v67.0/limits")
        faults.begins(call)
        found.append(faults.strike(call, ("503",)) is not None)
    return found


def test_the_same_seed_strikes_the_same_calls() -> None:
    fates = _fates(0.3, 400, 1 << 20)
    assert fates == _fates(0.3, 400, 1 << 20)
    assert 80 < sum(fates) < 160


def test_no_call_is_struck_more_often_in_a_row_than_ordered() -> None:
    assert _fates(1.0, 7, 2) == [True, True, False, True, True, False, True]


def test_after_times_and_count() -> None:
    faults = Faults()
    faults.order(rules_of([_rule("503", after=1, times=[1, 2, 4], count=1)]))
    faults.start()
    assert [bool(faults.strike(Struck("GET", f"/{n}"), ("503",))) for n in range(5)] == [False, True, *[False] * 3]


@pytest.mark.parametrize("given", ["wild", "missing.json"])
def test_an_unknown_word_or_file_is_refused(given: str) -> None:
    with pytest.raises(BadInput, match="--faults"):
        ordered(given)


@pytest.mark.parametrize("text", ["{", '{"a": 1}', '[{"fault": "503", "share": 2}]', '[{"fault": "503", "x": 1}]'])
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(BadInput) as refused:
        ordered(str(path))
    assert "\n" not in str(refused.value)
