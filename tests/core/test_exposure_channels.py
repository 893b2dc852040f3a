"""Every way of reading gives its reads: by pages, reports, lists, files, GraphQL, guests, composite and bare calls."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from leakresponse.core.events import concat_events, normalise_rtem
from leakresponse.core.events_ids import to18
from leakresponse.core.exposure import ReportDefinition, plan_replays, reads_of, resolve_reads
from leakresponse.core.exposure_graphql import asked_by
from leakresponse.core.exposure_types import Read
from leakresponse.core.exposure_views import ReportFilter
from tests.support.exposure_events import DESCRIBE, QUERY, USER, A, C, api_event, at, elf, job_rows, reads, rest

REPORT, ATTACHMENT = to18("00O000000000001"), to18("00P000000000001")
GUEST = {"USER_ID_DERIVED": USER, "SESSION_KEY": "", "LOGIN_KEY": ""}
LIST_ACTION = (
    "serviceComponent://ui.force.components.controllers.lists.selectableListDataProvider."
    "SelectableListDataProviderController/ACTION$getItems"
)


def event(name: str, minute: int = 1, **fields: Any) -> pd.DataFrame:
    row = {"EventDate": at(minute), "UserId": USER, "SessionKey": "s1", "LoginKey": "l1", **fields}
    return normalise_rtem(name, [row]).events


def report_event(ids: list[str], rows: int, run: str = "r1", **fields: Any) -> pd.DataFrame:
    records = json.dumps({"totalSize": len(ids), "rows": [{"datacells": [one]} for one in ids]})
    given = {"QueriedEntities": "Contact", "ReportId": REPORT, "ColumnHeaders": "[Contact.Email, Contact.LastName]"}
    return event(
        "ReportEvent", Records=records, RowsProcessed=float(rows), ExecutionIdentifier=run, **{**given, **fields}
    )


def definition(changed: str = "2026-01-01T00:00:00+00:00", **more: Any) -> dict[str, ReportDefinition]:
    filters = (ReportFilter("LastName", "equals", "Lee"),)
    given = {"columns": ("Contact.Email",), "filters": filters, "changed_at": datetime.fromisoformat(changed), **more}
    return {REPORT: ReportDefinition(REPORT, "Contact", **given)}


def with_reports(*parts: pd.DataFrame, reports: dict[str, ReportDefinition]) -> list[Read]:
    return resolve_reads(reads_of(concat_events(list(parts)).assign(label="attack"), reports), DESCRIBE)


def bounds(read: Read) -> tuple[int, int, int | None]:
    assert read.logged is not None
    return read.logged.low, read.logged.likely, read.logged.high


def test_pages_of_one_record_in_several_logs_are_one_read() -> None:
    view = elf("LightningPageView", {"TIMESTAMP_DERIVED": at(1), "PAGE_ENTITY_ID": C[0], "PAGE_ENTITY_TYPE": "Contact"})
    classic = elf("URI", {"TIMESTAMP_DERIVED": at(2), "URI_ID_DERIVED": C[1]})
    lightning = event("LightningUriEvent", RecordId=C[0], QueriedEntities="Contact", Operation="Read")
    (read,) = reads(view, classic, lightning)
    assert (read.channel, read.object, set(read.record_ids or ())) == ("record_view", "Contact", {C[0], C[1]})
    assert (read.certainty, read.fields_known, bounds(read)) == ("certain", False, (2, 2, 2))


def test_a_page_without_a_record_is_no_read() -> None:
    assert reads(elf("LightningPageView", {"TIMESTAMP_DERIVED": at(1), "PAGE_ENTITY_TYPE": "Contact"})) == []


def test_chunks_of_a_report_are_put_together_and_the_largest_row_count_holds() -> None:
    (read,) = reads(report_event(C[:2], 3), report_event(C[2:3], 3, Sequence=2))
    assert (read.channel, read.fields, set(read.record_ids or ())) == ("report", ("Email", "LastName"), set(C[:3]))
    assert (read.ids_complete, bounds(read)) == (True, (3, 3, 3))


def test_a_report_beyond_its_first_events_is_bounded_by_its_rows() -> None:
    (read,) = reads(report_event(C[:2], 9))
    assert (read.ids_complete, bounds(read)) == (False, (9, 9, 9))


def test_two_runs_of_a_report_overlap_by_an_unknown_amount() -> None:
    (read,) = reads(report_event([], 5), report_event([], 7, run="r2"))
    assert bounds(read) == (7, 7, 12)


def test_columns_of_the_report_language_are_found_and_unknown_ones_open_every_field() -> None:
    (known,) = reads(report_event(C[:1], 1, ColumnHeaders="[LAST_NAME, EMAIL]"))
    (unknown,) = reads(report_event(C[:1], 1, ColumnHeaders="[LAST_NAME, BUCKET_1]"))
    assert known.fields == ("LastName", "Email")
    assert "SSN__c" in unknown.fields


def test_cells_of_another_object_name_no_row_of_the_report() -> None:
    (read,) = reads(report_event([C[0], A[0]], 2))
    assert (read.record_ids, read.ids_complete) == ((C[0],), False)


def test_a_list_view_names_its_records() -> None:
    given: dict[str, Any] = {"ColumnHeaders": "LastName,Owner.Name"}
    given["Records"] = json.dumps({"rows": [{"datacells": ["Lee", C[0]]}]})
    (read,) = reads(event("ListViewEvent", QueriedEntities="Contact", RowsProcessed=1.0, **given))
    assert (read.channel, read.record_ids, read.ids_complete) == ("list_view", (C[0],), True)


def run_of(rows: str = "4") -> pd.DataFrame:
    return elf(
        "Report",
        {"TIMESTAMP_DERIVED": at(1), "REPORT_ID_DERIVED": REPORT, "ENTITY_NAME": "Contact", "ROW_COUNT": rows},
    )


def test_a_report_of_the_log_file_is_run_again_by_its_definition() -> None:
    (read,) = with_reports(run_of(), reports=definition())
    (replay,) = plan_replays([read], DESCRIBE)
    assert (read.fields, read.certainty, bounds(read)) == (("Email",), "certain", (4, 4, 4))
    assert "WHERE LastName = 'Lee'" in replay.soql


@pytest.mark.parametrize(
    "reports",
    [
        definition("2026-11-25T00:00:00+00:00"),  # changed after the run
        definition(filters=(ReportFilter("LastName", "excludes", "x"),)),  # SOQL has no such operator
        definition(exact=False),
        {},
    ],
)
def test_a_report_whose_filters_at_that_time_are_not_known_is_bounded(reports: dict[str, ReportDefinition]) -> None:
    (read,) = with_reports(run_of(), reports=reports)
    assert (read.certainty, bounds(read)) == ("possible", (4, 4, 4))
    assert "WHERE" not in plan_replays([read], DESCRIBE)[0].soql


def test_a_text_that_looks_like_a_number_stays_text() -> None:
    (read,) = with_reports(run_of(), reports=definition(filters=(ReportFilter("LastName", "equals", "94105"),)))
    assert "'94105'" in read.query


def test_an_export_of_a_run_that_another_log_told_is_not_told_again() -> None:
    export = elf("ReportExport", {"TIMESTAMP_DERIVED": at(1), "URI": f"/{REPORT[:15]}"})
    assert len(reads(run_of(), export)) == 1
    (alone,) = with_reports(export, reports=definition())
    assert (alone.object, alone.logged, alone.expected_rows) == ("Contact", None, None)


def test_a_download_names_the_file_and_an_upload_is_no_read() -> None:
    version = "068000000000001AAA"
    file = {"TIMESTAMP_DERIVED": at(1), "VERSION_ID_DERIVED": version}
    download = elf("ContentTransfer", {**file, "TRANSACTION_TYPE": "VersionDownloadApi"})
    upload = elf("ContentTransfer", {**file, "TRANSACTION_TYPE": "saveVersion"})
    (read,) = reads(download, event("FileEventStore", FileAction="API_DOWNLOAD", VersionId=version))
    assert (read.channel, read.object, read.record_ids) == ("file", "ContentVersion", (version,))
    assert reads(upload) == []


def test_the_bytes_of_a_file_in_an_address_are_a_file_read() -> None:
    (read,) = reads(rest(1, f"/services/data/v67.0/sobjects/Attachment/{ATTACHMENT}/Body"))
    assert (read.channel, read.object, read.fields) == ("file", "Attachment", ("Id", "Body"))


GRAPHQL = """query a($n: Int) { uiapi { query { Contact(first: $n, after: "x") {
    edges { node { Id LastName { value } ...more Account { Name { value displayValue } } } } } } } }
    fragment more on Contact { Email { value } }"""


def test_graphql_gives_object_fields_parents_and_pages() -> None:
    row = {"QUERY": GRAPHQL, "VARIABLES": '{"n": 200}'}
    (read,) = reads(elf("GraphQLQuery", *({"TIMESTAMP_DERIVED": at(m), **row} for m in (1, 2))))
    assert read.fields == ("Id", "LastName", "Email", "Account.Name")
    assert (read.certainty, bounds(read)) == ("possible", (0, 400, 400))


def test_failed_graphql_gave_nothing_and_an_unreadable_one_may_have_read_anything() -> None:
    failed = {"TIMESTAMP_DERIVED": at(1), "QUERY": GRAPHQL, "EXCEPTION_MESSAGE": "ValidationError"}
    assert reads(elf("GraphQLQuery", failed)) == []
    found = reads(elf("GraphQLQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY": "query { uiapi { que"}))
    assert {read.object for read in found} == {"Account", "Contact", "Case"}


def test_a_fragment_inside_itself_ends() -> None:
    text = "query { uiapi { query { Contact { edges { node { Id ...a } } } } } } fragment a on Contact { Name ...a }"
    assert asked_by(text)[0].fields == ("Id", "Name")


def test_guest_requests_bound_the_rows_of_every_open_object() -> None:
    messages = (f"1${LIST_ACTION}=11;2${LIST_ACTION}=4", f"1${LIST_ACTION}=7;2${LIST_ACTION}=90")
    rows = [{**GUEST, "TIMESTAMP_DERIVED": at(m), "ACTION_MESSAGE": one} for m, one in enumerate(messages)]
    found = reads(elf("AuraRequest", *rows))
    assert {read.object for read in found} == {"Account", "Contact", "Case"}
    assert {bounds(read) for read in found} == {(0, 0, 4_000)}


@pytest.mark.parametrize(
    ("action", "high"),
    [("apex://Own.Controller/ACTION$load", None), ("aura://RecordUiController/ACTION$getRecordWithFields", 1)],
)
def test_custom_apex_has_no_bound_and_a_record_action_one_row(action: str, high: int | None) -> None:
    found = reads(elf("AuraRequest", {**GUEST, "TIMESTAMP_DERIVED": at(1), "ACTION_MESSAGE": f"1${action}=3"}))
    assert {bounds(read)[2] for read in found} == {high}


def test_asking_a_guest_site_for_its_objects_is_no_read() -> None:
    action = "1$aura://RecordUiController/ACTION$getObjectInfo=4"
    assert reads(elf("AuraRequest", {**GUEST, "TIMESTAMP_DERIVED": at(1), "ACTION_MESSAGE": action})) == []


def test_an_anomaly_event_names_the_object() -> None:
    (read,) = reads(event("GuestUserAnomalyEventStore", RequestedEntities='["Contact"]'))
    assert (read.object, read.certainty) == ("Contact", "possible")


def test_a_composite_request_is_told_by_its_queries_or_bounded() -> None:
    parent = rest(1, "/services/data/v67.0/composite", method="POST")
    assert [read.channel for read in reads(parent, api_event(1, QUERY, C[:1], 1))] == ["rest_query"]
    assert {(read.channel, bounds(read)) for read in reads(parent)} == {("composite", (0, 0, 10_000))}


def test_a_sub_request_by_id_names_its_record() -> None:
    sub = elf(
        "CompositeApiSubrequest",
        {"TIMESTAMP_DERIVED": at(1), "METHOD": "GET", "URI": f"/services/data/v67.0/sobjects/Contact/{C[0]}"},
    )
    (read,) = reads(sub)
    assert (read.object, read.record_ids) == ("Contact", (C[0],))


def test_soap_retrieve_counts_rows_and_names_none() -> None:
    call = {"METHOD_NAME": "retrieve", "ENTITY_NAME": "Contact", "ROWS_PROCESSED": "3"}
    (read,) = reads(elf("API", *({"TIMESTAMP_DERIVED": at(m), **call} for m in (1, 2))))
    assert (read.channel, read.object, bounds(read)) == ("soap_query", "Contact", (3, 6, 6))


def test_soap_pages_whose_query_no_log_shows_bound_the_object() -> None:
    more = {"METHOD_NAME": "query_more", "ENTITY_NAME": "Contact", "ROWS_PROCESSED": "500"}
    (read,) = reads(elf("API", {"TIMESTAMP_DERIVED": at(1), **more}))
    assert (read.object, read.certainty, bounds(read)) == ("Contact", "possible", (0, 500, 4_000))


def test_a_search_bounds_the_objects_it_names() -> None:
    found = reads(rest(1, "/services/data/v67.0/search/?q=x", ENTITY_NAME="Contact,Account", ROWS_PROCESSED="5"))
    assert {(read.object, bounds(read)) for read in found} == {("Contact", (0, 0, 5)), ("Account", (0, 0, 5))}


def usage(minute: int, resource: str, **more: str) -> pd.DataFrame:
    row = {"TIMESTAMP_DERIVED": at(minute), "API_RESOURCE": resource, "HTTP_METHOD": "GET", "STATUS_CODE": "200"}
    return elf("ApiTotalUsage", {**row, **more})


def test_the_free_log_alone_bounds_its_objects_by_its_calls() -> None:
    (read,) = reads(*(usage(m, "/v67.0/query", ENTITY_NAME="Contact", REQUEST_ID=f"q{m}") for m in (1, 2, 3)))
    assert (read.channel, read.object, read.certainty) == ("api_usage", "Contact", "possible")
    assert bounds(read) == (0, 6_000, 6_000)


def test_bulk_results_in_the_free_log_have_no_bound_of_their_own() -> None:
    (read,) = reads(usage(1, "/v67.0/jobs/query/750000000000009AAA/results", ENTITY_NAME="Contact"))
    assert bounds(read) == (0, 0, None)


def test_a_call_that_a_better_log_told_is_not_told_by_the_free_one() -> None:
    found = reads(usage(1, "/v67.0/query", ENTITY_NAME="Contact"), api_event(1, QUERY, C[:1], 1),
                  rest(1, "/services/data/v67.0/query", QUERY=QUERY))  # fmt: skip
    assert [read.channel for read in found] == ["rest_query"]


def test_a_forged_request_id_hides_no_call_at_another_time() -> None:
    query = rest(1, "/services/data/v67.0/query", QUERY=QUERY, REQUEST_ID="same")
    later = usage(40, "/v67.0/query", ENTITY_NAME="Contact", REQUEST_ID="same")
    assert sorted(read.channel for read in reads(query, later)) == ["api_usage", "rest_query"]


def test_a_resource_that_counted_rows_of_an_object_is_bounded() -> None:
    (read,) = reads(rest(1, "/services/data/v67.0/sobjects/Contact", ENTITY_NAME="Contact", ROWS_PROCESSED="7"))
    assert (read.certainty, bounds(read)) == ("possible", (7, 7, 7))


def test_bulk_batches_of_the_older_api_get_the_one_query_of_their_session() -> None:
    batch = {"JOB_ID": "750000000000003", "OPERATION_TYPE": "query", "ENTITY_TYPE": "Contact"}
    rows = elf(
        "BulkApi", *({"TIMESTAMP_DERIVED": at(m), "ROWS_PROCESSED": n, **batch} for m, n in ((1, "5"), (2, "3")))
    )
    unique = elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": QUERY})
    (read,) = reads(rows, unique)
    assert (read.channel, read.fields, bounds(read)) == ("bulk_api_1", ("Id", "Email"), (0, 5, 8))


def test_a_job_without_its_complete_row_is_between_its_largest_state_and_their_sum() -> None:
    state = {"JOB_ID": "750000000000004", "ENTITY_TYPE": "Contact", "OPERATION_TYPE": "query"}
    rows = [
        {**state, "TIMESTAMP_DERIVED": at(m), "JOB_STATUS": "InProgress", "RECORDS_PROCESSED": n}
        for m, n in ((1, "4"), (2, "6"))
    ]
    (read,) = reads(elf("BulkApi2", *rows))
    assert bounds(read) == (0, 6, 10)


def test_an_aborted_job_is_still_seen() -> None:
    (read,) = reads(job_rows(1, end="Aborted"))
    assert any("aborted" in note for note in read.notes)


def test_uncertain_rows_prove_no_count() -> None:
    (read,) = reads(run_of(), label="uncertain")
    assert (read.certainty, read.attack) == ("possible", False)


MOMENT = datetime(2026, 11, 24, 11, 1, tzinfo=UTC)


def test_times_of_a_read_are_those_of_its_rows() -> None:
    (read,) = reads(run_of())
    assert (read.first_seen, read.last_seen) == (MOMENT, MOMENT)


def test_pages_by_value_are_one_read_whose_rows_add_up() -> None:
    texts = [f"SELECT Id, Email FROM Contact WHERE Id > '{n}' ORDER BY Id LIMIT 200" for n in range(40)]
    calls = [rest(1, "/services/data/v67.0/query", QUERY=text, ROWS_PROCESSED="200") for text in texts]
    (read,) = reads(*calls)
    assert (read.object, read.fields, bounds(read)) == ("Contact", ("Id", "Email"), (200, 8_000, 8_000))
    assert read.certainty == "possible"


def test_few_queries_of_one_shape_stay_apart() -> None:
    texts = [f"SELECT Id, Email FROM Contact WHERE LastName = '{n}'" for n in range(3)]
    assert {read.query for read in reads(*(rest(1, "/services/data/v67.0/query", QUERY=one) for one in texts))} == set(
        texts
    )


def test_ids_of_many_queries_are_read_as_ids() -> None:
    events = [api_event(1, f"SELECT Id FROM Contact WHERE LastName = '{n}'", [C[n % 5]], 1) for n in range(30)]
    (read,) = reads(*(one.assign(status="total:1") for one in events))
    assert (set(read.record_ids or ()), read.ids_complete) == (set(C), True)


def test_a_page_of_a_report_shows_no_record_and_an_unknown_id_is_kept() -> None:
    page = elf(
        "LightningPageView", {"TIMESTAMP_DERIVED": at(1), "PAGE_ENTITY_ID": REPORT, "PAGE_ENTITY_TYPE": "Report"}
    )
    assert reads(page) == []
    (read,) = reads(elf("URI", {"TIMESTAMP_DERIVED": at(1), "URI_ID_DERIVED": "a9Z000000000001AAA"}))
    assert (read.object, read.record_ids) == ("unknown:a9Z", ("a9Z000000000001AAA",))


def test_a_session_that_asks_by_aura_and_shows_no_page_is_bounded_like_a_guest() -> None:
    ask = elf("AuraRequest", {"TIMESTAMP_DERIVED": at(1), "ACTION_MESSAGE": f"1${LIST_ACTION}=3"})
    page = elf("LightningPageView", {"TIMESTAMP_DERIVED": at(1), "PAGE_ENTITY_ID": C[0], "PAGE_ENTITY_TYPE": "Contact"})
    assert {read.channel for read in reads(ask)} == {"guest_aura"}
    assert {read.channel for read in reads(ask, page)} == {"record_view"}
