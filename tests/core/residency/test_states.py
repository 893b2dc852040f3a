"""A state field is read by a table of written forms, and never by likeness."""

from __future__ import annotations

import pytest

from leakresponse.core.residency import classify_state
from leakresponse.core.residency.states import LOOKALIKES, merge_state, read_state
from leakresponse.core.vocabulary import JURISDICTIONS, STATES


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("tx", "TX"), ("  Tx ", "TX"), ("T.X.", "TX"), ("us-tx", "TX"), ("48", "TX"), ("Tex.", "TX"), ("TEXAS", "TX"),
        ("N. H.", "NH"), ("N. Hamp.", "NH"), ("Nueva York", "NY"), ("Massachussetts", "MA"), ("Conneticut", "CT"),
        ("CO - Colorado", "CO"), ("Boise, ID", "ID"), ("WY 82001", "WY"), ("Oregon (OR)", "OR"), ("CM", "MP"),
        ("U.S.V.I.", "VI"), ("Armed Forces Middle East", "AE"), ("Washington, D.C.", "DC"), ("Wash.", "WA"),
    ],
)  # fmt: skip
def test_written_forms(text: str, code: str) -> None:
    assert classify_state(text, "United States") == code


@pytest.mark.parametrize("text", ["Orgon", "Tenis", "Mass Effect", "Land", "qq", "12345", "03", "0", "1"])
def test_what_only_sounds_like_a_state_is_none(text: str) -> None:
    assert classify_state(text, "US") == "INVALID"


@pytest.mark.parametrize("text", ["", "-", "--None--", "N/A", "null", "Select a State", "xx", "U.S.A.", "CZ", "TT"])
def test_fillers_and_dead_codes_are_invalid(text: str) -> None:
    assert classify_state(text, "US") == "INVALID"


@pytest.mark.parametrize("text", ["CF", "CL", "DL", "HA", "KA", "MC", "NB", "WN", "WS", "Carolina", "NT"])
def test_codes_with_two_readings_are_ambiguous(text: str) -> None:
    assert classify_state(text, "US") == "AMBIGUOUS"


@pytest.mark.parametrize(("text", "country"), [("Québec", "CA"), ("nsw", "AU"), ("Nuevo Leon", "MX"), ("Canada", "CA")])
def test_foreign_provinces_and_countries(text: str, country: str) -> None:
    assert classify_state(text) == f"FOREIGN:{country}"


@pytest.mark.parametrize("code", sorted(LOOKALIKES))
def test_a_bare_lookalike_needs_the_country(code: str) -> None:
    assert classify_state(code) == "STATE_IF_US_ELSE_FOREIGN"
    assert classify_state(code, "US") == code


def test_an_abbreviation_with_its_dot_is_no_country_code() -> None:
    assert classify_state("Md.") == "MD"


def test_every_jurisdiction_is_read_by_its_code_and_none_is_lost() -> None:
    assert [classify_state(c, "US") for c in JURISDICTIONS] == list(JURISDICTIONS)
    assert len(STATES) == 50


def test_the_picklist_code_wins_over_the_text_and_the_difference_is_told() -> None:
    state, differs = merge_state("Nevada", "CA")
    assert (state.code, differs) == ("CA", True)


def test_a_misspelling_is_named_as_one() -> None:
    assert read_state("Pensylvania").how == "misspelt"
