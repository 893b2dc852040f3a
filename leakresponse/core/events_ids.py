"""Salesforce record ids: 15 case-sensitive characters, or the same with a 3-character checksum.

Logs mix both forms (`USER_ID` 15, `USER_ID_DERIVED` 18), so everything is brought to 18 before anything is joined.
"""

from __future__ import annotations

import re

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID15 = re.compile(r"[0-9A-Za-z]{15}\Z")
_ID18 = re.compile(r"[0-9A-Za-z]{15}[A-Z0-5]{3}\Z")


def checksum(id15: str) -> str:
    """The three characters that carry the case of a 15-character id, five characters to one."""
    return "".join(
        _ALPHABET[sum(1 << bit for bit, char in enumerate(id15[start : start + 5]) if "A" <= char <= "Z")]
        for start in (0, 5, 10)
    )


def to18(value: str) -> str:
    """The 18-character form; text that is no id (a consumer key, a word) comes back as it is."""
    return value + checksum(value) if _ID15.match(value) else value


def is_record_id(value: str) -> bool:
    """Whether a text has the form of an id; 18-character ones must carry the right checksum.

    All-letter words of 15 characters are refused: every id holds a digit in its key prefix or server part.
    """
    if _ID18.match(value):
        return checksum(value[:15]) == value[15:]
    return bool(_ID15.match(value)) and any(char.isdigit() for char in value)
