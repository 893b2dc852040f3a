"""How far a long phase is, in the Prefect UI: a share and the name of the stage, never a count."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact

from leakresponse.core import progress
from tasks.support import log

#: Seconds between two updates: each is a call to the server.
UPDATE_SECONDS = 3.0


@contextmanager
def shown(case_id: str, phase: str) -> Iterator[None]:
    """A progress artifact while the block runs, fed by what its steps report.

    Written by a thread of its own, so that no step waits for the server; a server that is away stops nothing.
    """
    words = f"{phase}: begun"
    artifact = _create(f"{case_id}-{phase}-progress", words)
    latest: list[tuple[str, float]] = [("", 0.0)]
    over = threading.Event()

    def listen(stage: str, done: int, total: int) -> None:
        latest[0] = (stage, 100.0 * done / total if total else 0.0)

    def write() -> None:
        said = latest[0]
        while not over.wait(UPDATE_SECONDS):
            if latest[0] != said:
                said = latest[0]
                _update(artifact, f"{phase}: {said[0]}", said[1])

    stop = progress.watch(listen)
    writer = threading.Thread(target=write, name=f"progress-{phase}", daemon=True)
    writer.start()
    ended = "stopped"
    try:
        yield
        ended = "done"
    finally:
        stop()
        over.set()
        writer.join(2 * UPDATE_SECONDS)
        _update(artifact, f"{phase}: {ended}", 100.0 if ended == "done" else latest[0][1])


def _create(key: str, words: str) -> UUID | None:
    try:
        return cast(UUID, create_progress_artifact(0.0, key=key, description=words))
    except httpx.HTTPError as error:
        log.warning("the progress page could not be begun: %s", type(error).__name__)
        return None


def _update(artifact: UUID | None, words: str, share: float) -> None:
    if artifact is None:
        return
    try:
        update_progress_artifact(artifact, min(share, 100.0), words)
    except httpx.HTTPError as error:
        log.warning("the progress page could not be written: %s", type(error).__name__)
