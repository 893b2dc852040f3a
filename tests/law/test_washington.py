"""RCW 19.255. Expected values are read from the statute, not from the engine."""

from __future__ import annotations

from datetime import date

import pytest


def test_thirty_days_from_discovery(one) -> None:
    duty = one("WA")["WA:individuals"]
    assert (duty.status, duty.due_on, duty.clock_starts) == ("required", date(2026, 8, 31), "discovery")


@pytest.mark.parametrize(("count", "status"), [(500, "not_required"), (501, "required")])
def test_more_than_500_residents_for_the_attorney_general(one, count: int, status: str) -> None:
    assert one("WA", count)["WA:regulator:wa_ag"].status == status


def test_the_attorney_general_has_the_same_thirty_days(one) -> None:
    assert one("WA", 501)["WA:regulator:wa_ag"].due_on == date(2026, 8, 31)


def test_no_duty_to_reporting_agencies(one) -> None:
    assert one("WA", 50_000)["WA:cra"].status == "not_required"


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ("name;dob", "required"),
        ("dob", "review"),
        ("name;email", "not_required"),
        ("name;ssn", "required"),
        ("name;last4_ssn", "not_required"),
        ("ssn", "review"),
        ("online_credentials", "required"),
        ("name;medical", "required"),
        ("name;payment_card_alone", "review"),
    ],
)
def test_elements(one, elements: str, status: str) -> None:
    assert one("WA", 3, elements)["WA:individuals"].status == status


def test_a_number_alone_counts_where_harm_was_found(one) -> None:
    assert one("WA", 3, "ssn", harm_likely=True)["WA:individuals"].status == "required"


@pytest.mark.parametrize(("harm", "status"), [(True, "required"), (None, "required"), (False, "not_required")])
def test_only_a_finding_of_no_risk_excuses(one, harm: bool | None, status: str) -> None:
    case = one("WA", 501, harm_likely=harm)
    assert case["WA:individuals"].status == case["WA:regulator:wa_ag"].status == status


@pytest.mark.parametrize(
    ("encrypted", "key_taken", "status"), [(True, False, "not_required"), (True, True, "required")]
)
def test_secured_data_and_the_key(one, encrypted: bool, key_taken: bool, status: str) -> None:
    assert one("WA", encrypted=encrypted, key_taken=key_taken)["WA:individuals"].status == status


def test_access_alone_is_no_breach(one) -> None:
    assert one("WA", event="access")["WA:individuals"].status == "not_required"


def test_the_letter_names_both_dates(one) -> None:
    include = one("WA").answer.notice_rules[0].to_json()["must_include"]
    assert {"date_of_breach", "date_of_discovery", "credit_bureau_contacts"} <= set(include)
