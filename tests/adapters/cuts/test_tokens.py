"""Tokens: revoked, proven by use, not claimed dead where the org keeps one alive, all found past the cap."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from leakresponse.adapters.salesforce import SalesforceClient, oauth_tokens
from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands, prove_many
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint, read_tokens
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal.org import query
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

CUT = CUTS["revoke_token"]


def _secrets(client: SalesforceClient, app: str = "Drift") -> dict[str, Redacted[str]]:
    rows = read_tokens(client).rows
    return {fingerprint(row["DeleteToken"]): Redacted(row["DeleteToken"]) for row in rows if row["AppName"] == app}


def _taken(secrets: Mapping[str, Redacted[str]], place: int) -> str:
    return sorted(secrets)[place]


def test_a_revoked_token_is_dead_and_a_second_act_says_so(org: Served, client: SalesforceClient) -> None:
    hands = Hands(client, _secrets(client))
    target = _taken(hands.secrets, 0)
    assert CUT.act(hands, target) == {"revoked": True}
    assert CUT.dead(hands, target).dead
    assert CUT.act(hands, target) == {"already": True}


def test_its_refresh_and_access_tokens_are_dead(org: Served, client: SalesforceClient) -> None:
    facts = org.integration("support.lead")
    user = org.client("support.lead")
    secrets = _secrets(client, "Service Console")
    for target in secrets:
        CUT.act(Hands(client, secrets), target)
    assert org.refresh_login(facts).json()["error"] == "invalid_grant"
    assert user.call("GET", "/limits").status_code == 401


def test_after_a_restart_the_secret_is_looked_for(org: Served, client: SalesforceClient) -> None:
    target = _taken(_secrets(client), 1)
    hands = Hands(client, {})
    assert CUT.act(hands, target) == {"revoked": True}
    assert CUT.dead(hands, target).dead


def test_a_token_that_the_org_keeps_alive_is_not_proven(org: Served, client: SalesforceClient) -> None:
    hands = Hands(client, _secrets(client))
    target = _taken(hands.secrets, 2)
    keep_alive(org, "/services/oauth2/revoke")
    CUT.act(hands, target)
    assert not CUT.dead(hands, target).dead


def test_many_are_proven_with_one_look_and_one_use_each(org: Served, client: SalesforceClient) -> None:
    hands = Hands(client, _secrets(client))
    targets = sorted(hands.secrets)[-4:]
    for target in targets[:3]:
        CUT.act(hands, target)
    proofs = prove_many(CUT, hands, targets, 3)
    assert [proofs[one].dead for one in targets] == [True, True, True, False]


@pytest.mark.parametrize(
    "fault", [{"kind": "503", "retry_after": 0}, {"kind": "reset"}, {"kind": "reset", "before": True}]
)
def test_a_fault_never_leads_to_a_wrong_claim(org: Served, client: SalesforceClient, fault: dict[str, object]) -> None:
    hands = Hands(client, _secrets(client))
    target = _taken(hands.secrets, 3)
    order(org, {"match": {"path": "/services/oauth2/revoke", "count": 2}, "fault": fault})
    CUT.act(hands, target)
    assert CUT.dead(hands, target).dead
    assert target not in _secrets(client)


def test_nothing_brings_a_token_back(hands: Hands) -> None:
    with pytest.raises(CannotGiveBack) as refused:
        CUT.undo(hands, "0" * 16, {})
    assert refused.value.code == "USER_MUST_AUTHORISE_AGAIN"


@pytest.mark.parametrize("same_moment", [False, True])
def test_every_token_past_the_cap_is_found(
    org: Served, client: SalesforceClient, monkeypatch: pytest.MonkeyPatch, same_moment: bool
) -> None:
    monkeypatch.setattr(query, "TOKEN_CAP", 7)
    monkeypatch.setattr(query, "TOKEN_PAGE", 3)
    monkeypatch.setattr(oauth_tokens, "TOKEN_CAP", 7)
    if same_moment:
        with org.world.store.write() as db:
            db.execute("UPDATE OauthToken SET CreatedDate = '2026-11-01T00:00:00.000Z' WHERE AppName = 'Drift'")
    found = read_tokens(client)
    total = org.world.store.one("SELECT COUNT(*) AS n FROM OauthToken")
    assert total is not None
    assert (len(found.rows), found.unseen) == (total["n"], 0)
    assert total["n"] > 7
