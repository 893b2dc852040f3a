"""`GET /sobjects/X/{id}/{field}` of a binary field: its bytes (REST guide, "sObject Blob Get").

Records and queries show such a field as this address, never as its content. The store holds Base64.
"""

from __future__ import annotations

import base64

from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import no_method, not_found
from leakresponse.rehearsal.org.files import readable_version
from leakresponse.rehearsal.org.schema import Field, SObject, quoted


def blob(call: Call, obj: SObject, record_id: str, one: Field, shown: object) -> Answer:
    """The bytes; `shown` is what the record shows this caller of the field. Raises 404 where it is empty."""
    if call.method not in {"GET", "HEAD"}:
        raise no_method(call.method)
    row = call.world.store.one(
        " ".join(("SELECT", quoted(one.name), "FROM", quoted(obj.name), "WHERE Id = ?")), record_id
    )
    if not shown or row is None or not row[one.name]:
        raise not_found()
    answer = Answer(media="application/octetstream", rows=1, entities=(obj.name,))
    answer.content = base64.b64decode(row[one.name])
    if obj.name == "ContentVersion":
        events_pages.file_download(call, answer, readable_version(call, record_id), api=True)
    return answer
