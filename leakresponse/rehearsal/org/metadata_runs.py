"""The life of a deploy: Pending, InProgress, then done; canceled only before it is. REST and SOAP share it.

A deploy waits a little, so that clients see it at work and may cancel it: `DEPLOY_SECONDS`, or the org's fact
`deploy_seconds`. It is carried out by a timer, or by the first look after its time, also after a restart.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call, Client
from leakresponse.rehearsal.org.clock import iso, parse_moment
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_access, not_found
from leakresponse.rehearsal.org.identity import Caller, permissions
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.metadata_deploy import Options, failed, perform
from leakresponse.rehearsal.org.metadata_package import packages
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

#: Seconds of real time from the order to its end; half of them it is Pending.
DEPLOY_SECONDS = 0.3
_FACT = "deploy_seconds"
_UNEXPECTED = "An unexpected error occurred. Please include this ErrorId if you contact support"
_SLOWEST = 3600
#: A validation can be deployed quickly for so long (Metadata API guide, deployRecentValidation).
_VALID = timedelta(days=10)
#: How long deploys are told of (Setup shows 30 days).
_KEPT = timedelta(days=30)
DONE = frozenset({"Succeeded", "SucceededPartial", "Failed", "Canceled"})
_DEPLOYERS = frozenset({"ModifyMetadata", "ModifyAllData"})
_LEVELS = ("", "NoTestRun", "RunSpecifiedTests", "RunRelevantTests", "RunLocalTests", "RunAllTestsInOrg")


def set_pace(world: World, body: bytes, _client: Client) -> Answer:
    """`POST /simulation/deploys` {"seconds": 30}: how long deploys take from now on; null for the ordinary time."""
    given = json.loads(body or b"{}")
    seconds = given.get("seconds") if isinstance(given, dict) else ""
    if seconds is not None and not (isinstance(seconds, int | float) and 0 <= seconds <= _SLOWEST):
        raise ValueError
    world.store.keep_fact(_FACT, seconds)
    return Answer(body={"seconds": DEPLOY_SECONDS if seconds is None else seconds})


def check_may(call: Call) -> None:
    """Raises 403 where the caller may not use the Metadata API."""
    if not permissions(call.world, call.caller.user_id) & _DEPLOYERS:
        raise no_access("Insufficient access rights: Modify Metadata Through Metadata API Functions is needed")


def start(call: Call, content: bytes, raw: Mapping[str, Any], validated: str | None = None) -> str:
    """Order a deploy; the answer is its id. Raises ApiRefused for a bad zip or options that are none."""
    check_may(call)
    options = Options.of(raw)
    if options.test_level not in _LEVELS:
        words = f"'{options.test_level[:80]}' is not a valid value for the enum 'TestLevel'"
        raise bad_request("INVALID_OPERATION", words)
    if options.test_level == "RunSpecifiedTests" and not raw.get("runTests"):
        raise bad_request("INVALID_OPERATION", "runTests must be specified with testLevel RunSpecifiedTests")
    packages(content, options.single)
    world, deploy_id = call.world, new_id("0Af")
    kept = world.store.fact(_FACT)
    wait, now = float(DEPLOY_SECONDS if kept is None else kept), time.time()
    with world.store.write() as db:
        db.execute("DELETE FROM sim_deploy WHERE created < ?", (iso(call.now - _KEPT),))
        put(db, "sim_deploy", {
            "deploy_id": deploy_id, "user_id": call.caller.user_id, "state": "Pending",
            "options": json.dumps(dict(raw)), "package": content,
            "validated_id": validated, "created": iso(call.now), "starts": now + wait / 2,
            "due": now + wait, "call": _kept(call),
        })  # fmt: skip
    timer = threading.Timer(wait + 0.05, _carry_out, (world, deploy_id))
    timer.daemon = True
    timer.start()
    return deploy_id


def quick(call: Call, validated: str) -> str:
    """Deploy what an earlier validation checked: one that succeeded, with tests, in the last ten days. Raises 404."""
    check_may(call)
    row = row_of(call.world, validated)
    options = Options.of(json.loads(row["options"]))
    fits = options.check_only and row["state"] == "Succeeded" and options.test_level != "NoTestRun"
    if not fits or call.now - parse_moment(row["completed"]) > _VALID:
        raise not_found()
    return start(call, row["package"], {**options.raw, "checkOnly": False}, validated)


def _kept(call: Call) -> str:
    """The call as its deploy needs it later; no token is in it."""
    facts = ("method", "path", "version", "base_url", "request_id", "uri")
    kept = {name: getattr(call, name) for name in facts}
    return json.dumps({**kept, "caller": asdict(call.caller), "client": asdict(call.client)})


def _call_of(world: World, row: Mapping[str, Any]) -> Call:
    facts = json.loads(row["call"])
    caller, client = Caller(**facts.pop("caller")), Client(**facts.pop("client"))
    return Call(world=world, caller=caller, client=client, query={}, headers={}, body=b"", args={},
                now=world.clock.now(), **facts)  # fmt: skip


def _carry_out(world: World, deploy_id: str) -> None:
    """The timer's work; an org that was stopped meanwhile does it when it is served again."""
    try:
        row_of(world, deploy_id)
    except (sqlite3.ProgrammingError, sqlite3.OperationalError, ApiRefused):
        return


