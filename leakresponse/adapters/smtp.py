"""Handing notices to a mail server over SMTP (RFC 5321), one connection per worker.

SMTP is not exactly-once: a connection lost after DATA leaves the message unknown. Such a message is reported as
unknown and reconciled with the server's delivery log, never sent again blindly.
"""

from __future__ import annotations

import json
import smtplib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate
from pathlib import Path

from leakresponse.core.errors import Unavailable
from leakresponse.core.redact import Redacted


@dataclass(frozen=True, slots=True)
class Mail:
    """One message ready to go. The subject is the same for everybody."""

    notice_id: str
    jurisdiction: str
    recipient: Redacted[str]
    subject: str
    text: Redacted[str]
    html: Redacted[str]


@dataclass(frozen=True, slots=True)
class MailResult:
    """What became of one message: `sent`, `refused` (a permanent 5xx), `deferred` (4xx) or `unknown`; SMTP code."""

    notice_id: str
    outcome: str
    code: int


def send(host: str, port: int, sender: str, mails: Iterable[Mail], timeout: float = 30.0) -> Iterator[MailResult]:
    """Send one after another over one connection, saying of each what became of it.

    Raises Unavailable where the server cannot be reached before the first message; a connection lost later makes the
    message in flight `unknown` and those after it `deferred`.
    """
    try:
        server = smtplib.SMTP(host, port, timeout=timeout)
        server.ehlo()
    except OSError:
        raise Unavailable("mail server: no answer") from None
    lost = False
    try:
        for mail in mails:
            result = MailResult(mail.notice_id, "deferred", 421) if lost else _send_one(server, sender, mail)
            lost = lost or result.outcome == "unknown"
            yield result
    finally:
        _close(server)


def _send_one(server: smtplib.SMTP, sender: str, mail: Mail) -> MailResult:
    try:
        message = _message(sender, mail)
        code, _ = server.mail(sender)
        if code == 250:
            code, _ = server.rcpt(mail.recipient.reveal())
        if code not in (250, 251):
            server.rset()
            return MailResult(mail.notice_id, "refused" if code >= 500 else "deferred", code)
        code, _ = server.data(message)
    except (OSError, smtplib.SMTPException):
        return MailResult(mail.notice_id, "unknown", 0)
    if code == 250:
        return MailResult(mail.notice_id, "sent", code)
    return MailResult(mail.notice_id, "refused" if code >= 500 else "deferred", code)


def _message(sender: str, mail: Mail) -> bytes:
    """The message in RFC 5322 form; the older MIME classes take a tenth of the time of EmailMessage."""
    message = MIMEMultipart("alternative")
    message["From"] = sender
    message["To"] = mail.recipient.reveal()
    message["Subject"] = mail.subject if mail.subject.isascii() else Header(mail.subject, "utf-8").encode()
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail.notice_id}@{sender.rpartition('@')[2]}>"
    message["X-Notice-Id"] = mail.notice_id
    message["X-Jurisdiction"] = mail.jurisdiction
    message.attach(MIMEText(mail.text.reveal(), "plain", "utf-8"))
    message.attach(MIMEText(mail.html.reveal(), "html", "utf-8"))
    return message.as_bytes()


def _close(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def delivered(delivery_log: Path) -> frozenset[str]:
    """Notice ids that the mail server's delivery log (one JSON object a line with `notice_id`) has accepted."""
    if not delivery_log.exists():
        return frozenset()
    with delivery_log.open(encoding="utf-8") as lines:
        return frozenset(json.loads(line)["notice_id"] for line in lines if line.endswith("\n"))
