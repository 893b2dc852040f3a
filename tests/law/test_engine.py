"""What holds across jurisdictions: nobody dropped, nothing guessed, every answer with its reason."""

from __future__ import annotations

import json
import time
from datetime import date
from itertools import product

import pandas as pd
import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.vocabulary import JURISDICTIONS
from leakresponse.law import assess, facts_from_mapping

CONTRACT = {
    "jurisdiction", "recipient", "recipient_name", "status", "kind", "people", "due_on", "due_text", "clock_starts",
    "citation", "because",
}  # fmt: skip
COVERED = ("CA", "FL", "MA", "NY", "TX", "WA")


def test_the_json_has_the_contracts_fields(case, group) -> None:
    answer = json.loads(json.dumps(case(*(group(s, 600) for s in COVERED)).answer.to_json()))
    assert set(answer) == {"obligations", "services", "notice_rules"}
    assert all(set(o) >= CONTRACT for o in answer["obligations"])
    assert all(set(s) >= {"jurisdiction", "kind", "months", "citation"} for s in answer["services"])
    assert all(set(r) >= {"jurisdiction", "must_include", "must_omit", "citation"} for r in answer["notice_rules"])


@pytest.mark.parametrize("elements", ["name;ssn", "name;email"])
def test_every_answer_has_a_reason_and_a_citation(case, group, elements: str) -> None:
    answer = case(*(group(s, 600, elements) for s in COVERED)).answer
    assert all(o.because and o.citation for o in answer.obligations)


def test_every_review_has_a_question(case, group) -> None:
    places = (*COVERED, "NV", "UNKNOWN", "FOREIGN:GB", "MIL:AE", "AS")
    answer = case(*(group(p, 600, "ssn") for p in places), harm_likely=False, determined_on=None).answer
    assert all(o.question for o in answer.obligations if o.status == "review")


@pytest.mark.parametrize("place", ["NV", "UNKNOWN", "FOREIGN:GB", "MIL:AE", "AS"])
def test_a_place_without_a_file_is_counted_and_reviewed(one, place: str) -> None:
    case = one(place, 7)
    for recipient in ("individuals", "regulator"):
        duty = case[f"{place}:{recipient}"]
        assert (duty.status, duty.people, duty.due_on) == ("review", 7, None)


def test_the_internal_objective_is_three_days_and_says_that_it_is_no_law(one) -> None:
    duty = one("CA", 7)["INTERNAL:objective"]
    assert (duty.kind, duty.people, duty.due_on) == ("internal", 7, date(2026, 8, 4))
    assert "not California law" in duty.because


def test_only_the_objective_is_internal(case, group) -> None:
    kinds = [o.kind for o in case(*(group(s, 600) for s in COVERED)).answer.obligations]
    assert (kinds.count("internal"), kinds[-1]) == (1, "internal")


def test_a_possible_resident_counts_for_the_threshold_and_the_reason_says_so(case, group) -> None:
    people = (group("CA", 400), group("UNKNOWN", 101, candidates=("CA", "NV")))
    duty = case(*people)["CA:regulator:ca_ag"]
    assert (duty.status, duty.people, duty.people_possible) == ("required", 400, 101)
    assert "101 possible" in duty.because


def test_one_possible_resident_fewer_does_not_reach_it(case, group) -> None:
    people = (group("CA", 400), group("UNKNOWN", 100, candidates=("CA", "NV")))
    assert case(*people)["CA:regulator:ca_ag"].status == "not_required"


def test_a_state_with_only_possible_residents_is_for_review(case, group) -> None:
    duty = case(group("UNKNOWN", 600, candidates=("CA",)))["CA:individuals"]
    assert (duty.status, duty.people, duty.people_possible) == ("review", 0, 600)


def test_unknown_people_get_the_strictest_date_of_their_candidates(case, group) -> None:
    duty = case(group("UNKNOWN", 5, candidates=("TX", "CA", "NV")))["UNKNOWN:individuals"]
    assert (duty.status, duty.people, duty.due_on) == ("review", 5, date(2026, 8, 31))


