"""`leak-response up`: the three ways in, each through what a user would touch."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.processes import call, clean_environment

CHROMIUM = Path("/usr/bin/chromium")
READY_SECONDS = 300
RUN_SECONDS = 300
BROWSER = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass(frozen=True)
class Live:
    """A running system."""

    url: str
    home: Path
    process: subprocess.Popen[str]

    @property
    def api(self) -> str:
        return f"{self.url}/api"

    def runs(self, deployment: str) -> list[dict[str, Any]]:
        """Flow runs of a deployment that have begun, oldest first."""
        found = requests.get(f"{self.api}/deployments/name/{deployment}", timeout=30).json()["id"]
        body = {"deployments": {"id": {"any_": [found]}}, "sort": "START_TIME_ASC"}
        answer = requests.post(f"{self.api}/flow_runs/filter", json=body, timeout=30).json()
        return [run for run in answer if run["state_type"] != "SCHEDULED"]

    def await_runs(self, deployment: str, count: int) -> list[dict[str, Any]]:
        """Wait until so many runs have ended."""
        deadline = time.monotonic() + RUN_SECONDS
        ended = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
        while time.monotonic() < deadline:
            runs = self.runs(deployment)
            if len(runs) >= count and all(run["state_type"] in ended for run in runs):
                return runs
            time.sleep(1)
        raise AssertionError(f"{deployment}: {count} runs did not end in time")

    def command(self, *arguments: str) -> Any:
        """A command with this home; its JSON document."""
        return json.loads(call(*arguments, "--json", LEAK_RESPONSE_HOME=str(self.home)).stdout)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "leakresponse.cli", "up", "--port", str(port), "--people", "400"]
    log = home / "up.log"
    with log.open("w") as out:
        environment = {**clean_environment(), "LEAK_RESPONSE_HOME": str(home)}
        process = subprocess.Popen(command, stderr=out, stdout=out, text=True, env=environment)
    try:
        deadline = time.monotonic() + READY_SECONDS
        while "ready:" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "up was not ready in time"
            time.sleep(0.5)
        yield Live(f"http://127.0.0.1:{port}", home, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def test_an_alert_opens_the_case_by_itself(live):
    said = live.command("alert", str(live.home / "alert-T01.json"))
    assert said["emitted"] is True
    runs = live.await_runs("respond/respond", 1)
    assert [run["state_type"] for run in runs] == ["COMPLETED"]
    (case,) = live.command("case", "list")
    assert case["alert_id"] == said["alert_id"]
    assert set(case["phases"].values()) == {"done"}


def test_responder_and_deployment_were_both_called_and_one_of_them_contained(live):
    body = {"flows": {"name": {"any_": ["contain"]}}, "sort": "START_TIME_ASC"}
    runs = requests.post(f"{live.api}/flow_runs/filter", json=body, timeout=30).json()
    warm = [run for run in runs if run["deployment_id"] is None and run["parent_task_run_id"] is None]
    assert [run["state_type"] for run in warm] == ["COMPLETED"]
    shown = live.command("case", "show", live.command("case", "list")[0]["case_id"])
    assert [a["state"] for a in shown["actions"] if a["kind"] == "phase_run"] == ["done"]


def test_the_same_alert_again_starts_nothing(live):
    before = live.command("case", "show", live.command("case", "list")[0]["case_id"])
    assert live.command("alert", str(live.home / "alert-T01.json"))["stored"] is True
    time.sleep(8)
    assert len(live.runs("respond/respond")) == 1
    assert live.command("case", "show", before["case_id"]) == before


def test_the_schedule_shows_the_next_rehearsal(live):
    found = requests.get(f"{live.api}/deployments/name/rehearse/rehearse", timeout=30).json()
    assert [s["schedule"]["cron"] for s in found["schedules"]] == ["0 6 * * 1"]
    body = {"deployments": {"id": {"any_": [found["id"]]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if requests.post(f"{live.api}/flow_runs/filter", json=body, timeout=30).json():
            return
        time.sleep(1)
    raise AssertionError("no rehearsal is scheduled")


@pytest.mark.ui
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")
def test_the_form_opens_the_same_case_and_doubles_nothing(live, tmp_path):
    (case,) = live.command("case", "list")
    before = live.command("case", "show", case["case_id"])
    _submit(live, "respond/respond", {"alert_id": case["alert_id"]}, tmp_path / "respond.png")
    runs = live.await_runs("respond/respond", 2)
    assert [run["state_type"] for run in runs] == ["COMPLETED", "COMPLETED"]
    after = live.command("case", "show", case["case_id"])
    assert len(live.command("case", "list")) == 1
    assert (after["actions"], after["notices"]) == (before["actions"], before["notices"])


@pytest.mark.ui
@pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")
def test_containment_runs_from_a_readable_form(live, tmp_path):
    text = _submit(live, "contain/contain", {"connected_app": "Service Console"}, tmp_path / "contain.png")
    assert "Cut every token, session and grant of this connected app, for all its users." in text
    runs = live.await_runs("contain/contain", 1)
    assert [run["state_type"] for run in runs] == ["COMPLETED"]
    assert len(live.command("case", "list")) == 2


def test_ctrl_c_stops_everything_it_started(live):
    children = _children(live.process.pid)
    assert len(children) >= 6
    live.process.send_signal(signal.SIGINT)
    assert live.process.wait(60) == 0
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def _submit(live: Live, deployment: str, values: dict[str, str], picture: Path) -> str:
    """Fill in a deployment's form in a real browser and submit it; the answer is the page's text before."""
    from playwright.sync_api import sync_playwright

    found = requests.get(f"{live.api}/deployments/name/{deployment}", timeout=30).json()["id"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=BROWSER)
        page = browser.new_page(viewport={"width": 1400, "height": 1500})
        page.goto(f"{live.url}/deployments/deployment/{found}/run", wait_until="networkidle", timeout=60_000)
        for name, value in values.items():
            label = f"//label[.//span[starts-with(normalize-space(.), '{name}')]]"
            page.locator(f"xpath={label}/ancestor::*[.//textarea][1]//textarea").fill(value)
        text = page.inner_text("body")
        page.screenshot(path=os.fspath(picture))
        page.get_by_role("button", name="Submit").click()
        page.wait_for_url(lambda url: not url.endswith("/run"), timeout=60_000)
        browser.close()
    return text
