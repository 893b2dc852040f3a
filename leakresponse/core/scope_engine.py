"""Whose data it is, at any size: partitions of records that hang together, each looked at by itself.

    plan = prepare(files, sources, exposures, describe, settings)      # two passes over the stored pages
    [lookups_in(files, plan, n) for n in range(plan.partitions)]         # anywhere: another process, another machine
    asked = lookups(files, plan)                                         # what must be fetched first, if anything
    done = [people_in(files, plan, n) for n in range(plan.partitions)]   # anywhere again
    counts = finish(files, plan, done)

Memory follows the size of a partition, not of the case: records lie in Parquet, with one row group per partition, and
every answer is written under the name of its partition, whole or not at all. A partition that is done twice writes the
same bytes twice, so whoever runs them may try again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise

import pandas as pd
import pyarrow as pa

from leakresponse.core import frames
from leakresponse.core.elements import Override
from leakresponse.core.elements_scan import SecretFinding
from leakresponse.core.exposure import combine_records
from leakresponse.core.exposure_types import Lookup
from leakresponse.core.people import missing_links, people_of, secrets_in, with_residency
from leakresponse.core.people_linkage_records import RecordPairs
from leakresponse.core.people_nodes import about_people, link_columns
from leakresponse.core.residency import resolve_evidence
from leakresponse.core.scope_engine_counts import Tally, tally_of
from leakresponse.core.scope_engine_exposures import FIELD_LISTS, exposure_frame
from leakresponse.core.scope_engine_files import Files, columns_in, read_group, read_table, write_tables
from leakresponse.core.scope_engine_groups import Partitions, Ties, partitions_for, split
from leakresponse.core.types import ObjectInfo

#: Records in one partition, and their bytes: some 300 MB of memory while it is looked at.
ROWS_EACH = 100_000
BYTES_EACH = 64 << 20
#: Bytes of records put in order of their partition at one time.
BYTES_AT_ONCE = 192 << 20
#: Person ids are hashes, so their first hexadecimal digit cuts the people into sixteen even slices.
_DIGITS = "0123456789abcdef"
FOLDER = "work/scope"


@dataclass(frozen=True, slots=True)
class Source:
    """Stored rows of one object, columns as Bulk gave them. `bytes` is their size in memory."""

    object: str
    name: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides beside the data. `as_of` is the day on which age and stale addresses count."""

    as_of: date
    default_entity: str = "unnamed entity"
    rows_each: int = ROWS_EACH
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What every partition needs to know; no person's data is in it, so it may travel.

    `parts` are (object, file) with one row group per partition, in the order in which records complete each other;
    `linked` is the file of records that are one person under two keys, "" without any.
    """

    partitions: int
    parts: tuple[tuple[str, str], ...]
    exposures: str
    describe: Mapping[str, ObjectInfo]
    settings: Settings
    linked: str = ""


def prepare(
    files: Files,
    sources: Sequence[Source],
    exposures: str,
    describe: Mapping[str, ObjectInfo],
    settings: Settings,
    links: RecordPairs | None = None,
) -> Plan:
    """Find what hangs together and lay the records out by partition. `exposures` is such a file as Exposures writes."""
    ties = Ties()
    about = [one for one in sources if one.object in describe and about_people(describe[one.object])]
    for source in about:
        info = describe[source.object]
        ties.add_records(info, _frame(read_table(files, source.name, link_columns(info))))
    exposed = read_table(files, exposures)
    ties.add_ids(exposed["record_id"].to_pandas())
    linked = _tie_links(files, ties, links)
    rows = max(sum(one.rows for one in about), exposed.num_rows)
    size = sum(one.bytes for one in about)
    groups = ties.partitions(max(partitions_for(rows, settings.rows_each), partitions_for(size, BYTES_EACH)))
    laid = f"{FOLDER}/exposures.parquet"
    write_tables(files, laid, exposed.schema, split(exposed, groups.of(exposed["record_id"].to_pandas()), groups.count))
    parts = [
        (batch[0].object, _lay_out(files, groups, number, batch)) for number, batch in enumerate(_batches(files, about))
    ]
    return Plan(groups.count, tuple(parts), laid, describe, settings, linked)


def _tie_links(files: Files, ties: Ties, links: RecordPairs | None) -> str:
    """Records of one person under two keys lie in one partition, which is told of them by a file."""
    if links is None or links.same.empty:
        return ""
    ties.add_pairs(links.same["first"], links.same["second"])
    table = pa.Table.from_pandas(links.same, preserve_index=False)
    write_tables(files, f"{FOLDER}/linked.parquet", table.schema, [table])
    return f"{FOLDER}/linked.parquet"


def lookups_in(files: Files, plan: Plan, partition: int) -> int:
    """Write down what this partition lacks, to know whose data it is and where they live; answers how much it is."""
    exposures, records = _world(files, plan, partition)
    found = missing_links(exposures, records, plan.describe)
    document = [asdict(one) | {"values": list(one.values)} for one in found]
    files.write(_name("lookups", partition, "json"), json.dumps(document).encode())
    return sum(len(one.values) for one in found)


def lookups(files: Files, plan: Plan) -> list[Lookup]:
    """What all partitions lack, by object and column, sorted."""
    wanted: dict[tuple[str, str, str], set[str]] = {}
    for number in range(plan.partitions):
        for one in json.loads(files.read(_name("lookups", number, "json"))):
            wanted.setdefault((one["object"], one["column"], one["why"]), set()).update(one["values"])
    return [Lookup(name, column, sorted(values), why) for (name, column, why), values in sorted(wanted.items())]


def people_in(files: Files, plan: Plan, partition: int) -> Tally:
    """Look at one partition and write its people, recipients and secrets; the answer holds counts only."""
    exposures, records = _world(files, plan, partition)
    numbers: Counter[str] = Counter()
    people, recipients, addresses = people_of(
        exposures,
        records,
        plan.describe,
        default_entity=plan.settings.default_entity,
        as_of=plan.settings.as_of,
        overrides=plan.settings.overrides,
        linked=_frame(read_table(files, plan.linked)) if plan.linked else None,
        figures=numbers,
    )
    people = with_residency(people, resolve_evidence(addresses, as_of=plan.settings.as_of))
    secrets = secrets_in(exposures, records, plan.describe)
    _write_slices(files, _name("people", partition), people, frames.PEOPLE)
    _write_slices(files, _name("recipients", partition), recipients, frames.RECIPIENTS)
    document = [asdict(finding) for finding in secrets]
    files.write(_name("secrets", partition, "json"), json.dumps(document).encode())
    return tally_of(people, exposures, secrets, numbers)


def finish(files: Files, plan: Plan, tallies: Iterable[Tally]) -> Tally:
    """Put the answers together: people.parquet and recipients.parquet in order of person id, and secrets.json."""
    for name, schema in (("people", frames.PEOPLE), ("recipients", frames.RECIPIENTS)):
        write_tables(files, f"{name}.parquet", schema, _merged(files, plan, name))
    found = [
        SecretFinding(**one)
        for number in range(plan.partitions)
        for one in json.loads(files.read(_name("secrets", number, "json")))
    ]
    found.sort(key=lambda one: (one.object, one.field, one.record_id, one.kind, one.fingerprint))
    files.write("secrets.json", json.dumps([asdict(one) for one in found], indent=1).encode())
    return Tally.total(tallies)


def _batches(files: Files, sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Neighbouring sources of one object and the same columns, as many as are put in order at one time.

    Where columns differ a later source may fill in what an earlier one lacks, so they stay apart.
    """
    batch: list[Source] = []
    columns: list[str] = []
    for one in sources:
        full = sum(b.bytes for b in batch) + one.bytes > BYTES_AT_ONCE
        here = columns_in(files, one.name)
        if batch and (batch[0].object != one.object or columns != here or full):
            yield batch
            batch = []
        columns = here
        batch.append(one)
    if batch:
        yield batch


