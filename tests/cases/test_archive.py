"""The archive of access logs against the org's own truth: every row that it wrote, once, whatever its files do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from blocks import SalesforceOrg
from leakresponse.adapters.os_keyring import OsKeyring
from leakresponse.core.archive_report import ArchiveReport
from leakresponse.ledger import CaseFiles, InProgress, Ledger, open_ledger
from leakresponse.ledger.archive import archive_id_of
from leakresponse.ledger.archive_check import verify_archive
from leakresponse.ledger.case_keys import codec_of
from leakresponse.rehearsal.org.clock import compact
from leakresponse.rehearsal.org.log_columns import COLUMNS
from leakresponse.rehearsal.org.log_files import line
from tasks.archive import Copying
from tasks.archive_parts import read_archive
from tests.support import keyrings
from tests.support.served_org import Served, serve

YESTERDAY = datetime.now(UTC).replace(hour=8, minute=10, second=0, microsecond=0) - timedelta(days=1)
ORGS = ("production", "outlet")


@dataclass
class Watched:
    """A served org, its archive, and a note of every row that it writes to its logs."""

    served: Served
    ledger: Ledger
    files: CaseFiles
    written: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        book = self.served.world.logs
        write = book.write

        def noted(db: Any, rows: Any) -> None:
            rows = list(rows)
            self.written.update((kind, line(kind, row)) for kind, row in rows)
            write(db, rows)

        book.write = noted  # type: ignore[method-assign]

    @property
    def org_id(self) -> str:
        return self.served.world.org_id

    def at(self, moment: datetime | None) -> None:
        self._order("clock", {"now": None if moment is None else moment.isoformat()})

    def faults(self, *kinds: tuple[str, str]) -> None:
        rules = [{"match": {"object": kind}, "fault": {"kind": fault, "seconds": 0.01}} for fault, kind in kinds]
        self._order("faults", rules)

    def flush(self) -> None:
        self._order("flush", {})

    def act(self, queries: int = 3) -> None:
        client = self.served.client("order.sync", "192.0.2.7")
        for number in range(queries):
            client.query(f"SELECT Id FROM Contact LIMIT {number + 1}")

    def write(self, kind: str, times: int, at: datetime) -> None:
        """The very same row so many times, which is not one act seen twice."""
        row = {"EVENT_TYPE": kind, "TIMESTAMP": compact(at), "REQUEST_ID": "same", "USER_ID": "005"}
        with self.served.world.store.write() as db:
            self.served.world.logs.write(db, [(kind, row)] * times)

    def archive(self) -> ArchiveReport:
        client = SalesforceOrg.from_connection(self.served.facts).client()
        with self.ledger.archive_run(self.org_id) as run:
            return Copying(client, self.ledger, self.files, run, self.org_id).whole_run()

    def archived(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for kind in COLUMNS:
            for part in read_archive(self.files, [kind], YESTERDAY.date(), date.today() + timedelta(days=1)):
                found.update((kind, line(kind, row)) for row in part.to_pylist())
        return found

    def _order(self, what: str, body: Any) -> None:
        assert requests.post(f"{self.served.url}/simulation/{what}", json=body, timeout=30).status_code == 200


@pytest.fixture
def orgs(tmp_path: Path) -> Iterator[list[Watched]]:
    served = serve(tmp_path / "state", names=ORGS)
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    made = []
    for one in (served, served.beside("outlet")):
        made.append(Watched(one, ledger, CaseFiles(tmp_path / "archive" / one.world.org_id)))
    yield made
    served.stop()
    ledger.close()


@pytest.fixture
def org(orgs: list[Watched]) -> Watched:
    return orgs[0]


def test_a_day_of_repeated_late_and_replaced_files_gives_each_row_once_and_names_the_gap(org: Watched) -> None:
    """Run after run over a day whose files come twice, late, short, not at all, and again under another id."""
    org.faults(
        ("duplicate_log_file", "RestApi"), ("late_log_file", "ApiTotalUsage"), ("missing_log_file", "UniqueQuery"),
        ("short_log_file", "DatabaseSave"),
    )  # fmt: skip
    org.at(YESTERDAY)
    org.act()
    org.write("DatabaseSave", 3, YESTERDAY)
    org.flush()
    org.at(YESTERDAY + timedelta(hours=1))
    first = org.archive()
    assert first.counts()["repeated_files"] >= 1
    assert [(gap.kind, gap.event_type) for gap in first.gaps if gap.kind == "short_file"] == [
        ("short_file", "DatabaseSave")
    ]

    org.faults(("new_log_file_id", "RestApi"))
    org.at(YESTERDAY + timedelta(hours=2))
    org.act(2)
    org.at(None)
    org.flush()
    second = org.archive()
    assert ("ApiTotalUsage", 2, YESTERDAY.hour) in [
        (one.event_type, one.sequence, one.log_date.hour) for one in second.late
    ]
    org.at(YESTERDAY + timedelta(hours=2))
    org.act(1)
    org.at(None)
    org.flush()
    emitted = Counter(org.written)
    replaced = org.archive()
    assert {one.event_type: one.same_id for one in replaced.replaced}["RestApi"] is False
    assert {one.event_type: one.same_id for one in replaced.replaced}["Login"] is True
    assert all(one.added > 0 and one.removed == 0 for one in replaced.replaced)
    assert org.archived() == emitted
    missed = [gap for gap in replaced.gaps if gap.kind == "missing_hour"]
    assert [(gap.event_type, gap.since, gap.covered) for gap in missed] == [
        ("UniqueQuery", YESTERDAY.replace(minute=0), True)
    ]

    again = org.archive()
    assert sum(one.fresh for one in again.taken if one.interval != "RealTime") == 0
    assert org.archived() == emitted
    assert org.ledger.broken_link(archive_id_of(org.org_id)) is None


def test_two_orgs_at_once_keep_their_rows_apart(orgs: list[Watched]) -> None:
    for number, one in enumerate(orgs):
        one.act(2 + number)
        one.flush()
    truths = [Counter(one.written) for one in orgs]
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(Watched.archive, orgs))
    assert [one.archived() for one in orgs] == truths
    assert truths[0] != truths[1]
    assert [report.org_id for report in reports] == [one.org_id for one in orgs]
    assert [one.ledger.broken_link(archive_id_of(one.org_id)) for one in orgs] == [None, None]


def test_stored_events_come_once_and_those_that_the_org_lacks_are_named(org: Watched) -> None:
    org.act()
    first = org.archive()
    assert "LoginAnomalyEventStore" in first.missing_objects
    assert "ApiEvent" not in first.missing_objects
    org.archive()
    known = {row["EventIdentifier"] for row in org.served.world.store.all("SELECT EventIdentifier FROM ApiEvent")}
    parts = read_archive(org.files, ["ApiEvent"], date.today() - timedelta(days=1), date.today() + timedelta(days=1))
    rows = [row for part in parts for row in part.to_pylist()]
    assert len(rows) == len({row["EventIdentifier"] for row in rows})
    assert len(rows) > 5
    assert {row["EventIdentifier"] for row in rows} <= known
    assert any("FROM Contact LIMIT 2" in row["Query"] for row in rows)


def test_every_file_stays_as_evidence_also_the_replaced_one(org: Watched) -> None:
    org.at(YESTERDAY)
    org.act(1)
    org.at(None)
    org.flush()
    org.archive()
    org.at(YESTERDAY)
    org.act(1)
    org.at(None)
    org.flush()
    org.archive()
    versions = [one for one in org.ledger.archive_files(archive_id_of(org.org_id), event_type="Login")
                if one.interval == "Daily"]  # fmt: skip
    assert len(versions) == 2
    assert len({one.sha256 for one in versions}) == 2
    for one in versions:
        with org.files.evidence.open(one.sha256) as raw:
            assert len(raw.read()) == one.bytes == one.length


def test_a_second_run_on_the_same_org_stands_back(org: Watched) -> None:
    with org.ledger.archive_run(org.org_id), pytest.raises(InProgress):
        org.archive()
    assert org.archive().org_id == org.org_id


def test_a_pause_longer_than_the_retention_is_loud(org: Watched) -> None:
    org.archive()
    now = org.ledger.clock()
    org.ledger.clock = lambda: now + timedelta(days=45)
    report = org.archive()
    assert [(gap.kind, gap.lost) for gap in report.lost] == [("lost_span", True)]
    assert report.counts()["lost_gaps"] == 1


def test_an_encrypted_archive_reads_the_same_and_shows_nothing_on_the_disk(org: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "sealed"
    folder.mkdir()
    with keyrings.in_use():
        org.files = CaseFiles(folder, codec_of(folder, archive_id_of(org.org_id), lambda: OsKeyring("test-keys")))
        org.act(1)
        org.flush()
        emitted = Counter(org.written)
        org.archive()
        assert org.archived() == emitted
        assert verify_archive(org.ledger, org.files, org.org_id).ok
    contents = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert not any(word in contents for word in (b"PAR1", b"TIMESTAMP_DERIVED", b"order.sync"))