def test_a_candidate_without_a_file_is_not_forgotten(case, group) -> None:
    assert case(group("CA", 5, candidates=("CA", "NV")))["NV:individuals"].people_possible == 5


def test_people_under_review_open_a_threshold_but_do_not_reach_it(case, group) -> None:
    people = (group("CA", 400), group("CA", 200, "name;tribal_id", group_id="t"))
    assert case(*people)["CA:regulator:ca_ag"].status == "review"


def test_people_under_review_have_their_own_row(case, group) -> None:
    found = case(group("CA", 4), group("CA", 2, "name;tribal_id", group_id="t"))
    assert (found["CA:individuals"].people, found["CA:individuals:open"].people) == (4, 2)


def test_people_outside_the_law_are_named_in_the_reason(case, group) -> None:
    duty = case(group("CA", 4), group("CA", 9, "name;email", group_id="e"))["CA:individuals"]
    assert duty.people == 4 and "9 others are outside the law" in duty.because


def test_minors_are_counted(one) -> None:
    assert one("CA", 9, minors=4)["CA:individuals"].minors == 4


@pytest.mark.parametrize("state", COVERED)
def test_a_maintainer_tells_the_owner_and_nobody_else(one, state: str) -> None:
    duties = [o for o in one(state, 6000, entity={"role": "maintainer"}).answer.obligations if o.kind != "internal"]
    required = [o.recipient for o in duties if o.status != "not_required"]
    assert required == ["owner"]


def test_a_frame_and_its_groups_give_the_same_answer(case, group, facts) -> None:
    frame = pd.DataFrame(
        {
            "group_id": ["g"],
            "jurisdiction": ["CA"],
            "count": [501],
            "elements": ["name;ssn"],
            "encrypted": [False],
            "key_taken": [False],
        }
    )
    assert assess(frame, facts()) == case(group("CA", 501, group_id="g")).answer


def test_discovery_before_the_file_begins_is_refused(one) -> None:
    with pytest.raises(BadInput, match="law file of TX begins on 2020-01-01"):
        one("TX", discovered_on="2019-12-31")


def test_days_left_are_counted_from_as_of(one) -> None:
    assert one("CA", as_of="2026-09-02")["CA:individuals"].days_left == -2


@pytest.mark.parametrize("state", COVERED)
def test_a_further_resident_or_element_never_removes_a_duty(case, group, state: str) -> None:
    def required(count: int, elements: str) -> set[str]:
        answer = case(group(state, count, elements)).answer
        return {o.id for o in answer.obligations if o.status == "required"}

    for count, elements in product((1, 250, 500, 5000, 10_000), ("name;ssn", "name;drivers_license")):
        assert required(count, elements) <= required(count + 1, elements + ";medical;dob")


@pytest.mark.parametrize("state", COVERED)
def test_a_later_discovery_never_gives_an_earlier_deadline(one, state: str) -> None:
    def due(day: str) -> date:
        return one(state, 6000, discovered_on=day, determined_on=day)[f"{state}:individuals"].due_on or date.max

    assert due("2026-03-01") <= due("2026-03-02") <= due("2026-08-01")


@pytest.mark.parametrize("state", COVERED)
def test_encrypted_with_the_key_taken_equals_unencrypted(case, group, state: str) -> None:
    locked = case(group(state, 6000, encrypted=True, key_taken=True)).answer
    assert locked == case(group(state, 6000)).answer


def test_splitting_a_group_changes_nothing(case, group) -> None:
    whole = case(group("CA", 501)).answer
    halves = case(group("CA", 250), group("CA", 251, group_id="b")).answer
    assert whole == halves


def test_a_thousand_groups_in_54_places_take_less_than_a_second(group) -> None:
    facts = facts_from_mapping(
        {"discovered_on": "2026-08-01", "event": "both", "entity": {"role": "owner"}, "as_of": "2026-08-02"}
    )
    assess([group("CA")], facts)
    groups = [group(JURISDICTIONS[i % 54], 100, candidates=("CA", "TX"), group_id=str(i)) for i in range(1000)]
    started = time.perf_counter()
    assess(groups, facts)
    assert time.perf_counter() - started < 1.0
