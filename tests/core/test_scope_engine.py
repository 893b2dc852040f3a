"""People found partition by partition are the people found over everything at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from leakresponse.core import frames
from leakresponse.core.exposure import merge_exposures
from leakresponse.core.people import missing_links, people_of, with_residency
from leakresponse.core.residency import resolve_evidence
from leakresponse.core.scope_engine import Source, finish, lookups, lookups_in, people_in, prepare
from leakresponse.core.scope_engine_exposures import COMPACT_FILE, Exposures
from leakresponse.core.scope_engine_files import read_group, read_table, write_tables
from leakresponse.core.scope_engine_groups import Ties, hashes_of, split
from leakresponse.ledger import CaseFiles
from tests.support.scope_shop import DAY, DESCRIBE, given, planned, shop, stored


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
    counted = [lookups_in(files, plan, n) for n in range(plan.partitions)]
    asked = lookups(files, plan)
    assert want and {(one.object, one.column, value) for one in asked for value in one.values} == want
    assert sum(counted) == sum(len(one.values) for one in asked) == len(want)


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
    return [Source(one.object, f"later/{one.name}", one.rows, one.bytes) for one in stored(later, records)]


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
