"""What is known of how to reach a person, and where they live: evidence for residency, and one block for a letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from leakresponse.core.address_fields import CUSTOM
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
    found += [_custom_block(frame) for name, frame in records.items() if name not in BLOCKS]
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


def _custom_block(frame: pd.DataFrame) -> pd.DataFrame:
    """What the custom fields of a record say of where its person lives; of several fields for a part the first."""
    fields = {part: next((f for f in map(str, frame) if pattern.match(f)), "") for part, pattern in CUSTOM.items()}
    return _told(frame, fields, "", "other", "LastModifiedDate")


def _blocks(name: str, frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for kind, prefix, dated in BLOCKS.get(name, ()):
        fields = {part: f"{prefix}{suffix}" for part, suffix in _PARTS.items()}
        yield _told(frame, fields, f"{prefix}StateCode", kind, dated)


def _told(frame: pd.DataFrame, fields: Mapping[str, str], code: str, kind: str, dated: str) -> pd.DataFrame:
    """Rows of one block that say anything; `fields` names the field of each part, "" where there is none."""
    block = pd.DataFrame({part: text(frame, field) for part, field in fields.items()})
    block["state_code"] = text(frame, code)
    block["id"] = text(frame, "Id")
    block["kind"] = pd.Series(kind, index=frame.index, dtype="str")
    block["date"] = text(frame, dated).str.slice(0, 10)
    said = (block[[*_PARTS, "state_code"]] != "").any(axis=1)
    return block[said]
