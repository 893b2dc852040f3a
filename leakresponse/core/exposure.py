"""Scope, step by step: what was read, how to read it again, and which fields of which records that exposed.

reads = resolve_reads(reads_of(events), describe)
replays = plan_replays(reads, describe)
exposures, differences = expose(reads, replays, frames)      # frames: replay id to the rows that came back
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from leakresponse.core.exposure_bounds import bound_of, count_named, scope_bounds
from leakresponse.core.exposure_bulk import bulk_reads, bulk_v1_reads, unique_query_reads
from leakresponse.core.exposure_calls import call_reads
from leakresponse.core.exposure_evidence import Evidence, changed_since, evidence_of, there_then
from leakresponse.core.exposure_gaps import gap_reads
from leakresponse.core.exposure_graphql import graphql_reads
from leakresponse.core.exposure_guest import guest_reads
from leakresponse.core.exposure_ids import among
from leakresponse.core.exposure_reads import api_event_reads, normal, rest_query_reads
from leakresponse.core.exposure_records import PREFIXES, file_reads, page_reads, sobject_reads
from leakresponse.core.exposure_replay import plan_replays, replays_for_ids, resolve_reads
from leakresponse.core.exposure_silent import data_export_reads, silent_reads
from leakresponse.core.exposure_spread import limited_objects, may_hold_people, needs_every_object
from leakresponse.core.exposure_types import Lookup, Read, Reconciliation, Replay
from leakresponse.core.exposure_views import ReportDefinition, report_ids, view_reads

__all__ = [
    "Evidence", "Lookup", "Read", "Reconciliation", "Replay", "ReportDefinition", "combine_records", "count_named",
    "data_export_reads", "evidence_of", "expose", "exposures_from", "gap_reads", "limited_objects",
    "may_hold_people", "merge_exposures", "needs_every_object", "plan_replays", "reads_of", "reconcile",
    "records_of", "replays_for_ids", "report_ids", "resolve_reads", "scope_bounds", "silent_reads",
]  # fmt: skip

EXPOSURE_COLUMNS = (
    "object", "record_id", "fields", "channel", "principal", "first_seen", "last_seen", "certainty",
)  # fmt: skip
_KEY = ["object", "record_id", "channel", "principal"]


def reads_of(
    events: pd.DataFrame,
    reports: Mapping[str, ReportDefinition] | None = None,
    prefixes: Mapping[str, str] | None = None,
) -> list[Read]:
    """What attack rows read (certain) and uncertain rows may have read (possible), in order of time.

    `reports`: definitions by report id (`report_ids` says which are wanted); `prefixes`: objects by key prefix.
    """
    rows = events[events["label"].isin(("attack", "uncertain"))]
    if rows.empty:
        return []
    by_event = list(api_event_reads(rows))
    watched = rows[rows["event_type"] == "ApiEvent"]
    seen = set(zip(watched["session_key"], watched["query"].map(normal), strict=True))
    named = {**PREFIXES, **(prefixes or {})}
    found = [
        *by_event, *rest_query_reads(rows, seen), *sobject_reads(rows, named), *bulk_reads(rows), *bulk_v1_reads(rows),
        *view_reads(rows, reports), *page_reads(rows, named), *file_reads(rows, named), *graphql_reads(rows),
        *guest_reads(rows), *call_reads(rows),
    ]  # fmt: skip
    found += unique_query_reads(rows, found)
    return sorted(found, key=lambda read: (read.first_seen, read.read_id))


def expose(
    reads: Sequence[Read],
    replays: Iterable[Replay],
    frames: Mapping[str, pd.DataFrame],
    limits: Mapping[str, int] | None = None,
) -> tuple[pd.DataFrame, list[Reconciliation]]:
    """All exposures of resolved reads, merged, and each read's count against the log's.

    `frames` has the rows of each replay by its id; an absent frame counts as empty, and the difference is told.
    `limits`: how many records of an object there were to read at all.
    """
    by_read: dict[str, list[pd.DataFrame]] = {}
    for replay in replays:
        for owner in replay.read_ids:
            by_read.setdefault(owner, []).append(frames.get(replay.replay_id, pd.DataFrame(columns=["Id"])))
    parts, differences = [], []
    for read in reads:
        frames_of_read = by_read.get(read.read_id, [])
        again = frames_of_read[0] if len(frames_of_read) == 1 else _stacked(frames_of_read)
        exposed = exposures_from(read, again)
        found = int(exposed.loc[exposed["object"] == read.object, "record_id"].nunique())
        difference = reconcile(read, found, evidence_of(read, again), (limits or {}).get(read.object))
        if difference.difference and read.filters and read.certainty == "certain" and not read.ids_complete:
            exposed = _doubt_changed(read, exposed, again)
        parts.append(exposed)
        own = exposed[(exposed["object"] == read.object) & (exposed["certainty"] == "certain")]
        differences.append(replace(difference, sure=int(own["record_id"].nunique())))
    return merge_exposures(parts), differences


def _doubt_changed(read: Read, exposed: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    """Counts differ: rows changed since may match the filter only now, so they are possible, no longer certain."""
    changed = again.loc[changed_since(read, again), "Id"]
    named = among(exposed["record_id"], read.record_ids or ())
    doubtful = among(exposed["record_id"], changed) & (exposed["object"] == read.object).to_numpy() & ~named
    return exposed.assign(certainty=exposed["certainty"].mask(doubtful, "possible"))


def exposures_from(read: Read, replayed: pd.DataFrame) -> pd.DataFrame:
    """The records (and parent records) that one resolved read gave away, each with the fields that were selected.

    Records that a log names count even where they can no longer be read again; others count if they were there at the
    time of the read. A field counts for a record because it was selected; whether it held a value decides about
    elements, not about exposure.
    """
    if not read.exposes:
        return empty_exposures()
    rows = replayed if "Id" in replayed else pd.DataFrame(columns=["Id"])
    named = list(read.record_ids or ())
    if not read.ids_complete:
        rows = there_then(read, rows)
    if read.parent_ids is not None and read.parent_field in rows:
        rows = rows[among(rows[read.parent_field], read.parent_ids)]
    if read.ids_complete:
        rows = rows[among(rows["Id"], named)]
    own = [path for path in read.fields if "." not in path]
    parts = [_frame(read, read.object, named, own, read.certainty)] if named else []
    if not read.ids_complete and not read.is_system:
        rest = rows.loc[~among(rows["Id"], named), "Id"] if named else rows["Id"]
        certainty = "possible" if named and not read.parent_read else read.certainty
        parts.append(_frame(read, read.object, rest, own, certainty))
    parts += [
        _frame(read, name, ids, list(parent.fields), read.certainty)
        for parent in read.parents
        if parent.id_path in rows
        for name, ids in _by_object(parent.object, rows[parent.id_path])
    ]
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else empty_exposures()


def merge_exposures(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One row per object, record, channel and principal: fields united, times widened, certain where any is certain."""
    kept = [frame for frame in frames if len(frame)]
    if not kept:
        return empty_exposures()
    table = pd.concat(kept, ignore_index=True)
    repeated = table.duplicated(_KEY, keep=False).to_numpy()
    single = table[~repeated]
    if not repeated.any():
        return single.reset_index(drop=True)
    again = table[repeated]
    grouped = again.assign(certain=again["certainty"] == "certain").groupby(_KEY, sort=False)
    merged = grouped.agg(first_seen=("first_seen", "min"), last_seen=("last_seen", "max"), certain=("certain", "any"))
    merged = merged.reset_index()
    merged["fields"] = _united_fields(again["fields"], grouped.ngroup().to_numpy())
    merged["certainty"] = pd.Series(np.where(merged["certain"], "certain", "possible"), dtype="str")
    return pd.concat([single, merged[list(EXPOSURE_COLUMNS)]], ignore_index=True)


