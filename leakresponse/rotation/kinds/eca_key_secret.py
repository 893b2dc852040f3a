"""Consumer key and secret of an External Client App: stage, rotate, and delete the rotated pair, which ends it.

Until it is deleted the old pair goes on for 30 days, so both work side by side, and a refused new pair costs nothing
(salesforce_api.md 3.5, containment facts "staged ECA credentials"). Whether a staged pair logs in before it is rotated
rests on one source: it is tried after the rotation only.
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.eca_credentials import (
    ACTIVE,
    ROTATED,
    Consumer,
    Staged,
    consumer_of,
    delete,
    own_pair,
    rotate,
    stage,
    staged_of,
)
from leakresponse.core.errors import Refused
from leakresponse.core.redact import HiddenDict
from leakresponse.rotation.kinds.logins import try_pair
from leakresponse.rotation.types import CannotUndo, RotationContext, SecretEntry, Value


class EcaKeySecret:
    """The value: app, consumer_key, consumer_secret, and a refresh_token where its service uses one."""

    name = "eca_key_secret"
    overlap = True
    by_person = False

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """A new pair, staged.

        Whatever stands in the staged slot nobody uses, and is deleted, but for one case: an earlier rotation stopped
        half way, and the services still use the pair that it has rotated away. Planned, that rotation is finished.
        """
        client = context.client_of(entry.org_id)
        consumer = consumer_of(client, entry.app)
        waiting = staged_of(client, consumer)
        if context.rules.mode == "planned" and _find(waiting, ROTATED, current["consumer_key"]):
            return HiddenDict({**current, **own_pair(client, consumer)})
        for one in waiting:
            delete(client, one)
        fresh = _staged_anew(client, consumer)
        return HiddenDict({**current, "consumer_key": fresh.key, "consumer_secret": fresh.secret.reveal()})

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Rotate; a repeat finds the new pair to be the app's own."""
        client = context.client_of(entry.org_id)
        consumer = consumer_of(client, entry.app)
        if consumer.key == new["consumer_key"]:
            return {"already": True}
        staged = _find(staged_of(client, consumer), ACTIVE, new["consumer_key"])
        if staged is None:
            raise Refused("the new pair is staged no more", "STAGED_PAIR_GONE")
        try:
            rotate(client, staged)
        except Refused:
            if consumer_of(client, entry.app).key != new["consumer_key"]:
                raise
        return {"rotated": True}

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """A login with the new pair."""
        return try_pair(context.client_of(entry.org_id), new)

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Delete the old pair. Raises Refused where the new one is not the app's own."""
        client = context.client_of(entry.org_id)
        consumer = consumer_of(client, entry.app)
        if consumer.key != new["consumer_key"]:
            raise Refused("the new pair is not the app's own", "NOT_ROTATED")
        left = _find(staged_of(client, consumer), ROTATED, old["consumer_key"])
        return {"deleted": delete(client, left)} if left else {"already": True}

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Before the rotation: the staged pair goes. After it the old pair still works, for 30 days.

        Raises CannotUndo where the old pair was deleted.
        """
        client = context.client_of(entry.org_id)
        consumer = consumer_of(client, entry.app)
        waiting = staged_of(client, consumer)
        if consumer.key == old["consumer_key"]:
            staged = _find(waiting, ACTIVE, new["consumer_key"])
            return {"deleted": delete(client, staged)} if staged else {"already": True}
        if _find(waiting, ROTATED, old["consumer_key"]) is None:
            raise CannotUndo("the old pair is deleted", "OLD_PAIR_DELETED")
        return {"old_pair_works_for_days": 30}

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """A login with the old pair."""
        return try_pair(context.client_of(entry.org_id), old)


def _find(waiting: list[Staged], state: str, key: str) -> Staged | None:
    return next((one for one in waiting if one.state == state and one.key == key), None)


def _staged_anew(client: SalesforceClient, consumer: Consumer) -> Staged:
    """Staged, or staged again where an answer was lost on the way: that pair nobody has."""
    try:
        return stage(client, consumer)
    except Refused:
        waiting = staged_of(client, consumer)
        if not waiting:
            raise
    for one in waiting:
        delete(client, one)
    return stage(client, consumer)
