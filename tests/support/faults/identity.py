"""A throw-away key with a certificate of its own: to speak TLS with, and to sign client assertions with."""

from __future__ import annotations

import base64
import ipaddress
import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

KEY_ID = "realmctl-tests"


@dataclass(frozen=True)
class Identity:
    """`certificate` and `key` are PEM files."""

    certificate: Path
    key: Path
    private: rsa.RSAPrivateKey
    der: bytes

    @classmethod
    def make(cls, folder: Path, *, address: str = "127.0.0.1", ends: datetime | None = None) -> Identity:
        """A certificate for an IP address, signed by itself, good for an hour or until `ends`."""
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "realmctl tests")])
        ends = ends or datetime.now(UTC) + timedelta(hours=1)
        usage = {"key_cert_sign": True, "digital_signature": True, "key_encipherment": True, "crl_sign": True}
        rest = ("content_commitment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
        key_id = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(ends - timedelta(hours=2))
            .not_valid_after(ends)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage, **dict.fromkeys(rest, False)), critical=True)
            .add_extension(key_id, critical=False)
            .sign(private, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        plain = serialization.NoEncryption()
        made = cls(
            folder / "cert.pem", folder / "key.pem", private, certificate.public_bytes(serialization.Encoding.DER)
        )
        made.certificate.write_bytes(certificate.public_bytes(pem))
        made.key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        return made

    def server(self) -> ssl.SSLContext:
        """To serve TLS with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def jwk(self) -> dict[str, str]:
        """The public key as a JSON Web Key."""
        numbers = self.private.public_key().public_numbers()
        n, e = (_text(part.to_bytes((part.bit_length() + 7) // 8, "big")) for part in (numbers.n, numbers.e))
        return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": KEY_ID, "n": n, "e": e}

    def jwt(self, claims: dict[str, Any], **head: str) -> str:
        """The claims as a JWT, signed with RS256; `head` goes into its header."""
        parts = [_text(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT", **head}, claims)]
        signed = self.private.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
        return ".".join((*parts, _text(signed)))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
