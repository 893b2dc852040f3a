"""What every part of the ledger stands on: one write is one transaction that also adds its row to the case's chain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from leakresponse.core.errors import BadInput
from leakresponse.ledger.chain import GENESIS, Entry, canonical, hash_row, stamp
from leakresponse.ledger.database import insert_or_keep, transaction
from leakresponse.ledger.owner import this_owner
from leakresponse.ledger.redact import chain_body
from leakresponse.ledger.tables import heads, log

Clock = Callable[[], datetime]

# Built once: every write of the race for containment passes here.
_READ_HEAD = sa.select(heads).where(heads.c.case_id == sa.bindparam("its_case"))
_LOCK_HEAD = _READ_HEAD.with_for_update()
_MOVE_HEAD = (
    heads.update()
    .where(heads.c.case_id == sa.bindparam("its_case"))
    .values(seq=sa.bindparam("seq"), hash=sa.bindparam("hash"))
)
_APPEND = log.insert()


def utcnow() -> datetime:
    """The real time, aware."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Writer:
    """A transaction that holds the case's chain. Nobody else writes to this case until it ends."""

    connection: sa.Connection
    case_id: str
    now: datetime
    seq: int
    hash: str

    def append(self, kind: str, body: Mapping[str, object]) -> int:
        """Add a row to the chain; the answer is its number."""
        seq, at, clean = self.seq + 1, stamp(self.now), chain_body(body)
        row_hash = hash_row(self.hash, seq, self.case_id, at, kind, clean)
        row = {"case_id": self.case_id, "seq": seq, "at": at, "kind": kind, "body": canonical(clean)}
        self.connection.execute(_APPEND, row | {"prev_hash": self.hash, "hash": row_hash})
        self.connection.execute(_MOVE_HEAD, {"its_case": self.case_id, "seq": seq, "hash": row_hash})
        self.seq, self.hash = seq, row_hash
        return seq


class Book:
    """Engine and clock, and the two ways to use them."""

    def __init__(self, engine: sa.Engine, clock: Clock = utcnow) -> None:
        self.engine = engine
        self.clock = clock
        self.owner = this_owner()

    def close(self) -> None:
        """Give the connections back; the ledger may be used again afterwards."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A read of one consistent state."""
        with transaction(self.engine, write=False) as connection:
            yield connection

    @contextmanager
    def writing(self, case_id: str, *, make: bool = False) -> Iterator[Writer]:
        """A write to one case, alone on it. BadInput where there is no such case, unless `make` begins its chain."""
        with transaction(self.engine, write=True) as connection:
            if make:
                start = {"case_id": case_id, "seq": 0, "hash": GENESIS}
                connection.execute(insert_or_keep(connection, heads).values(start))
            head = connection.execute(_LOCK_HEAD, {"its_case": case_id}).first()
            if head is None:
                raise BadInput("ledger: no such case")
            yield Writer(connection, case_id, self.clock(), head.seq, head.hash)

    def note(self, case_id: str, kind: str, body: Mapping[str, object]) -> int:
        """Add a remark of the pipeline to the chain: ids, counts and hashes; the answer is its number."""
        with self.writing(case_id) as writer:
            return writer.append(kind, body)

    def timeline(self, case_id: str) -> list[Entry]:
        """The case's chain from its first row."""
        with self.reading() as connection:
            return read_chain(connection, case_id)

    def chain_head(self, case_id: str) -> tuple[int, str]:
        """Number and hash of the chain's last row, as the ledger keeps them apart from the rows."""
        with self.reading() as connection:
            return read_head(connection, case_id)


def read_chain(connection: sa.Connection, case_id: str) -> list[Entry]:
    """The rows of a case's chain in order."""
    rows = connection.execute(sa.select(log).where(log.c.case_id == case_id).order_by(log.c.seq)).all()
    return [Entry(r.seq, r.case_id, r.at, r.kind, json.loads(r.body), r.prev_hash, r.hash) for r in rows]


def read_head(connection: sa.Connection, case_id: str) -> tuple[int, str]:
    """Number and hash of a chain's last row, as kept apart. BadInput where there is no such case."""
    head = connection.execute(_READ_HEAD, {"its_case": case_id}).first()
    if head is None:
        raise BadInput("ledger: no such case")
    return head.seq, head.hash
