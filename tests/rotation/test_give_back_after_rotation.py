"""What a rotation gives back: the cuts of its own apps and users, once every old credential of theirs is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leakresponse.adapters.salesforce.cuts import CUTS
from leakresponse.adapters.salesforce.cuts import Hands as CutHands
from leakresponse.rotation.kinds.jwt_key_pair import JwtKeyPair
from leakresponse.rotation.rotate import Run
from leakresponse.rotation.types import SecretEntry
from tasks import rotation
from tasks.rotation import Rotator
from tests.support.rotation import Hands, stock_key
from tests.support.served_org import Served

ONE, OTHER = "order.sync", "drift.nightly"


def grants_of(org: Served, app: str) -> list[dict[str, str]]:
    sql = (
        "SELECT g.Id, g.ParentId, g.SetupEntityId FROM SetupEntityAccess g "
        "JOIN sim_app a ON a.app_id = g.SetupEntityId WHERE a.name = ?"
    )
    return org.world.store.all(sql, app)


def is_frozen(org: Served, username: str) -> bool:
    sql = 'SELECT l.IsFrozen FROM UserLogin l JOIN "User" u ON u.Id = l.UserId WHERE u.Username = ?'
    row = org.world.store.one(sql, username)
    assert row is not None
    return bool(row["IsFrozen"])


@pytest.fixture
def cut(org: Served, hands: Hands) -> Callable[[SecretEntry], None]:
    """Cut off an app's grants and freeze its user, as containment does and records."""
    client = hands.orgs[org.world.org_id]

    def act(entry: SecretEntry) -> None:
        for row in grants_of(org, entry.app):
            inverse = {"ParentId": row["ParentId"], "SetupEntityId": row["SetupEntityId"]}
            _once(hands, client, "remove_grant", row["Id"], inverse)
        sql = 'SELECT l.Id FROM UserLogin l JOIN "User" u ON u.Id = l.UserId WHERE u.Username = ?'
        row = org.world.store.one(sql, entry.username)
        assert row is not None
        _once(hands, client, "freeze_user", str(row["Id"]), {"IsFrozen": "false"})

    return act


def _once(hands: Hands, client, kind: str, target: str, inverse: dict[str, str]) -> None:
    act = CUTS[kind].act  # type: ignore[index]
    key = f"contain:{kind}:{target}"
    hands.ledger.once(hands.case_id, key, kind, target, lambda: act(CutHands(client, {}), target), inverse=inverse)


@pytest.fixture
def rotator(org: Served, hands: Hands) -> Rotator:
    context = hands.context(mode="emergency")
    home = org.world.org_id
    return Rotator(hands.case_id, context, hands.ledger, hands.orgs, home, "leak-response:org")


@pytest.fixture
def steps_without_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "STEPS", rotation.Steps())


def first(rotator: Rotator, *entries: SecretEntry) -> list[Run]:
    return rotation.first_pass(rotator, entries)


@pytest.mark.usefixtures("steps_without_prefect")
def test_the_rotated_app_and_user_come_back_and_nobody_else(
    org: Served, hands: Hands, rotator: Rotator, cut: Callable[[SecretEntry], None]
) -> None:
    one, other = stock_key(hands.vault, org, ONE), stock_key(hands.vault, org, OTHER)
    cut(one)
    cut(other)
    runs = first(rotator, one)
    assert grants_of(org, one.app) == []
    rotation.give_back.fn(rotator, runs)
    assert grants_of(org, one.app)
    assert not is_frozen(org, one.username)
    assert grants_of(org, other.app) == []
    assert is_frozen(org, other.username)
    rotation.second_pass(rotator, runs)
    assert rotation.all_good(runs, rotator)


@pytest.mark.usefixtures("steps_without_prefect")
def test_the_outage_counts_from_the_cut(
    org: Served, hands: Hands, rotator: Rotator, cut: Callable[[SecretEntry], None]
) -> None:
    entry = stock_key(hands.vault, org, ONE)
    cut(entry)
    cut_at = min(one.finished_at.isoformat() for one in hands.ledger.actions(hands.case_id) if one.finished_at)
    runs = first(rotator, entry)
    rotation.give_back.fn(rotator, runs)
    assert runs[0].outage_from == cut_at


@pytest.mark.usefixtures("steps_without_prefect")
def test_while_one_old_key_of_the_app_works_nothing_of_it_comes_back(
    org: Served, hands: Hands, rotator: Rotator, cut: Callable[[SecretEntry], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = stock_key(hands.vault, org, ONE), stock_key(hands.vault, org, ONE, name="sf/second")
    cut(good)
    real = JwtKeyPair.prove_old_dead

    def still(kind: JwtKeyPair, context, entry: SecretEntry, old) -> str:
        return "" if entry.name == bad.name else real(kind, context, entry, old)

    monkeypatch.setattr(JwtKeyPair, "prove_old_dead", still)
    runs = first(rotator, good, bad)
    assert [run.error for run in runs] == ["", "OLD_STILL_WORKS"]
    assert rotation.give_back.fn(rotator, runs) == 0
    assert grants_of(org, good.app) == []


@pytest.mark.usefixtures("steps_without_prefect")
def test_an_old_key_that_works_after_all_is_shut_out_again(
    org: Served, hands: Hands, rotator: Rotator, cut: Callable[[SecretEntry], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = stock_key(hands.vault, org, ONE)
    cut(entry)
    runs = first(rotator, entry)
    rotation.give_back.fn(rotator, runs)
    monkeypatch.setattr(JwtKeyPair, "prove_old_dead", lambda *_: "")
    monkeypatch.setattr(rotation, "shut_again", rotation.shut_again.fn)
    rotation.second_pass(rotator, runs)
    assert runs[0].error == "OLD_STILL_WORKS"
    assert grants_of(org, entry.app) == []
    assert is_frozen(org, entry.username)


@pytest.mark.usefixtures("steps_without_prefect")
def test_what_an_approver_sees_are_names_and_codes(org: Served, hands: Hands, rotator: Rotator) -> None:
    entry = stock_key(hands.vault, org, ONE)
    assert rotation.going_on(first(rotator, entry)) == {entry.name: "invalid_grant"}
