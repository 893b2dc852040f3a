"""The block of a rotation endpoint: it signs with its secret, and shows neither secret nor address."""

from __future__ import annotations

from pydantic import SecretStr

from blocks import AwsVault, RotationEndpoint
from tests.support import outside


def test_its_requests_are_signed_with_its_secret() -> None:
    with outside.serving() as service:
        block = RotationEndpoint(url=SecretStr(service.hook_url), signing_secret=SecretStr(outside.SECRET))
        assert block.hook().ask({"action": "rotate"}, "key-1") == (200, {"done": True})
    assert service.asked[0][1]["Idempotency-Key"] == "key-1"


def test_neither_address_nor_secret_shows() -> None:
    block = RotationEndpoint(url=SecretStr("https://x/MARK"), signing_secret=SecretStr("MARK"))
    assert "MARK" not in repr(block) + repr(block.hook()) + str(block.model_dump())


def test_a_vault_without_rights_over_access_keys_has_none() -> None:
    assert AwsVault().aws_keys() is None
    assert AwsVault(endpoint_url="http://127.0.0.1:9", access_keys=True).aws_keys() is not None
