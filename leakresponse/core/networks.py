"""Addresses and networks as alerts and log rows write them."""

from __future__ import annotations

from ipaddress import ip_address, ip_network


def covers(network: str, address: str) -> bool:
    """Whether an address or CIDR covers an address of a row; unreadable values never match."""
    try:
        return ip_address(address.strip()) in ip_network(network.strip(), strict=False)
    except ValueError:
        return False
