"""The vendored tables are small, licensed, and free of contradictions."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from leakresponse.core.residency.countries import country_code
from leakresponse.core.residency.states import read_state
from leakresponse.core.residency.text import data_rows, squeeze

DATA = files("leakresponse.core.residency") / "data"
ALIAS_COLUMNS = ("name", "abbreviations", "spanish", "misspellings")


def test_the_tables_together_stay_under_a_megabyte() -> None:
    assert sum(len(f.read_bytes()) for f in DATA.iterdir()) < 1_000_000


def test_the_licence_of_the_zip_table_is_kept_beside_it() -> None:
    assert "MIT License" in (DATA / "LICENSE-zipcodes.txt").read_text()
    assert "zipcodes` 3.0.0" in (DATA / "README.md").read_text()


def test_no_alias_names_two_states() -> None:
    owners: dict[str, set[str]] = {}
    for row in data_rows("state_aliases.csv"):
        for alias in (a for c in ALIAS_COLUMNS for a in row[c].split(";") if a):
            owners.setdefault(squeeze(alias), set()).add(row["code"])
    assert {a: o for a, o in owners.items() if len(o) > 1} == {}


def test_no_alias_is_the_code_of_another_state() -> None:
    codes = {row["code"].lower(): row["code"] for row in data_rows("state_aliases.csv")}
    for row in data_rows("state_aliases.csv"):
        for alias in (squeeze(a) for c in ALIAS_COLUMNS for a in row[c].split(";") if a):
            assert codes.get(alias, row["code"]) == row["code"]


def test_no_foreign_region_is_a_us_state() -> None:
    for row in data_rows("foreign_regions.csv"):
        for name in (n for c in ("codes", "names") for n in row[c].split(";") if n):
            assert read_state(name).kind in ("foreign", "ambiguous"), name


def test_every_country_of_a_table_is_a_country() -> None:
    for table in ("foreign_regions.csv", "foreign_postcodes.csv", "foreign_cities.csv"):
        assert [r["country"] for r in data_rows(table) if country_code(r["country"]) != r["country"]] == []


def test_postcode_forms_compile() -> None:
    assert all(re.compile(r["pattern"]) for r in data_rows("foreign_postcodes.csv"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("U.K.", "GB"),
        ("Deutschland", "DE"),
        ("MEX", "MX"),
        ("Hungary (Rep.)", "HU"),
        ("Republic of Serbia", "RS"),
        ("Estados Unidos", "US"),
    ],
)
def test_names_of_countries(text: str, code: str) -> None:
    assert country_code(text) == code
