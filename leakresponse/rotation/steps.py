"""The four steps of Secrets Manager (user guide, "Rotation functions") and the ends around them.

createSecret, setSecret, testSecret, finishSecret; then the end of the old one, and the way back. Each is idempotent by
the version id (ClientRequestToken): a repeat meets its own half-done work and never makes a second key.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.redact import HiddenDict
from leakresponse.rotation.kinds import kind_named
from leakresponse.rotation.types import RotationContext, SecretEntry

#: A deploy may take ten minutes, and waits for those before it in its org.
SET_LEASE_SECONDS = 3600.0
#: How Secrets Manager says that a version has no value yet: its own rotation labels the version before createSecret.
_NO_VALUE = "ResourceNotFoundException"


def version_of(rotation_id: str, name: str, attempt: int = 1) -> str:
    """The version id of a rotation of a secret; 36 characters, as Secrets Manager wants at least 32."""
    more = f":{attempt}" if attempt > 1 else ""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"leak-response:{rotation_id}:{name}{more}"))


def version_for(context: RotationContext, entry: SecretEntry, attempt: int = 1) -> str:
    """The version that this rotation works on.

    Never the one that a person has stored: `create` takes what is in it over what stays as it was, so that a person may
    leave fields out and no service ever reads half a value.
    """
    return version_of(context.journal.rotation_id, entry.name, attempt)


def create_secret(context: RotationContext, entry: SecretEntry, version: str) -> None:
    """Make the new value and store it as AWSPENDING. A value that this version holds already is kept."""
    kind, vault = kind_named(entry.kind), context.vault

    def act() -> Mapping[str, Any]:
        if has_value(context, entry, version):
            return {"version": version, "made_before": True}
        if not kind.by_person:
            vault.drop_pending(entry.name, but=version)
        vault.put_pending(entry.name, version, HiddenDict(kind.create(context, entry, vault.read(entry.name))))
        return {"version": version}

    context.journal.once(key_of("create", version), "rotate_create", entry.name, act)


def set_secret(context: RotationContext, entry: SecretEntry, version: str) -> Mapping[str, Any]:
    """Make the new value good at its service; the answer is the receipt. Without overlap the outage begins here."""
    old, new = old_value(context, entry, version), context.vault.read(entry.name, version=version)
    kind = kind_named(entry.kind)

    def act() -> Mapping[str, Any]:
        done = kind.set(context, entry, old, new)
        return {**done, "at": context.now().isoformat()}

    with context.deploying(entry.org_id):
        begun = "" if kind.overlap else _begin_outage(context, entry, version)
        receipt = context.journal.once(key_of("set", version), "rotate_set", entry.name, act, SET_LEASE_SECONDS)
    return {**receipt, "outage_from": begun}


def test_secret(context: RotationContext, entry: SecretEntry, version: str) -> str:
    """Use the new value for real until it works or the time of proof is over: empty where it worked, else the code."""
    value = context.vault.read(entry.name, version=version)
    code = _until(context, lambda: kind_named(entry.kind).test(context, entry, value), lambda code: not code)
    context.journal.note("new_key_tried", {"secret": entry.name, "answer": code or "accepted"})
    return code


def finish_secret(context: RotationContext, entry: SecretEntry, version: str) -> Mapping[str, Any]:
    """Make the new version current and take AWSPENDING away. Raises Unavailable where the vault shows it otherwise."""

    def act() -> Mapping[str, Any]:
        context.vault.promote(entry.name, version)
        return {"version": version, "at": context.now().isoformat()}

    receipt = context.journal.once(key_of("finish", version), "rotate_finish", entry.name, act)
    if not is_finished(context, entry, version):
        raise Unavailable("the new version is not current yet")
    return receipt


def end_old(context: RotationContext, entry: SecretEntry, version: str) -> Mapping[str, Any]:
    """End the old value where setting the new one has not. Where services still read it, the outage begins here."""
    old, new = old_value(context, entry, version), context.vault.read(entry.name, version=version)
    kind = kind_named(entry.kind)

    def act() -> Mapping[str, Any]:
        return {**kind.finish(context, entry, old, new), "at": context.now().isoformat()}

    locks_out = kind.overlap and not is_finished(context, entry, version)
    begun = _begin_outage(context, entry, version) if locks_out else ""
    receipt = context.journal.once(key_of("end_old", version), "rotate_end_old", entry.name, act, SET_LEASE_SECONDS)
    return {**receipt, "outage_from": begun}


def undo(context: RotationContext, entry: SecretEntry, version: str) -> Mapping[str, Any]:
    """The way back: the old value at its service again, no label on the new one. Never once it is current."""
    if is_finished(context, entry, version):
        raise Refused("the new version is current already", "FINISHED")
    old, new = context.vault.read(entry.name), context.vault.read(entry.name, version=version)

    def act() -> Mapping[str, Any]:
        done = kind_named(entry.kind).undo(context, entry, old, new)
        context.vault.drop_pending(entry.name)
        return {**done, "version": version}

    return context.journal.once(key_of("undo", version), "rotate_undo", entry.name, act, SET_LEASE_SECONDS)


def prove_old(context: RotationContext, entry: SecretEntry, version: str) -> str:
    """Use the old value for real until it is refused or the time of proof is over: the code, empty where it works."""
    value = old_value(context, entry, version)
    code = _until(context, lambda: kind_named(entry.kind).prove_old_dead(context, entry, value), bool)
    context.journal.note("old_key_tried", {"secret": entry.name, "answer": code or "accepted"})
    return code


def old_value(context: RotationContext, entry: SecretEntry, version: str) -> dict[str, str]:
    """The value before this rotation: current until the finish, previous after it."""
    stages = context.vault.describe(entry.name).stages
    promoted = "AWSCURRENT" in stages.get(version, ())
    return context.vault.read(entry.name, stage="AWSPREVIOUS" if promoted else "AWSCURRENT")


def has_value(context: RotationContext, entry: SecretEntry, version: str) -> bool:
    """Whether the version holds a value."""
    try:
        context.vault.read(entry.name, version=version)
    except Refused as refused:
        if refused.code != _NO_VALUE:
            raise
        return False
    return True


def is_finished(context: RotationContext, entry: SecretEntry, version: str) -> bool:
    """Whether the version is current and nothing is pending."""
    stages = context.vault.describe(entry.name).stages
    pending = any("AWSPENDING" in labels for labels in stages.values())
    return "AWSCURRENT" in stages.get(version, ()) and not pending


def _begin_outage(context: RotationContext, entry: SecretEntry, version: str) -> str:
    """The moment from which services may be locked out; kept before it, so that a crash does not shorten it."""
    receipt = context.journal.once(
        key_of("outage", version), "rotate_outage", entry.name, lambda: {"at": context.now().isoformat()}
    )
    return str(receipt["at"])


def _until(context: RotationContext, ask: Callable[[], str], good: Callable[[str], bool]) -> str:
    """Ask until the answer is the good one; a change may take a while to reach every server of an org."""
    tries = max(1, int(context.rules.proof_seconds / context.rules.poll_seconds))
    for left in range(tries - 1, -1, -1):
        code = ask()
        if good(code) or not left:
            break
        context.sleep(context.rules.poll_seconds)
    return code


def key_of(step: str, version: str) -> str:
    """The ledger's key of one step on one version."""
    return f"rotate:{step}:{version}"
