"""From labelled events to exposed records: every record that was read, and none other, with honest bounds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pytest

from leakresponse.core.events import concat_events, normalise_elf, normalise_rtem
from leakresponse.core.exposure import (
    combine_records,
    expose,
    exposures_from,
    merge_exposures,
    plan_replays,
    reads_of,
    reconcile,
    records_of,
    resolve_reads,
)
from leakresponse.core.exposure_ids import among
from leakresponse.core.exposure_types import Read
from leakresponse.core.frames import EXPOSURES
from leakresponse.core.types import FieldInfo, ObjectInfo

USER = "005000000000001AAA"
KEYS = {"USER_ID_DERIVED": USER, "SESSION_KEY": "s1", "LOGIN_KEY": "l1", "CLIENT_IP": "208.68.36.90"}
JOB = "750000000000001AAA"
C = [f"00300000000000{n}AAA" for n in range(1, 6)]
A = [f"00100000000000{n}AAA" for n in range(1, 4)]
K = [f"50000000000000{n}AAA" for n in range(1, 4)]


def info(name: str, prefix: str, *fields: FieldInfo) -> ObjectInfo:
    return ObjectInfo(name, prefix, {one.name: one for one in (FieldInfo("Id", "ID", "id"), *fields)})


def reference(name: str, target: str, relationship: str) -> FieldInfo:
    return FieldInfo(name, name, "reference", (target,), relationship)


DESCRIBE = {
    one.name: one
    for one in (
        info("Account", "001", FieldInfo("Name", "Account Name", "string"), FieldInfo("Phone", "Phone", "phone")),
        info(
            "Contact",
            "003",
            FieldInfo("LastName", "Last Name", "string"),
            FieldInfo("Email", "Email", "email"),
            FieldInfo("SSN__c", "SSN", "string"),
            FieldInfo("MailingAddress", "Mailing Address", "address"),
            FieldInfo("MailingStreet", "Mailing Street", "textarea"),
            reference("AccountId", "Account", "Account"),
            FieldInfo("OwnerId", "Owner", "reference", ("Group", "User"), "Owner"),
        ),
        info(
            "Case",
            "500",
            FieldInfo("Subject", "Subject", "string"),
            FieldInfo("Description", "Description", "textarea"),
            reference("ContactId", "Contact", "Contact"),
            reference("AccountId", "Account", "Account"),
        ),
    )
}


def at(minute: int, second: int = 0) -> str:
    return f"2026-11-24T11:{minute:02d}:{second:02d}.000Z"


def elf(event_type: str, *rows: dict[str, str]) -> pd.DataFrame:
    return normalise_elf(
        event_type, pd.DataFrame([{**KEYS, **row} for row in rows], dtype="str").fillna(""), "f"
    ).events


def api_event(minute: int, query: str, ids: Sequence[str] | None, rows: int, operation: str = "Query") -> pd.DataFrame:
    records = json.dumps({"recordIds": list(ids)}) if ids is not None else None
    row = {
        "EventDate": at(minute), "UserId": USER, "SessionKey": "s1", "LoginKey": "l1", "Operation": operation,
        "Query": query, "RowsReturned": float(rows), "RowsProcessed": 4500.0, "Records": records,
    }  # fmt: skip
    return normalise_rtem("ApiEvent", [row]).events


def download(minute: int, query: str, session: str = "s1") -> pd.DataFrame:
    row = {"EventDate": at(minute), "UserId": USER, "SessionKey": session, "LoginKey": "l1", "Query": query}
    return normalise_rtem("BulkApiResultEventStore", [row]).events


def job_rows(
    minute: int, *, job: str = JOB, entity: str = "Contact", rows: int = 3, end: str = "Deleted", length: int = 1
) -> pd.DataFrame:
    state = {"JOB_ID": job, "ENTITY_TYPE": entity, "OPERATION_TYPE": "query"}
    return elf(
        "BulkApi2",
        {**state, "TIMESTAMP_DERIVED": at(minute), "JOB_STATUS": "UploadComplete"},
        {
            **state,
            "TIMESTAMP_DERIVED": at(minute + length),
            "JOB_STATUS": "JobComplete",
            "RECORDS_PROCESSED": str(rows),
        },
        {**state, "TIMESTAMP_DERIVED": at(minute + length, 50), "JOB_STATUS": end},
    )


def rest(minute: int, uri: str, method: str = "GET", status: str = "200", **more: str) -> pd.DataFrame:
    return elf(
        "RestApi", {"TIMESTAMP_DERIVED": at(minute), "URI": uri, "METHOD": method, "STATUS_CODE": status, **more}
    )


def reads(*parts: pd.DataFrame, label: str = "attack") -> list[Read]:
    events = concat_events(list(parts)).assign(label=label)
    return resolve_reads(reads_of(events), DESCRIBE)


def ids_of(exposed: pd.DataFrame, name: str) -> set[str]:
    return set(exposed.loc[exposed["object"] == name, "record_id"])


QUERY = "SELECT Id, Email FROM Contact"


def test_a_deleted_job_is_read_with_the_query_of_its_download() -> None:
    (read,) = reads(job_rows(1), download(2, QUERY))
    assert (read.object, read.fields, read.job_id, read.certainty) == ("Contact", ("Id", "Email"), JOB, "certain")
    assert read.expected_rows == 3
    assert any("deleted" in note for note in read.notes)


def test_a_job_without_a_recorded_download_is_possible() -> None:
    unique = elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": QUERY})
    (read,) = reads(job_rows(1), unique)
    assert (read.certainty, read.fields) == ("possible", ("Id", "Email"))


def test_a_result_call_that_names_the_job_proves_the_download() -> None:
    unique = elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": QUERY})
    usage = elf(
        "ApiTotalUsage",
        {"TIMESTAMP_DERIVED": at(2), "API_RESOURCE": f"/v67.0/jobs/query/{JOB}/results", "STATUS_CODE": "200"},
    )
    usage["uri"] = f"/services/data/v67.0/jobs/query/{JOB}/results"
    assert [read.certainty for read in reads(job_rows(1), unique, usage)] == ["certain"]


def test_two_jobs_on_one_object_each_get_their_own_query() -> None:
    other = "SELECT Id, SSN__c FROM Contact WHERE SSN__c != null"
    second = "750000000000002AAA"
    found = reads(
        job_rows(1), download(2, QUERY),
        job_rows(10, job=second), download(11, other),
        elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": QUERY},
            {"TIMESTAMP_DERIVED": at(10), "QUERY_IDENTIFIER": other}),
    )  # fmt: skip
    assert {read.job_id: read.fields for read in found} == {JOB: ("Id", "Email"), second: ("Id", "SSN__c")}
    assert {read.certainty for read in found} == {"certain"}


def test_a_job_deleted_unread_takes_no_download_of_a_later_job() -> None:
    other = "SELECT Id, LastName FROM Contact"
    second = "750000000000002AAA"
    texts = [{"TIMESTAMP_DERIVED": at(m), "QUERY_IDENTIFIER": q} for m, q in ((1, QUERY), (10, other))]
    found = reads(job_rows(1), job_rows(10, job=second), download(11, other), elf("UniqueQuery", *texts))
    assert {read.job_id: (read.fields[1], read.certainty) for read in found} == {
        JOB: ("Email", "possible"),
        second: ("LastName", "certain"),
    }


def test_hidden_literals_at_creation_are_filled_in_by_the_download() -> None:
    whole = "SELECT Id, Email FROM Contact WHERE LastName = 'Lee'"
    hidden = elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": whole.replace("'Lee'", ":name")})
    (read,) = reads(job_rows(1), hidden, download(2, whole))
    assert (read.query, read.certainty) == (whole, "certain")


def test_a_failed_job_gave_nothing() -> None:
    state = {"JOB_ID": JOB, "ENTITY_TYPE": "Contact", "OPERATION_TYPE": "query", "TIMESTAMP_DERIVED": at(1)}
    assert reads(elf("BulkApi2", {**state, "JOB_STATUS": "Failed"})) == []


def test_a_job_whose_query_no_log_tells_leaves_every_field_possible() -> None:
    (read,) = reads(job_rows(1))
    assert read.certainty == "possible"
    assert "SSN__c" in read.fields


def test_a_download_without_any_job_row_still_counts() -> None:
    (read,) = reads(download(2, QUERY))
    assert (read.certainty, read.expected_rows) == ("certain", None)


def test_pages_are_added_by_rows_returned_and_ids_decide() -> None:
    found = reads(api_event(1, QUERY, C[:2], 2), api_event(2, QUERY, C[2:3], 1, "QueryMore"))
    assert [(read.expected_rows, read.ids_complete, read.record_ids) for read in found] == [(3, True, tuple(C[:3]))]


def test_only_the_first_page_of_a_long_query_was_read() -> None:
    (read,) = reads(api_event(1, QUERY, C[:2], 2))
    exposed = exposures_from(read, pd.DataFrame({"Id": C, "Email": "x"}))
    assert ids_of(exposed, "Contact") == set(C[:2])


def test_fewer_ids_than_rows_is_a_gap_that_is_told_and_bounded() -> None:
    (read,) = reads(api_event(1, QUERY, C[:2], 4))
    exposed = exposures_from(read, pd.DataFrame({"Id": C}))
    assert dict(zip(exposed["record_id"], exposed["certainty"], strict=True)) == {
        **dict.fromkeys(C[:2], "certain"),
        **dict.fromkeys(C[2:], "possible"),
    }
    assert any("2 of 4" in note for note in read.notes)


@pytest.mark.parametrize(
    "query", ["SELECT COUNT() FROM Contact", "SELECT LastName, COUNT(Id) FROM Contact GROUP BY LastName"]
)
def test_counts_and_aggregates_expose_no_records(query: str) -> None:
    (read,) = reads(api_event(1, query, None, 1))
    assert plan_replays([read], DESCRIBE) == []
    assert exposures_from(read, pd.DataFrame({"Id": C})).empty


def test_the_log_file_adds_nothing_to_what_the_real_time_event_told() -> None:
    uri = "/services/data/v67.0/query"
    assert len(reads(api_event(1, QUERY, C[:2], 2), rest(1, uri, QUERY=QUERY, ROWS_PROCESSED="4500"))) == 1


def test_the_log_file_alone_gives_the_query_and_doubts_unfetched_pages() -> None:
    uri = "/services/data/v67.0/query"
    (read,) = reads(rest(1, uri, QUERY=QUERY, ROWS_PROCESSED="4500"))
    assert (read.certainty, read.expected_rows) == ("possible", 2000)
    more = rest(2, f"{uri}/01gRM000000abcd-2000")
    assert reads(rest(1, uri, QUERY=QUERY, ROWS_PROCESSED="1500"), more)[0].certainty == "certain"


def test_refused_calls_gave_nothing() -> None:
    assert reads(rest(1, "/services/data/v67.0/query", status="401", QUERY=QUERY)) == []


def test_records_read_by_id_are_one_read_with_every_field() -> None:
    base = "/services/data/v67.0/sobjects/Contact/"
    (read,) = reads(rest(1, base + C[0][:15]), rest(2, base + C[1]), rest(3, base + "describe"))
    assert read.record_ids == (C[0], C[1])
    assert "SSN__c" in read.fields


def test_the_fields_in_the_address_are_the_fields_read() -> None:
    (read,) = reads(rest(1, f"/services/data/v67.0/sobjects/contact/{C[0]}?fields=Email,LastName"))
    assert (read.object, read.fields) == ("Contact", ("Email", "LastName"))


def test_a_query_that_only_unique_query_saw_is_possible_and_widened_where_values_are_hidden() -> None:
    text = "SELECT Id, Email FROM Contact WHERE LastName = :name"
    (read,) = reads(elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": text}))
    (replay,) = plan_replays([read], DESCRIBE)
    assert read.certainty == "possible"
    assert "WHERE" not in replay.soql


def test_uncertain_rows_give_possible_reads_and_legitimate_ones_none() -> None:
    assert [read.certainty for read in reads(api_event(1, QUERY, C[:1], 1), label="uncertain")] == ["possible"]
    assert reads(api_event(1, QUERY, C[:1], 1), label="legitimate") == []


def test_a_query_cut_off_by_the_log_bounds_its_object() -> None:
    cut = "SELECT Id, Email FROM Contact WHERE Id IN ('003000"
    (read,) = reads(rest(1, "/services/data/v67.0/query", QUERY=cut, ENTITY_NAME="Contact"))
    assert (read.object, read.certainty) == ("Contact", "possible")


def test_setup_objects_are_noted_and_never_replayed() -> None:
    (read,) = reads(api_event(1, "SELECT Id, EventType FROM EventLogFile", ["0AT000000000001AAA"], 1))
    assert read.is_system
    assert plan_replays([read], DESCRIBE) == []


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


def test_membership_of_missing_values_is_false() -> None:
    assert among(pd.Series(["a", None, "b"], dtype="str"), ["a"]).tolist() == [True, False, False]
    assert among(pd.Series([], dtype="str"), ["a"]).tolist() == []


def test_the_free_log_names_a_record_that_the_address_of_another_log_hides() -> None:
    free = elf(
        "ApiTotalUsage",
        {"TIMESTAMP_DERIVED": at(1), "API_RESOURCE": f"/v67.0/sobjects/Contact/{C[0]}", "HTTP_METHOD": "GET",
         "STATUS_CODE": "200"},
    )  # fmt: skip
    (read,) = reads(rest(1, "/services/data/v67.0/sobjects/Contact"), free)
    assert (read.object, read.record_ids) == ("Contact", (C[0],))
    (again,) = reads(rest(1, f"/services/data/v67.0/sobjects/Contact/{C[0]}?fields=Email"), free)
    assert again.fields == ("Email",)
