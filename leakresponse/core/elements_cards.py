"""Payment card numbers: which digits are one, which only look like one, and which are published for testing.

Issuer prefixes and lengths were compared between two public tables on 2026-11-28: Wikipedia "Payment card number"
(issuer identification numbers) and github.com/braintree/credit-card-type (src/lib/card-types.ts). Where they differ the
shared part is taken. Maestro's open ranges (50, 56 to 69, 12 to 19 digits) would let one in ten order numbers pass, so
they count in a field that is named a card number and never in free text. Check digit: ISO/IEC 7812-1 annex B (Luhn).

No number leaves this module: a plain hash of a card number can be undone by trying all of an issuer's numbers, so only
verdicts and counts are given back, and no fingerprint.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Verdicts = npt.NDArray[np.int8]

#: Verdicts on a run of digits. `TEST` passes every check but is published by a gateway for trying things out.
NO_NUMBER, CARD, TEST, BAD_CHECK_DIGIT, NO_ISSUER = (np.int8(code) for code in range(5))
VERDICT_NAMES: Final = ("no_number", "card", "test", "bad_check_digit", "no_issuer")
LONGEST: Final = 19
SHORTEST: Final = 12

#: (first prefix, last prefix, lengths): the prefix is compared over its own number of digits.
ISSUERS: Final[tuple[tuple[str, str, tuple[int, ...]], ...]] = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)), ("2221", "2720", (16,)),  # Mastercard
    ("34", "34", (15,)), ("37", "37", (15,)),  # American Express
    ("6011", "6011", (16, 19)), ("644", "649", (16, 19)), ("65", "65", (16, 19)),  # Discover
    ("3528", "3589", (16, 17, 18, 19)),  # JCB
    ("300", "305", (14, 16, 19)), ("309", "309", (14, 16, 19)),  # Diners Club
    ("36", "36", (14, 16, 19)), ("38", "39", (14, 16, 19)),
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
)  # fmt: skip
_MAESTRO: Final = (("50", "50", tuple(range(12, 20))), ("56", "69", tuple(range(12, 20))))

#: Numbers that gateways print in their documentation (Braintree, PayPal, Stripe, Adyen, SparrowOne), as carried by
#: github.com/braintree/braintree_python and public lists looked up on 2026-11-28. They pass the check digit and belong
#: to nobody.
TEST_NUMBERS: Final[frozenset[str]] = frozenset(
    {
        "2222400070000005", "2223000048400011", "2223003122003222", "30569309025904", "36006666333344",
        "36227206271667", "36259600000004", "38520000023237", "370000000000002", "371260714673002",
        "371449635398431", "371544868764018", "378267515471109", "378282246310005", "378734493671000",
        "3056930009020004", "3530111333300000", "3566002020360505", "3566111111111113", "4222222222222",
        "4000000000000002", "4000000000000069", "4000000000000077", "4000000000000119", "4000000000000127",
        "4000000000003220", "4000000000009979", "4000000000009987", "4000000000009995", "4000002500003155",
        "4000056655665556", "4000111111111115", "4005519200000004", "4009348888881881", "4012000033330026",
        "4012000077777777", "4012888888881881", "4023898493988028", "4111111111111111", "4166676667666746",
        "4217651111111119", "4242424242424242", "4444333322221111", "4500600000000061", "4646464646464644",
        "4917610000000000", "4988438843884305", "5066991111111118", "5105105105105100", "5136333333333335",
        "5200828282828210", "5424000000000015", "5454545454545454", "5555341244441115", "5555444433331111",
        "5555555555554444", "6011000000000012", "6011000990139424", "6011111111111117", "6011601160116611",
        "6200000000000005", "6304000000000000", "6445644564456445",
    }
)  # fmt: skip


def judge(digits: pd.Series, *, as_field: bool = False) -> Verdicts:
    """A verdict for each run of digits (text without separators). `as_field`: it stands in a card number's field.

    Works over whole columns: 2 million numbers take about five seconds.
    """
    texts = digits.to_numpy(dtype=object).astype("S20") if len(digits) else np.zeros(0, "S20")
    table = texts.view(np.uint8).reshape(-1, 20)
    lengths = (table != 0).sum(axis=1)
    values = np.where(table == 0, 0, table - ord("0")).astype(np.int16)
    usable = (lengths >= SHORTEST) & (lengths <= LONGEST) & (values.max(axis=1, initial=0) > 0)
    checked = _check_digit_holds(values, lengths)
    issued = _issued(texts, lengths, (*ISSUERS, *_MAESTRO) if as_field else ISSUERS)
    verdict = np.full(len(texts), NO_NUMBER, dtype=np.int8)
    verdict[usable & ~issued] = NO_ISSUER
    verdict[usable & issued & ~checked] = BAD_CHECK_DIGIT
    verdict[usable & issued & checked] = CARD
    verdict[usable & np.isin(texts, np.array(sorted(TEST_NUMBERS), dtype="S20"))] = TEST
    return verdict


def _check_digit_holds(values: npt.NDArray[np.int16], lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Luhn: from the right every second digit is doubled, its digits added; the sum ends in 0."""
    places = np.arange(values.shape[1])
    doubled = ((lengths[:, None] - 1 - places) % 2 == 1) & (places < lengths[:, None])
    twice = values * 2
    total = np.where(doubled, np.where(twice > 9, twice - 9, twice), values).sum(axis=1)
    return np.asarray(total % 10 == 0, dtype=np.bool_)


def _issued(
    texts: npt.NDArray[np.bytes_],
    lengths: npt.NDArray[np.int64],
    issuers: tuple[tuple[str, str, tuple[int, ...]], ...],
) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(texts), dtype=np.bool_)
    for first, last, known in issuers:
        prefix = texts.astype(f"S{len(first)}")
        found |= (prefix >= first.encode()) & (prefix <= last.encode()) & np.isin(lengths, known)
    return found
