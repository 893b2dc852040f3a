"""N.Y. Gen. Bus. Law 899-aa. Expected values are read from the statute, not from the engine."""

from __future__ import annotations

from datetime import date

import pytest

REGULATORS = ("NY:regulator:ny_ag", "NY:regulator:ny_dos", "NY:regulator:ny_state_police")


def test_thirty_days_from_discovery(one) -> None:
    duty = one("NY")["NY:individuals"]
    assert (duty.status, duty.due_on, duty.clock_starts) == ("required", date(2026, 8, 31), "discovery")


@pytest.mark.parametrize(("day", "due"), [("2024-12-20", None), ("2024-12-21", date(2025, 1, 20))])
def test_thirty_days_since_21_december_2024(one, day: str, due: date | None) -> None:
    assert one("NY", discovered_on=day)["NY:individuals"].due_on == due


@pytest.mark.parametrize("event", ["access", "acquisition", "both"])
def test_access_alone_is_a_breach(one, event: str) -> None:
    assert one("NY", event=event)["NY:individuals"].status == "required"


@pytest.mark.parametrize("element", ["medical", "health_insurance"])
@pytest.mark.parametrize(("day", "status"), [("2025-03-20", "not_required"), ("2025-03-21", "required")])
def test_health_elements_since_21_march_2025(one, element: str, day: str, status: str) -> None:
    assert one("NY", 1, f"name;{element}", discovered_on=day)["NY:individuals"].status == status


@pytest.mark.parametrize("regulator", REGULATORS)
def test_three_agencies_from_the_first_resident(one, regulator: str) -> None:
    duty = one("NY", 1)[regulator]
    assert (duty.status, duty.due_on) == ("required", date(2026, 8, 31))


def test_the_agencies_are_told_with_the_residents(one) -> None:
    assert one("NY", individuals_notified_on="2026-08-12")["NY:regulator:ny_ag"].due_on == date(2026, 8, 12)


def test_financial_services_hears_only_of_its_licensees(one) -> None:
    assert one("NY")["NY:regulator:ny_dfs"].status == "not_required"


def test_a_licensee_has_72_hours_from_determination(one) -> None:
    duty = one("NY", entity={"kind": "dfs_licensee"})["NY:regulator:ny_dfs"]
    assert (duty.status, duty.due_on, duty.clock_starts) == ("required", date(2026, 8, 8), "determination")


def test_a_licensee_without_a_determination_date_gets_a_question(one) -> None:
    duty = one("NY", entity={"kind": "dfs_licensee"}, determined_on=None)["NY:regulator:ny_dfs"]
    assert duty.status == "review" and duty.due_on is None and "determination" in duty.question


@pytest.mark.parametrize(("count", "status"), [(4999, "not_required"), (5000, "not_required"), (5001, "required")])
def test_reporting_agencies_above_5000(one, count: int, status: str) -> None:
    assert one("NY", count)["NY:cra"].status == status


def test_a_finding_of_no_harm_does_not_excuse_an_attack(one) -> None:
    assert one("NY", harm_likely=False)["NY:individuals"].status == "required"


@pytest.mark.parametrize(
    ("encrypted", "key_taken", "status"), [(True, False, "not_required"), (True, True, "required")]
)
def test_encryption_and_the_key(one, encrypted: bool, key_taken: bool, status: str) -> None:
    assert one("NY", encrypted=encrypted, key_taken=key_taken)["NY:individuals"].status == status


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ("email;ssn", "required"),
        ("ssn", "review"),
        ("name;passport", "not_required"),
        ("name;dob", "not_required"),
        ("online_credentials", "required"),
        ("name;biometric", "required"),
    ],
)
def test_elements(one, elements: str, status: str) -> None:
    assert one("NY", 3, elements)["NY:individuals"].status == status


@pytest.mark.parametrize(("usable", "status"), [(True, "required"), (False, "not_required"), (None, "review")])
def test_a_number_alone_counts_if_it_can_be_used(one, usable: bool | None, status: str) -> None:
    duty = one("NY", 3, "name;payment_card_alone", usable_without_code=usable)["NY:individuals"]
    assert duty.status == status and bool(duty.question) is (status == "review")
