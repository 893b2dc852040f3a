"""The archive of access logs in the ledger: one chain per org, a row before each file is fetched, a receipt after.

listed -> kept (the raw file is evidence) -> done (its rows are in Parquet, named with their hashes)
Between kept and done nothing but the evidence is needed, so a killed run is finished from it, part by part the same.
One run at a time per org: whoever lost its lease can write nothing more.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from leakresponse.core.archive import Copy, Interval, State
from leakresponse.core.archive_gaps import Gap, GapKind
from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger.book import Book, Writer
from leakresponse.ledger.chain import digest_of, stamp
from leakresponse.ledger.database import insert_or_keep
from leakresponse.ledger.owner import UNKNOWN_OWNER, certainly_dead
from leakresponse.ledger.tables import archive_cursors, archive_files, archive_gaps, archives
from leakresponse.ledger.types import InProgress

#: A run that writes nothing for so long is taken for dead; every receipt begins the time anew.
LEASE_SECONDS = 900.0
_PLAIN = (
    "key", "event_type", "interval", "log_date", "sequence", "file_id", "created", "length", "state", "attempts",
    "sha256", "bytes", "rows", "fresh", "rejected",
)  # fmt: skip


def archive_id_of(org_id: str) -> str:
    """The chain of an org's archive."""
    return f"archive-{org_id}"


@dataclass(frozen=True, slots=True)
class ArchiveRun:
    """The right to write to one org's archive. `last_run_at`: when the last whole run asked for files, if ever."""

    case_id: str
    run: str
    last_run_at: datetime | None


