"""What a postal code field says: a ZIP, a damaged ZIP, a masked one, a foreign code, or nothing.

Spreadsheets drop leading zeros, forms drop hyphens, people type O for 0. A repair is a proposal: `repaired` says which
one was made, and the caller decides by country, state and city whether to believe it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from leakresponse.core.residency.countries import telling_country
from leakresponse.core.residency.states import read_state

Kind = Literal["blank", "zip", "masked", "foreign", "bad"]
Repair = Literal["", "zero", "signs"]

_PLAIN = re.compile(r"(\d{5})(?:[- ]?(\d{4}))?")
_SHORT = re.compile(r"(\d{3,4})(?:-(\d{4}))?")
_SHORT_RUN = re.compile(r"\d{7,8}")
_NUMBER = re.compile(r"(\d{3,5})\.0+")
_TAIL = re.compile(r"[-?.,;:'`#*\s]+$")
_MASKED = re.compile(r"(\d{3})(?:[X*#?_.-]{2}|\d?[X*#]{1,2})(?:-?[X*#]{4})?")
_LOOKALIKE = re.compile(r"[\dOQIL]{5}")
_INSIDE = re.compile(r"(?<!\d)(\d{5})(?:-(\d{4}))?(?!\d)")
_SWAP = str.maketrans("OQIL", "0011")


@dataclass(frozen=True, slots=True)
class Postal:
    """A read postal code. `zip5` is set for kind zip, `zip3` for masked, `country` for foreign.

    `state` is a state code found beside or instead of the ZIP; `raw` is the text as typed, for foreign forms.
    """

    kind: Kind
    raw: str = ""
    zip5: str = ""
    zip3: str = ""
    country: str = ""
    repaired: Repair = ""
    state: str = ""
    flags: tuple[str, ...] = ()


def _zip(raw: str, zip5: str, repaired: Repair, *flags: str, state: str = "") -> Postal:
    return Postal("zip", raw, zip5, zip5[:3], "", repaired, state, tuple(f for f in flags if f))


def _plain(raw: str, text: str) -> Postal | None:
    match = _PLAIN.fullmatch(text)
    return _zip(raw, match[1], "", "ZIP_PLUS4" if match[2] else "") if match else None


def _lost_zero(raw: str, text: str) -> Postal | None:
    """3 or 4 digits, or 7 or 8 of a ZIP+4 run together: what is left of a ZIP that a spreadsheet took for a number."""
    short = _SHORT.fullmatch(text)
    if short:
        return _zip(raw, short[1].zfill(5), "zero", "ZIP_LEADING_ZERO_LOST", "ZIP_PLUS4" if short[2] else "")
    if _SHORT_RUN.fullmatch(text):
        return _zip(raw, text.zfill(9)[:5], "zero", "ZIP_LEADING_ZERO_LOST", "ZIP_PLUS4")
    return None


def _number(raw: str, text: str) -> Postal | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if len(match[1]) == 5:
        return _zip(raw, match[1], "", "ZIP_NUMBER_TYPE")
    return _zip(raw, match[1].zfill(5), "zero", "ZIP_LEADING_ZERO_LOST", "ZIP_NUMBER_TYPE")


def _masked(raw: str, text: str) -> Postal | None:
    match = _MASKED.fullmatch(text)
    return Postal("masked", raw, zip3=match[1], flags=("ZIP_MASKED",)) if match else None


def _damaged(raw: str, text: str) -> Postal | None:
    """A stray sign at the end costs nothing; letters for digits and blanks inside need a second witness."""
    cut = _TAIL.sub("", text)
    if cut != text and (plain := _plain(raw, cut)):
        return _zip(raw, plain.zip5, "", "ZIP_MALFORMED", *plain.flags)
    joined = text.replace(" ", "")
    if joined != text and re.fullmatch(r"\d{5}", joined):
        return _zip(raw, joined, "signs", "ZIP_MALFORMED")
    if _LOOKALIKE.fullmatch(text) and sum(c.isdigit() for c in text) >= 3:
        return _zip(raw, text.translate(_SWAP), "signs", "ZIP_MALFORMED")
    return None


def _beside_words(raw: str, text: str) -> Postal | None:
    """'CA 94109' or 'NY': the state belongs to the field beside this one."""
    match = _INSIDE.search(text)
    words = (text[: match.start()] + text[match.end() :]).strip(" ,.-") if match else text
    state = read_state(words)
    code = state.code if state.kind == "state" and state.how != "fips" else ""
    if match and (code or not any(c.isdigit() for c in words)):
        return _zip(raw, match[1], "", "ZIP_MALFORMED", "ZIP_PLUS4" if match[2] else "", state=code)
    if not any(c.isdigit() for c in text):
        return Postal("bad", raw, state=code, flags=("ZIP_NOT_A_ZIP",))
    return None


@lru_cache(maxsize=500_000)
def read_postal(field: str) -> Postal:
    """Read one postal code field as typed."""
    raw = field.strip()
    if not raw:
        return Postal("blank", flags=("ZIP_BLANK",))
    text = unicodedata.normalize("NFKC", raw).upper()
    found = _plain(raw, text)
    if found is not None:
        return found
    country = telling_country(text)
    if country:
        return Postal("foreign", raw, country=country)
    for reader in (_lost_zero, _number, _masked, _damaged, _beside_words):
        found = reader(raw, text)
        if found is not None:
            return found
    return Postal("bad", raw, flags=("ZIP_MALFORMED",))
