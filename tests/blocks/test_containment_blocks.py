"""The pager shouts with a case id and counts; the policy says who decides; nothing secret shows."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr, ValidationError

from blocks import IdentityProvider, Pager, ResponsePolicy
from leakresponse.core.errors import LeakResponseError, Refused, Unavailable
from leakresponse.ledger import open_ledger
from tasks import containment_outside


class Hook(BaseHTTPRequestHandler):
    """Keeps what it is sent; answers with the server's status."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, json.loads(body), self.headers.get("Authorization")))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def hook():
    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.got, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{server.server_port}/hook/secret-part"
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def case(tmp_path):
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    return ledger, ledger.open_case("a-1", "{}", {}).case_id


def paged(ledger, case_id):
    return [e.body for e in ledger.timeline(case_id) if e.kind == "paged"]


def test_a_page_carries_the_case_and_counts_and_nothing_else(hook):
    Pager(url=SecretStr(hook.url)).page("case-1", "NotContained", {"open": 2, "paths": 9})
    assert hook.got == [
        ("/hook/secret-part", {"case_id": "case-1", "event": "NotContained", "counts": {"open": 2, "paths": 9}}, None)
    ]


@pytest.mark.parametrize(("status", "error"), [(503, Unavailable), (429, Unavailable), (404, Refused), (302, Refused)])
def test_a_pager_that_fails_says_so_without_its_address(hook, status, error):
    hook.status = status
    with pytest.raises(error) as caught:
        Pager(url=SecretStr(hook.url)).page("case-1", "NotContained", {})
    assert "secret-part" not in str(caught.value)


def test_a_pager_that_is_not_there_is_unavailable():
    with pytest.raises(Unavailable):
        Pager(url=SecretStr("http://127.0.0.1:9/x")).page("case-1", "NotContained", {})


def test_the_identity_provider_is_told_whom_to_end_with_its_token(hook):
    IdentityProvider(url=SecretStr(hook.url), token=SecretStr("t0ken")).end_sessions("case-1", "ann@x.example")
    _path, document, authorization = hook.got[0]
    assert document == {"case_id": "case-1", "action": "end_sessions", "username": "ann@x.example"}
    assert authorization == "Bearer t0ken"


def test_secrets_of_the_blocks_never_show():
    provider = IdentityProvider(url=SecretStr("https://x/MARK"), token=SecretStr("MARK"))
    assert "MARK" not in repr(Pager(url=SecretStr("https://x/MARK"))) + repr(provider)


@pytest.mark.parametrize("error", [LeakResponseError, KeyError])
def test_a_failing_containment_pages_and_still_fails(error, hook, case, monkeypatch):
    ledger, case_id = case
    policy = ResponsePolicy(pager="on-call")
    monkeypatch.setattr(containment_outside, "ledger_of", lambda store: ledger)
    monkeypatch.setattr(containment_outside, "store_block", lambda name: None)
    monkeypatch.setattr(containment_outside, "policy_block", lambda name: policy)
    monkeypatch.setattr(containment_outside, "load_block", lambda kind, name: Pager(url=SecretStr(hook.url)))
    counts = {}
    with pytest.raises(error), containment_outside.paging(case_id, "s", "p", counts):
        counts["open"] = 3
        raise error("not contained")
    assert hook.got[0][1]["counts"] == {"open": 3}
    assert paged(ledger, case_id) == [{"sent": True, "event": "not_contained"}]


def test_a_dead_pager_is_noted_and_hides_nothing(hook, case, monkeypatch):
    ledger, case_id = case
    hook.status = 500
    monkeypatch.setattr(containment_outside, "load_block", lambda kind, name: Pager(url=SecretStr(hook.url)))
    assert not containment_outside.page(ledger, case_id, "on-call", "NotContained", {})
    assert paged(ledger, case_id) == [{"sent": False, "why": "Unavailable"}]


def test_a_pager_block_that_does_not_exist_hides_nothing(case, monkeypatch):
    def missing(kind, name):
        raise ValueError("no such block")

    ledger, case_id = case
    monkeypatch.setattr(containment_outside, "load_block", missing)
    assert not containment_outside.page(ledger, case_id, "on-call", "NotContained", {})


def test_without_a_pager_the_silence_is_noted(case):
    ledger, case_id = case
    assert not containment_outside.page(ledger, case_id, "", "NotContained", {})
    assert paged(ledger, case_id)[0]["sent"] is False


def test_the_policy_decides_by_kind_and_protects_its_own_people():
    block = ResponsePolicy(
        levels={"freeze_user": "approval"}, owners={"Drift": "Marketing"}, break_glass_user_ids=["005000000000001AAA"],
        approver_user_ids=["005000000000002AAA"], proven_cuts={"block_app": "2026-11-01"}, failed_cuts=["revoke_token"],
        watch_seconds=7,
    )  # fmt: skip
    policy = block.containment()
    assert (policy.level("freeze_user"), policy.level("delete_session")) == ("approval", "suspected")
    assert (policy.owners, policy.watch_seconds) == ({"Drift": "Marketing"}, 7)
    assert block.protected() == {"005000000000001AAA", "005000000000002AAA"}
    assert (block.trial().proven, block.trial().failed) == ({"block_app": "2026-11-01"}, {"revoke_token"})


@pytest.mark.parametrize("levels", [{"freeze_user": "always"}, {"shout": "approval"}])
def test_the_policy_takes_no_unknown_kind_or_level(levels):
    with pytest.raises(ValidationError):
        ResponsePolicy(levels=levels)
