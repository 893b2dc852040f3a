"""Kills a process at every point of a run, restarts it, and prints what the world and the ledger hold afterwards.

A point is: before each SQL statement, before each commit, before and after each effect on the world (of the 200
sendings: the first, a middle and the last one of each batch). Runs alone, with one thread, because it forks:
`crash_driver.py SCENARIO FOLDER [SERVER [EVERY]]` prints a JSON list with one result for each point.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from leakresponse.core.errors import OutcomeUnknown
from leakresponse.ledger import EvidenceStore, Ledger, NoticeResult, open_ledger
from leakresponse.ledger.owner import this_owner

Point = Callable[[], None]
Scenario = Callable[[Path, Ledger, "World"], None]
_ALERT = b'{"id": "alert-1"}'


class World:
    """The outside: a file to which every effect appends a line. It knows what happened, like a vendor's own log."""

    def __init__(self, folder: Path, point: Point) -> None:
        self._path = folder / "world.log"
        self._point = point

    def does(self, effect: str, *, point: bool = True) -> None:
        if point:
            self._point()
        with self._path.open("a") as file:
            file.write(f"{effect}\n")
        if point:
            self._point()

    def has_done(self) -> Counter[str]:
        return Counter(self._path.read_text().split()) if self._path.exists() else Counter()


def contain(folder: Path, ledger: Ledger, world: World) -> None:
    """Evidence, three cuts that the vendor takes twice without harm, and one effect that must not happen twice."""
    case_id = ledger.open_case("alert-1", _ALERT, {"source": "test"}).case_id
    ledger.begin_phase(case_id, "contain")
    ref = EvidenceStore(folder).put("snapshot.json", [b'{"tokens": 3}'])
    ledger.record_evidence(case_id, ref, "snapshot")
    for token in ("t1", "t2", "t3"):
        ledger.once(case_id, f"revoke:{token}", "revoke", token, lambda t=token: world.does(t) or {"revoked": True})
    try:
        _deploy(ledger, case_id, world)
    except OutcomeUnknown:
        done = world.has_done()["deploy"]
        ledger.resolve_unknown(case_id, "deploy", {"found": True} if done else None, by="reconciliation")
        _deploy(ledger, case_id, world)
    ledger.approve(case_id, "plan", "hash", "policy", "rehearsal", policy=True)
    ledger.finish_phase(case_id, "contain", {"paths": 3})


def _deploy(ledger: Ledger, case_id: str, world: World) -> None:
    act = lambda: world.does("deploy") or {"deployed": True}  # noqa: E731
    ledger.once(case_id, "deploy", "deploy", "certificate", act, on_abandoned="unknown")


def dispatch(folder: Path, ledger: Ledger, world: World) -> None:
    """200 notices in batches of 100: what an earlier run left is reconciled first, and only then more is sent."""
    case_id = ledger.open_case("alert-1", _ALERT, {}).case_id
    text = {"legal_entity": "HP", "jurisdiction": "CA", "variant": "v", "variant_hash": "h", "channel": "email"}
    ledger.queue_notices(case_id, [{"notice_id": f"n{i:03d}", "person_id": f"p{i}", **text} for i in range(200)])
    ledger.sweep_abandoned(case_id)
    unknown = [notice.notice_id for notice in ledger.unknown_notices(case_id)]
    sent = world.has_done()
    ledger.reconcile(case_id, {notice_id: sent[notice_id] > 0 for notice_id in unknown})
    while batch := ledger.lease_batch(case_id, 100):
        results = {}
        for place, notice in enumerate(batch.notices):
            world.does(notice.notice_id, point=place in (0, 50, 99))
            results[notice.notice_id] = NoticeResult("sent", f"m-{notice.notice_id}")
        ledger.settle_batch(batch, results)


def _run(scenario: Scenario, ledger: Ledger, folder: Path, kill_at: int | None) -> None:
    passed = count(1)

    def point(*_: object, **__: object) -> None:
        if next(passed) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger.owner = this_owner()
    sa.event.listen(ledger.engine, "before_cursor_execute", point)
    sa.event.listen(ledger.engine, "commit", point)
    scenario(folder, ledger, World(folder, point))


def _in_child(work: Callable[[], None]) -> bool:
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


def _found(ledger: Ledger, folder: Path, point: int) -> dict[str, object]:
    (case,) = ledger.cases()
    found = {
        "point": point,
        "world": World(folder, lambda: None).has_done(),
        "states": {action.key: action.state for action in ledger.actions(case.case_id)},
        "notices": ledger.notice_counts(case.case_id),
        "kinds": Counter(entry.kind for entry in ledger.timeline(case.case_id)),
        "broken": ledger.broken_link(case.case_id),
    }
    ledger.close()
    return found


class SqliteFiles:
    """Fresh ledgers as copies of an empty file."""

    def __init__(self, root: Path) -> None:
        self.address, self._empty = str(root / "case" / "ledger.sqlite"), root / "empty.sqlite"
        open_ledger(self._empty).close()

    def renew(self) -> None:
        """An empty ledger at the address; the folder around it is new already."""
        shutil.copy(self._empty, self.address)


class PostgresDatabases:
    """Fresh ledgers as copies of an empty database of a running server."""

    def __init__(self, server: str) -> None:
        self._engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        url = sa.make_url(server)
        self.address = url.set(database="crash").render_as_string(hide_password=False)
        self._run("CREATE DATABASE crash_empty")
        open_ledger(url.set(database="crash_empty").render_as_string(hide_password=False)).close()

    def renew(self) -> None:
        """An empty ledger at the address, whoever was connected to the old one."""
        self._run("DROP DATABASE IF EXISTS crash WITH (FORCE)")
        self._run("CREATE DATABASE crash TEMPLATE crash_empty STRATEGY file_copy")

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(sa.text(statement))
        self._engine.dispose()


def main(name: str, root: Path, server: str = "", every: int = 1) -> None:
    """One engine, without an open connection whenever it forks, saves compiling each statement anew in each child.

    `server` is the address of a PostgreSQL server; without one the ledger is SQLite. `every` takes each n-th point.
    """
    scenario = {"contain": contain, "dispatch": dispatch}[name]
    folder = root / "case"
    folder.mkdir()
    ledgers = PostgresDatabases(server) if server else SqliteFiles(root)
    ledgers.renew()
    ledger = open_ledger(ledgers.address)
    scenario(folder, ledger, World(folder, lambda: None))
    ledger.close()
    gc.freeze()
    results, ended = [], False
    for point in count(1, every):
        shutil.rmtree(folder)
        folder.mkdir()
        ledgers.renew()
        ended = _in_child(partial(_run, scenario, ledger, folder, point))
        _in_child(partial(_run, scenario, ledger, folder, None))
        results.append(_found(ledger, folder, point))
        if ended:
            break
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:4], *map(int, sys.argv[4:5]))
