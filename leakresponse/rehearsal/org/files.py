"""Files as browsers download them. Who may see a version is decided by the same query that everybody else asks."""

from __future__ import annotations

import base64
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.core.soql.build import equals, select
from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import not_found
from leakresponse.rehearsal.org.pages import Page
from leakresponse.rehearsal.org.query import prepare
from leakresponse.rehearsal.org.schema import quoted
from leakresponse.rehearsal.org.soql_engine import run

_FACTS = ("Id", "Title", "FileType", "ContentSize", "ContentDocumentId", "PathOnClient")


def download(call: Call) -> Answer:
    """`/sfc/servlet.shepherd/version/download/{id}`. Raises 404 for one that is not there or not for this user."""
    version = readable_version(call, call.args["id"])
    answer = Answer(
        media="application/octet-stream",
        content=bytes_of(call, "ContentVersion", version["Id"], "VersionData") or b"",
        rows=1,
    )
    events_pages.file_download(call, answer, version, api=False)
    return answer


def readable_version(call: Call, version_id: str) -> dict[str, Any]:
    """What is known of a version that the caller may read. Raises 404."""
    if not is_record_id(version_id) or not version_id.startswith("068"):
        raise not_found()
    compiled = prepare(call, select("ContentVersion", _FACTS, where=equals("Id", to18(version_id))), all_rows=False)
    found = next(iter(run(call.world.store.reader, compiled)), None)
    if found is None:
        raise not_found()
    return {one.path[-1]: found[one.index] for one in compiled.outputs}


def bytes_of(call: Call, name: str, record_id: str, field: str) -> bytes | None:
    """The bytes of a record's binary field, which the store holds as Base64; None where there are none."""
    sql = " ".join(("SELECT", quoted(field), "AS content FROM", quoted(name), "WHERE Id = ?"))
    row = call.world.store.one(sql, record_id)
    return base64.b64decode(row["content"]) if row and row["content"] else None


PAGES = (Page("/sfc/servlet.shepherd/version/download/{id}", download, "a file's content", "404"),)
