"""What a faulty order sync copies from its gateway: card numbers in the clear, made up anew in every run.

Patterns of published cases (incidents, section 11). No number leaves this module but into the org: the truth knows rows
by what they hold, never by value. Among them are numbers that are no card: those that fail the check digit, those that
gateways publish for tests, and order ids as long as a card's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from leakresponse.rehearsal.population import Population
from leakresponse.rehearsal.population_texts import card_digits
from leakresponse.rehearsal.scenarios.rows import owner_of_records, with_rows

LOG = "Payment_Log__c"
#: Rows for each person of the org, at most so many; 80,000 for 50,000 people.
FOR_EACH, MOST = 1.6, 80_000
#: Shares of rows: numbers that fail the check digit, codes beside a valid number, numbers in the gateway's payload
#: alone; and of more rows, beside these, that hold no card.
BAD, WITH_CODE, IN_PAYLOAD, TESTS, ORDERS = 0.05, 0.12, 0.20, 0.02, 0.05
#: Prefix and length of issuers (core's own table is not used, on purpose): Visa, Mastercard, Amex, Discover.
ISSUERS = (("4", 16), ("52", 16), ("37", 15), ("6011", 16))
#: Numbers that gateways publish for tests, in the form (digits, how often): written out they would look like cards.
TEST_NUMBERS = (("4242", 4), ("5555" * 3 + "4444", 1), ("4" + "1" * 15, 1))
ALONE, CODED = "payment_card_alone", "payment_card_with_code"


@dataclass(frozen=True, slots=True)
class CardLog:
    """`rows` as the sync writes them; of each its owner ("" for nobody) and what it holds ("" for no card)."""

    rows: Sequence[dict[str, str | None]] = field(repr=False)
    owners: Sequence[str]
    kinds: Sequence[str]


def card_log(population: Population, people: int, seed: int) -> CardLog:
    """The same for the same people and seed."""
    rng = np.random.default_rng((seed, 0xCA4D))
    owner = owner_of_records(population)
    contacts = population.tables["Contact"]["Id"]
    count = min(MOST, round(FOR_EACH * people))
    made = [_card_row(rng) for _ in range(count)]
    made += [(_row(number=_test_number(one)), "") for one in range(max(3, round(TESTS * count)))]
    made += [(_row(payload=_payload(order=_order_id(rng))), "") for _ in range(max(3, round(ORDERS * count)))]
    picked = contacts.iloc[rng.integers(0, len(contacts), len(made))].to_list()
    rows, owners = [], []
    for position, (row, _) in enumerate(made):
        is_test = position >= count and row["CardNumber__c"] is not None
        contact = None if is_test else str(picked[position])
        rows.append({**row, "Contact__c": contact})
        owners.append(str(owner[contact]) if contact else "")
    return CardLog(rows, owners, [kind for _, kind in made])


def _card_row(rng: np.random.Generator) -> tuple[dict[str, str | None], str]:
    prefix, length = ISSUERS[int(rng.integers(0, len(ISSUERS)))]
    number, draw = card_digits(rng, prefix, length), rng.random()
    if draw < BAD:
        return _row(number=number[:-1] + str((int(number[-1]) + 1) % 10)), ""
    code = f"{int(rng.integers(0, 1000)):03d}" if rng.random() < WITH_CODE / (1 - BAD) else None
    kind = CODED if code else ALONE
    if draw < BAD + IN_PAYLOAD:
        return _row(payload=_payload(order=_order_id(rng), pan=number, cvv=code)), kind
    return _row(number=number, code=code, payload=_payload(order=_order_id(rng))), kind


def _row(number: str | None = None, code: str | None = None, payload: str = "") -> dict[str, str | None]:
    return {"CardNumber__c": number, "CVV__c": code, "Payload__c": payload or None}


def _payload(**given: str | None) -> str:
    inside = ", ".join(f'"{name}": "{value}"' for name, value in given.items() if value)
    return f'{{{inside}, "status": "approved"}}'


def _order_id(rng: np.random.Generator) -> str:
    """Sixteen digits that begin with 90, which no card network issues (ISO/IEC 7812: 9 is for national bodies)."""
    return f"90{int(rng.integers(0, 10**14)):014d}"


def _test_number(position: int) -> str:
    digits, times = TEST_NUMBERS[position % len(TEST_NUMBERS)]
    return digits * times


def with_cards(population: Population, made: CardLog, ids: Sequence[str]) -> Population:
    """The population with the rows that the sync wrote, which the org has given these ids, and what they hold."""
    table = pd.DataFrame({"Id": list(ids)})
    whole = with_rows(population, LOG, table, made.owners)
    found = pd.DataFrame({"record_id": list(ids), "person_id": made.owners, "kind": made.kinds, "fingerprint": ""})
    findings = pd.concat([whole.findings, found[found["kind"] != ""]], ignore_index=True)
    return replace(whole, findings=findings)
