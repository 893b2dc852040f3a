"""The consumer secret of a connected app: new consumer details come from Setup alone.

Setup, App Manager, View, Manage Consumer Details: generate, then apply. No API does it (a connected app's
`consumerSecret` can be set at creation only, salesforce_api.md 3.3; the Connect resources are for External Client
Apps). With the new pair applied the old one is dead; one source says that all of the app's tokens die too, which is
therefore not counted on.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.salesforce.consumers import try_secret
from leakresponse.core.redact import Redacted
from leakresponse.rotation.kinds.logins import try_pair
from leakresponse.rotation.kinds.people import CONNECTED_APPS, PersonTask, from_person, setup_link
from leakresponse.rotation.types import CannotUndo, RotationContext, SecretEntry, Value


class ClientSecret:
    """The value: app, consumer_key, consumer_secret, and a refresh_token where its service uses one."""

    name = "client_secret"
    overlap = False
    by_person = True

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """What the person has stored."""
        what = f"in Setup open the app {entry.app}, Manage Consumer Details, generate new ones and apply them"
        link = setup_link(context, entry, CONNECTED_APPS)
        needs = ("consumer_key", "consumer_secret")
        task = PersonTask("NEW_CONSUMER_DETAILS", "A Salesforce administrator", what, link, needs)
        return from_person(context, entry, current, task)

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Nothing is left to do: the person has applied the pair, at a moment that nobody measured."""
        return {"already": True, "by": "person"}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """A refresh with the new pair where its service does that, else the app proves itself."""
        return self._tried(context, entry, new)

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Nothing is left of the old one: applying was its end."""
        return {"already": True}

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Raises CannotUndo where the old pair is refused; a pair that was never applied has changed nothing."""
        if self._tried(context, entry, old):
            raise CannotUndo("the old consumer details are replaced", "OLD_PAIR_REPLACED")
        return {"already": True}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """The same with the old pair."""
        return self._tried(context, entry, old)

    def _tried(self, context: RotationContext, entry: SecretEntry, value: Value) -> str:
        client = context.client_of(entry.org_id)
        code = try_secret(client, value["consumer_key"], Redacted(value["consumer_secret"]))
        if code or not value.get("refresh_token"):
            return code
        return try_pair(client, value)
