"""A password and its security token: set here, tried by a real SOAP login, completed by a person where it must be."""

from __future__ import annotations

import json

import pytest
import requests

from leakresponse.adapters.salesforce.passwords import set_password, try_password, user_id_of
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.rehearsal.org import soap_login
from leakresponse.rotation.kinds.user_password import LENGTH
from leakresponse.rotation.rotate import first_pass, outcome_of, roll_back, second_pass
from leakresponse.rotation.types import Mode, Outcome, SecretEntry
from tests.support.rotation import Hands, good_versions, responder
from tests.support.served_org import Served

OLD = "Harbor lights 42"


def mailed_token(org: Served, username: str) -> str:
    given = {"username": username}
    return str(requests.post(f"{org.url}/simulation/security-token", json=given, timeout=20).json()["token"])


@pytest.fixture
def entry(org: Served, hands: Hands) -> SecretEntry:
    facts = org.integration("order.sync")
    client, username = responder(org), facts["username"]
    set_password(client, user_id_of(client, username), Redacted(OLD))
    value = {"username": username, "password": OLD, "security_token": mailed_token(org, username)}
    hands.vault.create("sf/loader", HiddenDict(value), {})
    return SecretEntry("sf/loader", "user_password", org.world.org_id, facts["app"], username)


def rotated(hands: Hands, entry: SecretEntry, mode: Mode = "planned") -> Outcome:
    context = hands.context(mode=mode)
    return outcome_of(context, second_pass(context, first_pass(context, entry)))


def works(org: Served, value: dict[str, str]) -> str:
    return try_password(responder(org), value["username"], Redacted(value["password"] + value["security_token"]))


@pytest.mark.parametrize("mode", ["planned", "emergency"])
def test_the_new_pair_logs_in_and_the_old_one_does_not(
    org: Served, hands: Hands, entry: SecretEntry, mode: Mode
) -> None:
    old = dict(hands.vault.read(entry.name))
    outcome = rotated(hands, entry, mode)
    assert outcome.good, outcome
    assert (outcome.refusal, outcome.proven) == ("INVALID_LOGIN", True)
    new = hands.vault.read(entry.name)
    assert len(new["password"]) == LENGTH
    assert (works(org, new), works(org, old)) == ("", "INVALID_LOGIN")
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_sessions_of_the_old_password_are_ended(org: Served, hands: Hands, entry: SecretEntry) -> None:
    from tests.rehearsal.org.test_soap_login import log_in, text

    session = text(log_in(org, entry.username, OLD + hands.vault.read(entry.name)["security_token"]), "sessionId")
    headers = {"Authorization": f"Bearer {session}"}
    address = f"{org.url}/services/data/v67.0/limits"
    assert requests.get(address, headers=headers, timeout=20).status_code == 200
    rotated(hands, entry)
    assert requests.get(address, headers=headers, timeout=20).status_code == 401


def test_where_the_token_is_void_a_person_completes_the_value(org: Served, hands: Hands, entry: SecretEntry) -> None:
    org.world.reading = "lenient"
    outcome = rotated(hands, entry)
    assert outcome.error == "SECURITY_TOKEN_VOID"
    assert "Reset My Security Token" in outcome.person_needed
    pending = dict(hands.vault.read(entry.name, stage="AWSPENDING"))
    completed = {**pending, "security_token": mailed_token(org, entry.username)}
    hands.vault._client.put_secret_value(
        SecretId=entry.name, SecretString=json.dumps(completed), VersionStages=["AWSPENDING"]
    )  # fmt: skip
    again = rotated(hands, entry)
    assert again.good, again
    new = hands.vault.read(entry.name)
    assert (new["password"], works(org, new)) == (pending["password"], "")


def test_asked_again_before_the_person_came_the_password_stays_the_same(
    org: Served, hands: Hands, entry: SecretEntry
) -> None:
    org.world.reading = "lenient"
    rotated(hands, entry)
    before = hands.vault.read(entry.name, stage="AWSPENDING")["password"]
    assert rotated(hands, entry).error == "SECURITY_TOKEN_VOID"
    assert hands.vault.read(entry.name, stage="AWSPENDING")["password"] == before


def test_an_org_without_password_logins_proves_nothing_and_nothing_is_changed(
    org: Served, hands: Hands, entry: SecretEntry
) -> None:
    org.world.store.keep_fact(soap_login.ENABLED, False)
    outcome = rotated(hands, entry)
    assert (outcome.old_refused, outcome.error) == (False, "INVALID_OPERATION")
    org.world.store.keep_fact(soap_login.ENABLED, True)
    assert works(org, dict(hands.vault.read(entry.name))) == ""
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",)]


def freeze(org: Served, username: str, frozen: bool) -> None:
    client = responder(org)
    rows = client.query(f"SELECT Id FROM UserLogin WHERE UserId = '{user_id_of(client, username)}'")
    client.update("UserLogin", next(iter(rows))["Id"], {"IsFrozen": frozen})


def test_a_user_whom_the_containment_has_frozen_is_not_taken_for_one_with_a_void_token(
    org: Served, hands: Hands, entry: SecretEntry
) -> None:
    freeze(org, entry.username, True)
    context = hands.context(mode="emergency")
    run = first_pass(context, entry)
    assert (run.error, run.refusal) == ("", "INVALID_LOGIN")
    freeze(org, entry.username, False)
    outcome = outcome_of(context, second_pass(context, run))
    assert outcome.good, outcome


def test_a_token_that_is_found_void_after_the_freeze_is_asked_for_in_the_next_run(
    org: Served, hands: Hands, entry: SecretEntry
) -> None:
    org.world.reading = "lenient"
    freeze(org, entry.username, True)
    context = hands.context(mode="emergency")
    run = first_pass(context, entry)
    freeze(org, entry.username, False)
    refused = second_pass(context, run)
    assert (refused.error, refused.undo_wanted) == ("NEW_REFUSED: INVALID_LOGIN", True)
    assert roll_back(context, refused).rolled_back is False
    outcome = rotated(hands, entry, "emergency")
    assert outcome.error == "SECURITY_TOKEN_VOID"
    completed = {"security_token": mailed_token(org, entry.username)}
    pending = {**hands.vault.read(entry.name, stage="AWSPENDING"), **completed}
    hands.vault._client.put_secret_value(
        SecretId=entry.name, SecretString=json.dumps(pending), VersionStages=["AWSPENDING"]
    )  # fmt: skip
    assert rotated(hands, entry, "emergency").good


def test_a_rotation_never_locks_the_user_out(org: Served, hands: Hands, entry: SecretEntry) -> None:
    org.world.reading = "lenient"
    for _ in range(3):
        rotated(hands, entry)
    sql = "SELECT IsPasswordLocked FROM UserLogin WHERE UserId = ?"
    client = responder(org)
    assert org.world.store.one(sql, user_id_of(client, entry.username))["IsPasswordLocked"] == 0
