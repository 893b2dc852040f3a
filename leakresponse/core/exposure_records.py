"""Records seen one by one: by id over the API, on pages, and files; the log names each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

import pandas as pd

from leakresponse.core.bounds import exactly
from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.exposure_groups import Group, groups
from leakresponse.core.exposure_ids import matching
from leakresponse.core.exposure_reads import ACTOR, REFUSED, certainty_of, read_of
from leakresponse.core.exposure_types import ALL_FIELDS, FILE, PAGE, SOBJECT, SYSTEM_OBJECTS, Read

#: Key prefixes of standard objects (object reference, "Standard Object Prefixes"); an org's own come from its describe.
PREFIXES: Mapping[str, str] = {
    "001": "Account", "003": "Contact", "005": "User", "006": "Opportunity", "00P": "Attachment", "00Q": "Lead",
    "00T": "Task", "00U": "Event", "015": "Document", "02s": "EmailMessage", "068": "ContentVersion",
    "069": "ContentDocument", "500": "Case", "701": "Campaign", "801": "Order",
}  # fmt: skip
_RECORD = re.compile(r"/sobjects/(?P<object>\w+)/(?P<id>[0-9A-Za-z]{15,18})(?:/(?P<rest>[\w/]+))?/?$")
_COLLECTION = re.compile(r"/composite/sobjects/(?P<object>\w+)/?$")
_UI = re.compile(r"/ui-api/records/(?P<ids>[0-9A-Za-z,]{15,})/?$")
#: Fields that hold the bytes of a file, by which a record's address ends (REST guide, "sObject Blob Get").
_BYTES = frozenset({"VersionData", "Body"})
_BY_ADDRESS = ("RestApi", "ApexRestApi", "CompositeApiSubrequest")
_PAGES = ("LightningPageView", "LightningUriEvent", "UriEvent", "URI")
_SHOWN = r"(?i)download|preview|^$"


def sobject_reads(rows: pd.DataFrame, prefixes: Mapping[str, str] = PREFIXES) -> Iterator[Read]:
    """Records read one by one (GET by id) or as a collection (ids in the address).

    Whether RestApi's address holds the id is not known; ApiTotalUsage's does by the example of its page (object
    reference, API_RESOURCE), but names no session: it tells what no other log has told.
    """
    told: set[tuple[str, str]] = set()
    for read in _addressed(rows, _BY_ADDRESS, told, prefixes):
        told |= {(read.user_id, one) for one in read.record_ids or ()}
        yield read
    yield from _addressed(rows, ("ApiTotalUsage",), frozenset(told), prefixes)


def page_reads(rows: pd.DataFrame, prefixes: Mapping[str, str] = PREFIXES) -> Iterator[Read]:
    """Records that pages showed, Lightning and Classic: each by its id; which fields depends on the page's layout.

    LightningUriEvent misses acts where the user left the page and UriEvent is Classic alone (log notes), so several
    logs are put together; what none of them has is in no count.
    """
    wanted = rows[rows["event_type"].isin(_PAGES) & rows["record_ids"].notna()]
    if wanted.empty:
        return
    named = [by_prefix(one[0], prefixes) or entity for one, entity in zip(
        wanted["record_ids"], wanted["entity"], strict=True)]  # fmt: skip
    wanted = wanted.assign(entity=named)
    wanted = wanted[~wanted["entity"].str.lower().isin(SYSTEM_OBJECTS)]
    note = "a page shows its layout: every readable field is counted"
    for group in groups(wanted, (*ACTOR, "entity")):
        yield _read(group, PAGE, group.entity(), (ALL_FIELDS,), group.ids(), note)


def file_reads(rows: pd.DataFrame, prefixes: Mapping[str, str] = PREFIXES) -> Iterator[Read]:
    """Files downloaded or previewed; uploads are no reads. The adapter `file_bodies` reads the content again."""
    kinds = ("ContentTransfer", "FileEventStore", "DocumentAttachmentDownloads")
    wanted = rows[rows["event_type"].isin(kinds) & rows["record_ids"].notna() & matching(rows["operation"], _SHOWN)]
    if wanted.empty:
        return
    named = [by_prefix(one[0], prefixes) for one in wanted["record_ids"]]
    for group in groups(wanted.assign(entity=named), ("label", "user_id", "entity")):
        yield _read(group, FILE, group.entity(), (ALL_FIELDS,), group.ids(), "the file's content was read")


def by_prefix(record_id: str, prefixes: Mapping[str, str]) -> str:
    """The object of an id, "" for a prefix that nobody knows."""
    return prefixes.get(record_id[:3], "")


def _addressed(
    rows: pd.DataFrame, types: Sequence[str], told: set[tuple[str, str]] | frozenset[tuple[str, str]],
    prefixes: Mapping[str, str],
) -> Iterator[Read]:  # fmt: skip
    """Reads by the addresses in these logs, without the (user, id) that are `told`."""
    wanted = rows[
        rows["event_type"].isin(types)
        & (rows["method"].str.upper() == "GET")
        & matching(rows["uri"], "/sobjects/|/ui-api/records/")
        & ~matching(rows["status"], REFUSED)
    ]
    targets = [_target(uri, prefixes) for uri in wanted["uri"]]
    found = wanted.assign(
        entity=[one[0] if one else "" for one in targets],
        detail=[",".join(one[1]) if one else "" for one in targets],
        record_ids=pd.Series([list(one[2]) if one else None for one in targets], index=wanted.index, dtype=object),
    )
    for group in groups(found[found["record_ids"].notna()], (*ACTOR, "entity", "detail")):
        user, fields = group.first("user_id"), tuple(group.first("detail").split(","))
        ids = tuple(one for one in group.ids() if (user, one) not in told)
        whole = "the address names no fields: every readable field was returned" if ALL_FIELDS in fields else ""
        if ids:
            yield _read(group, FILE if _BYTES.intersection(fields) else SOBJECT, group.entity(), fields, ids, whole)


def _read(group: Group, channel: str, name: str, fields: tuple[str, ...], ids: tuple[str, ...], note: str) -> Read:
    return read_of(
        group, channel, name, fields, about=fields, ids=ids, complete=True, expected=len(ids),
        certainty=certainty_of(group.first("label")), notes=(note,) if note else (),
        logged=exactly(len(ids), f"record ids of {_sources(group)}"),
    )  # fmt: skip


def _sources(group: Group) -> str:
    return ", ".join(sorted(group.known("event_type")))


def _target(uri: str, prefixes: Mapping[str, str]) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """(object, fields, ids) of a record read, None for describe, lists and everything else."""
    parts = urlsplit(unquote(uri))
    asked = parse_qs(parts.query)
    fields = tuple(name.strip() for name in ",".join(asked.get("fields", [])).split(",") if name.strip())
    record = _RECORD.search(parts.path)
    if record and is_record_id(record["id"]) and (not record["rest"] or record["rest"] in _BYTES):
        shown = ("Id", record["rest"]) if record["rest"] else fields or (ALL_FIELDS,)
        return record["object"], shown, (to18(record["id"]),)
    several = _COLLECTION.search(parts.path)
    if several:
        ids = _ids(",".join(asked.get("ids", [])))
        return (several["object"], fields or (ALL_FIELDS,), ids) if ids else None
    shown_ids = _UI.search(parts.path)
    ids = _ids(shown_ids["ids"]) if shown_ids else ()
    own = tuple(name.partition(".")[2] or name for name in fields)
    return (by_prefix(ids[0], prefixes), own or (ALL_FIELDS,), ids) if ids else None


def _ids(text: str) -> tuple[str, ...]:
    return tuple(to18(one.strip()) for one in text.split(",") if is_record_id(one.strip()))
