"""Digits are a card number by issuer, length and check digit; published test numbers belong to nobody."""

from __future__ import annotations

import pandas as pd
import pytest

from leakresponse.core.elements_cards import (
    BAD_CHECK_DIGIT,
    CARD,
    NO_ISSUER,
    NO_NUMBER,
    TEST,
    TEST_NUMBERS,
    judge,
)


def with_check_digit(digits: str) -> str:
    """A number of a card's form that nobody published: the Luhn digit put at its end."""
    total = sum(int(d) if i % 2 else sum(divmod(int(d) * 2, 10)) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def verdict(digits: str, *, as_field: bool = False) -> int:
    return int(judge(pd.Series([digits], dtype="str"), as_field=as_field)[0])


@pytest.mark.parametrize(
    "start",
    ["453977001234567", "510512345678901", "272099123456789", "37123456789012", "601112345678901", "352812345678901",
     "3612345678901", "622212345678901", "220112345678901", "453977123456"],
)  # fmt: skip
def test_a_number_of_a_known_issuer_is_a_card(start: str) -> None:
    assert verdict(with_check_digit(start)) == CARD


def test_a_wrong_last_digit_is_told_from_an_unknown_issuer() -> None:
    right = with_check_digit("453977001234567")
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert verdict(wrong) == BAD_CHECK_DIGIT
    assert verdict(with_check_digit("999977001234567")) == NO_ISSUER


@pytest.mark.parametrize("digits", ["", "0000000000000000", "41111111111", "4" * 20, "12345"])
def test_what_is_no_number_of_that_length_is_none(digits: str) -> None:
    assert verdict(digits) == NO_NUMBER


def test_a_length_that_the_issuer_does_not_use_is_none_of_its_cards() -> None:
    assert verdict(with_check_digit("37123456789012345")) == NO_ISSUER


def test_published_numbers_are_test_cards_and_nobodys() -> None:
    found = judge(pd.Series(sorted(TEST_NUMBERS), dtype="str"))
    assert set(found.tolist()) == {int(TEST)}


def test_open_ranges_count_only_in_a_field_of_that_name() -> None:
    number = with_check_digit("67591234567890123")
    assert verdict(number) == NO_ISSUER and verdict(number, as_field=True) == CARD


def test_an_empty_column_has_no_verdicts() -> None:
    assert len(judge(pd.Series([], dtype="str"))) == 0
