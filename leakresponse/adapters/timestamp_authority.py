"""Asking a timestamp authority over HTTP (RFC 3161, section 3.4), and checking what it answered.

The signature is checked by `rfc3161-client`, at the moment that the token states, up to the roots that the operator
gave; revocation is not looked up. What the token is for (digest, nonce) is checked here first, so that each has a code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from leakresponse.core.errors import BadInput, Refused, Unavailable
from leakresponse.core.timestamps import Timestamp

HASHES = {"sha256": HashAlgorithm.SHA256, "sha512": HashAlgorithm.SHA512}
_DIGESTS = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
_MOST_BYTES = 1 << 16
#: An authority whose clock is further off than this says nothing of use.
CLOCK_TOLERANCE = timedelta(minutes=10)


class TimestampAuthority:
    """One authority, and the certificates (PEM) up to which its answers are trusted."""

    def __init__(
        self,
        url: str,
        trusted_pem: bytes,
        hash_name: str = "sha256",
        seconds: float = 10.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if hash_name not in HASHES:
            raise BadInput("timestamp authority: the hash is sha256 or sha512")
        self.url, self._hash, self._seconds, self._clock = url, hash_name, seconds, clock
        self._trusted_pem = trusted_pem
        _roots(trusted_pem)

    def stamp(self, message: bytes) -> Timestamp:
        """Have it stated that this message is there now. Refused where the answer does not hold, Unavailable for none.

        The message does not leave: only its hash does.
        """
        request = TimestampRequestBuilder(message, HASHES[self._hash]).build()
        der = self._ask(request.as_bytes())
        at = check(der, message, self._trusted_pem, request.nonce)
        if abs(at - self._clock()) > CLOCK_TOLERANCE:
            raise Refused("timestamp authority: its clock and ours are more than ten minutes apart", "WRONG_TIME")
        return Timestamp(der, at, self.url)

    def _ask(self, request: bytes) -> bytes:
        try:
            answer = httpx.post(
                self.url,
                content=request,
                headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
                timeout=httpx.Timeout(self._seconds, connect=5.0),
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"timestamp authority: {type(error).__name__}") from None
        except httpx.InvalidURL:
            raise BadInput("timestamp authority: not an address") from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable(f"timestamp authority: HTTP {answer.status_code}")
        kind = answer.headers.get("content-type", "")
        if answer.status_code != 200 or not kind.startswith("application/timestamp-reply"):
            raise Refused(f"timestamp authority: HTTP {answer.status_code}, no timestamp", f"HTTP_{answer.status_code}")
        return answer.content


def check(der: bytes, message: bytes, trusted_pem: bytes, nonce: int | None = None) -> datetime:
    """The moment that a token states for a message. Refused with a code for what does not hold.

    NOT_A_TIMESTAMP, NOT_GRANTED, WRONG_DIGEST (it is for something else), WRONG_NONCE (an answer to another question),
    NOT_TRUSTED (signature, chain, or a certificate that is not for timestamps).
    """
    response = _decoded(der)
    imprint = response.tst_info.message_imprint
    name = _DIGESTS.get(imprint.hash_algorithm.dotted_string)
    if name is None or hashlib.new(name, message).digest() != imprint.message:
        raise Refused("timestamp: it is for something else", "WRONG_DIGEST")
    if nonce is not None and response.tst_info.nonce != nonce:
        raise Refused("timestamp: it answers another question", "WRONG_NONCE")
    roots, others = _roots(trusted_pem)
    try:
        VerifierBuilder(roots=roots, intermediates=others).build().verify_message(response, message)
    except VerificationError:
        raise Refused("timestamp: its signature leads to no certificate that is trusted", "NOT_TRUSTED") from None
    return response.tst_info.gen_time.replace(tzinfo=UTC)


def _decoded(der: bytes) -> TimeStampResponse:
    """An answer that carries a token; one that refuses carries none."""
    try:
        if len(der) > _MOST_BYTES:
            raise ValueError("too large")
        response = decode_timestamp_response(der)
    except ValueError:
        raise Refused("timestamp: cannot be read", "NOT_A_TIMESTAMP") from None
    if response.status not in (0, 1):
        raise Refused(f"timestamp: the authority refused (status {response.status})", "NOT_GRANTED")
    return response


def _roots(pem: bytes) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Self-signed ones, up to which is trusted, and the others, which may stand between."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise BadInput("timestamp authority: the CA certificate is not in PEM form") from None
    roots = [certificate for certificate in found if certificate.issuer == certificate.subject]
    if not roots:
        raise BadInput("timestamp authority: no root among the CA certificates")
    return roots, [certificate for certificate in found if certificate not in roots]
