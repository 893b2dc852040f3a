"""A lease of a process that is certainly gone need not be waited for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from leakresponse.ledger.owner import certainly_dead, this_owner

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs Linux's /proc")  # noqa: PTH110
_SAY_WHO = "from leakresponse.ledger.owner import this_owner; print(this_owner())"


def test_a_living_process_is_not_dead():
    assert not certainly_dead(this_owner())


def test_a_process_that_ended_is_dead():
    gone = subprocess.run([sys.executable, "-c", _SAY_WHO], capture_output=True, text=True, check=True).stdout.strip()
    assert certainly_dead(gone)


@pytest.mark.parametrize("owner", ["", "other-boot/pid:[1]|1|1", "nonsense"])
def test_who_cannot_be_judged_is_not_dead(owner):
    assert not certainly_dead(owner)


def test_a_reused_process_id_is_another_process():
    place, pid, start = this_owner().split("|")
    assert certainly_dead(f"{place}|{pid}|{int(start) - 1}")
