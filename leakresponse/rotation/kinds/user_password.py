"""A user's password with the security token behind it, as integrations use it that log in by SOAP.

An administrator sets a password by REST. The security token has no API: it is mailed to its user when she resets it in
her own settings. What an administrator's setPassword does to it was not found in any page, so it is tried: where the
token still stands, the pair is new all the same, since the old password is dead; where it does not, a person is asked.
The password is therefore set while the new value is made: without a login nobody can tell whether that value is whole.

An earlier password cannot be set again where the org remembers it, so there is mostly no way back.
"""

from __future__ import annotations

import secrets
import string
import uuid
from typing import Any

from leakresponse.adapters.salesforce.passwords import (
    NO_TOKEN,
    WRONG,
    end_api_sessions,
    is_frozen,
    set_password,
    try_password,
    user_id_of,
)
from leakresponse.core.errors import Refused
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.rotation.kinds.people import USERS, PersonTask, pending_value, setup_link
from leakresponse.rotation.types import CannotUndo, RotationContext, SecretEntry, Value

LENGTH = 32
#: Wrong logins lock a user out; the test of one new value never asks more often than this.
MOST_TRIES = 2
_SPECIAL = "!#$%-_=+"
_AGAINST_POLICY = "INVALID_NEW_PASSWORD"
_SET_AT = "password_set_at"


class UserPassword:
    """The value: username, password, security_token (empty where the org trusts the service's network)."""

    name = "user_password"
    overlap = False
    by_person = True

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """A random password, set in the org. It lies in AWSPENDING before the org hears of it, for a kill in between.

        Raises PersonNeeded where the security token is void, Refused where the password is against the org's policy or
        the org takes no password logins: then nothing is changed, since nothing could be shown. A user who is frozen
        cannot log in whatever the token: that is told by the test, after the freeze.
        """
        client = context.client_of(entry.org_id)
        pending = pending_value(context, entry)
        is_draft = bool(pending.get("password")) and pending["password"] != current["password"]
        if not is_draft:
            _told(try_password(client, current["username"], _whole(current)))
            draft = {**current, "password": _made(), _SET_AT: context.now().isoformat()}
            context.vault.put_pending(entry.name, str(uuid.uuid4()), HiddenDict(draft))
            pending = HiddenDict(draft)
        self._set(context, entry, pending, fresh=not is_draft)
        refused = bool(_told(try_password(client, current["username"], _whole(pending))))
        if refused and not is_frozen(client, user_id_of(client, current["username"])):
            raise self._task(context, entry).ask(entry)
        return HiddenDict({**current, **pending})

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """It is set already; sessions that the old one has opened are ended."""
        client = context.client_of(entry.org_id)
        ended = end_api_sessions(client, user_id_of(client, new["username"]))
        return {"sessions_ended": ended, "from": new.get(_SET_AT, "")}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """A login, at most twice in one rotation: more would lock the user out."""
        place = (entry.org_id, f"password tried:{entry.name}")
        known: tuple[int, str] = context.read.get(place, (0, ""))
        tries, code = known
        if tries < MOST_TRIES:
            code = try_password(context.client_of(entry.org_id), new["username"], _whole(new))
            context.read[place] = (tries + bool(code), code)
        return code

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Nothing is left of the old one: the new password was its end."""
        return {"already": True}

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The old password again. Raises CannotUndo where the org remembers it."""
        client = context.client_of(entry.org_id)
        try:
            set_password(client, user_id_of(client, old["username"]), Redacted(old["password"]))
        except Refused as refused:
            if refused.code != _AGAINST_POLICY:
                raise
            raise CannotUndo("the org takes no earlier password again", "PASSWORD_REMEMBERED") from None
        return {"password_set_back": True}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """A login with the old pair. Raises Refused where logins are refused for another reason, which is no proof."""
        code = _told(try_password(context.client_of(entry.org_id), old["username"], _whole(old)))
        return "" if code == NO_TOKEN else code

    def _set(self, context: RotationContext, entry: SecretEntry, pending: Value, fresh: bool) -> None:
        """Setting the same one again is refused as a repetition: then it is set already, unless it is `fresh`."""
        client = context.client_of(entry.org_id)
        try:
            set_password(client, user_id_of(client, pending["username"]), Redacted(pending["password"]))
        except Refused as refused:
            if fresh or refused.code != _AGAINST_POLICY:
                raise

    def _task(self, context: RotationContext, entry: SecretEntry) -> PersonTask:
        what = (
            "log in as the integration's user, choose Settings, Reset My Security Token, and read the mail; leave the "
            "other fields of AWSPENDING as they are"
        )
        who, link = "Whoever reads the mail of the integration's user", setup_link(context, entry, USERS)
        return PersonTask("SECURITY_TOKEN_VOID", who, what, link, ("security_token",))


def _told(code: str) -> str:
    """What a login says of a password. Raises Refused where the org takes no password logins: that says nothing."""
    if code not in {"", WRONG, NO_TOKEN}:
        raise Refused("the org takes no password logins", code)
    return code


def _whole(value: Value) -> Redacted[str]:
    """As login() wants it: the token at the end of the password."""
    return Redacted(value["password"] + value.get("security_token", ""))


def _made() -> str:
    """Random, with every sort of character that a policy may ask for."""
    sorts = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SPECIAL)
    letters = [secrets.choice(sort) for sort in sorts]
    letters += [secrets.choice("".join(sorts)) for _ in range(LENGTH - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)
