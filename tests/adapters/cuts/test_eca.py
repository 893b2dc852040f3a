"""External Client Apps: their refresh tokens by Connect REST, their switch by metadata."""

from __future__ import annotations

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands
from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.oauth_tokens import approve
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

USAGE, SWITCH = CUTS["revoke_eca_usage"], CUTS["disable_eca"]
NAME = "Returns_Portal"


def _app(org: Served, name: str = "Returns Portal") -> dict[str, str]:
    row = org.world.store.one("SELECT * FROM sim_app WHERE name = ?", name)
    assert row is not None
    return row


def _approved(org: Served, user: str) -> tuple[str, str]:
    """A fresh authorisation: the user's id and the refresh token."""
    row = org.world.store.one('SELECT Id FROM "User" WHERE Username LIKE ?', f"{user}@%")
    assert row is not None
    with org.world.store.write() as db:
        return str(row["Id"]), approve(org.world, _app(org), row["Id"], db, "2026-11-01T00:00:00.000Z")


def _refreshes(org: Served, token: str) -> bool:
    app = _app(org)
    answer = org.form("token", grant_type="refresh_token", client_id=app["consumer_key"],
                      client_secret=app["consumer_secret"], refresh_token=token)  # fmt: skip
    return answer.status_code == 200


def test_every_refresh_token_of_the_app_dies(org: Served, hands: Hands) -> None:
    (_, one), (_, other) = _approved(org, "migration"), _approved(org, "support.second")
    target = _app(org)["app_id"]
    assert not USAGE.dead(hands, target).dead
    assert USAGE.act(hands, target) == {"revoked": True}
    assert USAGE.dead(hands, target).dead
    assert USAGE.act(hands, target) == {"already": True}
    assert not _refreshes(org, one) and not _refreshes(org, other)


def test_one_users_tokens_alone(org: Served, hands: Hands) -> None:
    (user, one), (_, other) = _approved(org, "migration"), _approved(org, "support.second")
    target = f"{_app(org)['app_id']}:{user}"
    USAGE.act(hands, target)
    assert USAGE.dead(hands, target).dead
    assert (_refreshes(org, one), _refreshes(org, other)) == (False, True)


def test_a_connected_app_is_not_taken_because_its_answer_would_be_a_lie(org: Served, hands: Hands) -> None:
    for act in (USAGE.act, USAGE.dead):
        with pytest.raises(BadInput):
            act(hands, _app(org, "Drift")["app_id"])


def test_tokens_that_the_org_keeps_are_not_proven_dead(org: Served, hands: Hands) -> None:
    _approved(org, "migration")
    keep_alive(org, "*/apps/oauth/usage/*", "DELETE")
    USAGE.act(hands, _app(org)["app_id"])
    assert not USAGE.dead(hands, _app(org)["app_id"]).dead


def test_nothing_brings_them_back(hands: Hands) -> None:
    with pytest.raises(CannotGiveBack):
        USAGE.undo(hands, "0xI", {})


def test_switched_off_nobody_logs_in_and_switched_on_everybody_does(org: Served, hands: Hands) -> None:
    _, token = _approved(org, "migration")
    assert SWITCH.act(hands, NAME) == {"isEnabled": False}
    assert SWITCH.dead(hands, NAME).dead
    assert not _refreshes(org, token)
    assert SWITCH.act(hands, NAME) == {"already": True}
    assert SWITCH.undo(hands, NAME, {"isEnabled": "true"}) == {"isEnabled": True}
    assert SWITCH.undo(hands, NAME, {"isEnabled": "true"}) == {"already": True}
    assert _refreshes(org, token)


def test_a_switch_that_the_org_did_not_move_is_not_proven(org: Served, hands: Hands) -> None:
    keep_alive(org, "*/metadata/deployRequest", "POST")
    SWITCH.act(hands, NAME)
    assert not SWITCH.dead(hands, NAME).dead


@pytest.mark.parametrize("fault", [{"kind": "503", "retry_after": 0}, {"kind": "reset"}])
def test_a_deploy_that_lost_its_answer_is_ordered_again(
    org: Served, client: SalesforceClient, hands: Hands, fault: dict[str, object]
) -> None:
    order(org, {"match": {"path": "*/metadata/deployRequest", "count": 1}, "fault": fault})
    SWITCH.act(hands, NAME)
    assert SWITCH.dead(hands, NAME).dead
    SWITCH.undo(hands, NAME, {"isEnabled": "true"})
