"""Blocking a connected app by metadata: BlacklistedConsumer (v49+), by its consumer key.

That a deploy causes a block was seen by nobody (containment facts: 0); its page says what a block does (V). So this cut
counts only where the customer's own sandbox proved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import Hands, Proof, check_given_back
from leakresponse.adapters.salesforce.metadata import component, deploy, element
from leakresponse.adapters.salesforce.metadata_soap import list_components, read_components
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import BadInput

_KIND = "BlacklistedConsumer"


class BlockApp:
    """A block under a name of our own, so that only our own block is ever lifted."""

    kind: ActionKind = "block_app"
    source = "V that sessions end and logins are refused, 0 by deploy: containment facts, type BlacklistedConsumer"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Deploy the block. Raises BadInput where nobody told the consumer key."""
        key = _key(hands, target)
        if key in _blocked(hands).values():
            return {"already": True}
        name = name_of(target)
        inside = element("blockedByApiWhitelisting", False) + element("consumerKey", key)
        inside += element("consumerName", name) + element("masterLabel", name)
        deploy(hands.client, [component(_KIND, name, f"blacklistedConsumers/{name}.blacklistedConsumer", inside)])
        return {"blocked": True}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read again. The use of it is a login with the app's key, which the vault has."""
        there = _key(hands, target) in _blocked(hands).values()
        return Proof(there, "the block is listed" if there else "no block of this consumer key is listed")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """Delete our block; one that an administrator made stays. That a deletion unblocks is an inference."""
        name = name_of(target)
        if name not in _blocked(hands):
            return {"already": True}
        deploy(hands.client, deletions={_KIND: [name]})
        check_given_back(Proof(name in _blocked(hands), ""))
        return {"unblocked": True}


def name_of(handle: str) -> str:
    """What our block of a consumer key is called."""
    return f"LeakResponse{handle}"


def _blocked(hands: Hands) -> dict[str, str]:
    """Consumer keys by the name of their block."""
    roots = read_components(hands.client, _KIND, list_components(hands.client, _KIND))
    return {name: root.findtext("consumerKey") or "" for name, root in roots.items()}


def blocked_labels(hands: Hands) -> set[str]:
    """What the blocked apps are called, as far as their blocks say."""
    roots = read_components(hands.client, _KIND, list_components(hands.client, _KIND))
    return {text for root in roots.values() for tag in ("consumerName", "masterLabel") if (text := root.findtext(tag))}


def _key(hands: Hands, handle: str) -> str:
    held = hands.secrets.get(handle)
    key = held.reveal() if held else ""
    if not key:
        raise BadInput("the consumer key of this app is not known: block it by hand")
    return key
