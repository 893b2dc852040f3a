"""What free text gives away about a person: numbers of cards, documents and accounts, ways to reach them.

Only texts with a run of digits, an @ or a telling word are looked at closely, and each distinct text once, so that two
million texts stay a matter of seconds. Nothing here returns a value that was found: element bits, marks and counts.

Rules of numbers: cards in elements_cards; SSN (area, group, serial, the three printed in advertisements) and ITIN
(9xx, groups 70 to 99 without 89 and 93) as python-stdnum has them from the SSA and the IRS; IBAN by ISO 13616 check
digits; phone numbers by Google's numbering plans (phonenumbers), without the fictional 555-0100 to 0199 of NANPA.
Health words are a mark for a person to look at and never an element: "allergy" in a text is no medical record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import phonenumbers
from stdnum import iban
from stdnum.us import itin, rtn, ssn

from leakresponse.core.elements import bits_of, strongest_card
from leakresponse.core.elements_cards import CARD, VERDICT_NAMES, judge
from leakresponse.core.exposure_ids import matching

#: What a text is marked with beside its elements, as bits in this order.
MARKS: Final = ("test_card", "health_words")
#: How far from a card number its code or expiry may stand, in characters: a gateway's payload is one line.
NEARBY: Final = 120

_CLOSE: Final = (
    r"(?i)\d[\d -]{7,}\d|@|\bdl\b|licen[cs]e|passport|birth|\bdob\b|"
    r"\b[A-Z]{2}\d{2} ?[A-Z0-9]{4}|\d{3}[).\- ]{1,2}\d{3}[.\- ]\d{4}"
)
_HEALTH: Final = (
    r"(?i)\b(diagnos(?:is|ed)|medication|prescription|chemotherapy|insulin|pregnan(?:t|cy)|HIV|surgery|oncolog\w*|"
    r"psychiatr\w*|depression|disabilit(?:y|ies)|allerg(?:y|ic|ies)|wheelchair|diabet\w*)\b"
)
_CARD = re.compile(r"(?<![\d-])(?:\d[ -]?){11,18}\d(?![\d-])")
_CODE = re.compile(r"\b(?:cvv2?|cvc2?|cvn2?|cid|security ?code|card ?code)\W{0,5}\d{3,4}(?!\d)", re.IGNORECASE)
_EXPIRY = re.compile(
    r"(?<![\d/])(?:0[1-9]|1[0-2]) ?/ ?(?:20)?\d{2}(?![\d/])"
    r"|\b(?:exp\w*|valid ?(?:thru|to|until))\W{0,5}(?:0?[1-9]|1[0-2]|20\d{2})(?!\d)",
    re.IGNORECASE,
)
#: A label right before the digits that says what they are instead: an order, a parcel, a device.
_OTHER_LABEL = re.compile(
    r"(?:order|parcel|track\w*|shipment|waybill|invoice|ticket|case|member\w*|loyalty|serial|imei|sku|upc|ean|ref\w*"
    r"|session|request|trace)[\W_]*(?:id|no|num|number|code|key)?[\W_]*(?:is)?[\W_]*$",
    re.IGNORECASE,
)
_NINE = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_NINE_LABELLED = re.compile(
    r"\b(?:ssn|social security(?: number| no)?|itin|taxpayer id(?:entification)?(?: number| no)?)\W{0,4}(?:is\W{0,2})?"
    r"(\d{9}|\d{3} \d{2} \d{4})\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_BANK = re.compile(r"\b(?:bank |checking |savings )?acc(?:oun)?t (?:number|no|#)\W{0,4}(?:is\W{0,2})?\d{6,17}\b", re.I)
_ROUTING = re.compile(r"\b(?:routing|aba|rtn)(?: (?:number|no|#))?\W{0,4}(?:is\W{0,2})?(\d{9})\b", re.I)
_LICENCE = re.compile(
    r"\b(?:driver'?s? licen[cs]e|driving licen[cs]e|dl)(?: (?:number|no|num|#))?\W{0,4}(?:is\W{0,2})?"
    r"((?=[A-Z0-9-]*\d{4})[A-Z]{0,3}\d[A-Z0-9-]{4,17})\b",
    re.IGNORECASE,
)
_PASSPORT = re.compile(r"\bpassport(?: (?:number|no|num|#))?\W{0,4}(?:is\W{0,2})?([A-Z]?\d{7,9})\b", re.IGNORECASE)
_BIRTH = re.compile(
    r"\b(?:dob|date of birth|birth ?date|born(?: on)?)\W{0,4}(?:is\W{0,2})?"
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2})\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w:/.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b(?!:)")
_PHONE = re.compile(r"(?<![\d+-])(?:\+\d[\d ().-]{8,17}\d|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4})(?![\d-])")
_FICTIONAL = re.compile(r"55501\d{2}$")


@dataclass(frozen=True, slots=True)
class Scan:
    """`bits`: elements of each text (numbered as DATA_ELEMENTS); `marks`: as MARKS; `figures`: card-like numbers by
    verdict (card, test, bad_check_digit, no_issuer, other_label), counted once in each text they stand in."""

    bits: pd.Series
    marks: pd.Series
    figures: Mapping[str, int]


def scan(texts: pd.Series) -> Scan:
    """Elements and marks of each text; missing texts have none."""
    filled = texts.fillna("").astype("str")
    close = np.flatnonzero(matching(filled, _CLOSE))
    codes, distinct = pd.factorize(filled.iloc[close])
    times = np.bincount(codes, minlength=len(distinct))
    words = [str(text) for text in distinct]
    found, marks, figures = _scan_distinct(words, times)
    bits = np.zeros(len(texts), dtype=np.int64)
    marked = np.where(matching(filled, _HEALTH), mark_bit("health_words"), 0).astype(np.int64)
    bits[close] = found[codes]
    marked[close] |= marks[codes]
    return Scan(pd.Series(bits, index=texts.index), pd.Series(marked, index=texts.index), figures)


def _scan_distinct(texts: list[str], times: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """Bits and marks of each distinct text, and the figures with `times` each text occurs."""
    bits = np.array([_numbers(text) for text in texts], dtype=np.int64)
    marks = np.zeros(len(texts), dtype=np.int64)
    figures: Counter[str] = Counter()
    cards = list(_card_like(texts))
    verdicts = judge(pd.Series([digits for _, _, _, digits in cards], dtype="str"))
    for (at, start, end, _), verdict in zip(cards, verdicts.tolist(), strict=True):
        name = _verdict_name(texts[at], start, verdict)
        figures[name] += int(times[at])
        if name == "card":
            bits[at] |= bits_of([_card_element(texts[at][max(0, start - NEARBY) : end + NEARBY])])
        elif name == "test":
            marks[at] |= mark_bit("test_card")
    return strongest_card(bits), marks, {name: figures[name] for name in sorted(figures)}


def _card_like(texts: list[str]) -> Iterator[tuple[int, int, int, str]]:
    """(text, start, end, digits) of every run that is as long as a card number."""
    for at, text in enumerate(texts):
        for match in _CARD.finditer(text):
            yield at, match.start(), match.end(), re.sub(r"\D", "", match.group())


def _verdict_name(text: str, start: int, verdict: int) -> str:
    if verdict == CARD and _OTHER_LABEL.search(text[max(0, start - 40) : start]):
        return "other_label"
    return VERDICT_NAMES[verdict]


def _card_element(context: str) -> str:
    if _CODE.search(context):
        return "payment_card_with_code"
    return "payment_card_with_expiry" if _EXPIRY.search(context) else "payment_card_alone"


def _numbers(text: str) -> int:
    """Elements by everything that is no card; a rule is asked only where one of its words stands."""
    lowered = text.lower()
    names = {
        name for name, hints, pattern in _LABELLED if any(h in lowered for h in hints) and pattern.search(text)
    }  # fmt: skip
    nine = _NINE.findall(text)
    if any(hint in lowered for hint in ("ssn", "social", "itin", "taxpayer")):
        nine += [re.sub(r"\D", "", found) for found in _NINE_LABELLED.findall(text)]
    if any(ssn.is_valid(found) for found in nine):
        names.add("ssn")
    if any(itin.is_valid(found) for found in nine):
        names.add("taxpayer_id")
    if _has_account(text, lowered):
        names.add("account_number_alone")
    if any(_is_phone(found) for found in _PHONE.findall(text)):
        names.add("phone")
    return bits_of(names)


_LABELLED: Final = (
    ("drivers_license", ("licen", "dl"), _LICENCE), ("passport", ("passport",), _PASSPORT),
    ("dob", ("dob", "birth", "born"), _BIRTH), ("email", ("@",), _EMAIL),
)  # fmt: skip


def _has_account(text: str, lowered: str) -> bool:
    """An IBAN, or a US account number beside a routing number that passes its check digit."""
    if any(iban.is_valid(found) for found in _IBAN.findall(text)):
        return True
    if not any(hint in lowered for hint in ("routing", "aba", "rtn")):
        return False
    return bool(_BANK.search(text)) and any(rtn.is_valid(found) for found in _ROUTING.findall(text))


def _is_phone(found: str) -> bool:
    try:
        number = phonenumbers.parse(found, "US")
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) and not _FICTIONAL.search(str(number.national_number))


def mark_bit(name: str) -> np.int64:
    """The bit of one mark."""
    return np.int64(1 << MARKS.index(name))
