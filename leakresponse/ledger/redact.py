"""Personal values and secrets do not enter the record: a type that never prints, and the door check of chain bodies."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Generic, TypeAlias, TypeVar

from leakresponse.core.errors import BadInput

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"
T = TypeVar("T")

#: Longer text than this is prose or payload, which belongs in evidence, which is named by its hash.
MAX_TEXT = 500
_DEPTH = 8

_ADDRESS = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_SSN = r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"
_PEM = r"-----BEGIN [A-Z ]+-----.*"
_SESSION = r"00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]+"
_JWT = r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
_REFRESH = r"5Aep[A-Za-z0-9._]{20,}"
_PERSONAL = re.compile("|".join((_ADDRESS, _SSN, _PEM, _SESSION, _JWT, _REFRESH)), re.DOTALL)


class Redacted(Generic[T]):
    """Carries a value through code that logs, prints or compares, and shows it only to `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself. Call it at the edge that needs it, never earlier."""
        return self._value

    def __repr__(self) -> str:
        return "<redacted>"

    def __str__(self) -> str:
        return "<redacted>"

    def __format__(self, spec: str) -> str:
        return format("<redacted>", spec)

    def __reduce__(self) -> str:
        raise TypeError("a redacted value is never serialised")


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
        text = _PERSONAL.sub("<redacted>", value)
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
