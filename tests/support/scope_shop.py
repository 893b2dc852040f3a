"""A small shop's records for the scope engine: shared mailboxes, households, web forms, and records that are gone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from leakresponse.core.exposure import merge_exposures
from leakresponse.core.scope_engine import Plan, Settings, Source, prepare
from leakresponse.core.scope_engine_exposures import COMPACT_FILE, Exposures
from leakresponse.core.scope_engine_files import write_tables
from leakresponse.core.types import FieldInfo, ObjectInfo
from leakresponse.ledger import CaseFiles
from leakresponse.ledger.evidence import Codec

DAY = date(2026, 11, 28)
_TYPES = {"Email": "email", "SuppliedEmail": "email", "Description": "textarea", "Birthdate": "date"}
_TO = {"AccountId": "Account", "ContactId": "Contact"}


def info(name: str, prefix: str, *fields: str) -> ObjectInfo:
    made = [
        FieldInfo(one, one, "reference", (_TO[one],), one.removesuffix("Id"))
        if one in _TO
        else FieldInfo(one, one, _TYPES.get(one, "string"))
        for one in fields
    ]
    return ObjectInfo(name, prefix, {one.name: one for one in (FieldInfo("Id", "ID", "id"), *made)})


ADDRESS = ("MailingStreet", "MailingCity", "MailingState", "MailingPostalCode", "MailingCountry")
DESCRIBE = {
    one.name: one
    for one in (
        info("Account", "001", "Name", "BillingStreet", "BillingState", "BillingPostalCode", "Brand__c"),
        info("Contact", "003", "Name", "Email", *ADDRESS, "Birthdate", "SSN__c", "AccountId"),
        info("Case", "500", "Subject", "Description", "SuppliedName", "SuppliedEmail", "ContactId", "AccountId"),
        info("Lead", "00Q", "Name", "Email", "State", "PostalCode"),
    )
}


def shop(size: int = 60, seed: int = 3) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Exposures and records with shared mailboxes, households, web forms, doubles, and records that are gone."""
    rng = np.random.default_rng(seed)
    n = np.arange(size)
    contacts = pd.DataFrame(
        {
            "Id": [f"003{i:015}" for i in n],
            "Name": [f"Ann {'ABC'[i % 3]}{i // 4}" for i in n],
            "Email": [f"p{i // 2}@x.example" if i % 5 else "" for i in n],
            "MailingStreet": "1 Main St",
            "MailingCity": "",
            "MailingState": rng.choice(["CA", "TX", ""], size),
            "MailingPostalCode": "",
            "MailingCountry": "",
            "Birthdate": [f"{1960 + i}-03-04" if i % 3 else "" for i in n],
            "SSN__c": ["219-09-9999" if i % 7 == 0 else "" for i in n],
            "AccountId": [f"001{i // 3:015}" if i % 2 else "" for i in n],
        }
    )
    cases = pd.DataFrame(
        {
            "Id": [f"500{i:015}" for i in n],
            "Subject": "Help",
            "Description": ["my card 4111 1111 1111 1111" if i % 9 == 0 else "hi" for i in n],
            "SuppliedName": [f"Bob {i // 3}" for i in n],
            "SuppliedEmail": [f"form{i // 3}@x.example" for i in n],
            "ContactId": [f"003{i * 2:015}" if i % 4 == 0 else "" for i in n],
            "AccountId": "",
        }
    )
    accounts = pd.DataFrame(
        {
            "Id": [f"001{i:015}" for i in range(size // 3)],
            "Name": "Home",
            "BillingStreet": "2 Oak",
            "BillingState": "ME",
            "BillingPostalCode": "04101",
            "Brand__c": ["Pine" if i % 2 else "" for i in range(size // 3)],
        }
    )
    records = {
        name: frame.astype("str") for name, frame in (("Contact", contacts), ("Case", cases), ("Account", accounts))
    }
    parts = [
        given("Contact", records["Contact"]["Id"][: size // 2], ["Id", "Name", "Email", "SSN__c"], "bulk"),
        given("Contact", records["Contact"]["Id"][size // 3 :], ["Id", "Birthdate", *ADDRESS], "rest", "possible"),
        given("Case", records["Case"]["Id"], ["Id", "Subject", "Description", "SuppliedEmail", "SuppliedName"], "bulk"),
        given("Case", pd.Series(["500999999999999999"]), ["Id", "Subject"], "bulk"),
        given("Account", records["Account"]["Id"][:4], ["Id", "Name", "BillingStreet"], "bulk"),
    ]
    return merge_exposures(parts), records


def given(name: str, ids: pd.Series, fields: list[str], channel: str, certainty: str = "certain") -> pd.DataFrame:
    """Exposures of one read."""
    size, when = len(ids), pd.Timestamp("2026-11-24T11:00:00Z")
    frame = pd.DataFrame(
        {
            "object": [name] * size,
            "record_id": ids.to_list(),
            "fields": pd.Series([fields] * size, dtype=object),
            "channel": channel,
            "principal": "Drift",
            "first_seen": when,
            "last_seen": when,
            "certainty": certainty,
        }
    )
    texts = dict.fromkeys(("object", "record_id", "channel", "principal", "certainty"), "str")
    return frame.astype(texts | dict.fromkeys(("first_seen", "last_seen"), "datetime64[us, UTC]"))


def stored(files: CaseFiles, records: dict[str, pd.DataFrame], pages: int = 2) -> list[Source]:
    """Records as result pages."""
    found = []
    for name, frame in records.items():
        for number, some in enumerate(np.array_split(np.arange(len(frame)), pages)):
            table = pa.Table.from_pandas(frame.iloc[some].replace("", None), preserve_index=False)
            place = f"work/{name}-{number}.parquet"
            write_tables(
                files,
                place,
                pa.schema([(c, pa.string()) for c in table.column_names]),
                [table.cast(pa.schema([(c, pa.string()) for c in table.column_names]))],
            )
            found.append(Source(name, place, len(some), table.nbytes))
    return found


def planned(
    folder: Path, rows_each: int, exposures: pd.DataFrame, records: dict[str, pd.DataFrame], codec: Codec | None = None
) -> tuple[CaseFiles, Plan]:
    """A case with these exposures and records, laid out in partitions of so many records."""
    folder.mkdir()
    files = CaseFiles(folder, codec)
    found = Exposures()
    found.add(exposures)
    found.write(files)
    return files, prepare(files, stored(files, records), COMPACT_FILE, DESCRIBE, Settings(DAY, "Harbor", rows_each))
