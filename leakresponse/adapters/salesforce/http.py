"""The wire: one pooled session per thread, timeouts on every call, vendor statuses mapped to our errors.

Error shapes: Salesforce REST guide `errorcodes` and `headers_api_usage`; edge errors (420, 502, 503) are often HTML.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from leakresponse.core.errors import BadInput, OutcomeUnknown, Refused, SessionRevoked, Unavailable

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
ATTEMPTS = 4
#: Connections that are kept open to one org.
_CONNECTIONS = 32
_BUSY_STATUS = frozenset({420, 429, 500, 502, 503, 504})
_BUSY_CODES = frozenset({"UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT", "SERVER_UNAVAILABLE"})
#: Too many calls at once, or too many in a day: one code for both. The day's usage stands in Sforce-Limit-Info.
_LIMIT_CODE = "REQUEST_LIMIT_EXCEEDED"
#: How the older bulk API says with status 400, and SOAP with 500, that a session is dead.
_DEAD = frozenset({"InvalidSessionId", "INVALID_SESSION_ID"})
#: SOAP answers every refusal with 500 (SOAP API guide, "API Fault Element").
_FAULT = re.compile(r"<faultcode>(?:\w+:)?(\w+)</faultcode>")
_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")
#: A connection that was lost before the answer, or in the middle of it.
LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
_SAFE_METHODS = frozenset({"GET", "HEAD", "DELETE"})


class TimeoutAdapter(HTTPAdapter):
    """requests has no default timeout; simple-salesforce sets none either. This one always does."""

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):  # type: ignore[no-untyped-def]
        """Send with our timeouts where the caller gave none."""
        limit = timeout or (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, stream=stream, timeout=limit, verify=verify, cert=cert, proxies=proxies)


class Wire:
    """HTTP for one org. Safe to share between threads: each thread gets a session of its own."""

    def __init__(self, ca_file: str | None, client_name: str = "leak-response") -> None:
        self._ca_file = ca_file
        self._client_name = client_name
        self._local = threading.local()
        #: One pool of connections for all threads: a thread that begins needs no new handshake.
        self._adapter = TimeoutAdapter(pool_maxsize=_CONNECTIONS)
        #: Calls that the org has left today by the last Sforce-Limit-Info, None before there was one.
        self.calls_left: int | None = None

    @property
    def session(self) -> requests.Session:
        """This thread's session; the environment's proxies and CA bundles are ignored on purpose."""
        existing: requests.Session | None = getattr(self._local, "session", None)
        if existing is not None:
            return existing
        session = requests.Session()
        session.trust_env = False
        session.verify = self._ca_file or True
        session.headers["Sforce-Call-Options"] = f"client={self._client_name}"
        session.headers["User-Agent"] = f"{self._client_name}/1"
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        self._local.session = session
        return session

    def form(self, url: str, data: Mapping[str, str]) -> requests.Response:
        """POST a form; used for the OAuth endpoints, which answer 400 with an object of their own."""
        return self._call("POST", url, repeatable=True, data=dict(data))

    def envelope(self, url: str, content: bytes) -> requests.Response:
        """POST a SOAP envelope that brings its own credentials; refusals are faults with status 500."""
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
        return self._call("POST", url, repeatable=True, data=content, headers=headers)

    def call(
        self, method: str, url: str, token: str, repeatable: bool | None = None, **options: Any
    ) -> requests.Response:
        """One REST call with a bearer token; answers 2xx or raises one of our errors.

        `repeatable` says that doing it twice harms nothing; unset, only GET, HEAD and DELETE are repeated.
        Raises SessionRevoked (401), Refused (4xx), Unavailable (busy to the end), OutcomeUnknown (connection lost in a
        call that must not be repeated).
        """
        headers = {**options.pop("headers", {}), "Authorization": f"Bearer {token}"}
        again = method in _SAFE_METHODS if repeatable is None else repeatable
        answer = self._call(method, url, repeatable=again, headers=headers, **options)
        if answer.status_code < 400:
            return answer
        raise refusal(answer)

    def _call(self, method: str, url: str, repeatable: bool, **options: Any) -> requests.Response:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self.session.request(method, url, **options)
                self._note_usage(answer)
                if answer.status_code >= 400:
                    _ = answer.content  # the refusal of a streamed call is read here, where it may be cut too
            except requests.exceptions.SSLError:
                raise BadInput(f"{_host(url)}: the server's certificate is not trusted") from None
            except LOST:
                if not repeatable:
                    raise OutcomeUnknown(f"{_host(url)}: connection lost during {method}") from None
                if attempt == ATTEMPTS:
                    raise Unavailable(f"{_host(url)}: no answer") from None
                time.sleep(pause_seconds(attempt))
                continue
            if not is_busy(answer) or attempt == ATTEMPTS:
                return answer
            time.sleep(min(_retry_after(answer) or pause_seconds(attempt), 30))
        raise Unavailable(f"{_host(url)}: busy")

    def _note_usage(self, answer: requests.Response) -> None:
        found = _USAGE.search(answer.headers.get("Sforce-Limit-Info", ""))
        if found:
            self.calls_left = int(found[2]) - int(found[1])


def error_code(answer: requests.Response) -> str:
    """The vendor's errorCode (REST list), error (OAuth object), exceptionCode (Bulk v1) or fault code (SOAP).

    The HTTP status where the answer names none.
    """
    fault = _FAULT.search(answer.text) if answer.status_code == 500 else None
    if fault:
        return fault[1]
    try:
        body = answer.json()
    except ValueError:
        return f"HTTP_{answer.status_code}"
    first = body[0] if isinstance(body, list) and body else body
    if isinstance(first, dict):
        named = first.get("errorCode") or first.get("error") or first.get("exceptionCode")
        return str(named or f"HTTP_{answer.status_code}")
    return f"HTTP_{answer.status_code}"


def refusal(answer: requests.Response) -> Refused | Unavailable:
    """Map an answer above 399 to our error. The vendor's message stays behind: it may quote SOQL with e-mails."""
    code = error_code(answer)
    if answer.status_code == 401 or code in _DEAD:
        return SessionRevoked("the session is dead", code)
    if is_busy(answer):
        return Unavailable(f"busy: {code}", _retry_after(answer))
    return Refused(f"refused: {code}", code)


def is_busy(answer: requests.Response) -> bool:
    """Whether the same call may be answered a little later. A day's limit that is used up does not pass by waiting."""
    if answer.status_code in {400, 403}:
        code = error_code(answer)
        return code in _BUSY_CODES or (code == _LIMIT_CODE and not _used_up(answer))
    if answer.status_code == 500 and (fault := _FAULT.search(answer.text)):
        return fault[1] in _BUSY_CODES
    return answer.status_code in _BUSY_STATUS


def is_busy_code(status: int, code: str) -> bool:
    """The same where only status and code are known."""
    return status in _BUSY_STATUS or code in _BUSY_CODES or code == _LIMIT_CODE


def pause_seconds(attempt: int) -> float:
    """How long to wait after the attempt of that number, from 1."""
    return 0.2 * 2.0**attempt


def _used_up(answer: requests.Response) -> bool:
    found = _USAGE.search(answer.headers.get("Sforce-Limit-Info", ""))
    return found is not None and int(found[1]) >= int(found[2])


def _retry_after(answer: requests.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.replace(".", "", 1).isdigit() else None


def _host(url: str) -> str:
    return urlsplit(url).netloc
