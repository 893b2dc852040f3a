"""Partitions of a case, looked at side by side: in processes of this machine, or on a Dask cluster.

A worker opens the case's files by itself. On this machine it is given them; on a cluster it is given the names of store
and case, and asks Prefect and the vault for what it needs, so that no key travels. Answers are counts, the rest is in
files.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from leakresponse.core import progress
from leakresponse.core.errors import Unavailable
from leakresponse.ledger import CaseFiles
from tasks.guard import sanitised
from tasks.support import files_of, log, store_block

if TYPE_CHECKING:
    from leakresponse.core.scope_engine import Plan
    from leakresponse.core.scope_engine_counts import Tally

R = TypeVar("R")
Opener = Callable[[], CaseFiles]
#: Processes at one time unless told otherwise: each holds one partition, some 400 MB with its libraries.
MOST = 8
#: So often are processes started anew after one of them was killed.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Workers:
    """Where partitions are looked at: `cluster` is a scheduler's address, "" this machine with so many processes."""

    case_id: str
    store: str
    cluster: str = ""
    processes: int = 0

    def run(self, stage: str, function: Callable[[Opener, Plan, int], R], plan: Plan, files: CaseFiles) -> list[R]:
        """`function` for every partition, answers in the order of the partitions."""
        if self.cluster:
            return _on_cluster(self, stage, function, plan)
        processes = min(self.processes or min(os.cpu_count() or 1, MOST), plan.partitions)
        if processes == 1:
            return [_told(stage, function(lambda: files, plan, n), n, plan) for n in range(plan.partitions)]
        return _in_processes(stage, function, plan, partial(CaseFiles, files.folder, files.codec), processes)


@sanitised
def look_up(files: Opener, plan: Plan, partition: int) -> int:
    """What a partition lacks, written beside the others'; how much it is."""
    from leakresponse.core.scope_engine import lookups_in

    return lookups_in(files(), plan, partition)


@sanitised
def find_people(files: Opener, plan: Plan, partition: int) -> Tally:
    """A partition's people, written beside the others'; its counts."""
    from leakresponse.core.scope_engine import people_in

    return people_in(files(), plan, partition)


def open_case(store: str, case_id: str) -> CaseFiles:
    """The files of a case by the names of its store and its own."""
    return files_of(store_block(store), case_id)


def _on_cluster(workers: Workers, stage: str, function: Callable[[Opener, Plan, int], R], plan: Plan) -> list[R]:
    from leakresponse.adapters.dask_cluster import run_on

    opener = partial(open_case, workers.store, workers.case_id)
    answers = run_on(workers.cluster, function.__name__, partial(function, opener, plan), range(plan.partitions))
    progress.report(stage, plan.partitions, plan.partitions)
    return answers


def _in_processes(
    stage: str, function: Callable[[Opener, Plan, int], R], plan: Plan, opener: Opener, processes: int
) -> list[R]:
    """What a killed process leaves undone is done by the next ones. Raises Unavailable after TRIES."""
    done: dict[int, R] = {}
    for _ in range(TRIES):
        left = [number for number in range(plan.partitions) if number not in done]
        try:
            with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
                waiting = {number: pool.submit(function, opener, plan, number) for number in left}
                for number, answer in waiting.items():
                    done[number] = _told(stage, answer.result(), len(done), plan)
            return [done[number] for number in range(plan.partitions)]
        except BrokenProcessPool:
            log.warning("a process that looked for people was killed: the rest is done by new ones")
    raise Unavailable("processes that look for people are killed each time")


def _told(stage: str, answer: R, number: int, plan: Plan) -> R:
    progress.report(stage, number + 1, plan.partitions)
    return answer
