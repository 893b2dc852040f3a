"""`/search` (SOSL) and `/parameterizedSearch` in a basic form (REST guide, pages of these names; SOSL syntax).

The store has no search index: a word is found anywhere in a text field that can be filtered, whatever its case; every
word of the search must be found. Ranking, snippets, spelling and divisions are not there. Raises 400 MALFORMED_SEARCH
for what is not understood; its words are not confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.access import readable_fields, readable_objects
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.soql_engine import run
from leakresponse.rehearsal.org.soql_engine_rows import records

#: Rows of a whole answer; shortest search term.
MAX_ROWS, MIN_TERM = 2000, 2
_FIND = re.compile(
    r"\s*FIND\s*\{(?P<term>(?:[^{}\\]|\\.)*)\}\s*(?:IN\s+(?P<scope>ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS\s*)?"
    r"(?:RETURNING\s+(?P<returning>.*?))?(?:\s*\bLIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_OBJECT = re.compile(r"\s*(?P<name>\w+)\s*(?:\((?P<inside>.*)\))?\s*", re.DOTALL)
_CLAUSE = re.compile(r"\b(WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE)
_LIMIT = re.compile(r"\bLIMIT\s+\d+", re.IGNORECASE)
_SCOPES = {"NAME": {"Name", "Subject", "CaseNumber"}, "EMAIL": set(), "PHONE": set()}
_TEXTS = frozenset({"string", "email", "phone", "textarea", "url"})
_DEFAULT = ("Account", "Contact", "Lead", "Case", "Opportunity", "User")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to return of one object: fields, and the clauses after them (`WHERE ... ORDER BY ... LIMIT ...`)."""

    name: str
    fields: str = "Id"
    clauses: str = ""


def sosl(call: Call) -> Answer:
    """`/search?q=FIND {...} IN ... RETURNING ...`."""
    found = _FIND.fullmatch(call.query.get("q", ""))
    if found is None:
        raise bad_request("MALFORMED_SEARCH", "unexpected token: the search is not SOSL")
    wanted = list(_returning(found["returning"] or ""))
    most = min(int(found["limit"] or MAX_ROWS), MAX_ROWS)
    return _answer(call, found["term"], (found["scope"] or "ALL").upper(), wanted, most)


def parameterized(call: Call) -> Answer:
    """`/parameterizedSearch`: GET with `q`, `sobject`, `fields`, `Contact.where` ...; POST with the same in a body."""
    if call.method == "POST":
        body = call.json()
        common = ",".join(body.get("fields") or [])
        wanted = [_from_body(one, common, body.get("defaultLimit")) for one in body.get("sobjects") or []]
    elif call.method == "GET":
        body = dict(call.query)
        names = [name.strip() for name in body.get("sobject", "").split(",") if name.strip()]
        wanted = [_from_query(body, name) for name in names]
    else:
        raise no_method(call.method)
    most = min(int(body.get("overallLimit") or MAX_ROWS), MAX_ROWS)
    return _answer(call, str(body.get("q") or ""), str(body.get("in") or "ALL").upper(), wanted, most)


def _from_body(one: dict[str, Any], common: str, limit: Any) -> Wanted:
    fields = ",".join(one.get("fields") or []) or common or "Id"
    return Wanted(
        str(one.get("name")), fields, _clauses(one.get("where"), one.get("orderBy"), one.get("limit") or limit)
    )


def _from_query(body: dict[str, str], name: str) -> Wanted:
    limit = body.get(f"{name}.limit") or body.get("defaultLimit")
    fields = body.get(f"{name}.fields") or body.get("fields") or "Id"
    return Wanted(name, fields, _clauses(body.get(f"{name}.where"), body.get(f"{name}.orderBy"), limit))


def _clauses(where: Any, order: Any, limit: Any) -> str:
    parts = (("WHERE", where), ("ORDER BY", order), ("LIMIT", limit))
    return " ".join(f"{word} {value}" for word, value in parts if value)


