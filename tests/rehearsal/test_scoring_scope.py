"""The scope score: perfect on a perfect case, and lower for every kind of mistake."""

from __future__ import annotations

import pandas as pd

from leakresponse.rehearsal.scoring_scope import match_people, score_scope


def scored(finished):
    return score_scope(finished.reads, finished.truth, finished.reader)


def test_a_perfect_case_scores_one_everywhere(finished):
    result = scored(finished)
    assert result["passed"]
    rates = [v for k, v in result.items() if k.endswith(("precision", "recall"))]
    assert rates == [1.0] * 6
    assert result["residency_wrong"] == 0
    assert result["people"] > 1_300


def test_a_record_not_found_lowers_recall(finished):
    finished.rewrite("exposures.parquet", lambda table: table.iloc[1:])
    result = scored(finished)
    assert result["records_recall"] < 1.0
    assert not result["passed"]


def test_a_record_never_read_lowers_precision(finished):
    finished.rewrite("exposures.parquet", lambda t: pd.concat([t, t.iloc[:1].assign(record_id="003RH000000ZZZZZZZ")]))
    result = scored(finished)
    assert result["records_precision"] < 1.0
    assert not result["passed"]


def test_a_person_left_out_lowers_recall_only(finished):
    finished.rewrite("people.parquet", lambda table: table.iloc[1:])
    result = scored(finished)
    assert result["people_recall"] < 1.0
    assert result["people_precision"] == 1.0
    assert not result["passed"]


def test_one_human_split_in_two_is_found_by_neither_half(finished):
    def split(people):
        several = people.index[people["record_ids"].map(len) > 1][0]
        half = people.loc[[several]].copy()
        half["person_id"] = "p-half"
        half["record_ids"] = half["record_ids"].map(lambda ids: ids[:1])
        people.at[several, "record_ids"] = people.at[several, "record_ids"][1:]
        return pd.concat([people, half])

    finished.rewrite("people.parquet", split)
    result = scored(finished)
    assert result["people_recall"] < 1.0
    assert result["people_precision"] < 1.0


def test_two_humans_taken_for_one_count_as_none(finished):
    def merge(people):
        first, second = people.index[:2]
        people.at[first, "record_ids"] = [*people.at[first, "record_ids"], *people.at[second, "record_ids"]]
        return people.drop(index=second)

    finished.rewrite("people.parquet", merge)
    result = scored(finished)
    assert result["people_recall"] < 1.0
    assert result["people_precision"] < 1.0


def test_an_element_too_many_and_one_too_few_show_apart(finished):
    def lose(people):
        row = people.index[people["elements"].map(lambda e: "ssn" in list(e))][0]
        people.at[row, "elements"] = [e for e in people.at[row, "elements"] if e != "ssn"]
        return people

    finished.rewrite("people.parquet", lose)
    result = scored(finished)
    assert result["element_recall"] < 1.0
    assert result["element_precision"] == 1.0

    def invent(people):
        people["elements"] = people["elements"].map(lambda e: [*e, "medical"])
        return people

    finished.rewrite("people.parquet", invent)
    assert scored(finished)["element_precision"] < 1.0


def test_staff_rows_are_neither_right_nor_wrong(finished):
    staff = {"person_id": "p-staff", "record_ids": ["005RH0000000001YAA"], "elements": ["email", "name"],
             "residency": "UNKNOWN", "candidates": [], "legal_entity": ""}  # fmt: skip
    finished.rewrite("people.parquet", lambda people: pd.concat([people, pd.DataFrame([staff])]))
    assert scored(finished)["passed"]


def test_wrong_states_fail(finished):
    def move(people):
        people["residency"] = ["AK"] * len(people)
        return people

    finished.rewrite("people.parquet", move)
    result = scored(finished)
    assert result["residency_right"] < 0.1
    assert not result["passed"]


def test_unknown_is_right_where_the_truth_is_open_only(finished):
    open_ones = set(finished.truth.loc[~finished.truth["definite"], "record_ids"].map(lambda ids: ids[0]))
    assert open_ones

    def doubt(people):
        soft = people["record_ids"].map(lambda ids: ids[0] in open_ones)
        people.loc[soft, "residency"] = "UNKNOWN"
        return people

    finished.rewrite("people.parquet", doubt)
    assert scored(finished)["residency_wrong"] == 0


def test_bounds_are_reported_when_reads_are_only_possible(finished):
    finished.rewrite("exposures.parquet", lambda t: t.assign(certainty="possible"))
    result = scored(finished)
    assert result["bounded"]
    assert result["truth_inside"]


def test_a_record_that_one_channel_is_certain_of_is_in_no_doubt(finished):
    finished.rewrite("exposures.parquet", lambda t: pd.concat([t, t.assign(certainty="possible", channel="report")]))
    result = scored(finished)
    assert not result["bounded"] and result["passed"]


def household(record_ids: list[list[str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two people of whom only the household's account was read, and what a case has found."""
    truth = pd.DataFrame({
        "person_id": ["h1", "h2"], "record_ids": [[], []], "shared_ids": [["001A"], ["001A"]],
        "all_record_ids": [["003A"], ["003B"]],
    })  # fmt: skip
    found = pd.DataFrame({"person_id": [f"p{n}" for n in range(len(record_ids))], "record_ids": record_ids})
    return found, truth


def test_members_known_by_their_household_alone_are_counted_and_not_told_apart():
    matched = match_people(*household([["001A"], ["001A"]]))
    assert set(matched["human"]) == {"h1", "h2"}
    assert matched["whole"].all()


def test_a_third_member_is_one_too_many_and_another_household_is_nobodys():
    matched = match_people(*household([["001A"], ["001A"], ["001A"], ["001B"]]))
    assert sorted(matched["human"]) == ["", "", "h1", "h2"]
    assert matched["whole"].sum() == 2


def test_companies_must_be_named_as_the_truth_has_them(finished):
    truth = finished.truth.assign(legal_entities=[["A", "B"]] * len(finished.truth))
    finished.rewrite("people.parquet", lambda people: people.assign(legal_entity="A; B"))
    assert score_scope(finished.reads, truth, finished.reader)["entity_precision"] == 1.0
    finished.rewrite("people.parquet", lambda people: people.assign(legal_entity="A"))
    result = score_scope(finished.reads, truth, finished.reader)
    assert result["entity_precision"] == 0.0 and not result["passed"]


def test_protected_addresses_are_held_to_the_truth_in_both_directions(finished):
    truth = finished.truth.assign(protected=[n < 4 for n in range(len(finished.truth))])
    marked = [["protected_address"] if 2 <= n < 5 else [] for n in range(len(truth))]
    finished.rewrite("people.parquet", lambda people: people.assign(flags=marked))
    result = score_scope(finished.reads, truth, finished.reader)
    assert (result["protected_precision"], result["protected_recall"]) == (round(2 / 3, 6), 0.5)
