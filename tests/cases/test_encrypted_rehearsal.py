"""A rehearsal whose case is encrypted passes like any other, and nothing that may hold persons lies in the clear."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from leakresponse.ledger.contents import MAGIC, NOT_CHECKED
from tests.support.attacker import Attacker
from tests.support.processes import call, clean_environment, org

COMMAND = ("rehearse", "T01", "--people", "300", "--seed", "3")
#: Counts, ids and hashes alone; what the report says of small groups is withheld.
OPEN = {
    "case.json", "obligations.json", "quality", "report.html", "report.pdf", "chain.jsonl", "manifest.json", "key.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    out = tmp_path_factory.mktemp("encrypted") / "T01"
    done = call(*COMMAND, "--no-plain", "--out", str(out), "--json", timeout=900)
    assert done.stdout, done.stderr[-3000:]
    return out, done.returncode, json.loads(done.stdout)


def test_every_score_passes(rehearsed):
    _out, code, result = rehearsed
    assert {name: score["passed"] for name, score in result["scores"].items()} == dict.fromkeys(result["scores"], True)
    assert code == 0


def test_everything_but_counts_is_encrypted(rehearsed):
    case = rehearsed[0] / "case"
    files = [path for path in case.rglob("*") if path.is_file() and path.relative_to(case).parts[0] not in OPEN]
    assert {"alert.json", "people.parquet", "recipients.parquet", "secrets.json"} <= {path.name for path in files}
    assert [path.name for path in files if not path.read_bytes().startswith(MAGIC)] == []


def test_it_verifies_without_the_key(rehearsed):
    done = call("evidence", "verify", str(rehearsed[0] / "case"), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["content"] == NOT_CHECKED


def test_going_on_keeps_its_choice(rehearsed):
    out, _code, result = rehearsed
    assert json.loads(call(*COMMAND, "--out", str(out), "--json").stdout) == result
    refused = call(*COMMAND, "--plain", "--out", str(out), "--json")
    assert refused.returncode == 2 and "--no-plain" in refused.stderr


@pytest.mark.torture
def test_killed_in_the_middle_it_goes_on_encrypted(tmp_path):
    out = tmp_path / "T01"
    with (tmp_path / "first.log").open("w") as log:
        command = [sys.executable, "-m", "leakresponse.cli", *COMMAND, "--no-plain", "--out", str(out)]
        first = subprocess.Popen(command, stdout=log, stderr=log, env=clean_environment())
    deadline = time.monotonic() + 600
    while not (out / "case/exposures.parquet").exists():
        assert first.poll() is None, (tmp_path / "first.log").read_text()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(30)
    second = call(*COMMAND, "--out", str(out), "--json", timeout=900)
    assert second.returncode == 0, second.stderr[-3000:]
    assert Path(out / "case/people.parquet").read_bytes().startswith(MAGIC)


@pytest.mark.torture
def test_respond_encrypts_too(tmp_path):
    case = tmp_path / "case"
    with org(tmp_path / "org", "--people", "300", "--seed", "3") as connection:
        thief = Attacker(connection, "order.sync", "45.66.77.88")
        thief.query("SELECT Id, FirstName, Email, SSN__c FROM Contact WHERE MailingState = 'TX' LIMIT 20")
        alert = thief.alert(tmp_path / "alert.json", "connected_app", "user")
        requests.post(f"{connection['http_url']}/simulation/flush", timeout=30)
        command = ("respond", str(alert), "--connection", str(tmp_path / "org/connection.json"), "--out", str(case))
        done = call(*command, "--no-plain", "--json")
        assert done.returncode == 0, done.stderr[-3000:]
        assert call(*command, "--plain").returncode == 2
    assert (case / "people.parquet").read_bytes().startswith(MAGIC)
    assert call("evidence", "verify", str(case)).returncode == 0
