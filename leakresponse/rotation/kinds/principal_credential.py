"""What the org itself sends along when it calls outside: the values of an external credential's principal.

The new key comes from the service outside; the org gets it through the Connect API, which never gives a value back.
So what is shown is that the service takes the new key and refuses the old one; that the org has it rests on the answer
to our own write, and on the names that it shows.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.salesforce.named_credentials import Principal, held_names, store_credential
from leakresponse.core.redact import Redacted
from leakresponse.rotation.kinds import outside
from leakresponse.rotation.types import RotationContext, SecretEntry, Value

#: Fields of the value that go to the org: what is behind the dot is the credential's name there.
_SECRET, _PLAIN = "secret.", "plain."


class PrincipalCredential:
    """The value: external_credential, principal, protocol, `secret.NAME` and `plain.NAME` for each of its values."""

    name = "principal_credential"
    overlap = True
    by_person = True

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """By the endpoint or a person."""
        return outside.new_value(context, entry, current, self._key(entry, current))

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Replace what the principal holds."""
        return {"status": self._store(context, entry, new)}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """The org shows the names, and the service takes the key where the value says how to try it."""
        held = held_names(context.client_of(entry.org_id), _principal(new))
        if not held >= {*_part(new, _SECRET), *_part(new, _PLAIN)}:
            return "NOT_HELD"
        tried = outside.try_outside(context, new, self._key(entry, new))
        if tried is None:
            context.journal.note("new_key_not_tried", {"secret": entry.name, "why": "no probe_url"})
        return tried or ""

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The endpoint ends the old key at the service; without one a person does."""
        return outside.end_old_key(context, entry, old, self._key(entry, old))

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The old values in the org again."""
        return {"status": self._store(context, entry, old)}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """At the service: by use, by the endpoint's word, or by a person's."""
        return outside.prove_ended(context, entry, old, self._key(entry, old))

    def _store(self, context: RotationContext, entry: SecretEntry, value: Value) -> str:
        secret = {name: Redacted(one) for name, one in _part(value, _SECRET).items()}
        return store_credential(context.client_of(entry.org_id), _principal(value), secret, _part(value, _PLAIN))

    def _key(self, entry: SecretEntry, value: Value) -> outside.OutsideKey:
        needs = tuple(sorted(name for name in value if name.startswith(_SECRET)))
        return outside.OutsideKey(outside.service_of(entry), needs)


def _principal(value: Value) -> Principal:
    return Principal(value["external_credential"], value["principal"], value["protocol"])


def _part(value: Value, prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): one for name, one in value.items() if name.startswith(prefix)}
