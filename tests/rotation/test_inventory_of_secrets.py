"""Which secrets open an org: by tags, by what their JSON says, and those that nobody can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.errors import Refused
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.rotation.inventory import Inventory, marks_of, take_inventory
from tests.support.rotation import Hands, hands_of, responder, stock_key
from tests.support.served_org import Served, copied, serve

TAG = "leak-response:org"


@pytest.fixture(scope="module")
def running(template: Path, tmp_path_factory: pytest.TempPathFactory):
    """One org for all: an inventory changes nothing."""
    served = serve(copied(template, tmp_path_factory.mktemp("inventory")))
    yield served
    served.stop()


@pytest.fixture
def looking(tmp_path: Path, vault: SecretsManager, running: Served) -> Hands:
    return hands_of(tmp_path, vault, running)


def taken(hands: Hands, org: Served) -> Inventory:
    return take_inventory(hands.context(), [marks_of(responder(org))], TAG)


def value_of(org: Served, user: str, *parts: str) -> HiddenDict:
    facts = org.integration(user)
    return HiddenDict({part: facts[part] for part in parts})


def test_a_tagged_secret_has_all_that_its_tags_say(running: Served, looking: Hands) -> None:
    stock_key(looking.vault, running, "order.sync", owner="integration team", consumers="order-api stock-job")
    (found,) = taken(looking, running).entries
    assert (found.kind, found.org_id, found.app) == ("jwt_key_pair", running.world.org_id, "Order Sync")
    assert (found.owner, found.consumers) == ("integration team", ("order-api", "stock-job"))
    assert found.username == running.integration("order.sync")["username"]
    assert found.found_by == "tag"
    assert found.last_rotated is not None


def test_a_consumer_key_in_the_json_tells_org_app_and_kind(running: Served, looking: Hands) -> None:
    value = value_of(running, "returns.portal", "consumer_key", "consumer_secret")
    looking.vault.create("untagged", value, {})
    (found,) = taken(looking, running).entries
    assert (found.name, found.kind, found.app) == ("untagged", "eca_key_secret", "Returns Portal")
    assert (found.org_id, found.found_by) == (running.world.org_id, "search")


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("consumer_key consumer_secret", "client_secret"),
        ("consumer_key consumer_secret refresh_token", "refresh_token"),
        ("username password security_token", "user_password"),
        ("iam_user access_key_id secret_access_key", "aws_access_key"),
        ("external_credential principal protocol secret.ApiKey", "principal_credential"),
        ("username password", ""),
    ],
)
def test_the_names_of_its_values_tell_the_kind(running: Served, looking: Hands, names: str, kind: str) -> None:
    facts = running.integration("migration")
    value = {name: str(facts.get(name) or "some text") for name in names.split()}
    looking.vault.create("untold", HiddenDict(value), {TAG: running.world.org_id})
    (found,) = taken(looking, running).entries
    assert (found.kind, found.found_by) == (kind, "search")


def test_a_consumer_key_deep_in_the_json_is_found(running: Served, looking: Hands) -> None:
    key = running.integration("order.sync")["consumer_key"]
    deep = json.dumps({"jobs": [{"salesforce": {"client": {"id": key}}}]})
    looking.vault._client.create_secret(Name="deep", SecretString=deep)
    (found,) = taken(looking, running).entries
    assert (found.name, found.app, found.kind) == ("deep", "Order Sync", "")


def test_a_salesforce_host_alone_is_listed_without_an_org(running: Served, looking: Hands) -> None:
    looking.vault.create("somewhere", {"login": "https://login.salesforce.com", "password": "x"}, {})
    (found,) = taken(looking, running).entries
    assert (found.name, found.org_id, found.kind) == ("somewhere", "", "")


def test_the_host_of_the_org_itself_tells_the_org(running: Served, looking: Hands) -> None:
    looking.vault.create("by-host", {"url": running.facts["https_url"], "note": "x"}, {})
    (found,) = taken(looking, running).entries
    assert found.org_id == running.world.org_id


@pytest.mark.parametrize(
    "text", ['{"password": "x"}', '{"host": "notsalesforce.com"}', '{"host": "salesforce.com.example.org"}', "plain"]
)
def test_what_does_not_speak_of_salesforce_is_left_out(running: Served, looking: Hands, text: str) -> None:
    looking.vault._client.create_secret(Name="other", SecretString=text)
    found = taken(looking, running)
    assert (found.entries, found.unread, found.listed) == ((), (), 1)


def test_a_secret_of_another_org_is_left_out_unread(running: Served, looking: Hands) -> None:
    value = value_of(running, "order.sync", "consumer_key")
    looking.vault.create("elsewhere", value, {TAG: "00D000000000000AAA"})
    assert taken(looking, running).entries == ()


def test_a_binary_secret_is_unread_not_dropped(running: Served, looking: Hands) -> None:
    looking.vault._client.create_secret(Name="binary", SecretBinary=b"\x00\x01")
    assert [(one.name, one.code) for one in taken(looking, running).unread] == [("binary", "NO_TEXT")]


def test_a_secret_that_may_not_be_read_is_unread_not_dropped(
    running: Served, looking: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking.vault.create("locked", {"any": "thing"}, {})

    def refused(name: str) -> Redacted[str]:
        raise Refused("no", "AccessDeniedException")

    monkeypatch.setattr(looking.vault, "read_text", refused)
    assert [(one.name, one.code) for one in taken(looking, running).unread] == [("locked", "AccessDeniedException")]


def test_a_fully_tagged_secret_is_not_read(running: Served, looking: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    stock_key(looking.vault, running, "order.sync")

    def never(name: str) -> Redacted[str]:
        raise AssertionError("read")

    monkeypatch.setattr(looking.vault, "read_text", never)
    assert len(taken(looking, running).entries) == 1


def test_more_secrets_than_one_page_holds(running: Served, looking: Hands) -> None:
    for number in range(105):
        looking.vault.create(f"page-{number:03d}", {"a": "b"}, {TAG: running.world.org_id, "leak-response:kind": "x"})
    assert len(taken(looking, running).entries) == 105
