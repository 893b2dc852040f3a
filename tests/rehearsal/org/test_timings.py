"""The org tells how long it took to answer."""

from __future__ import annotations

import requests


def test_calls_are_counted_once_and_from_nothing_again(org):
    url = f"{org.url}/simulation/timings"
    requests.post(url, timeout=20)
    for _ in range(3):
        requests.get(f"{org.url}/services/data", timeout=20).raise_for_status()
    found = requests.post(url, timeout=20).json()
    assert found["calls"] == 3
    assert 0 < found["seconds"] < 60
    assert requests.post(url, timeout=20).json() == {"calls": 0, "seconds": 0.0}
