"""One test per trap of the logs, from raw rows over labels to reads: each gives the right set, or honest bounds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leakresponse.core.attribution import attribute
from leakresponse.core.events import concat_events, normalise_elf, normalise_rtem
from leakresponse.core.events_ids import to18
from leakresponse.core.exposure import plan_replays, reads_of, resolve_reads
from leakresponse.core.exposure_types import Read
from leakresponse.core.types import Alert, Principal, PrincipalKind, Window
from tests.core.test_log_tables import file_of, line, load, rows_of
from tests.support.exposure_events import DESCRIBE, C

APP, USER15, OTHER15 = to18("0H4000000000001"), "005000000000aBc", "005000000000xYz"
USER, OTHER = to18(USER15), to18(OTHER15)
HOME, THEFT = "52.32.118.10", "208.68.36.90"
START = datetime(2026, 11, 24, 11, tzinfo=UTC)
CUT = START + timedelta(hours=6)
QUERY = "SELECT Id, LastName, Email FROM Contact WHERE Email != null"


def elf(kind: str, minute: float = 1, *, back: int = 0, **columns: str) -> pd.DataFrame:
    """One row of a log, at a minute of the attack or `back` days before."""
    at = START + timedelta(minutes=minute) - timedelta(days=back)
    row = {"TIMESTAMP_DERIVED": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "STATUS_CODE": "200", **columns}
    return normalise_elf(kind, pd.DataFrame([row], dtype="str"), "f").events


def rest(minute: float, session: str, address: str = THEFT, *, back: int = 0, **more: str) -> pd.DataFrame:
    keys = {"USER_ID_DERIVED": USER, "SESSION_KEY": session, "LOGIN_KEY": f"l{session}", "CONNECTED_APP_ID": APP}
    return elf("RestApi", minute, back=back, **{"CLIENT_IP": address, **keys, **more})


def event(name: str, minute: float, session: str = "s1", **fields: Any) -> pd.DataFrame:
    at = START + timedelta(minutes=minute)
    row = {"EventDate": at.isoformat(), "UserId": USER, "SessionKey": session, "LoginKey": f"l{session}", **fields}
    return normalise_rtem(name, [row]).events


def month() -> pd.DataFrame:
    """The honest use of the app, every day from one network."""
    return concat_events([rest(0, f"n{back}", HOME, back=back) for back in range(30)])


def labelled(*parts: pd.DataFrame, by: tuple[PrincipalKind, str] = ("connected_app", APP)) -> pd.DataFrame:
    window = Window(START, START + timedelta(hours=1))
    alert = Alert("a", "test", START, "", window, (Principal(*by),))
    return attribute(concat_events([month(), rest(1, "s1"), *parts]), alert, cut_at=CUT)


def label_of(events: pd.DataFrame, kind: str) -> list[str]:
    return events.loc[events["event_type"] == kind, "label"].tolist()


def reads(events: pd.DataFrame, channels: Sequence[str] = ()) -> list[Read]:
    found = resolve_reads(reads_of(events), DESCRIBE)
    return [read for read in found if not channels or read.channel in channels]


def page(minute: int, rows: int, total: int, operation: str, records: object) -> pd.DataFrame:
    figures = {"RowsReturned": float(rows), "RowsProcessed": float(total)}
    text = {"Query": QUERY, "Operation": operation, "SourceIp": THEFT, "Records": json.dumps(records)}
    return event("ApiEvent", minute, **figures, **text)


def test_the_total_of_a_query_repeated_on_every_page_is_never_added_up() -> None:
    pages = [page(2, 2, 5, "Query", {"recordIds": C[:2]}), page(3, 2, 5, "QueryMore", {"recordIds": C[2:4]})]
    (read,) = reads(labelled(*pages, page(4, 1, 5, "QueryMore", {"recordIds": C[4:]})), ["rest_query"])
    assert (read.expected_rows, set(read.record_ids or ()), read.ids_complete) == (5, set(C), True)


def test_minus_one_is_no_figure_and_nought_means_nothing_came_back() -> None:
    events = labelled(event("ApiEvent", 2, RowsReturned=-1.0, Query="SELECT Id FROM Big__b", Operation="Query"))
    assert events.loc[events["event_type"] == "ApiEvent", "rows"].isna().all()
    (read,) = reads(labelled(page(2, 0, 0, "Query", {"recordIds": []})), ["rest_query"])
    assert not read.exposes


@pytest.mark.parametrize(
    "records",
    [
        {"recordIds": C[:2]},
        {"recordIds": [one[:15] for one in C[:2]]},
        {"records": [{"attributes": {"type": "Contact"}, "Id": one} for one in C[:2]]},
        {"records": C[:2]},
    ],
)
def test_record_ids_are_read_in_both_forms_and_both_lengths(records: object) -> None:
    (read,) = reads(labelled(page(2, 2, 2, "Query", records)), ["rest_query"])
    assert (set(read.record_ids or ()), read.ids_complete) == (set(C[:2]), True)


def test_fewer_ids_than_rows_are_told() -> None:
    (read,) = reads(labelled(page(2, 4, 4, "Query", {"recordIds": C[:2]})), ["rest_query"])
    assert (read.ids_complete, read.expected_rows) == (False, 4)


def test_chunks_of_a_report_are_one_run_and_its_total_counts_once() -> None:
    def chunk(sequence: int, ids: list[str]) -> pd.DataFrame:
        records = json.dumps({"totalSize": 2, "rows": [{"datacells": [one]} for one in ids]})
        given = {"Sequence": sequence, "ExecutionIdentifier": "run-1", "RowsProcessed": 4.0, "Records": records}
        report = {"ReportId": to18("00O000000000001"), "ColumnHeaders": "[Contact.Email]", "QueriedEntities": "Contact"}
        return event("ReportEvent", 2, **given, **report, SourceIp=THEFT)

    (read,) = reads(labelled(chunk(1, C[:2]), chunk(2, C[2:4])), ["report"])
    assert set(read.record_ids or ()) == set(C[:4]) and read.expected_rows in {4, None}
    assert read.logged is None or (read.logged.low, read.logged.high) == (4, 4)


def test_hidden_literals_give_object_and_fields_but_leave_the_rows_open() -> None:
    keys = {"USER_ID": USER15, "SESSION_KEY": "s1", "LOGIN_KEY": "ls1"}
    hidden = elf("UniqueQuery", 2, QUERY_IDENTIFIER="SELECT Id, Email FROM Contact WHERE id = :id", **keys)
    events = labelled(hidden)
    (read,) = reads(events, ["unique_query"])
    (replay,) = plan_replays([read], DESCRIBE)
    assert label_of(events, "UniqueQuery") == ["attack"]
    assert (read.object, "Email" in read.fields, read.certainty) == ("Contact", True, "possible")
    assert ":id" not in replay.soql and "WHERE" not in replay.soql.upper().replace("ISDELETED", "")


def test_a_forged_request_id_neither_hides_a_row_nor_draws_in_another() -> None:
    honest = rest(5, "n-own", HOME, REQUEST_ID="R1", QUERY=QUERY)
    events = labelled(honest, rest(5, "s1", REQUEST_ID="R1", QUERY=QUERY), rest(6, "s1", REQUEST_ID="R1", QUERY=QUERY))
    forged = events[events["request_id"] == "R1"]
    assert forged.groupby("session_key")["label"].agg(list).to_dict() == {
        "n-own": ["legitimate"], "s1": ["attack", "attack"],
    }  # fmt: skip


def test_incomplete_hourly_files_and_the_daily_one_give_every_row_once(tmp_path: Path) -> None:
    hourly = file_of(tmp_path, "hourly", *(line(k, ROWS_PROCESSED="7") for k in range(6)))
    daily = file_of(tmp_path, "daily", *(line(k, ROWS_PROCESSED="7") for k in range(10)))
    load([hourly, daily], tmp_path / "out")
    assert int(rows_of(tmp_path / "out")["rows"].sum()) == 70


@pytest.mark.parametrize(
    "kind", ["API", "BulkApi", "BulkApi2", "Report", "CompositeApi", "UniqueQuery", "GraphQLQuery"]
)
@pytest.mark.parametrize("key", [{"SESSION_KEY": "s1"}, {"LOGIN_KEY": "ls1"}])
def test_logs_without_app_follow_the_session_or_the_login(kind: str, key: dict[str, str]) -> None:
    events = labelled(elf(kind, 2, USER_ID=USER15, **key))
    assert label_of(events, kind) == ["attack"]
    assert events.loc[events["event_type"] == kind, "app_id"].tolist() == [APP]


@pytest.mark.parametrize("kind", ["Search", "DatabaseSave", "ApiTotalUsage", "UniqueQuery"])
def test_logs_without_the_long_user_id_are_joined_by_the_short_one(kind: str) -> None:
    events = labelled(elf(kind, 2, USER_ID=USER15, CLIENT_IP=THEFT), by=("user", USER))
    assert events.loc[events["event_type"] == kind, "user_id"].tolist() == [USER]
    assert label_of(events, kind) == ["attack"]


@pytest.mark.parametrize("kind", ["AsyncReportRun", "ContentTransfer", "DocumentAttachmentDownloads", "Search"])
@pytest.mark.parametrize("by", [("connected_app", APP), ("user", USER), ("session", "s1"), ("address", THEFT)])
def test_rows_of_the_attacked_user_without_keys_and_address_are_never_quietly_legitimate(
    kind: str, by: tuple[PrincipalKind, str]
) -> None:
    events = labelled(elf(kind, 2, USER_ID=USER15), by=by)
    assert label_of(events, kind) == ["uncertain"]


@pytest.mark.parametrize("key", [{"SESSION_KEY": "seen nowhere else"}, {"LOGIN_KEY": "seen nowhere else"}])
def test_a_key_that_no_row_with_an_address_has_tells_nothing(key: dict[str, str]) -> None:
    assert label_of(labelled(elf("BulkApi2", 2, USER_ID=USER15, **key)), "BulkApi2") == ["uncertain"]


def test_a_key_of_the_honest_use_clears_its_rows() -> None:
    assert label_of(labelled(elf("BulkApi2", 2, USER_ID=USER15, SESSION_KEY="n0")), "BulkApi2") == ["legitimate"]


def test_rows_without_keys_of_another_user_or_another_day_stay_legitimate() -> None:
    others = [elf("AsyncReportRun", 2, USER_ID=OTHER15), elf("AsyncReportRun", 2, back=9, USER_ID=USER15)]
    assert label_of(labelled(*others), "AsyncReportRun") == ["legitimate", "legitimate"]


def test_an_address_that_is_the_logins_vouches_for_no_call() -> None:
    """BulkApiResultEvent and ListViewEvent name where the session logged in, not where the call came from."""
    stolen = [rest(3, "n0", THEFT), event("BulkApiResultEventStore", 4, "n0", SourceIp=HOME, Query=QUERY)]
    assert label_of(labelled(*stolen), "BulkApiResultEventStore") == ["attack"]


def test_what_the_client_says_of_its_own_address_counts_for_nothing() -> None:
    login = {"USER_ID": USER15, "SOURCE_IP": THEFT, "FORWARDED_FOR_IP": HOME, "LOGIN_KEY": "new"}
    events = labelled(elf("Login", 2, **login), by=("user", USER))
    assert label_of(events, "Login") == ["attack"]


@pytest.mark.parametrize("login_key", ["ln1", "brand-new"])
def test_a_refresh_may_keep_the_login_key_or_make_a_new_one(login_key: str) -> None:
    events = labelled(rest(5, "refreshed", LOGIN_KEY=login_key))
    assert events.loc[events["session_key"] == "refreshed", "label"].tolist() == ["attack"]
    assert set(events.loc[events["session_key"] == "n1", "label"]) == {"legitimate"}


def test_a_job_deleted_after_the_theft_stays_in_the_count() -> None:
    state = {"JOB_ID": "750000000000001", "ENTITY_TYPE": "Contact", "OPERATION_TYPE": "query", "USER_ID": USER15}
    keys = {"SESSION_KEY": "s1", "LOGIN_KEY": "ls1"}
    done = elf("BulkApi2", 3, JOB_STATUS="JobComplete", RECORDS_PROCESSED="3", **state, **keys)
    gone = elf("BulkApi2", 4, JOB_STATUS="Deleted", RECORDS_PROCESSED="3", **state)
    events = labelled(done, gone)
    assert label_of(events, "BulkApi2") == ["attack", "attack"]
    assert [read.expected_rows for read in reads(events, ["bulk_api_2"])] == [3]
