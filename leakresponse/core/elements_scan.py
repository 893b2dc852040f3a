"""What free text gives away: payment cards, social security numbers, and secrets that open other systems.

Nothing here returns a value that was found: only elements, and fingerprints of secrets by which the same secret is
known again. Issuer ranges and lengths follow the card networks' public tables (ISO/IEC 7812 prefixes, as listed by
Vantiv "Credit Card Number Formats" and Wikipedia "Payment card number"); SSN rules are python-stdnum's; AWS key id
prefixes AKIA (long-term) and ASIA (temporary) are from the IAM and STS documentation (GetAccessKeyInfo).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from stdnum import luhn
from stdnum.us import ssn

from leakresponse.core.elements import bits_of, bits_to_lists
from leakresponse.core.exposure_ids import matching

_CARD = re.compile(r"(?<![\d-])(?:\d[ -]?){12,18}\d(?![\d-])")
_CODE = re.compile(r"\b(?:cvv2?|cvc2?|cid|security code)\W{0,4}\d{3,4}\b", re.IGNORECASE)
_EXPIRY = re.compile(r"\b(?:exp\w*\W{0,3})?(?:0[1-9]|1[0-2]) ?/ ?(?:20)?\d{2}\b", re.IGNORECASE)
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_SSN_BARE = re.compile(
    r"\b(?:ssn|social security(?: number| no)?)\W{0,4}(?:is\W{0,2})?(\d{9}|\d{3} \d{2} \d{4})\b", re.IGNORECASE
)
#: (first prefix, last prefix, lengths): the prefix is compared over its own number of digits.
_ISSUERS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("4", "4", (13, 16, 19)),
    ("51", "55", (16,)), ("2221", "2720", (16,)),
    ("34", "34", (15,)), ("37", "37", (15,)),
    ("6011", "6011", (16, 19)), ("644", "649", (16, 19)), ("65", "65", (16, 19)),
    ("3528", "3589", (16, 17, 18, 19)),
    ("300", "305", (14,)), ("309", "309", (14,)), ("36", "36", (14,)), ("38", "39", (14,)),
    ("62", "62", (16, 17, 18, 19)),
)  # fmt: skip
_SECRETS: tuple[tuple[str, str], ...] = (
    ("aws_access_key_id", r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b"),
    ("aws_secret_key", r"(?i:secret)[\w ]{0,24}\W{1,4}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])"),
    ("private_key", r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)"),
    ("url_with_credentials", r"\b([A-Za-z][A-Za-z0-9+.-]{1,12}://[^\s:@/]+:[^\s@/]+@[^\s]+)"),
    ("token", r"\b(gh[pousr]_[A-Za-z0-9]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})"),
    ("api_key", r"\b(?i:api[_ -]?key|access[_ -]?token|client[_ -]?secret)\W{1,4}([A-Za-z0-9_.-]{16,})"),
    (
        "password",
        r"\b(?i:password|passwd|passphrase|passcode|pwd)\b\s*(?:is\b|was\b|[:=]|->)?\s*[\"']?([^\s\"',;]{6,64})",
    ),
    ("remote_access_link", r"\b(https?://[^\s]*(?i:vpn|sso|anyconnect|globalprotect|citrix)[^\s]*)"),
    ("snowflake_host", r"\b([A-Za-z0-9_.-]+\.snowflakecomputing\.com)\b"),
)
_SECRET_RULES = tuple((kind, re.compile(pattern)) for kind, pattern in _SECRETS)
#: Cheap test before the rules: a text without any of these words cannot hold a secret.
_HINT = (
    r"(?i)akia|asia|secret|private key|://|gh[pousr]_|xox|eyj|api.?key|token|passw|passphrase|passcode|pwd|snowflake"
)


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """A secret found in exposed text: what kind, in which record and field, and its fingerprint; never the value."""

    kind: str
    object: str
    record_id: str
    field: str
    fingerprint: str


def scan_text(texts: pd.Series) -> pd.Series:
    """For each text the sorted list of data elements that its content shows (cards, social security numbers)."""
    return bits_to_lists(scan_bits(texts))


def scan_bits(texts: pd.Series) -> pd.Series:
    """`scan_text` as element bits; only texts with a run of digits are looked at closely."""
    filled = texts.fillna("").astype("str")
    bits = np.zeros(len(texts), dtype=np.int64)
    close = matching(filled, r"\d[\d -]{7,}\d")
    bits[close] = [_bits_in(text) for text in filled[close].tolist()]
    return pd.Series(bits, index=texts.index)


def find_secrets(object_name: str, record_ids: pd.Series, texts: pd.Series, field: str) -> list[SecretFinding]:
    """Secrets in a column of text, each once per record."""
    filled = texts.fillna("").astype("str")
    wanted = matching(filled, _HINT)
    found: dict[tuple[str, str], SecretFinding] = {}
    for record_id, text in zip(record_ids[wanted].tolist(), filled[wanted].tolist(), strict=True):
        for kind, value in _secrets_in(text):
            mark = fingerprint(value)
            found.setdefault((str(record_id), mark), SecretFinding(kind, object_name, str(record_id), field, mark))
    return list(found.values())


def fingerprint(value: str) -> str:
    """The first 16 hexadecimal digits of SHA-256: enough to know a secret again, useless to use it."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def is_card_number(digits: str) -> bool:
    """Whether digits are a card number by issuer range, length and check digit."""
    if len(set(digits)) == 1 or not luhn.is_valid(digits):
        return False
    return any(first <= digits[: len(first)] <= last and len(digits) in lengths for first, last, lengths in _ISSUERS)


def _bits_in(text: str) -> int:
    names: set[str] = set()
    if any(is_card_number(re.sub(r"\D", "", found)) for found in _CARD.findall(text)):
        names.add(_card_element(text))
    if any(ssn.is_valid(found) for found in _ssns_in(text)):
        names.add("ssn")
    return bits_of(names)


def _ssns_in(text: str) -> Sequence[str]:
    return [*_SSN.findall(text), *(re.sub(r"\D", "", found) for found in _SSN_BARE.findall(text))]


def _card_element(text: str) -> str:
    if _CODE.search(text):
        return "payment_card_with_code"
    return "payment_card_with_expiry" if _EXPIRY.search(text) else "payment_card_alone"


def _secrets_in(text: str) -> Iterator[tuple[str, str]]:
    taken: list[tuple[int, int]] = []
    for kind, pattern in _SECRET_RULES:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            value = match.group(1).rstrip(".)")
            if any(start < other_end and end > other_start for other_start, other_end in taken):
                continue
            if kind == "password" and not _looks_like_password(value):
                continue
            taken.append((start, end))
            yield kind, value


def _looks_like_password(value: str) -> bool:
    """A word alone ("password reset") is prose; a password mixes letters with digits or signs."""
    return bool(re.search(r"[A-Za-z]", value)) and bool(re.search(r"[\d!@#$%^&*?_+=~-]", value[1:]))
