"""What log rows and stored events have in common, and the readings of what is not known about them.

Where sources contradict each other or say nothing (log notes, X and 0), `World.reading` decides: `attacker` takes what
tells a defender less, `lenient` the other.

- ROWS_PROCESSED of a page of a query: the whole query's total on every page, so that pages must not be summed; or the
  rows of that page.
- The address of a call on a record in RestApi: without the record's id; or with it. ApiTotalUsage has it in any case.
- A composite request: its parent alone; or, from v64, every sub-request too.
"""

from __future__ import annotations

import re
import uuid
import zlib
from datetime import datetime
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import compact, iso
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.world import World

SERVER_ADDRESS = "Salesforce.com IP"
_RECORD = re.compile(r"(/sobjects/\w+)/[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?(?=/|\?|$)")


def agent_code(agent: str) -> str:
    """RestApi shows the user agent as a number; the same product gives the same one. The real list is not public."""
    product = agent.split("/")[0].strip().lower()
    return str(10_000_000 + zlib.crc32(product.encode()) % 90_000_000)


def common(world: World, kind: str, at: datetime, user_id: str, request: str) -> dict[str, Any]:
    """The columns that every log has. USER_ID has 15 characters, USER_ID_DERIVED 18."""
    return {
        "EVENT_TYPE": kind, "TIMESTAMP": compact(at), "REQUEST_ID": request, "ORGANIZATION_ID": world.org_id[:15],
        "USER_ID": user_id[:15], "TIMESTAMP_DERIVED": iso(at), "USER_ID_DERIVED": user_id,
    }  # fmt: skip


def of_call(call: Call, kind: str) -> dict[str, Any]:
    """The columns of a row about a call: who, in which session, from where, to which address."""
    caller = call.caller
    return {
        **common(call.world, kind, call.now, caller.user_id, call.request_id), "SESSION_KEY": caller.session_key,
        "LOGIN_KEY": caller.login_key, "CLIENT_IP": call.client.address, "USER_TYPE": "Standard",
        "CLIENT_NAME": call.client.name, "URI": address_of(call, call.uri),
    }  # fmt: skip


def address_of(call: Call, uri: str) -> str:
    """An address as RestApi tells it: with the id of the record and the query string, or without both."""
    if call.world.lenient or not _RECORD.search(uri):
        return uri
    return _RECORD.sub(r"\1", uri).partition("?")[0]


def rows_processed(call: Call, answer: Answer) -> int:
    """ROWS_PROCESSED: of the whole query, or of this page."""
    return answer.rows if call.world.lenient or answer.total is None else answer.total


def stored(call: Call, name: str) -> dict[str, Any]:
    """The fields that a stored event of this call has; `name` is the object, whether the org shows it or not."""
    caller, at = call.caller, iso(call.now)
    obj = call.world.store.schema[name]
    every = {
        "Id": new_id(obj.key_prefix), "EventDate": at, "EventIdentifier": str(uuid.uuid4()), "CreatedDate": at,
        "UserId": caller.user_id, "Username": caller.username, "SourceIp": call.client.address,
        "SessionKey": caller.session_key, "SessionLevel": "STANDARD", "LoginKey": caller.login_key,
        "LoginHistoryId": caller.login_history_id, "EvaluationTime": 0.0,
    }  # fmt: skip
    return {field: value for field, value in every.items() if field in obj.fields}
