"""Named credentials and login ranges: closed, narrowed, and as they were again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.adapters.salesforce.inventory_users import read_login_ranges
from leakresponse.adapters.salesforce.inventory_work import read_named_credentials
from leakresponse.core.errors import BadInput, Refused
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

WAY, RANGES = CUTS["close_named_credential"], CUTS["add_login_ranges"]


def _ways(client: SalesforceClient) -> list[Any]:
    """What a snapshot tells of the ways out, without who touched them last."""
    return [replace(one, changed="", changed_by="") for one in read_named_credentials(client)]


def _profile(org: Served, name: str = "Integration User") -> str:
    row = org.world.store.one("SELECT Id FROM Profile WHERE Name = ?", name)
    assert row is not None
    return str(row["Id"])


def test_a_way_out_is_closed_and_opened_again(client: SalesforceClient, hands: Hands) -> None:
    before = _ways(client)
    target = before[0].credential_id
    assert WAY.act(hands, target) == {"CalloutStatus": "Disabled"}
    assert WAY.dead(hands, target).dead
    assert WAY.act(hands, target) == {"already": True}
    WAY.undo(hands, target, {"CalloutStatus": "Enabled"})
    assert _ways(client) == before
    assert WAY.undo(hands, target, {"CalloutStatus": "Enabled"}) == {"already": True}


def test_a_way_out_that_stayed_open_is_not_proven(org: Served, client: SalesforceClient, hands: Hands) -> None:
    keep_alive(org, "*/metadata/deployRequest", "POST")
    target = _ways(client)[1].credential_id
    WAY.act(hands, target)
    assert not WAY.dead(hands, target).dead


def test_one_with_a_password_inside_is_a_persons_work(org: Served, client: SalesforceClient, hands: Hands) -> None:
    target = _ways(client)[2].credential_id
    with org.world.store.write() as db:
        db.execute("UPDATE NamedCredential SET NamedCredentialType = 'Legacy' WHERE Id = ?", (target,))
    with pytest.raises(Refused) as refused:
        WAY.act(hands, target)
    assert refused.value.code == "NO_API"


def test_a_profile_is_held_to_ranges_and_freed_again(org: Served, client: SalesforceClient, hands: Hands) -> None:
    before, facts = read_login_ranges(client, [_profile(org)]), org.integration("order.sync")
    target = f"{_profile(org)}:203.0.113.0/24,198.51.100.1-198.51.100.9"
    assert RANGES.act(hands, target) == {"ranges": 2}
    assert RANGES.dead(hands, target).dead
    assert org.key_login(facts).json()["error_description"] == "ip restricted"
    assert RANGES.act(hands, target) == {"already": True}
    assert RANGES.undo(hands, target, {"ranges": ""}) == {"ranges": 0}
    assert read_login_ranges(client, [_profile(org)]) == before
    assert RANGES.undo(hands, target, {"ranges": ""}) == {"already": True}
    assert org.key_login(facts).status_code == 200


def test_ranges_of_before_stay_and_come_back(org: Served, client: SalesforceClient, hands: Hands) -> None:
    profile = _profile(org, "Support User")
    first, second = f"{profile}:192.0.2.0/24", f"{profile}:203.0.113.0/24"
    RANGES.act(hands, first)
    former = ",".join(read_login_ranges(client, [profile])[0].ranges)
    RANGES.act(hands, second)
    assert RANGES.dead(hands, first).dead and RANGES.dead(hands, second).dead
    RANGES.undo(hands, second, {"ranges": former})
    assert (RANGES.dead(hands, first).dead, RANGES.dead(hands, second).dead) == (True, False)
    RANGES.undo(hands, first, {"ranges": ""})


def test_our_own_profile_is_never_narrowed(org: Served, hands: Hands) -> None:
    with pytest.raises(Refused) as refused:
        RANGES.act(hands, f"{_profile(org, 'System Administrator')}:203.0.113.0/24")
    assert refused.value.code == "OWN_PROFILE"


def test_every_request_is_held_to_them_and_no_more(hands: Hands) -> None:
    assert RANGES.act(hands, "every_request") == {"enforceIpRangesEveryRequest": True}
    assert RANGES.dead(hands, "every_request").dead
    assert RANGES.act(hands, "every_request") == {"already": True}
    RANGES.undo(hands, "every_request", {"enforceIpRangesEveryRequest": "false"})
    assert not RANGES.dead(hands, "every_request").dead


def test_ranges_that_the_org_did_not_take_are_not_proven(org: Served, hands: Hands) -> None:
    keep_alive(org, "*/metadata/deployRequest", "POST")
    target = f"{_profile(org)}:203.0.113.0/24"
    RANGES.act(hands, target)
    assert not RANGES.dead(hands, target).dead


def test_a_lost_answer_is_asked_for_again(org: Served, hands: Hands) -> None:
    order(org, {"match": {"path": "*/metadata/deployRequest*", "count": 2}, "fault": "reset"})
    target = f"{_profile(org)}:203.0.113.0/24"
    RANGES.act(hands, target)
    assert RANGES.dead(hands, target).dead
    RANGES.undo(hands, target, {"ranges": ""})


@pytest.mark.parametrize("target", ["00e", "00e:", "00e:no-address"])
def test_a_target_of_another_form_is_refused(hands: Hands, target: str) -> None:
    with pytest.raises(BadInput):
        RANGES.act(hands, target)
