"""What a record says of a person takes one form for comparing; what is nobody's is left out."""

from __future__ import annotations

import pandas as pd

from leakresponse.core.people_profiles import profiles_of_records


def profile(object_name: str, **fields: str) -> dict[str, str]:
    found = profiles_of_records(object_name, pd.DataFrame([{"Id": "x1", **fields}], dtype="str"))
    return {} if found.empty else {name: str(value) for name, value in found.iloc[0].items() if value}


def test_a_contact() -> None:
    assert profile("Contact", FirstName="Ann", LastName="Lee", MailingPostalCode="10001-1234", Email="Ann@X.io") == {
        "id": "x1", "given": "ann", "family": "lee", "zip5": "10001", "email": "ann@x.io"
    }  # fmt: skip


def test_a_custom_object_speaks_by_its_own_fields() -> None:
    assert profile("Loyalty__c", Birthdate__c="1980-01-02", Email__c="a@x.io")["birthdate"] == "1980-01-02"


def test_a_whole_name_is_split_where_it_reads_as_one() -> None:
    assert profile("Case", SuppliedName="José de la Cruz")["family"] == "cruz"
    assert "family" not in profile("Order__c", Name="ORD-000123")


def test_a_household_speaks_for_nobody_and_a_person_account_for_one() -> None:
    assert profile("Account", Name="Lee Household", BillingPostalCode="10001") == {}
    person = profile("Account", IsPersonAccount="true", FirstName="Ann", LastName="Lee", PersonEmail="a@x.io")
    assert (person["family"], person["email"]) == ("lee", "a@x.io")


def test_streets_telephones_and_zips_take_one_form() -> None:
    found = profile(
        "Contact", MailingStreet="12 North Main Street, Apartment 4", Phone="+1 (212) 736-5000",
        MailingPostalCode="5401.0",
    )  # fmt: skip
    assert (found["street"], found["phone"], found["zip5"]) == ("12 n main st apt 4", "2127365000", "05401")


def test_a_telephone_kept_for_fiction_and_a_refused_number_are_nobodys() -> None:
    found = profile("Contact", LastName="Lee", Phone="(206) 555-0123", SSN__c="000-12-3456", Birthdate="soon")
    assert set(found) == {"id", "family"}
