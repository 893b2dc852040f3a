"""Free text is read for what it gives away of a person; look-alikes are counted and never become elements."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from leakresponse.core.elements import bits_to_lists
from leakresponse.core.elements_text import MARKS, Scan, scan

VISA, AMEX, MASTER = "4539770012345674", "371234567890120", "5105123456789018"
BAD = "4539770012345675"


def look(*texts: str | None) -> Scan:
    return scan(pd.Series(list(texts), dtype="str"))


def mark_names(marks: int) -> list[str]:
    return [name for place, name in enumerate(MARKS) if marks >> place & 1]


def elements(text: str) -> list[str]:
    return list(bits_to_lists(look(text).bits)[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"my card {VISA}", ["payment_card_alone"]), ("my card 4539 7700 1234 5674", ["payment_card_alone"]),
        (f"amex {AMEX}", ["payment_card_alone"]), ("5105-1234-5678-9018 exp 04/27", ["payment_card_with_expiry"]),
        (f"{VISA} valid thru 2028", ["payment_card_with_expiry"]), (f"{VISA} cvv 123", ["payment_card_with_code"]),
        (f'{{"cardNumber":"{VISA}","expiryMonth":"04","cvc":"123"}}', ["payment_card_with_code"]),
        (f'{{"pan":"{MASTER}","expiry":"0427"}}', ["payment_card_alone"]),
        (f"{VISA} and {MASTER} cvv 123", ["payment_card_with_code"]),
        (f"{VISA} " + "x" * 200 + " cvv 123", ["payment_card_alone"]),
        (f"card {VISA}, ssn 123-45-6789", ["payment_card_alone", "ssn"]),
        (BAD, []), ("parcel 94001234567890123456", []), ("0000000000000000", []), ("4111 1111 1111 1111", []),
        (f"Order no. {VISA} is late", []), (f'{{"orderId":"{VISA}"}}', []), (f"tracking number: {VISA}", []),
    ],
)  # fmt: skip
def test_cards(text: str, expected: list[str]) -> None:
    assert elements(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SSN 123-45-6789", ["ssn"]), ("my social security number is 123456789", ["ssn"]),
        ("ssn 123 45 6789", ["ssn"]), ("ssn 000-12-3456", []), ("ssn 666-12-3456", []), ("ssn 900-12-3456", []),
        ("ssn 123-00-3456", []), ("ssn 123-45-0000", []), ("078-05-1120", []), ("219-09-9999", []),
        ("order 123456789", []), ("912-70-3456", ["taxpayer_id"]), ("ITIN 912703456", ["taxpayer_id"]),
        ("912-89-3456", []), ("123-45-67890", []),
    ],
)  # fmt: skip
def test_tax_and_social_security_numbers(text: str, expected: list[str]) -> None:
    assert elements(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pay to DE89 3704 0044 0532 0130 00 please", ["account_number_alone"]),
        ("pay to DE89 3704 0044 0532 0130 01 please", []),
        ("routing 111000025, bank account number 12345678", ["account_number_alone"]),
        ("routing 111000026, bank account number 12345678", []), ("bank account number 12345678", []),
        ("driver's license number D1234567", ["drivers_license"]), ("DL: 12345678", ["drivers_license"]),
        ("D1234567", []), ("driver's license expired", []), ("passport no 123456789", ["passport"]),
        ("passport photo 2024", []), ("dob 01/02/1980", ["dob"]), ("born 1980-01-02", ["dob"]),
        ("visit us 01/02/1980", []), ("write to ann@shop.example.com", ["email"]), ("see @handle", []),
        ("call (212) 736-5000", ["phone"]), ("call 212-736-5000 now", ["phone"]), ("+44 20 7946 0958", ["phone"]),
        ("call (212) 555-0100", []), ("call (000) 736-5000", []), ("article 2127365000", []),
    ],
)  # fmt: skip
def test_documents_accounts_and_ways_to_reach_somebody(text: str, expected: list[str]) -> None:
    assert elements(text) == expected


def test_health_words_are_a_mark_and_no_element() -> None:
    found = look("Customer is pregnant and has an allergy", "Customer asked for a diagnosis of the zipper? no")
    assert mark_names(int(found.marks[0])) == ["health_words"] and not found.bits.any()


def test_look_alikes_are_counted_and_published_numbers_marked() -> None:
    found = look(VISA, BAD, "4111111111111111", "999977001234567", f"order {VISA}", None, "")
    assert dict(found.figures) == {"bad_check_digit": 1, "card": 1, "no_issuer": 1, "other_label": 1, "test": 1}
    assert [mark_names(int(marks)) for marks in found.marks[:5]] == [
        [], [], ["test_card"], [], []
    ]  # fmt: skip


def test_a_repeated_text_counts_as_often_as_it_stands() -> None:
    assert look(*[f"card {VISA}"] * 3).figures["card"] == 3


def test_no_value_is_in_what_comes_back() -> None:
    assert VISA not in repr(look(f"card {VISA}"))


def test_the_index_of_the_texts_is_kept() -> None:
    found = scan(pd.Series([f"card {VISA}", "x"], index=[7, 9], dtype="str"))
    assert found.bits.index.tolist() == [7, 9] and found.bits[7] and not found.bits[9]


def test_many_texts_without_numbers_cost_little() -> None:
    texts = pd.Series(["Hello, where is my parcel? Thank you."] * 200_000, dtype="str")
    started = time.perf_counter()
    assert not scan(texts).bits.any()
    assert time.perf_counter() - started < 5
