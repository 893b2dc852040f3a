"""Ordinary days: columns of the org's own logs, habits that a detection can rely on, and nothing that is an attack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from leakresponse.core import detections
from leakresponse.core import events as model
from leakresponse.rehearsal.org.ids import numbered_id
from leakresponse.rehearsal.org.log_columns import COLUMNS
from leakresponse.rehearsal.org.schema import SCHEMA
from leakresponse.rehearsal.traffic import background, background_days, scale_for
from leakresponse.rehearsal.traffic_cast import Cast, Integration, Staff
from leakresponse.rehearsal.traffic_events import background_events

END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def one(number, app, user, address, login, rhythm, since=30):
    app_number = {"Drift": 1, "Order Sync": 2, "Data Migrator": 3}[app]
    return Integration(
        app, numbered_id("0H4", app_number), numbered_id("005", number), f"{user}@harborpine.example", (address,),
        f"{app}/1", login, rhythm, since,
    )  # fmt: skip


CAST = Cast(
    numbered_id("00D", 1),
    (
        one(1, "Drift", "drift.integration", "52.32.118.0/24", "refresh_token", "steady"),
        one(2, "Drift", "drift.nightly", "52.32.118.0/24", "jwt", "nightly"),
        one(3, "Order Sync", "order.sync", "198.51.100.0/24", "jwt", "hourly"),
        one(4, "Data Migrator", "migration", "203.0.113.40", "refresh_token", "migration", 6),
    ),
    tuple(Staff(numbered_id("005", 500 + n), f"s{n}@harborpine.example") for n in range(20)),
)


@pytest.fixture(scope="module")
def frames():
    return background(CAST, 1, END, days=30, scale=0.3)


def test_every_log_has_the_columns_of_the_org(frames):
    assert set(frames) == {"Login", "RestApi", "ApiTotalUsage", "UniqueQuery", "BulkApi2", "BulkApiRequest", "URI",
                           "Report", "API", "Logout"}  # fmt: skip
    for kind, frame in frames.items():
        assert tuple(frame.columns) == COLUMNS[kind]
        assert (frame["EVENT_TYPE"] == kind).all()


def test_values_follow_the_conventions(frames):
    rest = frames["RestApi"]
    assert rest["TIMESTAMP"].str.fullmatch(r"\d{14}\.\d{3}").all()
    assert (rest["USER_ID_DERIVED"].str[:15] == rest["USER_ID"]).all()
    assert (rest["USER_ID_DERIVED"].str.len() == 18).all()
    assert rest["USER_AGENT"].str.fullmatch(r"\d+").all()


def test_nothing_lies_in_the_future_or_too_far_back(frames):
    for frame in frames.values():
        times = pd.to_datetime(frame["TIMESTAMP_DERIVED"])
        assert times.max() <= END + timedelta(minutes=1)
        assert times.min() >= END - timedelta(days=31)


def test_the_nightly_job_runs_every_night_from_the_usual_network(frames):
    bulk = frames["BulkApi2"]
    nightly = bulk[bulk["USER_ID_DERIVED"] == CAST.integrations[1].user_id]
    done = nightly[nightly["JOB_STATUS"] == "JobComplete"]
    assert done["TIMESTAMP"].str[:8].nunique() >= 29
    assert nightly["CLIENT_IP"].str.startswith("52.32.118.").all()


def test_the_migration_is_a_new_tool(frames):
    logins = frames["Login"]
    mine = logins[logins["USER_ID_DERIVED"] == CAST.integrations[3].user_id]
    assert pd.to_datetime(mine["TIMESTAMP_DERIVED"]).min() >= END - timedelta(days=7)
    assert set(mine["SOURCE_IP"]) == {"203.0.113.40"}


def test_the_same_seed_gives_the_same_days():
    again = background(CAST, 1, END, days=5, scale=0.1)
    pd.testing.assert_frame_equal(again["RestApi"], background(CAST, 1, END, days=5, scale=0.1)["RestApi"])


def test_no_detection_fires_on_ordinary_days(frames):
    parts = [model.normalise_elf(kind, frame, "0ATsim").events for kind, frame in frames.items() if kind != "URI"]
    assert detections.detect(model.deduplicate(model.concat_events(parts))) == []


def test_rows_can_be_read_by_the_pipeline(frames):
    parsed = model.normalise_elf("RestApi", frames["RestApi"], "0ATsim")
    assert parsed.rejected == 0
    assert len(parsed.events) == len(frames["RestApi"])


def test_stored_events_fit_the_orgs_tables():
    events = background_events(CAST, 1, END, rows=500)
    assert set(events) == {"ApiEvent", "BulkApiResultEventStore", "LoginEvent"}
    assert 0 < len(events["ApiEvent"]) <= 500
    for name, frame in events.items():
        assert all(SCHEMA[name].field(column) for column in frame.columns)
        assert frame["Id"].is_unique


def test_both_forms_of_records_name_the_same_kind_of_ids():
    frame = background_events(CAST, 1, END, rows=500)["ApiEvent"]
    frame = frame[frame["RowsReturned"] > 0]
    newer = frame["Records"].str.contains("recordIds")
    assert 0 < newer.sum() < len(frame)
    for text, count in zip(frame["Records"], frame["RowsReturned"], strict=True):
        assert len(model.record_ids_of(text) or []) == count


def test_as_many_rows_as_asked_for():
    scale = scale_for(CAST, 1, END, 30, 120_000)
    rows = sum(len(frame) for _kind, frame in background_days(CAST, 1, END, 30, scale))
    assert abs(rows - 120_000) < 6_000


def test_more_calls_do_not_read_more_rows(frames):
    asked = {name: frame for name, frame in background_days(CAST, 1, END, 3, 6.0) if name == "RestApi"}["RestApi"]
    ordinary = frames["RestApi"]
    found = [pd.to_numeric(one.loc[one["QUERY"] != "", "ROWS_PROCESSED"]).mean() for one in (asked, ordinary)]
    assert found[0] < found[1] / 3
