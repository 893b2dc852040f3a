"""The second pass after the scope: what is ours is rotated, the rest gets an owner; a crash loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from prefect.testing.utilities import prefect_test_harness

from blocks import AwsVault, CaseStore, ResponsePolicy, SalesforceOrg
from flows.rotate_exposed import rotate_exposed
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.errors import LeakResponseError
from leakresponse.core.secret_rules import fingerprint
from tasks import casework, detection, exposed_secrets
from tasks.support import files_of, store_block
from tests.support.rotation import good_versions, stock_pair
from tests.support.served_org import Served

ALERT = {
    "id": "a1", "source": "test", "detected_at": "2026-11-28T00:00:00+00:00", "summary": "test",
    "window": {"from": "2026-11-27T00:00:00+00:00", "to": "2026-11-28T00:00:00+00:00"},
    "principals": [{"kind": "connected_app", "value": "Drift"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@dataclass
class Case:
    """A case whose scope is over."""

    case_id: str
    facts: dict[str, Any]

    def run(self) -> list[dict[str, Any]]:
        rotate_exposed(case_id=self.case_id, org="o", vault="v", store="s", policy="p")
        self.facts = casework.facts_of(self.case_id, "rotate_exposed", "s")
        listed: list[dict[str, Any]] = json.loads(files_of(store_block("s"), self.case_id).read("exposed_secrets.json"))
        return listed

    def leak(self, *found: tuple[str, str]) -> None:
        """These stood in the text: kind and value."""
        rows = [
            {"kind": kind, "object": "Case", "record_id": "500a", "field": "Description", "fingerprint": fingerprint(v)}
            for kind, v in found
        ]
        files_of(store_block("s"), self.case_id).write("secrets.json", json.dumps(rows).encode())


@pytest.fixture
def case(server: None, org: Served, vault: SecretsManager, tmp_path: Any) -> Case:
    SalesforceOrg.from_connection({**org.facts, "instance_url": org.facts["https_url"]}).save("o", overwrite=True)
    AwsVault(endpoint_url=vault._client.meta.endpoint_url).save("v", overwrite=True)
    ledger = f"sqlite:///{tmp_path / 'case.sqlite'}"
    CaseStore(root=str(tmp_path / "case"), ledger_url=ledger, encryption="plain").save("s", overwrite=True)
    policy = ResponsePolicy(auto_approve=True, legal_entity="Harbor & Pine", rotation_proof_seconds=5)
    policy.save("p", overwrite=True)
    detection.store_alert(json.dumps(ALERT), "s")
    return Case(casework.open_case("a1", "s"), {})


def test_ours_is_rotated_and_the_rest_has_an_owner(case: Case, org: Served, vault: SecretsManager) -> None:
    entry = stock_pair(vault, org, "returns.portal")
    old = vault.read(entry.name)["consumer_secret"]
    case.leak(("salesforce_consumer_secret", old), ("password", "Frost-2025x"))
    rows = {row["kind"]: row for row in case.run()}
    ours, theirs = rows["salesforce_consumer_secret"], rows["password"]
    assert (ours["state"], ours["secret"], ours["owner"]) == ("rotated", entry.name, "")
    assert (theirs["state"], theirs["secret"], bool(theirs["owner"])) == ("person", "", True)
    assert case.facts["open"] == {"password": 1}
    assert vault.read(entry.name)["consumer_secret"] != old
    assert [one["name"] for one in case.facts["secrets"] if one["old_refused"]] == [entry.name]
    assert old not in json.dumps(case.facts)


def test_taken_up_after_a_crash_it_rotates_nothing_twice(
    case: Case, org: Served, vault: SecretsManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = stock_pair(vault, org, "returns.portal")
    case.leak(("salesforce_consumer_secret", vault.read(entry.name)["consumer_secret"]))

    def crash(*_: Any) -> None:
        raise LeakResponseError("crash")

    with monkeypatch.context() as broken:
        broken.setattr(exposed_secrets, "write_list", crash)
        with pytest.raises(LeakResponseError):
            case.run()
    new = vault.read(entry.name)
    (row,) = case.run()
    assert row["state"] == "rotated"
    assert vault.read(entry.name) == new
    assert good_versions(vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_an_old_value_of_a_secret_that_was_replaced_before_rotates_nothing(
    case: Case, org: Served, vault: SecretsManager
) -> None:
    entry = stock_pair(vault, org, "returns.portal")
    value = vault.read(entry.name)
    vault.replace(entry.name, {**value, "consumer_secret": "0" * 64})
    vault.replace(entry.name, value)
    case.leak(("salesforce_consumer_secret", "0" * 64))
    (row,) = case.run()
    assert (row["state"], row["secret"], case.facts["secrets"]) == ("person", entry.name, [])
    assert vault.read(entry.name) == value


def test_no_secret_in_the_text_asks_nobody(case: Case) -> None:
    case.leak()
    assert (case.run(), case.facts["listed"], case.facts["open"]) == ([], 0, {})
