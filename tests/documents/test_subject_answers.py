"""The draft of an answer says which kinds of data were read, how sure that is, and that nothing is erased yet."""

from __future__ import annotations

from leakresponse.documents.subject_answers import answer_text

FOUND = {
    "elements": ["ssn", "name"], "first_read": "2026-11-01T08:00:00+00:00", "last_read": "2026-11-03T08:00:00+00:00",
    "certainty": "certain",
}  # fmt: skip


def test_what_was_read_and_when():
    text = answer_text("access", FOUND)
    assert "between November 1, 2026 and November 3, 2026: your Social Security number, your name." in text
    assert "on hold" not in text


def test_what_is_only_possible_is_not_said_as_a_fact():
    text = answer_text("access", {**FOUND, "certainty": "possible"})
    assert "cannot rule out" in text
    assert "read these data about you between" in text


def test_nothing_is_erased_while_the_case_is_open():
    assert "on hold" in answer_text("deletion", FOUND)


def test_records_without_a_kind_of_data_are_said_too():
    assert "found none of the kinds" in answer_text("access", {**FOUND, "elements": []})
