"""Tex. Bus. & Com. Code 521.053. Expected values are read from the statute, not from the engine."""

from __future__ import annotations

from datetime import date

import pytest


def test_sixty_days_from_determination_not_from_discovery(one) -> None:
    duty = one("TX")["TX:individuals"]
    assert (duty.status, duty.due_on, duty.clock_starts) == ("required", date(2026, 10, 4), "determination")


def test_no_other_date_takes_the_place_of_a_missing_determination(one) -> None:
    duty = one("TX", determined_on=None)["TX:individuals"]
    assert duty.status == "review" and duty.due_on is None and "determination" in duty.question


@pytest.mark.parametrize(("count", "status"), [(249, "not_required"), (250, "required"), (251, "required")])
def test_at_least_250_residents_for_the_attorney_general(one, count: int, status: str) -> None:
    assert one("TX", count)["TX:regulator:tx_ag"].status == status


def test_thirty_days_for_the_attorney_general(one) -> None:
    assert one("TX", 250)["TX:regulator:tx_ag"].due_on == date(2026, 9, 4)


@pytest.mark.parametrize(("day", "due"), [("2023-08-31", date(2023, 10, 30)), ("2023-09-01", date(2023, 10, 1))])
def test_the_attorney_general_had_sixty_days_before_sb_768(one, day: str, due: date) -> None:
    duty = one("TX", 250, discovered_on=day, determined_on=day, as_of="2023-09-05")["TX:regulator:tx_ag"]
    assert duty.due_on == due


@pytest.mark.parametrize(("count", "status"), [(10_000, "not_required"), (10_001, "required")])
def test_reporting_agencies_above_10000(one, count: int, status: str) -> None:
    duty = one("TX", count)["TX:cra"]
    assert duty.status == status and duty.due_on is None


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ("name;ssn", "required"),
        ("name;state_id", "required"),
        ("phone;medical", "required"),
        ("medical", "review"),
        ("ssn", "not_required"),
        ("online_credentials", "not_required"),
        ("name;biometric", "not_required"),
        ("name;dob", "not_required"),
        ("name;payment_card_alone", "not_required"),
        ("name;health_insurance", "review"),
    ],
)
def test_elements(one, elements: str, status: str) -> None:
    assert one("TX", 3, elements)["TX:individuals"].status == status


@pytest.mark.parametrize(
    ("encrypted", "key_taken", "status"), [(True, False, "not_required"), (True, True, "required")]
)
def test_encryption_and_the_key(one, encrypted: bool, key_taken: bool, status: str) -> None:
    assert one("TX", encrypted=encrypted, key_taken=key_taken)["TX:individuals"].status == status


def test_access_alone_is_no_breach(one) -> None:
    assert one("TX", event="access")["TX:individuals"].status == "not_required"


def test_no_harm_gate(one) -> None:
    assert one("TX", harm_likely=False)["TX:individuals"].status == "required"


def test_the_letter_has_no_prescribed_content(one) -> None:
    assert one("TX").answer.notice_rules[0].must_include == ()
