"""Keys of a service outside: who makes a new one, who ends the old one, and how far that can be shown.

Three hands, in this order: the operator's own rotation endpoint, where one is named for the service; else a person.
The endpoint is asked by signed POSTs that repeat one idempotency key until it answers 200 (202: still at work), and
puts the new value into the vault itself, as AWSPENDING. It hears kind, secret's name, fingerprint and action, no value.

A key is tried for real where its value has `probe_url` and `probe_header`, an address that wants the key. Where it has
none, the end of the old key is somebody's word, and the refusal says whose: `STATED_BY_ENDPOINT`, `STATED_BY_PERSON`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from leakresponse.adapters.webhook import try_key
from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.core.secret_rules import fingerprint
from leakresponse.rotation.kinds.people import PersonTask, from_person, pending_value
from leakresponse.rotation.types import STATED, RotationContext, SecretEntry, Value

BY_ENDPOINT, BY_PERSON = f"{STATED}ENDPOINT", f"{STATED}PERSON"
#: With this tag on the secret a person says that the old key is ended; its value is the rotation's id.
ENDED_TAG = "leak-response:old-ended"
_SERVICE_TAG = "leak-response:service"
_QUESTION = "is_old_ended"


@dataclass(frozen=True, slots=True)
class OutsideKey:
    """Which fields of a value are the key, the first of them the one that `probe_header` carries."""

    service: str
    needs: tuple[str, ...]


def service_of(entry: SecretEntry) -> str:
    """The name of the service outside: the tag `leak-response:service`, else the app's."""
    return entry.tags.get(_SERVICE_TAG) or entry.app or entry.kind


def new_value(context: RotationContext, entry: SecretEntry, current: Value, key: OutsideKey) -> Value:
    """A new key, by the endpoint or a person. Raises PersonNeeded, or Unavailable while the endpoint is at work."""
    if context.hook_of(key.service) is None or _is_new(pending_value(context, entry), current, key):
        what = f"have {key.service} issue a new key beside the old one"
        task = PersonTask("NEW_OUTSIDE_KEY", f"Whoever administers {key.service}", what, "", key.needs)
        return from_person(context, entry, current, task)
    if not _done(context, entry, key, "rotate", fingerprint(current.get(key.needs[0], ""))):
        raise Unavailable("the rotation endpoint is still at work")
    pending = pending_value(context, entry)
    if not _is_new(pending, current, key):
        raise Refused("the endpoint says that it is done, and no new value is pending", "NO_NEW_VALUE")
    return HiddenDict({**current, **pending})


def end_old_key(context: RotationContext, entry: SecretEntry, old: Value, key: OutsideKey) -> dict[str, object]:
    """Have the endpoint end the old key; without one a person does it, and nothing is done here.

    Raises Unavailable while the endpoint is at work: it is asked again.
    """
    if context.hook_of(key.service) is None:
        return {"by": "person"}
    if not _done(context, entry, key, "end_old", fingerprint(old.get(key.needs[0], ""))):
        raise Unavailable("the rotation endpoint has not ended the old key yet")
    return {"by": "endpoint"}


def try_outside(context: RotationContext, value: Value, key: OutsideKey) -> str | None:
    """Use a key for real: empty or the refusal's code; None where its value has no address to try it at."""
    if not value.get("probe_url"):
        return None
    shown = value.get("probe_prefix", "") + value[key.needs[0]]
    return try_key(value["probe_url"], value.get("probe_header", "Authorization"), Redacted(shown))


def prove_ended(context: RotationContext, entry: SecretEntry, old: Value, key: OutsideKey) -> str:
    """By use where that can be; else by the endpoint's word, or a person's, which a tag of the secret gives.

    Raises PersonNeeded where a person has not given it yet.
    """
    tried = try_outside(context, old, key)
    if tried is not None:
        return tried
    if context.hook_of(key.service) is not None:
        ended = _done(context, entry, key, _QUESTION, fingerprint(old.get(key.needs[0], "")))
        return BY_ENDPOINT if ended else ""
    if context.vault.describe(entry.name).tags.get(ENDED_TAG) == context.journal.rotation_id:
        return BY_PERSON
    what = f"end the old key at {key.service}, then tag the secret {ENDED_TAG}={context.journal.rotation_id}"
    raise PersonTask("END_OUTSIDE_KEY", f"Whoever administers {key.service}", what, "", ()).ask(entry)


def ask_endpoint(context: RotationContext, service: str, document: Mapping[str, object], key: str) -> bool | None:
    """Ask until it says that it is done, as long as a proof may take; None where nobody is named for the service."""
    hook = context.hook_of(service)
    if hook is None:
        return None
    tries = max(1, int(context.rules.proof_seconds / context.rules.poll_seconds))
    for left in range(tries - 1, -1, -1):
        status, answer = hook.ask(document, key)
        if status == 200:
            return answer.get("done", True) is True
        if left:
            context.sleep(context.rules.poll_seconds)
    return False


def _done(context: RotationContext, entry: SecretEntry, key: OutsideKey, action: str, mark: str) -> bool:
    document = {
        "action": action, "kind": key.service, "secret": entry.name, "fingerprint": mark,
        "rotation": context.journal.rotation_id,
    }  # fmt: skip
    # a question about how things are now must not get the answer of the last time
    once = str(uuid.uuid4()) if action == _QUESTION else action
    return bool(ask_endpoint(context, key.service, document, f"{context.journal.rotation_id}:{entry.name}:{once}"))


def _is_new(pending: Value, current: Value, key: OutsideKey) -> bool:
    return all(pending.get(name) for name in key.needs) and any(pending[n] != current.get(n) for n in key.needs)
