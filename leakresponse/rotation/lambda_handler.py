"""The AWS Lambda that Secrets Manager calls: the same four steps on the service's own schedule.

Secrets Manager sends createSecret, setSecret, testSecret, finishSecret, each with the id of a version that it has
labelled AWSPENDING (user guide, "Lambda rotation functions"); the checks before each step are those of its own
template (aws-samples/aws-secrets-manager-rotation-lambdas). There is no ledger here: every step asks the vault.

Environment: LEAK_RESPONSE_ACCESS_SECRET, the secret with the way into the org (instance_url, org_id, consumer_key,
username, private_key_pem; audience and login_url where they differ); LEAK_RESPONSE_ORG_TAG and LEAK_RESPONSE_CA_FILE
where they are not the usual ones.

Kinds whose new value a person brings cannot wait inside a Lambda and are refused. Where old and new work side by side,
the old one lives on until the next rotation begins, and is ended then: a schedule has nobody to wait for services.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from leakresponse.adapters.aws_keys import AwsKeys
from leakresponse.adapters.salesforce import OrgAccess, SalesforceClient
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core import log_redaction
from leakresponse.core.errors import BadInput, Refused
from leakresponse.core.redact import Redacted
from leakresponse.rotation import steps
from leakresponse.rotation.journal import NoJournal
from leakresponse.rotation.kinds import kind_named
from leakresponse.rotation.types import RotationContext, Rules, SecretEntry

ACCESS, ORG_TAG, CA_FILE = "LEAK_RESPONSE_ACCESS_SECRET", "LEAK_RESPONSE_ORG_TAG", "LEAK_RESPONSE_CA_FILE"
_TAG = "leak-response:"
_NO_VALUE = "ResourceNotFoundException"
log_redaction.install()
#: On AWS's schedule nothing is an emergency.
RULES = Rules(mode="planned")


def handler(event: Mapping[str, Any], _context: object) -> None:
    """One step. Raises BadInput for an event or a secret that is none of ours, Refused where a credential is refused.

    Secrets Manager takes every exception for a failed rotation and tries it again later; a repeat meets what is there.
    """
    name, version, step = (str(event.get(part, "")) for part in ("SecretId", "ClientRequestToken", "Step"))
    if step not in _STEPS or not name or not version:
        raise BadInput("not an event of a rotation")
    vault = SecretsManager(None)
    entry, labels = _checked(vault, name, version)
    if "AWSCURRENT" in labels:
        if step == "finishSecret":
            vault.drop_pending(entry.name)
        return
    try:
        _STEPS[step](_context_of(vault, entry), entry, version)
    except KeyError:
        raise BadInput("the secret's value lacks what its kind needs") from None


def _checked(vault: SecretsManager, name: str, version: str) -> tuple[SecretEntry, tuple[str, ...]]:
    """The secret by its tags, and the labels of the version. Raises BadInput as the service's own template does."""
    info = vault.describe(name)
    labels = info.stages.get(version)
    if not info.rotates:
        raise BadInput("the secret is not enabled for rotation")
    if labels is None:
        raise BadInput("the version has no stage for rotation of the secret")
    if "AWSCURRENT" not in labels and "AWSPENDING" not in labels:
        raise BadInput("the version is not set as AWSPENDING for rotation of the secret")
    tags = info.tags
    entry = SecretEntry(
        info.name, tags.get(f"{_TAG}kind", ""), tags.get(os.environ.get(ORG_TAG) or f"{_TAG}org", ""),
        tags.get(f"{_TAG}app", ""), tags.get(f"{_TAG}username", ""), tags=tags,
    )  # fmt: skip
    if kind_named(entry.kind).by_person:
        raise BadInput("a person brings the new value of this kind: it is rotated by the flow, not on a schedule")
    return entry, labels


def _context_of(vault: SecretsManager, entry: SecretEntry) -> RotationContext:
    """Planned, since nobody is there to decide; the way into the org is opened when a kind asks for it."""
    clients: dict[str, SalesforceClient] = {}

    def client_of(org_id: str) -> SalesforceClient:
        if org_id not in clients:
            clients[org_id] = _client(vault, entry, org_id)
        return clients[org_id]

    return RotationContext(vault, client_of, NoJournal(), RULES, aws_keys=lambda: AwsKeys(None))


def _client(vault: SecretsManager, entry: SecretEntry, org_id: str) -> SalesforceClient:
    """Raises BadInput for another org's secret, and for the very app that this Lambda logs in with."""
    named = os.environ.get(ACCESS)
    if not named:
        raise BadInput(f"{ACCESS} names no secret")
    way = vault.read(named)
    if way["org_id"] != org_id:
        raise BadInput("the secret is of another org than the one that this Lambda has access to")
    if vault.read(entry.name).get("consumer_key") == way["consumer_key"]:
        raise BadInput("a rotation of the app that it logs in with would cut itself off: rotate it with another app")
    usual = OrgAccess(way["instance_url"], way["consumer_key"], way["username"], Redacted(way["private_key_pem"]))
    access = OrgAccess(
        usual.instance_url, usual.consumer_key, usual.username, usual.private_key, way.get("audience", usual.audience),
        os.environ.get(CA_FILE) or None, login_url=way.get("login_url", ""),
    )  # fmt: skip
    return SalesforceClient(access)


def _create(context: RotationContext, entry: SecretEntry, version: str) -> None:
    """First the end of what the last rotation left alive; then the new value, which is kept where it is there."""
    if kind_named(entry.kind).overlap and not steps.has_value(context, entry, version):
        _end_previous(context, entry)
    steps.create_secret(context, entry, version)


def _end_previous(context: RotationContext, entry: SecretEntry) -> None:
    try:
        previous = context.vault.read(entry.name, stage="AWSPREVIOUS")
    except Refused as refused:
        if refused.code != _NO_VALUE:
            raise
        return
    kind_named(entry.kind).finish(context, entry, previous, context.vault.read(entry.name))


def _set(context: RotationContext, entry: SecretEntry, version: str) -> None:
    steps.set_secret(context, entry, version)


def _test(context: RotationContext, entry: SecretEntry, version: str) -> None:
    """A refused one is taken back at once: without it services would stand before a closed door until the next try."""
    code = steps.test_secret(context, entry, version)
    if code:
        steps.undo(context, entry, version)
        raise Refused("the new credential is refused; the old one is back in its place", code)


def _finish(context: RotationContext, entry: SecretEntry, version: str) -> None:
    """Tried once more first: no record here says that testSecret was there."""
    _test(context, entry, version)
    steps.finish_secret(context, entry, version)


_STEPS: Mapping[str, Callable[[RotationContext, SecretEntry, str], None]] = {
    "createSecret": _create, "setSecret": _set, "testSecret": _test, "finishSecret": _finish,
}  # fmt: skip
