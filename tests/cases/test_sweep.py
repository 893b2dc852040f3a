"""The retailer's other orgs are searched for the same app; where it has a way in, it is contained as its own case."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import clean_environment

DRIVER = Path(__file__).with_name("sweep_driver.py")


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    command = [sys.executable, str(DRIVER), str(tmp_path_factory.mktemp("sweep"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, env=clean_environment())
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_every_other_org_is_searched_and_contained(swept):
    assert len(swept["first"]) == 2
    assert all(not one["failed"] for one in swept["first"])
    found = [one for one in swept["first"] if one["paths"]]
    assert found
    assert all(one["contained"] and one["case_id"] for one in found)


def test_each_is_a_case_of_its_own_that_names_the_first(swept):
    opened = {one["case_id"] for one in swept["first"] if one["case_id"]}
    assert opened <= set(swept["cases"])
    assert {note["case"] for note in swept["notes"]} == opened


def test_a_second_sweep_finds_nothing_alive(swept):
    assert [one["paths"] for one in swept["again"]] == [0, 0]


def test_the_record_of_every_case_holds(swept):
    assert swept["holds"] == [None] * len(swept["cases"])
