"""Sandboxes as their maker sees them: SandboxInfo is made, changed and deleted, SandboxProcess tells how far it is.

Fields and rules: Tooling API reference, SandboxInfo and SandboxProcess; what the Salesforce CLI asks afterwards at
`/tooling/sandboxAuth` was read in its source (@salesforce/core, org.ts). The words of refusals, and how many sandboxes
a licence allows here, are the simulation's own: not confirmed.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org import sandbox_work
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import bad_request, no_method, not_found
from leakresponse.rehearsal.org.identity import SCOPE, require, user_by_name
from leakresponse.rehearsal.org.ids import hashed, new_id
from leakresponse.rehearsal.org.oauth_apps import app_by_key
from leakresponse.rehearsal.org.sandbox_work import PENDING, PENDING_ACTIVATION, row_of, save
from leakresponse.rehearsal.org.setup_trail import audit
from leakresponse.rehearsal.org.store import all_rows, first_row, put
from leakresponse.rehearsal.org.world import World

PERMISSION = "ManageSandboxes"
#: Licences of the simulated retailer: how many sandboxes of each kind it may have at once.
LICENCES: Mapping[str, int] = {"DEVELOPER": 25, "DEVELOPER_PRO": 5, "PARTIAL": 2, "FULL": 1}
_NAME = re.compile(r"[A-Za-z0-9]+")
#: How long a code can be redeemed, in seconds (Salesforce Help, "OAuth 2.0 Web Server Flow": 15 minutes).
CODE_SECONDS = 900
LONGEST_NAME, LONGEST_DESCRIPTION = 10, 1000
_HISTORY_DAYS = (-1, 0, 10, 20, 30, 60, 90, 120, 150, 180)
#: What a maker may say beside the name.
_WISHES = (
    "TemplateId", "SourceId", "ApexClassId", "AutoActivate", "CopyChatter", "CopyArchivedActivities", "HistoryDays",
    "ActivationUserGroupId", "Features", "Description",
)  # fmt: skip
_MORE = ("LicenseType", "IsNonPreview", "PostCopyConfig")
_FLAGS = frozenset({"AutoActivate", "CopyChatter", "CopyArchivedActivities", "IsNonPreview"})


def create(call: Call, given: Mapping[str, Any]) -> str:
    """`POST /tooling/sobjects/SandboxInfo`: the id; the copy begins at once."""
    require(call.world, call.caller, PERMISSION)
    wanted = _values(given)
    _check_name(str(wanted.get("SandboxName") or ""))
    info_id = new_id("0GQ")
    with call.world.store.write() as db:
        _check_unique(db, wanted["SandboxName"])
        wanted["LicenseType"] = _licence(db, wanted)
        put(db, "SandboxInfo", {"Id": info_id, **_stamps(call), **wanted, "IsDeleted": 0})
        process_id = _order(call, db, info_id, wanted)
        audit(call, db, "createdSandbox", "Sandboxes", f"Created sandbox {wanted['SandboxName']}")
    sandbox_work.begin(call.world, process_id)
    return info_id


def refresh(call: Call, info_id: str, given: Mapping[str, Any]) -> None:
    """`PATCH /tooling/sobjects/SandboxInfo/{id}`: copies anew; the sandbox of before serves until then."""
    require(call.world, call.caller, PERMISSION)
    wanted = _values(given)
    with call.world.store.write() as db:
        info = _info(db, info_id)
        if busy(db, info_id):
            raise bad_request("INVALID_STATUS", "The sandbox is still being copied")
        wanted = {**{name: info[name] for name in ("SandboxName", *_WISHES, *_MORE)}, **wanted}
        if wanted["SandboxName"] != info["SandboxName"]:
            _check_name(str(wanted["SandboxName"]))
            _check_unique(db, wanted["SandboxName"])
        wanted["LicenseType"] = _licence(db, wanted, info_id)
        stamps = {name: value for name, value in _stamps(call).items() if not name.startswith("Created")}
        save(db, "SandboxInfo", info_id, {**wanted, **stamps})
        process_id = _order(call, db, info_id, wanted)
        audit(call, db, "refreshedSandbox", "Sandboxes", f"Refreshed sandbox {wanted['SandboxName']}")
    sandbox_work.begin(call.world, process_id)


def delete(call: Call, info_id: str) -> None:
    """`DELETE /tooling/sobjects/SandboxInfo/{id}`: the org ends, and all its data with it."""
    require(call.world, call.caller, PERMISSION)
    with call.world.store.write() as db:
        info = _info(db, info_id)
        if busy(db, info_id):
            raise bad_request("INVALID_STATUS", "The sandbox is still being copied")
        save(db, "SandboxInfo", info_id, {"IsDeleted": 1, "SystemModstamp": iso(call.now)})
        latest = _latest(db, info_id)
        save(db, "SandboxProcess", latest["Id"], {"Status": sandbox_work.DELETING})
        audit(call, db, "deletedSandbox", "Sandboxes", f"Deleted sandbox {info['SandboxName']}")
    sandbox_work.begin(call.world, latest["Id"])


def act(call: Call, process_id: str, given: Mapping[str, Any]) -> None:
    """`PATCH /tooling/sobjects/SandboxProcess/{id}` with RefreshAction: put a refreshed sandbox to use, or do not."""
    require(call.world, call.caller, PERMISSION)
    wanted = str(given.get("RefreshAction") or "").upper()
    if wanted not in {"ACTIVATE", "DISCARD"}:
        words = "Refresh Action: bad value for restricted picklist field"
        raise bad_request("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, ["RefreshAction"])
    with call.world.store.write() as db:
        row = row_of(db, "SandboxProcess", process_id)
        if row is None:
            raise not_found()
        if row["Status"] != PENDING_ACTIVATION or _latest(db, row["SandboxInfoId"])["Id"] != process_id:
            raise bad_request("INVALID_STATUS", "The sandbox does not wait for its activation")
        status = sandbox_work.ACTIVATING if wanted == "ACTIVATE" else sandbox_work.DISCARDING
        chosen = {"RefreshAction": wanted, "Status": status, "ActivatedById": call.caller.user_id}
        save(db, "SandboxProcess", process_id, chosen)
    sandbox_work.begin(call.world, process_id)


def authorise(call: Call) -> Answer:
    """`POST /tooling/sandboxAuth`: where the caller's namesake in a finished sandbox logs in.

    The CLI then logs in there with the key that it has; one without a key redeems the code.
    """
    if call.method != "POST":
        raise no_method(call.method)
    asked = call.json()
    name = str(asked.get("sandboxName") or "")
    sql = (
        "SELECT Status FROM SandboxProcess WHERE SandboxName = ? AND Status NOT IN ('Deleting', 'Deleted') "
        "ORDER BY CreatedDate DESC LIMIT 1"
    )
    found = call.world.store.one(sql, name)
    if found is None:
        raise not_found()
    sandbox = call.world.orgs.worlds.get(sandbox_work.name_of(call.world, name)) if call.world.orgs else None
    if found["Status"] != sandbox_work.COMPLETED or sandbox is None or not sandbox.urls:
        raise bad_request("INVALID_STATUS", "The sandbox is not ready for logins")
    url = next(one for one in sandbox.urls if one.startswith(call.base_url.partition("://")[0] + "://"))
    username = f"{call.caller.username}.{name.lower()}"
    code = _code(sandbox, str(asked.get("clientId") or ""), username, str(asked.get("callbackUrl") or ""))
    return Answer(body={"authUserName": username, "authCode": code, "instanceUrl": url, "loginUrl": url})


def _code(sandbox: World, consumer_key: str, username: str, callback: str) -> str:
    """An authorization code of the sandbox for one of its users; it means nothing where app or user are unknown."""
    code = f"aPrx{secrets.token_urlsafe(48)}"
    app, user = app_by_key(sandbox, consumer_key), user_by_name(sandbox, username)
    if app is not None and user is not None:
        with sandbox.store.write() as db:
            put(db, "sim_code", {
                "code": hashed(code), "app_id": app["app_id"], "user_id": user["Id"], "redirect_uri": callback,
                "challenge": "", "scope": SCOPE, "expires": sandbox.clock.now().timestamp() + CODE_SECONDS,
            })  # fmt: skip
    return code


def order_first(world: World, name: str) -> None:
    """A Developer sandbox of a new org, asked for by whoever starts the process; it is finished when this returns."""
    now = iso(world.clock.now())
    info_id, process_id = new_id("0GQ"), new_id("0GR")
    stamps = {"CreatedById": world.system_user, "LastModifiedById": world.system_user}
    stamps |= dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    same = {**stamps, "SandboxName": name, "LicenseType": "DEVELOPER", "HistoryDays": 0, "IsDeleted": 0}
    with world.store.write() as db:
        put(db, "SandboxInfo", {"Id": info_id, **same})
        put(db, "SandboxProcess", {
            "Id": process_id, "SandboxInfoId": info_id, "Status": PENDING, "CopyProgress": 0, **same,
        })  # fmt: skip
    sandbox_work.work(world, process_id, pace=0.0)


def named(world: World, name: str) -> dict[str, Any] | None:
    """The sandbox of that name, None where there is none or it is deleted."""
    return world.store.one("SELECT * FROM SandboxInfo WHERE SandboxName = ? AND IsDeleted = 0", name)


def busy(db: sqlite3.Connection, info_id: str) -> bool:
    """Whether a copy of the sandbox is on its way."""
    row = first_row(db, "SELECT 1 AS yes FROM SandboxProcess WHERE SandboxInfoId = ? AND Status NOT IN "
                    "('Completed', 'Deleted', 'Stopped')", info_id)  # fmt: skip
    return row is not None


def _order(call: Call, db: sqlite3.Connection, info_id: str, wanted: Mapping[str, Any]) -> str:
    """A new SandboxProcess, not begun."""
    process_id = new_id("0GR")
    kept = {name: wanted[name] for name in (*_WISHES, "SandboxName", "LicenseType") if name in wanted}
    put(db, "SandboxProcess", {
        "Id": process_id, "SandboxInfoId": info_id, "Status": PENDING, "CopyProgress": 0, "IsDeleted": 0,
        "HistoryDays": 0, **_stamps(call), **kept,
    })  # fmt: skip
    return process_id


def _stamps(call: Call) -> dict[str, Any]:
    now, who = iso(call.now), call.caller.user_id
    return {
        "CreatedDate": now, "CreatedById": who, "LastModifiedDate": now, "LastModifiedById": who, "SystemModstamp": now,
    }  # fmt: skip


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the maker says, ready for the store. Raises 400 INVALID_FIELD."""
    known = {name.lower(): name for name in ("SandboxName", *_WISHES, *_MORE)}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name.lower() in {"attributes", "id"} or name.lower() not in known:
            if name.lower() not in {"attributes", "id", *_READ_ONLY}:
                raise bad_request("INVALID_FIELD", f"No such column '{name}' on sobject of type SandboxInfo")
            continue
        own = known[name.lower()]
        found[own] = int(bool(value)) if own in _FLAGS else value
    found.setdefault("HistoryDays", 0)
    if found["HistoryDays"] not in _HISTORY_DAYS:
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", "History Days: bad value", ["HistoryDays"])
    if len(str(found.get("Description") or "")) > LONGEST_DESCRIPTION:
        words = f"Description: data value too large (max length={LONGEST_DESCRIPTION})"
        raise bad_request("STRING_TOO_LONG", words, ["Description"])
    return found


