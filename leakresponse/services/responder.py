"""The warm responder: a process that has everything loaded and contains within a second of the alert's event.

Measured ways to start a flow from an event (docs/adr/0002-prefect.md): a deployment takes seconds, most of them imports
and polling; a process that is subscribed to the event stream calls the flow in itself within 0.15 s. The deployment of
`respond` is started by the same event and stays the second way: whoever comes second waits (`tasks.turns`).

The stream gives what the server has stored when it reconnects; an event that was under way just then is lost to it
(measured: the server stores in batches), and so is one of a longer absence. Both are found by looking into the ledger.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from leakresponse.adapters.processes import exit_with
from leakresponse.services.alerts import EVENT

log = logging.getLogger("leakresponse.responder")
#: How often the ledger is asked for alerts whose event never came.
SWEEP_SECONDS = 5.0
#: How often the way to the org is kept warm.
WARM_SECONDS = 30.0
RECONNECT_SECONDS = 1.0
#: So many cases are contained at the same time; a repeat of one waits for nobody.
WORKERS = 4


class Responder:
    """Answers each stored alert once; a failure is left to the second way and to the next sweep."""

    def __init__(self, answer: Callable[[str], object], waiting: Callable[[], list[str]]) -> None:
        self._answer = answer
        self._waiting = waiting
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="contain")
        self._taken: set[str] = set()
        self._lock = threading.Lock()

    def take(self, alert_id: str) -> bool:
        """Begin to answer an alert; False where this process has it already."""
        with self._lock:
            if alert_id in self._taken:
                return False
            self._taken.add(alert_id)
        self._pool.submit(self._carry_out, alert_id)
        return True

    def sweep(self) -> None:
        """Take what waits in the ledger without an event."""
        for alert_id in self._waiting():
            self.take(alert_id)

    def close(self) -> None:
        """Let what runs come to its end."""
        self._pool.shutdown(wait=True)

    def _carry_out(self, alert_id: str) -> None:
        try:
            self._answer(alert_id)
        except Exception as error:  # noqa: BLE001 - a process that stays up: any failure is said and does not end it
            log.error("an alert was not contained here: %s", type(error).__name__)
            with self._lock:
                self._taken.discard(alert_id)


async def listen(responder: Responder, connected: Callable[[], object] = lambda: None) -> None:
    """Follow the event stream for ever; a lost connection is made again. Says so each time that it is made."""
    from prefect.events.clients import get_events_subscriber
    from prefect.events.filters import EventFilter, EventNameFilter

    wanted = EventFilter(event=EventNameFilter(name=[EVENT]))
    while True:
        try:
            async with get_events_subscriber(filter=wanted, reconnect_on_clean_close=True) as stream:
                connected()
                async for event in stream:
                    alert_id = event.payload.get("alert_id")
                    if isinstance(alert_id, str) and alert_id:
                        responder.take(alert_id)
        except (OSError, TimeoutError) as error:
            log.warning("the event stream is lost (%s); connecting again", type(error).__name__)
        await asyncio.sleep(RECONNECT_SECONDS)


async def every(seconds: float, act: Callable[[], object]) -> None:
    """Do something now and then, in a thread; a failure of one time is not the end."""
    while True:
        await asyncio.to_thread(_tried, act)
        await asyncio.sleep(seconds)


def _tried(act: Callable[[], object]) -> None:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - as above: said, and tried again
        log.warning("%s failed: %s", getattr(act, "__name__", "a round"), type(error).__name__)


def main() -> None:
    """Serve until told to stop or the parent is gone."""
    parser = argparse.ArgumentParser(prog="responder")
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("--with-parent", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.with_parent:
        exit_with(arguments.with_parent)
    responder, warm = _ready(arguments.parameters)

    def say() -> None:
        print("ready: following the event stream", file=sys.stderr, flush=True)

    async def serve() -> None:
        await asyncio.to_thread(_tried, warm)
        await asyncio.gather(listen(responder, say), every(SWEEP_SECONDS, responder.sweep), every(WARM_SECONDS, warm))

    asyncio.run(serve())


def _ready(names: Mapping[str, Any]) -> tuple[Responder, Callable[[], object]]:
    """Everything imported, the ledger open, the org logged in."""
    from flows import contain as playbook

    parameters: dict[str, Any] = {
        name: str(names[name]) for name in ("org", "vault", "store", "policy") if name in names
    }

    def answer(alert_id: str) -> object:
        return playbook.contain(alert_id=alert_id, **parameters)

    def waiting() -> list[str]:
        return playbook.waiting_alerts(parameters["store"])

    def warm() -> object:
        return playbook.keep_warm(**parameters)

    return Responder(answer, waiting), warm


if __name__ == "__main__":
    main()
