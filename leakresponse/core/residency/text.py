"""Small text tools of the residency resolver: one normal form for look-ups, and the marks of damaged text."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

#: What people and import jobs write when they have nothing to write, squeezed.
PLACEHOLDERS: frozenset[str] = frozenset(
    {
        "none", "null", "nil", "na", "nan", "unknown", "unk", "unkn", "undefined", "notapplicable",
        "notavailable", "notprovided", "notspecified", "notgiven", "notset", "noneselected", "unspecified",
        "select", "selectstate", "selectastate", "selectone", "pleaseselect", "choose", "chooseone",
        "choosestate", "chooseastate", "tbd", "tba", "tbc", "test", "testing", "blank", "empty", "other",
        "others", "xx", "xxx", "xxxx", "x", "zz", "zzz", "0", "00", "000", "foreign", "international", "intl",
        "outsideus", "outsideusa", "nonus", "noaddress", "nostate", "statenotlisted", "nozip", "nozipcode",
        "same", "sameasbilling", "sameasabove", "sameasshipping", "samesabove", "state", "stateprovince",
        "default", "dummy", "missing",
    }
)  # fmt: skip

_PACKAGE = "leakresponse.core.residency"

#: Mac Roman blanks, replacement signs, UTF-8 read as Latin-1 or Windows-1252.
_MOJIBAKE = re.compile(
    "(?:^|\\s)\u00ca|\u00ca(?:\\s|$)|[\ufffd\u0080-\u009f]|[\u00c2\u00c3][\u00a0-\u00bf]|\u00e2\u20ac"
)


@lru_cache(maxsize=200_000)
def squeeze(text: str) -> str:
    """Letters and digits only, lower case, without accents: 'N. Mex.' and 'n mex' become 'nmex'."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c for c in text.casefold() if c.isalnum())


def is_placeholder(text: str) -> bool:
    """Whether a field says, in words, that it says nothing; an empty field does so too."""
    key = squeeze(text)
    return not key or key in PLACEHOLDERS


def has_mojibake(text: str) -> bool:
    """Signs of text read with the wrong encoding: replacement signs, UTF-8 read as Latin-1, Mac Roman blanks."""
    return not text.isascii() and _MOJIBAKE.search(text) is not None


def data_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one table of this package's data folder."""
    text = (files(_PACKAGE) / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
