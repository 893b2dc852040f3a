"""Keys of services outside, in the vault and in the org: tried for real where that can be, else somebody's word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from leakresponse.adapters.webhook import SignedHook
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.rotation.kinds.outside import ENDED_TAG
from leakresponse.rotation.rotate import first_pass, outcome_of, second_pass
from leakresponse.rotation.types import Mode, Outcome, RotationContext, SecretEntry
from tests.support import outside
from tests.support.outside import Outside
from tests.support.rotation import Hands, good_versions, responder
from tests.support.served_org import Served

OLD, NEW = "gateway-key-old-0001", "gateway-key-new-0002"
SERVICE = "harborpay"


@pytest.fixture
def service() -> Iterator[Outside]:
    with outside.serving() as served:
        served.good = {OLD}
        yield served


@pytest.fixture
def in_org(org: Served, hands: Hands, service: Outside) -> SecretEntry:
    """The gateway's key, which the org sends along and the vault holds."""
    value = {
        "external_credential": "Harborpay", "principal": "Harborpay_Service", "protocol": "Custom",
        "secret.ApiKey": OLD, "probe_url": service.probe_url, "probe_prefix": "Bearer ",
    }  # fmt: skip
    hands.vault.create("sf/harborpay", HiddenDict(value), {})
    named = {"externalCredential": "Harborpay", "principalName": "Harborpay_Service", "principalType": "NamedPrincipal"}
    credentials = {"ApiKey": {"value": OLD, "encrypted": True}}
    body = {**named, "authenticationProtocol": "Custom", "credentials": credentials}
    assert org.responder().call("POST", "/named-credentials/credential", json=body).status_code == 201
    return SecretEntry("sf/harborpay", "principal_credential", org.world.org_id, SERVICE)


def stock_key(hands: Hands, **more: str) -> SecretEntry:
    hands.vault.create("out/gateway", HiddenDict({"key": OLD, **more}), {})
    return SecretEntry("out/gateway", "service_key", "", SERVICE)


def by_hand(hands: Hands, name: str, **value: str) -> None:
    hands.vault._client.put_secret_value(SecretId=name, SecretString=json.dumps(value), VersionStages=["AWSPENDING"])


def with_hook(hands: Hands, service: Outside, mode: Mode = "planned") -> RotationContext:
    context = hands.context(mode=mode)
    hook = SignedHook(Redacted(service.hook_url), Redacted(outside.SECRET))
    context.hook_of = lambda name: hook if name == SERVICE else None
    return context


def rotated(context: RotationContext, entry: SecretEntry) -> Outcome:
    return outcome_of(context, second_pass(context, first_pass(context, entry)))


def sent_by(org: Served) -> dict[str, str]:
    """What the org's own callout carries, by SHA-256."""
    given = {
        "named_credential": "Payment_Gateway", "username": org.integration("order.sync")["username"],
        "external_credential": "Harborpay", "principal": "Harborpay_Service",
    }  # fmt: skip
    return dict(requests.post(f"{org.url}/simulation/callout", json=given, timeout=20).json()["sent"])


