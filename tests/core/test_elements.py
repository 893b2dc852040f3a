"""Fields carry elements by name, label, type and classification; text is read for what it gives away."""

from __future__ import annotations

import pandas as pd
import pytest

from leakresponse.core.elements import (
    Override,
    bits_of,
    classification_notes,
    classify,
    mapping_for,
    names_a_person,
    names_of,
    text_fields,
    unplaced_fields,
    words,
)
from leakresponse.core.elements_scan import find_secrets
from leakresponse.core.secret_rules import fingerprint
from leakresponse.core.types import FieldInfo, ObjectInfo
from leakresponse.core.vocabulary import DATA_ELEMENTS


def element(
    name: str, type_: str = "string", label: str = "", object_name: str = "Contact", **more: tuple[str, ...]
) -> str | None:
    info = ObjectInfo(object_name, "003", {name: FieldInfo(name, label or name, type_, **more)})
    return classify({object_name: info})[object_name, name]


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("SSN__c", "string", "ssn"), ("Social_Security_Number__c", "encryptedstring", "ssn"),
        ("SSN_Last_4__c", "string", "last4_ssn"), ("Drivers_License__c", "string", "drivers_license"),
        ("Driver_License_Number__c", "string", "drivers_license"), ("Passport_No__c", "string", "passport"),
        ("Birthdate", "date", "dob"), ("Birthdate__c", "date", "dob"), ("DateOfBirth__c", "date", "dob"),
        ("Email", "email", "email"), ("Email__c", "string", "email"), ("MobilePhone", "phone", "phone"),
        ("MailingStreet", "textarea", "postal_address"), ("MailingPostalCode", "string", "postal_address"),
        ("MailingAddress", "address", "postal_address"), ("LastName", "string", "name"), ("Name", "string", "name"),
        ("Card_Number__c", "string", "payment_card_alone"), ("CVV__c", "string", "payment_card_with_code"),
        ("Bank_Account__c", "string", "account_number_alone"), ("Diagnosis__c", "textarea", "medical"),
        ("Health_Insurance_Id__c", "string", "health_insurance"), ("Password__c", "string", "online_credentials"),
        ("Mothers_Maiden_Name__c", "string", "mothers_maiden_name"),
        ("Home_Location__c", "location", "precise_geolocation"),
        ("ITIN__c", "string", "taxpayer_id"), ("License_Plate__c", "string", "alpr"),
    ],
)  # fmt: skip
def test_a_field_carries_its_element(name: str, type_: str, expected: str) -> None:
    assert element(name, type_) == expected


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("Id", "id"), ("AccountId", "reference"), ("HasOptedOutOfEmail", "boolean"), ("Card_Last4__c", "string"),
        ("Loyalty_Tier__c", "picklist"), ("Description", "textarea"), ("MailingState", "string"),
        ("CreatedDate", "datetime"), ("Brand__c", "picklist"),
    ],
)  # fmt: skip
def test_a_harmless_field_carries_none(name: str, type_: str) -> None:
    assert element(name, type_) is None


def test_the_label_speaks_where_the_name_is_silent() -> None:
    assert element("Field_17__c", label="Driver's License") == "drivers_license"


def test_salesforces_classification_speaks_where_both_are_silent() -> None:
    assert element("Field_17__c", compliance=("HIPAA",)) == "medical"


def test_a_name_of_a_household_or_a_number_is_no_persons_name() -> None:
    assert element("Name", object_name="Account") is None
    assert element("Name", object_name="Case_History__c") is None


def test_an_order_shows_what_was_bought() -> None:
    assert element("TotalAmount", "currency", object_name="Order") == "order_history"


def test_the_decision_against_the_last_four_digits_is_noted() -> None:
    info = ObjectInfo("Contact", "003", {"Card_Last4__c": FieldInfo("Card_Last4__c", "Card Last 4", "string")})
    assert "last four digits" in classification_notes({"Contact": info})["Contact", "Card_Last4__c"]


def test_an_override_of_a_person_stands_before_every_rule() -> None:
    info = ObjectInfo("Contact", "003", {"SSN__c": FieldInfo("SSN__c", "SSN", "string")})
    override = Override("Contact", "SSN__c", None, "privacy counsel", "holds a loyalty number since 2024")
    assert classify({"Contact": info}, [override])["Contact", "SSN__c"] is None


