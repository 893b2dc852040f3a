"""Threat events: raised by order, or by small rules over what happens, as Threat Detection would.

The real models are not public. The rules here are blunt, so that a rehearsal meets them: a user who reads by API far
more in a day than on any day before (ApiAnomaly), and a guest who sends many Aura actions in a day (GuestUserAnomaly).
Each is raised once a day and user. No event is no proof that nothing happened.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call, Client, LogRow
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.schema_events_threats import SCORE_TOPS, SUMMARY_LENGTH
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

#: How many rows in a day are too many for anybody whose highest day was a tenth of it.
API_ROWS, TIMES_BEFORE = 20_000, 10
#: How many controller actions of a guest in a day are too many.
GUEST_ACTIONS = 200
#: What these scores are shares of: each object's highest.
_SURE = 0.97


def raise_threat(
    world: World, db: sqlite3.Connection, name: str, at: datetime, user: tuple[str, str], share: float,
    features: Iterable[tuple[str, Any, float]] = (), **fields: Any,
) -> str:  # fmt: skip
    """Write a threat event into `name`, e.g. `SessionHijackingEventStore`; the answer is its id.

    `user` is id and username; `share` is 0 to 1 of the object's own scale of Score. `features` are (name, value,
    contribution in percent) for SecurityEventData; `fields` are the object's own. Raises KeyError for an object that
    holds no threats.
    """
    obj = world.store.schema[name]
    number = f"{name.removesuffix('EventStore')}EventNumber"
    made, when = new_id(obj.key_prefix), iso(at)
    count = (first_row(db, f'SELECT COUNT(*) AS rows FROM "{name}"') or {"rows": 0})["rows"]  # noqa: S608 - our schema
    row = {
        "Id": made, "EventDate": when, "EventIdentifier": str(uuid.uuid4()), "CreatedDate": when, "UserId": user[0],
        "Username": user[1], number: f"{name[:2].upper()}-{count + 1:08d}", "Score": SCORE_TOPS[name] * share,
        "EvaluationTime": 0.0, "LastModifiedDate": when, "SystemModstamp": when,
        "SecurityEventData": _data(features), **fields,
    }  # fmt: skip
    row["Summary"] = str(fields.get("Summary", f"{obj.label}: unusual behaviour of {user[1]}"))[:SUMMARY_LENGTH]
    put(db, name, {field: value for field, value in row.items() if field in obj.fields})
    return made


def _data(features: Iterable[tuple[str, Any, float]]) -> str:
    """SecurityEventData: contributions are text such as `95.00 %`."""
    return json.dumps(
        [
            {"featureName": name, "featureValue": str(value), "featureContribution": f"{percent:.2f} %"}
            for name, value, percent in features
        ]
    )


def watch(call: Call, db: sqlite3.Connection, rows: Iterable[LogRow], stored: Iterable[tuple[str, Any]]) -> None:
    """Look at what an act left, inside its transaction, and raise what it proves."""
    read = sum(int(row["RowsReturned"] or 0) for name, row in stored if name == "ApiEvent")
    if read:
        _watch_reads(call, db, read)
    guest = [row for kind, row in rows if kind == "AuraRequest" and row.get("USER_TYPE") == "Guest"]
    if guest:
        _watch_guest(call, db, sum(str(row["ACTION_MESSAGE"]).count("$") // 2 for row in guest))


def _watch_reads(call: Call, db: sqlite3.Connection, read: int) -> None:
    user, day = call.caller.user_id, call.now.strftime("%Y%m%d")
    today = _add(db, "api", user, day, read)
    sql = "SELECT MAX(number) AS most FROM sim_volume WHERE kind = 'api' AND who = ? AND day < ?"
    most = (first_row(db, sql, user, day) or {"most": None})["most"] or 0
    if today < max(API_ROWS, TIMES_BEFORE * most) or not _first_today(db, "api-anomaly", user, day):
        return
    raise_threat(
        call.world, db, "ApiAnomalyEventStore", call.now, (user, call.caller.username), _SURE,
        [("rowCount", today, 92.5), ("autonomousSystem", call.client.address, 7.5)],
        SourceIp=call.client.address, SessionKey=call.caller.session_key, LoginKey=call.caller.login_key,
        Operation="Query", RowsProcessed=float(today), RequestIdentifier=call.request_id, Uri=call.path,
        UserAgent=call.client.agent,
    )  # fmt: skip


def _watch_guest(call: Call, db: sqlite3.Connection, actions: int) -> None:
    user, day = call.caller.user_id, call.now.strftime("%Y%m%d")
    today = _add(db, "guest", user, day, max(1, actions))
    if today < GUEST_ACTIONS or not _first_today(db, "guest-anomaly", user, day):
        return
    midnight = call.now.replace(hour=0, minute=0, second=0, microsecond=0)
    raise_threat(
        call.world, db, "GuestUserAnomalyEventStore", midnight, (user, call.caller.username), _SURE,
        SourceIp=call.client.address, UserAgent=call.client.agent, UserType="Guest", TotalControllerEvents=today,
    )  # fmt: skip


def _add(db: sqlite3.Connection, kind: str, who: str, day: str, number: int) -> int:
    """Count on; the answer is the day's sum."""
    sql = (
        "INSERT INTO sim_volume (kind, who, day, number) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (kind, who, day) DO UPDATE SET number = number + excluded.number RETURNING number"
    )
    return int(db.execute(sql, (kind, who, day, number)).fetchone()[0])


def _first_today(db: sqlite3.Connection, kind: str, who: str, day: str) -> bool:
    return _add(db, kind, who, day, 1) == 1


def order_threat(world: World, body: bytes, _client: Client) -> Answer:
    """`POST /simulation/threat` {"object", "username", "share"?, "features"?, "fields"?}: what Threat Detection found.

    `features` is a list of [name, value, percent]. Raises OauthRefused for an unknown user or object.
    """
    given: Mapping[str, Any] = json.loads(body or b"{}")
    name = str(given.get("object", ""))
    user = world.store.one('SELECT Id, Username FROM "User" WHERE Username = ?', str(given.get("username", "")))
    if user is None or name not in SCORE_TOPS:
        raise OauthRefused("invalid_request", "no such user, or no such threat event")
    features = [(str(one[0]), one[1], float(one[2])) for one in given.get("features", [])]
    share = min(1.0, max(0.0, float(given.get("share", _SURE))))
    with world.store.write() as db:
        made = raise_threat(
            world, db, name, world.clock.now(), (user["Id"], user["Username"]), share, features,
            **dict(given.get("fields", {})),
        )  # fmt: skip
    return Answer(body={"id": made})
