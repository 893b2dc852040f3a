"""A new certificate that is refused: everything as before, and no service has seen it."""

from __future__ import annotations

import pytest

from leakresponse.core.errors import Refused
from leakresponse.rehearsal.org import metadata_apps
from leakresponse.rotation import steps
from leakresponse.rotation.kinds import jwt_key_pair
from leakresponse.rotation.rotate import first_pass, outcome_of, roll_back, second_pass
from tests.support.rotation import Hands, good_versions, stock_key
from tests.support.served_org import Served

USER = "order.sync"


@pytest.fixture
def wrong_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The org takes the certificate, which is not that of the new key: logins with it are refused."""
    from dataclasses import replace

    real = jwt_key_pair.make_key_pair

    def mismatched(*arguments: object) -> object:
        return replace(real("good"), certificate_pem=real("another").certificate_pem)

    monkeypatch.setattr(jwt_key_pair, "make_key_pair", mismatched)


def works(org: Served, hands: Hands, name: str) -> bool:
    value = hands.vault.read(name)
    return org.key_login(org.integration(USER), key=value["private_key_pem"]).status_code == 200


def certificate_of(org: Served, app: str) -> str:
    row = org.world.store.one("SELECT certificate FROM sim_app WHERE name = ?", app)
    assert row is not None
    return str(row["certificate"]).strip()


@pytest.mark.usefixtures("wrong_certificate")
def test_a_new_certificate_that_lets_nobody_in_is_taken_back(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    before, value = certificate_of(org, entry.app), hands.vault.read(entry.name)
    context = hands.context(mode="planned")
    outcome = outcome_of(context, second_pass(context, first_pass(context, entry)))
    assert (outcome.rolled_back, outcome.error) == (True, "NEW_REFUSED: invalid_grant")
    assert not outcome.good
    assert certificate_of(org, entry.app) == before
    assert hands.vault.read(entry.name) == value
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",)]
    assert works(org, hands, entry.name)


def test_a_certificate_that_the_org_refuses_leaves_everything_as_it_was(
    org: Served, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = stock_key(hands.vault, org, USER)
    before = certificate_of(org, entry.app)
    monkeypatch.setattr(metadata_apps, "public_key", lambda certificate: None)
    context = hands.context(mode="planned")
    outcome = outcome_of(context, first_pass(context, entry))
    assert (outcome.rolled_back, outcome.error) == (True, "NEW_REFUSED: DEPLOY_FAILED")
    assert certificate_of(org, entry.app) == before
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",)]
    assert works(org, hands, entry.name)


@pytest.mark.usefixtures("wrong_certificate")
def test_in_an_emergency_the_leaked_certificate_waits_for_a_persons_word(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    before = certificate_of(org, entry.app)
    context = hands.context(mode="emergency")
    run = second_pass(context, first_pass(context, entry))
    assert (run.undo_wanted, run.rolled_back) == (True, False)
    assert certificate_of(org, entry.app) != before
    assert roll_back(context, run).rolled_back
    assert certificate_of(org, entry.app) == before


@pytest.mark.usefixtures("wrong_certificate")
def test_after_a_way_back_the_same_case_tries_a_new_key(
    org: Served, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = stock_key(hands.vault, org, USER)
    first_pass(hands.context(mode="planned"), entry)
    monkeypatch.undo()
    context = hands.context(mode="planned")
    assert outcome_of(context, second_pass(context, first_pass(context, entry))).good


@pytest.mark.usefixtures("wrong_certificate")
def test_a_way_back_that_was_cut_short_is_ended_before_anything_else(
    org: Served, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = stock_key(hands.vault, org, USER)
    before = certificate_of(org, entry.app)

    def lost(*_: object) -> dict[str, object]:
        raise Refused("no", "CUT_SHORT")

    monkeypatch.setattr(jwt_key_pair.JwtKeyPair, "undo", lost)
    assert not first_pass(hands.context(mode="planned"), entry).rolled_back
    monkeypatch.undo()
    run = first_pass(hands.context(mode="planned"), entry)
    assert (run.rolled_back, run.stopped) == (True, True)
    assert certificate_of(org, entry.app) == before
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",)]


def test_nothing_is_taken_back_once_it_is_current(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, USER)
    context = hands.context(mode="planned")
    run = first_pass(context, entry)
    with pytest.raises(Refused) as refused:
        steps.undo(context, entry, run.version)
    assert refused.value.code == "FINISHED"
