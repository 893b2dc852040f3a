"""Every kind of credential that can be rotated, by the value of the tag `leak-response:kind`."""

from __future__ import annotations

from collections.abc import Mapping

from leakresponse.core.errors import BadInput
from leakresponse.rotation.kinds.aws_access_key import AwsAccessKey
from leakresponse.rotation.kinds.client_secret import ClientSecret
from leakresponse.rotation.kinds.eca_key_secret import EcaKeySecret
from leakresponse.rotation.kinds.jwt_key_pair import JwtKeyPair
from leakresponse.rotation.kinds.principal_credential import PrincipalCredential
from leakresponse.rotation.kinds.refresh_token import RefreshToken
from leakresponse.rotation.kinds.service_key import ServiceKey
from leakresponse.rotation.kinds.user_password import UserPassword
from leakresponse.rotation.types import Kind

_ALL: tuple[Kind, ...] = (
    JwtKeyPair(), EcaKeySecret(), ClientSecret(), RefreshToken(), UserPassword(), PrincipalCredential(), ServiceKey(),
    AwsAccessKey(),
)  # fmt: skip
KINDS: Mapping[str, Kind] = {one.name: one for one in _ALL}


def kind_named(name: str) -> Kind:
    """The kind of a tag. Raises BadInput for one that nobody knows."""
    if name not in KINDS:
        raise BadInput("no such kind of credential")
    return KINDS[name]


__all__ = ["KINDS", "kind_named"]
