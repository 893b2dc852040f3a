"""Grants: what lets the holders of a permission set or profile use an app, without any token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leakresponse.adapters.salesforce.cuts.batched import still_there
from leakresponse.adapters.salesforce.cuts.types import Hands, Proof
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import all_of, equals, select

_OBJECT = "SetupEntityAccess"


class RemoveGrant:
    """A SetupEntityAccess row: without any, a new JWT login is refused (invalid_app_access). Live tokens may go on.

    Its use is a login with the key, which the vault has and this cut has not.
    """

    kind: ActionKind = "remove_grant"
    source = "C for new logins: containment facts, remove the app's grant (object SetupEntityAccess); live tokens: 0"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Delete the row."""
        return {"removed": True} if hands.client.delete(_OBJECT, target, repeatable=False) else {"already": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """See `dead_many`."""
        return self.dead_many(hands, [target], 1)[target]

    def dead_many(self, hands: Hands, targets: Sequence[str], parallel: int) -> dict[str, Proof]:
        """Asked by query."""
        there = still_there(hands.client, _OBJECT, targets, parallel)
        return {
            one: Proof(one not in there, "the grant is still there" if one in there else "the grant is listed no more")
            for one in targets
        }

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """The same parent and the same app again, in a row with an id of its own."""
        parent, app = inverse["ParentId"], inverse["SetupEntityId"]
        there = _same(hands, parent, app)
        if there:
            return {"already": True, "id": there}
        try:
            values = {"ParentId": parent, "SetupEntityId": app}
            return {"created": hands.client.create(_OBJECT, values, repeatable=True)}
        except Refused as refused:
            if refused.code != "DUPLICATE_VALUE":
                raise
            return {"created": _same(hands, parent, app)}


def _same(hands: Hands, parent: str, app: str) -> str:
    """The id of a row that grants this app to this parent, empty where there is none."""
    where = all_of(equals("ParentId", parent), equals("SetupEntityId", app))
    return next((str(row["Id"]) for row in hands.client.query(select(_OBJECT, ["Id"], where=where))), "")
