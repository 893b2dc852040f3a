"""One address, one reading: every rule by an example of its own."""

from __future__ import annotations

import pytest

from leakresponse.core.residency import Address, Reading, resolve_address


def read(
    city: str = "", state: str = "", postal: str = "", country: str = "", code: str = "", country_code: str = ""
) -> Reading:
    return resolve_address(Address(city, state, code, postal, country, country_code, ""))


Case = tuple[tuple[str, str, str, str], str, str, str]


def check(case: Case) -> None:
    fields, residency, candidates, judged = case
    answer = read(*fields)
    got = (answer.residency, set(answer.candidates), f"{answer.confidence} {'Y' if answer.review else 'N'}")
    assert got == (residency, set(candidates.split()), judged), answer.basis


AGREEING: list[Case] = [
    (("Boise", "ID", "83702", "USA"), "ID", "ID", "high N"),
    (("Boise", "ID", "83702", ""), "ID", "ID", "medium N"),
    (("", "Idaho", "83702-1234", "United States"), "ID", "ID", "high N"),
    (("", "", "83702", "US"), "ID", "ID", "medium N"),
    (("", "ID", "", "US"), "ID", "ID", "medium N"),
    (("", "16", "83702", "US"), "ID", "ID", "medium N"),
    (("", "Wash.", "98501", "US"), "WA", "WA", "high N"),
    (("Washington", "Washington", "20002", "US"), "DC", "DC", "medium N"),
    (("Arlington", "VA", "20301", "US"), "VA", "DC VA", "medium Y"),
]
LOST_ZEROS: list[Case] = [
    (("Burlington", "VT", "5401", "US"), "VT", "VT", "high N"),
    (("Burlington", "VT", "5401", ""), "VT", "VT", "medium N"),
    (("Burlington", "", "5401", ""), "VT", "VT", "medium N"),
    (("", "", "5401", ""), "VT", "VT", "low Y"),
    (("Boise", "", "5401", "US"), "UNKNOWN", "VT", "low Y"),
    (("", "ID", "5401", "US"), "ID", "ID VT", "low Y"),
    (("Melbourne", "", "3000", "Australia"), "FOREIGN:AU", "FOREIGN:AU", "high N"),
    (("Melbourne", "", "3000", ""), "UNKNOWN", "FOREIGN:AU NH", "low Y"),
    (("Bruxelles", "", "1050", ""), "FOREIGN:BE", "FOREIGN:BE", "medium Y"),
]
CONFLICTS: list[Case] = [
    (("", "ID", "73301", "US"), "UNKNOWN", "ID TX", "low Y"),
    (("Boise", "TX", "83702", "US"), "ID", "ID TX", "medium Y"),
    (("Boise", "ID", "10003", "US"), "UNKNOWN", "ID NY", "low Y"),
    (("Boise", "", "10003", "US"), "NY", "NY", "medium Y"),
    (("", "OH", "86515", "US"), "UNKNOWN", "AZ NM OH", "low Y"),
    (("", "TX", "12345", "US"), "TX", "TX NY", "low Y"),
]
SPLIT_ZIPS: list[Case] = [
    (("", "NM", "86515", "US"), "NM", "AZ NM", "high N"),
    (("", "", "86515", "US"), "UNKNOWN", "AZ NM", "low Y"),
    (("", "", "02861", "US"), "RI", "RI MA", "medium N"),
    (("", "", "042XX", ""), "ME", "ME", "medium N"),
    (("", "NY", "063XX", "US"), "NY", "CT NY", "medium N"),
    (("", "", "063XX", "US"), "UNKNOWN", "CT NY", "low Y"),
    (("", "ID", "063XX", "US"), "UNKNOWN", "CT NY ID", "low Y"),
]
ABROAD: list[Case] = [
    (("Ottawa", "ON", "K1A 0B1", "Canada"), "FOREIGN:CA", "FOREIGN:CA", "high N"),
    (("Ottawa", "CA", "K1A 0B1", ""), "FOREIGN:CA", "FOREIGN:CA", "medium Y"),
    (("Fresno", "", "93701", "CA"), "CA", "CA", "high N"),
    (("", "", "", "CA"), "FOREIGN:CA", "FOREIGN:CA CA", "low Y"),
    (("", "CA", "", "CA"), "UNKNOWN", "FOREIGN:CA CA", "low Y"),
    (("Fresno", "CA", "93701", "Canada"), "CA", "CA FOREIGN:CA", "medium Y"),
    (("", "", "93701", "Canada"), "UNKNOWN", "CA FOREIGN:CA", "low Y"),
    (("Hamburg", "DE", "20095", "DE"), "FOREIGN:DE", "FOREIGN:DE", "high N"),
    (("Dover", "DE", "19901", "Germany"), "DE", "DE FOREIGN:DE", "medium Y"),
    (("Macon", "", "31201", "Georgia"), "GA", "GA", "high N"),
    (("Batumi", "", "6000", "Georgia"), "FOREIGN:GE", "FOREIGN:GE", "high N"),
    (("Paris", "TX", "75460", ""), "TX", "TX", "medium N"),
    (("Paris", "", "75001", ""), "UNKNOWN", "FOREIGN:FR TX", "low Y"),
    (("", "Ontario", "", ""), "FOREIGN:CA", "FOREIGN:CA", "medium Y"),
    (("", "Ontario", "", "US"), "UNKNOWN", "FOREIGN:CA", "low Y"),
    (("", "Ontario", "73301", ""), "UNKNOWN", "TX FOREIGN:CA", "low Y"),
    (("", "DE", "", ""), "UNKNOWN", "DE FOREIGN:DE", "low Y"),
    (("Dover", "DE", "", ""), "DE", "DE", "medium N"),
]
MILITARY: list[Case] = [
    (("APO", "AE", "09012", "US"), "MIL:AE", "MIL:AE", "high N"),
    (("FPO", "AP", "96601", ""), "MIL:AP", "MIL:AP", "medium N"),
    (("APO", "AA", "09012", "US"), "MIL:AE", "MIL:AE", "medium Y"),
    (("APO", "AE", "9012", "US"), "MIL:AE", "MIL:AE", "high N"),
    (("APO", "AE", "", "US"), "MIL:AE", "MIL:AE", "medium N"),
    (("APO Miami", "FL", "", "US"), "MIL:AA", "MIL:AA", "low Y"),
    (("", "AE", "", ""), "UNKNOWN", "MIL:AE FOREIGN:AE", "low Y"),
    (("", "AE", "73301", "US"), "UNKNOWN", "MIL:AE TX", "low Y"),
    (("Chemnitz", "", "09112", "Germany"), "UNKNOWN", "MIL:AE FOREIGN:DE", "low Y"),
]
TERRITORIES: list[Case] = [
    (("Ponce", "", "00716", "Puerto Rico"), "PR", "PR", "high N"),
    (("", "", "", "Guam"), "GU", "GU", "medium N"),
    (("", "CNMI", "96950", "US"), "MP", "MP", "high N"),
    (("", "MH", "96960", ""), "FOREIGN:MH", "FOREIGN:MH", "high N"),
    (("", "", "96940", "Palau"), "FOREIGN:PW", "FOREIGN:PW", "high N"),
]
UNREADABLE_COUNTRIES: list[Case] = [
    (("", "ID", "83702", "Narnia"), "ID", "ID", "medium N"),
    (("", "", "83702", "Narnia"), "ID", "ID UNKNOWN", "low Y"),
    (("", "", "5401", "Narnia"), "UNKNOWN", "VT UNKNOWN", "low Y"),
    (("", "TX", "", "Narnia"), "TX", "TX UNKNOWN", "low Y"),
    (("Boise", "", "83702", "Narnia"), "ID", "ID", "medium N"),
]
SCRAPS: list[Case] = [
    (("", "", "", ""), "UNKNOWN", "UNKNOWN", "unknown Y"),
    (("Boise", "", "", "US"), "UNKNOWN", "UNKNOWN", "unknown Y"),
    (("", "n/a", "00000", ""), "UNKNOWN", "UNKNOWN", "unknown Y"),
    (("", "", "90210", ""), "CA", "CA UNKNOWN", "low Y"),
    (("", "CA", "90210", "US"), "CA", "CA", "high N"),
    (("Boise, Idaho", "", "", ""), "ID", "ID", "medium N"),
    (("ID", "Boise", "83702", "US"), "ID", "ID", "medium N"),
    (("", "", "ID 83702", "US"), "ID", "ID", "medium N"),
    (("", "", "83702", "Idaho"), "ID", "ID", "medium N"),
    (("", "", "O5401", ""), "VT", "VT", "low Y"),
    (("", "ID", "99999", "US"), "ID", "ID", "medium N"),
    (("", "", "39554", "US"), "UNKNOWN", "MS", "low Y"),
    (("", "NB", "68102", "US"), "NE", "NE", "medium N"),
    (("", "NB", "", "US"), "UNKNOWN", "NE FOREIGN:CA", "low Y"),
]


