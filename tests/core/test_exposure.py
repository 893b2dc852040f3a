"""From labelled events to exposed records: every record that was read, and none other, with honest bounds."""

from __future__ import annotations

import pandas as pd
import pytest

from leakresponse.core.exposure import (
    exposures_from,
    plan_replays,
)
from tests.support.exposure_events import (
    DESCRIBE,
    JOB,
    QUERY,
    C,
    api_event,
    at,
    download,
    elf,
    ids_of,
    job_rows,
    reads,
    rest,
)


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


def test_a_cut_query_keeps_its_fields_and_what_is_sure_of_its_rows() -> None:
    cut = "SELECT Id, Email FROM Contact WHERE LastName != null AND Id IN ('003000"
    (named,) = reads(api_event(1, cut, C[:2], 2))
    assert (named.fields, named.certainty, named.record_ids) == (("Id", "Email"), "certain", tuple(C[:2]))
    (unnamed,) = reads(rest(1, "/services/data/v67.0/query", QUERY=cut))
    assert unnamed.certainty == "possible"
    assert plan_replays([unnamed], DESCRIBE)[0].soql.endswith("FROM Contact WHERE LastName != NULL")
