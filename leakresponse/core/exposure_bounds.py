"""From reads to bounds: how many records each read, each object, each channel and the whole case gave away.

Low is what is named, or counted, for certain; high is what the logs allow, never more than the records that can have
been read: those that a replay brings back, or all that the identity could read on that day (`limits`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from leakresponse.core.bounds import Bound, exactly, joined, total
from leakresponse.core.exposure_evidence import Evidence
from leakresponse.core.exposure_types import Read, Reconciliation

#: The bucket of reads whose object no log names and no permission snapshot narrows.
ANY_OBJECT = "(any object)"


@dataclass(frozen=True, slots=True)
class Named:
    """Records of one object that exposures name: for certain, and in all."""

    certain: int = 0
    every: int = 0


def bound_of(read: Read, found: int, evidence: Evidence, limit: int | None = None) -> Bound:
    """The records of its own object that a resolved read gave away.

    `found` of them are named; `limit` is how many the reader could read at all, None where nobody counted.
    """
    if not read.exposes or read.is_system:
        return exactly(0, "no records")
    if read.ids_complete:
        logged = read.logged or exactly(found, "record ids of the log")
        high = None if logged.high is None else max(found, logged.high)
        return Bound(found, max(found, logged.likely), found if logged.is_exact else high, logged.basis)
    if read.certainty == "certain":
        return _of_certain(read, found, evidence)
    top = max(found, limit or 0)
    if read.logged is None:
        return Bound(0, found, top, "no log counts the rows")
    likely = read.logged.likely or (found if read.logged.high is None and read.object else 0)
    low = read.logged.low if read.attack else 0
    bound = Bound(low, max(low, likely), None if read.logged.high is None else max(likely, read.logged.high),
                  read.logged.basis)  # fmt: skip
    return bound.at_most(top, "at most what could be read") if top or limit is not None else bound


def _of_certain(read: Read, found: int, evidence: Evidence) -> Bound:
    """A replayed query: what came back, held against the log's count."""
    doubtful = evidence.changed_since + evidence.deleted_since if read.filters else 0
    unchanged = max(0, found - doubtful)
    logged = read.logged
    if logged is None:
        return Bound(unchanged, found, found, "rows read again; the log has no count to compare")
    if found == logged.likely:
        return exactly(found, f"rows read again are as many as logged ({logged.basis})")
    if found < logged.likely:
        return Bound(min(found, logged.likely), logged.likely, max(logged.likely, logged.high or 0), logged.basis)
    low = min(found, max(unchanged, logged.low)) if unchanged <= logged.likely else logged.low
    return Bound(min(low, logged.likely), logged.likely, found, f"{logged.basis}; more rows match now")


def count_named(exposures: pd.DataFrame | pa.Table) -> dict[tuple[str, str], Named]:
    """Distinct records by (channel, object); the channel "" stands for all of them together.

    Any table with channel, object, record_id and certainty; DuckDB counts it, so that it may be large.
    """
    if not len(exposures):
        return {}
    names = ("channel", "object", "record_id", "certainty")
    table = exposures.select(names) if isinstance(exposures, pa.Table) else exposures[list(names)]
    with duckdb.connect() as connection:
        connection.register("given", table)
        rows = connection.sql(_COUNT).fetchall()
    return {(str(channel or ""), str(name)): Named(int(sure), int(every)) for channel, name, sure, every in rows}


#: A record is certain where any exposure of it is. A row per channel and object, and one per object over all channels.
_COUNT = """
    WITH records AS (
        SELECT channel::VARCHAR AS channel, object::VARCHAR AS object, record_id, bool_or(certainty = 'certain') AS sure
        FROM given GROUP BY ALL)
    SELECT channel, object, count_if(sure), count(*) FROM records GROUP BY ALL
    UNION ALL
    SELECT '', object, count_if(sure), count(*) FROM
        (SELECT object, record_id, bool_or(sure) AS sure FROM records GROUP BY ALL) GROUP BY ALL
"""


def object_bounds(
    named: Mapping[tuple[str, str], Named],
    differences: Sequence[Reconciliation],
    limits: Mapping[str, int] | None = None,
    channel: str = "",
) -> dict[str, Bound]:
    """A bound per object, of one channel or of all; ANY_OBJECT where no log and no snapshot tells the object."""
    mine = [one for one in differences if one.bound and channel in {"", one.channel}]
    names = {name for where, name in named if where == channel} | {one.object or ANY_OBJECT for one in mine}
    found = {}
    for name in sorted(names):
        some = [one for one in mine if (one.object or ANY_OBJECT) == name and one.bound and one.bound.high != 0]
        here = named.get((channel, name), Named())
        if some or here.every:
            reached = any(name in one.parents and not one.certain for one in mine)
            found[name] = _of_object(here, some, (limits or {}).get(name), reached)
    return found


def _of_object(named: Named, differences: Sequence[Reconciliation], limit: int | None, reached: bool) -> Bound:
    """Named records, and what reads counted beside them; reads of one object may overlap by any amount.

    `reached`: a read whose rows are not certain got to records of this object through a relationship.
    """
    bounds = [one.bound for one in differences if one.bound]
    low = max([named.certain, *(one.low for one in bounds)])
    unnamed = sum(max(0, (one.bound.high or 0) - one.found) for one in differences if one.certain and one.bound)
    open_ended = any(one.high is None for one in bounds)
    beside = sum(max(0, (one.bound.high or 0) - one.sure) for one in differences if one.bound)
    beside += named.every if reached else 0
    top = max(named.every + unnamed, low, limit or 0) if named.every or limit is not None else None
    high: int | None = None if open_ended else named.certain + beside
    if high is None or (top is not None and high > top):
        high = top
    if high is not None:
        high = max(high, low, named.every if not bounds else 0)
    likely = max([low, *(one.likely for one in bounds), named.every if not bounds else 0])
    basis = joined(one.basis for one in bounds) or "parents of records that were read"
    return Bound(low, likely if high is None else min(likely, high), high, basis)


def scope_bounds(
    named: Mapping[tuple[str, str], Named],
    differences: Sequence[Reconciliation],
    limits: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Facts of a scope: `records` for the whole case, `objects` and `channels` with a bound each."""
    objects = object_bounds(named, differences, limits)
    channels = sorted({where for where, _name in named if where} | {one.channel for one in differences if one.channel})
    by_channel = {one: total(object_bounds(named, differences, limits, one).values()) for one in channels}
    return {
        "records": total(objects.values()).facts(),
        "objects": {name: one.facts() for name, one in objects.items()},
        "channels": {name: one.facts() for name, one in by_channel.items() if one.high != 0},
    }
