"""Addresses that a vendor published after its incident: those of the attack, and its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from leakresponse.core.errors import BadInput


@dataclass(frozen=True, slots=True)
class VendorList:
    """`attack`: networks of the attack. `own`: the vendor's own networks, by app id or name or user id ("*" for all).

    `source` says who published it and when, for the ledger.
    """

    attack: tuple[str, ...] = ()
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""


def parse_vendor_list(document: object) -> VendorList:
    """`{"source": "...", "attack": ["198.51.100.0/24"], "own": {"App": ["203.0.113.7"]}}`; BadInput for anything else.

    A network that is everything, or is none, is refused: a slip there would make every row the attack's.
    """
    if not isinstance(document, Mapping) or set(document) - {"source", "attack", "own"}:
        raise BadInput("a vendor's list has source, attack and own, and nothing else")
    own = document.get("own") or {}
    if not isinstance(own, Mapping):
        raise BadInput("own: networks by app or user")
    listed = VendorList(
        _networks(document.get("attack")),
        {str(who): _networks(ranges) for who, ranges in own.items()},
        str(document.get("source") or ""),
    )
    if not listed.attack and not any(listed.own.values()):
        raise BadInput("a vendor's list names no network")
    return listed


def _networks(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise BadInput("networks are a list of addresses or CIDR ranges")
    return tuple(_network(one) for one in given)


def _network(given: object) -> str:
    try:
        network = ip_network(str(given).strip(), strict=False)
    except ValueError:
        raise BadInput("a vendor's list has an entry that is no address and no CIDR range") from None
    if network.prefixlen == 0:
        raise BadInput("a vendor's list has an entry that is every address")
    return str(network)