def row_of(world: World, deploy_id: str) -> dict[str, Any]:
    """A deploy as it now stands, carried out where its time has come. Raises 404."""
    sql = "SELECT * FROM sim_deploy WHERE deploy_id = ? OR substr(deploy_id, 1, 15) = ?"
    row = world.store.one(sql, deploy_id, deploy_id)
    if row is None:
        raise not_found()
    now = time.time()
    if row["state"] == "Pending" and now >= row["starts"]:
        row["state"] = "InProgress"
    if row["state"] not in DONE and now >= row["due"]:
        return _finish(world, row["deploy_id"])
    return row


def _finish(world: World, deploy_id: str) -> dict[str, Any]:
    """Carry a deploy out, once: rows, messages and logs in one transaction."""
    sql = "SELECT * FROM sim_deploy WHERE deploy_id = ?"
    with world.store.write() as db:
        row = first_row(db, sql, deploy_id) or {}
        if row["state"] in DONE:
            return row
        call, options = _call_of(world, row), Options.of(json.loads(row["options"]))
        try:
            messages, log = perform(call, row["package"], options)
        except ApiRefused as refused:
            messages, log = _broken(refused.words), []
        except sqlite3.IntegrityError:
            messages, log = _broken(_UNEXPECTED), []
        world.logs.write(db, log)
        state = _state(messages, options)
        update = "UPDATE sim_deploy SET state = ?, completed = ?, messages = ? WHERE deploy_id = ?"
        db.execute(update, (state, iso(call.now), json.dumps(messages), deploy_id))
        return first_row(db, sql, deploy_id) or {}


def _broken(words: str) -> list[dict[str, Any]]:
    """The one message of a deploy that came to nothing as a whole."""
    return [{"success": False, "problem": words, "problemType": "Error"}]


def _state(messages: list[dict[str, Any]], options: Options) -> str:
    if not failed(messages):
        return "Succeeded"
    well = any(one["success"] and one.get("componentType") for one in messages)
    return "SucceededPartial" if well and not options.rollback and not options.check_only else "Failed"


def cancel(call: Call, deploy_id: str) -> dict[str, Any]:
    """Stop a deploy that is not done yet. Raises 404, and 400 where it is too late."""
    check_may(call)
    row = row_of(call.world, deploy_id)
    sql = (
        "UPDATE sim_deploy SET state = 'Canceled', completed = ?, canceled_by = ? WHERE deploy_id = ? "
        "AND state NOT IN ('Succeeded', 'SucceededPartial', 'Failed', 'Canceled')"
    )
    with call.world.store.write() as db:
        if not db.execute(sql, (iso(call.now), call.caller.user_id, row["deploy_id"])).rowcount:
            raise bad_request("INVALID_ID_FIELD", "Deployment already completed")
    return {**row, "state": "Canceling", "canceled_by": call.caller.user_id}
