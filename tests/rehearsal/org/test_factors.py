"""Second factors and the public site's own pages: what enrolling leaves, what removing takes, what freezing stops."""

from __future__ import annotations

from typing import Any

import requests

from tests.rehearsal.org.test_aura import CONFIG, aura
from tests.support.served_org import Client, Served

USER = "support.night"
GRAPHQL = "aura://RecordUiController/ACTION$executeGraphQL"


def simulate(org: Served, act: str, **given: Any) -> requests.Response:
    return requests.post(f"{org.url}/simulation/{act}", json=given, timeout=20)


def name(org: Served, user: str = USER) -> str:
    return f"{user}@{org.facts['username'].partition('@')[2]}"


def methods(client: Client, user: str) -> list[bool]:
    soql = f"SELECT HasTotp FROM TwoFactorMethodsInfo WHERE UserId IN (SELECT Id FROM User WHERE Username = '{user}')"
    return [one["HasTotp"] for one in client.rows(soql)]


def test_a_factor_proves_a_login_until_it_is_removed(org: Served) -> None:
    factor = simulate(org, "factor", username=name(org)).json()["factor"]
    responder = org.responder()
    assert simulate(org, "login", username=name(org), factor=factor).status_code == 200
    assert methods(responder, name(org)) == [True]
    assert responder.call("DELETE", f"/sobjects/TwoFactorInfo/{factor}").status_code == 204
    assert methods(responder, name(org)) == [False]
    refused = simulate(org, "login", username=name(org), factor=factor)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_factor")


def test_enrolling_and_removing_are_in_the_trail(org: Served) -> None:
    factor = simulate(org, "factor", username=name(org)).json()["factor"]
    responder = org.responder()
    responder.call("DELETE", f"/sobjects/TwoFactorInfo/{factor}")
    acts = [one["Action"] for one in responder.rows("SELECT Action FROM SetupAuditTrail")]
    assert {"insertAuthenticatorPairing", "deleteTwoFactorInfo2"} <= set(acts)


def test_one_of_two_factors_leaves_the_other(org: Served) -> None:
    first, _second = (simulate(org, "factor", username=name(org)).json()["factor"] for _ in range(2))
    responder = org.responder()
    responder.call("DELETE", f"/sobjects/TwoFactorInfo/{first}")
    assert methods(responder, name(org)) == [True]


def test_nobody_is_nobody(org: Served) -> None:
    assert simulate(org, "factor", username="nobody@x.example").status_code == 400


def test_guests_use_graphql_within_their_reach(org: Served) -> None:
    text = "query q { uiapi { query { Case(first: 3) { edges { node { Id } } } } } }"
    hidden = text.replace("Case", "Loyalty_Member__c")
    asked = [(GRAPHQL, {"queryInput": {"operationName": "q", "query": one, "variables": {}}}) for one in (text, hidden)]
    found = aura(org, *asked).json()["actions"]
    assert [one["state"] for one in found] == ["SUCCESS", "ERROR"]
    assert found[0]["returnValue"]["data"]["uiapi"]["query"]["Case"]["edges"]


def test_self_registration_takes_an_address(org: Served) -> None:
    page = f"{org.url}/s/login/SelfRegister"
    assert requests.get(page, timeout=20).status_code == 200
    joined = requests.post(page, data={"email": "a@b.example"}, timeout=20, allow_redirects=False)
    assert (joined.status_code, joined.headers["Location"]) == (302, "/s/login/CheckPasswordResetEmail")
    assert requests.post(page, data={"email": "none"}, timeout=20).status_code == 400


def test_a_frozen_guest_takes_the_site_down(org: Served) -> None:
    responder = org.responder()
    guest = name(org, "help.center.guest")
    soql = f"SELECT Id FROM UserLogin WHERE UserId IN (SELECT Id FROM User WHERE Username = '{guest}')"
    login = f"/sobjects/UserLogin/{responder.rows(soql)[0]['Id']}"
    responder.call("PATCH", login, json={"IsFrozen": True})
    assert requests.get(f"{org.url}/s", timeout=20, allow_redirects=False).status_code == 302
    assert aura(org, (CONFIG, {})).status_code == 302
    responder.call("PATCH", login, json={"IsFrozen": False})
    assert requests.get(f"{org.url}/s", timeout=20).status_code == 200
