"""What hangs on single records and is no JSON: log files (REST guide, "sObject Blob Get")."""

from __future__ import annotations

from leakresponse.rehearsal.org.access import check_read
from leakresponse.rehearsal.org.calls import Answer, Call, FilePart
from leakresponse.rehearsal.org.errors import not_found
from leakresponse.rehearsal.org.records import known_id
from leakresponse.rehearsal.org.routes import Endpoint


def log_file(call: Call) -> Answer:
    """`GET /sobjects/EventLogFile/{id}/LogFile`: the CSV itself, streamed."""
    check_read(call, ("EventLogFile",))
    file_id, world = known_id(call.args["id"]), call.world
    path = world.logs.path_of(file_id)
    if path is None:
        raise not_found()
    size = path.stat().st_size
    if world.faults.on and world.faults.wants("short_log_file", world.logs.kind_of(file_id)) is not None:
        size = size * 2 // 3
    part = FilePart(path, 0, size)
    return Answer(file=part, media="application/octetstream", rows=1, entities=("EventLogFile",))


ROUTES = (
    Endpoint("/sobjects/EventLogFile/{id}/LogFile", log_file, "the CSV, streamed", "403 without View Event Log Files"),
)
