"""Rows that a replay no longer brings back: whoever changed them since may have taken them out of the query's filter.

They cannot be told from others that were changed, so every record changed since the read is possible, beside the ones
that still match; what was deleted for good stays a number in the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from leakresponse.core.bounds import exactly
from leakresponse.core.exposure_evidence import STAMPS
from leakresponse.core.exposure_types import Read, Reconciliation
from leakresponse.core.soql.build import all_of, compare, select
from leakresponse.core.types import ObjectInfo


def gap_reads(
    reads: Iterable[Read], differences: Iterable[Reconciliation], describe: Mapping[str, ObjectInfo]
) -> list[Read]:
    """One read for each that came back short: the records changed since, of the same object and fields.

    They count nothing of their own: the read that is short has the number in its bound already.
    """
    short = {one.read_id for one in differences if one.difference is not None and one.difference < 0}
    return [_changed(read) for read in reads if read.read_id in short and _may_have_moved(read, describe)]


def _may_have_moved(read: Read, describe: Mapping[str, ObjectInfo]) -> bool:
    info = describe.get(read.object)
    told = info is not None and all(name in info.fields for name in STAMPS[:2])
    return told and read.filters and read.certainty == "certain" and not read.ids_complete and not read.parent_read


def _changed(read: Read) -> Read:
    where = all_of(compare("SystemModstamp", ">", read.first_seen), compare("CreatedDate", "<=", read.last_seen))
    note = "changed since the read: the filter may have let it through then"
    return replace(
        read, read_id=f"{read.read_id}.changed", query=select(read.object, ["Id"], where=where), record_ids=None,
        expected_rows=None, certainty="possible", notes=(note,), logged=exactly(0, note), attack=False,
    )  # fmt: skip
