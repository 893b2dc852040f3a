"""Cal. Civ. Code 1798.82. Expected values are read from the statute, not from the engine."""

from __future__ import annotations

from datetime import date

import pytest

from leakresponse.law import notice_rules


def test_thirty_days_from_discovery(one) -> None:
    duty = one("CA")["CA:individuals"]
    assert (duty.status, duty.due_on, duty.clock_starts) == ("required", date(2026, 8, 31), "discovery")


def test_the_vendors_notice_starts_the_clock_if_it_came_first(one) -> None:
    duty = one("CA", told_by_vendor_on="2026-07-20")["CA:individuals"]
    assert (duty.due_on, duty.clock_starts) == (date(2026, 8, 19), "vendor_notice")


def test_the_day_before_sb_446_has_no_number(one) -> None:
    duty = one("CA", discovered_on="2025-12-31")["CA:individuals"]
    assert duty.status == "required" and duty.due_on is None
    assert "most expedient time" in duty.due_text


def test_the_first_day_of_sb_446_has_thirty(one) -> None:
    assert one("CA", discovered_on="2026-01-01")["CA:individuals"].due_on == date(2026, 1, 31)


def test_the_newer_rule_is_an_advisory_clock_for_an_older_discovery(one) -> None:
    duty = one("CA", discovered_on="2025-12-31", as_of="2026-01-10")["CA:individuals:advisory"]
    assert (duty.kind, duty.due_on) == ("advisory", date(2026, 1, 30))


def test_no_advisory_clock_before_the_change(one) -> None:
    assert "CA:individuals:advisory" not in one("CA", discovered_on="2025-12-01", as_of="2025-12-31").by_id


@pytest.mark.parametrize(("count", "status"), [(499, "not_required"), (500, "not_required"), (501, "required")])
def test_more_than_500_residents_for_the_attorney_general(one, count: int, status: str) -> None:
    assert one("CA", count)["CA:regulator:ca_ag"].status == status


def test_fifteen_days_after_consumers_were_told(one) -> None:
    duty = one("CA", 501, individuals_notified_on="2026-08-20")["CA:regulator:ca_ag"]
    assert (duty.due_on, duty.clock_starts) == (date(2026, 9, 4), "individuals_notified")


def test_without_the_notice_date_there_is_no_day_but_a_latest_one(one) -> None:
    duty = one("CA", 501)["CA:regulator:ca_ag"]
    assert duty.status == "required" and duty.due_on is None and "2026-09-15" in duty.due_text


def test_before_2026_the_sample_has_no_day_count(one) -> None:
    duty = one("CA", 501, discovered_on="2025-12-31", individuals_notified_on="2026-01-20")["CA:regulator:ca_ag"]
    assert duty.due_on is None


def test_access_without_acquisition_is_no_breach(one) -> None:
    assert one("CA", event="access")["CA:individuals"].status == "not_required"


def test_a_finding_of_no_harm_excuses_nothing(one) -> None:
    assert one("CA", harm_likely=False)["CA:individuals"].status == "required"


@pytest.mark.parametrize(
    ("encrypted", "key_taken", "status"),
    [(True, False, "not_required"), (True, True, "required"), (False, False, "required"), (False, True, "required")],
)
def test_encryption_and_the_key(one, encrypted: bool, key_taken: bool, status: str) -> None:
    assert one("CA", encrypted=encrypted, key_taken=key_taken)["CA:individuals"].status == status


@pytest.mark.parametrize(
    ("elements", "status"),
    [
        ("name;ssn", "required"),
        ("ssn", "not_required"),
        ("name;email;phone;postal_address", "not_required"),
        ("name;dob", "not_required"),
        ("name;passport", "required"),
        ("name;genetic", "required"),
        ("name;alpr", "required"),
        ("name;payment_card_with_code", "required"),
        ("name;payment_card_alone", "not_required"),
        ("name;payment_card_with_expiry", "not_required"),
        ("name;precise_geolocation", "not_required"),
        ("online_credentials", "required"),
        ("email_account_credentials", "required"),
        ("name;tribal_id", "review"),
    ],
)
def test_elements(one, elements: str, status: str) -> None:
    assert one("CA", 3, elements)["CA:individuals"].status == status


@pytest.mark.parametrize(("day", "status"), [("2021-12-31", "not_required"), ("2022-01-01", "required")])
def test_genetic_data_counts_from_2022(one, day: str, status: str) -> None:
    assert one("CA", 3, "name;genetic", discovered_on=day)["CA:individuals"].status == status


def test_consumer_reporting_agencies_have_no_duty_with_a_reason(one) -> None:
    duty = one("CA", 100_000)["CA:cra"]
    assert duty.status == "not_required" and "no duty" in duty.because


@pytest.mark.parametrize(("source", "status"), [(True, "required"), (None, "review")])
def test_twelve_months_of_services_where_the_business_was_the_source(one, source: bool | None, status: str) -> None:
    (offer,) = one("CA", 3, "name;drivers_license", entity={"source_of_breach": source}).answer.services
    assert (offer.months, offer.status, offer.elements) == (12, status, ("drivers_license",))


@pytest.mark.parametrize("changes", [{"entity": {"source_of_breach": False}}, {"encrypted": True, "key_taken": False}])
def test_no_services_otherwise(one, changes) -> None:
    assert one("CA", **changes).answer.services == ()


def test_no_services_for_elements_that_ask_for_none(one) -> None:
    assert one("CA", 3, "name;medical").answer.services == ()


def test_the_letter_has_the_title_and_the_headings() -> None:
    rules = notice_rules("CA", date(2026, 1, 1))
    assert "california_title_and_headings" in {p.id for p in rules.must_include} and rules.must_omit == ()


def test_bureau_contacts_only_for_those_whose_number_was_exposed(one) -> None:
    with_number = one("CA", 3, "name;ssn").answer.notice_rules[0].to_json()
    without = one("CA", 3, "name;medical").answer.notice_rules[0].to_json()
    assert "credit_bureau_contacts" in with_number["must_include"]
    assert "credit_bureau_contacts" not in without["must_include"]


def test_an_agency_has_its_own_section(one) -> None:
    duty = one("CA", entity={"kind": "government_agency"})["CA:individuals"]
    assert duty.status == "review" and "1798.29" in duty.question
