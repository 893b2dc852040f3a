"""Client secrets and refresh tokens: a person makes the new one, the rest is tried, ended and proven here."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from leakresponse.core.redact import HiddenDict
from leakresponse.rotation.rotate import first_pass, outcome_of, second_pass
from leakresponse.rotation.types import Mode, Outcome, SecretEntry
from tests.support.rotation import Hands, good_versions
from tests.support.served_org import Served

USER = "migration"


def stock(hands: Hands, org: Served, kind: str, fields: str, **more: str) -> SecretEntry:
    """A secret with these fields of the integration."""
    facts = org.integration(USER)
    value = {name: facts[name] for name in fields.split()} | more
    hands.vault.create(f"sf/{kind}", HiddenDict(value), {})
    return SecretEntry(f"sf/{kind}", kind, org.world.org_id, facts["app"], facts["username"])


def rotated(hands: Hands, entry: SecretEntry, mode: Mode = "planned") -> Outcome:
    context = hands.context(mode=mode)
    return outcome_of(context, second_pass(context, first_pass(context, entry)))


def by_hand(hands: Hands, name: str, **value: str) -> None:
    """What the person does with the command line of AWS."""
    hands.vault._client.put_secret_value(
        SecretId=name, SecretString=json.dumps(value), VersionStages=["AWSPENDING"]
    )  # fmt: skip


def new_details(org: Served) -> dict[str, str]:
    given = {"act": "rotate_consumer", "app": org.integration(USER)["app"]}
    return dict(requests.post(f"{org.url}/simulation/app", json=given, timeout=20).json())


def consented(org: Served) -> str:
    """A new refresh token, as the app's own page gets it."""
    facts = org.integration(USER)
    begun = org.form("token", client_id=facts["consumer_key"], response_type="device_code").json()
    consent = {"user_code": begun["user_code"], "simulated_user": facts["username"]}
    requests.post(f"{org.url}/setup/connect", data=consent, timeout=20)
    answer = org.form("token", client_id=facts["consumer_key"], grant_type="device", code=begun["device_code"])
    return str(answer.json()["refresh_token"])


@pytest.fixture
def secret(hands: Hands, org: Served) -> SecretEntry:
    return stock(hands, org, "client_secret", "app consumer_key consumer_secret username")


@pytest.fixture
def token(hands: Hands, org: Served) -> SecretEntry:
    return stock(hands, org, "refresh_token", "app consumer_key consumer_secret username refresh_token")


def test_a_client_secret_waits_for_the_person_and_says_what_to_do_where(hands: Hands, secret: SecretEntry) -> None:
    outcome = rotated(hands, secret)
    assert (outcome.error, outcome.old_refused, outcome.good) == ("NEW_CONSUMER_DETAILS", False, False)
    for word in ("administrator", "Manage Consumer Details", "AWSPENDING", secret.name, "/lightning/setup/"):
        assert word in outcome.person_needed
    assert good_versions(hands.vault, secret.name) == [("AWSCURRENT",)]


@pytest.mark.parametrize("mode", ["planned", "emergency"])
def test_a_client_secret_goes_on_once_the_person_has_stored_it(
    org: Served, hands: Hands, secret: SecretEntry, mode: Mode
) -> None:
    rotated(hands, secret, mode)
    pair = new_details(org)
    by_hand(hands, secret.name, **pair)
    outcome = rotated(hands, secret, mode)
    assert outcome.good, outcome
    assert (outcome.refusal, outcome.proven) == ("invalid_client_id", True)
    value = hands.vault.read(secret.name)
    assert {name: value[name] for name in pair} == pair
    assert value["username"] == secret.username
    assert good_versions(hands.vault, secret.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_the_same_secret_stored_again_is_not_taken_for_a_new_one(hands: Hands, secret: SecretEntry) -> None:
    by_hand(hands, secret.name, **hands.vault.read(secret.name))
    assert rotated(hands, secret).error == "NEW_CONSUMER_DETAILS"


def test_a_wrong_secret_of_the_person_never_becomes_current(hands: Hands, secret: SecretEntry) -> None:
    by_hand(hands, secret.name, consumer_key=hands.vault.read(secret.name)["consumer_key"], consumer_secret="F" * 64)
    outcome = rotated(hands, secret)
    assert outcome.error == "NEW_REFUSED: invalid_client"
    assert outcome.rolled_back
    assert good_versions(hands.vault, secret.name) == [("AWSCURRENT",)]
    assert hands.vault.read(secret.name)["consumer_secret"] != "F" * 64


def test_a_wrong_secret_after_the_old_one_is_replaced_cannot_be_undone(
    org: Served, hands: Hands, secret: SecretEntry
) -> None:
    by_hand(hands, secret.name, **{**new_details(org), "consumer_secret": "F" * 64})
    outcome = rotated(hands, secret)
    assert not outcome.rolled_back
    assert outcome.error.startswith("NEW_REFUSED")


@pytest.mark.parametrize("mode", ["planned", "emergency"])
def test_a_refresh_token_is_replaced_and_the_old_one_revoked(
    org: Served, hands: Hands, token: SecretEntry, mode: Mode
) -> None:
    old = hands.vault.read(token.name)["refresh_token"]
    assert rotated(hands, token, mode).error == "NEW_CONSENT"
    fresh = consented(org)
    by_hand(hands, token.name, refresh_token=fresh)
    outcome = rotated(hands, token, mode)
    assert outcome.good, outcome
    assert outcome.refusal == "invalid_grant"
    facts = org.integration(USER)
    assert org.refresh_login(facts, refresh_token=fresh).status_code == 200
    assert org.refresh_login(facts, refresh_token=old).json()["error"] == "invalid_grant"
    assert good_versions(hands.vault, token.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_access_tokens_of_the_old_refresh_token_die_with_it(org: Served, hands: Hands, token: SecretEntry) -> None:
    live = org.client(USER)
    by_hand(hands, token.name, refresh_token=consented(org))
    assert rotated(hands, token).good
    assert live.call("GET", "/limits").status_code == 401


def test_by_the_device_flow_the_person_types_a_code_and_stores_nothing(org: Served, hands: Hands) -> None:
    fields = "app consumer_key consumer_secret username refresh_token"
    entry = stock(hands, org, "refresh_token", fields, device_flow="true")
    context = hands.context()
    waiting = first_pass(context, entry)
    assert waiting.error == "NEW_CONSENT"
    code = next(word for word in waiting.person_needed.replace(",", "").split() if word.isupper() and len(word) == 8)
    consent = {"user_code": code, "simulated_user": entry.username}
    assert requests.post(f"{org.url}/setup/connect", data=consent, timeout=20).status_code == 200
    outcome = outcome_of(context, second_pass(context, first_pass(context, entry)))
    assert outcome.good, outcome


def test_a_token_that_changes_with_every_use_is_not_used_up(org: Served, hands: Hands) -> None:
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET rotates = 1 WHERE name = ?", (org.integration(USER)["app"],))
    fields = "app consumer_key consumer_secret username refresh_token"
    entry = stock(hands, org, "refresh_token", fields, rotates="true")
    fresh = consented(org)
    by_hand(hands, entry.name, refresh_token=fresh)
    assert rotated(hands, entry).good
    assert org.refresh_login(org.integration(USER), refresh_token=fresh).status_code == 200


def test_no_value_is_in_what_the_outcome_says(org: Served, hands: Hands, token: SecretEntry) -> None:
    value: dict[str, Any] = dict(hands.vault.read(token.name))
    shown = repr(rotated(hands, token))
    for name in ("consumer_secret", "refresh_token", "consumer_key"):
        assert value[name] not in shown
