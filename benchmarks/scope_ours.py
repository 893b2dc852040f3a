"""Our scope over the bench's files, from logs to people per state and element: the product's own steps, without an org.

    python -m benchmarks.scope_ours LOGS PAGES TABLES OUT.csv

TABLES is not needed: our resolver has its own. Pages are read as they came over the wire, in place of the replays.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pandas as pd

from benchmarks.scope_data import CASE_FIELDS, CONTACT_FIELDS
from benchmarks.scope_logs import END, alert
from leakresponse.core.attribution_select import attribute_parts
from leakresponse.core.exposure import Replay, plan_replays, reads_of, resolve_reads
from leakresponse.core.log_tables import load
from leakresponse.core.scope_engine import Settings, finish, prepare
from leakresponse.core.scope_engine_counts import Tally
from leakresponse.core.scope_engine_exposures import COMPACT_FILE
from leakresponse.core.scope_engine_pages import Part, store_page
from leakresponse.core.scope_engine_reads import expose_stored, sources_of
from leakresponse.core.types import FieldInfo, ObjectInfo
from leakresponse.ledger import CaseFiles
from tasks.partitions import Workers, find_people

_TYPES = {
    "Id": "id", "Email": "email", "SuppliedEmail": "email", "Phone": "phone", "MobilePhone": "phone",
    "SuppliedPhone": "phone", "Birthdate": "date", "Description": "textarea", "IsClosed": "boolean",
    "CreatedDate": "datetime", "LastModifiedDate": "datetime", "ClosedDate": "datetime",
}  # fmt: skip
_TO = {"AccountId": "Account", "ContactId": "Contact", "OwnerId": "User"}
CHUNK = 1 << 20


def main(logs: str, pages: str, _tables: str, out: str) -> None:
    """Write state, element, people; say on stderr how long each part took."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=Path(out).parent) as folder:
        counted = scope(Path(logs), Path(pages), Path(folder), begun)
    rows = [(state, element or "any", n) for (state, element), n in sorted(counted.by_state.items())]
    pd.DataFrame(rows, columns=["state", "element", "people"]).to_csv(out, index=False)


def scope(logs: Path, pages: Path, folder: Path, begun: float) -> Tally:
    """Logs to attack rows to reads; pages to exposures to people."""

    def lap(what: str) -> None:
        print(f"  {what}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)

    loaded = load(sorted(logs.glob("*.csv")), folder / "events")
    lap(f"{loaded.rows:,} log rows")
    parts = [folder / "events" / name for name in loaded.parts]
    found = reads_of(attribute_parts(parts, alert(), cut_at=END).events)
    describe = {one.name: one for one in (_info("Contact", "003", CONTACT_FIELDS), _info("Case", "500", CASE_FIELDS))}
    reads = resolve_reads(found, describe)
    replays = plan_replays(reads, describe)
    lap(f"{len(reads)} reads")
    files = CaseFiles(folder)
    with ThreadPoolExecutor(2) as pool:
        stored = {one.replay_id: list(_stored(pool, files, one, pages)) for one in replays}
    lap("pages")
    exposures, _ = expose_stored(files, reads, replays, stored)
    exposures.write(files)
    lap("exposures")
    sources = list(sources_of(files, reads, replays, stored))
    plan = prepare(files, sources, COMPACT_FILE, describe, Settings(date(2026, 11, 28)))
    lap(f"{plan.partitions} partitions")
    counted = finish(files, plan, Workers("bench", "").run("people", find_people, plan, files))
    lap(f"{counted.people:,} people")
    return counted


def _stored(pool: ThreadPoolExecutor, files: CaseFiles, replay: Replay, pages: Path) -> Iterator[Part]:
    """The pages of an object as the answer to its replay."""
    places = sorted(pages.glob(f"{replay.object}-*.csv"))

    def one(place: Path) -> list[Part]:
        return store_page(files, f"work/{replay.replay_id}.{place.stem}", _chunks(place))

    for parts in pool.map(one, places):
        yield from parts


def _chunks(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _info(name: str, prefix: str, fields: tuple[str, ...]) -> ObjectInfo:
    """Describe of an object as the shop's org would answer."""
    made = [
        FieldInfo(one, one, "reference" if one in _TO else _TYPES.get(one, "string"), (_TO[one],) if one in _TO else ())
        for one in fields
    ]
    return ObjectInfo(name, prefix, {one.name: one for one in made})


if __name__ == "__main__":
    main(*sys.argv[1:5])
