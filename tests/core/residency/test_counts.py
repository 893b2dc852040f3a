"""Counts per jurisdiction keep their bounds, and unknown people are a count of their own."""

from __future__ import annotations

import pandas as pd

from leakresponse.core.residency import count_by_jurisdiction, quality_figures, resolve

PEOPLE = pd.DataFrame(
    {
        "id": list("abcde"),
        "contact_mailing_state": ["TX", "TX", "NM", "", ""],
        "contact_mailing_postal": ["73301", "10003", "86515", "86515", ""],
        "contact_mailing_country": "US",
    }
)


def test_low_likely_high() -> None:
    counts = count_by_jurisdiction(resolve(PEOPLE)).set_index("jurisdiction")
    assert counts.loc["TX"].tolist() == [1, 1, 2]
    assert counts.loc["NM"].tolist() == [0, 1, 2]
    assert counts.loc["AZ"].tolist() == [0, 0, 2]
    assert counts.loc["UNKNOWN"].tolist() == [1, 3, 3]
    assert counts["likely"].sum() == len(PEOPLE)


def test_figures() -> None:
    figures = quality_figures(resolve(PEOPLE))
    assert figures["people"] == 5 and figures["review"] == 3
    assert figures["ZIP_MULTISTATE"] == 2 and figures["STATE_ZIP_CONFLICT"] == 1
