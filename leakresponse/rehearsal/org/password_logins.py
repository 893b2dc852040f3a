"""What a password login is checked against: the password, the security token behind it, and how often it went wrong.

SOAP API guide, "login()": from outside of the org's trusted networks the security token is added to the end of the
password; it is valid until its user resets it, changes the password, or has it reset. No address is trusted here.
A token is made by "Reset My Security Token" in the user's own settings and sent to her mail address; there is no API
for it, so that is an act of the simulation (`POST /simulation/security-token`).

What an administrator's setPassword does to the token was not found: by the attacker's reading it stays, by the lenient
one it is void. Wrong logins lock a password for a while (UserLogin.IsPasswordLocked); how many is an org's own policy,
and that ten and 15 minutes are its defaults is not confirmed.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Client
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.errors import ApiRefused, OauthRefused
from leakresponse.rehearsal.org.identity import user_by_name
from leakresponse.rehearsal.org.ids import hashed, random_text
from leakresponse.rehearsal.org.setup_trail import entry
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

TOKEN_LENGTH = 24
ATTEMPTS, LOCKED_FOR = 10, timedelta(minutes=15)
_ROUNDS = 20_000
WRONG = "Invalid username, password, security token; or user locked out."
#: The second code is for a right password without its token (published faults of login()).
_NO_TOKEN = (
    f"{WRONG} Are you at a new location? When accessing Salesforce--either via a desktop client or the API--from "
    "outside of your company’s trusted networks, you must add a security token to your password to log in."
)


def password_hash(user_id: str, given: str) -> str:
    """How the store keeps a password."""
    return hashlib.pbkdf2_hmac("sha256", given.encode(), user_id.encode(), _ROUNDS).hex()


def check_password(world: World, user: dict[str, Any], given: str) -> None:
    """Raises ApiRefused for a wrong or locked password, or one without the user's security token.

    The refusals are SOAP faults of login(); which of the two is wrong is not told.
    """
    now = world.clock.now()
    if _failures(world, user["Id"], now) >= ATTEMPTS:
        raise wrong_login()
    kept = world.store.one("SELECT hash FROM sim_password WHERE user_id = ? ORDER BY rowid DESC LIMIT 1", user["Id"])
    token = world.store.one("SELECT hash FROM sim_security_token WHERE user_id = ?", user["Id"])
    known, expected = (kept or {}).get("hash"), (token or {}).get("hash")
    if known is None or expected is None:
        raise _failed(world, user["Id"], now)
    if password_hash(user["Id"], given[:-TOKEN_LENGTH]) == known and hashed(given[-TOKEN_LENGTH:]) == expected:
        with world.store.write() as db:
            db.execute("DELETE FROM sim_failed_login WHERE user_id = ?", (user["Id"],))
        return
    failed = _failed(world, user["Id"], now)
    if password_hash(user["Id"], given) == known:
        raise ApiRefused(500, "LOGIN_MUST_USE_SECURITY_TOKEN", _NO_TOKEN)
    raise failed


def wrong_login() -> ApiRefused:
    """The refusal that names no reason."""
    return ApiRefused(500, "INVALID_LOGIN", WRONG)


def after_password(world: World, db: sqlite3.Connection, user_id: str, by: str, reset: bool) -> None:
    """What a new password does to the security token and to a lock, inside the transaction that sets it."""
    if reset or by == user_id or world.lenient:
        db.execute("DELETE FROM sim_security_token WHERE user_id = ?", (user_id,))
    db.execute("DELETE FROM sim_failed_login WHERE user_id = ?", (user_id,))
    db.execute("UPDATE UserLogin SET IsPasswordLocked = 0 WHERE UserId = ?", (user_id,))


def reset_token(world: World, body: bytes, _client: Client) -> Answer:
    """`POST /simulation/security-token` {"username"}: the user resets her token and reads the mail; answers `token`.

    Raises OauthRefused for an unknown user.
    """
    user = user_by_name(world, str(json.loads(body or b"{}").get("username", "")))
    if user is None:
        raise OauthRefused("invalid_request", "no such user")
    made = random_text(TOKEN_LENGTH)
    with world.store.write() as db:
        db.execute("DELETE FROM sim_security_token WHERE user_id = ?", (user["Id"],))
        put(db, "sim_security_token", {"user_id": user["Id"], "hash": hashed(made)})
        words = f"Reset security token of {user['Username']}"
        entry(db, user["Id"], world.clock.now(), "resetsecuritytoken", "Manage Users", words)
    return Answer(body={"token": made})


def _failures(world: World, user_id: str, now: datetime) -> int:
    sql = "SELECT COUNT(*) AS failed FROM sim_failed_login WHERE user_id = ? AND at > ?"
    found = first_row(world.store.reader, sql, user_id, iso(now - LOCKED_FOR))
    return int(found["failed"]) if found else 0


def _failed(world: World, user_id: str, now: datetime) -> ApiRefused:
    with world.store.write() as db:
        put(db, "sim_failed_login", {"user_id": user_id, "at": iso(now)})
        if _failures(world, user_id, now) >= ATTEMPTS:
            db.execute("UPDATE UserLogin SET IsPasswordLocked = 1 WHERE UserId = ?", (user_id,))
    return wrong_login()
