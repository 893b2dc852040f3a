"""What a record says of a person, in a form that can be compared.

Values that many share or that are nobody's are left out, since they would make strangers alike: telephone numbers
kept for fiction (555-0100 to 555-0199, NANPA), placeholder names, mailboxes made of the name alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leakresponse.core.exposure_ids import matching
from leakresponse.core.people_nodes import normal_email, normal_name, text

PROFILE_COLUMNS: Final = ("given", "family", "birthdate", "zip5", "street", "phone", "number", "email")
#: Fields in the order in which they are believed, by column of a profile. Person Accounts carry theirs on Account.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "given": ("FirstName",),
    "family": ("LastName",),
    "birthdate": ("Birthdate", "PersonBirthdate", "BirthDate", "Birthdate__c", "Date_of_Birth__c"),
    "zip5": ("MailingPostalCode", "PersonMailingPostalCode", "PostalCode", "BillingPostalCode", "ShippingPostalCode"),
    "street": ("MailingStreet", "PersonMailingStreet", "Street", "BillingStreet", "ShippingStreet"),
    "phone": ("Phone", "MobilePhone", "PersonMobilePhone", "HomePhone", "SuppliedPhone", "Phone__c"),
    "number": ("SSN__c", "Social_Security_Number__c"),
    "email": ("Email", "PersonEmail", "SuppliedEmail", "Email__c"),
}
#: Where a whole name is written; of a custom object only where it reads as one.
WHOLE: Final = ("Name", "SuppliedName", "Full_Name__c")
_READS_AS_NAME: Final = r"^\p{L}[\p{L}'’.-]*(?: \p{L}[\p{L}'’.-]*)+$"
_STREET_WORDS: Final = (
    ("street", "st"), ("avenue", "ave"), ("road", "rd"), ("drive", "dr"), ("lane", "ln"), ("boulevard", "blvd"),
    ("court", "ct"), ("place", "pl"), ("apartment", "apt"), ("suite", "ste"), ("north", "n"), ("south", "s"),
    ("east", "e"), ("west", "w"),
)  # fmt: skip


def profiles_of_records(object_name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """(id, PROFILE_COLUMNS) of each record, "" for unknown.

    A household's account is about several people, so only a Person Account speaks here.
    """
    if object_name == "Account":
        frame = frame[text(frame, "IsPersonAccount").str.lower() == "true"]
    out = pd.DataFrame({"id": text(frame, "Id")})
    for column, fields in FIELDS.items():
        out[column] = _first(frame, fields)
    whole = _first(frame, WHOLE)
    split = (out["family"] == "") & matching(whole, _READS_AS_NAME)
    out["family"] = out["family"].mask(split, whole.str.rsplit(" ", n=1).str[-1])
    out["given"] = out["given"].mask(split, whole.str.split(" ", n=1).str[0])
    return _normalised(out)


def _first(frame: pd.DataFrame, fields: tuple[str, ...]) -> pd.Series:
    value = pd.Series("", index=frame.index, dtype="str")
    for field in fields:
        if field in frame:
            value = value.where(value != "", text(frame, field))
    return value


def _normalised(out: pd.DataFrame) -> pd.DataFrame:
    out["given"], out["family"] = normal_name(out["given"]), normal_name(out["family"])
    out["email"] = normal_email(out["email"])
    out["birthdate"] = out["birthdate"].str.slice(0, 10)
    out["birthdate"] = out["birthdate"].where(matching(out["birthdate"], r"^(19|20)\d\d-\d\d-\d\d$"), "")
    postal = _digits(out["zip5"])
    out["zip5"] = postal.str.slice(0, 5).where(postal.str.len() >= 5, postal.str.zfill(5).where(postal != "", ""))
    out["street"] = _street(out["street"])
    out["phone"] = _phone(out["phone"])
    number = _digits(out["number"])
    out["number"] = number.where(matching(number, r"^\d{9}$") & ~matching(number, r"^(000|666|9)|0000$"), "")
    return out


def _street(values: pd.Series) -> pd.Series:
    plain = pa.array(normal_name(values), type=pa.large_string())
    for long, short in _STREET_WORDS:
        plain = pc.replace_substring_regex(plain, rf"\b{long}\b", short)
    return pd.Series(plain.to_pylist(), index=values.index, dtype="str")


def _phone(values: pd.Series) -> pd.Series:
    """The last ten digits of a US number; nobody's where it is kept for fiction or has no area."""
    digits = _digits(values).str.slice(-10)
    fits: npt.NDArray[Any] = matching(digits, r"^[2-9]\d{2}[2-9]\d{6}$") & ~matching(digits, r"55501\d\d$")
    return digits.where(fits, "")


def _digits(values: pd.Series) -> pd.Series:
    bare = pc.replace_substring_regex(pa.array(values, type=pa.large_string()), r"\.0$|\D", "")
    return pd.Series(bare.to_pylist(), index=values.index, dtype="str")
