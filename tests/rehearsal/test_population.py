"""The population: deterministic, in the org's schema, and with a truth that its records bear out."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from leakresponse.core.elements import bits_to_lists
from leakresponse.core.elements_scan import find_secrets
from leakresponse.core.elements_text import scan
from leakresponse.core.errors import BadInput
from leakresponse.core.events_ids import is_record_id
from leakresponse.core.residency import resolve_evidence
from leakresponse.rehearsal import population as population_module
from leakresponse.rehearsal.org.schema import SCHEMA
from leakresponse.rehearsal.population import generate, is_minor
from leakresponse.rehearsal.population_texts import SECRETS


def humans_by_record(population):
    return population.truth.explode("record_ids").set_index("record_ids")["person_id"]


def test_the_same_seed_gives_the_same_org_and_another_seed_another():
    first, second, other = generate(300, 3), generate(300, 3), generate(300, 4)
    pd.testing.assert_frame_equal(first.tables["Contact"], second.tables["Contact"])
    pd.testing.assert_frame_equal(first.truth, second.truth)
    assert not first.tables["Contact"]["Name"].head(50).equals(other.tables["Contact"]["Name"].head(50))


def test_every_column_is_a_stored_field_of_the_schema(population):
    for name, table in population.tables.items():
        stored = {one.name for one in SCHEMA[name].stored}
        assert set(table.columns) <= stored, name


def test_ids_have_their_checksum_and_are_unique(population):
    for name, table in population.tables.items():
        assert table["Id"].is_unique
        assert table["Id"].str.startswith(SCHEMA[name].key_prefix).all()
        assert all(is_record_id(one) for one in table["Id"].head(200))


def test_there_are_as_many_humans_as_asked_for(population):
    assert len(population.truth) == 1_500
    assert population.truth["record_ids"].map(len).min() >= 1


def test_too_few_people_are_refused():
    with pytest.raises(BadInput):
        generate(99, 1)


def test_each_record_about_people_belongs_to_one_human(population):
    about = humans_by_record(population)
    assert about.index.is_unique
    for name in ("Contact", "Lead", "Case", "Case_History__c", "Loyalty_Member__c", "Order"):
        assert set(population.tables[name]["Id"]) <= set(about.index), name


def test_a_case_with_a_contact_is_about_the_contacts_human(population):
    about = humans_by_record(population)
    cases = population.tables["Case"].dropna(subset="ContactId")
    assert (about[cases["Id"]].to_numpy() == about[cases["ContactId"]].to_numpy()).all()


def test_same_mail_and_name_is_one_human_and_same_mail_alone_is_not(population):
    contacts = population.tables["Contact"].dropna(subset="Email")
    about = humans_by_record(population)[contacts["Id"]].to_numpy()
    mails = contacts["Email"].str.lower()
    by_both = pd.Series(about).groupby([mails.to_numpy(), contacts["Name"].to_numpy()]).nunique()
    assert by_both.max() == 1
    assert mails.duplicated().sum() > (pd.Series(about).duplicated()).sum() > 0


def test_shares_of_elements_are_those_of_the_cast(population):
    contacts = population.tables["Contact"]
    assert 0.05 < contacts["SSN__c"].notna().mean() < 0.11
    assert 0.09 < contacts["Drivers_License__c"].notna().mean() < 0.15
    assert 0.52 < contacts["Birthdate"].notna().mean() < 0.66


def test_minors_are_known_by_their_birthdate(population):
    contacts = population.tables["Contact"].dropna(subset="Birthdate")
    minor = population.truth.set_index("person_id")["minor"]
    truth = minor[humans_by_record(population)[contacts["Id"]]].to_numpy()
    by_date = contacts["Birthdate"].map(lambda day: is_minor(day, date(2026, 11, 20))).to_numpy()
    assert (truth == by_date).all()
    assert truth.sum() > 3


def test_definite_residency_is_what_a_careful_reader_finds(population):
    """Not the source of the truth, but a check of its fairness: the dirt leaves what it claims to leave."""
    contacts = population.tables["Contact"].drop_duplicates("AccountId")
    parts = {"street": "Street", "city": "City", "state": "State", "postal": "PostalCode", "country": "Country"}
    columns = {name: contacts[f"Mailing{part}"].fillna("") for name, part in parts.items()}
    frame = pd.DataFrame({"person_id": contacts["Id"], "kind": "mailing", **columns})
    found = resolve_evidence(frame)
    truth = population.truth.set_index("person_id").loc[humans_by_record(population)[contacts["Id"]]]
    sure = truth["definite"].to_numpy()
    assert (found["residency"].to_numpy()[sure] == truth["residency"].to_numpy()[sure]).mean() > 0.998


def test_dirt_of_every_kind_occurs():
    contacts = generate(20_000, 1).tables["Contact"]
    codes = contacts["MailingPostalCode"].dropna()
    assert codes.str.match(r"^\d{4}$").any()
    assert codes.str.endswith(".0").any()
    assert codes.str.match(r"^\d{5}-\d{4}$").any()
    assert contacts["MailingCity"].isin(["APO", "FPO"]).any()
    assert contacts["MailingState"].isin(["Calif.", "N.Y.", "TEXAS", "florida"]).any()
    assert contacts["MailingCountry"].isin(["Canada", "Germany", "United Kingdom"]).any()


def test_forty_secrets_are_planted_and_nothing_else_looks_like_one(population):
    cases = population.tables["Case"]
    planted = population.findings[population.findings["fingerprint"] != ""]
    assert len(planted) == SECRETS
    found = find_secrets("Case", cases["Id"], cases["Description"], "Description")
    seen = {(one.record_id, one.kind, one.fingerprint) for one in found}
    assert seen == set(zip(planted["record_id"], planted["kind"], planted["fingerprint"], strict=True))


def test_numbers_in_texts_are_known_and_no_parcel_number_passes_for_a_card():
    population = generate(6_000, 2)
    cases = population.tables["Case"]
    found = bits_to_lists(scan(cases["Description"]).bits)
    shown = {(case, one) for case, some in zip(cases["Id"], found, strict=True) for one in some}
    planted = population.findings[population.findings["fingerprint"] == ""]
    assert shown == set(zip(planted["record_id"], planted["kind"], strict=True))
    assert len(planted) > 5


def test_nobody_has_a_real_looking_address_or_phone(population):
    contacts = population.tables["Contact"]
    assert contacts["Email"].dropna().str.lower().str.contains(r"example\.(?:com|org|net)$").all()
    assert contacts["Phone"].dropna().str.contains(r"555-01\d\d$").all()


def test_blocks_of_people_never_share_an_id_or_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_module, "BLOCK", 500)
    whole = generate(1_130, 7)
    assert len(whole.truth) == 1_130
    assert whole.truth["person_id"].is_unique
    assert len(whole.tables["User"]) == 200
    for name, number in (("Contact", "Email"), ("Case", "CaseNumber"), ("Order", "OrderNumber")):
        table = whole.tables[name]
        assert table["Id"].is_unique
        if name != "Contact":
            assert table[number].is_unique
    listed = whole.truth["record_ids"].explode().dropna()
    assert listed.isin(pd.concat([table["Id"] for table in whole.tables.values()])).all()


def test_too_few_people_for_a_block_go_with_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_module, "BLOCK", 500)
    assert [len(one.truth) for one in population_module.generate_blocks(1_050, 7)] == [500, 550]