def _united_fields(fields: pd.Series, groups: np.ndarray) -> pd.Series:
    """The union of field lists per group (numbered from 0 without gaps); equal unions share one list."""
    names: dict[tuple[str, ...], int] = {}
    codes = [names.setdefault(tuple(some), len(names)) for some in fields]
    sets = list(names)
    bits = np.array([1 << code for code in codes], dtype=np.int64 if len(sets) < 63 else object)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    mixed = [int(value) for value in np.bitwise_or.reduceat(bits[order], starts)]
    lists = {
        mix: sorted({name for code, some in enumerate(sets) if mix >> code & 1 for name in some}) for mix in set(mixed)
    }
    return pd.Series([lists[mix] for mix in mixed], dtype=object)


def reconcile(
    read: Read, found: int, evidence: Evidence | None = None, limit: int | None = None
) -> Reconciliation:  # fmt: skip
    """The log's figure against the records that we name; every difference has a reason or is left open.

    `evidence` is what the replayed rows say of themselves; a difference that it covers is explained.
    """
    seen = evidence or Evidence()
    bound = bound_of(read, found, seen, limit)
    sure = read.certainty == "certain" or read.ids_complete
    told = partial(
        Reconciliation, object=read.object, channel=read.channel, bound=bound, certain=sure, sure=found if sure else 0,
        parents=tuple(one.object for one in read.parents),
    )  # fmt: skip
    if not read.exposes or read.is_system:
        kind = "an aggregate gives no records" if read.aggregate else "noted only" if read.is_system else "no rows"
        return told(read.read_id, read.expected_rows, found, None, True, (kind,))
    reasons = (*read.notes, *seen.words())
    if read.expected_rows is None:
        return told(read.read_id, None, found, None, False, (*reasons, "the log has no row count"))
    difference = found - read.expected_rows
    moved = seen.changed_since + seen.deleted_since
    if difference > 0:
        why = "changed rows may match only now" if moved >= difference else "or the logged figure is one page only"
        reasons = (*reasons, f"more rows now than then: {why}")
    if difference < 0:
        reasons = (*reasons, "fewer rows now than then: deleted or changed since, or outside what we may read")
    explained = difference == 0 or (0 < difference <= moved and read.filters)
    return told(read.read_id, read.expected_rows, found, difference, explained, reasons)