def _returning(text: str) -> Iterator[Wanted]:
    """The objects of RETURNING, split at commas outside parentheses."""
    for part in re.split(r",(?![^()]*\))", text):
        if not part.strip():
            continue
        found = _OBJECT.fullmatch(part)
        if found is None:
            raise bad_request("MALFORMED_SEARCH", "unexpected token in RETURNING")
        inside = (found["inside"] or "Id").strip()
        clause = _CLAUSE.search(inside)
        cut = clause.start() if clause else len(inside)
        yield Wanted(found["name"], inside[:cut].strip() or "Id", inside[cut:])


def _answer(call: Call, term: str, scope: str, wanted: list[Wanted], most: int) -> Answer:
    words = [word for word in re.split(r"\s+", re.sub(r"\\(.)|\"", r"\1", term).strip()) if word.upper() != "AND"]
    if sum(len(word.strip("*?")) for word in words) < MIN_TERM:
        raise bad_request("MALFORMED_SEARCH", "search term must be longer than one character")
    allowed = readable_objects(call)
    asked = wanted or [Wanted(name) for name in _DEFAULT if name in allowed]
    found: list[dict[str, Any]] = []
    for one in asked:
        found += _search(call, one, words, scope, most - len(found))
    answer = Answer(body={"searchRecords": found}, rows=len(found), entities=tuple(one.name for one in asked))
    answer.log.append(_log(call, term, len(found), asked))
    return answer


def _search(call: Call, one: Wanted, words: Iterable[str], scope: str, most: int) -> list[dict[str, Any]]:
    obj = call.world.store.schema.get(one.name)
    if obj is None or not obj.queryable or obj.event_store:
        words_of = f"sObject type '{one.name}' is not supported."
        raise ApiRefused(400, "INVALID_TYPE", words_of)
    names = [name for name in _searched(obj, scope) if name in readable_fields(call, obj)]
    if not names or most <= 0:
        return []
    compiled = prepare(call, _soql(obj, one, names, words, most), all_rows=False)
    reader = call.world.store.reader
    return list(records(compiled, run(reader, compiled), reader, call.version))


def _soql(obj: SObject, one: Wanted, names: list[str], words: Iterable[str], most: int) -> str:
    """The query that looks for every word in every field; own conditions of the object come on top."""
    parts = []
    for word in words:
        quoted = word.replace("\\", "\\\\").replace("'", "\\'").replace("%", "\\%").replace("_", "\\_")
        pattern = f"%{quoted.replace('*', '%').replace('?', '_')}%"
        parts.append("(" + " OR ".join(f"{name} LIKE '{pattern}'" for name in names) + ")")
    rest = one.clauses.strip()
    condition = re.match(r"WHERE\s+(.*?)(?=\bORDER\s+BY\b|\bLIMIT\b|\bOFFSET\b|$)", rest, re.IGNORECASE | re.DOTALL)
    if condition:
        parts.append(f"({condition[1].strip()})")
        rest = rest[condition.end() :]
    limit = "" if _LIMIT.search(rest) else f" LIMIT {most}"
    where = " AND ".join(parts)
    return f"SELECT {one.fields} FROM {obj.name} WHERE {where} {rest}{limit}"  # noqa: S608 - SOQL, checked when parsed


def _searched(obj: SObject, scope: str) -> list[str]:
    fields = [one for one in obj.fields.values() if one.filterable and one.type in _TEXTS]
    if scope in {"EMAIL", "PHONE"}:
        return [one.name for one in fields if one.type == scope.lower()]
    return [one.name for one in fields if scope != "NAME" or one.name in _SCOPES["NAME"]]


def _log(call: Call, term: str, number: int, asked: list[Wanted]) -> Any:
    """Search: the term as it was typed, and key prefixes; no session and no login key."""
    caller = call.caller
    schema = call.world.store.schema
    prefixes = [obj.key_prefix for one in asked if (obj := schema.get(one.name))]
    row = events.common(call.world, "Search", call.now, caller.user_id, call.request_id)
    row |= {"NUM_RESULTS": number, "SEARCH_QUERY": term, "PREFIXES_SEARCHED": ",".join(prefixes)}
    return "Search", row


ROUTES = (
    Endpoint("/search", sosl, "SOSL: FIND, IN, RETURNING with fields, WHERE, LIMIT", "400 `MALFORMED_SEARCH`"),
    Endpoint("/parameterizedSearch", parameterized, "the same by parameters, GET or POST", "400 `MALFORMED_SEARCH`"),
)