#: Fields of a queried record that the CLI sends back with a refresh.
_READ_ONLY = ("isdeleted", "createddate", "createdbyid", "lastmodifieddate", "lastmodifiedbyid", "systemmodstamp")


def _check_name(name: str) -> None:
    """At most 10 letters and digits (Tooling API, SandboxInfo.SandboxName)."""
    if not name:
        raise bad_request("REQUIRED_FIELD_MISSING", "Required fields are missing: [SandboxName]", ["SandboxName"])
    if len(name) > LONGEST_NAME:
        words = f"Sandbox Name: data value too large: {name} (max length={LONGEST_NAME})"
        raise bad_request("STRING_TOO_LONG", words, ["SandboxName"])
    if not _NAME.fullmatch(name):
        words = "Sandbox Name: a sandbox name holds letters and digits only"
        raise bad_request("FIELD_INTEGRITY_EXCEPTION", words, ["SandboxName"])


def _check_unique(db: sqlite3.Connection, name: str) -> None:
    """No other sandbox has the name, nor one that is still being deleted."""
    sql = (
        "SELECT i.Id FROM SandboxInfo i WHERE i.SandboxName = ? AND (i.IsDeleted = 0 OR EXISTS (SELECT 1 FROM "
        "SandboxProcess p WHERE p.SandboxInfoId = i.Id AND p.Status = 'Deleting'))"
    )
    other = first_row(db, sql, name)
    if other is not None:
        words = f"duplicate value found: SandboxName duplicates value on record with id: {other['Id']}"
        raise bad_request("DUPLICATE_VALUE", words, ["SandboxName"])


