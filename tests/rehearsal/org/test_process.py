"""The org as a process: wrong calls, a kill, the page that says what it is, the clock."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from leakresponse.rehearsal.org.build import ACTING, build, clear
from leakresponse.rehearsal.org.main import main
from tests.support.served_org import PEOPLE, SEED, SMALL, Served, copied

MODULE = [sys.executable, "-m", "leakresponse.rehearsal.org.main"]


class Process:
    """The org of a folder in a process of its own."""

    def __init__(self, state: Path, *more: str) -> None:
        (state / "connection.json").unlink(missing_ok=True)
        self.child = subprocess.Popen([*MODULE, "--state", str(state), *more], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (state / "connection.json").exists():
            assert self.child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.facts: dict[str, Any] = json.loads((state / "connection.json").read_text(encoding="utf-8"))

    def refresh(self) -> requests.Response:
        one = next(one for one in self.facts["integrations"] if one["username"].startswith("migration@"))
        form = {"grant_type": "refresh_token", "client_id": one["consumer_key"], "refresh_token": one["refresh_token"]}
        url = f"{self.facts['http_url']}/services/oauth2/token"
        return requests.post(url, data={**form, "client_secret": one["consumer_secret"]}, timeout=10)

    def end(self, number: int = signal.SIGKILL) -> int:
        self.child.send_signal(number)
        return self.child.wait(20)


@pytest.fixture
def state(template: Path, tmp_path: Path) -> Iterator[Path]:
    yield copied(template, tmp_path)


def test_wrong_calls_say_one_line_and_make_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "state"

    def _wrong(*arguments: str) -> str:
        """The one line of a wrong call."""
        monkeypatch.setattr(sys, "argv", ["org", *arguments])
        assert main() == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        return err

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in _wrong("--state", str(folder), "--port", port)
    assert "T99" in _wrong("--state", str(folder), "--scenario", "T99")
    assert "people" in _wrong("--state", str(folder), "--people", "3")
    assert not folder.exists()
    (tmp_path / "file").touch()
    assert "cannot be written" in _wrong("--state", str(tmp_path / "file" / "state"))


def test_a_killed_org_keeps_tokens_and_answers_again(state: Path) -> None:
    first = Process(state)
    token = first.refresh().json()["access_token"]
    first.end(signal.SIGKILL)
    again = Process(state)
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{again.facts['http_url']}/services/data/v67.0", headers=headers, timeout=10)
    assert answer.status_code == 200
    assert again.refresh().status_code == 200
    assert again.end(signal.SIGTERM) == 0


def test_the_org_ends_with_its_parent(state: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    org = Process(state, "--with-parent", str(parent.pid))
    parent.kill()
    parent.wait()
    assert org.child.wait(20) == 0


def test_secrets_are_readable_by_their_owner_alone(org: Served) -> None:
    for name in ("keys/Drift.pem", "keys/refresh_tokens.json", "tls/server.key"):
        assert stat.S_IMODE((org.state / name).stat().st_mode) == 0o600
    stored = (org.state / "org.sqlite").read_bytes() + (org.state / "org.sqlite-wal").read_bytes()
    assert org.integration("migration")["refresh_token"].encode() not in stored


def test_the_page_says_in_plain_words_what_this_is(org: Served) -> None:
    text = requests.get(org.url, timeout=10).text
    assert "This is a simulation, not Salesforce" in text
    assert str(org.state.parent) not in text


def test_the_clock_moves_and_goes_back(org: Served) -> None:
    url = f"{org.url}/simulation/clock"
    moved = requests.post(url, json={"now": "2026-03-02T08:00:00+01:00"}, timeout=10).json()["now"]
    assert moved.startswith("2026-03-02T07:00:0")
    assert requests.post(url, json={"now": "yesterday"}, timeout=10).status_code == 400
    back = requests.post(url, json={"now": None}, timeout=10).json()["now"]
    assert abs(datetime.fromisoformat(back) - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_scenario_that_stopped_half_way_means_a_new_org(state: Path) -> None:
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.store.keep_fact(ACTING, "T01")
    before = world.store.one("SELECT consumer_key FROM sim_app LIMIT 1")
    world.bulk.stop()
    world.store.close()
    again = build(state, PEOPLE, SEED, sources=SMALL)
    assert again.store.one("SELECT consumer_key FROM sim_app LIMIT 1") != before
    again.bulk.stop()
    again.store.close()
    clear(state)
    assert not any(state.iterdir())
