"""The key pair of JWT bearer logins: an RSA key in the vault, its self-signed certificate on the app.

An app holds one certificate, so setting the new one is the end of the old key. The certificate that was there before
is kept beside the new key, for the way back; it is public, but its shape is that of a secret, so it stays in the vault.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.keypair import make_key_pair
from leakresponse.adapters.salesforce.certificates import AppPlace, deploy_certificate, find_apps, read_certificate
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.core.errors import Refused
from leakresponse.core.redact import HiddenDict
from leakresponse.rotation.kinds.logins import try_key
from leakresponse.rotation.types import CannotUndo, RotationContext, SecretEntry, Value

_BEFORE = "previous_certificate_pem"


class JwtKeyPair:
    """RSA of the policy's size, a certificate of the policy's validity. The value: consumer_key, username, the key."""

    name = "jwt_key_pair"
    overlap = False
    by_person = False

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """A new pair, and the certificate that it replaces."""
        place = _place(context, entry, current["consumer_key"])
        before = read_certificate(context.client_of(entry.org_id), place)
        pair = make_key_pair(entry.app or entry.name, context.rules.key_bits, context.rules.certificate_days)
        fresh = {"private_key_pem": pair.private_pem.reveal(), "certificate_pem": pair.certificate_pem, _BEFORE: before}
        return HiddenDict({**current, **fresh})

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Deploy the new certificate; all else of the app goes back as it is."""
        place = _place(context, entry, new["consumer_key"])
        return {"deploy_id": deploy_certificate(context.client_of(entry.org_id), place, new["certificate_pem"])}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """A login with the new key."""
        return try_key(context.client_of(entry.org_id), new)

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Nothing is left of the old one: the deploy was its end."""
        return {"already": True}

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """The certificate that was there before, unless it still is. Raises CannotUndo where there was none."""
        place = _place(context, entry, new["consumer_key"])
        client, before = context.client_of(entry.org_id), new.get(_BEFORE, "")
        if not before:
            raise CannotUndo("the app had no certificate before", "NO_OLD_CERTIFICATE")
        if read_certificate(client, place) == before:
            return {"already": True}
        return {"deploy_id": deploy_certificate(client, place, before)}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """A fresh assertion, signed with the old key."""
        return try_key(context.client_of(entry.org_id), old)


def _place(context: RotationContext, entry: SecretEntry, consumer_key: str) -> AppPlace:
    """Where the app keeps its certificate; the org's apps are read once, and again for a key that is not among them."""
    handle, known = fingerprint(consumer_key), (entry.org_id, "apps")
    if handle not in context.read.get(known, {}):
        with context.deploying(entry.org_id):
            if handle not in context.read.get(known, {}):
                context.read[known] = find_apps(context.client_of(entry.org_id))
    place: AppPlace | None = context.read[known].get(handle)
    if place is None:
        raise Refused("no app of this consumer key in the org", "NO_SUCH_APP")
    return place
