"""Rows that real orgs wrote (identifiers replaced by their publishers) give reads; they are not in the repository."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from leakresponse.core.events import concat_events, normalise_elf, normalise_rtem
from leakresponse.core.exposure import reads_of
from leakresponse.core.exposure_types import Read

SAMPLES = Path(os.environ.get("LEAK_RESPONSE_SAMPLES", Path(__file__).parents[3] / "shared" / "samples"))
FOLDER = SAMPLES / "event_logs" / "appomni"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="samples are absent; set LEAK_RESPONSE_SAMPLES to the samples folder"
)


def elf(name: str) -> pd.DataFrame:
    row = json.loads((FOLDER / "elf" / f"{name}.json").read_text())
    return normalise_elf(row["EVENT_TYPE"], pd.DataFrame([row], dtype="str"), "f").events


def rtem(name: str, kind: str) -> pd.DataFrame:
    return normalise_rtem(kind, [json.loads((FOLDER / "rtem" / f"{name}.json").read_text())]).events


def only(events: pd.DataFrame) -> Read:
    (read,) = reads_of(concat_events([events]).assign(label="attack"))
    return read


def test_a_report_export_of_twenty_thousand_rows_keeps_its_count_and_columns() -> None:
    read = only(rtem("activity_audit_download_resource_reporteventstream", "ReportEvent"))
    assert (read.channel, read.object) == ("report", "Customer_Account__c")
    assert read.logged is not None
    assert read.logged.high == 20_680
    assert {"CASE_NUMBER", "Case.Brand__c"} <= set(read.fields)


def test_a_list_view_keeps_its_count() -> None:
    read = only(rtem("activity_audit_read_resource_listvieweventstream", "ListViewEvent"))
    assert (read.channel, read.expected_rows) == ("list_view", 1_000)


@pytest.mark.parametrize("name", ["urieventstream", "lightningurieventstream"])
def test_pages_name_their_record(name: str) -> None:
    kind = "UriEvent" if name == "urieventstream" else "LightningUriEvent"
    read = only(rtem(f"activity_audit_read_resource_{name}", kind))
    assert (read.channel, len(read.record_ids or ())) == ("record_view", 1)


def test_a_page_of_a_million_rows_is_bounded_by_the_total_of_its_query() -> None:
    read = only(rtem("activity_audit_download_resource_apieventstream", "ApiEvent"))
    assert read.logged is not None
    assert (read.logged.low, read.logged.high) == (2, 1_000_364)


def test_the_soap_row_of_a_hundred_thousand_rows_in_a_small_answer_is_not_believed() -> None:
    read = only(elf("activity_audit_download_resource_soapapi"))
    assert read.logged is not None
    assert (read.object, read.certainty) == ("Customer_Account__c", "possible")
    assert (read.logged.low, read.logged.likely, read.logged.high) == (200, 2_000, 100_000)


def test_a_hidden_literal_leaves_object_and_fields() -> None:
    read = only(elf("activity_audit_query_resource_elf_uniquequery"))
    assert (read.object, read.certainty) == ("Contact", "possible")
    assert {"Email", "Birthdate", "Account.Name"} <= set(read.fields)


def test_asking_for_an_object_s_description_reads_no_record() -> None:
    assert reads_of(elf("activity_audit_read_resource_aurarequest").assign(label="attack")) == []
