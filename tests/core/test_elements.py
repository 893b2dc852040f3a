"""Fields carry elements by name, label, type and classification; text is read for what it gives away."""

from __future__ import annotations

import pandas as pd
import pytest

from leakresponse.core.elements import (
    bits_of,
    classification_notes,
    classify,
    elements_of,
    mapping_for,
    names_of,
    text_fields,
    words,
)
from leakresponse.core.elements_scan import find_secrets, fingerprint, is_card_number, scan_text
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


def test_a_person_has_an_element_only_where_the_field_held_a_value() -> None:
    rows = pd.DataFrame(
        {"SSN__c": ["123-45-6789", "", None], "Email": ["a@b.example", " ", "c@d.example"]}, dtype="str"
    )
    mapping = {"SSN__c": "ssn", "Email": "email", "Phone": "phone"}
    assert elements_of(rows, mapping).tolist() == [["email", "ssn"], [], ["email"]]


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my card 4111 1111 1111 1111", ["payment_card_alone"]), ("amex 378282246310005", ["payment_card_alone"]),
        ("5555-5555-5555-4444 exp 04/27", ["payment_card_with_expiry"]),
        ("4111111111111111 cvv 123", ["payment_card_with_code"]), ("SSN 123-45-6789", ["ssn"]),
        ("my social security number is 123456789", ["ssn"]),
        ("card 4111111111111111, ssn 123-45-6789", ["payment_card_alone", "ssn"]),
        ("4111111111111112", []), ("parcel 94001234567890123456", []), ("ssn 000-12-3456", []), ("ssn 900-12-3456", []),
        ("078-05-1120", []), ("call (212) 555-0100", []), ("0000000000000000", []), ("order 123456789", []),
    ],
)  # fmt: skip
def test_text_gives_away_cards_and_social_security_numbers(text: str, expected: list[str]) -> None:
    assert scan_text(pd.Series([text], dtype="str")).tolist() == [expected]


def test_missing_texts_are_clean() -> None:
    assert scan_text(pd.Series([None, ""], dtype="str")).tolist() == [[], []]


def test_issuer_ranges_need_their_lengths() -> None:
    assert is_card_number("2223003122003222")
    assert not is_card_number("411111111111116")


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
