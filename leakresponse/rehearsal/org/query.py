"""`/query`, `/queryAll` and their pages, with the log rows of each page (REST guide, "Query")."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leakresponse.rehearsal.org import events
from leakresponse.rehearsal.org.access import check_read, lens_of
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.cursors import OpenCursor
from leakresponse.rehearsal.org.errors import bad_request
from leakresponse.rehearsal.org.identity import forget_expired
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.query_columns import column_metadata
from leakresponse.rehearsal.org.query_explain import explain
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.schema_tooling import by_label
from leakresponse.rehearsal.org.soql_engine import Compiled, compile_text, run, total
from leakresponse.rehearsal.org.soql_engine_rows import records
from leakresponse.rehearsal.org.store import put

PAGE_ROWS, SMALLEST_PAGE = 2000, 200
#: OauthToken: rows per page, and how many are ever returned, silently (object reference, OauthToken).
TOKEN_PAGE, TOKEN_CAP = 500, 2500
#: Objects that have no second page (SFDX-Data-Move-Utility-Desktop-App pull request 32).
_ONE_PAGE = frozenset({"EntityDefinition", "FieldDefinition"})
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_LOCATOR = re.compile(r"(0r8\w{15})-(\d+)")
#: How long a cursor lives; there is no limit on how many are open (App Limits Cheat Sheet, "API Query Cursor Limits").
CURSOR_LIFE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it was asked; enough to find any of its pages again."""

    soql: str
    all_rows: bool
    size: int
    at: datetime
    tooling: bool = False


