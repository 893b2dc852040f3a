"""`GET /sobjects/X/{id}/{field}` of a binary field: its bytes (REST guide, "sObject Blob Get").

Records and queries show such a field as this address, never as its content.
"""

from __future__ import annotations

from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import no_method, not_found
from leakresponse.rehearsal.org.files import bytes_of, readable_version
from leakresponse.rehearsal.org.schema import Field, SObject


def blob(call: Call, obj: SObject, record_id: str, one: Field, shown: object) -> Answer:
    """The bytes; `shown` is what the record shows this caller of the field. Raises 404 where it is empty."""
    if call.method not in {"GET", "HEAD"}:
        raise no_method(call.method)
    content = bytes_of(call, obj.name, record_id, one.name) if shown else None
    if content is None:
        raise not_found()
    answer = Answer(media="application/octetstream", content=content, rows=1, entities=(obj.name,))
    if obj.name == "ContentVersion":
        events_pages.file_download(call, answer, readable_version(call, record_id), api=True)
    return answer
