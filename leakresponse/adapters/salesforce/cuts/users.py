"""Users: what stops a person from logging in again. None of it ends what is already open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof, check_given_back
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import equals, select

#: A reset so shortly before the org's present moment may be ours.
_JUST_NOW = timedelta(minutes=10)


class FreezeUser:
    """UserLogin.IsFrozen: no new login. Live sessions and tokens may go on, so it never stands alone."""

    kind: ActionKind = "freeze_user"
    source = "C for new logins, X for live ones: containment facts, freeze a user (object UserLogin)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Freeze."""
        return _set(hands, "UserLogin", target, "IsFrozen", True)

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read again."""
        frozen = _value(hands, "UserLogin", target, "IsFrozen")
        return Proof(frozen is True, f"re-query shows IsFrozen {frozen}")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Thaw, unless the user was frozen before."""
        frozen = inverse.get("IsFrozen") == "true"
        done = _set(hands, "UserLogin", target, "IsFrozen", frozen)
        if not frozen:
            check_given_back(self.dead(hands, target))
        return done


class DeactivateUser:
    """User.IsActive false: no login and no refresh. What hangs on the user stops with it, hence never unasked."""

    kind: ActionKind = "deactivate_user"
    source = "C for new logins and refreshes, X for live tokens: containment facts, deactivate a user"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Deactivate."""
        return _set(hands, "User", target, "IsActive", False)

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read again."""
        active = _value(hands, "User", target, "IsActive")
        return Proof(active is False, f"re-query shows IsActive {active}")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Activate, unless the user was inactive before."""
        active = inverse.get("IsActive", "true") == "true"
        done = _set(hands, "User", target, "IsActive", active)
        if active:
            check_given_back(self.dead(hands, target))
        return done


class ExpirePassword:
    """A password nobody knows. The org mails the user a way to set another one; ours is thrown away unread."""

    kind: ActionKind = "expire_password"
    source = "X against OAuth, 1 against JWT: containment facts, reset a password; the call: V (REST guide)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Reset, whatever was before: a change of a minute ago may be the attacker's. Twice harms nothing."""
        hands.client.call("DELETE", f"/sobjects/User/{target}/password")
        return {"reset": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """The moment of the last change is all that can be seen of it."""
        soql = select("User", ["LastPasswordChangeDate"], where=equals("Id", target))
        answer = hands.client.call("GET", "/query", params={"q": soql})
        rows = answer.json()["records"]
        changed = rows[0]["LastPasswordChangeDate"] if rows else None
        fresh = bool(changed) and _moment(answer) - datetime.fromisoformat(str(changed)) < _JUST_NOW
        return Proof(fresh, f"last changed or reset at {changed or 'no time told'}")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """The old password is gone, and should be."""
        raise CannotGiveBack("the user sets a new password", "USER_MUST_SET_A_PASSWORD")


def _value(hands: Hands, sobject: str, record_id: str, field: str) -> Any:
    """One field of one record. Raises Refused NOT_FOUND where there is no such record."""
    rows = list(hands.client.query(select(sobject, [field], where=equals("Id", record_id))))
    if not rows:
        raise Refused(f"no such {sobject}", "NOT_FOUND")
    return rows[0][field]


def _set(hands: Hands, sobject: str, record_id: str, field: str, value: bool) -> dict[str, Any]:
    if _value(hands, sobject, record_id, field) is value:
        return {"already": True}
    hands.client.update(sobject, record_id, {field: value})
    return {field: value}


def _moment(answer: Any) -> datetime:
    """The org's own time, from the answer's Date header: its clock and ours may differ."""
    return parsedate_to_datetime(answer.headers["Date"])
