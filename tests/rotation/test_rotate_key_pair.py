"""The JWT key pair from end to end: on the simulated org and moto."""

from __future__ import annotations

import json

from leakresponse.core.redact import Redacted
from leakresponse.rotation.rotate import first_pass, outcome_of, second_pass
from leakresponse.rotation.types import Outcome
from tests.support.metadata_deploys import read_back
from tests.support.rotation import Hands, good_versions, stock_key
from tests.support.served_org import Client, Served

USER = "order.sync"


def rotated(hands: Hands, entry, mode: str = "planned") -> Outcome:
    context = hands.context(mode=mode)
    return outcome_of(context, second_pass(context, first_pass(context, entry)))


def test_a_planned_rotation_is_good_from_both_sides(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    old = hands.vault.read(entry.name)["private_key_pem"]
    outcome = rotated(hands, entry)
    assert outcome.good, outcome
    new = hands.vault.read(entry.name)["private_key_pem"]
    facts = org.integration(USER)
    assert org.key_login(facts, key=new).status_code == 200
    assert org.key_login(facts, key=old).json()["error"] == outcome.refusal == "invalid_grant"
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_an_emergency_is_good_from_both_sides(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    assert rotated(hands, entry, "emergency").good


def test_the_outage_is_measured_from_the_deploy_to_the_promotion(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    outcome = rotated(hands, entry)
    assert outcome.outage_seconds is not None
    assert 0 < outcome.outage_seconds < 10


def test_only_the_certificate_of_the_app_changes(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    name = entry.app.replace(" ", "_")
    before = read_back(org.world, "ConnectedApp", name)
    assert "<isAdminApproved>true</isAdminApproved>" in before
    rotated(hands, entry)
    strip = lambda text: text[: text.index("<certificate>")] + text[text.index("</certificate>") :]  # noqa: E731
    after = read_back(org.world, "ConnectedApp", name)
    assert after != before
    assert sorted(strip(after).split()) == sorted(strip(before).split())


def test_sessions_born_of_the_old_key_are_ended_and_those_of_the_new_one_live(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    facts = org.integration(USER)
    stale = Client(org.url, org.key_login(facts).json()["access_token"])
    context = hands.context(mode="planned")
    run = first_pass(context, entry)
    assert stale.call("GET", "/limits").status_code == 200
    outcome = outcome_of(context, second_pass(context, run))
    assert stale.call("GET", "/limits").status_code == 401
    assert outcome.tokens_alive == 0
    fresh = org.key_login(facts, key=hands.vault.read(entry.name)["private_key_pem"])
    assert Client(org.url, fresh.json()["access_token"]).call("GET", "/limits").status_code == 200


def test_the_sessions_of_another_app_go_on(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    other = org.client("returns.portal")
    rotated(hands, entry)
    assert other.call("GET", "/limits").status_code == 200


def test_the_proofs_leave_no_session_behind(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    rotated(hands, entry)
    where = f"UsersId IN (SELECT Id FROM User WHERE Username = '{entry.username}')"
    assert org.responder().rows(f"SELECT Id FROM AuthSession WHERE {where}") == []


def test_the_key_has_the_policys_size_and_validity(org: Served, hands: Hands) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    entry = stock_key(hands.vault, org, USER)
    context = hands.context(mode="planned", key_bits=3072, certificate_days=30)
    first_pass(context, entry)
    value = hands.vault.read(entry.name)
    key = load_pem_private_key(value["private_key_pem"].encode(), None)
    certificate = x509.load_pem_x509_certificate(value["certificate_pem"].encode())
    assert key.key_size == 3072
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 30


def test_a_second_rotation_in_another_case_makes_another_key(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    rotated(hands, entry)
    first = hands.vault.read(entry.name)["private_key_pem"]
    hands.case_id = hands.ledger.open_case("alert-2", b"{}", {}).case_id
    assert rotated(hands, entry).good
    assert hands.vault.read(entry.name)["private_key_pem"] != first


def test_a_repeat_of_the_same_case_changes_nothing(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    rotated(hands, entry)
    first, stages = hands.vault.read(entry.name), hands.vault.describe(entry.name).stages
    assert rotated(hands, entry).good
    assert hands.vault.read(entry.name) == first
    assert hands.vault.describe(entry.name).stages == stages


def test_no_value_of_the_secret_enters_the_ledger(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    rotated(hands, entry)
    book = json.dumps([(a.receipt, a.inverse, a.target) for a in hands.ledger.actions(hands.case_id)])
    value = hands.vault.read(entry.name)
    for part in ("private_key_pem", "certificate_pem", "previous_certificate_pem", "consumer_key"):
        assert Redacted(value[part]).reveal()[30:60] not in book
