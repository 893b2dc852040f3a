"""Requests of people to see or erase their data, which come in while a case is open, and whose they are.

Answering the wrong person would be a second leak. So a request counts as matched only where it names a record of one
person, or where its e-mail and its name both are that person's; everything else goes to a human, who decides. To match
is not to verify who is asking: that stays the work of whoever sends the answer.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from email import message_from_bytes, policy
from email.utils import parseaddr, parsedate_to_datetime
from typing import Literal

import pandas as pd

from leakresponse.core.errors import BadInput
from leakresponse.core.events_ids import to18
from leakresponse.core.people_nodes import normal_email, normal_name

Kind = Literal["access", "deletion", "other"]
#: matched: one person; unsure: a human decides whose it is; unknown: nobody of the case answers to it.
Outcome = Literal["matched", "unsure", "unknown"]
LONGEST_TEXT = 1 << 20

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "request_id": ("request id", "id", "ticket", "ticket id", "reference", "case number"),
    "kind": ("kind", "type", "request type", "right"),
    "received_at": ("received at", "received", "created", "created date", "date", "submitted at"),
    "name": ("name", "full name", "data subject", "data subject name"),
    "first_name": ("first name",),
    "last_name": ("last name",),
    "email": ("email", "e mail", "email address", "data subject email"),
    "postal_code": ("postal code", "zip", "zip code", "mailing postal code"),
    "record_id": ("record id", "salesforce id", "contact id", "related record"),
}
_DELETION = re.compile(r"\b(delet\w*|eras\w*|rtbf|forget|forgotten|remove my)\b", re.IGNORECASE)
_ACCESS = re.compile(r"\b(access|dsar|know|copy of|what (data|information)|portab\w*|disclos\w*)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class SubjectRequest:
    """One request. Everything but id, source and kind may be personal data, so `repr` shows those alone."""

    request_id: str
    source: str
    kind: Kind
    received_at: str = ""
    name: str = ""
    email: str = ""
    postal_code: str = ""
    record_id: str = ""

    def __repr__(self) -> str:
        return f"SubjectRequest({self.request_id}, {self.source}, {self.kind})"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read, and for each row that could not its number (the header is row 1) and why."""

    requests: tuple[SubjectRequest, ...]
    rejected: tuple[tuple[int, str], ...] = ()