def rotates(hands: Hands, service: Outside, name: str, field: str) -> Any:
    """An endpoint that makes the new key, puts it into the vault, and ends the old one when it is told to."""

    def act(document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if document["action"] == "rotate" and NEW not in service.good:
            service.good.add(NEW)
            by_hand(hands, name, **{**hands.vault.read(name), field: NEW})
        if document["action"] == "end_old":
            service.good.discard(OLD)
        return 200, {"done": document["action"] != "is_old_ended" or OLD not in service.good}

    return act


def test_by_the_endpoint_the_org_gets_the_new_key_and_the_service_refuses_the_old_one(
    org: Served, hands: Hands, service: Outside, in_org: SecretEntry
) -> None:
    service.act = rotates(hands, service, in_org.name, "secret.ApiKey")
    outcome = rotated(with_hook(hands, service), in_org)
    assert outcome.good, outcome
    assert (outcome.refusal, outcome.proven) == ("HTTP_401", True)
    assert sent_by(org) == {"ApiKey": hashlib.sha256(NEW.encode()).hexdigest()}
    assert good_versions(hands.vault, in_org.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_by_a_person_the_same_in_two_visits(org: Served, hands: Hands, service: Outside, in_org: SecretEntry) -> None:
    outcome = rotated(hands.context(), in_org)
    assert outcome.error == "NEW_OUTSIDE_KEY"
    service.good.add(NEW)
    by_hand(hands, in_org.name, **{"secret.ApiKey": NEW})
    assert rotated(hands.context(), in_org).error == "OLD_STILL_WORKS"
    service.good.discard(OLD)
    outcome = rotated(hands.context(), in_org)
    assert (outcome.good, outcome.refusal) == (True, "HTTP_401")


def test_a_key_that_the_service_refuses_goes_out_of_the_org_again(
    org: Served, hands: Hands, service: Outside, in_org: SecretEntry
) -> None:
    by_hand(hands, in_org.name, **{"secret.ApiKey": "nobody-knows-this-key"})
    outcome = rotated(hands.context(), in_org)
    assert outcome.error == "NEW_REFUSED: HTTP_401"
    assert outcome.rolled_back
    assert sent_by(org) == {"ApiKey": hashlib.sha256(OLD.encode()).hexdigest()}
    assert good_versions(hands.vault, in_org.name) == [("AWSCURRENT",)]


def test_the_endpoint_hears_a_fingerprint_and_no_value(hands: Hands, service: Outside, in_org: SecretEntry) -> None:
    service.act = rotates(hands, service, in_org.name, "secret.ApiKey")
    rotated(with_hook(hands, service), in_org)
    assert [document["action"] for document, _ in service.asked] == ["rotate", "end_old"]
    heard = json.dumps([document for document, _ in service.asked])
    assert OLD not in heard
    assert NEW not in heard
    assert service.asked[0][0]["fingerprint"] == hashlib.sha256(OLD.encode()).hexdigest()[:16]


def test_an_endpoint_at_work_is_asked_again_by_the_same_key(hands: Hands, service: Outside) -> None:
    entry = stock_key(hands, probe_url=service.probe_url, probe_prefix="Bearer ")
    service.act = lambda document: (202, {})
    outcome = rotated(with_hook(hands, service), entry)
    assert outcome.error == "Unavailable"
    keys = {headers["Idempotency-Key"] for _, headers in service.asked}
    assert (len(service.asked), len(keys)) == (2, 1)
    service.act = rotates(hands, service, entry.name, "key")
    assert rotated(with_hook(hands, service), entry).good
    assert {headers["Idempotency-Key"] for document, headers in service.asked if document["action"] == "rotate"} == keys


def test_an_end_that_the_endpoint_has_not_brought_about_yet_is_asked_for_again(hands: Hands, service: Outside) -> None:
    entry = stock_key(hands, probe_url=service.probe_url, probe_prefix="Bearer ")
    ready = rotates(hands, service, entry.name, "key")
    service.act = lambda document: (202, {}) if document["action"] == "end_old" else ready(document)
    assert rotated(with_hook(hands, service), entry).error == "Unavailable"
    service.act = ready
    outcome = rotated(with_hook(hands, service), entry)
    assert (outcome.good, outcome.refusal) == (True, "HTTP_401")


def test_an_endpoint_that_puts_nothing_into_the_vault_is_not_believed(hands: Hands, service: Outside) -> None:
    entry = stock_key(hands, probe_url=service.probe_url)
    service.act = lambda document: (200, {"done": True})
    assert rotated(with_hook(hands, service), entry).error == "NO_NEW_VALUE"


def test_a_wrong_signature_is_refused_by_the_endpoint(hands: Hands, service: Outside) -> None:
    context = with_hook(hands, service)
    context.hook_of = lambda name: SignedHook(Redacted(service.hook_url), Redacted("another secret"))
    assert rotated(context, stock_key(hands)).error == "HTTP_403"


def test_without_an_address_to_try_the_end_is_the_endpoints_word(hands: Hands, service: Outside) -> None:
    entry = stock_key(hands)
    service.act = rotates(hands, service, entry.name, "key")
    outcome = rotated(with_hook(hands, service), entry)
    assert (outcome.good, outcome.proven, outcome.refusal) == (True, False, "STATED_BY_ENDPOINT")


def test_without_endpoint_and_address_it_is_a_persons_word_given_by_a_tag(hands: Hands) -> None:
    entry = stock_key(hands)
    by_hand(hands, entry.name, key=NEW)
    outcome = rotated(hands.context(), entry)
    assert (outcome.error, outcome.old_refused) == ("END_OUTSIDE_KEY", False)
    assert ENDED_TAG in outcome.person_needed
    tags = [{"Key": ENDED_TAG, "Value": hands.case_id}]
    hands.vault._client.tag_resource(SecretId=entry.name, Tags=tags)
    outcome = rotated(hands.context(), entry)
    assert (outcome.good, outcome.proven, outcome.refusal) == (True, False, "STATED_BY_PERSON")


def test_a_tag_of_another_rotation_says_nothing_of_this_one(hands: Hands) -> None:
    entry = stock_key(hands)
    by_hand(hands, entry.name, key=NEW)
    hands.vault._client.tag_resource(SecretId=entry.name, Tags=[{"Key": ENDED_TAG, "Value": "case-of-last-year"}])
    assert rotated(hands.context(), entry).error == "END_OUTSIDE_KEY"


def test_a_key_is_neither_good_nor_dead_where_its_address_does_not_answer(hands: Hands, service: Outside) -> None:
    entry = stock_key(hands, probe_url="http://127.0.0.1:9/", probe_prefix="Bearer ")
    by_hand(hands, entry.name, key=NEW)
    outcome = rotated(hands.context(), entry)
    assert (outcome.error, outcome.old_refused, outcome.new_works) == ("Unavailable", False, False)


def test_the_orgs_own_status_is_read(org: Served, in_org: SecretEntry) -> None:
    path = "/named-credentials/external-credentials/Harborpay"
    assert responder(org).call("GET", path).json()["principals"][0]["authenticationStatus"] == "Unknown"
