"""The org's own certificate authority, made at start: clients trust its one file and nothing else is asked of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALID = timedelta(days=365)


def make_tls(folder: Path) -> None:
    """Write ca.pem, server.pem and server.key (mode 600) unless they are there."""
    if (folder / "server.key").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, server_key = _key(), _key()
    ca_name = _name("Simulated Salesforce org, certificate authority")
    authority = _builder(ca_name, ca_name, ca_key.public_key())
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    authority = authority.add_extension(_usage(signs_certificates=True), critical=True)
    key_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = authority.add_extension(key_id, critical=False).sign(ca_key, hashes.SHA256())
    server = _server(_builder(_name("localhost"), ca_name, server_key.public_key()), key_id)
    _write(folder / "ca.pem", ca.public_bytes(serialization.Encoding.PEM))
    _write(folder / "server.pem", server.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    _write(folder / "server.key", private_pem(server_key))


def _server(builder: x509.CertificateBuilder, authority: x509.SubjectKeyIdentifier) -> x509.CertificateBuilder:
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1"))]
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority)
    return (
        builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
    )


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=not signs_certificates,
        data_encipherment=False, key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> bytes:
    """The private key as PKCS 8 text."""
    form, no_password = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, no_password)


def public_key(certificate: str) -> PublicKeyTypes | None:
    """The key of a certificate in PEM, or in bare base64 as the metadata type stores it; None where it is none."""
    text = certificate.strip()
    if not text.startswith("-----BEGIN"):
        text = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"
    try:
        return x509.load_pem_x509_certificate(text.encode("ascii", "replace")).public_key()
    except ValueError:
        return None


def _write(path: Path, content: bytes) -> None:
    """Private from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)


write_private = _write
