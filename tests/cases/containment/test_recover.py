"""What containment took comes back item by item, once, and what cannot come back is said."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from leakresponse.adapters.salesforce.inventory import take_inventory
from leakresponse.core.errors import BadInput, Unavailable
from tasks import recovery

USER = "order.sync"


@pytest.fixture
def contained(org, scene, monkeypatch):
    """A user and an app cut off, and the steps of recovery bound to this org and ledger."""
    org.client(USER)
    before = taken_rows(scene(("connected_app", "Drift")))
    made = scene(("connected_app", "Drift"), ("user", org.integration(USER)["username"]))
    made.contain()
    monkeypatch.setattr(recovery, "ledger_of", lambda store: made.cutter.ledger)
    monkeypatch.setattr(recovery, "store_block", lambda name: None)
    monkeypatch.setattr(recovery, "org_block", lambda name: SimpleNamespace(client=lambda: made.cutter.client))
    return SimpleNamespace(made=made, case=made.cutter.case_id, before=before)


def taken_rows(made):
    """Grants by what they grant, and who is frozen."""
    found = take_inventory(made.cutter.client, made.alert, made.cutter.protection.usernames, 4).snapshot
    return sorted((g.permission_set_id, g.app_id) for g in found.grants)


def frozen(org):
    return org.world.store.all("SELECT UserId FROM UserLogin WHERE IsFrozen = 1")


def test_everything_that_can_comes_back(org, contained):
    assert frozen(org)
    done = recovery.give_back.fn(contained.case, recovery.taken.fn(contained.case, "s"), "o", "s")
    assert {item.outcome for item in done} == {"given back", "cannot"}
    assert not frozen(org)
    assert taken_rows(contained.made) == contained.before


def test_what_cannot_come_back_names_who_has_to_act(contained):
    done = recovery.give_back.fn(contained.case, recovery.taken.fn(contained.case, "s"), "o", "s")
    tokens = [item for item in done if item.kind == "revoke_token"]
    assert tokens
    assert all("authorising the app again" in item.who for item in tokens)


def test_one_item_alone(org, contained):
    items = recovery.taken.fn(contained.case, "s")
    chosen = recovery.chosen(items, [item.name for item in items if item.kind == "freeze_user"])
    recovery.give_back.fn(contained.case, chosen, "o", "s")
    assert not frozen(org)
    assert taken_rows(contained.made) != contained.before


def test_nothing_comes_back_twice(contained):
    items = recovery.taken.fn(contained.case, "s")
    recovery.give_back.fn(contained.case, items, "o", "s")
    left = recovery.taken.fn(contained.case, "s")
    assert {item.kind for item in left} <= {"revoke_token", "delete_session", "expire_password", "abort_job"}


def test_an_item_that_was_not_taken_is_a_wrong_call(contained):
    with pytest.raises(BadInput, match="1 of the named items"):
        recovery.chosen(recovery.taken.fn(contained.case, "s"), ["freeze_user:0YmX"])


def test_a_target_that_was_cut_twice_comes_back_as_it_was_at_first_and_once(org, contained):
    ledger, case = contained.made.cutter.ledger, contained.case
    first = next(a for a in ledger.actions(case) if a.kind == "freeze_user")
    later = {"IsFrozen": "true"}
    ledger.once(case, f"{first.key}:1", first.kind, first.target, lambda: {"frozen": True}, inverse=later)
    items = [i for i in recovery.taken.fn(case, "s") if i.kind == "freeze_user"]
    assert [i.outcome for i in recovery.give_back.fn(case, items, "o", "s")] == ["given back"] * len(items)
    assert not frozen(org)
    assert "freeze_user" not in {item.kind for item in recovery.taken.fn(case, "s")}


def test_a_cut_that_only_its_repeat_found_done_is_given_back_too(org, contained):
    ledger, case = contained.made.cutter.ledger, contained.case
    tries = iter([Unavailable("lost"), {"already": True}])

    def act():
        answer = next(tries)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    with pytest.raises(Unavailable):
        ledger.once(case, "contain:remove_grant:0J0X", "remove_grant", "0J0X", act, inverse={"ParentId": "p"})
    ledger.once(case, "contain:remove_grant:0J0X", "remove_grant", "0J0X", act, inverse={"ParentId": "p"})
    assert "remove_grant:0J0X" in {item.name for item in recovery.taken.fn(case, "s")}


def test_a_failure_leaves_the_others_alone(org, contained):
    with org.world.store.write() as db:
        db.execute("DELETE FROM UserLogin")
    done = {item.kind: item.outcome for item in recovery.give_back.fn(
        contained.case, recovery.taken.fn(contained.case, "s"), "o", "s")}  # fmt: skip
    assert (done["freeze_user"], done["remove_grant"]) == ("failed", "given back")


def test_the_approval_is_bound_to_the_items_and_to_the_old_credential(contained):
    items = recovery.taken.fn(contained.case, "s")
    assert recovery.seen(items, True) != recovery.seen(items, False)
    assert recovery.seen(items, True) != recovery.seen(items[1:], True)
