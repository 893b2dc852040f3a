"""The gates: three outcomes, failing rows set aside by id, counts that always add up.

In one file, because the first check imports Great Expectations, which takes seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from expectations import dispatch, notices, residency
from expectations.gate import Rule, not_null, run_gate, stopping_ids
from leakresponse.core.quality import GateResult

PEOPLE = {
    "person_id": ["p1", "p2", "p3", "p4", "p5"],
    "residency": ["CA", "FOREIGN:DE", "MIL:AE", "UNKNOWN", "PR"],
    "candidates": ["CA", "FOREIGN:DE", "CA MIL:AE", "UNKNOWN", "PR"],
    "confidence": ["high", "medium", "low", "none", "high"],
    "state": ["California", None, "AE", "", "Puerto Rico"],
    "postal_code": ["90001-1234", "80331", "09012", None, "00901"],
    "country": ["United States", "Germany", "", None, "US"],
}
LIST: dict[str, list[Any]] = {
    "notice_id": ["n1", "n2", "n3"],
    "person_id": ["p1", "p2", "p2"],
    "legal_entity": ["Harbor & Pine Inc", "Harbor & Pine Inc", "Pine Kids LLC"],
    "jurisdiction": ["CA", "UNKNOWN", "MA"],
    "variant": ["v1", "v2", "v3"],
    "variant_hash": ["a" * 64, "b" * 64, "c" * 64],
    "channel": ["email", "letter", "email"],
    "email": ["robin@sample.example", None, "o'neil+shop@sub.sample.example"],
    "approved": [True, True, True],
}
COUNTS = {"due": 9, "sent": 5, "queued": 1, "undeliverable": 1, "held": 1, "unknown": 1, "duplicates": 0}


def people(row: int | None = None, **values: object) -> pd.DataFrame:
    frame = pd.DataFrame(PEOPLE)
    for name, value in values.items():
        frame.loc[row, name] = value
    return frame


def listed(row: int = 0, **values: object) -> pd.DataFrame:
    frame = pd.DataFrame(LIST)
    for name, value in values.items():
        frame[name] = [value if n == row else old for n, old in enumerate(frame[name])]
    return frame


def failed(result: GateResult) -> dict[str, str]:
    return {r.rule: r.outcome for r in result.rules if r.outcome != "pass"}


def adds_up(result: GateResult) -> bool:
    return result.rows_in == result.rows_passed + len({q.row_id for q in result.quarantine})


def test_good_residency_passes() -> None:
    result = residency.check(people())
    assert (result.outcome, result.rows_in, result.rows_passed, failed(result)) == ("pass", 5, 5, {})


#: A fault for each rule, planted into a row of its own.
RESOLVER_FAULTS: list[tuple[str, object, str]] = [
    ("person_id", None, "person_id_present"),
    ("residency", " ", "residency_present"),
    ("residency", "XX", "residency_known_code"),
    ("residency", "CA\n", "residency_known_code"),
    ("residency", "FOREIGN:germany", "residency_known_code"),
    ("candidates", "CA, NY", "candidates_known_codes"),
    ("confidence", None, "confidence_present"),
    ("confidence", "sure", "confidence_known_word"),
]
TYPED_FAULTS: list[tuple[str, object, str]] = [
    ("postal_code", "9001", "postal_code_form"),
    ("state", "Texas", "state_fits_zip"),
    ("state", "Tejas", "state_fits_zip"),
]
LIST_FAULTS: list[tuple[str, object, str]] = [
    ("notice_id", None, "notice_id_present"),
    ("notice_id", "n0", "notice_id_once"),
    ("person_id", None, "person_id_present"),
    ("person_id", "p0", "one_notice_per_person_and_entity"),
    ("legal_entity", "", "legal_entity_present"),
    ("jurisdiction", "ZZ", "jurisdiction_known_code"),
    ("variant", None, "variant_present"),
    ("variant_hash", None, "variant_hash_present"),
    ("variant_hash", "A" * 64, "variant_hash_form"),
    ("approved", False, "variant_approved"),
    ("approved", None, "approved_word_present"),
    ("channel", "fax", "channel_known"),
]
BAD_ADDRESSES = (
    None, "", "robin", "robin@sample", "robin@@sample.example", "a b@sample.example", "robin@sample.example\n",
    ".robin@sample.example", "robin@-sample.example",
)  # fmt: skip
LIST_FAULTS += [("email", address, "email_form") for address in BAD_ADDRESSES]


def planted(good: dict[str, list[Any]], identity: str, faults: list[tuple[str, object, str]]) -> pd.DataFrame:
    """A good row, then one row for each fault, each with ids of its own."""
    rows = []
    for number, fault in enumerate([None, *faults]):
        row = {name: values[0] for name, values in good.items()}
        row[identity], row["person_id"] = f"{identity[0]}{number}", f"p{number}"
        rows.append({**row, fault[0]: fault[1]} if fault else row)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def faulty_people() -> GateResult:
    return residency.check(planted(PEOPLE, "person_id", RESOLVER_FAULTS + TYPED_FAULTS))


@pytest.fixture(scope="module")
def faulty_list() -> GateResult:
    return notices.check(planted(LIST, "notice_id", LIST_FAULTS))


def rules_of(result: GateResult, row_id: str) -> set[str]:
    return {q.rule for q in result.quarantine if q.row_id == row_id}


def label(number: int, column: str, value: object, identity: str) -> str:
    """The id under which a planted row is set aside."""
    if column != identity:
        return f"{identity[0]}{number}"
    return f"row {number}" if value is None else f"{value} #2"


@pytest.mark.parametrize("number", range(1, len(RESOLVER_FAULTS) + 1))
def test_what_the_resolver_may_not_say_stops(faulty_people: GateResult, number: int) -> None:
    column, value, rule = RESOLVER_FAULTS[number - 1]
    name = label(number, column, value, "person_id")
    assert rules_of(faulty_people, name) == {rule}
    assert name in stopping_ids(faulty_people)


@pytest.mark.parametrize("number", range(1, len(TYPED_FAULTS) + 1))
def test_what_people_typed_is_set_aside(faulty_people: GateResult, number: int) -> None:
    name = f"p{len(RESOLVER_FAULTS) + number}"
    assert TYPED_FAULTS[number - 1][2] in rules_of(faulty_people, name)
    assert name not in stopping_ids(faulty_people)


@pytest.mark.parametrize("number", range(1, len(LIST_FAULTS) + 1))
def test_one_planted_fault_in_the_list_is_named(faulty_list: GateResult, number: int) -> None:
    column, value, rule = LIST_FAULTS[number - 1]
    name = label(number, column, value, "notice_id")
    assert rules_of(faulty_list, name) == {rule}
    assert (name in stopping_ids(faulty_list)) == (rule != "email_form")


def test_planted_faults_add_up(faulty_people: GateResult, faulty_list: GateResult) -> None:
    assert faulty_people.outcome == faulty_list.outcome == "fail"
    assert adds_up(faulty_people)
    assert adds_up(faulty_list)
    assert faulty_people.rows_passed == 1


def test_what_people_typed_stops_nothing() -> None:
    result = residency.check(people(0, postal_code="9001"))
    assert (result.outcome, result.rows_passed) == ("pass", 4)


def test_a_foreign_postal_code_is_not_asked_to_be_a_zip() -> None:
    assert failed(residency.check(people(1, postal_code="EC1A 1BB", country="United Kingdom"))) == {}


def test_candidates_may_be_lists() -> None:
    frame = people()
    frame["candidates"] = [text.split() for text in frame["candidates"]]
    assert failed(residency.check(frame)) == {}


def test_a_person_twice_gives_two_rows_set_aside() -> None:
    result = residency.check(people(1, person_id="p1"))
    assert [q.row_id for q in result.quarantine] == ["p1", "p1 #2"]
    assert (result.rows_passed, adds_up(result)) == (3, True)


@pytest.mark.parametrize("column", ["residency", "country"])
def test_a_missing_column_is_a_tool_failure(column: str) -> None:
    result = residency.check(people().drop(columns=column))
    assert result.outcome == "tool_failure"
    assert set(failed(result).values()) == {"tool_failure"}


def test_a_frame_with_its_own_index_keeps_its_rows() -> None:
    frame = people(2, residency="XX")
    frame.index = pd.Index([7, 7, 7, 7, 7])
    assert [q.row_id for q in residency.check(frame).quarantine] == ["p3"]


def test_an_empty_frame_passes_with_no_row() -> None:
    result = residency.check(people().iloc[:0])
    assert (result.outcome, result.rows_in, result.rows_passed) == ("pass", 0, 0)


def test_more_failing_rows_than_great_expectations_lists_are_all_set_aside() -> None:
    frame = pd.concat([people()] * 300, ignore_index=True)
    frame["person_id"] = [f"p{n}" for n in range(len(frame))]
    frame["residency"] = frame["residency"].replace("CA", "XX")
    result = residency.check(frame)
    assert (len(result.quarantine), result.rows_passed) == (300, 1200)


def test_good_notices_pass() -> None:
    result = notices.check(listed())
    assert (result.outcome, result.rows_passed, failed(result)) == ("pass", 3, {})


def test_a_bad_address_stops_nothing() -> None:
    result = notices.check(listed(email="robin@sample"))
    assert (result.outcome, [q.row_id for q in result.quarantine]) == ("pass", ["n1"])


def test_two_entities_may_each_tell_one_person() -> None:
    assert "one_notice_per_person_and_entity" not in failed(notices.check(listed()))


def test_no_cell_value_is_in_the_result() -> None:
    result = notices.check(listed(email="secret-name@@sample"))
    assert "secret-name" not in repr(result)


def test_a_dispatch_that_adds_up_passes() -> None:
    assert dispatch.check(COUNTS).outcome == "pass"
    assert dispatch.check({**COUNTS, "due": 11, "quarantined": 2}).outcome == "pass"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sent": 4}, "all_accounted_for"),
        ({"quarantined": 1}, "all_accounted_for"),
        ({"duplicates": 1}, "none_twice"),
        ({"sent": 7, "held": -1}, "held_not_negative"),
    ],
)
def test_a_dispatch_that_does_not_add_up_fails(changes: dict[str, int], rule: str) -> None:
    result = dispatch.check({**COUNTS, **changes})
    assert failed(result) == {rule: "fail"}
    assert (result.rows_in, result.rows_passed) == (1, 0)


@pytest.mark.parametrize("name", ["due", "held", "duplicates"])
def test_a_count_that_is_missing_is_a_tool_failure(name: str) -> None:
    assert dispatch.check({k: v for k, v in COUNTS.items() if k != name}).outcome == "tool_failure"


def test_two_counts_that_disagree_are_a_tool_failure() -> None:
    rule = not_null("a")
    wrong = Rule(rule.name, rule.columns, rule.expectation, rule.kwargs, lambda f: f["a"].notna(), rule.reason)
    result = run_gate("g", pd.DataFrame({"id": ["x", "y", "z"], "a": ["1", None, "2"]}), "id", [wrong])
    assert (result.outcome, result.quarantine) == ("tool_failure", ())
    assert result.rules[0].note == "two counts disagree: 1 and 2 failing rows"


def test_a_check_that_raises_is_a_tool_failure_without_its_message() -> None:
    broken = Rule(
        "r", ("a",), "ExpectColumnValuesToMatchRegex", {"column": "a", "regex": "("}, lambda f: f["a"].isna(), "x"
    )
    result = run_gate("g", pd.DataFrame({"id": ["x"], "a": ["secret"]}), "id", [broken])
    assert (result.outcome, result.rules[0].note) == ("tool_failure", "the check raised an error")


def test_great_expectations_writes_nothing_into_the_home(empty_home: Path) -> None:
    residency.check(people())
    assert list(empty_home.iterdir()) == []
