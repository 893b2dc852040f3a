"""From labelled events to what was read: queries of the REST and SOAP API and their pages.

What each log proves follows the notes on Salesforce's logs: ApiEvent names record ids page by page; RestApi may carry
the query text; whether its ROWS_PROCESSED is of the page or of the query is not proven, so that both readings bound it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import pandas as pd

from leakresponse.core.bounds import Bound, exactly
from leakresponse.core.exposure_groups import Group, by_query, groups, shape_of
from leakresponse.core.exposure_ids import matching
from leakresponse.core.exposure_types import ALL_FIELDS, REST, SOAP, Read
from leakresponse.core.soql import Query, SoqlSyntaxError, parse, parse_truncated
from leakresponse.core.types import Certainty

#: ApiEvent keeps this many characters of a query (object reference); a longer text is cut, and no longer parses.
QUERY_CUT = 10_000
#: Rows of one REST page unless the client asks for fewer, and the fewest that it may ask for (REST developer guide).
PAGE_ROWS, FEWEST_PAGE_ROWS = 2_000, 200
#: A record takes more than this in a JSON answer: its type, address and id alone do. Less, and the figure is no page's.
ROW_BYTES = 50
#: A row of this many bytes at least, whatever the encoding; bounds the rows of an answer from above.
LEAST_ROW_BYTES = 4
ACTOR = ("label", "session_key", "user_id")
REFUSED = r"^[45]\d\d$"
_QUERY_URI = r"/query(?:All)?/?(?:\?|$)"
_MORE_URI = r"/query(?:All)?/[\w-]+-\d+/?$"
_OFFSET = re.compile(r"/([\w-]+)-(\d+)/?$")
_UNREADABLE = "query text missing or unreadable: every readable field is possible"
_QUERIES, _MORES = ("query", "queryall", "query_all"), ("querymore", "query_more")


@lru_cache(maxsize=4096)
def parsed(text: str) -> Query | None:
    """The query behind a text, None where the text is no SOQL (a report id, a text cut off by the log)."""
    try:
        return parse(text)
    except SoqlSyntaxError:
        return None


@lru_cache(maxsize=4096)
def provable(text: str) -> tuple[Query | None, tuple[str, ...]]:
    """(query, what is lost): of a text that its log cut off, the query that reads the same fields of at least its rows.

    (None, ()) for what is no SOQL, or was cut before its object.
    """
    query = parsed(text)
    if query is not None or not text:
        return query, ()
    try:
        sure = parse_truncated(text)
    except SoqlSyntaxError:
        return None, ()
    return (sure.query, sure.lost) if sure.query else (None, ())


def object_of(text: str) -> str:
    """The object that a query reads, in small letters; "" for what is no SOQL. Cheap for many texts of one shape."""
    query = parsed(shape_of(text)) or provable(text)[0]
    return query.object.lower() if query else ""


def normal(text: str) -> str:
    """A query text for comparing: white space does not count, nor does what ApiEvent would have cut off."""
    return " ".join(text.split())[:QUERY_CUT]


def certainty_of(label: str) -> Certainty:
    """Attack rows are certain, uncertain rows possible."""
    return "certain" if label == "attack" else "possible"


def read_id(*parts: object) -> str:
    """The same read has the same id in every run."""
    return "read-" + hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:12]


def read_of(
    group: Group,
    channel: str,
    name: str,
    fields: tuple[str, ...],
    *,
    about: tuple[object, ...] = (),
    query: str = "",
    ids: Sequence[str] | None = None,
    complete: bool = False,
    expected: int | None = None,
    certainty: Certainty = "possible",
    logged: Bound | None = None,
    notes: tuple[str, ...] = (),
) -> Read:
    """A read by the rows that tell of it, all of one actor; `about` is what tells it from others of that actor.

    An expected figure without bounds of its own is exact.
    """
    session, user, label = group.first("session_key"), group.first("user_id"), group.first("label")
    return Read(
        read_id(channel, session, user, name, label, *about), channel, name, query, fields,
        tuple(ids) if ids is not None else None, expected, group.principal, group.first_seen, group.last_seen,
        certainty, session, ids_complete=complete, notes=notes, user_id=user,
        logged=exactly(expected, "row count of the log") if logged is None and expected is not None else logged,
        fields_known=ALL_FIELDS not in fields, attack=label == "attack",
    )  # fmt: skip


def query_read(
    rows: pd.DataFrame | Group,
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
    logged: Bound | None = None,
    deleted_too: bool = False,
) -> Read:
    """A read of one query text, from the rows that tell of it (all of one session)."""
    group = rows if isinstance(rows, Group) else Group.of(rows)
    query, lost = provable(text)
    certain = certainty or certainty_of(group.first("label"))
    if query is None or lost:
        certain = "possible" if ids is None else certain
        why = f"the log cut the query off: not known are its {', '.join(lost)}" if lost else _UNREADABLE
        notes = (*notes, why)
    read = read_of(
        group, channel, query.object if query else fallback, _selected(query), about=(normal(text), job_id),
        query=str(query) if lost else text if query else "", ids=ids, complete=complete, expected=expected,
        certainty=certain, logged=logged, notes=notes,
    )  # fmt: skip
    aggregate = bool(query and (query.is_aggregate or query.is_count))
    return replace(read, job_id=job_id, aggregate=aggregate, deleted_too=deleted_too)


def api_event_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """Queries that ApiEvent saw: the ids it names are the records read, page by page."""
    wanted = rows[(rows["event_type"] == "ApiEvent") & rows["operation"].str.lower().isin((*_QUERIES, *_MORES))]
    matched = _matched_sessions(rows, wanted)
    for text, group in by_query(wanted, ACTOR):
        yield _api_event_read(text, group, matched)


def _api_event_read(text: str, group: Group, matched: frozenset[str]) -> Read:
    named = [len(some or ()) for some in group.each("record_ids")]
    pages = [-1 if one is None else one for one in group.each("rows")]
    ids = group.ids()
    complete = all(page == count or (page < 0 < count) for page, count in zip(pages, named, strict=True))
    returned = sum(page for page in pages if page >= 0) if max(pages) >= 0 else None
    likely = len(ids) if complete else returned
    notes = () if complete or not ids else (f"ids named for {sum(named)} of {returned} rows returned",)
    logged = None if likely is None else _by_events(group, ids, pages, complete, group.first("session_key") in matched)
    return query_read(
        group, REST, text, ids=ids if ids or complete else None, complete=complete, expected=likely,
        fallback=group.entity(), notes=notes, logged=logged,
        deleted_too=any(one.lower() == "queryall" for one in group.known("operation")),
    )  # fmt: skip


def _by_events(group: Group, ids: Sequence[str], pages: list[int], complete: bool, matched: bool) -> Bound:
    """Rows by ApiEvent: the ids are the least; RowsProcessed, the whole query's total, is the most where pages lack.

    Pages lack where the reader stopped, or where events did: the log file of as many calls (`matched`) tells.
    """
    totals = [int(one[6:]) if one.startswith("total:") and one[6:].isdigit() else None for one in group.each("status")]
    returned, total = sum(page for page in pages if page > 0), sum(_by_text(group, totals).values())
    if complete and (matched or len(ids) >= total):
        return exactly(len(ids), "record ids of ApiEvent")
    low = max(len(ids), max(pages, default=0))
    likely = len(ids) if complete else max(low, min(returned, total or returned))
    basis = "no log file confirms that ApiEvent has every page" if complete else "ApiEvent names fewer ids than rows"
    return Bound(low, likely, max(likely, returned, total), basis)


def _matched_sessions(rows: pd.DataFrame, events: pd.DataFrame) -> frozenset[str]:
    """Sessions of which ApiEvent has at least as many events as the REST log file has query calls."""
    rest = rows[(rows["event_type"] == "RestApi") & (matching(rows["uri"], f"{_QUERY_URI}|{_MORE_URI}"))]
    called = Counter(rest.loc[~matching(rest["status"], REFUSED), "session_key"])
    seen = Counter(events["session_key"])
    return frozenset(session for session, count in called.items() if seen[session] >= count)


@dataclass(slots=True)
class _Pages:
    """Further pages of one session and object: cursors with the offsets asked for, rows and bytes."""

    places: set[tuple[str, int]] = field(default_factory=set)
    rows: int = 0
    most: int = 0
    size: int = 0
    groups: list[Group] = field(default_factory=list)

    @property
    def fetched(self) -> tuple[int, int]:
        """The fewest and the most rows that a first page and these pages can hold."""
        offsets = sorted({offset for _cursor, offset in self.places if offset})
        step = min(PAGE_ROWS, offsets[0]) if offsets else 0
        count = 1 + len(self.places)
        return (step or FEWEST_PAGE_ROWS) * count, (step or PAGE_ROWS) * count


def rest_query_reads(rows: pd.DataFrame, seen: set[tuple[str, str]]) -> Iterator[Read]:
    """Queries that only the REST or SOAP log file saw; `seen` holds (session, text) of ApiEvent."""
    good = rows[~matching(rows["status"], REFUSED)]
    rest, soap = good["event_type"].isin(("RestApi", "ApexRestApi")), good["event_type"] == "API"
    method = good["method"].str.lower()
    more = good[(rest & matching(good["uri"], _MORE_URI)) | (soap & method.isin(_MORES))]
    pages = _pages(more)
    watched = {session for session, _text in seen}
    asked: set[tuple[str, str]] = set()
    asks = good[(rest & matching(good["uri"], _QUERY_URI)) | (soap & method.isin(_QUERIES))]
    for text, group in by_query(asks, (*ACTOR, "event_type")):
        session = group.first("session_key")
        asked.add((session, group.entity()))
        if (session, normal(text)) in seen or (session in watched and not text):
            continue
        yield _file_read(text, group, pages.get((session, group.entity())) or _Pages())
    for (session, entity), one in pages.items():
        if session not in watched and (session, entity) not in asked:
            yield from (_orphan_read(group, one) for group in one.groups)


def _file_read(text: str, group: Group, pages: _Pages) -> Read:
    """A query of a log file: its figure is the query's total or a page's rows, and both readings are kept."""
    by_text = _by_text(group, group.each("rows"))
    total = max([*by_text.values(), pages.most]) if by_text else None
    fewest, most = pages.fetched
    short = total is not None and total > most
    logged = _by_file(group, pages, by_text, fewest, most) if by_text else None
    notes = ("not every page was fetched: which rows were read is not known",) if short else ()
    if total:
        notes = (*notes, "row count of the log file is per page or per query: not proven")
    return query_read(
        group, SOAP if group.first("event_type") == "API" else REST, text,
        expected=logged.likely if logged else None, certainty="possible" if short else None,
        fallback=group.entity(), notes=notes, logged=logged, deleted_too=_asks_deleted(group),
    )  # fmt: skip


def _asks_deleted(group: Group) -> bool:
    """Whether a call of the log file is one of queryAll."""
    return any("/queryAll" in uri for uri in group.known("uri")) or "query_all" in group.known("method")


def _by_text(group: Group, figures: Sequence[int | None]) -> dict[str, int]:
    """The highest figure of each query text: many texts together are the pages of one who pages by values."""
    found: dict[str, int] = {}
    for text, figure in zip(group.each("query"), figures, strict=True):
        if figure is not None:
            found[text] = max(found.get(text, 0), figure)
    return found


def _by_file(group: Group, pages: _Pages, by_text: Mapping[str, int], fewest: int, most: int) -> Bound:
    """Rows by ROWS_PROCESSED read both ways, the page size, and RESPONSE_SIZE; a page may be missing from the log.

    Texts that differ in values may have read the same rows: at least the largest of them, at most all together.
    """
    total, summed = max(*by_text.values(), pages.most, 0), sum(group.figures()) + pages.rows
    sizes = group.figures("bytes")
    size = sum(sizes) + pages.size
    full = not sizes or size >= ROW_BYTES * total
    low = min(total, most) if full else min(total, fewest)
    likely = max(min(total, most), sum(min(one, most) for one in by_text.values()))
    high = max(total, likely, min(summed, most * len(group.at)))
    bound = Bound(min(low, likely), likely, high, "row count of the log file, per page or per query")
    whole = total <= most
    return bound.at_most(size // LEAST_ROW_BYTES, "size of the answers") if whole and sizes and size else bound


def _orphan_read(group: Group, pages: _Pages) -> Read:
    """Further pages whose first call no log shows: the query is unknown, the pages bound the rows."""
    _fewest, most = pages.fetched
    likely = min(most, pages.most) if pages.most else most
    return query_read(
        group, SOAP if group.first("event_type") == "API" else REST, "", expected=likely, fallback=group.entity(),
        logged=Bound(0, likely, max(most, pages.most), "further pages of a query that no log names"),
        notes=("the query of these pages is in no log",),
    )  # fmt: skip


def _pages(more: pd.DataFrame) -> dict[tuple[str, str], _Pages]:
    found: dict[tuple[str, str], _Pages] = {}
    for group in groups(more, (*ACTOR, "event_type", "entity")):
        one = found.setdefault((group.first("session_key"), group.entity()), _Pages())
        for number, uri in enumerate(group.each("uri")):
            place = _OFFSET.search(uri)
            one.places.add((place[1], int(place[2])) if place else (f"call {len(one.groups)}.{number}", 0))
        figures = group.figures()
        one.rows += sum(figures)
        one.most = max([one.most, *figures])
        one.size += sum(group.figures("bytes"))
        one.groups.append(group)
    return found


def _selected(query: Query | None) -> tuple[str, ...]:
    if query is None:
        return (ALL_FIELDS,)
    return (*query.field_paths(), *(f"FIELDS({kind})" for kind in query.wildcards()))
