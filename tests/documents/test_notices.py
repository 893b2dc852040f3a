"""Notices: one text for each variant, this person's values and nothing else filled in."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest
from document_cases import BREACH, ENTITY, context

from leakresponse.core.errors import BadInput, MissingFact
from leakresponse.documents import notices
from leakresponse.documents.letter_check import CALIFORNIA_HEADINGS, KNOWN_INCLUDES, KNOWN_OMITS, check_letter
from leakresponse.documents.notices import render_notice, variant_identity, variant_of, variant_preview
from leakresponse.law import notice_rules
from leakresponse.law.vocabulary import PHRASES

DAY = date(2026, 3, 2)
GROUPS = [("name", "ssn"), ("name", "payment_card_with_code"), ("online_credentials",), ("name", "medical")]


def rules(jurisdiction: str, elements: tuple[str, ...]) -> tuple[list[str], list[str]]:
    found = notice_rules(jurisdiction, DAY).for_elements(frozenset(elements))
    return [p.id for p in found.must_include], [p.id for p in found.must_omit]


@pytest.mark.parametrize("addressee", ["adult", "guardian"])
@pytest.mark.parametrize("elements", GROUPS)
@pytest.mark.parametrize("jurisdiction", ["CA", "FL", "MA", "NY", "TX", "WA"])
def test_a_letter_keeps_the_rules_of_its_law(jurisdiction: str, elements: tuple[str, ...], addressee: str) -> None:
    include, omit = rules(jurisdiction, elements)
    made = render_notice(context(jurisdiction=jurisdiction, elements=elements, addressee=addressee), include, omit)
    assert check_letter(made.text, include, omit) == []


def test_every_phrase_of_the_law_has_a_template_or_a_check() -> None:
    assert set(PHRASES) <= KNOWN_INCLUDES | KNOWN_OMITS


def test_california_has_title_and_headings_in_order() -> None:
    lines = render_notice(context(), ["california_title_and_headings"], []).text.splitlines()
    places = [lines.index(h) for h in ("Notice of Data Breach", *CALIFORNIA_HEADINGS)]
    assert places == sorted(places)


def test_massachusetts_tells_neither_nature_nor_what_we_did_about_it() -> None:
    made = render_notice(context(jurisdiction="MA"), *rules("MA", ("name", "ssn")))
    assert "What Happened" not in made.text
    assert BREACH.what_happened not in made.text
    assert BREACH.what_we_did[0] not in made.html


def test_only_this_persons_elements_are_listed() -> None:
    made = render_notice(context(elements=("name", "dob"), monitoring=None), [], [])
    assert "* Date of birth" in made.text
    assert "* Social Security number" not in made.text


def test_a_minors_letter_goes_to_the_guardian() -> None:
    made = render_notice(context(addressee="guardian"), [], [])
    assert "To the Parent or Guardian of Robin Sample:" in made.text
    assert "child under 16" in made.text


def test_html_escapes_the_recipient() -> None:
    made = render_notice(context(recipient_name="<b>Robin</b> & Co", address_lines=('1 "A" St',)), [], [])
    assert "<b>" not in made.html
    assert "&lt;b&gt;Robin&lt;/b&gt; &amp; Co" in made.html


def test_a_name_cannot_add_lines_or_fill_another_mark() -> None:
    made = render_notice(context(recipient_name="Robin\n\nWhat Happened\n\ue000code\ue001\u202e"), [], [])
    assert "Dear Robin What Happened code:" in made.text
    assert "\u202e" not in made.text


def test_a_fact_cannot_make_a_heading() -> None:
    breach = replace(BREACH, what_happened="## Free Money\n# Title A person copied records.")
    headings = [line for line in render_notice(context(breach=breach), [], []).html.splitlines() if "<h" in line]
    assert not any("Free Money" in line for line in headings)


def test_variant_does_not_depend_on_the_person_or_on_order() -> None:
    first = render_notice(context(), ["ftc_contact", "toll_free_number"], [])
    second = render_notice(
        context(notice_id="n-2", recipient_name="Kim", elements=("name", "email", "ssn"), monitoring_code="CODE-2"),
        ["toll_free_number", "ftc_contact"],
        [],
    )
    assert (first.variant, first.variant_hash) == (second.variant, second.variant_hash)
    assert first.text != second.text


@pytest.mark.parametrize(
    "changes",
    [
        {"entity": replace(ENTITY, toll_free="1-800-555-0111")},
        {"breach": replace(BREACH, notice_date=date(2026, 3, 6))},
        {"jurisdiction": "WA"},
        {"addressee": "guardian"},
        {"monitoring": None},
        {"elements": ("name",)},
    ],
)
def test_another_word_is_another_hash(changes: dict[str, object]) -> None:
    base = variant_identity(variant_of(context(), [], []))[1]
    assert variant_identity(variant_of(context(**changes), [], []))[1] != base


def test_identity_is_that_of_what_is_sent() -> None:
    made = render_notice(context(), [], [])
    assert variant_identity(variant_of(context(), [], [])) == (made.variant, made.variant_hash)


def test_preview_names_no_person() -> None:
    preview = variant_preview(variant_of(context(), [], []))
    assert "Sample Recipient" in preview.text
    assert "Robin" not in preview.text + preview.html


def test_a_rule_without_a_template_is_refused() -> None:
    with pytest.raises(BadInput, match="no template says sing_a_song"):
        render_notice(context(), ["sing_a_song"], [])


def test_asked_and_barred_at_once_is_refused() -> None:
    with pytest.raises(BadInput, match="both asked and barred"):
        render_notice(context(), ["what_happened_general"], ["nature_of_breach"])


def test_a_due_offer_without_a_service_is_a_missing_fact() -> None:
    with pytest.raises(MissingFact, match="no service is named"):
        render_notice(context(monitoring=None), ["monitoring_offer"], [])


def test_an_offer_without_a_code_is_a_missing_fact() -> None:
    with pytest.raises(MissingFact, match="no enrollment code"):
        render_notice(context(monitoring_code=""), [], [])


def test_an_attorney_general_that_is_not_known_is_a_missing_fact() -> None:
    with pytest.raises(MissingFact, match="Attorney General"):
        render_notice(context(jurisdiction="GU"), ["ag_contact"], [])


@pytest.mark.parametrize("elements", [(), ("name", "shoe_size")])
def test_elements_without_words_are_a_missing_fact(elements: tuple[str, ...]) -> None:
    with pytest.raises(MissingFact):
        render_notice(context(elements=elements), [], [])


def test_a_language_without_templates_is_refused() -> None:
    with pytest.raises(BadInput, match="language"):
        render_notice(context(language="../en"), [], [])


def test_a_template_with_a_missing_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = notices._facts
    monkeypatch.setattr(notices, "_facts", lambda v: {k: x for k, x in whole(v).items() if k != "breach_dates"})
    with pytest.raises(BadInput, match="UndefinedError"):
        render_notice(context(jurisdiction="OR"), [], [])


def test_a_text_that_breaks_a_rule_is_never_compiled() -> None:
    breach = replace(BREACH, what_happened="Hackers took data of 5,000 residents and this affected people.")
    with pytest.raises(BadInput, match="number_of_residents is told"):
        render_notice(context(breach=breach), [], ["number_of_residents"])


def test_contexts_and_letters_do_not_show_the_person_in_a_repr() -> None:
    made = render_notice(context(), [], [])
    assert "Robin" not in repr(context()) + repr(made)
    assert "CODE-1" not in repr(context()) + repr(made)


def test_thousands_of_letters_a_second() -> None:
    render_notice(context(), [], [])
    start = time.perf_counter()
    for number in range(2_000):
        render_notice(context(notice_id=f"n-{number}", recipient_name=f"Person {number}"), [], [])
    assert time.perf_counter() - start < 1.0
