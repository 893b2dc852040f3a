"""`/sobjects/User/{id}/password`: whether expired, set a new one, have one made (REST guide, "Manage User Passwords").

Setting or resetting a password is of no use against OAuth (containment facts): tokens, sessions and key logins go on.
What it does to the security token of password logins is `password_logins`' matter.
The words for a password without letters and digits are the guide's; those for a short and for a repeated one are SOAP's
and not confirmed for REST. Names of the setup audit trail's actions are the simulation's own.
"""

from __future__ import annotations

import secrets
import sqlite3
import string

from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_access, no_method, not_found
from leakresponse.rehearsal.org.identity import permissions
from leakresponse.rehearsal.org.password_logins import after_password, password_hash
from leakresponse.rehearsal.org.records import known_id
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.setup_trail import audit
from leakresponse.rehearsal.org.store import all_rows, put

#: Salesforce's usual policy: at least 8 characters with letters and digits, none of the last three again.
LENGTH, REMEMBERED = 8, 3
_MAY_RESET = frozenset({"ResetPasswords", "ManageUsers"})


def password(call: Call) -> Answer:
    """One user's password, by method; other people's need Reset User Passwords or Manage Users."""
    user_id = known_id(call.args["id"])
    user = call.world.store.one('SELECT Username FROM "User" WHERE Id = ?', user_id)
    if user is None:
        raise not_found()
    if user_id != call.caller.user_id and not permissions(call.world, call.caller.user_id) & _MAY_RESET:
        raise no_access("You do not have permission to view this record.")
    if call.method in {"GET", "HEAD"}:
        return Answer(body={"isExpired": False}, entities=("User",))
    if call.method == "POST":
        _set(call, user_id, str(call.json().get("NewPassword") or ""), f"Changed password of {user['Username']}")
        return nothing()
    if call.method == "DELETE":
        made = _made()
        _set(call, user_id, made, f"Reset password of {user['Username']}")
        return Answer(body={"NewPassword": made}, entities=("User",))
    raise no_method(call.method)


def _set(call: Call, user_id: str, given: str, display: str) -> None:
    _check_policy(given)
    with call.world.store.write() as db:
        _check_new(db, user_id, given)
        put(db, "sim_password", {"user_id": user_id, "hash": password_hash(user_id, given), "at": iso(call.now)})
        db.execute('UPDATE "User" SET LastPasswordChangeDate = ? WHERE Id = ?', (iso(call.now), user_id))
        reset = call.method == "DELETE"
        after_password(call.world, db, user_id, call.caller.user_id, reset)
        action = "resetpassword" if reset else "changedpassword"
        audit(call, db, action, "Manage Users", display)


def _check_policy(given: str) -> None:
    if len(given) < LENGTH:
        raise _refused(f"Your password must be at least {LENGTH} characters long.")
    if not (any(one.isalpha() for one in given) and any(one.isdigit() for one in given)):
        raise _refused("Your password must have a mix of letters and numbers.")


def _check_new(db: sqlite3.Connection, user_id: str, given: str) -> None:
    sql = "SELECT hash FROM sim_password WHERE user_id = ? ORDER BY rowid DESC LIMIT ?"
    if any(row["hash"] == password_hash(user_id, given) for row in all_rows(db, sql, user_id, REMEMBERED)):
        raise _refused("invalid repeated password")


def _refused(words: str) -> ApiRefused:
    return bad_request("INVALID_NEW_PASSWORD", words)


def _made() -> str:
    """A password that meets the policy."""
    letters = string.ascii_letters + string.digits
    return secrets.choice(string.ascii_letters) + secrets.choice(string.digits) + "".join(
        secrets.choice(letters) for _ in range(10)
    )  # fmt: skip


ROUTES = (
    Endpoint(
        "/sobjects/User/{id}/password", password, "GET whether expired, POST a new one, DELETE has one made",
        "403 `INSUFFICIENT_ACCESS`, 400 `INVALID_NEW_PASSWORD`: too short, no mix, one of the last three",
    ),
)  # fmt: skip
