"""Keys and certificates made at start: the authority, the server's certificate, one key pair per integration user."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_DAYS = 3650


def make_authority(folder: Path) -> None:
    """Write `ca.pem`, `server.pem` and `server.key` for 127.0.0.1 and localhost."""
    ca_key, name = _key(), _name("Simulated org authority")
    ca = _builder(name, name, ca_key.public_key()).add_extension(x509.BasicConstraints(True, 0), critical=True)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    authority = ca.add_extension(usage, critical=True).sign(ca_key, hashes.SHA256())
    key = _key()
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    server = (
        _builder(_name("localhost"), name, key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    _keep(folder / "ca.pem", authority.public_bytes(serialization.Encoding.PEM))
    _keep(folder / "server.pem", server.public_bytes(serialization.Encoding.PEM))
    _keep(folder / "server.key", _pem(key))


def make_login_key(path: Path, common_name: str) -> str:
    """Write a private key; the answer is its self-signed certificate in PEM."""
    key, name = _key(), _name(common_name)
    certificate = _builder(name, name, key.public_key()).sign(key, hashes.SHA256())
    _keep(path, _pem(key))
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=_DAYS))
    )


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
