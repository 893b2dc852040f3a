"""The mail sink: every accepted message is in the journal before it is acknowledged, and no address is."""

from __future__ import annotations

import json
import os
import smtplib
import socket
import subprocess
import sys
import time

import pytest

from leakresponse.adapters.smtp import Mail, send
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal.mail_sink import entries, hash_of, mend, read_journal


@pytest.fixture
def sink(tmp_path):
    journal, port_file = tmp_path / "mail.jsonl", tmp_path / "port"
    command = [sys.executable, "-m", "leakresponse.rehearsal.mail_sink", "--journal", str(journal)]
    command += ["--port-file", str(port_file), "--with-parent", str(os.getpid())]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 20
    while not port_file.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield int(port_file.read_text()), journal
    process.terminate()
    process.wait(5)


def mail(number, to="someone@example.com"):
    return Mail(f"n-{number}", "MA", Redacted(to), "Notice", Redacted("text .\n.\nwith dots"), Redacted("<p>text</p>"))


def test_each_accepted_message_is_journalled_once(sink):
    port, journal = sink
    results = list(send("127.0.0.1", port, "privacy@harborpine.example", [mail(n) for n in range(20)]))
    assert {one.outcome for one in results} == {"sent"}
    found = read_journal(journal)
    assert [one.notice_id for one in found] == [f"n-{n}" for n in range(20)]
    assert {one.jurisdiction for one in found} == {"MA"}


def test_the_journal_is_written_before_the_answer(sink):
    port, journal = sink
    next(iter(send("127.0.0.1", port, "privacy@harborpine.example", [mail(1)])))
    assert len(read_journal(journal)) == 1


def test_no_address_is_stored_in_clear(sink):
    port, journal = sink
    list(send("127.0.0.1", port, "privacy@harborpine.example", [mail(1, "Someone.Else@Example.com")]))
    assert "lse@" not in journal.read_text()
    assert read_journal(journal)[0].to_sha256 == hash_of("someone.else@example.com")


def test_commands_out_of_order_are_refused(sink):
    port, journal = sink
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.ehlo()
        assert server.docmd("DATA")[0] == 503
        assert server.docmd("RCPT TO:<a@example.com>")[0] == 503
        assert server.docmd("MAIL FROM:<a@example.com>")[0] == 250
        assert server.docmd("RCPT TO:<nonsense>")[0] == 501
        assert server.docmd("TURN")[0] == 502
    assert read_journal(journal) == []


def test_pipelined_commands_are_answered_in_order(sink):
    port, journal = sink
    with socket.create_connection(("127.0.0.1", port), timeout=5) as talk:
        answers = talk.makefile("rb")
        answers.readline()
        talk.sendall(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        assert [answers.readline()[:3] for _ in range(3)] == [b"250", b"250", b"354"]
        talk.sendall(b"X-Notice-Id: n-7\r\n\r\nhello\r\n")
        talk.sendall(b".\r\nQUIT\r\n")
        assert [answers.readline()[:3] for _ in range(2)] == [b"250", b"221"]
    assert [one.notice_id for one in read_journal(journal)] == ["n-7"]


def test_a_connection_lost_before_the_end_leaves_no_entry(sink):
    port, journal = sink
    with socket.create_connection(("127.0.0.1", port), timeout=5) as talk:
        talk.sendall(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nX-Notice-Id: n-8\r\n\r\nhel")
        talk.recv(1024)
    time.sleep(0.1)
    assert read_journal(journal) == []


def test_one_entry_per_recipient_and_headers_are_not_read_from_the_body():
    content = b"X-Notice-Id: n-1\r\n\r\nX-Jurisdiction: CA\r\n"
    found = entries(content, ["a@example.com", "b@example.com"], "2026-11-20T08:00:00.000+00:00")
    assert len(found) == 2
    assert {one["jurisdiction"] for one in found} == {""}


def test_a_half_written_line_is_cut_off_and_never_counted(tmp_path):
    journal = tmp_path / "mail.jsonl"
    empty = dict.fromkeys(("message_id", "jurisdiction", "to_sha256", "body_sha256", "at"), "")
    line = json.dumps({"notice_id": "n-1", **empty, "bytes": 1})
    journal.write_text(f"{line}\n{line[:30]}")
    assert len(read_journal(journal)) == 1
    mend(journal)
    assert journal.read_text() == f"{line}\n"


def test_the_sink_is_fast_enough_for_a_mass_notice(sink):
    """A floor far below what was measured (3,700 a second), so that a busy machine does not fail it."""
    port, journal = sink
    body = b"X-Notice-Id: n\r\n\r\n" + b"h" * 4_000 + b"\r\n.\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as talk:
        answers = talk.makefile("rb")
        answers.readline()
        start = time.monotonic()
        for _ in range(500):
            talk.sendall(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n" + body)
            assert [answers.readline()[:3] for _ in range(4)][-1] == b"250"
        spent = time.monotonic() - start
    assert len(read_journal(journal)) == 500
    assert 500 / spent > 300
