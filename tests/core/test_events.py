"""Log files and real-time events become one table; what cannot be read is counted, never lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.events import (
    concat_events,
    deduplicate,
    empty_events,
    normalise_elf,
    normalise_rtem,
    read_elf_csv,
    record_ids_of,
)
from leakresponse.core.events_ids import checksum, is_record_id, to18
from leakresponse.core.frames import EVENTS

ROW = {
    "TIMESTAMP": "20261124110500.250",
    "TIMESTAMP_DERIVED": "2026-11-24T11:05:00.250Z",
    "USER_ID": "005000000000abc",
    "REQUEST_ID": "SLB:1",
    "CLIENT_IP": "198.51.100.7",
}


def elf(event_type: str, *rows: dict[str, str]) -> pd.DataFrame:
    return normalise_elf(event_type, pd.DataFrame(rows, dtype="str"), "0AT1").events


def test_the_checksum_follows_the_case_of_the_letters() -> None:
    assert to18("001A0000006Vm9r") == "001A0000006Vm9rIAC"
    assert checksum("000000000000123") == "AAA"


def test_an_id_with_a_wrong_checksum_is_no_id() -> None:
    assert is_record_id("001A0000006Vm9rIAC")
    assert not is_record_id("001A0000006Vm9rAAA")


def test_columns_are_read_by_name_in_any_order() -> None:
    one = elf("RestApi", dict(reversed(list(ROW.items()))))
    assert one["client_ip"].tolist() == ["198.51.100.7"]
    assert one["user_id"].tolist() == [to18("005000000000abc")]


def test_missing_and_extra_columns_do_no_harm() -> None:
    one = elf("RestApi", {"TIMESTAMP": "20261124110500.250", "NEW_COLUMN": "x"})
    assert one["session_key"].tolist() == [""]
    assert one["timestamp"].iloc[0] == pd.Timestamp("2026-11-24T11:05:00.250Z")


def test_a_row_without_a_time_is_rejected_and_counted() -> None:
    result = normalise_elf("RestApi", pd.DataFrame([ROW, {"USER_ID": "x"}], dtype="str"), "0AT1")
    assert (len(result.events), result.rejected) == (1, 1)
    assert "time" in result.reasons[0]


def test_a_login_takes_the_source_address_and_names_its_user() -> None:
    login = elf(
        "Login", {**ROW, "CLIENT_IP": "Salesforce.com IP", "SOURCE_IP": "203.0.113.9", "USER_NAME": "a@b.example"}
    )
    assert login[["client_ip", "entity"]].iloc[0].tolist() == ["203.0.113.9", "a@b.example"]


def test_unique_query_text_and_bulk_records_land_in_their_columns() -> None:
    assert (
        elf("UniqueQuery", {**ROW, "QUERY_IDENTIFIER": "SELECT Id FROM Case"})["query"].iloc[0] == "SELECT Id FROM Case"
    )
    assert elf("BulkApi2", {**ROW, "RECORDS_PROCESSED": "7", "JOB_ID": "750000000000001"})["rows"].iloc[0] == 7


def test_minus_one_rows_mean_that_no_figure_is_known() -> None:
    assert pd.isna(elf("RestApi", {**ROW, "ROWS_PROCESSED": "-1"})["rows"].iloc[0])


def test_a_csv_with_quotes_and_a_broken_row_is_read_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text('"TIMESTAMP","URI"\n"20261124110500.250","""https://x"""\n"20261124110500.250"\n')
    frame = read_elf_csv(path)
    assert frame["URI"].tolist() == ['"https://x"']
    assert normalise_elf("URI", frame, "f").rejected == 1


def test_a_file_that_ends_inside_a_row_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text('"TIMESTAMP","URI"\n"20261124110500.250","/a"\n"2026112411')
    frame = read_elf_csv(path)
    assert frame["URI"].tolist() == ["/a"]
    assert normalise_elf("URI", frame, "f").rejected == 1


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("")
    assert len(normalise_elf("URI", read_elf_csv(tmp_path / "log.csv"), "f").events) == 0


