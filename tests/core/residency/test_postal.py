"""A postal field is repaired only in ways that can be told afterwards."""

from __future__ import annotations

import pytest

from leakresponse.core.residency.postal import read_postal


@pytest.mark.parametrize(
    ("text", "zip5", "repaired", "flags"),
    [
        ("73301", "73301", "", ()),
        ("73301-0001", "73301", "", ("ZIP_PLUS4",)),
        ("733010001", "73301", "", ("ZIP_PLUS4",)),
        ("5401", "05401", "zero", ("ZIP_LEADING_ZERO_LOST",)),
        ("5401-1234", "05401", "zero", ("ZIP_LEADING_ZERO_LOST", "ZIP_PLUS4")),
        ("54011234", "05401", "zero", ("ZIP_LEADING_ZERO_LOST", "ZIP_PLUS4")),
        ("926", "00926", "zero", ("ZIP_LEADING_ZERO_LOST",)),
        ("5401.0", "05401", "zero", ("ZIP_LEADING_ZERO_LOST", "ZIP_NUMBER_TYPE")),
        ("73301.0", "73301", "", ("ZIP_NUMBER_TYPE",)),
        ("73301-", "73301", "", ("ZIP_MALFORMED",)),
        ("7330 1", "73301", "signs", ("ZIP_MALFORMED",)),
        ("O5401", "05401", "signs", ("ZIP_MALFORMED",)),
        ("７３３０１", "73301", "", ()),
    ],
)
def test_zips(text: str, zip5: str, repaired: str, flags: tuple[str, ...]) -> None:
    read = read_postal(text)
    assert (read.kind, read.zip5, read.repaired, read.flags) == ("zip", zip5, repaired, flags)


@pytest.mark.parametrize("text", ["733XX", "733**", "733xx", "733##"])
def test_masked_zips_keep_three_digits(text: str) -> None:
    assert (read_postal(text).kind, read_postal(text).zip3) == ("masked", "733")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("k1a 0b1", "CA"),
        ("K1A0B1", "CA"),
        ("EC1A 1BB", "GB"),
        ("01310-100", "BR"),
        ("1012 AB", "NL"),
        ("D02 AF30", "IE"),
    ],
)
def test_forms_that_name_their_country(text: str, country: str) -> None:
    assert (read_postal(text).kind, read_postal(text).country) == ("foreign", country)


@pytest.mark.parametrize(
    ("text", "flag"), [("TX", "ZIP_NOT_A_ZIP"), ("none", "ZIP_NOT_A_ZIP"), ("733019", "ZIP_MALFORMED")]
)
def test_what_is_no_zip(text: str, flag: str) -> None:
    assert (read_postal(text).kind, read_postal(text).flags) == ("bad", (flag,))


def test_a_state_in_the_zip_field_is_handed_on() -> None:
    assert (read_postal("TX").state, read_postal("TX 73301").state, read_postal("TX 73301").zip5) == (
        "TX",
        "TX",
        "73301",
    )


def test_an_empty_field() -> None:
    assert (read_postal("  ").kind, read_postal("").flags) == ("blank", ("ZIP_BLANK",))
