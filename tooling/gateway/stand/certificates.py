"""The stand's own certificates: a public one for the gateway's hosts, and those that istiod would give to each pod.

Must not know about: where they are used.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as PEM files."""

    chain: Path
    key: Path


class Authority:
    """A CA of a day."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._made: dict[str, Pair] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        made = (
            self._started(name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, SHA256())
        )
        self.file = folder / f"{name}.pem"
        """Its certificate."""
        self.file.write_bytes(made.public_bytes(Encoding.PEM))

    def pair(self, name: str, *, hosts: list[str] | None = None, identity: str = "") -> Pair:
        """A certificate for hosts (names, addresses) or an identity of the mesh (spiffe://…); one of each name."""
        if name not in self._made:
            self._made[name] = self._pair(name, hosts or [], identity)
        return self._made[name]

    def _pair(self, name: str, hosts: list[str], identity: str) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [_named(host) for host in hosts]
        names += [x509.UniformResourceIdentifier(identity)] if identity else []
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        made = (
            self._started(name[:60], key)
            .add_extension(x509.SubjectAlternativeName(names), critical=not hosts)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, SHA256())
        )
        found = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        found.chain.write_bytes(made.public_bytes(Encoding.PEM))
        found.key.touch(mode=0o600)
        found.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return found

    def _started(self, name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
