"""The warm responder answers each alert once, goes on after a failure, and follows the stream through a restart."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from leakresponse.services.responder import Responder
from tests.support.processes import clean_environment


def test_an_alert_is_answered_once():
    seen: list[str] = []
    responder = Responder(seen.append, list)
    assert (responder.take("a-1"), responder.take("a-1")) == (True, False)
    responder.close()
    assert seen == ["a-1"]


def test_what_has_no_event_is_found_in_the_ledger():
    seen: list[str] = []
    responder = Responder(seen.append, lambda: ["a-1", "a-2"])
    responder.sweep()
    responder.sweep()
    responder.close()
    assert sorted(seen) == ["a-1", "a-2"]


def test_a_failure_is_not_the_end_and_names_no_value(caplog):
    reached = threading.Event()

    def answer(alert_id: str) -> None:
        if alert_id == "bad":
            raise ValueError("jane.roe@example.com")
        reached.set()

    responder = Responder(answer, list)
    responder.take("bad")
    responder.take("good")
    assert reached.wait(10)
    responder.close()
    assert "ValueError" in caplog.text
    assert "jane.roe" not in caplog.text


def test_what_failed_is_taken_again_by_the_next_sweep():
    seen: list[str] = []
    again = threading.Event()

    def answer(alert_id: str) -> None:
        seen.append(alert_id)
        if len(seen) == 1:
            raise OSError("the ledger is locked")
        again.set()

    responder = Responder(answer, lambda: ["a-1"])
    for _ in range(200):
        responder.sweep()
        if again.wait(0.02):
            break
    responder.close()
    assert seen == ["a-1", "a-1"]


def test_one_slow_case_does_not_hold_up_another():
    release, quick = threading.Event(), threading.Event()

    def answer(alert_id: str) -> None:
        if alert_id == "slow":
            release.wait(20)
        else:
            quick.set()

    responder = Responder(answer, list)
    responder.take("slow")
    responder.take("quick")
    done = quick.wait(10)
    release.set()
    responder.close()
    assert done


_LIVE = """
import asyncio, os, sys, time
from pathlib import Path
from leakresponse.adapters.processes import Children, free_port
from leakresponse.services import alerts
from leakresponse.services.local import await_server, start_server

home = Path(sys.argv[1])
port = free_port()
seen = []

async def until(wanted):
    end = time.monotonic() + 60
    while wanted not in seen and time.monotonic() < end:
        await asyncio.sleep(0.02)
    return wanted in seen

async def follow(url, children):
    from leakresponse.services.responder import Responder, listen
    responder = Responder(seen.append, list)
    task = asyncio.create_task(listen(responder))
    for number in range(60):  # what is emitted while it connects may be missed: that is what the sweep is for
        await asyncio.to_thread(alerts.emit, url, f"probe-{number}")
        await asyncio.sleep(0.5)
        if seen:
            break
    await asyncio.to_thread(alerts.emit, url, "first")
    await asyncio.to_thread(alerts.emit, url, "first")
    first = await until("first")
    await asyncio.to_thread(children.stop)
    await asyncio.sleep(1.0)
    start_server(children, home / "prefect", port)
    await asyncio.to_thread(await_server, children, url)
    for number in range(60):
        await asyncio.to_thread(alerts.emit, url, f"probe-after-{number}")
        await asyncio.sleep(0.5)
        if any(one.startswith("probe-after") for one in seen):
            break
    await asyncio.to_thread(alerts.emit, url, "second")
    second = await until("second")
    task.cancel()
    responder.close()
    return first, second

with Children(home / "logs") as children:
    url = start_server(children, home / "prefect", port)
    await_server(children, url)
    print(asyncio.run(follow(url, children)), [one for one in seen if not one.startswith("probe")])
"""


@pytest.mark.timeout(240)
def test_it_follows_the_stream_through_a_restart_of_the_server(tmp_path: Path):
    command = [sys.executable, "-c", _LIVE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=220, env=clean_environment())
    assert done.stdout.strip() == "(True, True) ['first', 'second']", done.stdout + done.stderr[-3000:]
