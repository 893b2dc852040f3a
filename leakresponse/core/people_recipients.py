"""How each person is addressed: name, e-mail, birth date and letter address, from the record believed first."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from leakresponse.core.elements import names_a_person
from leakresponse.core.people_addresses import letter_addresses
from leakresponse.core.people_nodes import HOUSEHOLD, text
from leakresponse.core.types import ObjectInfo


def recipients_of(
    spoken: pd.DataFrame,
    records: Mapping[str, pd.DataFrame],
    evidence: pd.DataFrame,
    describe: Mapping[str, ObjectInfo],
) -> pd.DataFrame:
    """Name, e-mail, birth date and letter address of each person, each from the record believed first."""
    out = spoken[["person_id"]].drop_duplicates(ignore_index=True)
    named = frozenset(name for name, info in describe.items() if name == HOUSEHOLD or names_a_person(info))
    wanted = {
        "name": ("Name", "SuppliedName"), "email": ("Email", "SuppliedEmail", "Email__c"),
        "birthdate": ("Birthdate", "Birthdate__c"),
    }  # fmt: skip
    for column, fields in wanted.items():
        out = out.merge(best_value(spoken, records, column, fields, named), on="person_id", how="left")
    letters = letter_addresses(evidence)
    parts = ["street", "city", "state", "postal_code", "country"]
    out = out.merge(letters[["person_id", *parts]], on="person_id", how="left")
    columns = ["person_id", "name", "email", *parts, "birthdate"]
    return out[columns].fillna("").sort_values("person_id", ignore_index=True)


def best_value(
    spoken: pd.DataFrame,
    records: Mapping[str, pd.DataFrame],
    column: str,
    fields: tuple[str, ...],
    named: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """`named` are the objects whose Name is a person's or a household's."""
    values = values_of(records, column, fields, named)
    return spoken.merge(values, on="id").drop_duplicates("person_id")[["person_id", column]]


def values_of(
    records: Mapping[str, pd.DataFrame], column: str, fields: tuple[str, ...], named: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """(id, column) of every record that has one of the fields filled, the first that is."""
    parts = []
    for name, frame in records.items():
        usable = [field for field in fields if field in frame and (field != "Name" or name in named)]
        value = pd.Series("", index=frame.index, dtype="str")
        for field in reversed(usable):
            found = text(frame, field)
            value = found.where(found != "", value)
        parts.append(pd.DataFrame({"id": text(frame, "Id"), column: value})[value != ""])
    if not parts:
        return pd.DataFrame({"id": pd.Series(dtype="str"), column: pd.Series(dtype="str")})
    return pd.concat(parts, ignore_index=True).drop_duplicates("id")
