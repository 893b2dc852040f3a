"""Users: frozen, deactivated, passwords reset, and given back."""

from __future__ import annotations

from typing import Any

import pytest

from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands
from leakresponse.core.errors import Refused
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served


def _user(org: Served, name: str = "drift.nightly") -> dict[str, Any]:
    sql = (
        'SELECT u.Id, l.Id AS login_id, u.IsActive, l.IsFrozen FROM "User" u JOIN UserLogin l ON l.UserId = u.Id '
        "WHERE u.Username LIKE ?"
    )
    row = org.world.store.one(sql, f"{name}@%")
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("kind", "key", "inverse"),
    [("freeze_user", "login_id", {"IsFrozen": "false"}), ("deactivate_user", "Id", {"IsActive": "true"})],
)
def test_no_login_until_it_is_given_back(
    org: Served, hands: Hands, kind: Any, key: str, inverse: dict[str, str]
) -> None:
    cut, facts, before = CUTS[kind], org.integration("drift.nightly"), _user(org)
    target = before[key]
    assert "already" not in cut.act(hands, target)
    assert cut.dead(hands, target).dead
    assert org.key_login(facts).json()["error"] in {"invalid_grant", "inactive_user"}
    assert cut.act(hands, target) == {"already": True}
    cut.undo(hands, target, inverse)
    assert _user(org) == before
    assert cut.undo(hands, target, inverse) == {"already": True}
    assert org.key_login(facts).status_code == 200


def test_who_was_frozen_before_stays_frozen(org: Served, hands: Hands) -> None:
    cut, user = CUTS["freeze_user"], _user(org, "support.second")
    cut.act(hands, user["login_id"])
    cut.undo(hands, user["login_id"], {"IsFrozen": "true"})
    assert cut.dead(hands, user["login_id"]).dead
    cut.undo(hands, user["login_id"], {"IsFrozen": "false"})


@pytest.mark.parametrize(
    ("kind", "key", "name"), [("freeze_user", "login_id", "UserLogin"), ("deactivate_user", "Id", "User")]
)
def test_what_the_org_did_not_do_is_not_proven(org: Served, hands: Hands, kind: Any, key: str, name: str) -> None:
    keep_alive(org, f"*/sobjects/{name}/*", "PATCH")
    target = _user(org)[key]
    CUTS[kind].act(hands, target)
    assert not CUTS[kind].dead(hands, target).dead


@pytest.mark.parametrize("fault", [{"kind": "503", "retry_after": 0}, {"kind": "reset"}, "lock_row"])
def test_a_fault_in_the_write_is_tried_again(org: Served, hands: Hands, fault: Any) -> None:
    order(org, {"match": {"path": "*/sobjects/UserLogin/*", "count": 1}, "fault": fault})
    target = _user(org)["login_id"]
    CUTS["freeze_user"].act(hands, target)
    assert CUTS["freeze_user"].dead(hands, target).dead
    CUTS["freeze_user"].undo(hands, target, {"IsFrozen": "false"})


def test_a_user_that_is_not_there_is_no_proof(hands: Hands) -> None:
    with pytest.raises(Refused):
        CUTS["freeze_user"].dead(hands, "0Yw000000000000AAA")


def test_a_password_is_reset_and_never_shown(org: Served, hands: Hands) -> None:
    cut, target = CUTS["expire_password"], _user(org, "support.second")["Id"]
    assert not cut.dead(hands, target).dead
    assert cut.act(hands, target) == {"reset": True}
    assert cut.dead(hands, target).dead
    with pytest.raises(CannotGiveBack):
        cut.undo(hands, target, {})
