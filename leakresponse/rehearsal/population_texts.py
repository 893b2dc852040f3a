"""What people write to support, and what they should not have written: numbers of cards and documents, and secrets.

Every secret is made up at run time. Only its fingerprint leaves this module, as the pipeline's own findings do.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leakresponse.rehearsal.population_humans import social_security_numbers
from leakresponse.rehearsal.population_ids import Column, Ints, constant, join, padded, pc, pick, take, where, words

SECRETS = 40
#: Shares of cases whose text holds a social security number or a card number.
SSN_IN_TEXT, CARD_IN_TEXT = 0.004, 0.003
SUBJECTS: tuple[str, ...] = (
    "Where is my order?", "Return label does not print", "Wrong size delivered", "Gift card balance",
    "Change of address", "Cannot sign in", "Loyalty points missing", "Damaged on arrival", "Invoice for my employer",
    "Cancel subscription", "Store pickup", "Question about warranty",
)  # fmt: skip
_OPENINGS: tuple[str, ...] = (
    "Hello, I ordered two weeks ago and nothing came.", 'The site says "delivered", but there is no parcel.',
    "Please change the size, the jacket is too small.", "I was charged twice for the same order.",
    "My points from last month are missing.", "The zipper broke on the first day, see photo.",
    "I moved; please use my new address from now on.", "The password reset mail never arrives.",
    "Can I pick this up in the store on Friday?", "We need an invoice with our company name on it.",
    "The coupon from your mail does not work, it says expired.", "Two items were missing,\nthe box was open.",
)  # fmt: skip
_CLOSINGS: tuple[str, ...] = (
    "Thanks, and best regards.", "Please call me back.", "I would like a refund.", "Order", "Thank you for your help!",
    "My tracking number is", "Kind regards", "Please answer by e-mail, not by phone.",
)  # fmt: skip
NOTES: tuple[str, ...] = (
    "Called the customer, no answer.", "Replacement sent by express.", "Refund approved by team lead.",
    "Customer sent photos.", "Warehouse confirms the shipment.", "Explained the return policy; closed.",
    "Voucher of 10 dollars as goodwill.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Texts:
    """Case descriptions, and what is hidden in which of them (`kind`: ssn, payment_card_alone, or a secret's)."""

    description: Column
    rows: Ints
    kind: tuple[str, ...]
    fingerprint: tuple[str, ...]


def make_texts(rng: np.random.Generator, count: int, secrets: int = SECRETS) -> Texts:
    """Texts for `count` cases; each holds one finding at most, and exactly `secrets` hold a secret."""
    plain = _plain(rng, count)
    order = rng.permutation(count)
    ends = np.cumsum([min(secrets, count), round(SSN_IN_TEXT * count), round(CARD_IN_TEXT * count)])
    rows = {name: order[start:end] for name, start, end in zip(
        ("secret", "ssn", "card"), (0, *ends[:-1]), ends, strict=True)}  # fmt: skip
    said = [_secret(rng, number) for number in range(len(rows["secret"]))]
    social = social_security_numbers(rng, len(rows["ssn"]))
    prefix = constant("For the credit check: my SSN is ", len(rows["ssn"]))
    cards = [f"My card is {_card(rng)}, please charge it again." for _ in rows["card"]]
    added = [text for _, text, _ in said] + join(prefix, social).to_pylist() + cards
    places = np.concatenate(list(rows.values())).astype(np.int64)
    kinds = [kind for kind, _, _ in said] + ["ssn"] * len(rows["ssn"]) + ["payment_card_alone"] * len(cards)
    marks = [mark for _, _, mark in said] + [""] * (len(places) - len(said))
    return Texts(_append(plain, places, added), places, tuple(kinds), tuple(marks))


def _plain(rng: np.random.Generator, count: int) -> Column:
    """An opening, an order number, a closing. One in ten quotes a parcel number as long as a card's, but no card's."""
    order = join(constant("Order no. HP-", count), padded(rng.integers(10**6, 10**8, count), 8))
    parcel = join(constant("Parcel 9400", count), padded(rng.integers(0, 10**16, count), 16))
    middle = where(rng.random(count) < 0.1, parcel, order)
    return join(pick(rng, _OPENINGS, count), middle, pick(rng, _CLOSINGS, count), sep=" ")


def _append(texts: Column, rows: Ints, added: list[str]) -> Column:
    mask = np.zeros(len(texts), dtype=np.bool_)
    mask[rows] = True
    ordered = np.argsort(rows)
    extra = words([added[position] for position in ordered])
    longer = join(take(texts, np.sort(rows)), extra, sep="\n")
    return pc.replace_with_mask(texts, pa.array(mask), longer)


def _letters(rng: np.random.Generator, alphabet: str, count: int) -> str:
    return "".join(alphabet[i] for i in rng.integers(0, len(alphabet), count))


def _secret(rng: np.random.Generator, number: int) -> tuple[str, str, str]:
    """(kind, sentence, fingerprint) in turns of the kinds that the attackers of 2025 searched case text for."""
    kind = ("aws_access_key_id", "password", "remote_access_link", "snowflake_host")[number % 4]
    alnum = "abcdefghijkmnpqrstuvwxyz23456789"
    if kind == "aws_access_key_id":
        value = "AKIA" + _letters(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
        sentence = f"Your export job uses our key {value}, please check the bucket."
    elif kind == "password":
        value = f"{_letters(rng, alnum, 6).capitalize()}-{rng.integers(1000, 9999)}!"
        sentence = f"Portal login is partner{number}, password: {value}"
    elif kind == "remote_access_link":
        value = f"https://vpn{number}.partner.example/portal/{_letters(rng, alnum, 12)}"
        sentence = f"Connect through {value} and open the order tool."
    else:
        value = f"hp{_letters(rng, alnum, 6)}.us-east-1.snowflakecomputing.com"
        sentence = f"The shared tables are on {value} as before."
    return kind, sentence, hashlib.sha256(value.encode()).hexdigest()[:16]


def _card(rng: np.random.Generator) -> str:
    """A number of a card's form with a valid check digit (Luhn), in groups of four."""
    text = card_digits(rng)
    return " ".join(text[i : i + 4] for i in range(0, 16, 4))


def card_digits(rng: np.random.Generator, prefix: str = "4", length: int = 16) -> str:
    """The digits of such a number, made up at run time: an issuer's prefix, and a valid check digit (Luhn)."""
    digits = [*map(int, prefix), *(int(d) for d in rng.integers(0, 10, length - 1 - len(prefix)))]
    doubled = [(d * 2 - 9 if d > 4 else d * 2) if i % 2 == 0 else d for i, d in enumerate(reversed(digits))]
    digits.append(-sum(doubled) % 10)
    return "".join(map(str, digits))
