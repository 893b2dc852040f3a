"""Uploaded CSV: read with the job's delimiter, checked as Salesforce checks it, one record at a time.

Bulk API 2.0 guide, "Prepare CSV Files", "Relationship Fields in a Header Row": `#N/A` empties a field, an empty value
leaves it alone, `Account.Number__c` names the parent by an external id. A header that does not fit fails the whole job;
words as published from real orgs (node-sf-bulk2 issue 17: "InvalidBatch : Field name not found : Name").
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org.bulk_files import DELIMITERS
from leakresponse.rehearsal.org.schema import SObject

NULL = "#N/A"
#: Characters in one field (guide, "Limits").
MAX_FIELD = 32_000
csv.field_size_limit(1 << 24)


class BadUpload(Exception):
    """What was uploaded cannot be worked on at all; the text is the job's errorMessage."""


def records_of(path: Path, delimiter: str) -> Iterator[list[str]]:
    """Header first, then every record; line ends inside quotes stay. Empty lines are no records."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        try:
            yield from (row for row in csv.reader(text, delimiter=DELIMITERS[delimiter]) if row)
        except csv.Error:
            raise BadUpload("InvalidBatch : Failed to parse CSV data") from None


def check_line_ends(path: Path, wanted: str) -> None:
    """Raises BadUpload where the header line ends otherwise than the job says (the words are from memory of posts)."""
    with path.open("rb") as content:
        head = content.readline()
    if head.endswith(b"\n") and head.endswith(b"\r\n") != (wanted == "CRLF"):
        words = f"LineEnding is invalid on user data. Current LineEnding setting is {wanted}"
        raise BadUpload(f"ClientInputError : {words}")


def check_header(obj: SObject, header: Sequence[str]) -> None:
    """Raises BadUpload for a column that the object does not have, or has twice."""
    seen: set[str] = set()
    for name in header:
        link, dot, _ = name.partition(".")
        known = obj.reference(_relationship(link)) if dot else obj.field(name)
        if known is None:
            raise BadUpload(f"InvalidBatch : Field name not found : {name}")
        if name.lower() in seen:
            raise BadUpload(f"InvalidBatch : Duplicate field name : {name}")
        seen.add(name.lower())


def values(header: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """One record as the JSON of a single write would have it, empty values left out."""
    found: dict[str, Any] = {}
    for name, text in zip(header, row, strict=False):
        if text == "":
            continue
        value = None if text == NULL else text
        link, dot, field = name.partition(".")
        if dot:
            found[_relationship(link)] = {field: value}
        else:
            found[name] = value
    return found


def _relationship(text: str) -> str:
    """`Lead:Who` names the object too, for references with several targets; the relationship alone is used."""
    return text.rpartition(":")[2]


class Writer:
    """Lines of a result in the job's own dialect, everything quoted."""

    def __init__(self, delimiter: str, ending: str) -> None:
        self._out = io.StringIO()
        self._writer = csv.writer(
            self._out, quoting=csv.QUOTE_ALL, delimiter=DELIMITERS[delimiter], lineterminator=ending
        )

    def line(self, row: Sequence[str]) -> bytes:
        """One record."""
        self._out.seek(0)
        self._out.truncate()
        self._writer.writerow(row)
        return self._out.getvalue().encode()
