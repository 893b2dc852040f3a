"""Killed without a word in the middle, the same command goes on; the result equals that of an unbroken run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from tests.support.processes import call, clean_environment

PEOPLE = "400"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An unbroken run of the same scenario and seed."""
    out = tmp_path_factory.mktemp("whole") / "T01"
    done = call("rehearse", "T01", "--people", PEOPLE, "--seed", "5", "--out", str(out), "--json", timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "moment",
    [
        "exposures.parquet",
        *(
            pytest.param(m, marks=pytest.mark.torture)
            for m in ("evidence", "alert.json", "people.parquet", "notices.parquet")
        ),
    ],
)
def test_a_killed_rehearsal_goes_on(moment, whole, tmp_path):
    out = tmp_path / "T01"
    command = ("rehearse", "T01", "--people", PEOPLE, "--seed", "5", "--out", str(out), "--json")
    with (tmp_path / "first.log").open("w") as log:
        first = subprocess.Popen(
            [sys.executable, "-m", "leakresponse.cli", *command], stdout=log, stderr=log, env=clean_environment()
        )
    deadline = time.monotonic() + 600
    while not (out / "case" / moment).exists():
        assert first.poll() is None, (tmp_path / "first.log").read_text()[-2000:]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(30)
    second = call(*command, timeout=900)
    assert second.returncode == 0, second.stderr[-3000:]
    result = json.loads(second.stdout)
    assert _lasting(result) == _lasting(whole)
    assert _states(out / "case") == _states(whole["case_dir"])


def _lasting(result: dict) -> dict:
    """What does not depend on the clock."""
    scores = {name: dict(score) for name, score in result["scores"].items()}
    scores["detection"].pop("late_s")
    return scores


def _states(case) -> pd.DataFrame:
    people = pd.read_parquet(f"{case}/people.parquet", columns=["residency"])
    return people["residency"].value_counts().sort_index().to_dict()
