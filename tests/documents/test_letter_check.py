"""The machine check finds what was left out or told, in texts that it did not make."""

from __future__ import annotations

import pytest
from document_cases import context

from leakresponse.documents.letter_check import check_letter
from leakresponse.documents.notices import render_notice

SAID = ["law_enforcement_delay_statement", "change_password_advice", "biometric_other_entities"]
WHOLE = render_notice(context(jurisdiction="NY"), SAID, []).text


@pytest.mark.parametrize(
    ("phrase", "cut"),
    [
        ("california_title_and_headings", "What You Can Do"),
        ("what_happened_general", "What Happened"),
        ("date_of_breach", "This took place"),
        ("date_of_discovery", "We discovered it"),
        ("date_of_notice", "Date:"),
        ("types_of_information", "What Information Was Involved"),
        ("law_enforcement_delay_statement", "This notice was not delayed"),
        ("steps_taken", "What We Are Doing"),
        ("advice_steps", "What You Can Do"),
        ("credit_bureau_contacts", "Experian"),
        ("ftc_contact", "Federal Trade Commission"),
        ("ag_contact", "Attorney General"),
        ("state_and_federal_agency_contacts", "Attorney General"),
        ("toll_free_number", "toll-free"),
        ("contact_for_questions", "For More Information"),
        ("entity_name_and_contact", "write to Harbor"),
        ("security_freeze_right", "right to place a security freeze"),
        ("security_freeze_free", "free of charge"),
        ("police_report_right", "police report"),
        ("monitoring_offer", "Enrollment code"),
        ("change_password_advice", "Change the password"),
        ("biometric_other_entities", "same biometric data"),
    ],
)
def test_present_is_found_and_absent_is_named(phrase: str, cut: str) -> None:
    assert check_letter(WHOLE, [phrase], []) == []
    assert check_letter(WHOLE.replace(cut, "…"), [phrase], []) == [f"{phrase} is missing"]


@pytest.mark.parametrize(
    "told",
    [
        "an unauthorized person",
        "a phishing mail",
        "records were stolen",
        "data was accessed",
        "ransomware",
        "What Happened",
    ],
)
def test_the_nature_of_a_breach_is_heard(told: str) -> None:
    assert check_letter(f"We write about an incident. {told}.", [], ["nature_of_breach"]) == [
        "nature_of_breach is told"
    ]


@pytest.mark.parametrize("told", ["1,234 Massachusetts residents", "12 people", "many customers were affected"])
def test_a_headcount_is_heard(told: str) -> None:
    assert check_letter(f"It concerns {told}.", [], ["number_of_residents"]) == ["number_of_residents is told"]


@pytest.mark.parametrize("left", ["Dear {{ name }}", "Dear [RECIPIENT NAME]", "Dear \ue000name\ue001"])
def test_an_unfilled_placeholder_is_a_violation(left: str) -> None:
    assert check_letter(left, [], []) == ["a placeholder is not filled"]


def test_long_sentences_are_not_plain() -> None:
    assert check_letter(" ".join(["word"] * 70) + ".", ["plain_language"], []) == ["plain_language is missing"]


def test_unknown_ids_are_violations() -> None:
    assert check_letter("x", ["no_such"], ["nor_such"]) == ["unknown id no_such", "unknown id nor_such"]
