"""People found partition by partition are the people found over everything at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from leakresponse.core import frames
from leakresponse.core.exposure import merge_exposures
from leakresponse.core.people import missing_links, people_of, with_residency
from leakresponse.core.residency import resolve_evidence
from leakresponse.core.scope_engine import Plan, Settings, Source, finish, lookups_in, people_in, prepare
from leakresponse.core.scope_engine_exposures import COMPACT_FILE, Exposures
from leakresponse.core.scope_engine_files import read_group, read_table, write_tables
from leakresponse.core.scope_engine_groups import Ties, hashes_of, split
from leakresponse.core.types import FieldInfo, ObjectInfo
from leakresponse.ledger import CaseFiles

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
            found.append(Source(name, place, len(some)))
    return found


def planned(
    folder: Path, rows_each: int, exposures: pd.DataFrame, records: dict[str, pd.DataFrame]
) -> tuple[CaseFiles, Plan]:
    folder.mkdir()
    files = CaseFiles(folder)
    found = Exposures()
    found.add(exposures)
    found.write(files)
    return files, prepare(files, stored(files, records), COMPACT_FILE, DESCRIBE, Settings(DAY, "Harbor", rows_each))


@pytest.mark.parametrize("rows_each", [10_000, 11])
def test_partitions_find_the_people_of_the_whole(tmp_path, rows_each):
    exposures, records = shop()
    people, recipients, addresses = people_of(exposures, records, DESCRIBE, default_entity="Harbor", as_of=DAY)
    whole = with_residency(people, resolve_evidence(addresses, as_of=DAY))
    files, plan = planned(tmp_path / "case", rows_each, exposures, records)
    counts = finish(files, plan, [people_in(files, plan, n) for n in range(plan.partitions)])
    assert plan.partitions == (1 if rows_each == 10_000 else 13)
    assert read_table(files, "people.parquet").equals(frames.table_of(whole, frames.PEOPLE))
    assert read_table(files, "recipients.parquet").equals(frames.table_of(recipients, frames.RECIPIENTS))
    assert counts.people == len(whole) and counts.states == whole["residency"].value_counts().to_dict()


def test_partitions_ask_for_what_the_whole_would_ask(tmp_path):
    exposures, records = shop()
    del records["Account"]
    files, plan = planned(tmp_path / "case", 11, exposures, records)
    want = {
        (one.object, one.column, value) for one in missing_links(exposures, records, DESCRIBE) for value in one.values
    }
    asked = [one for n in range(plan.partitions) for one in lookups_in(files, plan, n)]
    assert want and {(one.object, one.column, value) for one in asked for value in one.values} == want
    assert sum(len(one.values) for one in asked) == len(want)


def test_what_an_earlier_page_lacks_a_later_one_fills_in(tmp_path):
    exposures, records = shop()
    thin = {"Contact": records["Contact"][["Id", "Name"]]}
    files, plan = planned(tmp_path / "case", 11, exposures, thin)
    sources = [*stored(files, {"Contact": thin["Contact"]}), *_renamed(files, records)]
    plan = prepare(files, sources, COMPACT_FILE, DESCRIBE, plan.settings)
    counts = finish(files, plan, [people_in(files, plan, n) for n in range(plan.partitions)])
    people = people_of(exposures, records, DESCRIBE, as_of=DAY)[0]
    assert counts.elements == people["elements"].explode().value_counts().to_dict()


def _renamed(files: CaseFiles, records: dict[str, pd.DataFrame]) -> list[Source]:
    later = CaseFiles(files.folder / "later")
    return [Source(one.object, f"later/{one.name}", one.rows) for one in stored(later, records)]


def test_exposures_of_many_pages_are_one_row_per_record_and_channel(tmp_path):
    exposures, records = shop()
    again = given("Contact", records["Contact"]["Id"][:9], ["Id", "Phone"], "bulk", "possible")
    found = Exposures()
    for part in (exposures.iloc[:20], exposures.iloc[20:], again):
        found.add(part)
    found.write(CaseFiles(tmp_path))
    want = merge_exposures([exposures, again])
    keys = ["object", "record_id", "channel", "principal"]
    got = read_table(CaseFiles(tmp_path), "exposures.parquet").to_pandas().sort_values(keys, ignore_index=True)
    want = want.assign(fields=want["fields"].map(sorted)).sort_values(keys, ignore_index=True)
    assert got.assign(fields=got["fields"].map(sorted))["fields"].to_list() == want["fields"].to_list()
    assert got[["record_id", "certainty"]].to_dict() == want[["record_id", "certainty"]].to_dict()


def test_what_hangs_together_over_several_steps_is_in_one_partition():
    exposures, records = shop()
    ties = Ties()
    for name, frame in records.items():
        ties.add_records(DESCRIBE[name], frame)
    ties.add_ids(exposures["record_id"])
    groups = ties.partitions(50)
    contacts = records["Contact"]
    for _email, same in contacts[contacts["Email"] != ""].groupby("Email"):
        assert len(set(groups.of(same["Id"]))) == 1
    tied = records["Case"][records["Case"]["ContactId"].isin(contacts["Id"])]
    assert (groups.of(tied["Id"]) == groups.of(tied["ContactId"])).all()


def test_a_file_of_slices_has_every_partition_even_an_empty_one(tmp_path):
    table = pa.table({"Id": ["a", "b", "c"]})
    write_tables(CaseFiles(tmp_path), "x.parquet", table.schema, split(table, np.array([2, 0, 2], dtype=np.int32), 4))
    slices = [read_group(CaseFiles(tmp_path), "x.parquet", n)["Id"].to_pylist() for n in range(4)]
    assert slices == [["b"], [], ["a", "c"], []]


def test_equal_texts_have_equal_hashes():
    first, second = hashes_of(pd.Series(["a", "b"])), hashes_of(pd.Series(["b", "a"]))
    assert list(first) == list(second[::-1]) and first[0] != first[1]