def test_an_absent_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_elf_csv(tmp_path / "none.csv")


def test_both_forms_of_record_ids_are_read() -> None:
    assert record_ids_of('{"recordIds": ["003000000000001", "003000000000002AAA"]}') == [
        "003000000000001AAA",
        "003000000000002AAA",
    ]
    assert record_ids_of('{"totalSize":1,"records":[{"attributes":{"type":"Contact"},"Id":"003000000000001AAA"}]}') == [
        "003000000000001AAA"
    ]


def test_ids_of_a_text_cut_off_by_the_log_are_kept() -> None:
    assert record_ids_of('{"recordIds":["003000000000001AAA","0030000') == ["003000000000001AAA"]


def test_rows_of_a_page_are_rows_returned_and_the_total_is_kept_apart() -> None:
    event = {"EventDate": "2026-11-24T11:05:00.000+0000", "RowsProcessed": 4500.0, "RowsReturned": 2000.0}
    one = normalise_rtem("ApiEventStream", [event]).events.iloc[0]
    assert (one["event_type"], one["rows"], one["status"]) == ("ApiEvent", 2000, "total:4500")


def test_words_for_no_value_are_no_app() -> None:
    event = {"EventDate": "2026-11-24T11:05:00.000+0000", "Application": "N/A"}
    assert normalise_rtem("ApiEvent", [event]).events["app_name"].iloc[0] == ""


def test_stream_envelopes_are_opened() -> None:
    message = {"data": {"payload": {"EventDate": "2026-11-24T11:05:00Z", "UserId": "005000000000abc"}}}
    assert normalise_rtem("BulkApiResultEvent", [message]).events["event_type"].iloc[0] == "BulkApiResultEventStore"


def test_no_events_give_an_empty_table() -> None:
    assert len(normalise_rtem("ApiEvent", []).events) == 0


def test_a_row_in_the_hourly_and_the_daily_file_counts_once() -> None:
    frame = pd.DataFrame([ROW], dtype="str")
    both = [normalise_elf("RestApi", frame, name).events for name in ("hourly", "daily")]
    assert len(concat_events(both)) == 1


def test_a_forged_request_id_hides_no_row() -> None:
    other = {**ROW, "TIMESTAMP_DERIVED": "2026-11-24T11:06:00.000Z", "CLIENT_IP": "203.0.113.9"}
    assert len(deduplicate(elf("RestApi", ROW, other))) == 2


def test_events_fit_their_schema() -> None:
    table = concat_events(
        [elf("RestApi", ROW), normalise_rtem("ApiEvent", [{"EventDate": "2026-11-24T11:05:00Z"}]).events]
    )
    assert pa.Table.from_pandas(table, schema=EVENTS, preserve_index=False).num_rows == 2
    assert pa.Table.from_pandas(empty_events(), schema=EVENTS, preserve_index=False).num_rows == 0


SAMPLES = Path(os.environ.get("LEAK_RESPONSE_SAMPLES", Path(__file__).parents[3] / "shared" / "samples"))


@pytest.mark.skipif(not (SAMPLES / "event_logs").is_dir(), reason="event log samples are absent")
def test_published_rows_are_read_without_loss() -> None:
    for path in sorted((SAMPLES / "event_logs/appomni/elf").glob("*.json")):
        row = json.loads(path.read_text())
        assert normalise_elf(row["EVENT_TYPE"], pd.DataFrame([row], dtype="str"), path.stem).rejected == 0
    for path in sorted((SAMPLES / "event_logs/appomni/rtem").glob("*.json")):
        row = json.loads(path.read_text())
        assert normalise_rtem(row["channel"].split("/")[-1], [row]).rejected == 0


@pytest.mark.skipif(not (SAMPLES / "event_logs").is_dir(), reason="event log samples are absent")
def test_a_published_csv_is_read_with_its_quoted_values() -> None:
    frame = read_elf_csv(SAMPLES / "event_logs/newrelic/sample_log_lines.csv")
    assert frame["URL"].tolist() == ['"https://test.local.test"'] * 2
