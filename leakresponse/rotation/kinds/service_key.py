"""A key of a service outside that lies in the vault: a gateway's, a warehouse's. See `outside` for who does what."""

from __future__ import annotations

from typing import Any

from leakresponse.rotation.kinds import outside
from leakresponse.rotation.types import RotationContext, SecretEntry, Value


class ServiceKey:
    """The value: `key`, and what else its service needs; `probe_url`, `probe_header`, `probe_prefix` to try it."""

    name = "service_key"
    overlap = True
    by_person = True

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """By the endpoint or a person."""
        return outside.new_value(context, entry, current, self._key(entry))

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The service has issued it, so it knows it."""
        return {"already": True}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """By use where the value says how; else nothing is tried, and the case's record says so."""
        tried = outside.try_outside(context, new, self._key(entry))
        if tried is None:
            context.journal.note("new_key_not_tried", {"secret": entry.name, "why": "no probe_url"})
        return tried or ""

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The endpoint ends the old one; without one a person does."""
        return outside.end_old_key(context, entry, old, self._key(entry))

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The old key was not touched; the new one is left to whoever made it."""
        return {"already": True, "new_key_left": True}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """By use, by the endpoint's word, or by a person's."""
        return outside.prove_ended(context, entry, old, self._key(entry))

    def _key(self, entry: SecretEntry) -> outside.OutsideKey:
        return outside.OutsideKey(outside.service_of(entry), ("key",))
