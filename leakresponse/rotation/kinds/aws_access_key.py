"""An access key of an IAM user: a second key, then the old one switched off and deleted.

A user has at most two keys, so a slot is made free first: of a key that is off, or that an earlier try left behind.
The old key is deleted and not left Inactive: who may write IAM switches it on again, and that may be the attacker.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.aws_keys import AccessKey, AwsKeys
from leakresponse.core.errors import BadInput, Refused
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.core.secret_rules import fingerprint
from leakresponse.rotation.kinds.people import PersonTask
from leakresponse.rotation.types import CannotUndo, RotationContext, SecretEntry, Value


class AwsAccessKey:
    """The value: iam_user, access_key_id, secret_access_key."""

    name = "aws_access_key"
    overlap = True
    by_person = False

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """A second key. Raises PersonNeeded where the user has two that are both in use."""
        aws, user = _aws(context), current["iam_user"]
        for one in self._free(context, entry, current):
            aws.delete(user, one)
        try:
            made = aws.make(user)
        except Refused as refused:
            if refused.code != "LimitExceeded":
                raise
            what = "the IAM user has two keys in use: delete the one that is not in the secret"
            raise PersonTask("TWO_KEYS_IN_USE", "An AWS administrator", what, "", ()).ask(entry) from None
        fresh = {"access_key_id": made.key_id.reveal(), "secret_access_key": made.secret.reveal()}
        return HiddenDict({**current, **fresh})

    def _free(self, context: RotationContext, entry: SecretEntry, current: Value) -> list[Redacted[str]]:
        """The user's other keys that are off, or that an earlier try of this rotation made and nobody has used.

        What was there when the rotation began is kept in its record, by fingerprint.
        """
        aws, user = _aws(context), current["iam_user"]
        there = aws.keys_of(user)

        def known() -> dict[str, Any]:
            return {"keys": [fingerprint(one.reveal()) for one, _ in there]}

        before = context.journal.once(f"rotate:keys_before:{entry.name}", "rotate_keys_before", entry.name, known)
        old = current["access_key_id"]
        return [
            one
            for one, active in there
            if one.reveal() != old
            and (not active or (fingerprint(one.reveal()) not in before["keys"] and not aws.was_used(one)))
        ]

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """It is good from the moment that it was made."""
        return {"already": True}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """GetCallerIdentity with the new key."""
        return _aws(context).try_key(_key(new))

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Switch the old key off and delete it."""
        aws, user, old_id = _aws(context), old["iam_user"], _key(old).key_id
        aws.switch(user, old_id, on=False)
        return {"deleted": aws.delete(user, old_id)}

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Delete the new key. Raises CannotUndo where the old one is deleted already."""
        aws = _aws(context)
        if not aws.switch(old["iam_user"], _key(old).key_id, on=True):
            raise CannotUndo("the old key is deleted", "OLD_KEY_DELETED")
        return {"deleted": aws.delete(new["iam_user"], _key(new).key_id)}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """GetCallerIdentity with the old key."""
        return _aws(context).try_key(_key(old))


def _aws(context: RotationContext) -> AwsKeys:
    aws = context.aws_keys()
    if aws is None:
        raise BadInput("no access to IAM was given")
    return aws


def _key(value: Value) -> AccessKey:
    return AccessKey(Redacted(value["access_key_id"]), Redacted(value["secret_access_key"]))
