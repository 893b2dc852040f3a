"""Several dated addresses of one person to one answer.

Last known address is the working test, so the newest dated evidence wins; a single parcel may be a gift, so a
shipping address moves nobody unless it was used twice or billing agrees. Whatever disagrees stays a candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from leakresponse.core.residency.reading import Reading, known, nothing, open_set, unique
from leakresponse.core.vocabulary import UNKNOWN

Kind = Literal["mailing", "other", "billing", "shipping", "lead"]

#: Whose address is asked first. A lead is a frozen copy and speaks only where nothing else does.
ORDER: tuple[Kind, ...] = ("mailing", "other", "billing", "lead", "shipping")
_OWN: tuple[Kind, ...] = ("mailing", "other")


@dataclass(frozen=True, slots=True)
class Dated:
    """One address evidence. `when` orders evidences of one person, larger is newer; None is undated."""

    kind: Kind
    when: int | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class Marks:
    """What else is known of the person's own address. `forwarder` is a private mailbox or a parcel forwarder."""

    forwarder: bool = False
    flags: tuple[str, ...] = field(default=())


def combine(evidences: Sequence[Dated], marks: Marks = Marks()) -> Reading:
    """One answer for one person. Flags are those of the address the answer rests on, and of the whole."""
    own_flags = tuple(f for e in evidences if e.kind == "mailing" for f in e.reading.flags)
    usable = _usable(evidences)
    if not usable:
        return nothing().flagged(*own_flags, *marks.flags)
    anchor = _anchor(usable)
    answer = _weigh(anchor, usable)
    if marks.forwarder and anchor.kind in _OWN:
        answer = _doubt_mailbox(answer, anchor, usable)
    if anchor.kind not in _OWN:
        answer = answer.capped("medium")
    return answer.flagged(*own_flags, *anchor.reading.flags, *marks.flags)


def _usable(evidences: Sequence[Dated]) -> list[Dated]:
    spoken = [e for e in evidences if not e.reading.is_blank]
    fresh = [e for e in spoken if e.kind != "lead"]
    return fresh or spoken


def _newest(evidences: Sequence[Dated]) -> Dated:
    return max(evidences, key=lambda e: -1 if e.when is None else e.when)


def _anchor(usable: Sequence[Dated]) -> Dated:
    for kind in ORDER:
        own = [e for e in usable if e.kind == kind]
        if own:
            return _newest(own)
    return usable[0]


def _is_newer(challenger: Dated, anchor: Dated) -> bool:
    if challenger.when is None:
        return False
    return anchor.when is None or challenger.when > anchor.when


def _challenger(anchor: Dated, usable: Sequence[Dated]) -> Dated | None:
    """A newer address that may move the person: a dated one of the account, or a place of repeated delivery."""
    found: list[Dated] = []
    for e in usable:
        if e.reading.residency in (anchor.reading.residency, UNKNOWN) or not _is_newer(e, anchor):
            continue
        if e.kind != "shipping":
            found += [e] if anchor.when is not None else []
            continue
        deliveries = sum(o.kind == "shipping" and o.reading.residency == e.reading.residency for o in usable)
        billed = any(o.kind == "billing" and o.reading.residency == e.reading.residency for o in usable)
        if deliveries > 1 or billed:
            found.append(e)
    return _newest(found) if found else None


def _weigh(anchor: Dated, usable: Sequence[Dated]) -> Reading:
    read = anchor.reading
    if read.residency == UNKNOWN:
        return _narrow(read, usable)
    others = [e.reading for e in usable if e.reading.residency != read.residency and e.reading.candidates]
    foreign_to_set = [r for r in others if not (r.residency == UNKNOWN and read.residency in r.candidates)]
    if not foreign_to_set:
        return read
    every = unique(c for r in (read, *foreign_to_set) for c in r.candidates)
    if read.is_military:
        answer = known(read.residency, "military post; count in the other state", "medium", True, every)
        return answer.flagged("ADDRESS_CONFLICT")
    winner = _challenger(anchor, usable)
    if winner is not None:
        place = winner.reading.residency
        return known(place, f"newest dated evidence ({winner.kind})", "medium", True, every).flagged(
            "ADDRESS_CONFLICT", *winner.reading.flags
        )
    return _keep(anchor, usable, every)


def _keep(anchor: Dated, usable: Sequence[Dated], every: tuple[str, ...]) -> Reading:
    """The anchor stands; how firmly depends on its date and on a second address that says the same."""
    read = anchor.reading
    differing = [e for e in usable if e.reading.residency != read.residency]
    seconded = any(e is not anchor and e.reading.residency == read.residency for e in usable)
    gift = seconded and len(differing) == 1 and differing[0].kind == "shipping"
    firm = anchor.when is not None or seconded
    basis = f"{anchor.kind} address; other addresses disagree"
    answer = known(read.residency, basis, "medium" if firm else "low", not gift or read.review, every)
    return answer.capped(read.confidence).flagged("GIFT_SHIPMENT" if gift else "ADDRESS_CONFLICT")


def _narrow(read: Reading, usable: Sequence[Dated]) -> Reading:
    """The anchor is a set: another address inside it picks the place, one outside it widens the set."""
    places = unique(e.reading.residency for e in usable if e.reading.residency != UNKNOWN)
    if not places:
        return read
    if len(places) == 1 and places[0] in read.candidates:
        return known(places[0], f"{read.basis}; another address decides", "medium", False, read.candidates)
    return open_set((*read.candidates, *places), f"{read.basis}; other addresses disagree").flagged("ADDRESS_CONFLICT")


def _doubt_mailbox(answer: Reading, anchor: Dated, usable: Sequence[Dated]) -> Reading:
    """A mailbox or forwarder is a last known address and weak evidence; a foreign second address breaks it."""
    abroad = unique(e.reading.residency for e in usable if e.reading.is_foreign and e is not anchor)
    if abroad:
        return open_set((*anchor.reading.candidates, *abroad), "parcel forwarder with a foreign address")
    if any(e is not anchor and e.reading.residency == answer.residency for e in usable):
        return answer.capped("medium")
    return known(answer.residency, "private mailbox or forwarder", "low", True, (*answer.candidates, UNKNOWN))
