"""What is personal or secret by its shape is masked; ids, hashes and times are not."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakresponse.core.redact import MASK, mask

PERSONAL = {
    "address": "jane.o'roe+shop@mail.example.com",
    "address in a query": "GET /query?q=Email%20%3D%20jane%40example.com",
    "social security number": "078-05-1120",
    "number with blanks": "078 05 1120",
    "visa": "4111111111111111",
    "visa in groups": "4111 1111 1111 1111",
    "mastercard": "5555-5555-5555-4444",
    "american express": "3782 822463 10005",
    "phone": "(415) 555-0142",
    "phone with dots": "415.555.0142",
    "phone with country": "+1 415 555 0142",
    "phone in E.164": "+14155550142",
    "session id": "00D5f000004XyZaAAA!AQ0AQKx.yz_7",
    "session id in a query": "00D5f000004XyZa%21AQ0AQKxyz",
    "refresh token": "5Aep861TSESvWeug_xvFHRBTTbf_YrTWgEyjBJrhZiR3Gx",
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
    "private key": "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----",
    "private key cut short": "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIB",
    "key body": "MII" + "EvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
    "consumer secret": "8F1E9A" * 10 + "ABCD",
    "AWS key id": "AKIAIOSFODNN7EXAMPLE",
    "token in a query": "https://x.example/a?access_token=abc123",
    "sid in a query": "/secur/frontdoor.jsp?sid=abcdef",
    "token in JSON": '{"refresh_token": "abcDEF0123456789"}',
    "bearer header": "Authorization: Bearer abc.def",
    "password of a database": "postgresql://ledger:hunter2@localhost/cases",
}


@pytest.mark.parametrize("text", PERSONAL.values(), ids=PERSONAL)
def test_shapes_are_masked_inside_a_line(text):
    safe, count = mask(f"tried [{text}] and failed")
    assert count == 1
    assert safe.startswith("tried [")
    assert text not in safe


def test_the_rest_of_a_line_stays():
    assert mask("to jane@example.com, code 550") == (f"to {MASK}, code 550", 1)


def test_a_number_that_is_no_card_stays():
    assert mask("4111111111111112")[1] == 0


LEGITIMATE = [
    "Finished in state Completed()",
    "Sforce-Limit-Info: api-usage=25/15000",
    "simulated org: ready at https://127.0.0.1:42027 and http://127.0.0.1:44651",
    "proxied for 2001:db8::ff00:42:8329 and 192.168.100.123:42027",
    "salesforce/order-sync/order.sync",
    "OAuth token revoked; refresh_token: revoked; the sid was empty; no access token",
    "package==1.2.3 python@3.11",
    "0.4111111111111111 s, 4111111111.1111111",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:salesforce/drift",
    "case-f69a8cdc69245c63 n-0123456789abcdef01234567 variant MA-adult",
    "750S8li3kNEYtSmIQL 0055f000001AbCdAAK 00D5f000004XyZaAAA",
]


@pytest.mark.parametrize("line", LEGITIMATE)
def test_ordinary_lines_stay(line):
    assert mask(line) == (line, 0)


_MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))
_SALESFORCE_IDS = st.from_regex(r"(001|003|005|500|750|0Ak|00Q)[A-Za-z0-9]{12}([A-Z0-5]{3})?", fullmatch=True).filter(
    lambda found: not found.isdigit()
)
_WORDS = st.one_of(
    _SALESFORCE_IDS,
    st.uuids().map(str),
    st.integers(0).map(lambda n: f"{n % 2**64:016x}"),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.binary(min_size=20, max_size=20).map(bytes.hex),
    _MOMENTS.map(datetime.isoformat),
    _MOMENTS.map(lambda t: str(int(t.timestamp()))),
    _MOMENTS.map(lambda t: str(int(t.timestamp() * 1_000))),
    _MOMENTS.map(lambda t: str(int(t.timestamp() * 1_000_000))),
    _MOMENTS.map(lambda t: f"{t:%Y-%m-%dT%H:%M:%S.000Z}"),
    st.floats(0, 1e9).map(str),
    st.ip_addresses().map(str),
    st.integers(1, 65535).map(lambda port: f"http://127.0.0.1:{port}/api/flow_runs/{uuid.UUID(int=port)}"),
    st.integers(0, 10**9).map(lambda n: f"{n:,}"),
    st.timedeltas(timedelta(0), timedelta(days=3)).map(str),
)


@given(st.lists(_WORDS, min_size=1, max_size=8))
def test_ids_hashes_times_and_ports_stay(words):
    line = " ".join(words)
    assert mask(line) == (line, 0)


@pytest.mark.parametrize(
    "text", ["a" * 200_000 + "@", "1234 " * 40_000, "AB" * 100_000, "eyJ" * 60_000, "a.b@" * 50_000]
)
def test_long_hostile_text_takes_no_long_time(text):
    started = time.monotonic()
    mask(text)
    assert time.monotonic() - started < 5


@given(st.text(max_size=300))
def test_masking_never_raises_and_is_stable(text):
    safe, _ = mask(text)
    assert mask(safe)[0] == safe
