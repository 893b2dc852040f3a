"""A timestamp is taken only where it is for this very thing, answers this very question, and is signed as trusted."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from leakresponse.adapters.timestamp_authority import TimestampAuthority, check
from leakresponse.core.errors import BadInput, Refused, Unavailable
from tests.support import timestamps

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the test's authority signs with openssl")
HEAD = b"ab" * 32
DIGEST = hashlib.sha256(HEAD).digest()


@pytest.fixture
def authority(tmp_path):
    with timestamps.serving(tmp_path / "tsa") as served:
        yield served


@pytest.fixture
def client(authority):
    return TimestampAuthority(authority.url, authority.ca_pem)


def code_of(act):
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code


@pytest.mark.parametrize("name", ["sha256", "sha512"])
def test_it_states_a_moment_that_can_be_checked_later(authority, name):
    found = TimestampAuthority(authority.url, authority.ca_pem, name).stamp(HEAD)
    assert abs(found.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert check(found.der, HEAD, authority.ca_pem) == found.at


def test_anybody_can_check_it_with_openssl(authority, client, tmp_path):
    (tmp_path / "ca.pem").write_bytes(authority.ca_pem)
    (tmp_path / "timestamp.tsr").write_bytes(client.stamp(HEAD).der)
    command = ["openssl", "ts", "-verify", "-in", "timestamp.tsr", "-digest", DIGEST.hex(), "-CAfile", "ca.pem"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30).returncode == 0


def test_only_the_hash_leaves(authority, client):
    seen = []
    authority.change = lambda query: seen.append(query) or query
    client.stamp(HEAD)
    assert DIGEST in seen[0] and HEAD not in seen[0]


def test_a_timestamp_of_something_else_is_refused(authority, client):
    authority.change = lambda query: query.replace(DIGEST, hashlib.sha256(b"other").digest())
    assert code_of(lambda: client.stamp(HEAD)) == "WRONG_DIGEST"


def test_an_answer_to_another_question_is_refused(authority, client):
    """An old answer about the same thing, sent again."""
    client.stamp(HEAD)
    kept = []
    authority.change = lambda query: kept.append(query) or query
    client.stamp(HEAD)
    authority.change = lambda query: kept[0]
    assert code_of(lambda: client.stamp(HEAD)) == "WRONG_NONCE"


def test_an_authority_that_nobody_trusts_is_refused(authority, tmp_path):
    with timestamps.serving(tmp_path / "other") as other:
        assert code_of(lambda: TimestampAuthority(other.url, authority.ca_pem).stamp(HEAD)) == "NOT_TRUSTED"


def test_a_token_that_was_changed_is_refused(authority, client):
    der = bytearray(client.stamp(HEAD).der)
    der[-1] ^= 1
    assert code_of(lambda: check(bytes(der), HEAD, authority.ca_pem)) == "NOT_TRUSTED"


def test_what_is_no_timestamp_is_refused(authority, client):
    authority.body = b"<html>"
    assert code_of(lambda: client.stamp(HEAD)) == "NOT_A_TIMESTAMP"


def test_an_authority_that_says_no_is_refused(authority, client):
    """PKIStatus 2 (rejection), no token."""
    authority.body = bytes.fromhex("30053003020102")
    assert code_of(lambda: client.stamp(HEAD)) == "NOT_GRANTED"


def test_a_clock_that_is_far_off_is_refused(authority):
    later = TimestampAuthority(authority.url, authority.ca_pem, clock=lambda: datetime.now(UTC) + timedelta(hours=1))
    assert code_of(lambda: later.stamp(HEAD)) == "WRONG_TIME"


def test_an_error_page_is_refused_and_a_busy_server_may_be_tried_again(authority, client):
    authority.body, authority.status = b"", 404
    assert code_of(lambda: client.stamp(HEAD)) == "HTTP_404"
    authority.status = 503
    with pytest.raises(Unavailable):
        client.stamp(HEAD)


def test_an_authority_that_is_not_there_may_be_tried_again(authority):
    with pytest.raises(Unavailable):
        TimestampAuthority("http://127.0.0.1:9/", authority.ca_pem).stamp(HEAD)


@pytest.mark.parametrize("pem", [b"", b"no certificate"])
def test_what_is_no_certificate_is_one_clear_error(pem):
    with pytest.raises(BadInput):
        TimestampAuthority("http://127.0.0.1:9/", pem)


def test_a_hash_that_is_too_weak_is_one_clear_error(authority):
    with pytest.raises(BadInput):
        TimestampAuthority(authority.url, authority.ca_pem, "sha1")
