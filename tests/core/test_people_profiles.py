"""One comparable row per person, from all records about them; what is nobody's is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leakresponse.core.people_profiles import PROFILE_COLUMNS, profiles_of


def profile(**objects: list[dict[str, str]]) -> pd.DataFrame:
    """Profiles where every record is about the one person 0."""
    records = {name: pd.DataFrame(rows, dtype="str").fillna("") for name, rows in objects.items()}
    ids = [row["Id"] for rows in objects.values() for row in rows]
    nodes = pd.DataFrame({"id": pd.Series(ids, dtype="str"), "rank": range(len(ids))})
    return profiles_of(nodes, np.zeros(len(ids), dtype=np.int64), records)


def test_every_record_adds_what_the_better_one_lacks() -> None:
    found = profile(
        Contact=[{"Id": "0031", "FirstName": "Ann", "LastName": "Lee", "MailingPostalCode": "10001-1234"}],
        Loyalty_Member__c=[{"Id": "a0L1", "Birthdate__c": "1980-01-02", "Email__c": "Ann@X.example"}],
    )
    assert found.iloc[0][["given", "family", "zip5", "birthdate", "email"]].tolist() == [
        "ann", "lee", "10001", "1980-01-02", "ann@x.example"
    ]  # fmt: skip


def test_the_record_believed_first_speaks() -> None:
    found = profile(Contact=[{"Id": "0031", "LastName": "Lee"}], Lead=[{"Id": "00Q1", "LastName": "Moss"}])
    assert found["family"].tolist() == ["lee"]


def test_a_whole_name_is_split_where_it_reads_as_one() -> None:
    assert profile(Case=[{"Id": "5001", "SuppliedName": "José de la Cruz"}])["family"].tolist() == ["cruz"]
    assert profile(Order__c=[{"Id": "a001", "Name": "ORD-000123"}]).empty


def test_a_household_speaks_for_nobody_and_a_person_account_for_one() -> None:
    assert profile(Account=[{"Id": "0011", "Name": "Lee Household", "BillingPostalCode": "10001"}]).empty
    person = {"Id": "0011", "IsPersonAccount": "true", "FirstName": "Ann", "LastName": "Lee", "PersonEmail": "a@x.io"}
    assert profile(Account=[person])["email"].tolist() == ["a@x.io"]


def test_streets_telephones_and_zips_take_one_form() -> None:
    found = profile(
        Contact=[
            {"Id": "0031", "LastName": "Lee", "MailingStreet": "12 North Main Street, Apartment 4",
             "Phone": "+1 (212) 736-5000", "MailingPostalCode": "5401.0"}
        ]
    ).iloc[0]  # fmt: skip
    assert (found["street"], found["phone"], found["zip5"]) == ("12 n main st apt 4", "2127365000", "05401")


def test_a_telephone_kept_for_fiction_and_a_refused_number_are_nobodys() -> None:
    found = profile(Contact=[{"Id": "0031", "LastName": "Lee", "Phone": "(206) 555-0123", "SSN__c": "000-12-3456"}])
    assert found[["phone", "number"]].isna().all(axis=None)


def test_no_records_no_profiles() -> None:
    found = profiles_of(pd.DataFrame({"id": [], "rank": []}), np.zeros(0, dtype=np.int64), {})
    assert found.empty and list(found.columns) == ["person", *PROFILE_COLUMNS]
