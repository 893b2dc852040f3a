"""The columns of every log type, held to what was observed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from leakresponse.rehearsal.org.log_columns import COLUMNS, FREE_TYPES, LOG_TYPES, field_types

SAMPLES = Path(os.environ.get("LEAK_RESPONSE_SAMPLES", Path(__file__).parents[4] / "shared" / "samples"))
HEADERS = SAMPLES / "event_logs" / "headers" / "observed_headers.json"
ROWS = SAMPLES / "event_logs" / "appomni" / "elf"
OBSERVED = sorted(name for name, one in LOG_TYPES.items() if one.origin == "observed")
#: What the issue, the scenarios and public detections ask for.
WANTED = {
    "RestApi", "API", "BulkApi", "BulkApi2", "BulkApiRequest", "UniqueQuery", "Login", "Logout", "LoginAs",
    "ApiTotalUsage", "Report", "ReportExport", "AsyncReportRun", "URI", "LightningPageView", "LightningInteraction",
    "AuraRequest", "Sites", "ContentTransfer", "DocumentAttachmentDownloads", "ContentDistribution",
    "PermissionUpdate", "NamedCredential", "ApexCallout", "ApexExecution", "ApexRestApi", "CompositeApi",
    "CompositeApiSubrequest", "GraphQLQuery", "Search", "DatabaseSave", "MetadataApiOperation", "PackageInstall",
    "Dashboard", "QueuedExecution", "Sandbox", "WaveDownload", "CSPViolation", "InsecureExternalAssets",
}  # fmt: skip

observed = pytest.mark.skipif(not HEADERS.exists(), reason="the samples of observed headers are not here")


def variants(kind: str) -> list[list[str]]:
    known = json.loads(HEADERS.read_text(encoding="utf-8"))["event_types"][kind]
    return [known["columns"], *known.get("variants", [])]


@observed
@pytest.mark.parametrize("kind", OBSERVED)
def test_columns_are_those_of_one_observed_variant(kind: str) -> None:
    assert list(COLUMNS[kind]) in variants(kind)


@observed
def test_every_observed_type_is_known_and_says_so() -> None:
    known = set(json.loads(HEADERS.read_text(encoding="utf-8"))["event_types"])
    assert known - {"RestApi"} == set(OBSERVED)


@observed
def test_rest_calls_have_the_inferred_columns_and_the_query() -> None:
    assert [name for name in COLUMNS["RestApi"] if name != "QUERY"] in variants("RestApi")
    assert "QUERY" in COLUMNS["RestApi"]


@pytest.mark.skipif(not ROWS.exists(), reason="the samples of published rows are not here")
@pytest.mark.parametrize("path", sorted(ROWS.glob("*.json")), ids=lambda path: path.stem)
def test_published_rows_have_no_column_that_is_unknown_here(path: Path) -> None:
    row = json.loads(path.read_text(encoding="utf-8"))
    assert set(row) <= set(COLUMNS[row["EVENT_TYPE"]])


def test_every_wanted_type_is_there() -> None:
    assert set(COLUMNS) >= WANTED


@pytest.mark.parametrize("kind", sorted(COLUMNS))
def test_a_type_has_each_column_once_and_the_time_twice(kind: str) -> None:
    columns = COLUMNS[kind]
    assert len(set(columns)) == len(columns)
    assert columns[:2] == ("EVENT_TYPE", "TIMESTAMP")
    assert "TIMESTAMP_DERIVED" in columns
    assert len(field_types(columns).split(",")) == len(columns)


def test_logs_that_do_not_name_the_user_in_full_say_nothing_of_him() -> None:
    for kind in ("Search", "DatabaseSave", "ApiTotalUsage", "UniqueQuery"):
        assert "USER_ID_DERIVED" not in COLUMNS[kind]
    for kind in ("ContentTransfer", "DocumentAttachmentDownloads", "Search"):
        assert not {"SESSION_KEY", "LOGIN_KEY"} & set(COLUMNS[kind])


def test_the_app_is_named_by_few_logs() -> None:
    named = {kind for kind, columns in COLUMNS.items() if "CONNECTED_APP_ID" in columns}
    assert named == {"RestApi", "ApexRestApi", "BulkApiRequest", "ApiTotalUsage"}


def test_the_free_types_hold_no_row_counts() -> None:
    for kind in FREE_TYPES & set(COLUMNS):
        assert not {"ROWS_PROCESSED", "ROW_COUNT", "QUERY"} & set(COLUMNS[kind])


def test_the_docs_say_of_every_type_where_its_columns_come_from() -> None:
    page = (Path(__file__).parents[3] / "docs" / "simulated-org.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| ") and "RestApi" in line]
    for one in LOG_TYPES.values():
        assert any(f" {one.name}," in line or f" {one.name} |" in line for line in page.splitlines())
    assert any("ApexRestApi |" in line for line in lines)