@pytest.mark.parametrize(
    "case",
    [*AGREEING, *LOST_ZEROS, *CONFLICTS, *SPLIT_ZIPS, *ABROAD, *MILITARY, *TERRITORIES, *UNREADABLE_COUNTRIES, *SCRAPS],
    ids=str,
)
def test_reading(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        (("Boise", "ID", "83702", "US"), set()),
        (("none", "none", "", "US"), {"STATE_BLANK", "CITY_BLANK", "ZIP_BLANK"}),
        (("Boise, ID", "Idaho", "83702", "US"), {"STATE_IN_CITY"}),
        (("Boise", "Idhao", "83702", "US"), {"STATE_MISSPELT"}),
        (("Boise", "ID", "73301", "US"), {"STATE_ZIP_CONFLICT"}),
        (("Boise", "ID", "83700", "US"), {"ZIP_UNKNOWN"}),
        (("Boise", "ID", "12345", "US"), {"STATE_ZIP_CONFLICT", "ZIP_PLACEHOLDER"}),
        (("Boise \u00caCity", "ID", "83702", "US"), {"MOJIBAKE"}),
        (("Boise", "ID", "83702", "Narnia"), {"COUNTRY_UNREADABLE"}),
        (("Sydney", "", "2000", "Australia"), set()),
        (("APO", "AE", "09012", "US"), {"MILITARY"}),
    ],
)
def test_flags(fields: tuple[str, str, str, str], flags: set[str]) -> None:
    assert set(read(*fields).flags) == flags


def test_a_missing_column_is_no_defect() -> None:
    assert resolve_address(Address(state="ID", postal="83702")).flags == ()


def test_two_country_fields_that_differ_go_to_a_person() -> None:
    answer = read("", "", "", "Canada", country_code="US")
    assert (answer.residency, answer.review) == ("FOREIGN:CA", True)
    assert "COUNTRY_CONFLICT" in answer.flags


def test_the_country_code_settles_what_the_text_leaves_open() -> None:
    assert read("", "", "", "Georgia", country_code="GE").confidence == "high"


def test_basis_carries_no_value() -> None:
    answer = read("Boise", "ID", "10003", "US")
    assert not any(v in answer.basis for v in ("Boise", "ID", "10003"))
