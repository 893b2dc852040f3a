"""Staging and rotating the consumer key and secret of an External Client App (Connect REST, "OAuth Credentials", v65+).

Facts: salesforce_api.md 3.5, containment_facts.md ("staged ECA credentials"), Salesforce Help
`xcloud.eca_stage_oauth_credentials`. A staged pair logs in at once, before it is rotated; rotating makes it the app's
own and leaves the old pair staged as Rotated, which still logs in until it is deleted, or 30 days are over. There is
one staged pair at a time; the words for a second one are not confirmed. Deleting a pair ends no session.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from leakresponse.core.events_ids import checksum, is_record_id, to18
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, no_access, no_method, not_found
from leakresponse.rehearsal.org.identity import require
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.setup_trail import audit
from leakresponse.rehearsal.org.store import first_row, put

LIFE = timedelta(days=30)
#: The fact of the store behind `ExternalClientAppSettings.enableClientSecretInRestApiAccess`; the cast's org has it on.
SECRETS_BY_REST = "enableClientSecretInRestApiAccess"
_FIRST_VERSION = 65
_PARTS = {"key": ("key",), "secret": ("secret",), "keyandsecret": ("key", "secret")}


def list_consumers(call: Call) -> Answer:
    """`GET /apps/oauth/credentials/{app}`."""
    app = _begin(call, "GET")
    here = _address(call, app)
    consumer = {
        "id": _consumer_id(app), "key": app["consumer_key"], "url": here, "stagedCredentialsUrl": f"{here}/staged",
    }  # fmt: skip
    return Answer(body={"consumers": [consumer]})


def credentials(call: Call) -> Answer:
    """`GET …/{app}/{consumer}?part=key|secret|keyandsecret`: the pair that is the app's own."""
    app = _begin(call, "GET")
    asked = _PARTS.get(call.query.get("part", "keyandsecret").lower())
    if asked is None:
        raise bad_request("INVALID_QUERY_PARAMETER", "part must be key, secret or keyandsecret")
    pair = {"key": app["consumer_key"], "secret": app["consumer_secret"]}
    here = _address(call, app)
    body = {"id": _consumer_id(app), **{name: pair[name] for name in asked}}
    return Answer(body={**body, "url": here, "stagedCredentialsUrl": f"{here}/staged"})


def staged_list(call: Call) -> Answer:
    """`…/staged`: GET shows the staged pair, POST or PUT makes one."""
    app = _begin(call, "GET", "POST", "PUT")
    there = _staged(call, app)
    if call.method == "GET":
        return Answer(body={"stagedCredentials": [_shown(call, app, one) for one in there]})
    if there:
        raise bad_request("INVALID_OPERATION", "The consumer already has staged credentials")
    row = {
        "staged_id": new_id("0xC"), "app_id": app["app_id"], "consumer_key": new_key(), "consumer_secret": new_secret(),
        "state": "Active", "created_by": call.caller.user_id, "created": iso(call.now), "expires": iso(call.now + LIFE),
    }  # fmt: skip
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_staged WHERE app_id = ?", (app["app_id"],))
        put(db, "sim_staged", row)
        _trail(call, db, "staged", app)
    return Answer(201, _shown(call, app, row))


def staged_one(call: Call) -> Answer:
    """`…/staged/{id}`: GET, PATCH {"command":"rotate"}, DELETE."""
    app = _begin(call, "GET", "PATCH", "DELETE")
    found = next((one for one in _staged(call, app) if one["staged_id"][:15] == call.args["staged"][:15]), None)
    if found is None:
        raise not_found()
    if call.method == "GET":
        return Answer(body=_shown(call, app, found))
    if call.method == "PATCH":
        return _rotated(call, app, found)
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_staged WHERE staged_id = ?", (found["staged_id"],))
        _trail(call, db, "deleted", app)
    return Answer(204)