def records_of(
    reads: Iterable[Read], replays: Iterable[Replay], frames: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """The values that came back, one frame per object with `Id` unique; parents' values under their own object."""
    found: dict[str, pd.DataFrame] = {}
    parents = {(read.object, parent) for read in reads for parent in read.parents}
    for replay in replays:
        frame = frames.get(replay.replay_id)
        if frame is None or frame.empty or "Id" not in frame:
            continue
        own = frame[[name for name in frame.columns if "." not in str(name)]]
        found[replay.object] = combine_records(found.get(replay.object), own)
        for owner, parent in parents:
            if owner == replay.object and parent.object and parent.id_path in frame:
                paths = {f"{parent.prefix}.{name}": name for name in parent.fields if name != "Id"}
                columns = [parent.id_path, *(path for path in paths if path in frame)]
                values = frame[columns].rename(columns={parent.id_path: "Id", **paths})
                values = values[values["Id"].fillna("") != ""].drop_duplicates("Id")
                found[parent.object] = combine_records(found.get(parent.object), values)
    return found


def combine_records(known: pd.DataFrame | None, more: pd.DataFrame) -> pd.DataFrame:
    """Two frames of one object as one: new records added, missing columns filled from the other."""
    more = more.drop_duplicates("Id")
    if known is None or known.empty:
        return more.reset_index(drop=True)
    there = among(more["Id"], known["Id"])
    fresh, shared = more[~there], more[there]
    columns = [str(name) for name in more.columns if name not in known.columns]
    if columns and len(shared):
        known = known.merge(shared[["Id", *columns]], on="Id", how="left")
    out = pd.concat([known, fresh], ignore_index=True)
    gaps = [str(name) for name in shared.columns if name != "Id" and out[str(name)].isna().any()]
    if gaps and len(shared):
        filled = shared.set_index("Id")[gaps].reindex(out["Id"]).reset_index(drop=True)
        out[gaps] = out[gaps].where(out[gaps].notna(), filled)
    return out


def empty_exposures() -> pd.DataFrame:
    """An exposure table without rows."""
    return pd.DataFrame({name: pd.Series(dtype=_dtype(name)) for name in EXPOSURE_COLUMNS})


def _frame(read: Read, name: str, ids: Iterable[str], fields: list[str], certainty: str) -> pd.DataFrame:
    distinct = pd.Series(pd.unique(pd.Series(ids, dtype="str").dropna()), dtype="str")
    distinct = distinct[distinct != ""]
    size = len(distinct)
    shared = sorted(set(fields))
    return pd.DataFrame(
        {
            "object": pd.Series([name] * size, dtype="str"),
            "record_id": distinct.reset_index(drop=True),
            "fields": pd.Series([shared] * size, dtype=object),
            "channel": pd.Series([read.channel] * size, dtype="str"),
            "principal": pd.Series([read.principal] * size, dtype="str"),
            "first_seen": pd.Series(pd.Timestamp(read.first_seen), index=range(size), dtype="datetime64[us, UTC]"),
            "last_seen": pd.Series(pd.Timestamp(read.last_seen), index=range(size), dtype="datetime64[us, UTC]"),
            "certainty": pd.Series([certainty] * size, dtype="str"),
        }
    )


def _by_object(name: str, ids: pd.Series) -> list[tuple[str, pd.Series]]:
    """Parent ids by object; a parent of several types (Owner) is told by key prefix, and only users are people."""
    filled = ids.fillna("")
    return [(name, filled)] if name else [("User", filled[filled.str.startswith("005")])]


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    kept = [frame for frame in frames if len(frame)]
    return pd.concat(kept, ignore_index=True).drop_duplicates("Id") if kept else pd.DataFrame(columns=["Id"])


def _dtype(name: str) -> str:
    if name.endswith("_seen"):
        return "datetime64[us, UTC]"
    return "object" if name == "fields" else "str"
