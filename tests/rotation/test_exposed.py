"""The rotation list of leaked text: ours by fingerprint, everybody else's with an owner, each secret once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.code_secrets import Known
from leakresponse.core.secret_rules import fingerprint
from leakresponse.rotation.exposed import duty_of, exposed_secrets
from leakresponse.rotation.known import known_values

PASSWORD, TOKEN = "Frost-2025x", "aB3dE5fG7hJ9kL1mN3pQ5rS7"


def row(mark: str, record: str = "500a", kind: str = "password") -> dict[str, str]:
    return {"kind": kind, "object": "Case", "record_id": record, "field": "Description", "fingerprint": mark}


def test_a_secret_in_three_records_is_listed_once_with_all_of_them() -> None:
    (one,) = exposed_secrets([row("m", "500b"), row("m", "500a"), row("m", "500b")], [])
    assert (one.records, one.ours, one.secret) == (("500a", "500b"), False, "")


@pytest.mark.parametrize(("stage", "ours"), [("AWSCURRENT", True), ("AWSPENDING", True), ("AWSPREVIOUS", False)])
def test_what_is_in_force_in_the_vault_is_ours(stage: str, ours: bool) -> None:
    (one,) = exposed_secrets([row("m")], [Known("m", "shop/snowflake", "", "password", stage)])
    assert (one.ours, one.secret) == (ours, "shop/snowflake")


@pytest.mark.parametrize("turn", [1, -1])
def test_in_force_somewhere_counts_more_than_old_elsewhere(turn: int) -> None:
    both = [Known("m", "old", "", "password", "AWSPREVIOUS"), Known("m", "new", "", "password", "AWSCURRENT")][::turn]
    (one,) = exposed_secrets([row("m")], both)
    assert one.secret == "new"


def test_each_kind_has_an_owner() -> None:
    assert duty_of("aws_access_key_id")[0] == "owner of the AWS account"
    assert duty_of("a kind of tomorrow")[0] and duty_of("a kind of tomorrow")[1]


@pytest.fixture(scope="module")
def vault() -> Iterator[SecretsManager]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    yield SecretsManager("us-east-1", address, ("testing", "testing"))
    server.stop()


def test_the_vault_is_known_by_each_value_of_each_version(vault: SecretsManager) -> None:
    vault.create("known/one", {"username": "svc.user", "password": PASSWORD, "security_token": TOKEN}, {})
    vault.replace("known/one", {"username": "svc.user", "password": "Thaw-2026y", "security_token": TOKEN})
    held = {(one.fingerprint, one.json_key, one.stage) for one in known_values(vault).values}
    assert (fingerprint(PASSWORD), "password", "AWSPREVIOUS") in held
    assert (fingerprint("Thaw-2026y"), "password", "AWSCURRENT") in held
    assert (fingerprint("Thaw-2026y" + TOKEN), "password", "AWSCURRENT") in held
    assert fingerprint("svc.user") not in {mark for mark, _, _ in held}


def test_no_value_shows_in_what_is_known(vault: SecretsManager) -> None:
    vault.create("known/two", {"password": "Melt-2027z"}, {"leak-response:consumers": "web nightly"})
    known = known_values(vault)
    assert "Melt-2027z" not in repr(known)
    assert {one.consumers for one in known.values if one.secret == "known/two"} == {("web", "nightly")}
