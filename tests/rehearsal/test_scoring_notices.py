"""The notice score, broken in every way in which notices go wrong."""

from __future__ import annotations

import json

from leakresponse.rehearsal.scoring_notices import score_notices


def scored(finished):
    return score_notices(finished.truth, finished.reader, finished.journal)


def edit(finished, change):
    lines = [json.loads(line) for line in finished.journal.read_text().splitlines()]
    finished.journal.write_text("".join(json.dumps(line) + "\n" for line in change(lines)))


def test_everybody_told_once_passes(finished):
    result = scored(finished)
    assert result["passed"]
    assert result["sent"] == result["due"] > 50


def test_a_missing_notice_fails(finished):
    edit(finished, lambda lines: lines[1:])
    result = scored(finished)
    assert result["missing"] == 1
    assert not result["passed"]


def test_the_same_notice_twice_fails(finished):
    edit(finished, lambda lines: [*lines, lines[0]])
    result = scored(finished)
    assert result["duplicates"] == 1
    assert not result["passed"]


def test_another_address_fails(finished):
    def misdirect(lines):
        mailed = next(line for line in lines if line["to_sha256"] != "printer")
        mailed["to_sha256"] = "0" * 64
        return lines

    edit(finished, misdirect)
    result = scored(finished)
    assert result["misdirected"] == 1
    assert not result["passed"]


def test_the_text_of_another_state_fails(finished):
    def swap(lines):
        lines[0]["jurisdiction"] = "MA" if lines[0]["jurisdiction"] != "MA" else "CA"
        return lines

    edit(finished, swap)
    assert scored(finished)["wrong_variant"] >= 1


def test_a_notice_nobody_owed_fails(finished):
    def retarget(notices):
        calm = finished.truth[finished.truth["duty"] == "not_required"].iloc[0]
        import pandas as pd

        people = pd.read_parquet(finished.case_dir / "people.parquet")
        person = people.loc[people["record_ids"].map(lambda ids: calm["record_ids"][0] in ids), "person_id"].iloc[0]
        notices.loc[notices.index[0], "person_id"] = person
        return notices

    finished.rewrite("notices.parquet", retarget)
    result = scored(finished)
    assert result["undue"] == 1
    assert result["missing"] == 1


def test_a_notice_that_is_on_no_list_fails(finished):
    edit(finished, lambda lines: [*lines, {**lines[0], "notice_id": "n-unheard-of"}])
    result = scored(finished)
    assert result["undue"] == 1
    assert not result["passed"]
