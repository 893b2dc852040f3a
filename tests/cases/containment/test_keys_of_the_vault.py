"""A fresh login with every key and refresh token that the vault holds for the app: only a refusal shuts a way."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from moto.server import ThreadedMotoServer

from blocks import AwsVault
from tasks import containment_keys
from tests.support.org_faults import order

DRIFT = ("connected_app", "Drift")


@pytest.fixture
def vault(org, monkeypatch):
    """moto, with a key and a refresh token of the app and a key of another app."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    block = AwsVault(endpoint_url=f"http://127.0.0.1:{port}")
    secrets, org_id = block.secrets(), org.facts["org_id"]
    for user, name in (("drift.nightly", "key"), ("drift.integration", "refresh"), ("order.sync", "other")):
        facts = org.integration(user)
        value = {
            k: str(facts[k])
            for k in ("app", "consumer_key", "username", "consumer_secret", "refresh_token")
            if facts.get(k)
        }
        if facts.get("private_key_file"):
            value["private_key_pem"] = Path(facts["private_key_file"]).read_text(encoding="utf-8")
        secrets.create(name, value, {block.org_tag: org_id})
    monkeypatch.setattr(containment_keys, "vault_block", lambda name: block)
    yield SimpleNamespace(block=block, server=server)
    server.stop()


def rows(made, org, before=()):
    return {
        (r["kind"], r["target"]): r for r in containment_keys.try_vault(made.cutter, org.facts["org_id"], "v", before)
    }


def test_before_the_cut_key_and_refresh_token_log_in_and_after_it_neither(org, scene, vault):
    made = scene(DRIFT)
    made.plan()
    before = rows(made, org)
    assert set(before) == {("jwt_login", "key"), ("refresh_login", "refresh")}
    assert not any(row["dead"] for row in before.values())
    made.cut()
    assert all(row["dead"] for row in rows(made, org).values())


def test_the_whole_proof_rests_on_them(org, scene, vault):
    made = scene(DRIFT)
    made.cut()
    verdict = made.prove("v")
    assert verdict.contained, verdict.open
    assert {"jwt_login", "refresh_login"} <= {row["kind"] for row in verdict.rows}


def test_a_key_that_still_logs_in_is_an_open_way(org, scene, vault):
    from leakresponse.core.containment import Policy

    made = scene(DRIFT, policy=Policy(proof_seconds=2, watch_seconds=0))
    order(org, {"match": {"path": "*/sobjects/SetupEntityAccess/*", "method": "DELETE"}, "fault": "kept_alive"})
    made.cut()
    verdict = made.prove("v")
    assert not verdict.contained
    assert "key" in verdict.open


def test_a_busy_token_endpoint_proves_nothing(org, scene, vault):
    made = scene(DRIFT)
    made.cut()
    order(org, {"match": {"path": "/services/oauth2/token", "in_a_row": 1000}, "fault": "503"})
    assert not rows(made, org)["jwt_login", "key"]["dead"]


def test_a_vault_that_does_not_answer_proves_nothing(org, scene, vault):
    made = scene(DRIFT)
    made.plan()
    vault.server.stop()
    (row,) = containment_keys.try_vault(made.cutter, org.facts["org_id"], "v", ())
    assert (row["target"], row["dead"]) == ("vault", False)
