"""What hangs on single records and is no JSON or no field: passwords, log files (REST guide, pages of these names)."""

from __future__ import annotations

from leakresponse.rehearsal.org.access import check_read
from leakresponse.rehearsal.org.calls import Answer, Call, FilePart, nothing
from leakresponse.rehearsal.org.errors import bad_request, no_access, no_method, not_found
from leakresponse.rehearsal.org.identity import permissions
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.records import known_id
from leakresponse.rehearsal.org.routes import Endpoint


def password(call: Call) -> Answer:
    """`/sobjects/User/{id}/password`: whether expired, set a new one, or have one made (REST guide)."""
    user_id = known_id(call.args["id"])
    if call.world.store.one('SELECT Id FROM "User" WHERE Id = ?', user_id) is None:
        raise not_found()
    if call.method == "GET":
        return Answer(body={"isExpired": False}, entities=("User",))
    if user_id != call.caller.user_id:
        _may_reset(call)
    if call.method == "POST":
        if len(str(call.json().get("NewPassword", ""))) < 8:
            raise bad_request("INVALID_NEW_PASSWORD", "Your password must be at least 8 characters long")
        return nothing()
    if call.method == "DELETE":
        return Answer(body={"NewPassword": new_id("pw0")[:12]}, entities=("User",))
    raise no_method(call.method)


def _may_reset(call: Call) -> None:
    if not permissions(call.world, call.caller.user_id) & {"ResetPasswords", "ManageUsers"}:
        raise no_access()


def log_file(call: Call) -> Answer:
    """`GET /sobjects/EventLogFile/{id}/LogFile`: the CSV itself, streamed."""
    check_read(call, ("EventLogFile",))
    path = call.world.logs.path_of(known_id(call.args["id"]))
    if path is None:
        raise not_found()
    part = FilePart(path, 0, path.stat().st_size)
    return Answer(file=part, media="application/octetstream", rows=1, entities=("EventLogFile",))


ROUTES = (
    Endpoint("/sobjects/User/{id}/password", password, "GET, POST, DELETE", "403, 400 `INVALID_NEW_PASSWORD`"),
    Endpoint("/sobjects/EventLogFile/{id}/LogFile", log_file, "the CSV, streamed", "403 without View Event Log Files"),
)
