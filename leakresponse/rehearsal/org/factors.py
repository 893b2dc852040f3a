"""Second factors: a person enrols a code generator in the browser, and proves a login with it.

Enrolling happens in the browser and has no API here, so it is an act of the simulation: `POST /simulation/factor`.
It leaves TwoFactorInfo (object reference), IdentityVerificationEvent and the trail entry
`insertAuthenticatorPairing`; deleting the TwoFactorInfo row leaves `deleteTwoFactorInfo2` (salesforce_api.md 2).
"""

from __future__ import annotations

import json
import secrets
import sqlite3

from leakresponse.rehearsal.org.calls import Answer, Call, Client
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.events import verification_event
from leakresponse.rehearsal.org.identity import user_by_name
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.setup_trail import audit, entry
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

NAME, METHODS = "TwoFactorInfo", "TwoFactorMethodsInfo"
_SECTION = "Manage Users"


def enrol(world: World, body: bytes, client: Client) -> Answer:
    """`POST /simulation/factor` {"username"}: this person, or whoever is in her browser, adds a code generator.

    The answer is `factor`, the id of its row. Raises OauthRefused for an unknown user.
    """
    user = user_by_name(world, str(json.loads(body or b"{}").get("username", "")))
    if user is None:
        raise OauthRefused("invalid_request", "no such user")
    now, factor = world.clock.now(), new_id("0Kf")
    at, by = iso(now), user["Id"]
    stamps = {"CreatedDate": at, "CreatedById": by, "LastModifiedDate": at, "LastModifiedById": by}
    with world.store.write() as db:
        put(db, NAME, {
            "Id": factor, "UserId": by, "Type": "TOTP", "SharedKey": secrets.token_hex(20), **stamps,
            "SystemModstamp": at,
        })  # fmt: skip
        db.execute(" ".join(("DELETE FROM", METHODS, "WHERE UserId = ?")), (by,))
        put(db, METHODS, {"Id": new_id("0Kg"), "UserId": by, "HasTotp": 1})
        entry(
            db, by, now, "insertAuthenticatorPairing", _SECTION, f"Added a verification method for {user['Username']}"
        )
        put(db, *verification_event(world, client, now, (by, user["Username"]), ("", "", ""), "Totp", "Succeeded"))
    return Answer(body={"factor": factor})


def check_factor(world: World, user_id: str, factor: str) -> None:
    """Raises OauthRefused `invalid_factor` where the user has no such factor any more."""
    if world.store.one("SELECT 1 AS yes FROM TwoFactorInfo WHERE Id = ? AND UserId = ?", factor, user_id) is None:
        raise OauthRefused("invalid_factor", "this verification method is not registered")


def after_removal(call: Call, db: sqlite3.Connection, factor: str) -> None:
    """Note that a factor is being deleted, and what is left to its user."""
    found = first_row(db, "SELECT UserId FROM TwoFactorInfo WHERE Id = ?", factor)
    if found is None:
        return
    sql = "UPDATE TwoFactorMethodsInfo SET HasTotp = (SELECT COUNT(*) > 1 FROM TwoFactorInfo WHERE UserId = ?)"
    db.execute(" ".join((sql, "WHERE UserId = ?")), (found["UserId"], found["UserId"]))
    audit(call, db, "deleteTwoFactorInfo2", _SECTION, "Removed a verification method")