def query(call: Call, all_rows: bool = False, tooling: bool = False) -> Answer:
    """The first page of an answer; `columns=true` and `explain=` ask about a query without running it."""
    if "explain" in call.query:
        soql = call.query["explain"]
        return explain(call, prepare(call, soql, all_rows, tooling=tooling), soql)
    soql = call.query.get("q", "")
    if not soql.strip():
        raise bad_request("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    compiled = prepare(call, soql, all_rows, tooling=tooling)
    if call.query.get("columns", "").lower() == "true":
        return Answer(body=column_metadata(compiled, soql), entities=compiled.entities)
    asked = Asked(soql, all_rows, _page_size(call, compiled), call.now, tooling)
    answer = _first_page(call, compiled, asked)
    answer.query = soql
    if not tooling:
        answer.log.append(events.unique_query_row(call, soql))
    return answer


def more(call: Call) -> Answer:
    """The page behind a locator. Raises 400 INVALID_QUERY_LOCATOR for one unknown, too old or somebody else's."""
    found = _LOCATOR.fullmatch(call.args["locator"])
    row = call.world.store.one("SELECT * FROM sim_cursor WHERE locator = ?", found[1]) if found else None
    if found is None or row is None or row["user_id"] != call.caller.user_id or int(found[2]) >= row["total"]:
        raise bad_request("INVALID_QUERY_LOCATOR", "invalid query locator")
    asked_at = datetime.fromisoformat(row["asked_at"])
    if call.now - asked_at > CURSOR_LIFE:
        raise bad_request("INVALID_QUERY_LOCATOR", "invalid query locator")
    asked = Asked(row["soql"], bool(row["all_rows"]), row["size"], asked_at, bool(row["tooling"]))
    compiled = prepare(call, asked.soql, asked.all_rows, asked.at, tooling=asked.tooling)
    offset = int(found[2])
    cursor = call.world.cursors.at(found[1], offset) or call.world.cursors.start(compiled, offset)
    return _page(call, compiled, asked, cursor, row["total"], found[1])


def prepare(
    call: Call, soql: str, all_rows: bool, at: datetime | None = None, bulk: bool = False, tooling: bool = False
) -> Compiled:
    """The query ready to run, for what this caller may see. Raises QueryRefused, or ApiRefused without permission."""
    now = at or call.now
    schema = call.world.tooling if tooling else call.world.store.schema
    wanted = by_label(soql) if tooling else soql
    compiled = compile_text(
        wanted, schema, now, all_rows=all_rows, bulk=bulk, mine=call.caller.user_id, **lens_of(call)
    )
    check_read(call, compiled.entities)
    return compiled


def _first_page(call: Call, compiled: Compiled, asked: Asked) -> Answer:
    if compiled.object.name == "AuthSession":
        return _sessions(call, compiled, asked)
    if compiled.kind == "count":
        return _count(call, compiled, asked, total(call.world.store.reader, compiled))
    cursor = call.world.cursors.start(compiled)
    found = cursor.peek(asked.size + 1)
    everything = found
    if found > asked.size:
        _check_more(call, compiled, cursor)
        everything = min(total(cursor.connection, compiled), _cap(compiled))
    return _page(call, compiled, asked, cursor, everything, "")


def _check_more(call: Call, compiled: Compiled, cursor: OpenCursor) -> None:
    """Raises 400 EXCEEDED_ID_LIMIT where an answer of several pages has none but the first (restforce issue 726)."""
    what = "Aggregate query" if compiled.kind == "aggregate" else compiled.object.name
    if compiled.kind == "aggregate" or what in _ONE_PAGE:
        call.world.cursors.end(cursor)
        words = f"{what} does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise bad_request("EXCEEDED_ID_LIMIT", words)


def _page(call: Call, compiled: Compiled, asked: Asked, cursor: OpenCursor, everything: int, locator: str) -> Answer:
    """One page of a long answer; a locator is made where this is the first and more follow."""
    start = cursor.position
    rows = cursor.take(min(asked.size, everything - start))
    known = locator or new_id("0r8")
    answer = _answer(call, compiled, asked, rows, everything, cursor.connection, start)
    done = cursor.position >= everything or not rows
    if done:
        call.world.cursors.end(cursor)
        return answer
    if not locator:
        _remember(call, known, asked, everything)
    call.world.cursors.keep(known, cursor)
    answer.body["nextRecordsUrl"] = f"{call.root}{'/tooling' if asked.tooling else ''}/query/{known}-{cursor.position}"
    return answer


def _remember(call: Call, locator: str, asked: Asked, everything: int) -> None:
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_cursor WHERE asked_at < ?", (iso(call.now - CURSOR_LIFE),))
        put(db, "sim_cursor", {
            "locator": locator, "soql": asked.soql, "all_rows": int(asked.all_rows), "user_id": call.caller.user_id,
            "size": asked.size, "total": everything, "asked_at": iso(asked.at), "tooling": int(asked.tooling),
        })  # fmt: skip


def _answer(
    call: Call, compiled: Compiled, asked: Asked, rows: list[tuple[Any, ...]], everything: int,
    connection: sqlite3.Connection, start: int = 0,
) -> Answer:  # fmt: skip
    found = list(records(compiled, rows, connection, call.version))
    done = start + len(rows) >= everything
    body = {"totalSize": everything, "done": done, "records": found}
    answer = Answer(
        body=body, rows=len(rows), total=everything, fields=len(compiled.outputs), entities=compiled.entities
    )
    # OauthToken is keyed by a token, which must never reach a log: only ids are named.
    named = compiled.kind == "records" and compiled.object.key == "Id"
    ids = [row[0] for row in rows] if named else []
    if not asked.tooling:
        word = "QueryMore" if start else "QueryAll" if asked.all_rows else "Query"
        args = (word, asked.soql, compiled.entities, ids, everything, done, len(rows))
        answer.stored.append(events.api_event(call, *args))
    return answer


def _count(call: Call, compiled: Compiled, asked: Asked, number: int) -> Answer:
    """COUNT(): a number and no rows."""
    answer = Answer(body={"totalSize": number, "done": True, "records": []}, entities=compiled.entities)
    if not asked.tooling:
        word = "QueryAll" if asked.all_rows else "Query"
        answer.stored.append(events.api_event(call, word, asked.soql, compiled.entities, [], number, True, 0))
    return answer


def _sessions(call: Call, compiled: Compiled, asked: Asked) -> Answer:
    """AuthSession knows which row is the caller's own: IsCurrent is set for the time of the query, then undone."""
    with call.world.store.write() as db:
        forget_expired(db, iso(call.now))
    with call.world.store.try_out() as db:
        db.execute("UPDATE AuthSession SET IsCurrent = 1 WHERE Id = ?", (call.caller.session_id,))
        if compiled.kind == "count":
            return _count(call, compiled, asked, total(db, compiled))
        rows = list(run(db, compiled))
        return _answer(call, compiled, asked, rows, len(rows), db)


def _page_size(call: Call, compiled: Compiled) -> int:
    if compiled.object.name == "OauthToken":
        return TOKEN_PAGE
    wanted = _BATCH_SIZE.search(call.headers.get("sforce-query-options", ""))
    return min(PAGE_ROWS, max(SMALLEST_PAGE, int(wanted[1]))) if wanted else PAGE_ROWS


def _cap(compiled: Compiled) -> int:
    return TOKEN_CAP if compiled.object.name == "OauthToken" else 1 << 60


ROUTES = (
    Endpoint(
        "/query", query, "SOQL; pages of 200 to 2,000 rows; `columns=true`, `explain=`", "400 with place and words"
    ),
    Endpoint("/queryAll", lambda call: query(call, all_rows=True), "the same with deleted rows", ""),
    Endpoint("/query/{locator}", more, "the next page, from the first page's snapshot", "400 `INVALID_QUERY_LOCATOR`"),
    Endpoint("/queryAll/{locator}", more, "the same", ""),
)
