"""Fla. Stat. 501.171. Expected values are read from the statute, not from the engine."""

from __future__ import annotations

from datetime import date

import pytest

from leakresponse.law import delivery_rules


def test_thirty_days_from_the_earlier_of_discovery_and_determination(one) -> None:
    duty = one("FL")["FL:individuals"]
    assert (duty.status, duty.due_on, duty.clock_starts) == ("required", date(2026, 8, 31), "discovery")


@pytest.mark.parametrize("event", ["access", "both"])
def test_access_is_a_breach(one, event: str) -> None:
    assert one("FL", event=event)["FL:individuals"].status == "required"


@pytest.mark.parametrize(("count", "status"), [(499, "not_required"), (500, "required"), (501, "required")])
def test_the_department_hears_of_500_or_more(one, count: int, status: str) -> None:
    assert one("FL", count)["FL:regulator:fl_legal_affairs"].status == status


@pytest.mark.parametrize(("count", "status"), [(1000, "not_required"), (1001, "required")])
def test_reporting_agencies_above_1000(one, count: int, status: str) -> None:
    assert one("FL", count)["FL:cra"].status == status


def test_a_finding_of_no_harm_excuses_individuals_but_not_the_department(one) -> None:
    case = one("FL", 5000, harm_likely=False)
    assert case["FL:individuals"].status == "not_required"
    assert case["FL:cra"].status == "not_required"
    assert case["FL:regulator:fl_legal_affairs"].status == "required"


def test_the_finding_itself_is_filed(one) -> None:
    assert one("FL", 1, harm_likely=False)["FL:regulator:fl_no_harm_finding"].status == "required"


def test_without_a_finding_nothing_is_excused_and_none_is_filed(one) -> None:
    case = one("FL", 1, harm_likely=None)
    assert case["FL:individuals"].status == "required"
    assert "FL:regulator:fl_no_harm_finding" not in case.by_id


@pytest.mark.parametrize("element", ["biometric", "precise_geolocation"])
@pytest.mark.parametrize(("day", "status"), [("2024-06-30", "not_required"), ("2024-07-01", "required")])
def test_biometrics_and_geolocation_since_sb_262(one, element: str, day: str, status: str) -> None:
    assert one("FL", 3, f"name;{element}", discovered_on=day)["FL:individuals"].status == status


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ("name;ssn", "required"),
        ("ssn", "not_required"),
        ("name;email;phone", "not_required"),
        ("name;passport", "required"),
        ("name;medical", "required"),
        ("name;dob", "not_required"),
        ("online_credentials", "required"),
        ("name;payment_card_with_expiry", "not_required"),
    ],
)
def test_elements(one, elements: str, status: str) -> None:
    assert one("FL", 3, elements)["FL:individuals"].status == status


@pytest.mark.parametrize(
    ("encrypted", "key_taken", "status"), [(True, False, "not_required"), (True, True, "required")]
)
def test_encryption_and_the_key(one, encrypted: bool, key_taken: bool, status: str) -> None:
    case = one("FL", 500, encrypted=encrypted, key_taken=key_taken)
    assert case["FL:individuals"].status == case["FL:regulator:fl_legal_affairs"].status == status


def test_an_agent_tells_the_owner_in_ten_days(one) -> None:
    case = one("FL", entity={"role": "maintainer"})
    assert (case["FL:owner"].status, case["FL:owner"].due_on) == ("required", date(2026, 8, 11))
    assert case["FL:individuals"].status == "not_required"


def test_plain_email_is_direct_notice() -> None:
    email = [m for m in delivery_rules("FL", date(2026, 1, 1)).methods if m.channel == "email"]
    assert [m.condition for m in email] == [""]
