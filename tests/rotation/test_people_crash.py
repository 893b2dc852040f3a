"""kill -9 after each of the four steps, for a password and for what a person brings: one good version is current."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from leakresponse.adapters.salesforce.passwords import set_password, user_id_of
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.rotation.types import SecretEntry
from tests.rotation import test_rotation_crash
from tests.rotation.test_rotation_crash import KINDS, check, killed
from tests.support.rotation import responder
from tests.support.served_org import Served

pytestmark = test_rotation_crash.pytestmark
OLD = "Harbor lights 42"


def stock_password(vault: SecretsManager, org: Served, user: str) -> SecretEntry:
    username, client = org.integration(user)["username"], responder(org)
    set_password(client, user_id_of(client, username), Redacted(OLD))
    given = {"username": username}
    token = requests.post(f"{org.url}/simulation/security-token", json=given, timeout=20).json()["token"]
    vault.create("sf/loader", HiddenDict({"username": username, "password": OLD, "security_token": token}), {})
    return SecretEntry("sf/loader", "user_password", org.world.org_id, "", username)


def stock_details(vault: SecretsManager, org: Served, user: str) -> SecretEntry:
    facts = org.integration(user)
    value = {name: facts[name] for name in ("app", "consumer_key", "consumer_secret", "username")}
    vault.create("sf/details", HiddenDict(value), {})
    return SecretEntry("sf/details", "client_secret", org.world.org_id, facts["app"], facts["username"])


@pytest.mark.parametrize("mode", ["planned", "emergency"])
def test_a_password(
    tmp_path: Path, vault: SecretsManager, org: Served, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setitem(KINDS, "user_password", (stock_password, "order.sync"))
    check(killed(tmp_path, vault, org, "user_password", mode, points="steps"))


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_a_password_at_every_call(
    tmp_path: Path, vault: SecretsManager, org: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "user_password", (stock_password, "order.sync"))
    check(killed(tmp_path, vault, org, "user_password", "planned", points="calls", every=1))


@pytest.mark.parametrize("mode", ["planned", "emergency"])
def test_consumer_details_of_a_person(
    tmp_path: Path, vault: SecretsManager, org: Served, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setitem(KINDS, "client_secret", (stock_details, "migration"))
    monkeypatch.setattr(test_rotation_crash, "_DRIVER", Path(__file__).with_name("people_crash_driver.py"))
    person = {"url": org.url, "app": org.integration("migration")["app"]}
    check(killed(tmp_path, vault, org, "client_secret", mode, points="steps", person=person))
