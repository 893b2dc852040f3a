"""Personal values do not enter the record."""

from __future__ import annotations

import json
import logging
import pickle
from datetime import UTC, datetime

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.ledger.redact import Redacted, chain_body, plain

_SECRET = "078-05-1120"


@pytest.mark.parametrize("show", [repr, str, "{}".format, "%s".__mod__, lambda value: f"{[value]!r:>40}"])
def test_redacted_never_shows(show):
    assert _SECRET not in show(Redacted(_SECRET))


def test_redacted_does_not_show_in_logs(caplog):
    logging.getLogger("x").warning("value %s", Redacted(_SECRET))
    assert "<redacted>" in caplog.text
    assert _SECRET not in caplog.text


@pytest.mark.parametrize("dump", [pickle.dumps, json.dumps])
def test_redacted_is_not_serialised(dump):
    with pytest.raises(TypeError):
        dump(Redacted(_SECRET))


def test_reveal_gives_the_value():
    assert Redacted(_SECRET).reveal() == _SECRET


@pytest.mark.parametrize(
    "value", [Redacted(_SECRET), b"x", datetime.now(UTC), float("nan"), {1: 2}, {"a": {1, 2}}, object()]
)
def test_unexpected_types_are_refused(value):
    with pytest.raises(BadInput) as refusal:
        plain({"here": value})
    assert "here" in str(refusal.value)
    assert _SECRET not in str(refusal.value)


def test_tuples_become_lists():
    assert plain({"a": (1, "b")}) == {"a": [1, "b"]}


@pytest.mark.parametrize(
    "text",
    [
        "jane.roe@example.com",
        "its SSN is 078-05-1120.",
        "00D5f000004XyZa!AQ0AQKx.yz",
        "-----BEGIN PRIVATE KEY-----\nMIIE",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
        "x" * 501,
    ],
)
def test_personal_or_secret_text_is_masked_in_the_chain(text):
    assert text not in json.dumps(chain_body({"deep": [{"er": text}]}))


def test_ids_counts_and_hashes_pass():
    body = {"id": "0055f000001AbCdAAK", "count": 3, "sha256": "ab" * 32, "ok": True, "none": None, "due": "2026-01-02"}
    assert chain_body(body) == body
