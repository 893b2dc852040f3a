"""From stored result pages to exposures and to the sources of people, one read at a time.

Of a read's pages only what decides about exposure is held: ids, time stamps, and ids of parents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
import pyarrow as pa

from leakresponse.core.exposure import expose, records_of
from leakresponse.core.exposure_evidence import STAMPS
from leakresponse.core.exposure_types import Read, Reconciliation, Replay
from leakresponse.core.scope_engine import FOLDER, Source
from leakresponse.core.scope_engine_exposures import Exposures
from leakresponse.core.scope_engine_files import Files, read_table, write_tables
from leakresponse.core.scope_engine_pages import Part

Stored = Mapping[str, Sequence[Part]]


def expose_stored(
    files: Files,
    reads: Sequence[Read],
    replays: Sequence[Replay],
    stored: Stored,
    limits: Mapping[str, int] | None = None,
) -> tuple[Exposures, list[Reconciliation]]:
    """What `core.exposure.expose` says of the reads, whose pages are too many to be held."""
    found, differences = Exposures(), []
    for read in reads:
        own = [one for one in replays if read.read_id in one.read_ids]
        differences += _expose_one(files, read, own, stored, limits, found)
    return found, differences


def _expose_one(
    files: Files,
    read: Read,
    replays: Sequence[Replay],
    stored: Stored,
    limits: Mapping[str, int] | None,
    found: Exposures,
) -> list[Reconciliation]:
    """A function of its own, so that the rows of one read are gone before those of the next come."""
    frames = {one.replay_id: _light(files, stored.get(one.replay_id, ()), read) for one in replays}
    exposed, told = expose([read], replays, frames, limits)
    found.add(exposed)
    return told


def sources_of(files: Files, reads: Sequence[Read], replays: Sequence[Replay], stored: Stored) -> Iterator[Source]:
    """The pages themselves, and the values of parents that queries reached into, as sources of their own."""
    for replay in replays:
        parts = stored.get(replay.replay_id, ())
        yield from (Source(replay.object, one.name, one.rows, one.bytes) for one in parts)
        readers = [read for read in reads if read.object == replay.object and read.parents]
        for number, part in enumerate(parts if readers else ()):
            yield from _parents(files, readers, replay, part, number)


def _light(files: Files, parts: Sequence[Part], read: Read) -> pd.DataFrame:
    wanted = [
        "Id",
        *STAMPS,
        *(one.id_path for one in read.parents),
        *([read.parent_field] if read.parent_field else []),
    ]
    tables = [read_table(files, one.name, list(dict.fromkeys(wanted))) for one in parts]
    if not tables:
        return pd.DataFrame(columns=["Id"])
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    return frame


def _parents(files: Files, readers: Sequence[Read], replay: Replay, part: Part, number: int) -> Iterator[Source]:
    paths = [one.id_path for read in readers for one in read.parents]
    page: pd.DataFrame = read_table(files, part.name).to_pandas()
    page = page[[name for name in page.columns if name == "Id" or "." in name or name in paths]]
    wanted = {one.object for read in readers for one in read.parents}
    for name, frame in records_of(readers, [replay], {replay.replay_id: page}).items():
        if name in wanted:
            table = pa.Table.from_pandas(frame, preserve_index=False)
            place = f"{FOLDER}/parents-{replay.replay_id}-{number:05}-{name}.parquet"
            write_tables(files, place, table.schema, [table])
            yield Source(name, place, table.num_rows, table.nbytes)
