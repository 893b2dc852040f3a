"""The flow as operators start it: planned over two orgs, then with a certificate that lets nobody in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import clean_environment

DRIVER = Path(__file__).with_name("rotate_flow_driver.py")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("flow")
    command = [sys.executable, str(DRIVER), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, env=clean_environment())
    assert done.returncode == 0, done.stderr[-3000:]
    values = [part for one in json.loads((folder / "values.json").read_text()) for part in one if len(part) > 60]
    return {**json.loads(done.stdout.splitlines()[-1]), "folder": folder, "said": done.stderr, "values": values}


def test_every_chosen_secret_of_both_orgs_is_good(played: dict[str, Any]) -> None:
    found = {one["name"]: one for one in played["first"]["secrets"]}
    assert set(found) == {"salesforce/order-sync/order.sync", "outlet/salesforce/order-sync/order.sync", "portal"}
    for one in found.values():
        assert one["old_refused"] and one["new_works"] and one["pending_removed"], one
        assert one["tokens_alive"] == 0
        assert not one["error"]
    assert len({one["org_id"] for one in found.values()}) == 2


def test_what_overlaps_costs_no_outage_and_what_does_not_is_measured(played: dict[str, Any]) -> None:
    outages = {one["kind"]: one["outage_seconds"] for one in played["first"]["secrets"]}
    assert outages["eca_key_secret"] is None
    assert outages["jwt_key_pair"] > 0


def test_what_nobody_can_read_is_named(played: dict[str, Any]) -> None:
    assert played["first"]["inventory"]["unread"] == ["unreadable"]


def test_the_inventory_says_of_each_secret_what_it_opens_and_how_old_it_is(played: dict[str, Any]) -> None:
    rows = {one["name"]: one for one in played["inventory"]["secrets"]}
    assert rows["portal"]["found_by"] == "search"
    assert (rows["portal"]["kind"], rows["portal"]["app"]) == ("eca_key_secret", "Returns Portal")
    assert all(one["last_rotated"] and one["org"] for one in rows.values())
    assert played["inventory"]["unread"] == [{"name": "unreadable", "code": "NO_TEXT"}]


def test_a_refused_certificate_fails_the_flow_and_leaves_all_as_it_was(played: dict[str, Any]) -> None:
    (one,) = played["second"]["secrets"]
    assert played["failed"] == played["second"]["error"] == "NotRotated"
    assert one["rolled_back"] and one["error"] == "NEW_REFUSED: invalid_grant"
    assert played["same"]


def test_both_chains_hold(played: dict[str, Any]) -> None:
    assert played["holds"] == [None, None]


def test_no_value_of_a_secret_is_said_or_kept_by_the_orchestrator(played: dict[str, Any]) -> None:
    assert played["values"]
    kept = [path for path in (played["folder"] / "prefect").rglob("*") if path.is_file()]
    assert kept
    book = [path.read_bytes() for path in [*kept, played["folder"] / "ledger.sqlite"]]
    for value in played["values"]:
        piece = value[80:120] if "BEGIN" in value else value[8:48]
        assert piece not in played["said"]
        assert not any(piece.encode() in one for one in book)