def _rotated(call: Call, app: dict[str, Any], found: dict[str, Any]) -> Answer:
    """Exchange the two pairs. Raises 400 for another command, or for a pair that was rotated already."""
    if call.json().get("command") != "rotate":
        raise bad_request("INVALID_INPUT", "command must be rotate")
    if found["state"] != "Active":
        raise bad_request("INVALID_OPERATION", "Only active staged credentials can be rotated")
    with call.world.store.write() as db:
        db.execute("DELETE FROM sim_staged WHERE staged_id = ?", (found["staged_id"],))
        own = "UPDATE sim_app SET consumer_key = ?, consumer_secret = ? WHERE app_id = ?"
        db.execute(own, (found["consumer_key"], found["consumer_secret"], app["app_id"]))
        old = {
            **found, "consumer_key": app["consumer_key"], "consumer_secret": app["consumer_secret"],
            "state": "Rotated", "expires": iso(call.now + LIFE),
        }  # fmt: skip
        put(db, "sim_staged", old)
        if first_row(db, "SELECT 1 AS yes FROM sim_block WHERE consumer_key = ?", app["consumer_key"]):
            db.execute("INSERT OR REPLACE INTO sim_block VALUES (?, ?)", (found["consumer_key"], app["name"]))
        _trail(call, db, "rotated", app)
    return Answer(body=_shown(call, app, old))


def _trail(call: Call, db: sqlite3.Connection, act: str, app: dict[str, Any]) -> None:
    """The row of the setup audit trail; its words are not confirmed."""
    words = f"{act.capitalize()} credentials of {app['name']}"
    audit(call, db, f"{act}ExtlClntAppCredentials", "External Client Apps", words)


def new_key() -> str:
    """A consumer key; real ones begin so."""
    return f"3MVG9{secrets.token_urlsafe(60)}"


def new_secret() -> str:
    """A consumer secret: 64 hexadecimal digits, as real ones."""
    return secrets.token_hex(32).upper()


def _begin(call: Call, *methods: str) -> dict[str, Any]:
    """The app of the address. Raises 404, 405, or 403 without both permissions or with the org's setting off."""
    if float(call.version) < _FIRST_VERSION:
        raise not_found()
    if call.method not in methods:
        raise no_method(call.method)
    for permission in ("ExternalClientAppDeveloper", "ViewClientSecret"):
        require(call.world, call.caller, permission)
    if not call.world.store.fact(SECRETS_BY_REST, True):
        raise no_access("Access to external client app consumer secrets via REST API is not enabled")
    given = call.args["app"]
    app_id = to18(given) if is_record_id(given) else ""
    app = call.world.store.one("SELECT * FROM sim_app WHERE kind = 'eca' AND app_id = ? AND installed = 1", app_id)
    if app is None or ("consumer" in call.args and call.args["consumer"][:15] != _consumer_id(app)[:15]):
        raise not_found()
    return app


def _staged(call: Call, app: dict[str, Any]) -> list[dict[str, Any]]:
    sql = "SELECT * FROM sim_staged WHERE app_id = ? AND expires > ?"
    return call.world.store.all(sql, app["app_id"], iso(call.now))


def _consumer_id(app: dict[str, Any]) -> str:
    """The id of the app's one consumer: its own number under the prefix of consumers."""
    short = f"888{app['app_id'][3:15]}"
    return short + checksum(short)


def _address(call: Call, app: dict[str, Any]) -> str:
    return f"{call.root}/apps/oauth/credentials/{app['app_id']}/{_consumer_id(app)}"


def _shown(call: Call, app: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    here = f"{_address(call, app)}/staged"
    return {
        "id": row["staged_id"], "key": row["consumer_key"], "secret": row["consumer_secret"], "state": row["state"],
        "createdBy": row["created_by"], "createdDate": row["created"], "expirationDate": row["expires"],
        "url": f"{here}/{row['staged_id']}", "stagedCredentialsUrl": here,
    }  # fmt: skip


def _endpoint(path: str, handler: Callable[[Call], Answer], answers: str, refuses: str) -> Endpoint:
    return Endpoint(f"/apps/oauth/credentials/{{app}}{path}", handler, answers, refuses)


ROUTES = (
    _endpoint("", list_consumers, "the consumers of an External Client App; v65+", "403, 404 for connected apps"),
    _endpoint("/{consumer}", credentials, "key, secret or both, by `part`", "400, 403, 404"),
    _endpoint(
        "/{consumer}/staged", staged_list, "GET; POST or PUT stages a pair, which logs in at once", "400 where one is"
    ),
    _endpoint(
        "/{consumer}/staged/{staged}",
        staged_one,
        "GET, PATCH `rotate`, DELETE; the rotated pair lives 30 days",
        "400, 404",
    ),
)
