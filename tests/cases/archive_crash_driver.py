"""Kills a run of the archive at points of its way, runs it again, and prints what the archive holds afterwards.

A point is: before each commit of the ledger, before and after each file that is written. Runs alone, with one thread,
because it forks: `archive_crash_driver.py CONNECTION FOLDER DAY [EVERY]` prints a JSON list, one result for each point.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import tasks.archive as steps
from blocks import SalesforceOrg
from leakresponse.adapters.salesforce import logs
from leakresponse.ledger import CaseFiles, EvidenceStore, open_ledger
from leakresponse.ledger.archive import archive_id_of
from tasks.archive_parts import read_archive

Point = Callable[[], None]
#: One is enough here: every object asked for is one more call to the org, and every call one more ApiEvent.
STORED = ("LoginEvent",)


def run(connection: dict[str, Any], folder: Path, day: date, point: Point) -> None:
    """One whole run over the files of one day: those of today grow with every run."""
    steps.PARALLEL = 1
    listing = logs.list_created
    logs.list_created = (
        lambda client, since: [  # type: ignore[assignment]
            file for file in listing(client, since) if file.log_date[:10] == day.isoformat()
        ]
    )
    steps.stored_objects = lambda _names: list(STORED)  # type: ignore[assignment]
    client = SalesforceOrg.from_connection(connection).client()
    ledger = open_ledger(folder / "ledger.sqlite")
    sa.event.listen(ledger.engine, "commit", lambda _connection: point())
    _around(CaseFiles, "write", point)
    _around(EvidenceStore, "put", point)
    org_id = connection["org_id"]
    with ledger.archive_run(org_id) as held:
        steps.Copying(client, ledger, CaseFiles(folder / "archive"), held, org_id).whole_run()


def _around(kind: type, name: str, point: Point) -> None:
    inner = getattr(kind, name)

    def outer(*given: Any) -> Any:
        point()
        answer = inner(*given)
        point()
        return answer

    setattr(kind, name, outer)


def killed_at(connection: dict[str, Any], folder: Path, day: date, number: int | None) -> None:
    passed = count(1)

    def point() -> None:
        if next(passed) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    run(connection, folder, day, point)


def in_child(work: Callable[[], None]) -> bool:
    """Whether the work came to its end; False where it was killed."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return False
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("a run failed by itself")
    return True


def found(connection: dict[str, Any], folder: Path, day: date) -> dict[str, Any]:
    ledger, files = open_ledger(folder / "ledger.sqlite"), CaseFiles(folder / "archive")
    case_id = archive_id_of(connection["org_id"])
    rows = sorted(_rows(files, day))
    stored = [
        row["EventIdentifier"]
        for part in read_archive(files, STORED, day, day + timedelta(days=2))
        for row in part.to_pylist()
    ]
    states = sorted({one.state for one in ledger.archive_files(case_id)} - {"done"})
    return {"rows": rows, "broken": ledger.broken_link(case_id), "unsettled": states, "stored": len(stored),
            "doubled": len(stored) - len(set(stored))}  # fmt: skip


def _rows(files: CaseFiles, day: date) -> Iterator[str]:
    for part in read_archive(files, [], day, day):
        for row in part.to_pylist():
            if row.get("EVENT_TYPE"):
                yield json.dumps({k: v for k, v in row.items() if not k.startswith("_") and v}, sort_keys=True)


def report(connection: dict[str, Any], folder: Path, day: date, out: Path) -> None:
    out.write_text(json.dumps(found(connection, folder, day)))


def main(connection_file: Path, root: Path, day: date, every: int = 1) -> None:
    connection, folder = json.loads(connection_file.read_text()), root / "case"
    results, ended = [], False
    for point in count(1, every):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        ended = in_child(partial(killed_at, connection, folder, day, point))
        in_child(partial(killed_at, connection, folder, day, None))
        in_child(partial(report, connection, folder, day, root / "found.json"))
        results.append({"point": point, **json.loads((root / "found.json").read_text())})
        if ended:
            break
    print(json.dumps(results))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3]), *map(int, sys.argv[4:5]))