def _licence(db: sqlite3.Connection, wanted: Mapping[str, Any], own: str = "") -> str:
    """The licence in the store's spelling: that of the source for a clone. Raises 400 where there is none left."""
    source = wanted.get("SourceId")
    given = str(wanted.get("LicenseType") or "").upper()
    if source:
        info = _info(db, str(source))
        if source == own or busy(db, info["Id"]) or (given and not own):
            words = "A clone has a finished sandbox as its source and no license type"
            raise bad_request("FIELD_INTEGRITY_EXCEPTION", words, ["SourceId"])
        given = str(info["LicenseType"])
    if given not in LICENCES:
        words = "License Type: bad value for restricted picklist field"
        raise bad_request("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, ["LicenseType"])
    taken = all_rows(db, "SELECT Id FROM SandboxInfo WHERE LicenseType = ? AND IsDeleted = 0 AND Id <> ?", given, own)
    if len(taken) >= LICENCES[given]:
        raise bad_request("LIMIT_EXCEEDED", f"No {given} sandbox license is left")
    return given


def _info(db: sqlite3.Connection, info_id: str) -> dict[str, Any]:
    found = row_of(db, "SandboxInfo", info_id)
    if found is None or found["IsDeleted"]:
        raise not_found()
    return found


def _latest(db: sqlite3.Connection, info_id: str) -> dict[str, Any]:
    """The newest copy of a sandbox."""
    sql = "SELECT * FROM SandboxProcess WHERE SandboxInfoId = ? ORDER BY CreatedDate DESC, rowid DESC LIMIT 1"
    found = first_row(db, sql, info_id)
    if found is None:
        raise not_found()
    return found
