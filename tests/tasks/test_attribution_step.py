"""The step that labels the logs keeps every row, sets the attack's apart, and applies a vendor's list later."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from blocks import CaseStore, ResponsePolicy
from leakresponse.core.alerts import alert_document
from leakresponse.core.errors import BadInput
from leakresponse.core.events import normalise_elf
from leakresponse.core.events_ids import to18
from leakresponse.core.log_tables import Loader
from leakresponse.core.types import Alert, Principal, Window
from tasks import attribution, casework, support
from tasks.frames import EVENT_PARTS, PARTS_INDEX, TOUCHED_EVENTS, read_frame

THEFT = datetime(2026, 11, 17, 11, tzinfo=UTC)
APP, OTHER = to18("0H4000000000001"), to18("0H4000000000002")
ALERT = Alert(
    "alert-1", "siem", THEFT, "tokens misused", Window(THEFT - timedelta(hours=1), THEFT + timedelta(hours=1)),
    (Principal("connected_app", APP),),
)  # fmt: skip
LIST = {"source": "notice of day 29", "attack": ["3.239.45.43"]}


def row(at: datetime, address: str, session: str, app: str = APP) -> dict[str, str]:
    return {
        "TIMESTAMP_DERIVED": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "CLIENT_IP": address, "SESSION_KEY": session,
        "USER_ID_DERIVED": "005000000000001AAA", "CONNECTED_APP_ID": app, "STATUS_CODE": "200", "REQUEST_ID": session,
    }  # fmt: skip


class Client:
    """Answers for our own user, and for app names."""

    access = SimpleNamespace(username="responder@retailer.example")

    def query(self, soql: str) -> list[dict[str, Any]]:
        return [{"Id": "005000000000009AAA", "Username": self.access.username}] if "FROM User" in soql else []


@pytest.fixture
def case(tmp_path, monkeypatch):
    """A case with a month of logs: daily syncs, reconnaissance with another app's token, and the theft."""
    store = CaseStore(root=str(tmp_path), ledger_url=f"sqlite:///{tmp_path / 'l.sqlite'}", encryption="plain")
    policy = ResponsePolicy(vendor_addresses={"by policy": LIST})
    for module in (attribution, casework):
        monkeypatch.setattr(module, "store_block", lambda name: store)
    monkeypatch.setattr(attribution, "org_block", lambda name: SimpleNamespace(client=Client))
    monkeypatch.setattr(attribution, "policy_block", lambda name: policy)
    support.ledger_of(store).store_alert(json.dumps(alert_document(ALERT)), ALERT.id, None)
    case_id = casework.open_case.fn(ALERT.id, "cases")
    files = support.files_of(store, case_id)
    days = [row(THEFT - timedelta(days=n, hours=3), "52.32.118.10", f"n{n}") for n in range(30)]
    rows = [*days, row(THEFT - timedelta(days=16), "3.239.45.43", "recon", OTHER), row(THEFT, "208.68.36.90", "theft")]
    loader = Loader(lambda name, content: files.write(f"{EVENT_PARTS}/{name}", content))
    loader.add_events(normalise_elf("RestApi", pd.DataFrame(rows, dtype="str"), "f").events)
    files.write(PARTS_INDEX, json.dumps(loader.close().parts).encode())
    return SimpleNamespace(id=case_id, files=files, ledger=support.ledger_of(store))


def label(case: SimpleNamespace, listed: str = "") -> dict[str, Any]:
    cut = (THEFT + timedelta(days=1)).isoformat()
    return attribution.attribute.fn(case.id, ALERT, "production", "cases", "policy", cut, listed)


def notes(case: SimpleNamespace) -> list[dict[str, Any]]:
    return [entry.body for entry in case.ledger.timeline(case.id) if entry.kind == "attribution_repeated"]


def test_every_row_is_kept_with_its_label_and_the_attacks_stand_apart(case) -> None:
    facts = label(case)
    assert facts == {"attack": 1, "legitimate": 31, "first": THEFT.isoformat(), "last": THEFT.isoformat()}
    events = read_frame(case.files, "events.parquet")
    assert len(events) == 32 and set(events["label"]) == {"attack", "legitimate"}
    assert read_frame(case.files, TOUCHED_EVENTS)["session_key"].tolist() == ["theft"]


def test_a_repeated_run_without_change_notes_nothing(case) -> None:
    assert label(case) == label(case)
    assert notes(case) == []


@pytest.mark.parametrize("name", ["by policy", "in the case"])
def test_a_list_applied_later_adds_its_rows_and_the_ledger_says_what_moved(case, name: str) -> None:
    case.files.write("vendor-lists/in the case.json", json.dumps(LIST).encode())
    label(case)
    assert label(case, name)["attack"] == 2
    (note,) = notes(case)
    assert (note["vendor_list"], note["source"]) == (name, "notice of day 29")
    assert note["moved"] == {"legitimate_to_attack": 1}
    assert "3.239.45.43" not in json.dumps(note)


def test_a_name_that_nobody_knows_is_refused_and_changes_nothing(case) -> None:
    label(case)
    before = case.files.read("events.parquet")
    with pytest.raises(BadInput):
        label(case, "unheard of")
    assert case.files.read("events.parquet") == before


def test_a_list_that_is_no_json_is_refused(case) -> None:
    case.files.write("vendor-lists/broken.json", b"198.51.100.7")
    with pytest.raises(BadInput):
        label(case, "broken")


def test_parts_of_an_earlier_collection_are_left_out(case) -> None:
    case.files.write(f"{EVENT_PARTS}/part-00099.parquet", b"left behind by a killed run")
    assert label(case)["attack"] == 1
