"""Whole tables: any subset of columns, every row answered, fast ways that change no answer."""

from __future__ import annotations

from datetime import date
from itertools import product

import pandas as pd
import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.residency import Address, resolve, resolve_address
from leakresponse.core.residency.frame import OUTPUT_COLUMNS

CITIES = ["Boise", "", "none", "Burlington", "Boise, ID", "APO", "Paris", "Boise ID", "Doña Ana", "Wien"]
STATES = ["ID", "Idaho", "", "VT", "AE", "16", "NM", "Ontario", "--None--"]
POSTALS = [
    "83702",
    "83702-1234",
    "5401",
    "05401",
    "",
    "83706",
    "86515",
    "09012",
    "90210",
    "0",
    "1010",
    "75001",
    "83799",
]
COUNTRIES = ["US", "", "Canada", "ID", "Idaho", "Narnia"]


def test_standardised_rows_get_the_answers_of_the_rules() -> None:
    rows = list(product(CITIES, STATES, POSTALS, COUNTRIES))
    frame = pd.DataFrame(rows, columns=["city", "state", "postal", "country"], dtype="str").add_prefix(
        "contact_mailing_"
    )
    frame.insert(0, "id", [str(i) for i in range(len(rows))])
    got = resolve(frame)
    for row, answer in zip(rows, got.itertuples(index=False), strict=True):
        want = resolve_address(Address(city=row[0], state=row[1], postal=row[2], country=row[3]))
        assert (answer.residency, answer.candidates.split(), answer.confidence, answer.review, answer[5].split()) == (
            want.residency, list(want.candidates), want.confidence, "Y" if want.review else "N", list(want.flags)
        ), row  # fmt: skip


def test_the_picklist_code_is_part_of_the_agreement() -> None:
    frame = pd.DataFrame(
        {"id": ["1"], "contact_mailing_city": "Boise", "contact_mailing_state": "ID",
         "contact_mailing_state_code": "NV", "contact_mailing_postal": "83702", "contact_mailing_country": "US"}
    )  # fmt: skip
    answer = resolve(frame).iloc[0]
    assert (answer["residency"], answer["review"]) == ("ID", "Y")
    assert "STATE_CODE_CONFLICT" in answer["flags"]


def test_output_columns_order_and_ids() -> None:
    frame = pd.DataFrame({"person": ["b", "a", "b"], "contact_mailing_state": ["TX", "", "NV"]})
    got = resolve(frame)
    assert tuple(got.columns) == OUTPUT_COLUMNS
    assert got["id"].tolist() == ["b", "a", "b"]
    assert got["residency"].tolist() == ["TX", "UNKNOWN", "NV"]


def test_missing_values_are_empty() -> None:
    frame = pd.DataFrame({"id": ["1"], "contact_mailing_state": [None], "account_billing_state": ["TX"]})
    assert resolve(frame)["residency"].tolist() == ["TX"]


def test_no_rows() -> None:
    assert len(resolve(pd.DataFrame({"id": [], "contact_mailing_state": []}, dtype="str"))) == 0


def test_no_column_of_evidence() -> None:
    with pytest.raises(BadInput, match="no column with evidence"):
        resolve(pd.DataFrame({"id": ["1"], "shoe_size": ["9"]}))


def test_dates_decide_between_contact_and_order() -> None:
    frame = pd.DataFrame(
        {"id": ["1", "2"], "contact_mailing_state": "CA", "account_billing_state": "NV", "last_order_ship_state": "NV",
         "contact_address_modified": ["2021-03-02", "2026-03-02"], "last_order_date": "2025-08-14"}
    )  # fmt: skip
    assert resolve(frame)["residency"].tolist() == ["NV", "CA"]


@pytest.mark.parametrize(
    ("marks", "flag"),
    [("birthdate=2014-05-01", "MINOR"), ("deceased=true", "DECEASED"), ("street=PMB 12", "FORWARDER"),
     ("street=P.O. Box 7", "PO_BOX"), ("employee=true;language=es", "EMPLOYEE")],
)  # fmt: skip
def test_person_flags(marks: str, flag: str) -> None:
    frame = pd.DataFrame({"id": ["1"], "contact_mailing_state": ["NV"], "person_flags": [marks]})
    assert flag in resolve(frame, date(2026, 11, 25))["flags"][0].split()


def test_age_is_asked_of_a_day_and_never_of_a_clock() -> None:
    frame = pd.DataFrame({"id": ["1"], "contact_mailing_state": ["NV"], "person_flags": ["birthdate=2014-05-01"]})
    assert "MINOR" not in resolve(frame)["flags"][0]
    assert "MINOR" not in resolve(frame, date(2032, 5, 1))["flags"][0]
    assert "MINOR" in resolve(frame, date(2032, 4, 30))["flags"][0]


def test_an_old_address_is_stale() -> None:
    frame = pd.DataFrame(
        {"id": ["1", "2"], "contact_mailing_state": "NV", "contact_address_modified": ["2020-01-01", "2026-01-01"]}
    )
    assert [("STALE" in f) for f in resolve(frame, date(2026, 11, 25))["flags"]] == [True, False]


def test_a_large_clean_table_is_quick() -> None:
    frame = pd.DataFrame(
        {"id": range(200_000), "contact_mailing_city": "Boise", "contact_mailing_state": "ID",
         "contact_mailing_postal": [f"83702-{i % 10_000:04d}" for i in range(200_000)], "contact_mailing_country": "US"}
    )  # fmt: skip
    got = resolve(frame)
    assert (got["residency"] == "ID").all() and (got["flags"] == "ZIP_PLUS4").all()
