"""A person whose data two companies held gets a letter from each, under an id of its own."""

from __future__ import annotations

import pandas as pd

from tasks.notification import _by_entity, notice_id


def test_one_row_per_person_and_company() -> None:
    owed = pd.DataFrame({"person_id": ["p1", "p2"], "legal_entity": ["Harbor Inc; Pine Kids LLC", "Harbor Inc"]})
    found = _by_entity(owed)
    assert found.to_numpy().tolist() == [["p1", "Harbor Inc"], ["p1", "Pine Kids LLC"], ["p2", "Harbor Inc"]]
    assert len({notice_id("case", *row) for row in found.to_numpy().tolist()}) == 3
