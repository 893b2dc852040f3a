"""One standard over every block: each field says what it is, and no secret is a plain text."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from blocks import ALL


@pytest.mark.parametrize("block", ALL, ids=lambda b: b.__name__)
def test_every_field_explains_itself(block):
    for name, field in block.model_fields.items():
        assert field.title, name
        assert field.description, name


@pytest.mark.parametrize("block", ALL, ids=lambda b: b.__name__)
def test_blocks_are_named_and_described(block):
    assert block._block_type_slug
    assert block._description


def test_a_private_key_never_shows():
    from blocks import SalesforceOrg

    org = SalesforceOrg(
        instance_url="https://x", consumer_key="k", username=SecretStr("u"), private_key=SecretStr("PEM-MARK")
    )
    assert "PEM-MARK" not in repr(org)