class Archive(Book):
    """Archives of access logs, each with a hash chain of its own."""

    @contextmanager
    def archive_run(self, org_id: str, lease_seconds: float = LEASE_SECONDS) -> Iterator[ArchiveRun]:
        """The only run on this org. Raises InProgress where another one lives; a dead one is taken over."""
        run = self._begin_run(org_id, lease_seconds)
        try:
            yield run
        finally:
            self._end_lease(run)

    def archive_cursor(self, case_id: str, name: str) -> datetime | None:
        """Up to where a source was copied, None before the first time."""
        mine = (archive_cursors.c.case_id == case_id, archive_cursors.c.name == name)
        with self.reading() as connection:
            return connection.scalar(sa.select(archive_cursors.c.at).where(*mine))

    def move_archive_cursor(self, run: ArchiveRun, name: str, at: datetime) -> None:
        """Say up to where a source was copied."""
        with self._holding(run) as writer:
            fresh = {"case_id": run.case_id, "name": name, "at": at}
            writer.connection.execute(insert_or_keep(writer.connection, archive_cursors).values(fresh))
            mine = (archive_cursors.c.case_id == run.case_id, archive_cursors.c.name == name)
            writer.connection.execute(archive_cursors.update().where(*mine).values(at=at))
            writer.append("archive_cursor", {"name": name, "at": stamp(at)})

    def list_archive_files(self, run: ArchiveRun, copies: Collection[Copy]) -> None:
        """The row before: these files are about to be fetched. Those already listed stay as they are."""
        if not copies:
            return
        with self._holding(run) as writer:
            for copy in copies:
                row = _row_of(copy) | {"case_id": run.case_id, "listed_at": writer.now}
                writer.connection.execute(insert_or_keep(writer.connection, archive_files).values(row))
            keys = sorted(copy.key for copy in copies)
            writer.append("archive_listed", {"files": len(keys), "keys_sha256": digest_of(keys)})

    def keep_archive_file(self, run: ArchiveRun, copy: Copy, sha256: str, size: int) -> Copy:
        """The raw file is in the evidence store under this hash."""
        with self._holding(run) as writer:
            kept = replace(copy, state="kept", sha256=sha256, bytes=size, attempts=copy.attempts + 1)
            _change(writer, kept)
            told = {"key": copy.key, "sha256": sha256, "bytes": size, "length": copy.length}
            writer.append("archive_kept", told)
            return kept

    def settle_archive_file(self, run: ArchiveRun, copy: Copy) -> None:
        """The receipt: rows of the file, new ones among them, and the Parquet files that hold those, with hashes."""
        if copy.state not in {"done", "short", "gone"}:
            raise BadInput("ledger: a file of the archive is settled as done, short or gone")
        with self._holding(run) as writer:
            _change(writer, copy, settled_at=writer.now)
            writer.append("archive_file", receipt_of(copy))

    def archive_files(
        self, case_id: str, since: datetime | None = None, until: datetime | None = None, event_type: str = ""
    ) -> list[Copy]:
        """Files of an archive with a log date from `since` to before `until`, in the order they were listed."""
        query = sa.select(archive_files).where(archive_files.c.case_id == case_id)
        if since is not None:
            query = query.where(archive_files.c.log_date >= since)
        if until is not None:
            query = query.where(archive_files.c.log_date < until)
        if event_type:
            query = query.where(archive_files.c.event_type == event_type)
        return self._in_order(query)

    def unsettled_archive_files(self, case_id: str, state: State) -> list[Copy]:
        """Files that a run left in this state, in the order they were listed."""
        mine = (archive_files.c.case_id == case_id, archive_files.c.state == state)
        return self._in_order(sa.select(archive_files).where(*mine))

    def known_archive_files(self, case_id: str, keys: Collection[str]) -> dict[str, Copy]:
        """Those of these files that the archive has met before, by key."""
        found: dict[str, Copy] = {}
        ordered = sorted(keys)
        with self.reading() as connection:
            for start in range(0, len(ordered), 500):
                some = archive_files.c.key.in_(ordered[start : start + 500])
                query = sa.select(archive_files).where(archive_files.c.case_id == case_id, some)
                found |= {row.key: _copy(row) for row in connection.execute(query).all()}
        return found

    def note_archive_gaps(self, run: ArchiveRun, gaps: Collection[Gap], since: datetime) -> int:
        """Keep the gaps found; close those from `since` on that are found no more. Answers how many are new."""
        with self._holding(run) as writer:
            mine = archive_gaps.c.case_id == run.case_id
            rows = {row.key: row for row in writer.connection.execute(sa.select(archive_gaps).where(mine)).all()}
            now = {gap.key: gap for gap in gaps}
            fresh = [gap for key, gap in now.items() if key not in rows or rows[key].closed_at is not None]
            for gap in fresh:
                _open_gap(writer, gap, known=gap.key in rows)
            for key, row in rows.items():
                if key not in now and row.closed_at is None and row.since >= since and not row.lost:
                    closed = archive_gaps.update().where(mine, archive_gaps.c.key == key)
                    writer.connection.execute(closed.values(closed_at=writer.now))
                    writer.append("archive_gap_closed", {"key": key})
            return len(fresh)

    def archive_gaps(self, case_id: str) -> list[Gap]:
        """The open gaps of an archive, oldest first."""
        query = sa.select(archive_gaps).where(archive_gaps.c.case_id == case_id, archive_gaps.c.closed_at.is_(None))
        with self.reading() as connection:
            rows = connection.execute(query.order_by(archive_gaps.c.since, archive_gaps.c.key)).all()
        return [Gap(cast("GapKind", r.kind), r.event_type, r.since, r.until, r.rows, r.covered, r.lost) for r in rows]

    def end_archive_run(self, run: ArchiveRun, counts: Mapping[str, Any], report_sha256: str, began: datetime) -> None:
        """A whole run is over. `began` is when it asked the org for its files: up to then everything is copied."""
        with self._holding(run) as writer:
            mine = archives.c.case_id == run.case_id
            writer.connection.execute(archives.update().where(mine).values(last_run_at=began))
            writer.append("archive_run", {**counts, "began": stamp(began), "report_sha256": report_sha256})

    def _in_order(self, query: sa.Select[Any]) -> list[Copy]:
        order = (archive_files.c.listed_at, archive_files.c.created, archive_files.c.key)
        with self.reading() as connection:
            return [_copy(row) for row in connection.execute(query.order_by(*order)).all()]

    def _begin_run(self, org_id: str, lease_seconds: float) -> ArchiveRun:
        token, case_id = uuid.uuid4().hex, archive_id_of(org_id)
        with self.writing(case_id, make=True) as writer:
            row = writer.connection.execute(sa.select(archives).where(archives.c.case_id == case_id)).first()
            held = {"run": token, "owner": self.owner, "lease_until": writer.now + timedelta(0, lease_seconds)}
            if row is None:
                first = {"case_id": case_id, "org_id": org_id, "began_at": writer.now}
                writer.connection.execute(archives.insert().values(first | held))
                writer.append("archive_opened", {"org_id": org_id})
                return ArchiveRun(case_id, token, None)
            if row.run and row.lease_until > writer.now and not certainly_dead(row.owner):
                left = (row.lease_until - writer.now).total_seconds()
                raise InProgress("another run is at work on this archive", retry_after=left)
            writer.connection.execute(archives.update().where(archives.c.case_id == case_id).values(held))
            return ArchiveRun(case_id, token, row.last_run_at)

    def _end_lease(self, run: ArchiveRun) -> None:
        mine = (archives.c.case_id == run.case_id, archives.c.run == run.run)
        with self.writing(run.case_id) as writer:
            writer.connection.execute(archives.update().where(*mine).values(run="", owner=UNKNOWN_OWNER))

    @contextmanager
    def _holding(self, run: ArchiveRun) -> Iterator[Writer]:
        """A write to the archive by the run that holds it. Raises Refused where another one has taken over."""
        with self.writing(run.case_id) as writer:
            until = writer.now + timedelta(0, LEASE_SECONDS)
            mine = (archives.c.case_id == run.case_id, archives.c.run == run.run)
            if writer.connection.execute(archives.update().where(*mine).values(lease_until=until)).rowcount != 1:
                raise Refused("another run has taken over this archive", "ARCHIVE_TAKEN_OVER")
            yield writer


