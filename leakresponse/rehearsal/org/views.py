"""Records and lists as pages, Lightning and Classic: a page shows what its reader may see, and logs that it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.soql.build import equals, select
from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import not_found
from leakresponse.rehearsal.org.pages import HTML, Page
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.schema import SObject
from leakresponse.rehearsal.org.soql_engine import run
from leakresponse.rehearsal.org.soql_engine_rows import records

#: Rows of one page of a list: as many as Lightning loads at a time, and the most that Classic offers.
PAGE_ROWS, CLASSIC_ROWS = 50, 1000
#: What a list shows of an object, as far as it has such fields.
_LISTED = ("Name", "CaseNumber", "OrderNumber", "Subject", "Email", "Phone", "Status", "AccountId", "CreatedDate")


def table_page(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as a page; the first value of each row is the record's id, which the page carries and does not show."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        f'<tr data-record-id="{escape(str(row[0]))}">'
        + "".join(f"<td>{escape('' if value is None else str(value))}</td>" for value in row[1:])
        + "</tr>\n"
        for row in rows
    )
    return _page(title, f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>")


def _page(title: str, body: str) -> bytes:
    shown = escape(title)
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{shown}</title></head>'
    return f"{head}<body><h1>{shown}</h1>\n{body}</body></html>".encode()


def record_view(call: Call) -> Answer:
    """`/lightning/r/{name}/{id}/view`. Raises 404 for a record that is not there or not for this reader."""
    obj = call.world.store.schema.get(call.args["name"])
    if obj is None:
        raise not_found()
    answer, shown = _record(call, obj, call.args["id"])
    events_pages.page_view(call, answer, obj.name, shown["Id"])
    return answer


def classic_record(call: Call, record_id: str) -> Answer:
    """`/{id}`: the same in Classic."""
    obj = call.world.store.schema.by_prefix(record_id)
    if obj is None:
        raise not_found()
    answer, shown = _record(call, obj, record_id)
    events_pages.classic_view(call, answer, obj.name, shown["Id"], obj.label)
    return answer


def _record(call: Call, obj: SObject, record_id: str) -> tuple[Answer, dict[str, Any]]:
    if not is_record_id(record_id):
        raise not_found()
    soql = select(obj.name, ["FIELDS(ALL)"], where=equals("Id", to18(record_id)), limit=1)
    compiled = prepare(call, soql, all_rows=False)
    reader = call.world.store.reader
    found = next(iter(records(compiled, run(reader, compiled), reader)), None)
    if found is None:
        raise not_found()
    shown = {name: value for name, value in found.items() if name != "attributes" and not isinstance(value, dict)}
    rows = ((shown["Id"], name, value) for name, value in shown.items() if value is not None)
    answer = Answer(media=HTML, content=table_page(obj.label, ("Field", "Value"), rows), rows=1, entities=(obj.name,))
    return answer, shown


def list_page(call: Call) -> Answer:
    """`/lightning/o/{name}/list?filterName=…&page=…`: the next 50 rows."""
    obj = call.world.store.schema.get(call.args["name"])
    if obj is None:
        raise not_found()
    answer = _list(call, obj, PAGE_ROWS, classic=False)
    events_pages.page_view(call, answer, obj.name, "")
    return answer


def classic_list(call: Call, prefix: str) -> Answer:
    """`/{key prefix}?fcf=…&rowsperpage=…&page=…`."""
    obj = call.world.store.schema.by_prefix(prefix)
    if obj is None:
        raise not_found()
    answer = _list(call, obj, min(CLASSIC_ROWS, _number(call, "rowsperpage", PAGE_ROWS)), classic=True)
    events_pages.classic_view(call, answer, obj.name, "", obj.label)
    return answer


def _list(call: Call, obj: SObject, size: int, classic: bool) -> Answer:
    columns = [name for name in _LISTED if name in obj.fields]
    compiled = prepare(call, select(obj.name, ["Id", *columns]), all_rows=False)
    start = (max(1, _number(call, "page", 1)) - 1) * size
    places = [one.index for one in compiled.outputs if one.path[-1] in columns]
    rows = [(row[0], *(row[at] for at in places)) for row in run(call.world.store.reader, compiled.page(start, size))]
    answer = Answer(media=HTML, content=table_page(obj.label_plural, columns, rows), rows=len(rows))
    list_id = call.query.get("fcf") or call.query.get("filterName", "")
    ids = [row[0] for row in rows]
    events_pages.list_view(call, answer, obj.name, list_id if is_record_id(list_id) else "", columns, ids, classic)
    return answer


def _number(call: Call, name: str, otherwise: int) -> int:
    text = call.query.get(name, "")
    return int(text) if text.isdigit() else otherwise


PAGES = (
    Page("/lightning/r/{name}/{id}/view", record_view, "a record's page in Lightning"),
    Page("/lightning/o/{name}/list", list_page, "a list view in Lightning, 50 rows a page"),
)
