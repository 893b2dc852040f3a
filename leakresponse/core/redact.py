"""Two lines of defence for personal values and secrets: a type that never shows them, and masking by their shape.

The type is the first line: a value that code carries is wrapped where it comes in and revealed where it is needed.
`mask` is the second, for text that others wrote (log records, vendors' messages). It knows shapes, not names: a name
or a street cannot be told from other words, so only the first line holds those back.
"""

from __future__ import annotations

import re
from typing import Generic, NoReturn, TypeVar

from stdnum import luhn

T = TypeVar("T")
MASK = "<redacted>"


class Redacted(Generic[T]):
    """Carries a value through code that logs, prints or compares, and shows it only to `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself. Call it at the edge that needs it, never earlier."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a redacted value is never serialised")


class HiddenDict(dict[str, str]):
    """A mapping that is used as any other and shows the names of its values only; it is never pickled."""

    def __repr__(self) -> str:
        return f"<redacted: {', '.join(sorted(self))}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a redacted value is never serialised")


_TOKEN_NAMES = (
    "access_token|refresh_token|id_token|client_secret|consumer_secret|session_id|secret_access_key|assertion"
)
#: What a value looks like. Each is anchored so that ids, hashes, UUIDs and times do not match (tests hold them apart).
_SHAPES = (
    r"-----BEGIN [A-Z0-9 ]{1,40}-----(?:.*?-----END [A-Z0-9 ]{1,40}-----|.*)",  # PEM, also cut short
    r"(?<![A-Za-z0-9+/])MII[A-Za-z0-9+/]{56,}={0,2}",  # DER in base64: keys and certificates without their PEM lines
    r"(?:(?<![A-Za-z0-9_-])|(?<=%3D))eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",  # JWT
    r"00D[A-Za-z0-9]{12,15}(?:!|%21)[A-Za-z0-9._]+",  # Salesforce session id
    r"5Aep[A-Za-z0-9._-]{20,}",  # Salesforce refresh token
    r"(?<![0-9A-Za-z])(?=[0-9]*[A-F])[0-9A-F]{64}(?![0-9A-Za-z])",  # consumer secret; our hashes are lower case
    r"(?<![0-9A-Za-z])(?:AKIA|ASIA)[A-Z0-9]{16}(?![0-9A-Za-z])",  # AWS access key id
    r"(?i:authorization)\W{1,6}(?i:bearer|basic)\s+[A-Za-z0-9._~+/!=-]+",
    rf"(?i:[?&](?:sid|{_TOKEN_NAMES})=)[^&\s\"'<>]+",  # in a query string
    rf"(?i:\b(?:{_TOKEN_NAMES})\b)[\"']?\s{{0,3}}[=:]\s{{0,3}}[\"']?[A-Za-z0-9._~+/!%=-]{{16,}}",
    r"(?<=://)[^\s/:@]{1,64}:[^\s/@]{1,128}(?=@)",  # user and password of an address
    r"(?<![\w.%+'-])[\w.%+'-]{1,64}?(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})*\.[^\W\d_]{2,24}",  # e-mail address
    r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])|(?<![\w.-])\d{3} \d{2} \d{4}(?![\w-])",  # SSN, ITIN
    r"(?<![\w.-])(?:\+?1[ .-]?)?\([2-9]\d{2}\) ?[2-9]\d{2}[ .-]\d{4}(?![\w-])",  # US phone: (415) 555-0142
    r"(?<![\w.-])(?:\+?1[.-])?[2-9]\d{2}([.-])[2-9]\d{2}\1\d{4}(?![\w-])",  # 415-555-0142, 415.555.0142
    r"(?<![\w.-])\+1 ?[2-9]\d{2} ?[2-9]\d{2} ?\d{4}(?![\w-])",  # +1 415 555 0142, +14155550142
    r"(?P<card>(?<![\w.-])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\w-])(?!\.\d)"
    r"|(?<![\w.-])3\d{3}[ -]?\d{6}[ -]?\d{4,5}(?![\w-])(?!\.\d))",
)
_ANY = re.compile("|".join(_SHAPES), re.DOTALL)
#: Without one of these in it, no shape can match: most log lines end here.
_HINT = re.compile(
    r"[@!]|%40|%21|\d{4}|eyJ|5Ae|MII|-BEGIN|A[KS]IA|[A-F]\d|[A-F]{4}|(?i:authoriz|token|secret|assert|sid)"
)


def mask(text: str) -> tuple[str, int]:
    """The text with what is personal or secret by its shape replaced, and how many times."""
    if not _HINT.search(text):
        return text, 0
    count = 0

    def hide(found: re.Match[str]) -> str:
        nonlocal count
        card = found["card"]
        if card is not None and not _is_card(card):
            return card
        count += 1
        return MASK

    return _ANY.sub(hide, text), count


def _is_card(text: str) -> bool:
    """Whether digits are a card number: an issuer's length and prefix, and the check digit (ISO/IEC 7812)."""
    digits = re.sub(r"\D", "", text)
    return _is_issued(digits) and luhn.is_valid(digits)


def _is_issued(digits: str) -> bool:
    size, two, four = len(digits), int(digits[:2]), int(digits[:4])
    return (
        (digits[0] == "4" and size in (13, 16, 19))  # Visa
        or (size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))  # Mastercard
        or (size == 15 and two in (34, 37))  # American Express
        or (size == 14 and (two in (36, 38) or 3000 <= four <= 3059))  # Diners Club
        or (16 <= size <= 19 and (two == 65 or four == 6011 or 6440 <= four <= 6499 or 3528 <= four <= 3589))
    )  # Discover, JCB
