"""From a read to the rows that were exposed: spelling, parents, children, replays and their differences."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa

from leakresponse.core.exposure import (
    combine_records,
    expose,
    exposures_from,
    merge_exposures,
    plan_replays,
    reconcile,
    records_of,
    resolve_reads,
)
from leakresponse.core.exposure_ids import among, later
from leakresponse.core.exposure_types import Read
from leakresponse.core.frames import EXPOSURES
from tests.support.exposure_events import (
    DESCRIBE,
    QUERY,
    USER,
    A,
    C,
    K,
    api_event,
    download,
    ids_of,
    job_rows,
    reads,
)


def test_names_are_brought_to_the_spelling_of_describe() -> None:
    (read,) = reads(api_event(1, "select id, EMAIL, account.name from contact", C[:1], 1))
    assert (read.object, read.fields) == ("Contact", ("Id", "Email", "Account.Name"))


def test_fields_of_a_parent_are_exposed_on_the_parent() -> None:
    (read,) = reads(api_event(1, "SELECT Id, Account.Name FROM Contact", C[:2], 2))
    (replay,) = plan_replays([read], DESCRIBE)
    assert "AccountId" in replay.fields
    rows = pd.DataFrame({"Id": C[:2], "Account.Name": ["x", "x"], "AccountId": [A[0], A[0]]}, dtype="str")
    exposed = exposures_from(read, rows)
    parent = exposed[exposed["object"] == "Account"]
    assert (parent["record_id"].tolist(), parent["fields"].tolist()) == ([A[0]], [["Name"]])


def test_a_bare_reference_reads_no_parent() -> None:
    (read,) = reads(api_event(1, "SELECT Id, AccountId FROM Contact", C[:1], 1))
    rows = pd.DataFrame({"Id": C[:1], "AccountId": [A[0]]}, dtype="str")
    assert set(exposures_from(read, rows)["object"]) == {"Contact"}


def test_an_owner_counts_only_where_it_is_a_user() -> None:
    (read,) = reads(api_event(1, "SELECT Id, Owner.Name FROM Contact", C[:2], 2))
    rows = pd.DataFrame({"Id": C[:2], "OwnerId": [USER, "00G000000000001AAA"]}, dtype="str")
    assert ids_of(exposures_from(read, rows), "User") == {USER}


def test_a_compound_address_exposes_its_parts() -> None:
    (read,) = reads(api_event(1, "SELECT Id, MailingAddress FROM Contact", C[:1], 1))
    assert "MailingStreet" in read.fields
    assert "MailingAddress" not in plan_replays([read], DESCRIBE)[0].fields


def test_child_rows_are_read_through_the_parents_that_the_log_names() -> None:
    query = "SELECT Id, (SELECT Subject FROM Cases) FROM Account LIMIT 2"
    parent, child = reads(api_event(1, query, A[:2], 2))
    replays = plan_replays([parent, child], DESCRIBE)
    tied = next(one for one in replays if one.object == "Case")
    assert A[0] in tied.soql and A[1] in tied.soql and "LIMIT" not in tied.soql
    rows = pd.DataFrame({"Id": K, "AccountId": [A[0], A[1], A[2]], "Subject": "x"}, dtype="str")
    assert ids_of(exposures_from(child, rows), "Case") == set(K[:2])


def test_resolving_twice_changes_nothing() -> None:
    once = reads(api_event(1, "SELECT Id, (SELECT Subject FROM Cases) FROM Account", A[:2], 2))
    assert resolve_reads(once, DESCRIBE) == once


def test_known_ids_are_asked_for_as_ids_and_unknown_ones_keep_their_limit() -> None:
    limited = "SELECT Id, Email FROM Contact ORDER BY LastName LIMIT 2"
    known, unknown = reads(api_event(1, limited, C[:2], 2)), reads(download(2, limited))
    assert "LIMIT" not in plan_replays(known, DESCRIBE)[0].soql
    assert plan_replays(unknown, DESCRIBE)[0].soql.endswith("ORDER BY LastName LIMIT 2")


def test_queries_that_differ_only_in_fields_run_once() -> None:
    found = reads(download(1, QUERY), download(2, "SELECT Id, LastName FROM Contact"))
    (replay,) = plan_replays(found, DESCRIBE)
    assert {"Email", "LastName"} <= set(replay.fields)
    assert len(replay.read_ids) == 2


def test_helper_fields_are_fetched_but_never_exposed() -> None:
    (read,) = reads(download(1, "SELECT Id, SSN__c FROM Contact"))
    (replay,) = plan_replays([read], DESCRIBE)
    assert {"Email", "LastName", "AccountId"} <= set(replay.fields)
    exposed = exposures_from(read, pd.DataFrame({name: ["x"] for name in replay.fields}))
    assert exposed["fields"].tolist() == [["Id", "SSN__c"]]


def test_a_record_that_is_gone_now_was_still_read() -> None:
    (read,) = reads(api_event(1, QUERY, C[:2], 2))
    exposed, (difference,) = expose([read], plan_replays([read], DESCRIBE), {})
    assert ids_of(exposed, "Contact") == set(C[:2])
    assert difference.explained


def test_differences_between_log_and_replay_are_explained() -> None:
    (read,) = reads(job_rows(1, rows=3), download(2, QUERY))
    assert reconcile(read, 3).explained
    assert "deleted or changed" in " ".join(reconcile(read, 2).reasons)
    assert reconcile(read, 5).difference == 2


def test_the_same_record_read_twice_is_one_row_with_all_fields() -> None:
    found = reads(download(1, QUERY), download(9, "SELECT Id, SSN__c FROM Contact"))
    merged = merge_exposures([exposures_from(read, pd.DataFrame({"Id": C[:2]}, dtype="str")) for read in found])
    assert merged["fields"].tolist() == [["Email", "Id", "SSN__c"]] * 2
    assert merged["first_seen"].iloc[0] == pd.Timestamp(2026, 11, 24, 11, 1, tz=UTC)
    assert merged["last_seen"].iloc[0] == pd.Timestamp(2026, 11, 24, 11, 9, tz=UTC)


def test_many_different_field_lists_are_united() -> None:
    when = datetime(2026, 11, 24, tzinfo=UTC)
    parts = [
        exposures_from(
            Read(
                f"r{n}",
                "rest_query",
                "Contact",
                "",
                (f"F{n}",),
                (C[0],),
                1,
                "p",
                when,
                when,
                "certain",
                "s",
                ids_complete=True,
            ),
            pd.DataFrame({"Id": C[:1]}),
        )
        for n in range(70)
    ]
    assert merge_exposures(parts)["fields"].iloc[0] == sorted(f"F{n}" for n in range(70))


def test_exposures_fit_their_schema() -> None:
    (read,) = reads(download(1, QUERY))
    for table in (exposures_from(read, pd.DataFrame({"Id": C}, dtype="str")), merge_exposures([])):
        pa.Table.from_pandas(table, schema=EXPOSURES, preserve_index=False)


def test_values_come_back_by_object_with_parents_apart() -> None:
    (read,) = reads(api_event(1, "SELECT Id, Account.Name FROM Contact", C[:2], 2))
    replays = plan_replays([read], DESCRIBE)
    rows = pd.DataFrame({"Id": C[:2], "AccountId": [A[0]] * 2, "Account.Name": ["Home"] * 2}, dtype="str")
    found = records_of([read], replays, {replays[0].replay_id: rows})
    assert found["Account"].to_dict("records") == [{"Id": A[0], "Name": "Home"}]
    assert "Account.Name" not in found["Contact"]


def test_records_of_two_replays_complete_each_other() -> None:
    first = pd.DataFrame({"Id": C[:2], "Email": ["a", "b"]}, dtype="str")
    second = pd.DataFrame({"Id": C[1:3], "LastName": ["B", "C"], "Email": ["b", "c"]}, dtype="str")
    both = combine_records(first, second).set_index("Id")
    assert both.loc[C[1], "LastName"] == "B"
    assert both.loc[C[2], "Email"] == "c"
    assert len(both) == 3


def test_no_person_data_shows_in_a_read() -> None:
    (read,) = reads(download(1, "SELECT Id FROM Contact WHERE Email = 'a@b.example'"))
    assert "a@b.example" not in repr(read)


def test_times_are_compared_as_texts_in_both_forms_and_missing_ones_are_never_later() -> None:
    moment = datetime(2026, 11, 24, 11, 1, 30, 500_000, tzinfo=UTC)
    texts = ["2026-11-24T11:01:30.500Z", "2026-11-24T11:01:30.501+0000", "2026-11-25T00:00:00.000Z", None]
    assert later(pd.Series(texts, dtype="str"), moment).tolist() == [False, True, True, False]


def test_membership_of_missing_values_is_false() -> None:
    assert among(pd.Series(["a", None, "b"], dtype="str"), ["a"]).tolist() == [True, False, False]
    assert among(pd.Series([], dtype="str"), ["a"]).tolist() == []