def _lay_out(files: Files, groups: Partitions, number: int, batch: Sequence[Source]) -> str:
    """Rows of one object by partition; the columns of parents (with a dot) are sources of their own."""
    table = pa.concat_tables([_own_columns(read_table(files, one.name)) for one in batch]).combine_chunks()
    target = f"{FOLDER}/{batch[0].object}.{number:05}.parquet"
    write_tables(files, target, table.schema, split(table, groups.of(table["Id"].to_pandas()), groups.count))
    return target


def _own_columns(table: pa.Table) -> pa.Table:
    return table.select([name for name in table.column_names if "." not in name])


def _world(files: Files, plan: Plan, partition: int) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The exposures and records of one partition, as core.people takes them."""
    lists = json.loads(files.read(FIELD_LISTS))
    exposures = exposure_frame(read_group(files, plan.exposures, partition), lists)
    records: dict[str, pd.DataFrame] = {}
    for name, part in plan.parts:
        frame = _frame(read_group(files, part, partition))
        if len(frame) or name not in records:
            records[name] = combine_records(records.get(name), frame)
    return exposures, records


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _write_slices(files: Files, name: str, frame: pd.DataFrame, schema: pa.Schema) -> None:
    """One row group per first digit of the person id, in order of the id."""
    table = frames.table_of(frame, schema)
    digits = frame["person_id"].str.slice(7, 8).to_numpy(dtype=object)
    starts = [int((digits < digit).sum()) for digit in _DIGITS] + [len(frame)]
    write_tables(files, name, schema, (table.slice(a, b - a) for a, b in pairwise(starts)))


def _merged(files: Files, plan: Plan, name: str) -> Iterator[pa.Table]:
    """Slice by slice, the rows of all partitions in order of person id."""
    for digit in range(len(_DIGITS)):
        parts = [read_group(files, _name(name, number), digit) for number in range(plan.partitions)]
        yield pa.concat_tables(parts).sort_by("person_id")


def _name(kind: str, partition: int, ending: str = "parquet") -> str:
    return f"{FOLDER}/{kind}-{partition:05}.{ending}"


__all__ = ["Plan", "Settings", "Source", "finish", "lookups", "lookups_in", "people_in", "prepare"]
