"""Reading alerts: what is good is read whole, what is bad is refused in one line without its values."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.errors import BadInput

GOOD = {
    "id": "a-1",
    "source": "test",
    "detected_at": "2026-11-24T10:00:00+00:00",
    "summary": "an app left its usual network",
    "window": {"from": "2026-11-24T08:00:00Z", "to": "2026-11-24T09:00:00Z"},
    "principals": [{"kind": "connected_app", "value": "Drift"}],
}


def test_a_good_alert_is_read_whole():
    alert = parse_alert(json.dumps(GOOD))
    assert alert.window.start == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert [(p.kind, p.value) for p in alert.principals] == [("connected_app", "Drift")]


def test_an_alert_survives_being_written_and_read_again():
    alert = parse_alert(json.dumps(GOOD))
    assert parse_alert(json.dumps(alert_document(alert))) == alert


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"id": ""}, "id"),
        ({"source": None}, "source"),
        ({"detected_at": "yesterday"}, "detected_at"),
        ({"window": {"from": "2026-11-24T08:00:00Z"}}, "window.to"),
        ({"window": {"from": "2026-11-24T09:00:00Z", "to": "2026-11-24T08:00:00Z"}}, "before"),
        ({"principals": []}, "principals"),
        ({"principals": [{"kind": "ghost", "value": "x"}]}, "kind"),
        ({"principals": [{"kind": "user", "value": " "}]}, "value"),
    ],
)
def test_a_faulty_field_is_named(change, word):
    with pytest.raises(BadInput, match=word):
        parse_alert(json.dumps({**GOOD, **change}))


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", b"\xff\xfe\x00", "[" * 100_000])
def test_what_is_no_alert_is_refused_in_one_line(raw):
    with pytest.raises(BadInput) as refusal:
        parse_alert(raw)
    assert "\n" not in str(refusal.value)


def test_the_refusal_never_shows_the_value():
    with pytest.raises(BadInput) as refusal:
        parse_alert(json.dumps({**GOOD, "detected_at": "jane@customer.example"}))
    assert "jane" not in str(refusal.value)


def test_an_id_that_names_a_person_is_replaced_by_the_same_one_each_time():
    raw = json.dumps({**GOOD, "id": "login-jane@customer.example-42"})
    first, again = parse_alert(raw), parse_alert(raw.encode())
    assert first.id == again.id
    assert first.id.startswith("alert-")
    assert parse_alert(json.dumps(alert_document(first))).id == first.id
