"""Deploys of apps: blocks, grants, External Client Apps and their keys, refresh policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leakresponse.adapters.keypair import make_key_pair
from tests.support.metadata_deploys import delete_one, deploy_one, read_back
from tests.support.served_org import Served

pytestmark = pytest.mark.usefixtures("deploys_at_once")


@pytest.mark.parametrize("reading", ["attacker", "lenient"])
def test_a_block_refuses_logins_until_it_is_lifted(another: Callable[..., Served], reading: str) -> None:
    org = another(reading)
    responder, facts = org.responder(), org.integration("drift.integration")
    live, refreshing = org.client("drift.nightly"), org.integration("drift.nightly")
    names = "<consumerName>Drift</consumerName><masterLabel>Drift</masterLabel>"
    inside = f"<consumerKey>{facts['consumer_key']}</consumerKey>{names}"
    assert deploy_one(responder, "BlacklistedConsumer", "Drift", inside) == []
    refused = org.refresh_login(facts).json()
    assert (refused["error"], refused["error_description"]) == ("app_blocked", "this app is blocked by admin")
    assert org.key_login(refreshing).json()["error"] == "app_blocked"
    ended = live.call("GET", "/sobjects").status_code
    assert ended == (401 if reading == "lenient" else 200)
    assert delete_one(responder, "BlacklistedConsumer", "Drift") == []
    assert org.key_login(refreshing).status_code == 200


def test_a_connected_app_grants_and_takes_by_its_file(another: Callable[..., Served]) -> None:
    org = another()
    responder, facts = org.responder(), org.integration("drift.nightly")
    assert org.key_login(facts).status_code == 200
    inside = (
        "<label>Drift</label><oauthConfig><isAdminApproved>true</isAdminApproved></oauthConfig><permissionSetName/>"
    )
    assert deploy_one(responder, "ConnectedApp", "Drift", inside) == []
    assert org.key_login(facts).json()["error"] == "invalid_app_access"
    assert "permissionSetName" not in read_back(org.world, "ConnectedApp", "Drift")
    back = inside.replace("<permissionSetName/>", "<permissionSetName>Drift_Access</permissionSetName>")
    assert deploy_one(responder, "ConnectedApp", "Drift", back) == []
    assert org.key_login(facts).status_code == 200


def test_a_connected_app_is_read_with_its_key_and_without_its_secret(org: Served) -> None:
    text = read_back(org.world, "ConnectedApp", "Drift")
    app = org.world.store.one("SELECT * FROM sim_app WHERE developer_name = 'Drift'") or {}
    assert app["consumer_key"] in text
    assert app["consumer_secret"] not in text


def test_an_external_client_app_is_made_used_and_switched_off(another: Callable[..., Served]) -> None:
    org = another()
    responder, pair = org.responder(), make_key_pair("desk")
    key = "3MVG9desk.key"
    of = "<externalClientApplication>Desk</externalClientApplication><label>Desk</label>"
    assert deploy_one(responder, "ExternalClientApplication", "Desk",
                   "<contactEmail>it@harborpine.example</contactEmail><label>Desk</label>") == []  # fmt: skip
    keys = f"{of}<consumerKey>{key}</consumerKey><certificate>{pair.certificate_pem}</certificate>"
    assert deploy_one(responder, "ExtlClntAppGlobalOauthSettings", "Desk_glbloauth", keys) == []
    set_id = org.world.store.one("SELECT Id FROM PermissionSet WHERE Name = 'Drift_Access'") or {}
    policy = (
        f"{of}<permittedUsersPolicyType>AdminApprovedPreAuthorized</permittedUsersPolicyType>"
        f"<commaSeparatedPermissionSet>{set_id['Id']}</commaSeparatedPermissionSet>"
    )
    assert deploy_one(responder, "ExtlClntAppOauthConfigurablePolicies", "Desk_oauthPlcy", policy) == []
    facts = {**org.integration("drift.nightly"), "consumer_key": key}
    assert org.key_login(facts, key=pair.private_pem.reveal()).status_code == 200
    off = f"{of}<isEnabled>false</isEnabled>"
    assert deploy_one(responder, "ExtlClntAppConfigurablePolicies", "Desk_plcy", off) == []
    assert org.key_login(facts, key=pair.private_pem.reveal()).json()["error"] == "app_not_found"
    assert "<isEnabled>false</isEnabled>" in read_back(org.world, "ExtlClntAppConfigurablePolicies", "Desk_plcy")


def test_rotating_a_key_by_flag_needs_ignore_warnings(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    deploy_one(
        responder, "ExternalClientApplication", "Turn", "<contactEmail>a@b.example</contactEmail><label>Turn</label>"
    )
    sql = "SELECT consumer_key FROM sim_app WHERE developer_name = 'Turn'"
    before = org.world.store.one(sql)
    of = "<externalClientApplication>Turn</externalClientApplication>"
    inside = f"{of}<shouldRotateConsumerKey>true</shouldRotateConsumerKey>"
    assert len(deploy_one(responder, "ExtlClntAppGlobalOauthSettings", "Turn_glbloauth", inside)) == 1
    assert org.world.store.one(sql) == before
    assert deploy_one(responder, "ExtlClntAppGlobalOauthSettings", "Turn_glbloauth", inside, ignoreWarnings=True) == []
    assert org.world.store.one(sql) != before


def test_a_refresh_policy_of_zero_ends_refreshes_and_spares_live_tokens(another: Callable[..., Served]) -> None:
    org = another()
    responder, facts = org.responder(), org.integration("drift.integration")
    live = org.client("drift.integration")
    inside = "<label>Drift</label><oauthPolicy><refreshTokenPolicy>zero</refreshTokenPolicy></oauthPolicy>"
    assert deploy_one(responder, "ConnectedApp", "Drift", inside) == []
    assert org.refresh_login(facts).json()["error"] == "invalid_grant"
    assert live.call("GET", "/sobjects").status_code == 200


def test_client_credentials_of_an_external_app_are_given_and_taken(another: Callable[..., Served]) -> None:
    org = another()
    responder, user = org.responder(), org.integration("drift.integration")["username"]
    of = "<externalClientApplication>Returns_Portal</externalClientApplication><label>R</label>"
    told = f"{of}<isClientCredentialsFlowEnabled>%s</isClientCredentialsFlowEnabled>"
    sql = 'SELECT u.Username FROM sim_app a LEFT JOIN "User" u ON u.Id = a.run_as WHERE a.developer_name = ?'
    given = told % "true" + f"<clientCredentialsFlowUser>{user}</clientCredentialsFlowUser>"
    for inside, who in ((given, user), (told % "false", None)):
        assert deploy_one(responder, "ExtlClntAppOauthConfigurablePolicies", "Returns_Portal_oauthPlcy", inside) == []
        assert (org.world.store.one(sql, "Returns_Portal") or {})["Username"] == who
