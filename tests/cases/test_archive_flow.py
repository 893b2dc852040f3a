"""The flow on a Prefect server, as the command and the schedule start it: two orgs at once, counts alone in the UI."""

from __future__ import annotations

import json

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

from blocks import CaseStore, SalesforceOrg
from leakresponse.cli import DOES_NOT_HOLD, HOLDS, main
from tests.support.served_org import serve


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Two orgs with an hour of logs, and their blocks on a server."""
    served = serve(tmp_path / "state", names=("production", "outlet"))
    for one in (served, served.beside("outlet")):
        one.client("order.sync").query("SELECT Id FROM Contact LIMIT 3")
        one.world.logs.close_hours()
    with prefect_test_harness(server_startup_timeout=120):
        monkeypatch.setenv("PREFECT_API_URL", PREFECT_API_URL.value())
        SalesforceOrg.from_connection(served.facts).save("one")
        SalesforceOrg.from_connection(served.beside("outlet").facts).save("two")
        ledger = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
        CaseStore(root=str(tmp_path / "cases"), ledger_url=ledger, encryption="plain").save("cases")
        yield tmp_path / "cases"
    served.stop()


def test_the_flow_archives_every_saved_org_and_the_archives_hold(saved, capsys):
    assert main(["archive", "--json"]) == HOLDS
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["orgs"]) == {"one", "two"}
    assert all(one["files"] >= 4 and one["fresh_rows"] == one["rows"] > 0 for one in answer["orgs"].values())
    with get_client(sync_client=True) as client:
        shown = [json.loads(one.data) for one in client.read_artifacts()]
    assert len(shown) == 2
    assert all(isinstance(row["count"], int) for table in shown for row in table)

    assert main(["archive", "--verify", "--json"]) == HOLDS
    assert json.loads(capsys.readouterr().out)["complete"] is True
    part = next(saved.rglob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])
    assert main(["archive", "--verify", "--json"]) == DOES_NOT_HOLD
    assert part.name in capsys.readouterr().out
