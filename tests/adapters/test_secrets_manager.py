"""What the vault's adapter says of values that are not what a rotation needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.errors import Refused
from tests.support import aws


@pytest.fixture(scope="module")
def vault() -> Iterator[SecretsManager]:
    with aws.serving() as served:
        yield SecretsManager("us-east-1", served.url, ("rehearsal", "rehearsal"))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("text", {"SecretString": "plain words"}, "NO_JSON"),
        ("list", {"SecretString": "[1]"}, "NO_JSON"),
        ("binary", {"SecretBinary": b"\x00"}, "NO_TEXT"),
    ],
)
def test_what_is_no_json_object_is_refused_with_a_code(
    vault: SecretsManager, name: str, value: dict[str, object], code: str
) -> None:
    vault._client.create_secret(Name=name, **value)
    with pytest.raises(Refused) as refused:
        vault.read(name)
    assert refused.value.code == code


def test_the_time_of_the_current_version_moves_with_a_promotion(vault: SecretsManager) -> None:
    vault.create("moving", {"a": "1"}, {})
    first = vault.current_since("moving")
    version = "0" * 36
    vault.put_pending("moving", version, {"a": "2"})
    assert vault.current_since("moving") == first
    vault.promote("moving", version)
    assert vault.current_since("moving") is not None
    assert [one for one in vault.describe("moving").stages.values() if "AWSPENDING" in one] == []


def test_a_pending_version_may_be_spared(vault: SecretsManager) -> None:
    vault.create("spared", {"a": "1"}, {})
    vault.put_pending("spared", "1" * 36, {"a": "2"})
    vault.drop_pending("spared", but="1" * 36)
    assert vault.describe("spared").stages["1" * 36] == ("AWSPENDING",)
    vault.drop_pending("spared")
    assert vault.describe("spared").stages["1" * 36] == ()
