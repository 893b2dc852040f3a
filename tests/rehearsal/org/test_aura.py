"""The Aura endpoint: what a guest of the public site reaches, and what a session reaches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from tests.rehearsal.org.test_pages import sign_on
from tests.support.served_org import Served, log_rows

LISTS = "serviceComponent://ui.force.components.controllers.lists"
ITEMS = f"{LISTS}.selectableListDataProvider.SelectableListDataProviderController/ACTION$getItems"
CONFIG = "serviceComponent://ui.force.components.controllers.hostConfig.HostConfigController/ACTION$getConfigData"
RECORD = "serviceComponent://ui.force.components.controllers.detail.DetailController/ACTION$getRecord"
CONTEXT = json.dumps({"mode": "PROD", "fwuid": "x", "app": "siteforce:communityApp", "loaded": {}})


def aura(org: Served, *actions: tuple[str, Mapping[str, Any]], path: str = "/s/sfsites/aura", **options: Any) -> Any:
    message = {
        "actions": [{"id": f"{n};a", "descriptor": name, "params": given} for n, (name, given) in enumerate(actions)]
    }
    form = {"message": json.dumps(message), "aura.context": CONTEXT, "aura.token": "null"}
    headers = {"X-Forwarded-For": "198.51.100.200", "User-Agent": "scanner/1"}
    return requests.post(org.url + path, data=form, headers=headers, timeout=30, allow_redirects=False, **options)


def items(name: str, page: int = 0, size: int = 100, **more: Any) -> tuple[str, dict[str, Any]]:
    return ITEMS, {"entityNameOrId": name, "pageSize": size, "currentPage": page, "getCount": True, **more}


def test_a_guest_sees_only_objects_that_its_profile_opens(org: Served) -> None:
    reach = aura(org, (CONFIG, {})).json()["actions"][0]["returnValue"]["apiNamesToKeyPrefixes"]
    assert "AuthSession" not in reach and "OauthToken" not in reach


def test_an_object_out_of_reach_is_an_error_that_tells_nothing(org: Served) -> None:
    found = aura(org, items("Loyalty_Member__c"), items("Nothing__c")).json()["actions"]
    assert [one["state"] for one in found] == ["ERROR", "ERROR"]
    assert found[0]["error"] == found[1]["error"]


def test_a_session_reads_what_its_user_may(org: Served) -> None:
    sid = sign_on(org, org.facts["username"])
    found = aura(org, items("Contact", size=1000), path="/aura", cookies={"sid": sid}).json()["actions"][0]
    assert found["state"] == "SUCCESS"
    ids = {one["record"]["Id"] for one in found["returnValue"]["result"]}
    assert ids == {one["Id"] for one in org.responder().rows("SELECT Id FROM Contact")}


def test_no_session_no_aura_outside_the_site(org: Served) -> None:
    assert aura(org, items("Contact"), path="/aura").status_code == 302


def test_the_log_names_the_actions_and_no_count(org: Served) -> None:
    aura(org, items("Case"), (CONFIG, {}))
    row = log_rows(org, "AuraRequest").iloc[-1]
    assert row["ACTION_MESSAGE"].startswith("1$serviceComponent://") and "2$" in row["ACTION_MESSAGE"]
    assert (row["USER_TYPE"], row["SESSION_KEY"], row["CLIENT_IP"]) == ("Guest", "", "198.51.100.200")
    assert "ROWS_PROCESSED" not in row


def test_a_request_without_context_is_out_of_sync(org: Served) -> None:
    answer = requests.post(f"{org.url}/s/sfsites/aura", data={"message": "{}"}, timeout=20)
    assert "markup://aura:clientOutOfSync" in answer.text


def test_more_than_250_actions_are_refused(org: Served) -> None:
    assert aura(org, *[(CONFIG, {})] * 251).status_code == 400


@pytest.mark.parametrize("path", ["/s/", "/s"])
def test_a_visit_of_the_site_leaves_a_sites_row(org: Served, path: str) -> None:
    assert "Help center" in requests.get(org.url + path, timeout=20).text
    assert set(log_rows(org, "Sites")["IS_GUEST"]) == {"1"}
