"""What is known of how to reach a person, and where they live: evidence for residency, and one block for a letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from leakresponse.core.people_nodes import text

EVIDENCE_COLUMNS = ("person_id", "kind", "date", "street", "city", "state", "state_code", "postal", "country")
#: Object to its address blocks: the kind of evidence, the prefix of the fields, and the field that dates it.
BLOCKS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "Contact": (("mailing", "Mailing", "LastModifiedDate"), ("other", "Other", "LastModifiedDate")),
    "Lead": (("lead", "", "LastModifiedDate"),),
    "User": (("mailing", "", "LastModifiedDate"),),
    "Account": (("billing", "Billing", "LastModifiedDate"), ("shipping", "Shipping", "LastModifiedDate")),
    "Order": (("billing", "Billing", "EffectiveDate"), ("shipping", "Shipping", "EffectiveDate")),
}
#: Which address a letter goes to, first to last.
LETTER_ORDER = ("mailing", "other", "billing", "lead", "shipping")
_PARTS = {"street": "Street", "city": "City", "state": "State", "postal": "PostalCode", "country": "Country"}


def blocks_of(records: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Every address block that holds something, one row each: `id` of its record, kind, date and parts."""
    found = [block for name, frame in records.items() for block in _blocks(name, frame)]
    columns = ["id", *EVIDENCE_COLUMNS[1:]]
    if not found:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    return pd.concat(found, ignore_index=True)[columns]


def has_address(frame: pd.DataFrame, object_name: str) -> pd.Series:
    """Whether a record has any block that says where: a country alone does not."""
    found = pd.Series(False, index=frame.index)
    for _kind, prefix, _date in BLOCKS.get(object_name, ()):
        for part in ("Street", "City", "State", "PostalCode"):
            found |= text(frame, f"{prefix}{part}") != ""
    return found


def evidence_of(members: pd.DataFrame, blocks: pd.DataFrame) -> pd.DataFrame:
    """Address evidence per person; `members` has `person_id` and `id` of every record that speaks for a person."""
    joined = members.merge(blocks, on="id", how="inner").drop_duplicates(list(EVIDENCE_COLUMNS))
    return joined[list(EVIDENCE_COLUMNS)].reset_index(drop=True)


def letter_addresses(evidence: pd.DataFrame) -> pd.DataFrame:
    """One address per person, whole as it stands: the first kind of LETTER_ORDER that has a street, newest first."""
    usable = evidence[(evidence["street"] != "") | (evidence["postal"] != "")]
    rank = usable["kind"].map({kind: place for place, kind in enumerate(LETTER_ORDER)})
    bare = (usable["street"] == "").astype("int64")
    ordered = usable.assign(rank=rank, bare=bare).sort_values("date", ascending=False, kind="stable")
    ordered = ordered.sort_values(["bare", "rank"], kind="stable")
    return ordered.drop_duplicates("person_id").rename(columns={"postal": "postal_code"})


def _blocks(name: str, frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for kind, prefix, dated in BLOCKS.get(name, ()):
        block = pd.DataFrame({part: text(frame, f"{prefix}{suffix}") for part, suffix in _PARTS.items()})
        block["state_code"] = text(frame, f"{prefix}StateCode")
        block["id"] = text(frame, "Id")
        block["kind"] = pd.Series(kind, index=frame.index, dtype="str")
        block["date"] = text(frame, dated).str.slice(0, 10)
        said = (block[["street", "city", "state", "postal", "country", "state_code"]] != "").any(axis=1)
        yield block[said]