def read_csv(content: bytes) -> Parsed:
    """Requests of a privacy centre's export: UTF-8, headers in any order, unknown ones ignored.

    A row that names nobody is rejected, never dropped. Raises BadInput where the file is no such table.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("requests: the file is not UTF-8") from None
    rows = csv.reader(io.StringIO(text))
    header = next(rows, [])
    names = [_column(cell) for cell in header]
    if not {"email", "name", "record_id", "last_name"} & set(names):
        raise BadInput("requests: no column names a person (email, name, record id)")
    found: list[SubjectRequest] = []
    rejected: list[tuple[int, str]] = []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            rejected.append((number, f"{len(row)} columns instead of {len(header)}"))
            continue
        request = request_of(dict(zip(names, (cell.strip() for cell in row), strict=True)), "csv")
        if request is None:
            rejected.append((number, "names nobody"))
        else:
            found.append(request)
    return Parsed(tuple(found), tuple(rejected))


def read_email(content: bytes) -> Parsed:
    """One request that came as a mail (RFC 5322): who wrote it, when, and what the subject and text ask for."""
    message = message_from_bytes(content[:LONGEST_TEXT], policy=policy.default)
    name, address = parseaddr(str(message.get("From", "")))
    if not address:
        raise BadInput("requests: the mail names no sender")
    body = message.get_body(("plain", "html"))
    text = f"{message.get('Subject', '')}\n{body.get_content() if body else ''}"
    sent = str(message.get("Date", ""))
    try:
        received = parsedate_to_datetime(sent).isoformat() if sent else ""
    except ValueError:
        received = ""
    identity = str(message.get("Message-ID", "")) or hashlib.sha256(content).hexdigest()
    request = request_of(
        {"request_id": identity, "kind": text, "received_at": received, "name": name, "email": address}, "email"
    )
    return Parsed((request,) if request else ())


def request_of(values: Mapping[str, str], source: str) -> SubjectRequest | None:
    """A request of named values (see `SubjectRequest`; first and last name too); None where they name nobody.

    Its id is a hash of what the source calls it, since that may be an e-mail address.
    """
    whole = values.get("name") or f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    email, record = values.get("email", ""), values.get("record_id", "")
    if not (whole or email or record):
        return None
    identity = values.get("request_id") or "\x1f".join(f"{key}={values[key]}" for key in sorted(values))
    return SubjectRequest(
        f"request-{hashlib.sha256(f'{source}:{identity}'.encode()).hexdigest()[:16]}",
        source,
        kind_of(values.get("kind", "")),
        values.get("received_at", ""),
        whole,
        email,
        values.get("postal_code", ""),
        to18(record) if record else "",
    )


def kind_of(words: str) -> Kind:
    """What is asked for. Erasure goes first, since doing it by mistake cannot be undone; unclear words stay `other`."""
    if _DELETION.search(words):
        return "deletion"
    return "access" if _ACCESS.search(words) else "other"


def frame_of(requests: Iterable[SubjectRequest]) -> pd.DataFrame:
    """One row per request, all columns text; of several with one id the first."""
    names = [one.name for one in fields(SubjectRequest)]
    rows = [[getattr(request, name) for name in names] for request in requests]
    return pd.DataFrame(rows, columns=names, dtype="str").drop_duplicates("request_id", ignore_index=True)


def match(requests: pd.DataFrame, people: pd.DataFrame, recipients: pd.DataFrame) -> pd.DataFrame:
    """`request_id, person_id, outcome, basis, candidates` for each request, in the given order.

    `people` needs `person_id, record_ids`; `recipients` `person_id, name, email, postal_code`. `candidates` counts the
    people who could be meant; `person_id` is "" unless the outcome is `matched`.
    """
    known = recipients.drop_duplicates("person_id")
    ours = pd.DataFrame(
        {
            "person_id": known["person_id"],
            "email": normal_email(known["email"]),
            "name": normal_name(known["name"]),
            "zip": known["postal_code"].str.slice(0, 5),
        }
    )
    asked = requests.assign(
        email=normal_email(requests["email"]),
        name=normal_name(requests["name"]),
        zip=requests["postal_code"].str.slice(0, 5),
    )
    records = people[["person_id", "record_ids"]].explode("record_ids").rename(columns={"record_ids": "record_id"})
    pairs = pd.concat(
        [
            _pairs(asked, records, ["record_id"], "record"),
            _pairs(asked, ours, ["email", "name"], "email and name"),
            _pairs(asked, ours, ["email"], "email alone"),
            _pairs(asked, ours, ["name", "zip"], "name and postal code"),
        ],
        ignore_index=True,
    )
    return pd.DataFrame([_decide(one, found) for one, found in _grouped(asked["request_id"], pairs)])


def _pairs(asked: pd.DataFrame, ours: pd.DataFrame, keys: list[str], basis: str) -> pd.DataFrame:
    """Pairs of a request and a person who agree on all of `keys`, none of them blank."""
    filled = asked[(asked[keys] != "").all(axis=1)]
    found = filled[["request_id", *keys]].merge(ours[["person_id", *keys]], on=keys)
    return found[["request_id", "person_id"]].drop_duplicates().assign(basis=basis)


def _grouped(ids: pd.Series, pairs: pd.DataFrame) -> Iterable[tuple[str, pd.DataFrame]]:
    groups = dict(iter(pairs.groupby("request_id", sort=False)))
    return ((str(one), groups.get(one, pairs.iloc[:0])) for one in ids)


_CERTAIN = ("record", "email and name")


def _decide(request_id: str, found: pd.DataFrame) -> dict[str, object]:
    """The strongest basis speaks; where two strong ones name different people nobody is taken."""
    sure = found[found["basis"].isin(_CERTAIN)]
    persons = sorted(set(sure["person_id"])) or sorted(set(found["person_id"]))
    matched = len(sure) > 0 and len(persons) == 1
    outcome: Outcome = "matched" if matched else "unsure" if persons else "unknown"
    basis = str(found["basis"].iloc[0]) if len(found) else ""
    person = persons[0] if matched else ""
    return {
        "request_id": request_id, "person_id": person, "outcome": outcome, "basis": basis, "candidates": len(persons),
    }  # fmt: skip


def exposure_of(person_id: str, people: pd.DataFrame, exposures: pd.DataFrame) -> dict[str, object]:
    """What a case knows of one person: elements, records by object, first and last read, whether it is certain.

    `possible` says that the logs do not prove for this person what they allow.
    """
    own = people[people["person_id"] == person_id]
    ids = set(own["record_ids"].explode())
    read = exposures[exposures["record_id"].isin(ids)]
    return {
        "person_id": person_id,
        "elements": sorted(set(own["elements"].explode().dropna())),
        "objects": {str(name): int(count) for name, count in read.groupby("object")["record_id"].nunique().items()},
        "first_read": read["first_seen"].min().isoformat() if len(read) else "",
        "last_read": read["last_seen"].max().isoformat() if len(read) else "",
        "certainty": "certain" if (own["certainty"] == "certain").any() else "possible",
        "legal_entities": sorted(set(own["legal_entity"])),
        "residency": str(own["residency"].iloc[0]) if len(own) else "",
    }


def _column(cell: str) -> str:
    words = re.sub(r"[\s_\-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cell)).strip().lower()
    return next((name for name, spelled in _HEADERS.items() if words in spelled), words)
