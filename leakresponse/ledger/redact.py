"""Personal values and secrets do not enter the record: the door check of chain bodies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

from leakresponse.core.errors import BadInput
from leakresponse.core.redact import Redacted, mask

__all__ = ["Redacted", "chain_body", "plain"]
JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"

#: Longer text than this is prose or payload, which belongs in evidence, which is named by its hash.
MAX_TEXT = 500
_DEPTH = 8


def plain(value: object, where: str = "body", depth: int = 0) -> JSON:
    """The value as plain JSON, or BadInput naming the place and the type, never the value.

    Refused: redacted values, bytes, datetimes, dataclasses, numbers that JSON has no form for, deep nesting.
    """
    if depth > _DEPTH:
        raise BadInput(f"{where}: nested too deeply for the record")
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, Mapping):
        return {_name(key, where): plain(item, f"{where}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{place}]", depth + 1) for place, item in enumerate(value)]
    raise BadInput(f"{where}: a {type(value).__name__} cannot enter the record")


def chain_body(value: Mapping[str, object]) -> dict[str, JSON]:
    """A body fit for the chain: plain JSON, with text taken out that is personal or secret by its shape.

    Masking, not refusing: a cut must not fail because its target happens to be a username. Not digests either: an
    SSN or an e-mail address is found again from its plain hash by trying them all.
    """
    return {key: _masked(item) for key, item in _mapping(value).items()}


def _mapping(value: Mapping[str, object]) -> dict[str, JSON]:
    body = plain(value)
    if not isinstance(body, dict):
        raise BadInput(f"body: a {type(value).__name__} cannot enter the record")
    return body


def _masked(value: JSON) -> JSON:
    if isinstance(value, str):
        text, _ = mask(value)
        return text if len(text) <= MAX_TEXT else f"<{len(text)} characters>"
    if isinstance(value, dict):
        return {key: _masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value


def _name(key: object, where: str) -> str:
    if isinstance(key, str):
        return key
    raise BadInput(f"{where}: a {type(key).__name__} cannot name a value of the record")
