"""The live display on stderr: a bar per stage on a terminal, a line per step elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from leakresponse.core import progress

LINE_SECONDS = 5.0


@contextmanager
def display() -> Iterator[None]:
    """Show progress while the block runs."""
    shown = _bars() if sys.stderr.isatty() else _lines()
    with shown:
        yield


@contextmanager
def _bars() -> Iterator[None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        known = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in known:
                known[stage] = bars.add_task(stage, total=total or None)
            bars.update(known[stage], completed=done, total=total or None)

        stop = progress.watch(show)
        try:
            yield
        finally:
            stop()


@contextmanager
def _lines() -> Iterator[None]:
    started = time.monotonic()
    last: dict[str, float] = {}

    def show(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage in last and done != total and now - last[stage] < LINE_SECONDS:
            return
        last[stage] = now
        share = f" {done:,} of {total:,}" if total else f" {done:,}" if done else ""
        print(f"[{now - started:6.1f} s] {stage}{share}", file=sys.stderr, flush=True)

    stop = progress.watch(show)
    try:
        yield
    finally:
        stop()
