"""Partitions in processes of this machine and on a Dask cluster: the same bytes, also when a worker is killed."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import LocalCluster

from leakresponse.core.errors import Unavailable
from leakresponse.core.scope_engine import Plan, finish
from leakresponse.ledger import CaseFiles
from leakresponse.ledger.encryption import Encrypted, is_encrypted
from tasks import partitions
from tasks.partitions import Workers, find_people, look_up
from tests.support.scope_shop import planned, shop

ANSWERS = ("people.parquet", "recipients.parquet", "secrets.json")


def opened(store: str, case_id: str) -> CaseFiles:
    """What a worker of a cluster opens by name; here the name is a folder."""
    return CaseFiles(Path(store) / case_id)


def slow_people(files, plan: Plan, partition: int):
    """As `find_people`, with time enough to be killed; notes its process first."""
    folder = files().folder
    (folder / f"pid-{os.getpid()}").touch()
    time.sleep(0.2)
    return find_people(files, plan, partition)


def digests(files: CaseFiles) -> dict[str, str]:
    return {name: hashlib.sha256(files.read(name)).hexdigest() for name in ANSWERS}


@pytest.fixture
def world(tmp_path) -> tuple[CaseFiles, Plan]:
    exposures, records = shop()
    return planned(tmp_path / "case", 30, exposures, records)


@pytest.fixture
def expected(world) -> dict[str, str]:
    """The answers of this process alone."""
    files, plan = world
    finish(files, plan, Workers("case", "", processes=1).run("people", find_people, plan, files))
    return digests(files)


def forget(files: CaseFiles) -> None:
    """As if nobody had looked yet."""
    for name in (*ANSWERS, *files.names("work/scope", "people-*"), *files.names("work/scope", "recipients-*")):
        files.path(name).unlink()


@pytest.fixture
def cluster(request, monkeypatch) -> Iterator[LocalCluster]:
    """A scheduler on loopback without a dashboard, and as many worker processes as the test says."""
    monkeypatch.setattr(partitions, "open_case", opened)
    with LocalCluster(
        n_workers=request.param, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running:
        yield running


@pytest.mark.parametrize("cluster", [1, 2, 4], indirect=True)
def test_a_cluster_of_any_size_writes_the_same_bytes(world, expected, cluster, tmp_path):
    files, plan = world
    forget(files)
    workers = Workers("case", str(tmp_path), cluster.scheduler_address)
    alone = Workers("case", "", processes=1).run("lookups", look_up, plan, files)
    assert sum(alone) and workers.run("lookups", look_up, plan, files) == alone
    finish(files, plan, workers.run("people", find_people, plan, files))
    assert digests(files) == expected


@pytest.mark.parametrize("cluster", [2], indirect=True)
def test_a_worker_killed_in_the_middle_changes_nothing(world, expected, cluster, tmp_path):
    files, plan = world
    forget(files)
    workers = Workers("case", str(tmp_path), cluster.scheduler_address)
    killer = _Killer(files)
    tallies = workers.run("people", slow_people, plan, files)
    killer.join()
    assert killer.killed
    counts = finish(files, plan, tallies)
    assert digests(files) == expected and counts.people == sum(one.people for one in tallies)


@pytest.mark.parametrize("cluster", [1], indirect=True)
def test_what_a_scheduler_sees_names_nobody(world, cluster, tmp_path, caplog):
    files, plan = world
    with caplog.at_level(logging.DEBUG, logger="distributed"):
        Workers("case", str(tmp_path), cluster.scheduler_address).run("people", find_people, plan, files)
        seen = repr(cluster.scheduler.tasks) + caplog.text
    assert "find_people" in seen
    assert not any(word in seen for word in ("Ann", "Bob", "x.example", "219-09", "003000"))


def test_two_processes_write_the_same_bytes(world, expected):
    files, plan = world
    forget(files)
    finish(files, plan, Workers("case", "", processes=2).run("people", find_people, plan, files))
    assert digests(files) == expected


def test_a_killed_process_changes_nothing(world, expected):
    files, plan = world
    forget(files)
    killer = _Killer(files)
    finish(files, plan, Workers("case", "", processes=2).run("people", slow_people, plan, files))
    killer.join()
    assert killer.killed and digests(files) == expected


def test_processes_of_an_encrypted_case_leave_nothing_in_the_clear(tmp_path):
    exposures, records = shop()
    codec = Encrypted(b"k" * 32, "case")
    files, plan = planned(tmp_path / "case", 30, exposures, records, codec)
    finish(files, plan, Workers("case", "", processes=2).run("people", find_people, plan, files))
    stored = [path for path in files.folder.rglob("*") if path.is_file()]
    for path in stored:
        with path.open("rb") as content:
            assert is_encrypted(content), path.name
    assert files.exists("people.parquet") and len(stored) > 3 * plan.partitions


def test_work_that_is_killed_each_time_ends_in_an_error_of_ours(world, monkeypatch):
    files, plan = world
    monkeypatch.setattr(partitions, "TRIES", 2)
    with pytest.raises(Unavailable, match="killed each time"):
        Workers("case", "", processes=2).run("people", dies, replace(plan, partitions=2), files)


def dies(files, plan: Plan, partition: int) -> None:
    """A process that ends as one killed for its memory does."""
    os.kill(os.getpid(), signal.SIGKILL)


class _Killer:
    """Kills the first worker that says that it is at work, by its process id."""

    def __init__(self, files: CaseFiles) -> None:
        self.killed = 0
        self._files = files
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(30)

    def _watch(self) -> None:
        deadline = time.monotonic() + 60
        while not self.killed and time.monotonic() < deadline:
            for mark in self._files.folder.glob("pid-*"):
                self.killed = int(mark.name.removeprefix("pid-"))
                os.kill(self.killed, signal.SIGKILL)
                return
            time.sleep(0.01)
