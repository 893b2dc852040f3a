"""One answer per person from Salesforce-style address rows."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.residency import resolve_evidence


def rows(*lines: tuple[str, str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(lines, columns=["person_id", "kind", "date", "state", "postal"], dtype="str")
    return frame.assign(country="United States")


def test_people_in_order_of_first_appearance() -> None:
    got = resolve_evidence(
        rows(
            ("p2", "mailing", "", "TX", "73301"),
            ("p1", "billing", "", "NV", "89501"),
            ("p2", "billing", "", "TX", "73301"),
        )
    )
    assert got[["id", "residency", "confidence"]].to_numpy().tolist() == [["p2", "TX", "high"], ["p1", "NV", "medium"]]


def test_the_newest_dated_address_wins_and_the_other_stays_in_play() -> None:
    got = resolve_evidence(
        rows(("p", "mailing", "2021-01-01", "CA", "93701"), ("p", "billing", "2026-01-01", "NV", "89501"))
    )
    assert got.loc[0, ["residency", "candidates", "review"]].tolist() == ["NV", "NV CA", "Y"]


def test_two_mailing_addresses_the_newer_is_asked() -> None:
    got = resolve_evidence(
        rows(("p", "mailing", "2021-01-01", "CA", "93701"), ("p", "mailing", "2026-01-01", "NV", "89501"))
    )
    assert got["residency"].tolist() == ["NV"]


def test_repeated_deliveries_move_a_person() -> None:
    lines = [("p", "mailing", "2021-01-01", "CA", "93701")]
    lines += [("p", "shipping", f"2026-0{i}-01", "NV", "89501") for i in (1, 2)]
    assert resolve_evidence(rows(*lines))["residency"].tolist() == ["NV"]
    assert resolve_evidence(rows(*lines[:2]))["residency"].tolist() == ["CA"]


def test_row_order_does_not_matter() -> None:
    lines = [
        ("p", "mailing", "2021-01-01", "CA", "93701"),
        ("p", "shipping", "2026-01-01", "NV", "89501"),
        ("p", "billing", "", "NV", ""),
    ]
    pd.testing.assert_frame_equal(resolve_evidence(rows(*lines)), resolve_evidence(rows(*reversed(lines))))


def test_a_mailbox_street_counts_for_the_own_address_only() -> None:
    own = rows(("p", "mailing", "", "SD", "57104")).assign(street="110 W 6th St PMB 220")
    theirs = rows(("p", "mailing", "", "SD", "57104"), ("p", "shipping", "", "SD", "57104")).assign(
        street=["1 Elm St", "PMB 3"]
    )
    assert resolve_evidence(own)["candidates"].tolist() == ["SD UNKNOWN"]
    assert resolve_evidence(theirs)["candidates"].tolist() == ["SD"]


def test_stale_is_told_by_the_newest_date() -> None:
    old = rows(("p", "mailing", "2020-01-01", "SD", "57104"))
    fresh = rows(("p", "mailing", "2020-01-01", "SD", "57104"), ("p", "billing", "2026-01-01", "SD", "57104"))
    assert resolve_evidence(old, date(2026, 11, 25))["flags"].tolist() == ["STALE"]
    assert resolve_evidence(fresh, date(2026, 11, 25))["flags"].tolist() == [""]


def test_no_people() -> None:
    assert len(resolve_evidence(rows())) == 0


@pytest.mark.parametrize("column", ["person_id", "kind"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(BadInput, match=column):
        resolve_evidence(rows(("p", "mailing", "", "SD", "")).drop(columns=[column]))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadInput, match="unknown kind"):
        resolve_evidence(rows(("p", "somewhere", "", "SD", "")))
