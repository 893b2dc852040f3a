"""Every rule finds its positive cases, leaves its negative ones alone, and gives one alert for the same findings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

import leakresponse.core.detections as detections
from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.detections import alert_from, detect, finding_document
from leakresponse.core.errors import MissingFact
from leakresponse.core.events import EVENT_COLUMNS, TEXT_COLUMNS, concat_events, empty_events

FOLDER = Path(detections.__file__).parent
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def events_of(path: Path) -> pd.DataFrame:
    rows = pd.read_csv(path, dtype="str", keep_default_na=False)
    rows["timestamp"] = pd.to_datetime(rows["timestamp"], utc=True).astype("datetime64[us, UTC]")
    rows["rows"] = pd.to_numeric(rows["rows"], errors="coerce").astype("Int64")
    for name in set(TEXT_COLUMNS) | {"label", "reason"}:
        rows[name] = rows.get(name, "")
    rows["bytes"] = pd.array([None] * len(rows), "Int64")
    rows["record_ids"] = None
    return concat_events([rows[list(EVENT_COLUMNS)]])


@pytest.mark.parametrize("rule", sorted(detections.RULES))
def test_a_rule_has_its_folder_with_runbook_and_cases(rule: str) -> None:
    assert (FOLDER / rule / "runbook.md").read_text().startswith("# ")
    assert list((FOLDER / rule / "cases").glob("positive*.csv"))
    assert list((FOLDER / rule / "cases").glob("negative*.csv"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/cases/positive*.csv")), ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_positive_cases_are_found(path: Path) -> None:
    assert [one.rule for one in detect(events_of(path))] == [path.parts[-3]]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/cases/negative*.csv")), ids=lambda p: f"{p.parts[-3]}-{p.stem}")
def test_negative_cases_are_left_alone(path: Path) -> None:
    assert detect(events_of(path)) == []


def test_the_finding_names_app_user_address_and_session_and_spans_the_session() -> None:
    finding = detect(events_of(FOLDER / "bulk_job_deleted/cases/positive.csv"))[0]
    assert [(one.kind, one.value) for one in finding.principals] == [
        ("connected_app", "Drift"),
        ("user", "005000000000001AAA"),
        ("address", "208.68.36.90"),
        ("session", "A1"),
    ]
    assert finding.severity == "critical"
    assert finding.first_seen == datetime(2026, 11, 20, 11, 11, 23, tzinfo=UTC)
    assert finding.last_seen == datetime(2026, 11, 20, 11, 15, 42, tzinfo=UTC)
    assert "deleted 24 s later" in finding.evidence[0]


def test_without_history_the_finding_is_less_severe() -> None:
    events = events_of(FOLDER / "bulk_job_deleted/cases/positive.csv")
    attack_only = events[events["user_id"] == "005000000000001AAA"].reset_index(drop=True)
    assert [one.severity for one in detect(attack_only)] == ["medium"]


def test_the_same_findings_give_the_same_alert_at_any_time() -> None:
    findings = detect(events_of(FOLDER / "bulk_job_deleted/cases/positive.csv"))
    first, second = alert_from(findings, NOW), alert_from(findings, datetime(2026, 11, 21, tzinfo=UTC))
    assert first.id == second.id
    assert first.window.start == findings[0].first_seen


def test_an_alert_survives_its_document() -> None:
    import json

    alert = alert_from(detect(events_of(FOLDER / "bulk_job_deleted/cases/positive.csv")), NOW)
    assert parse_alert(json.dumps(alert_document(alert))).principals == alert.principals


def test_no_finding_no_alert() -> None:
    with pytest.raises(MissingFact):
        alert_from([], NOW)


def test_a_finding_prints_as_the_detect_command_promises() -> None:
    document = finding_document(detect(events_of(FOLDER / "bulk_job_deleted/cases/positive.csv"))[0])
    assert set(document) == {"rule", "severity", "principal", "first_seen", "last_seen", "evidence"}


def test_quiet_logs_give_nothing() -> None:
    assert detect(empty_events()) == []
