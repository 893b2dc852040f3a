"""Flows that leak a marker on purpose, each in one way: `python -m tests.support.canary_leaks FOLDER MARKERS.json`."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from leakresponse.services.local import own_prefect


def leak(folder: Path, markers: dict[str, str]) -> None:
    """Carry out every leak with its own marker, under a Prefect server of this run's own."""
    with own_prefect(folder / "prefect", folder / "logs"):
        from leakresponse.core import log_redaction

        leaks = _leaks(folder)
        unmasked = {"log line", "log line of a library", "log line with an exception"}
        logging.setLogRecordFactory(logging.LogRecord)
        for name in sorted(unmasked):
            _quietly(leaks[name], markers[name])
        log_redaction.install()
        for name in sorted(markers.keys() - unmasked):
            _quietly(leaks[name.removeprefix("masked ")], markers[name])
        logging.shutdown()


def _quietly(act: Callable[[str], object], marker: str) -> None:
    """A leak by an exception ends its flow; that is what is looked at."""
    with contextlib.suppress(Exception):
        act(marker)


def _leaks(folder: Path) -> dict[str, Callable[[str], object]]:
    from prefect import flow, get_run_logger, task
    from prefect.artifacts import create_markdown_artifact
    from prefect.events import emit_event

    from tasks.support import playbook, step

    @flow
    def line(hidden: list[str]) -> None:
        get_run_logger().error("found %s", Path(hidden[0]).read_text())

    @flow
    def library(hidden: list[str]) -> None:
        logging.getLogger("prefect.flow_runs").error("to %s", Path(hidden[0]).read_text())

    @flow
    def traced(hidden: list[str]) -> None:
        try:
            raise KeyError(Path(hidden[0]).read_text())
        except KeyError:
            get_run_logger().exception("lookup failed")

    @flow
    def parameter(value: str) -> int:
        return len(value)

    @task(persist_result=True, result_serializer="pickle")
    def compute(hidden: list[str]) -> dict[str, str]:
        return {"who": Path(hidden[0]).read_text()}

    @flow
    def result(hidden: list[str]) -> int:
        return len(compute(hidden))

    @flow
    def artifact(hidden: list[str]) -> None:
        create_markdown_artifact(f"person {Path(hidden[0]).read_text()}", key="leak")

    @flow
    def event(hidden: list[str]) -> None:
        emit_event("leak", {"prefect.resource.id": "leak.1"}, payload={"who": Path(hidden[0]).read_text()})

    @flow
    def raising(hidden: list[str]) -> None:
        raise ValueError(f"no such person: {Path(hidden[0]).read_text()}")

    @playbook("sanitised")
    def sanitised(hidden: list[str]) -> None:
        sanitised_step(hidden)

    @step("sanitised step")
    def sanitised_step(hidden: list[str]) -> None:
        raise ValueError(f"no such person: {Path(hidden[0]).read_text()}")

    def hidden(act: Callable[[list[str]], object]) -> Callable[[str], object]:
        """The marker by way of a file outside the sweep, so that it does not leak as a parameter too."""

        def run(marker: str) -> object:
            path = folder.parent / "outside"
            path.write_text(marker)
            return act([str(path)])

        return run

    return {
        "log line": hidden(line),
        "log line of a library": hidden(library),
        "log line with an exception": hidden(traced),
        "flow parameter": parameter,
        "persisted result": hidden(result),
        "artifact": hidden(artifact),
        "event": hidden(event),
        "exception": hidden(raising),
        "sanitised exception": hidden(sanitised),
        "plain file": (folder / "note.txt").write_text,
    }


if __name__ == "__main__":
    leak(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