def test_an_override_of_a_field_that_is_not_read_adds_nothing() -> None:
    info = ObjectInfo("Contact", "003", {"Notes__c": FieldInfo("Notes__c", "Notes", "string")})
    override = Override("Lead", "Notes__c", "medical", "privacy counsel", "x")
    assert classify({"Contact": info}, [override]) == {("Contact", "Notes__c"): None}


def test_an_expiry_counts_only_on_an_object_with_card_numbers() -> None:
    expiry, card = FieldInfo("Expiry__c", "Expiry", "string"), FieldInfo("CardNumber__c", "Card Number", "string")
    alone = ObjectInfo("Coupon__c", "a00", {"Expiry__c": expiry})
    beside = ObjectInfo("Payment__c", "a01", {"Expiry__c": expiry, "CardNumber__c": card})
    classes = classify({one.name: one for one in (alone, beside)})
    assert classes["Coupon__c", "Expiry__c"] is None
    assert classes["Payment__c", "Expiry__c"] == "payment_card_with_expiry"


def test_what_the_org_calls_sensitive_and_no_rule_knows_is_listed() -> None:
    fields = (
        FieldInfo("Score__c", "Score", "string", security="Restricted", compliance=("PII",)),
        FieldInfo("SSN__c", "SSN", "string", security="Restricted"),
        FieldInfo("Tier__c", "Tier", "picklist", security="Internal"),
        FieldInfo("Flag__c", "Flag", "boolean", security="Confidential"),
    )
    describe = {"Contact": ObjectInfo("Contact", "003", {one.name: one for one in fields})}
    assert unplaced_fields(describe, classify(describe)) == {("Contact", "Score__c"): "Restricted, PII"}


def test_elements_and_bits_are_the_same_thing() -> None:
    assert names_of(bits_of(DATA_ELEMENTS)) == sorted(DATA_ELEMENTS)


def test_a_mapping_is_of_one_object() -> None:
    assert mapping_for({("A", "x"): "ssn", ("B", "y"): "dob"}, "A") == {"x": "ssn"}


def test_long_texts_are_scanned_and_streets_are_not() -> None:
    fields = (FieldInfo("Description", "D", "textarea"), FieldInfo("MailingStreet", "S", "textarea"))
    assert text_fields(ObjectInfo("Contact", "003", {one.name: one for one in fields})) == ("Description",)


def test_api_names_become_words() -> None:
    assert words("Drivers_License__c") == "drivers license"
    assert words("MailingPostalCode") == "mailing postal code"


KEY_ID = "AKIA" + "Q" * 16


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (f"use {KEY_ID}, please", "aws_access_key_id", KEY_ID), ("password: Winter-2025!", "password", "Winter-2025!"),
        ("open https://vpn.partner.example/x now", "remote_access_link", "https://vpn.partner.example/x"),
        ("tables on ab1.us-east-1.snowflakecomputing.com", "snowflake_host", "ab1.us-east-1.snowflakecomputing.com"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII", "private_key", "-----BEGIN RSA PRIVATE KEY-----"),
        ("postgres://app:s3cret@db.example/x", "url_with_credentials", "postgres://app:s3cret@db.example/x"),
    ],
)  # fmt: skip
def test_a_secret_is_found_by_kind_and_fingerprint(text: str, kind: str, value: str) -> None:
    (found,) = find_secrets("Case", pd.Series(["500"]), pd.Series([text], dtype="str"), "Description")
    assert (found.kind, found.fingerprint) == (kind, fingerprint(value))
    assert value not in repr(found)


@pytest.mark.parametrize(
    "text", ["The password reset mail never arrives.", "password forgotten again", "see https://shop.example/x"]
)
def test_prose_holds_no_secret(text: str) -> None:
    assert find_secrets("Case", pd.Series(["500"]), pd.Series([text], dtype="str"), "Description") == []


def test_the_same_secret_twice_in_one_record_counts_once() -> None:
    text = pd.Series([f"{KEY_ID} and again {KEY_ID}"], dtype="str")
    assert len(find_secrets("Case", pd.Series(["500"]), text, "Description")) == 1


def test_the_name_of_an_own_object_is_a_persons_where_its_label_asks_for_one() -> None:
    def labelled(label: str) -> ObjectInfo:
        return ObjectInfo("Applicant__c", "a0A", {"Name": FieldInfo("Name", label, "string")})

    assert names_a_person(labelled("Applicant Name"))
    assert not names_a_person(labelled("Franchise Applicant Name"))
