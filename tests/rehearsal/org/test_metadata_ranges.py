"""Login address ranges of profiles: deployed, they hold logins and, on order, every request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from leakresponse.rehearsal.org import metadata_runs
from tests.support.metadata_deploys import component, deployed, problems
from tests.support.served_org import Client, Served

INSIDE, OUTSIDE = "192.0.2.9", "203.0.113.9"
RANGE = "<loginIpRanges><endAddress>192.0.2.255</endAddress><startAddress>192.0.2.0</startAddress></loginIpRanges>"
PROFILE = "Integration User"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys end as soon as anybody looks."""
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 0.0)


def _limit(client: Client, inside: str = RANGE) -> list[str]:
    files = {f"profiles/{PROFILE}.profile": component("Profile", inside)}
    return problems(deployed(client, {"Profile": [PROFILE]}, files))


def _drift(client: Client, relaxation: str) -> None:
    inside = f"<label>Drift</label><oauthPolicy><ipRelaxation>{relaxation}</ipRelaxation></oauthPolicy>"
    files = {"connectedApps/Drift.connectedApp": component("ConnectedApp", inside)}
    assert problems(deployed(client, {"ConnectedApp": ["Drift"]}, files)) == []


def _refresh(org: Served, address: str) -> dict[str, Any]:
    facts = org.integration("drift.integration")
    fields = {
        "grant_type": "refresh_token", "client_id": facts["consumer_key"], "client_secret": facts["consumer_secret"],
        "refresh_token": facts["refresh_token"],
    }  # fmt: skip
    headers = {"X-Forwarded-For": address}
    return dict(requests.post(f"{org.url}/services/oauth2/token", fields, headers=headers, timeout=20).json())


def test_a_login_from_outside_is_refused_and_written_down(another: Callable[..., Served]) -> None:
    org = another()
    responder = org.responder()
    assert _limit(responder) == []
    refused = _refresh(org, OUTSIDE)
    assert (refused["error"], refused["error_description"]) == ("invalid_grant", "ip restricted")
    assert "access_token" in _refresh(org, INSIDE)
    seen = responder.rows("SELECT Status, SourceIp FROM LoginHistory ORDER BY LoginTime DESC LIMIT 5")
    assert ("Restricted IP", OUTSIDE) in {(one["Status"], one["SourceIp"]) for one in seen}
    assert _limit(responder, "<loginIpRanges/>") == []
    assert "access_token" in _refresh(org, OUTSIDE)


@pytest.mark.parametrize(
    ("relaxation", "refreshed"), [("BYPASS", True), ("ENFORCE_RELAXREFRESH", True), ("ENFORCE", False)]
)
def test_an_app_may_relax_it_but_never_for_key_logins(
    another: Callable[..., Served], relaxation: str, refreshed: bool
) -> None:
    org = another()
    responder = org.responder()
    _drift(responder, relaxation)
    _limit(responder)
    assert ("access_token" in _refresh(org, OUTSIDE)) is refreshed
    assert org.key_login(org.integration("drift.nightly")).json()["error_description"] == "ip restricted"


def test_every_request_is_held_to_the_ranges_on_order(another: Callable[..., Served]) -> None:
    org = another()
    responder, token = org.responder(), str(_refresh(org, INSIDE)["access_token"])
    _limit(responder)
    far, near = Client(org.url, token, OUTSIDE), Client(org.url, token, INSIDE)
    assert far.call("GET", "/sobjects").status_code == 200
    settings = "<sessionSettings><enforceIpRangesEveryRequest>true</enforceIpRangesEveryRequest></sessionSettings>"
    files = {"settings/Security.settings": component("SecuritySettings", settings)}
    assert problems(deployed(responder, {"Settings": ["Security"]}, files)) == []
    assert (far.call("GET", "/sobjects").status_code, near.call("GET", "/sobjects").status_code) == (401, 200)
    assert responder.call("GET", "/sobjects").status_code == 200


@pytest.mark.parametrize("first", ["192.0.3.1", "nowhere", "::1"])
def test_a_range_must_be_one(org: Served, first: str) -> None:
    assert len(_limit(org.responder(), RANGE.replace("192.0.2.0<", f"{first}<"))) == 1
