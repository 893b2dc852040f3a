"""External Client Apps: their tokens by Connect REST, and their switch by metadata. Neither knows connected apps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Hands, Proof, check_given_back
from leakresponse.adapters.salesforce.inventory_apps import ECA_PREFIX, component_of_eca, is_enabled, users_of_eca
from leakresponse.adapters.salesforce.metadata import component, deploy
from leakresponse.adapters.salesforce.metadata_soap import rewritten
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import BadInput, Refused
from leakresponse.core.soql.build import all_of, count, equals

_POLICIES = "ExtlClntAppConfigurablePolicies"
_SWITCH = "isEnabled"


class RevokeEcaUsage:
    """Every refresh token of an External Client App, or those of one of its users, in one call.

    Access tokens that were born without a refresh token may go on: their sessions have to go too.
    """

    kind: ActionKind = "revoke_eca_usage"
    source = "V for refresh tokens: Connect REST guide, OAuth usage (v59); access tokens born without one: 0"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Revoke. For a connected app the address answers as if it had: such an id is not taken."""
        app, user = _parts(target)
        if not _holders(hands, app, user):
            return {"already": True}
        middle = f"/{user}" if user else ""
        hands.client.call("DELETE", f"/apps/oauth/usage/{app}{middle}/tokens")
        return {"revoked": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Nobody listed as using it, and no row of it in OauthToken, which both lists share no code with."""
        app, user = _parts(target)
        holders = len(_holders(hands, app, user))
        where = equals("AppMenuItem.ApplicationId", app)
        rows = hands.client.count(count("OauthToken", where=all_of(where, equals("UserId", user)) if user else where))
        return Proof(not holders and not rows, f"users listed {holders}, rows in OauthToken {rows}")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """A revoked token never comes back."""
        raise CannotGiveBack("a revoked token must be authorised again", "USER_MUST_AUTHORISE_AGAIN")


class DisableEca:
    """The documented off-switch: new logins and refreshes are refused. What live tokens do is not known."""

    kind: ActionKind = "disable_eca"
    source = "V that the switch exists, 0 for live tokens: containment facts, External Client App isEnabled=false"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Deploy the policies with `isEnabled` false, all else as it was."""
        return _switch(hands, target, on=False)

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read again. The use of it is a login, whose key or secret the vault has."""
        found = component_of_eca(hands.client, _POLICIES, target)
        off = found is not None and not is_enabled(found[1])
        return Proof(off, "its policies say that it is off" if off else "its policies do not say that it is off")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """On again, unless it was off before."""
        on = inverse.get(_SWITCH, "true") == "true"
        done = _switch(hands, target, on)
        if on:
            check_given_back(self.dead(hands, target))
        return done


def _parts(target: str) -> tuple[str, str]:
    """App and user of a target. Raises BadInput for what is no External Client App."""
    app, _, user = target.partition(":")
    if not app.startswith(ECA_PREFIX):
        raise BadInput("OAuth usage knows External Client Apps alone")
    return app, user


def _holders(hands: Hands, app: str, user: str) -> list[dict[str, Any]]:
    return [one for one in users_of_eca(hands.client, app) if not user or one.get("userIdentifier") == user]


def _switch(hands: Hands, app: str, on: bool) -> dict[str, Any]:
    name, root = _policies(hands, app)
    if is_enabled(root) is on:
        return {"already": True}
    inside = rewritten(root, {_SWITCH: on})
    deploy(hands.client, [component(_POLICIES, name, f"extlClntAppPolicies/{name}.ecaPlcy", inside)])
    return {_SWITCH: on}


def _policies(hands: Hands, app: str) -> tuple[str, Element]:
    found = component_of_eca(hands.client, _POLICIES, app)
    if found is None:
        raise Refused("no policies of such an External Client App", "NOT_FOUND")
    return found