def receipt_of(copy: Copy) -> dict[str, Any]:
    """What the chain says of a settled file: all that its row says."""
    figures = {"rows": copy.rows, "fresh": copy.fresh, "rejected": copy.rejected, "sha256": copy.sha256}
    named = {"key": copy.key, "event_type": copy.event_type, "interval": copy.interval, "state": copy.state}
    return {**named, **figures, "log_date": stamp(copy.log_date), "sequence": copy.sequence, "parts": dict(copy.parts)}


def _open_gap(writer: Writer, gap: Gap, known: bool) -> None:
    row = {"covered": gap.covered, "lost": gap.lost, "rows": gap.rows, "until": gap.until, "found_at": writer.now}
    if known:
        mine = (archive_gaps.c.case_id == writer.case_id, archive_gaps.c.key == gap.key)
        writer.connection.execute(archive_gaps.update().where(*mine).values(**row, closed_at=None))
    else:
        named = {"case_id": writer.case_id, "key": gap.key, "kind": gap.kind, "event_type": gap.event_type}
        writer.connection.execute(archive_gaps.insert().values(**named, **row, since=gap.since))
    span = {"until": stamp(gap.until), "rows": gap.rows, "covered": gap.covered, "lost": gap.lost}
    writer.append("archive_gap", {"key": gap.key, **span})


def _row_of(copy: Copy) -> dict[str, Any]:
    return {name: getattr(copy, name) for name in _PLAIN} | {"hours": dict(copy.hours), "parts": dict(copy.parts)}


def _change(writer: Writer, copy: Copy, **more: Any) -> None:
    mine = (archive_files.c.case_id == writer.case_id, archive_files.c.key == copy.key)
    if writer.connection.execute(archive_files.update().where(*mine).values(_row_of(copy) | more)).rowcount != 1:
        raise BadInput("ledger: the archive does not know this file")


def _copy(row: Any) -> Copy:
    values = {name: getattr(row, name) for name in _PLAIN}
    values["interval"], values["state"] = cast("Interval", row.interval), cast("State", row.state)
    return Copy(**values, hours=row.hours, parts=row.parts)
