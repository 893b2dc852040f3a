"""Making an RSA key pair and its self-signed certificate, for JWT bearer logins.

Salesforce takes an X.509 certificate on the app and verifies RS256 (Help `remoteaccess_oauth_jwt_flow`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from leakresponse.core.redact import Redacted


@dataclass(frozen=True, slots=True)
class KeyPair:
    """PEM texts."""

    private_pem: Redacted[str]
    certificate_pem: str
    fingerprint: str


def make_key_pair(common_name: str, bits: int = 2048, valid_days: int = 365) -> KeyPair:
    """A fresh RSA key with a self-signed certificate; `fingerprint` is the certificate's SHA-256 in hex."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=valid_days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return KeyPair(Redacted(private.decode()), public.decode(), certificate.fingerprint(hashes.SHA256()).hex())
