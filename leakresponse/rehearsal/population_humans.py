"""The humans of the simulated retailer, before any record is made of them.

Some are customers, some only leads, some known through one web form alone. Numbers of documents have valid forms and
are drawn at random, so they are meant to be nobody's; phone numbers are from the range kept for fiction (555-0100 to
555-0199).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leakresponse.rehearsal import population_words as vocabulary
from leakresponse.rehearsal.population_ids import (
    Column,
    Ints,
    Mask,
    constant,
    days,
    join,
    numbers,
    padded,
    pc,
    pick,
    take,
    where,
    words,
)

BRANDS = ("Harbor & Pine Inc", "Pine Kids LLC")
LEAD_SHARE, WEB_SHARE = 0.10, 0.005
#: Shares of customers whose contact holds an element.
SSN_SHARE, LICENCE_SHARE, BIRTH_SHARE, CARD_SHARE = 0.08, 0.12, 0.60, 0.40
#: Of those whose birth date is known; the others are adults.
MINOR_SHARE = 0.02
NEW_HOUSEHOLD = 0.62
_NO_SSN = ("078-05-1120", "219-09-9999", "457-55-5462")  # printed in advertisements, so never valid
_BIRTHS = (np.datetime64("1940-01-01"), np.datetime64("2004-12-31"))
_MINOR_BIRTHS = (np.datetime64("2011-01-01"), np.datetime64("2019-12-31"))


@dataclass(frozen=True, slots=True)
class Humans:
    """One row per human: customers first, then leads, then web forms. `place` is a row of the addresses."""

    customers: int
    leads: int
    web: int
    place: Ints
    places: int
    first: Column
    last: Column
    email: Column
    shared_email: Mask
    phone: Column
    mobile: Column
    brand: Column
    birth: Column
    minor: Mask
    ssn: Column
    card_last4: Column

    @property
    def count(self) -> int:
        """All of them."""
        return self.customers + self.leads + self.web

    @property
    def name(self) -> Column:
        """First and last name."""
        return join(self.first, self.last, sep=" ")


def make_humans(rng: np.random.Generator, people: int) -> Humans:
    """`people` humans. Members of a household share last name, mostly, and address."""
    web = max(1, round(WEB_SHARE * people))
    leads = max(1, round(LEAD_SHARE * people))
    customers = people - web - leads
    household = np.cumsum(rng.random(customers) < NEW_HOUSEHOLD).astype(np.int64)
    households = int(household[-1]) + 1
    place = np.concatenate([household, np.arange(households, households + leads), np.zeros(web, dtype=np.int64)])
    first = pick(rng, vocabulary.FIRST_NAMES, people)
    last = _last_names(rng, place, people)
    email = _emails(rng, first, last, people)
    email, shared = _share_emails(rng, email, first, household, people)
    birth, minor = _births(rng, people)
    return Humans(
        customers=customers,
        leads=leads,
        web=web,
        place=place,
        places=households + leads,
        first=first,
        last=last,
        email=email,
        shared_email=shared,
        phone=_phones(rng, people, 0.85),
        mobile=_phones(rng, people, 0.6),
        brand=words(BRANDS).take(pa.array((rng.random(people) < 0.2).astype(np.int64))),
        birth=birth,
        minor=minor,
        ssn=where(rng.random(people) < SSN_SHARE, social_security_numbers(rng, people)),
        card_last4=where(rng.random(people) < CARD_SHARE, padded(rng.integers(0, 10_000, people), 4)),
    )


def _last_names(rng: np.random.Generator, place: Ints, people: int) -> Column:
    of_house = rng.integers(0, len(vocabulary.LAST_NAMES), int(place.max()) + 1)
    own = rng.integers(0, len(vocabulary.LAST_NAMES), people)
    return take(words(vocabulary.LAST_NAMES), np.where(rng.random(people) < 0.12, own, of_house[place]))


def _emails(rng: np.random.Generator, first: Column, last: Column, people: int) -> Column:
    """Unique by a number; four customers in a hundred have none."""
    number = pc.cast(pa.array(numbers(people)), pa.large_string())
    local = join(pc.utf8_lower(first), constant(".", people), pc.utf8_lower(last), number)
    address = join(local, pick(rng, vocabulary.MAIL_DOMAINS, people), sep="@")
    return where(rng.random(people) < 0.96, address)


def _share_emails(
    rng: np.random.Generator, email: Column, first: Column, household: Ints, people: int
) -> tuple[Column, Mask]:
    """Some couples share one mailbox: the same e-mail, another first name, so two people."""
    customers = len(household)
    with_last = np.zeros(people, dtype=np.bool_)
    with_last[1:customers] = (household[1:] == household[:-1]) & (rng.random(customers - 1) < 0.03)
    with_last[1:] &= ~with_last[:-1]
    before = np.maximum(np.arange(people) - 1, 0)
    differs = np.array(pc.not_equal(first, take(first, before)))
    both = np.array(pc.and_(pc.is_valid(email), pc.is_valid(take(email, before))))
    with_last &= differs & both
    shared = with_last.copy()
    shared[:-1] |= with_last[1:]
    return where(with_last, take(email, before), email), shared


def _phones(rng: np.random.Generator, people: int, share: float) -> Column:
    area = pc.cast(pa.array(rng.integers(201, 990, people)), pa.large_string())
    line = padded(rng.integers(100, 200, people), 4)
    number = join(constant("(", people), area, constant(") 555-", people), line)
    return where(rng.random(people) < share, number)


def _births(rng: np.random.Generator, people: int) -> tuple[Column, Mask]:
    known = rng.random(people) < BIRTH_SHARE
    minor = known & (rng.random(people) < MINOR_SHARE)
    grown, young = (_days_between(rng, *span, people) for span in (_BIRTHS, _MINOR_BIRTHS))
    return where(known, days(np.where(minor, young, grown))), minor


def _days_between(rng: np.random.Generator, first: np.datetime64, last: np.datetime64, count: int) -> Ints:
    return rng.integers(first.astype(np.int64), last.astype(np.int64), count)


def social_security_numbers(rng: np.random.Generator, count: int) -> Column:
    """Numbers of valid form (area 001 to 899 without 666, no zero group), one in ten without hyphens."""
    area = rng.integers(1, 899, count)
    area = np.where(area >= 666, area + 1, area)
    group, serial = rng.integers(1, 100, count), rng.integers(1, 10_000, count)
    parts = (padded(area, 3), padded(group, 2), padded(serial, 4))
    whole = join(*parts, sep="-")
    known = np.array(pc.is_in(whole, value_set=words(_NO_SSN)))
    bare = rng.random(count) < 0.1
    return where(known, constant("123-45-6780", count), where(bare, join(*parts), whole))


def licences(rng: np.random.Generator, residency: Column) -> Column:
    """Driver's licence numbers in the form of the holder's state; elsewhere a letter and eight digits."""
    count = len(residency)
    letter = pick(rng, tuple("ABCDEFGHJKLMNPRSTVWY"), count)
    digits = padded(rng.integers(0, 10**12, count), 12)
    short = {width: pc.utf8_slice_codeunits(digits, 0, width) for width in (7, 8, 9)}
    forms = {
        "CA": join(letter, short[7]),
        "NY": short[9],
        "TX": short[8],
        "FL": join(letter, digits),
        "WA": join(constant("WDL", count), short[9]),
        "MA": join(constant("S", count), short[8]),
    }
    made = join(letter, short[8])
    for state, form in forms.items():
        made = where(np.array(pc.equal(residency, state)), form, made)
    return where(rng.random(count) < LICENCE_SHARE, made)
