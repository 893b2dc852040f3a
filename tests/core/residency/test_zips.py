"""Facts of the ZIP table, its splits and its prefixes."""

from __future__ import annotations

import pytest

from leakresponse.core.residency.zips import (
    is_lopsided,
    military_code,
    prefix_states,
    serves_neighbour,
    splits,
    zip_cities,
    zip_states,
    zip_table,
)


def test_the_table_is_whole() -> None:
    assert len(zip_table()) == 42_789
    assert sum(z.type == "M" for z in zip_table().values()) == 823


@pytest.mark.parametrize(
    ("zip5", "states"),
    [
        ("42223", ("KY", "TN")), ("86515", ("AZ", "NM")), ("86504", ("AZ", "NM")), ("71749", ("AR", "LA")),
        ("86044", ("AZ", "UT")), ("59221", ("MT", "ND")), ("73949", ("OK", "TX")), ("89832", ("NV", "ID")),
        ("56219", ("MN", "SD")), ("06390", ("NY",)), ("83414", ("WY",)), ("00000", ()),
    ],
)  # fmt: skip
def test_zips_over_state_lines(zip5: str, states: tuple[str, ...]) -> None:
    assert zip_states(zip5) == states


def test_a_split_zip_is_given_to_its_main_state_only_when_nearly_all_live_there() -> None:
    assert not is_lopsided("42223")
    assert is_lopsided("02861")
    assert splits()["02861"].main_share == pytest.approx(0.9995)


@pytest.mark.parametrize(
    ("zip3", "states"),
    [("834", {"ID", "WY"}), ("063", {"CT", "NY"}), ("038", {"NH", "ME"}), ("205", {"DC", "MD", "VA"}),
     ("422", {"KY", "TN"}), ("452", {"OH", "KY"}), ("739", {"OK", "TX"}), ("894", {"NV", "OR", "CA"}),
     ("967", {"HI", "AS"}), ("733", {"TX"}), ("000", set())],
)  # fmt: skip
def test_prefixes(zip3: str, states: set[str]) -> None:
    assert set(prefix_states(zip3)) == states


@pytest.mark.parametrize(
    ("zip5", "code"), [("34001", "AA"), ("09012", "AE"), ("96601", "AP"), ("09898", "AE"), ("73301", "")]
)
def test_military_post(zip5: str, code: str) -> None:
    assert military_code(zip5) == code


def test_agency_zips_are_known_to_stand_next_door() -> None:
    assert serves_neighbour("20301", "VA")
    assert not serves_neighbour("20009", "VA")


def test_cities_of_a_zip_hold_other_names_too() -> None:
    assert {"errol", "wentworthslocation"} <= zip_cities("03579")
