"""One JSON document to one address of the retailer's own: a pager, an identity provider, a rotation service.

Times out always.

The address may carry a secret in its path, so it never enters an error or a log.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from leakresponse.core.errors import BadInput, Refused, Unavailable
from leakresponse.core.redact import Redacted

TIMEOUT_SECONDS = (3.0, 10.0)


def post_json(url: str, document: Mapping[str, Any], token: str = "") -> int:
    """POST the document; the answer is the status. Posting twice harms nothing on the other side.

    Raises BadInput where the address is none, Unavailable where nobody answered or the answer was 429 or 5xx, Refused
    for the other statuses.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return _post(url, json.dumps(dict(document)).encode(), headers).status_code


@dataclass(frozen=True, slots=True)
class SignedHook:
    """An address whose owner can tell that a request is ours and is fresh: an HMAC over its time and its body."""

    url: Redacted[str]
    secret: Redacted[str]

    def ask(self, document: Mapping[str, Any], idempotency_key: str) -> tuple[int, dict[str, Any]]:
        """POST the document; the answer is status and JSON body. The same key twice asks after the same work.

        `X-Leak-Response-Signature` is `sha256=` and the hex HMAC-SHA256 of `<timestamp>.<body>` under the secret;
        `X-Leak-Response-Timestamp` is in seconds. Raises as `post_json`.
        """
        body, moment = json.dumps(dict(document), sort_keys=True).encode(), str(int(time.time()))
        signature = sign(self.secret, moment, body)
        answer = _post(self.url.reveal(), body, {
            "Idempotency-Key": idempotency_key, "X-Leak-Response-Timestamp": moment,
            "X-Leak-Response-Signature": f"sha256={signature}",
        })  # fmt: skip
        try:
            told = answer.json()
        except ValueError:
            told = {}
        return answer.status_code, told if isinstance(told, dict) else {}


def try_key(url: str, header: str, key: Redacted[str]) -> str:
    """Ask an address that wants a key: empty where it is taken, `HTTP_401` or `HTTP_403` where it is refused.

    Every other answer says nothing about the key: raises Unavailable for 429, 5xx and silence, Refused for the rest.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False
            headers = {header: key.reveal()}
            answer = session.get(url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True)
            status = answer.status_code
            answer.close()
    except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
        raise BadInput("webhook: the address is none") from None
    except requests.RequestException as error:
        raise Unavailable(f"webhook: no answer ({type(error).__name__})") from None
    if status in {401, 403}:
        return f"HTTP_{status}"
    if status == 429 or status >= 500:
        raise Unavailable(f"webhook: answered {status}")
    if not 200 <= status < 300:
        raise Refused(f"webhook: answered {status}", f"HTTP_{status}")
    return ""


def sign(secret: Redacted[str], moment: str, body: bytes) -> str:
    """The signature of a body at a moment, in hex."""
    return hmac.new(secret.reveal().encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
    typed = {"Content-Type": "application/json", **headers}
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(url, data=body, headers=typed, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
        raise BadInput("webhook: the address is none") from None
    except requests.RequestException as error:
        raise Unavailable(f"webhook: no answer ({type(error).__name__})") from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Unavailable(f"webhook: answered {answer.status_code}")
    if not 200 <= answer.status_code < 300:
        raise Refused(f"webhook: answered {answer.status_code}", f"HTTP_{answer.status_code}")
    return answer
