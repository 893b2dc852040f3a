"""Figures of quality: how many people, of which confidence, with which defect, for whom a person must look."""

from __future__ import annotations

import pandas as pd

from leakresponse.core.residency import quality_figures, resolve

PEOPLE = pd.DataFrame(
    {
        "id": list("abcde"),
        "contact_mailing_state": ["TX", "TX", "NM", "", ""],
        "contact_mailing_postal": ["73301", "10003", "86515", "86515", ""],
        "contact_mailing_country": "US",
    }
)


def test_figures() -> None:
    figures = quality_figures(resolve(PEOPLE))
    assert figures["people"] == 5 and figures["review"] == 3
    assert figures["ZIP_MULTISTATE"] == 2 and figures["STATE_ZIP_CONFLICT"] == 1
