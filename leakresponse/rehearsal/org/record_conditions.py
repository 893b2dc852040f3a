"""`If-Modified-Since` and `If-Unmodified-Since` of single records (REST guide, "Use Conditional Requests").

A record that was not changed since answers 304 to a read; one that was answers 412 to anything. The code in the body
of a 412 is not confirmed. Dates that are none are ignored, as HTTP says.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.schema import SObject, quoted


def unmet(call: Call, obj: SObject, record_id: str) -> Answer | None:
    """The answer where a condition of the call does not hold: 304 for a read, else None. Raises 412."""
    since, before = (_moment(call.headers.get(name, "")) for name in ("if-modified-since", "if-unmodified-since"))
    if (since is None and before is None) or "LastModifiedDate" not in obj.fields:
        return None
    row = call.world.store.one(" ".join(("SELECT LastModifiedDate FROM", quoted(obj.name), "WHERE Id = ?")), record_id)
    if row is None or not row["LastModifiedDate"]:
        return None
    changed = datetime.fromisoformat(row["LastModifiedDate"]).replace(microsecond=0)
    if before is not None and changed > before:
        raise ApiRefused(412, "PRECONDITION_FAILED", "The record has been modified since the date in the request")
    if since is not None and changed <= since and call.method in {"GET", "HEAD"}:
        return Answer(304, entities=(obj.name,))
    return None


def _moment(header: str) -> datetime | None:
    """An HTTP date, such as `Tue, 10 Aug 2015 00:00:00 GMT`."""
    try:
        found = parsedate_to_datetime(header) if header else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
