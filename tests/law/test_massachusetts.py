"""M.G.L. c. 93H. Expected values are read from the statute, not from the engine."""

from __future__ import annotations

from datetime import date

import pytest

from leakresponse.law import notice_rules


def test_as_soon_as_practicable_without_a_day(one) -> None:
    duty = one("MA")["MA:individuals"]
    assert duty.status == "required" and duty.due_on is None
    assert "as soon as practicable" in duty.due_text


@pytest.mark.parametrize("regulator", ["MA:regulator:ma_ag", "MA:regulator:ma_ocabr"])
def test_both_regulators_from_the_first_resident(one, regulator: str) -> None:
    assert one("MA", 1)[regulator].status == "required"


def test_the_letter_must_not_say_what_happened_or_to_how_many() -> None:
    rules = notice_rules("MA", date(2026, 8, 1))
    assert {p.id for p in rules.must_omit} == {"nature_of_breach", "number_of_residents"}


def test_the_letter_gives_the_rights() -> None:
    include = {p.id for p in notice_rules("MA", date(2026, 8, 1)).must_include}
    assert {"police_report_right", "security_freeze_right", "security_freeze_free"} <= include
    assert "what_happened_general" not in include


@pytest.mark.parametrize(("kind", "months"), [("retailer", 18), ("consumer_reporting_agency", 42)])
def test_months_of_monitoring_for_a_social_security_number(one, kind: str, months: int) -> None:
    (offer,) = one("MA", entity={"kind": kind}).answer.services
    assert (offer.kind, offer.months, offer.status) == ("credit_monitoring", months, "required")


def test_monitoring_counts_only_those_with_the_number(case, group) -> None:
    (offer,) = case(group("MA", 4), group("MA", 9, "name;drivers_license", group_id="d")).answer.services
    assert offer.people == 4


def test_no_monitoring_for_a_licence(one) -> None:
    assert one("MA", 1, "name;drivers_license").answer.services == ()


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ("name;ssn", "required"),
        ("ssn", "not_required"),
        ("name;payment_card_alone", "required"),
        ("name;account_number_alone", "required"),
        ("name;passport", "not_required"),
        ("name;medical", "not_required"),
        ("name;dob", "not_required"),
        ("online_credentials", "not_required"),
    ],
)
def test_elements(one, elements: str, status: str) -> None:
    assert one("MA", 3, elements)["MA:individuals"].status == status


def test_a_finding_of_no_harm_is_for_counsel(one) -> None:
    assert one("MA", harm_likely=False)["MA:individuals"].status == "review"


@pytest.mark.parametrize(
    ("encrypted", "key_taken", "status"), [(True, False, "not_required"), (True, True, "required")]
)
def test_encryption_and_the_key(one, encrypted: bool, key_taken: bool, status: str) -> None:
    assert one("MA", encrypted=encrypted, key_taken=key_taken)["MA:individuals"].status == status


def test_reporting_agencies_are_those_the_office_names(one) -> None:
    duty = one("MA")["MA:cra"]
    assert duty.status == "review" and "named" in duty.question


def test_the_law_of_the_day_begins_in_april_2019(one) -> None:
    assert one("MA", discovered_on="2019-04-11")["MA:individuals"].status == "required"
