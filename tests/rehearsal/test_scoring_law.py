"""The law score: the product's engine agrees with the hand-written key, and each way of being wrong is seen."""

from __future__ import annotations

from datetime import date

import pytest

from leakresponse.rehearsal.scenarios.law_key import KEY, Facts, Rule, due_on, duty_of, status_of
from leakresponse.rehearsal.scoring_law import counts_of, score_law


def scored(finished):
    return score_law(finished.truth, finished.reader)


def change(finished, jurisdiction, recipient, **values):
    def edit(document):
        for one in document["obligations"]:
            if one["jurisdiction"] == jurisdiction and one["recipient"] == recipient:
                one.update(values)

    finished.rewrite("obligations.json", edit)


def test_engine_and_key_agree(finished):
    result = scored(finished)
    assert result["problems"] == []
    assert result["passed"]
    assert result["expected"] == result["found"] == sum(len(k.rules) for k in KEY.values()) + 1


@pytest.mark.parametrize(
    ("jurisdiction", "recipient", "values"),
    [
        ("CA", "individuals", {"due_on": "2026-12-21"}),
        ("CA", "individuals", {"status": "not_required"}),
        ("TX", "individuals", {"due_on": "2026-12-20"}),
        ("NY", "individuals", {"people": 0}),
        ("WA", "cra", {"status": "required"}),
        ("MA", "individuals", {"due_on": "2026-12-20"}),
        ("FL", "individuals", {"kind": "internal"}),
    ],
)
def test_a_wrong_duty_is_seen(finished, jurisdiction, recipient, values):
    change(finished, jurisdiction, recipient, **values)
    result = scored(finished)
    assert result["wrong"] >= 1
    assert any(jurisdiction in problem for problem in result["problems"])
    assert not result["passed"]


def test_a_missing_duty_is_seen(finished):
    finished.rewrite(
        "obligations.json",
        lambda d: d.update(obligations=[o for o in d["obligations"] if o["jurisdiction"] != "NY"]),
    )
    result = scored(finished)
    assert result["found"] < result["expected"]
    assert not result["passed"]


def test_an_invented_duty_is_seen(finished):
    def invent(document):
        extra = {**document["obligations"][0], "jurisdiction": "CA", "recipient": "regulator",
                 "recipient_name": "Governor", "status": "required", "kind": "statutory"}  # fmt: skip
        document["obligations"].append(extra)

    finished.rewrite("obligations.json", invent)
    assert "CA regulator Governor: not in the law" in scored(finished)["problems"]


def test_the_house_objective_must_not_be_missing(finished):
    finished.rewrite(
        "obligations.json",
        lambda d: d.update(obligations=[o for o in d["obligations"] if o["kind"] != "internal"]),
    )
    assert not scored(finished)["passed"]


def test_discovery_must_be_the_recorded_one(finished):
    finished.rewrite("case.json", lambda d: d.update(discovered_at="2026-11-18T00:00:00+00:00"))
    assert not scored(finished)["passed"]


@pytest.mark.parametrize(
    ("state", "elements", "duty"),
    [
        ("CA", {"name", "ssn"}, "required"),
        ("CA", {"name", "dob"}, "not_required"),
        ("WA", {"name", "dob"}, "required"),
        ("MA", {"name", "payment_card_alone"}, "required"),
        ("TX", {"name", "payment_card_alone"}, "not_required"),
        ("NY", {"name", "payment_card_alone"}, "open"),
        ("WA", {"ssn"}, "open"),
        ("FL", {"name", "email", "phone", "postal_address"}, "not_required"),
        ("OH", {"name", "ssn"}, "open"),
        ("UNKNOWN", {"name", "ssn"}, "open"),
    ],
)
def test_duties_by_state_and_element(state, elements, duty):
    assert duty_of(state, elements) == duty


def test_thresholds_are_inclusive_and_open_between_the_bounds():
    above = Rule("regulator", "attorney general", 501, 30, "discovery")
    assert status_of(above, 500, 0) == "not_required"
    assert status_of(above, 501, 0) == "required"
    assert status_of(above, 500, 1) == "open"


def test_florida_counts_from_whichever_came_first():
    facts = Facts(date(2026, 11, 20), date(2026, 11, 22))
    people = KEY["FL"].rules[0]
    assert due_on(people, facts) == date(2026, 12, 20)


def test_people_of_unsure_residence_are_only_possible(finished):
    certain, possible = counts_of(finished.truth, "CA")
    assert certain > 0
    rows = finished.truth[finished.truth["definite"] & (finished.truth["residency"] == "CA")]
    assert certain == (rows["duty"] == "required").sum()
    assert possible >= 0
