"""From labelled events to what was read: queries and their pages, records by id, bulk jobs.

What each log proves follows the notes on Salesforce's logs: ApiEvent names record ids page by page; RestApi may carry
the query text; UniqueQuery may hide literals; BulkApi2 has jobs without query text, BulkApiResultEventStore has query
text without jobs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit

import pandas as pd

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.exposure_types import ALL_FIELDS, REST, SOAP, SOBJECT, VIEW, Read
from leakresponse.core.soql import Query, SoqlSyntaxError, parse
from leakresponse.core.types import Certainty

#: ApiEvent keeps this many characters of a query (object reference); a longer text is cut, and no longer parses.
QUERY_CUT = 10_000
#: Rows of one REST page unless the client asks for fewer (REST developer guide, Query).
PAGE_ROWS = 2_000
_QUERY_URI = re.compile(r"/query(?:All)?/?(?:\?|$)")
_MORE_URI = re.compile(r"/query(?:All)?/[\w-]+-\d+/?$")
_SOBJECT_URI = re.compile(r"/sobjects/(?P<object>\w+)/(?P<id>[0-9A-Za-z]{15,18})(?:/(?P<rest>[\w/]+))?/?$")
_COLLECTION_URI = re.compile(r"/composite/sobjects/(?P<object>\w+)/?$")
_QUERY_OPERATIONS = ("query", "queryall", "querymore", "query_all", "query_more")


@lru_cache(maxsize=4096)
def parsed(text: str) -> Query | None:
    """The query behind a text, None where the text is no SOQL (a report id, a text cut off by the log)."""
    try:
        return parse(text)
    except SoqlSyntaxError:
        return None


def normal(text: str) -> str:
    """A query text for comparing: white space does not count, nor does what ApiEvent would have cut off."""
    return " ".join(text.split())[:QUERY_CUT]


def principal_of(row: pd.Series) -> str:
    """Who read, in words that a report may print: app and user id."""
    return " / ".join(part for part in (str(row["app_name"] or row["app_id"]), str(row["user_id"])) if part)


def certainty_of(label: str) -> Certainty:
    """Attack rows are certain, uncertain rows possible."""
    return "certain" if label == "attack" else "possible"


def read_id(*parts: object) -> str:
    """The same read has the same id in every run."""
    return "read-" + hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:12]


def query_read(
    rows: pd.DataFrame,
    channel: str,
    text: str,
    *,
    ids: Sequence[str] | None = None,
    complete: bool = False,
    expected: int | None = None,
    certainty: Certainty | None = None,
    fallback: str = "",
    job_id: str = "",
    notes: tuple[str, ...] = (),
) -> Read:
    """A read of one query text, from the rows that tell of it (all of one session)."""
    first = rows.iloc[0]
    query = parsed(text)
    certain = certainty or certainty_of(str(first["label"]))
    if query is None:
        certain = "possible" if ids is None else certain
        notes = (*notes, "query text missing, cut off or unreadable: every field is possible")
    return Read(
        read_id(channel, first["session_key"], first["user_id"], normal(text), job_id, fallback),
        channel,
        query.object if query else fallback,
        text if query else "",
        _selected(query),
        tuple(ids) if ids is not None else None,
        expected,
        principal_of(first),
        _moment(rows["timestamp"].min()),
        _moment(rows["timestamp"].max()),
        certain,
        str(first["session_key"]),
        job_id=job_id,
        ids_complete=complete,
        aggregate=bool(query and (query.is_aggregate or query.is_count)),
        notes=notes,
    )


def api_event_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """Queries that ApiEvent saw: the ids it names are the records read, page by page."""
    wanted = rows[(rows["event_type"] == "ApiEvent") & rows["operation"].str.lower().isin(_QUERY_OPERATIONS)]
    for _key, group in _grouped(wanted, ["label", "session_key", "user_id", "query"]):
        text = str(group["query"].iloc[0])
        known = group["record_ids"].map(lambda ids: ids if isinstance(ids, list) else [])
        named = known.map(len)
        ids = list(dict.fromkeys(one for page in known for one in page))
        pages = group["rows"].fillna(-1).astype("int64")
        complete = bool(((pages == named) | ((pages < 0) & (named > 0))).all())
        some = bool(named.any())
        returned = int(pages[pages >= 0].sum()) if (pages >= 0).any() else None
        notes = () if complete or not some else (f"ids named for {int(named.sum())} of {returned} rows returned",)
        yield query_read(
            group,
            REST,
            text,
            ids=ids if some or complete else None,
            complete=complete,
            expected=len(ids) if complete else returned,
            fallback=_one_entity(group),
            notes=notes,
        )


def rest_query_reads(rows: pd.DataFrame, seen: set[tuple[str, str]]) -> Iterator[Read]:
    """Queries that only the REST or SOAP log file saw; `seen` holds (session, text) of ApiEvent."""
    rest = rows["event_type"].isin(("RestApi", "ApexRestApi")) & rows["uri"].str.contains(_QUERY_URI)
    soap = (rows["event_type"] == "API") & rows["method"].str.lower().isin(_QUERY_OPERATIONS)
    good = ~rows["status"].str.match(r"[45]\d\d$")
    more = rows[(rows["event_type"] == "RestApi") & rows["uri"].str.contains(_MORE_URI) & good]
    pages = more.groupby("session_key").size()
    watched = {session for session, _text in seen}
    for _key, group in _grouped(rows[(rest | soap) & good], ["label", "session_key", "user_id", "query", "event_type"]):
        first = group.iloc[0]
        session, text = str(first["session_key"]), str(first["query"])
        if (session, normal(text)) in seen or (not text and session in watched):
            continue
        total = int(group["rows"].max()) if group["rows"].notna().any() else None
        fetched = PAGE_ROWS * (1 + int(pages.get(session, 0)))
        short = total is not None and total > fetched
        notes = ("not every page was fetched: which rows were read is not known",) if short else ()
        yield query_read(
            group,
            SOAP if str(first["event_type"]) == "API" else REST,
            text,
            expected=min(total, fetched) if total is not None else None,
            certainty="possible" if short else None,
            fallback=_one_entity(group),
            notes=(*notes, "row count of the log file is per page or per query: not proven") if total else notes,
        )


def sobject_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """Records read one by one (GET by id) or as a collection (ids in the address).

    Whether RestApi's address holds the id is not known; ApiTotalUsage's does by the example of its page (object
    reference, API_RESOURCE), but names no session: it tells what no other log has told.
    """
    told: set[tuple[str, str]] = set()
    for user, read in _addressed(rows, ("RestApi", "ApexRestApi"), frozenset()):
        told |= {(user, one) for one in read.record_ids or ()}
        yield read
    for _user, read in _addressed(rows, ("ApiTotalUsage",), frozenset(told)):
        yield read


def _addressed(
    rows: pd.DataFrame, types: tuple[str, ...], told: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, Read]]:
    """(user id, read) by the addresses in these logs, without the (user, id) that are `told`."""
    wanted = rows[
        rows["event_type"].isin(types)
        & (rows["method"].str.upper() == "GET")
        & rows["uri"].str.contains("/sobjects/", regex=False)
        & ~rows["status"].str.match(r"[45]\d\d$")
    ]
    if wanted.empty:
        return
    targets = wanted["uri"].map(_sobject_target)
    what, named = targets.map(lambda t: t[:2] if t else None), targets.map(lambda t: t[2] if t else ())
    found = wanted.assign(target=what, ids=named)
    for _key, group in _grouped(found[found["target"].notna()], ["label", "session_key", "user_id", "target"]):
        first = group.iloc[0]
        name, fields = first["target"]
        user = str(first["user_id"])
        ids = tuple(dict.fromkeys(one for some in group["ids"] for one in some if (user, one) not in told))
        if not ids:
            continue
        yield (
            user,
            Read(
                read_id(SOBJECT, first["session_key"], first["user_id"], name, fields),
                SOBJECT,
                name,
                "",
                fields,
                ids,
                len(ids),
                principal_of(first),
                _moment(group["timestamp"].min()),
                _moment(group["timestamp"].max()),
                certainty_of(str(first["label"])),
                str(first["session_key"]),
                ids_complete=True,
                notes=("the address names no fields: every readable field was returned",)
                if ALL_FIELDS in fields
                else (),
            ),
        )


def view_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """Reports and list views whose real-time events name records (chunks of one run are put together)."""
    wanted = rows[rows["event_type"].isin(("ReportEvent", "ListViewEvent")) & rows["record_ids"].notna()]
    for _key, group in _grouped(wanted, ["label", "session_key", "user_id", "event_type", "entity"]):
        ids = list(dict.fromkeys(one for some in group["record_ids"] for one in some))
        if ids:
            most = int(group["rows"].max()) if group["rows"].notna().any() else None
            yield query_read(
                group, VIEW, "", ids=ids, complete=most == len(ids), expected=most, fallback=_one_entity(group)
            )


def _sobject_target(uri: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """(object, fields, ids) of a record read, None for describe, lists and everything else."""
    parts = urlsplit(unquote(uri))
    asked = parse_qs(parts.query)
    fields = tuple(name.strip() for name in ",".join(asked.get("fields", [])).split(",") if name.strip())
    record = _SOBJECT_URI.search(parts.path)
    if record and not record["rest"] and is_record_id(record["id"]):
        return record["object"], fields or (ALL_FIELDS,), (to18(record["id"]),)
    several = _COLLECTION_URI.search(parts.path)
    if several:
        ids = tuple(to18(one.strip()) for one in ",".join(asked.get("ids", [])).split(",") if is_record_id(one.strip()))
        return (several["object"], fields or (ALL_FIELDS,), ids) if ids else None
    return None


def _selected(query: Query | None) -> tuple[str, ...]:
    if query is None:
        return (ALL_FIELDS,)
    return (*query.field_paths(), *(f"FIELDS({kind})" for kind in query.wildcards()))


def _one_entity(rows: pd.DataFrame) -> str:
    """The object that the log names, where it names exactly one."""
    names = {part.strip() for text in rows["entity"] for part in re.split(r"[,;]", str(text)) if part.strip()}
    return names.pop() if len(names) == 1 else ""


def _grouped(rows: pd.DataFrame, keys: list[str]) -> Iterator[tuple[object, pd.DataFrame]]:
    if not rows.empty:
        yield from rows.groupby(keys, sort=False, dropna=False)


def _moment(value: pd.Timestamp) -> datetime:
    return value.to_pydatetime()
