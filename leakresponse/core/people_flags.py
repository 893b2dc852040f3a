"""What a record says of the person beside the data: a test row, deceased, an address that must stay secret, staff.

A mark changes who is written to and how, never whether a person is counted: a notice to a protected address may itself
do harm, one to the dead goes to the next of kin, a test row is looked at by a person before it is left out.

Sources: names of address confidentiality programs as the states use them (California "Safe at Home", Gov. Code 6205 and
following; "Address Confidentiality Program" in Washington, RCW 40.24, New York and most others); domains reserved for
examples and tests by RFC 2606.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.elements import PERSON_OBJECTS, text_fields, words
from leakresponse.core.exposure_ids import matching
from leakresponse.core.people_nodes import Ints, text
from leakresponse.core.types import ObjectInfo

#: Marks as bits in this order; the names are those of people.parquet's flags.
RECORD_FLAGS: Final = ("deceased", "protected_address", "staff", "test_row")

_PROTECTED_TEXT: Final = (
    r"(?i)\baddress confidentiality\b|\bsafe at home (participant|program|member|enrol)|\bprotected address\b|"
    r"\baddress (is )?protected\b|\b(ACP|address confidentiality) (participant|number|card)\b|\(ACP\)|"
    r"\bconfidential address\b|\bdo not disclose (the |her |his |their )?address\b"
)
_DECEASED_TEXT: Final = (
    r"(?i)\b(customer|client|member|account holder|he|she|husband|wife) (is |has |was |recently )*"
    r"(deceased|passed away|died)\b|^deceased\b|\bdeceased customer\b"
)
_DECEASED_NAME: Final = r"(?i)\bestate of\b|\bdeceased\b|\bdec'd\b"
_TEST_NAME: Final = (
    r"(?i)^(test|dummy|fake|sample|qa|do not use|asdf|xxx+)( |\d|$)|"
    r"\b(test|dummy|do not use)( (user|record|contact|account|lead))?\d*$"
)
_TEST_MAIL: Final = r"(?i)^(test|qa|dummy)[._+-]?\d*@"
_RESERVED: Final = r"(?i)@([^@]+\.)?(example\.(com|org|net)|test|invalid|localhost)$"
_TEXT_RULES: Final = (("protected_address", _PROTECTED_TEXT), ("deceased", _DECEASED_TEXT))
_TEXT_HINT: Final = r"(?i)confidential|protected|safe at home|\(?ACP|disclose|deceased|passed away|died"
#: A case's subject that starts with "test" is about a test, so names are asked of people alone.
_NAME_RULES: Final = (("test_row", _TEST_NAME), ("deceased", _DECEASED_NAME))
_NAME_HINT: Final = r"(?i)test|dummy|fake|sample|qa|do not use|asdf|xxx|estate of|dec(eased|'d)"
#: Fields that say it by themselves, over the words of an API name.
_FIELDS: Final = (
    ("deceased", re.compile(r"deceased|death ?date|date of death", re.IGNORECASE)),
    ("protected_address", re.compile(r"address (confidential|protect)|protected address|\bacp\b|safe at home", re.I)),
    ("test_row", re.compile(r"is test|test (record|row|data)|seed data", re.IGNORECASE)),
    ("staff", re.compile(r"is employee|employee (number|id)|\bstaff\b", re.IGNORECASE)),
)
_NO: Final = r"(?i)^(false|0|no|n|none|)$"


def record_flags(info: ObjectInfo, frame: pd.DataFrame) -> Ints:
    """The marks of each record as bits, from its own fields, names, addresses and texts."""
    bits = np.zeros(len(frame), dtype=np.int64)
    for field in info.fields.values():
        if field.name in frame:
            for name, pattern in _FIELDS:
                if pattern.search(words(field.name)):
                    bits[~matching(text(frame, field.name), _NO)] |= _bit(name)
    personal = ("FirstName", "LastName", "Name") if info.name in PERSON_OBJECTS else ()
    for fields, hint, rules in (
        (text_fields(info), _TEXT_HINT, _TEXT_RULES),
        ((*personal, "SuppliedName"), _NAME_HINT, _NAME_RULES),
    ):
        for one in fields:
            if one in frame:
                bits |= _marked(text(frame, one), hint, rules)
    for field in info.fields.values():
        if field.type == "email" and field.name in frame:
            bits[_is_test_mailbox(text(frame, field.name))] |= _bit("test_row")
    return bits | _bit("staff") if info.name == "User" else bits


def _is_test_mailbox(said: pd.Series) -> npt.NDArray[np.bool_]:
    """Where half of all mailboxes or more are in reserved domains, the org is a test as a whole and no row is."""
    reserved = matching(said, _RESERVED)
    whole = 2 * int(reserved.sum()) >= max(1, int((said != "").sum()))
    return matching(said, _TEST_MAIL) | (reserved if not whole else np.zeros(len(said), dtype=np.bool_))


def _marked(said: pd.Series, hint: str, rules: tuple[tuple[str, str], ...]) -> Ints:
    """Bits of each text; the rules are asked only where the hint is, which is nearly nowhere."""
    bits = np.zeros(len(said), dtype=np.int64)
    places = np.flatnonzero(matching(said, hint))
    for name, pattern in rules if len(places) else ():
        bits[places[matching(said.iloc[places], pattern)]] |= _bit(name)
    return bits


def flags_by_person(
    nodes: pd.DataFrame, person: Ints, records: Mapping[str, pd.DataFrame], describe: Mapping[str, ObjectInfo]
) -> dict[str, npt.NDArray[np.int64]]:
    """Flag to the numbers of the persons that any of their own records marks; `person` numbers each node's person."""
    marks = np.zeros(len(nodes), dtype=np.int64)
    place = pd.Index(nodes["id"])
    for name, frame in records.items():
        if name in describe and len(frame) and "Id" in frame:
            bits = record_flags(describe[name], frame)
            marked = np.flatnonzero(bits)
            at = place.get_indexer(text(frame, "Id").iloc[marked])
            marks[at[at >= 0]] |= bits[marked][at >= 0]
    return {name: np.unique(person[(marks & _bit(name)) != 0]) for name in RECORD_FLAGS}


def _bit(name: str) -> np.int64:
    return np.int64(1 << RECORD_FLAGS.index(name))
