"""kill -9 on the way of an archive run: the next run neither loses a row nor doubles one."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from blocks import SalesforceOrg
from leakresponse.adapters.salesforce.logs import download, list_created
from tests.support.served_org import serve

_DRIVER = Path(__file__).with_name("archive_crash_driver.py")
DAY = datetime.now(UTC).replace(hour=8, minute=10, second=0, microsecond=0) - timedelta(days=1)
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc and fork")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """An org with a day of hourly files, one of them twice, and the day's own files."""
    folder = tmp_path_factory.mktemp("crash")
    served = serve(folder / "org")
    (folder / "connection.json").write_text(json.dumps(served.facts))
    orders = f"{served.url}/simulation"
    twice = [{"match": {"object": "RestApi"}, "fault": "duplicate_log_file"}]
    requests.post(f"{orders}/faults", json=twice, timeout=30)
    requests.post(f"{orders}/clock", json={"now": DAY.isoformat()}, timeout=30)
    client = served.client("order.sync")
    for number in range(1, 4):
        client.query(f"SELECT Id FROM Contact LIMIT {number}")
    requests.post(f"{orders}/flush", timeout=30)
    requests.post(f"{orders}/clock", json={"now": None}, timeout=30)
    requests.post(f"{orders}/flush", timeout=30)
    yield folder, served.facts
    served.stop()


@pytest.fixture(scope="module")
def truth(simulated) -> list[str]:
    """The rows of the day, each as often as the file that has it most, read from the org by other means."""
    _folder, connection = simulated
    client = SalesforceOrg.from_connection(connection).client()
    most: Counter[str] = Counter()
    for file in list_created(client, None):
        if file.log_date[:10] == DAY.date().isoformat():
            text = b"".join(download(client, file)).decode()
            rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(text)))
            most |= Counter(json.dumps({k: v for k, v in row.items() if v}, sort_keys=True) for row in rows)
    return sorted(most.elements())


@pytest.mark.parametrize("every", [pytest.param(16, id="some"), pytest.param(1, id="all", marks=pytest.mark.torture)])
def test_a_killed_run_is_finished_by_the_next(simulated, truth, tmp_path, every):
    folder, _connection = simulated
    command = [sys.executable, str(_DRIVER), str(folder / "connection.json"), str(tmp_path), str(DAY.date())]
    done = subprocess.run([*command, str(every)], capture_output=True, text=True, check=True, timeout=1500,
                          cwd=Path(__file__).parents[2], env={"PYTHONPATH": ".", "PATH": "/usr/bin:/bin"})  # fmt: skip
    results = json.loads(done.stdout)
    assert len(results) > 60 / every
    assert len(truth) >= 8
    assert [r["point"] for r in results if r["rows"] != truth] == []
    assert [r["broken"] for r in results if r["broken"]] == []
    assert [r["point"] for r in results if r["doubled"] or not r["stored"]] == []
