"""Replays are stored page by page, each page once, also by a run that goes on after a kill."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from blocks import SalesforceOrg
from leakresponse.adapters.salesforce import SalesforceClient, bulk
from leakresponse.core import progress
from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.exposure import Replay
from leakresponse.core.scope_engine_files import read_table
from leakresponse.core.soql.build import select
from leakresponse.ledger import CaseFiles
from leakresponse.rehearsal.org import bulk as org_bulk
from tasks.replays import run_replays
from tests.support.served_org import PEOPLE, SEED, SMALL, build, serve

ALL = Replay("replay-all", select("Contact", ["Id", "Name"]), "Contact", ("Id", "Name"), ("read-1",))


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[SalesforceClient]:
    state = tmp_path_factory.mktemp("org") / "state"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    served = serve(state)
    yield SalesforceOrg.from_connection({k: v for k, v in served.facts.items() if isinstance(v, str)}).client()
    served.stop()


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(bulk, "PAGE_ROWS", 40)
    monkeypatch.setattr(org_bulk, "PAGE_ROWS", 40)


@pytest.fixture
def fetched(monkeypatch) -> Counter[str]:
    """How often each page was asked for."""
    seen: Counter[str] = Counter()
    asked, lock = bulk.page_at, threading.Lock()

    def counted(client, job, locator="", page_rows=None):
        with lock:
            seen[locator] += 1
        return asked(client, job, locator, page_rows)

    monkeypatch.setattr(bulk, "page_at", counted)
    return seen


@pytest.fixture(params=["side by side", "one by one"])
def told(request, monkeypatch) -> str:
    """Whether the org tells the locators of its pages beforehand."""
    if request.param == "one by one":
        monkeypatch.setattr(bulk, "locators", lambda client, job: None)
    return str(request.param)


def ids_in(files: CaseFiles, parts) -> list[str]:
    return [one for part in parts for one in read_table(files, part.name, ["Id"])["Id"].to_pylist()]


def contacts(client: SalesforceClient) -> set[str]:
    return {row["Id"] for row in client.query(select("Contact", ["Id"]))}


def test_every_page_is_stored_once_and_in_order(client, tmp_path, fetched, told):
    files = CaseFiles(tmp_path)
    parts = run_replays(client, [ALL], files, 4, "replay")["replay-all"]
    ids = ids_in(files, parts)
    assert ids == sorted(ids) and set(ids) == contacts(client)
    assert len(fetched) > 5 and set(fetched.values()) == {1}


def test_a_killed_run_goes_on_with_the_pages_that_are_missing(client, tmp_path, fetched, told, monkeypatch):
    class Killed(BaseException):
        """Nothing of the product catches this."""

    counted, lock = bulk.page_at, threading.Lock()
    left = [3]

    def dies(*given):
        with lock:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
        return counted(*given)

    files = CaseFiles(tmp_path)
    monkeypatch.setattr(bulk, "page_at", dies)
    with pytest.raises(Killed):
        run_replays(client, [ALL], files, 1, "replay")
    assert sum(fetched.values()) == 3
    monkeypatch.setattr(bulk, "page_at", counted)
    parts = run_replays(client, [ALL], files, 1, "replay")["replay-all"]
    assert set(fetched.values()) == {1}
    assert Counter(ids_in(files, parts)) == Counter(contacts(client))


def test_what_is_whole_is_not_fetched_again(client, tmp_path, fetched):
    files = CaseFiles(tmp_path)
    first = run_replays(client, [ALL], files, 4, "replay")
    before = fetched.total()
    assert run_replays(client, [ALL], files, 4, "replay") == first and fetched.total() == before


def test_a_job_that_has_expired_is_made_anew_with_its_pages(client, tmp_path, monkeypatch):
    files = CaseFiles(tmp_path)
    asked = bulk.page_at
    monkeypatch.setattr(bulk, "page_at", lambda *given: (_ for _ in ()).throw(Unavailable("away")))
    with pytest.raises(Unavailable):
        run_replays(client, [ALL], files, 1, "replay")
    for job in client.call("GET", "/jobs/query").json()["records"]:
        bulk.remove(client, bulk.BulkJob(job["id"], 0))
    monkeypatch.setattr(bulk, "page_at", asked)
    parts = run_replays(client, [ALL], files, 1, "replay")["replay-all"]
    assert set(ids_in(files, parts)) == contacts(client)


def test_pages_side_by_side_that_are_not_everything_are_fetched_one_by_one(client, tmp_path, monkeypatch):
    told = bulk.locators
    monkeypatch.setattr(bulk, "locators", lambda *given: told(*given)[:-1])
    files = CaseFiles(tmp_path)
    parts = run_replays(client, [ALL], files, 1, "replay")["replay-all"]
    assert Counter(ids_in(files, parts)) == Counter(contacts(client))


def test_a_page_with_fewer_rows_than_it_says_is_refused(client, tmp_path, monkeypatch):
    asked = bulk.page_at

    def short(*given):
        page = asked(*given)
        return bulk.Page(page.locator, page.after, (page.rows or 0) + 1, page.chunks)

    monkeypatch.setattr(bulk, "page_at", short)
    with pytest.raises(Unavailable, match="has not the rows"):
        run_replays(client, [ALL], CaseFiles(tmp_path), 1, "replay")


def test_rows_and_bytes_are_told_against_what_the_job_says(client, tmp_path):
    told: list[tuple[str, int, int]] = []
    stop = progress.watch(lambda *given: told.append(given))
    run_replays(client, [ALL], CaseFiles(tmp_path), 1, "replay")
    stop()
    rows = len(contacts(client))
    assert told[0] == ("replay: rows", 0, rows)
    assert ("replay: rows", rows, rows) in told
    last = [one for one in told if one[0] == "replay: bytes"][-1]
    assert last[1] == last[2] > rows * 18


def test_pages_of_an_earlier_run_count_in_what_is_told(client, tmp_path):
    told: list[tuple[str, int, int]] = []
    run_replays(client, [ALL], CaseFiles(tmp_path), 1, "replay")
    stop = progress.watch(lambda *given: told.append(given))
    run_replays(client, [ALL], CaseFiles(tmp_path), 1, "replay")
    stop()
    rows = len(contacts(client))
    assert ("replay: rows", rows, rows) in told


def test_an_org_without_addresses_of_pages_is_read_one_by_one(client, monkeypatch):
    def not_found(method, path, **_):
        raise Refused("no such thing", "NOT_FOUND")

    monkeypatch.setattr(client, "call", not_found)
    assert bulk.locators(client, bulk.BulkJob("750", 1)) is None
