"""Ending the exposed secrets that are not in our vault: known by kind and fingerprint, never by value.

An AWS key id is looked for among the account's own keys and switched off; AWS itself then says that it is Inactive.
It is not deleted: which of the retailer's programs use it nobody knows yet. Every other kind goes to the operator's
rotation endpoint for it, which says when it is done. Where there is none, it stays the duty of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from leakresponse.core.errors import LeakResponseError, Refused, code_of
from leakresponse.core.redact import Redacted
from leakresponse.rotation.exposed import Exposed, duty_of
from leakresponse.rotation.kinds.outside import BY_ENDPOINT, ask_endpoint
from leakresponse.rotation.types import STATED, RotationContext

AWS_KEY = "aws_access_key_id"
BY_AWS = f"{STATED}AWS"
State = Literal["ended", "at_work", "person", "failed"]


@dataclass(frozen=True, slots=True)
class ExposedEnd:
    """What became of one. `how` is whose word its end is: nobody here has the value to try it."""

    kind: str
    fingerprint: str
    state: State
    how: str = ""
    duty: tuple[str, str] = ("", "")
    error: str = ""


def end_exposed(context: RotationContext, exposed: Iterable[Exposed]) -> list[ExposedEnd]:
    """Each that is not ours to rotate; one that fails does not stop the rest."""
    return [_end_one(context, one) for one in exposed if not one.ours]


def _end_one(context: RotationContext, one: Exposed) -> ExposedEnd:
    try:
        return (_end_aws(context, one) if one.kind == AWS_KEY else None) or _ask(context, one)
    except LeakResponseError as error:
        return ExposedEnd(one.kind, one.fingerprint, "failed", duty=duty_of(one.kind), error=code_of(error))


def _end_aws(context: RotationContext, one: Exposed) -> ExposedEnd | None:
    """None for a key of another account or of no user, and where nobody gave access to IAM."""
    aws, place = context.aws_keys(), ("", "access keys")
    if aws is None:
        return None
    if place not in context.read:
        context.read[place] = aws.by_fingerprint()
    known: Mapping[str, tuple[str, Redacted[str]]] = context.read[place]
    if one.fingerprint not in known:
        return None
    user, key_id = known[one.fingerprint]

    def switch_off() -> None:
        aws.switch(user, key_id, on=False)
        if any(active and other.reveal() == key_id.reveal() for other, active in aws.keys_of(user)):
            raise Refused("the key is still Active", "STILL_ACTIVE")

    return _ended(context, one, BY_AWS, switch_off)


def _ask(context: RotationContext, one: Exposed) -> ExposedEnd:
    document = {
        "action": "rotate_exposed", "kind": one.kind, "fingerprint": one.fingerprint, "seen_in": list(one.records),
        "rotation": context.journal.rotation_id,
    }  # fmt: skip
    done = ask_endpoint(context, one.kind, document, f"{context.journal.rotation_id}:{one.fingerprint}")
    if done is None:
        return ExposedEnd(one.kind, one.fingerprint, "person", duty=duty_of(one.kind))
    return _ended(context, one, BY_ENDPOINT) if done else ExposedEnd(one.kind, one.fingerprint, "at_work")


def _ended(
    context: RotationContext, one: Exposed, how: str, act: Callable[[], object] = lambda: None
) -> ExposedEnd:  # fmt: skip
    """Carry the end out where it is still to be done, and keep in the record whose word it is."""

    def once() -> dict[str, Any]:
        act()
        return {"how": how, "at": context.now().isoformat()}

    context.journal.once(f"exposed:{one.fingerprint}", "end_exposed_secret", one.kind, once)
    return ExposedEnd(one.kind, one.fingerprint, "ended", how)
