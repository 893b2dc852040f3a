"""A rotation of every kind, with some that fail; then a search for every secret value that it touched: zero hits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.canary import Markers, Search, sweep
from tests.support.processes import clean_environment

ROOT = Path(__file__).resolve().parents[2]
#: The simulated org; the vault and the service outside hold what they hold in memory.
DOUBLES = {"run/doubles/**": "the simulated org"}
#: An access key is rotated too; this moto takes every key, so that its old one is not refused (test_aws_access_key).
ROTATED = {"jwt_key_pair", "eca_key_secret", "client_secret", "user_password", "principal_credential"}


@pytest.fixture(scope="module")
def rotated(tmp_path_factory):
    """The run's folder, its markers, and the facts of its phase."""
    folder, notes = tmp_path_factory.mktemp("canary"), tmp_path_factory.mktemp("notes") / "notes.jsonl"
    for name in ("tmp", "home", "run"):
        (folder / name).mkdir()
    command = [sys.executable, "-m", "tests.support.canary_rotation", str(folder / "run"), str(notes)]
    environment = {**clean_environment(), "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home")}
    environment["PREFECT_LOGGING_LEVEL"] = "DEBUG"
    with (folder / "stderr").open("w") as err:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=err, env=environment, cwd=ROOT, timeout=600)
    assert done.returncode == 0, (folder / "stderr").read_text()[-3000:]
    (folder / "stdout").write_bytes(done.stdout)
    markers = Markers()
    for line in notes.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["kind"] == "private key":
            markers.add_key(entry["value"])
        else:
            markers.add(entry["kind"], [entry["value"]])
    return folder, markers, json.loads(done.stdout.splitlines()[-1])


def test_every_kind_that_needs_nobody_or_had_its_people_was_rotated(rotated):
    good = {one["kind"] for one in rotated[2]["secrets"] if one["old_refused"] and one["new_works"]}
    assert good >= ROTATED, rotated[2]["secrets"]


def test_some_failed_and_some_wait_so_that_their_ways_were_gone_too(rotated):
    by_name = {one["name"]: one for one in rotated[2]["secrets"]}
    assert by_name["canary/broken_key"]["error"]
    assert by_name["canary/broken_secret"]["error"].startswith("NEW_REFUSED")
    assert by_name["canary/service_key"]["person_needed"]


def test_no_secret_value_lies_in_logs_results_artifacts_events_or_the_ledger(rotated):
    folder, markers, _ = rotated
    assert sweep(folder, Search(markers), DOUBLES) == []


def test_every_sort_of_secret_was_there_to_be_found(rotated):
    kinds = set(rotated[1].known.values())
    fields = ("consumer_secret", "refresh_token", "password", "security_token", "secret.ApiKey", "key", "username")
    assert kinds >= {f"vault: {name}" for name in (*fields, "access_key_id", "secret_access_key")}
    assert kinds >= {"private key", "session id", "signing secret"}


def test_the_places_were_looked_through(rotated):
    """The secrets' names are in the ledger, the log and the orchestrator's database: the search finds them there."""
    folder, _, facts = rotated
    markers = Markers()
    markers.add("name", [one["name"] for one in facts["secrets"]])
    where = {finding.where for finding in sweep(folder, Search(markers), DOUBLES)}
    assert {"stdout", "stderr"} <= where
    assert any(place.startswith("run/ledger.sqlite (table") for place in where)
    assert any(place.startswith("run/prefect/prefect.db (table") for place in where)
