"""A refresh token: a person lets the app in again, and the old token is revoked with all that was born of it.

Its end is sure (containment facts, marked C: a refresh token takes its access tokens along). The new one comes from a
consent, which needs a person: by the app's own page, or, where its value says `device_flow`, by a code that is shown
here. An org has up to five approvals of one app and user; the sixth ends the oldest.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.salesforce.consents import DeviceCode, Waiting, begin_consent, take_consent
from leakresponse.adapters.salesforce.consumers import is_live
from leakresponse.core.errors import Refused
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.rotation.kinds.logins import try_pair
from leakresponse.rotation.kinds.people import PersonTask, from_person, pending_value
from leakresponse.rotation.types import CannotUndo, PersonNeeded, RotationContext, SecretEntry, Value

#: RFC 7662's answer for a token that is none, in the words of the token endpoint.
_DEAD = "invalid_grant"


class RefreshToken:
    """The value: app, username, consumer_key, consumer_secret where the app has one, refresh_token.

    `rotates` "true" says that the app gives a new refresh token with every use (Refresh Token Rotation): then its token
    is asked after and never used here, which would use up what the service holds.
    """

    name = "refresh_token"
    overlap = True
    by_person = True

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """What the person has stored, or what the device flow gave."""
        if current.get("device_flow") == "true" and not pending_value(context, entry):
            return self._by_device(context, entry, current)
        what = f"let the app {entry.app} in again as its own user, from the app's own page"
        task = PersonTask("NEW_CONSENT", "The owner of the integration", what, "", ("refresh_token",))
        return from_person(context, entry, current, task)

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The consent has set it already."""
        return {"already": True, "by": "person"}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """A refresh, whose access token is revoked again."""
        return self._tried(context, entry, new)

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Revoke the old one; its access tokens die with it."""
        return {"revoked": context.client_of(entry.org_id).revoke(Redacted(old["refresh_token"]))}

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Revoke the new one. Raises CannotUndo where the old one is revoked already."""
        if self._tried(context, entry, old):
            raise CannotUndo("the old refresh token is revoked", "OLD_TOKEN_REVOKED")
        return {"revoked": context.client_of(entry.org_id).revoke(Redacted(new["refresh_token"]))}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """A refresh with the old one."""
        return self._tried(context, entry, old)

    def _tried(self, context: RotationContext, entry: SecretEntry, value: Value) -> str:
        client = context.client_of(entry.org_id)
        if value.get("rotates") != "true":
            return try_pair(client, {"consumer_secret": "", **value})
        secret, token = Redacted(value["consumer_secret"]), Redacted(value["refresh_token"])
        return "" if is_live(client, value["consumer_key"], secret, token) else _DEAD

    def _by_device(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """Raises PersonNeeded with the code to type in, until the person has; a code that ran out is replaced."""
        client, place = context.client_of(entry.org_id), (entry.org_id, f"consent:{entry.name}")
        code: DeviceCode | None = context.read.get(place)
        if code is None:
            code = context.read[place] = begin_consent(client, current["consumer_key"])
        try:
            access, token = take_consent(client, current["consumer_key"], code)
        except Waiting:
            raise PersonNeeded(
                f"The owner of the integration: open {code.address}, type in {code.user_code} and let the app "
                f"{entry.app} in as its own user",
                "NEW_CONSENT",
            ) from None
        except Refused:
            del context.read[place]
            raise
        del context.read[place]
        client.revoke(access)
        if not token.reveal():
            raise Refused("the app may not have a refresh token", "NO_REFRESH_TOKEN")
        return HiddenDict({**current, "refresh_token": token.reveal()})
