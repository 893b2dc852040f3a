"""Which secrets are rotated, in what order, and which of them cost an outage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest

from leakresponse.rotation.kinds import KINDS
from leakresponse.rotation.types import Mode, SecretEntry


@dataclass(frozen=True, slots=True)
class Planned:
    """One secret and how it will go. `order` is in words; `outage` says that services are locked out for a while."""

    entry: SecretEntry
    order: str
    outage: bool


def choose(
    entries: Iterable[SecretEntry],
    apps: Collection[str] = (),
    usernames: Collection[str] = (),
    names: Collection[str] = (),
) -> tuple[SecretEntry, ...]:
    """The secrets of the attacked apps or users, and those that are named. One of a kind that nobody knows stays in."""
    return tuple(one for one in entries if one.app in apps or one.username in usernames or one.name in names)


def plan(entries: Iterable[SecretEntry], mode: Mode) -> tuple[Planned, ...]:
    """In the order in which they are begun: the orgs take turns, so that no org's queue of deploys holds up another."""
    by_org: dict[str, list[SecretEntry]] = {}
    for entry in sorted(entries, key=lambda one: (one.org_id, one.app, one.name)):
        by_org.setdefault(entry.org_id, []).append(entry)
    return tuple(_planned(entry, mode) for entry in _in_turns(by_org.values()))


def _planned(entry: SecretEntry, mode: Mode) -> Planned:
    kind = KINDS.get(entry.kind)
    if kind is None:
        return Planned(entry, "a person looks at it: its kind is not known", False)
    if kind.by_person:
        return Planned(entry, "a person makes the new one; test, promote, prove the old one refused", True)
    if mode == "emergency":
        return Planned(entry, "set, prove the old one refused, give back access, test, promote", True)
    if kind.overlap:
        return Planned(entry, "set, test, promote, wait for pick-up, end the old one", False)
    return Planned(entry, "set, test and promote back to back: the old one ends with the set", True)


def _in_turns(queues: Iterable[list[SecretEntry]]) -> Iterator[SecretEntry]:
    return (entry for entry in chain.from_iterable(zip_longest(*queues)) if entry is not None)
