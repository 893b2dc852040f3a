"""The truth about reads: what was received, and which elements those records really held."""

from __future__ import annotations

import pandas as pd

from leakresponse.rehearsal.answer import people_of, reads_of
from leakresponse.rehearsal.client import Received


def record(object_name, record_id, **fields):
    url = f"/services/data/v58.0/sobjects/{object_name}/{record_id}"
    return {"attributes": {"type": object_name, "url": url}, **fields}


def test_a_record_seen_twice_is_one_read_with_the_fields_of_both():
    got = Received()
    got.add("Contact", pd.DataFrame({"Id": ["a", "b"], "Email": ["x", ""]}))
    got.add("Contact", pd.DataFrame({"Id": ["b"], "Phone": ["1"]}))
    reads = reads_of(got).set_index("record_id")["fields"]
    assert reads["a"] == ["Email", "Id"]
    assert reads["b"] == ["Email", "Id", "Phone"]


def test_parents_and_children_in_a_rest_answer_are_records_of_their_own():
    parent = record("Account", "001RH0000000001YAA", Name="Grant Household")
    child = record("Case", "500RH0000000001YAA", Subject="Where?")
    got = Received()
    got.add_json([record("Contact", "003RH0000000001YAA", Email="x", Account=parent,
                         Cases={"totalSize": 1, "done": True, "records": [child]})])  # fmt: skip
    reads = reads_of(got).set_index("object")["fields"]
    assert reads["Account"] == ["Id", "Name"]
    assert reads["Case"] == ["Id", "Subject"]
    assert reads["Contact"] == ["Email", "Id"]


def test_counts_are_no_records():
    got = Received()
    got.add_json([{"attributes": {"type": "AggregateResult"}, "expr0": 5}])
    assert reads_of(got).empty


def test_a_field_without_a_value_is_read_but_is_no_element(population):
    contacts = population.tables["Contact"]
    with_ssn, without = contacts["SSN__c"].notna().idxmax(), contacts["SSN__c"].isna().idxmax()
    got = Received()
    got.add("Contact", contacts.loc[[with_ssn, without], ["Id", "SSN__c"]])
    people = people_of(got, population)
    assert sorted(len(some) for some in people["elements"]) == [0, 1]
    assert reads_of(got)["fields"].map(lambda fields: "SSN__c" in fields).all()


def test_only_humans_whose_records_came_are_exposed(population):
    got = Received()
    got.add("Case", population.tables["Case"].loc[:9, ["Id", "Subject"]])
    people = people_of(got, population)
    assert set(people["record_ids"].explode()) == set(population.tables["Case"]["Id"][:10])
    assert all(not some for some in people["elements"])


def test_a_number_in_a_text_counts_only_where_the_text_was_read(population):
    case = population.findings.loc[population.findings["kind"] == "ssn", "record_id"].iloc[0]
    cases = population.tables["Case"].set_index("Id", drop=False).loc[[case]]
    for fields, expected in ((["Id", "Subject"], []), (["Id", "Description"], ["ssn"])):
        got = Received()
        got.add("Case", cases[fields])
        assert people_of(got, population)["elements"].iloc[0] == expected
