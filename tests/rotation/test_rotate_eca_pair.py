"""Consumer key and secret of an External Client App from end to end: on the simulated org and moto."""

from __future__ import annotations

from leakresponse.rotation import steps
from leakresponse.rotation.rotate import first_pass, outcome_of, roll_back, second_pass
from leakresponse.rotation.types import Outcome, SecretEntry
from tests.support.rotation import Hands, good_versions, stock_pair
from tests.support.served_org import Client, Served

USER = "returns.portal"


def login(org: Served, value: dict[str, str]) -> dict[str, str]:
    answer = org.form(
        "token", grant_type="client_credentials", client_id=value["consumer_key"],
        client_secret=value["consumer_secret"],
    )  # fmt: skip
    return dict(answer.json())


def rotated(hands: Hands, entry: SecretEntry, mode: str) -> Outcome:
    context = hands.context(mode=mode)
    return outcome_of(context, second_pass(context, first_pass(context, entry)))


def test_planned_both_pairs_work_until_the_pick_up_is_over(org: Served, hands: Hands) -> None:
    entry = stock_pair(hands.vault, org, USER)
    old = hands.vault.read(entry.name)
    context = hands.context(mode="planned")
    run = first_pass(context, entry)
    new = hands.vault.read(entry.name)
    assert new["consumer_key"] != old["consumer_key"]
    assert "access_token" in login(org, new)
    assert "access_token" in login(org, old)
    outcome = outcome_of(context, second_pass(context, run))
    assert outcome.good, outcome
    assert "access_token" in login(org, new)
    assert login(org, old)["error"] == outcome.refusal == "invalid_client_id"
    assert outcome.outage_seconds is None


def test_in_an_emergency_the_old_pair_dies_first_and_the_outage_is_measured(org: Served, hands: Hands) -> None:
    entry = stock_pair(hands.vault, org, USER)
    old = hands.vault.read(entry.name)
    context = hands.context(mode="emergency")
    run = first_pass(context, entry)
    assert login(org, old)["error"] == "invalid_client_id"
    assert hands.vault.read(entry.name) == old
    outcome = outcome_of(context, second_pass(context, run))
    assert outcome.good
    assert outcome.outage_seconds is not None
    assert outcome.outage_seconds > 0
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_sessions_born_of_the_old_pair_end(org: Served, hands: Hands) -> None:
    entry = stock_pair(hands.vault, org, USER)
    stale = Client(org.url, login(org, hands.vault.read(entry.name))["access_token"])
    assert rotated(hands, entry, "planned").tokens_alive == 0
    assert stale.call("GET", "/limits").status_code == 401


def test_a_refresh_token_of_the_secret_goes_on_with_the_new_pair(org: Served, hands: Hands) -> None:
    token = org.integration(USER)["refresh_token"]
    entry = stock_pair(hands.vault, org, USER, refresh_token=token)
    assert rotated(hands, entry, "planned").good
    new = hands.vault.read(entry.name)
    facts = org.integration(USER)
    changed = {"client_id": new["consumer_key"], "client_secret": new["consumer_secret"]}
    assert org.refresh_login(facts, **changed).status_code == 200


def test_undone_before_the_rotation_the_staged_pair_is_gone(org: Served, hands: Hands) -> None:
    entry = stock_pair(hands.vault, org, USER)
    old = hands.vault.read(entry.name)
    context = hands.context()
    version = steps.version_for(context, entry)
    steps.create_secret(context, entry, version)
    staged = hands.vault.read(entry.name, version=version)
    steps.undo(context, entry, version)
    assert login(org, staged)["error"] == "invalid_client_id"
    assert "access_token" in login(org, old)
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",)]


def test_undone_after_the_rotation_the_old_pair_still_works(org: Served, hands: Hands) -> None:
    entry = stock_pair(hands.vault, org, USER)
    old = hands.vault.read(entry.name)
    context = hands.context()
    version = steps.version_for(context, entry)
    steps.create_secret(context, entry, version)
    steps.set_secret(context, entry, version)
    assert steps.undo(context, entry, version)["old_pair_works_for_days"] == 30
    assert "access_token" in login(org, old)
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",)]


def test_a_planned_rotation_finishes_one_that_stopped_after_its_pair_was_rotated(org: Served, hands: Hands) -> None:
    entry = stock_pair(hands.vault, org, USER)
    used = hands.vault.read(entry.name)
    stopped = hands.context()
    version = steps.version_for(stopped, entry)
    steps.create_secret(stopped, entry, version)
    steps.set_secret(stopped, entry, version)
    hands.case_id = hands.ledger.open_case("alert-2", b"{}", {}).case_id
    context = hands.context(mode="planned")
    run = first_pass(context, entry)
    assert "access_token" in login(org, used)
    assert outcome_of(context, second_pass(context, run)).good
    assert login(org, used)["error"] == "invalid_client_id"


def test_a_deleted_old_pair_cannot_be_put_back(org: Served, hands: Hands) -> None:
    entry = stock_pair(hands.vault, org, USER)
    context = hands.context(mode="emergency")
    run = roll_back(context, first_pass(context, entry))
    assert (run.error, run.rolled_back) == ("OLD_PAIR_DELETED", False)
