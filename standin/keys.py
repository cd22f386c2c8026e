"""The signing keys: RS256, published as Entra publishes them, rotated on demand.

Must not know about: what is signed.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from standin.certificates import make_certificate, make_key


class Key:
    """One key with the certificate of its own that Entra publishes beside it (`x5c`)."""

    def __init__(self) -> None:
        self.private: RSAPrivateKey = make_key()
        self.certificate = make_certificate("accounts.accesscontrol.windows.net", self.private, timedelta(days=1825))
        digest = self.certificate.fingerprint(SHA1())
        self.kid = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        self.jwk = RSAKey.import_key(self.private, {"kid": self.kid})

    def published(self, issuer: str) -> dict[str, Any]:
        """The public half. `issuer` as in Learn, "Signing key rollover"; Entra's keys say it, too."""
        public = self.jwk.as_dict(private=False)
        der = self.certificate.public_bytes(Encoding.DER)
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": public["n"],
            "e": public["e"],
            "x5c": [base64.b64encode(der).decode()],
            "issuer": issuer,
        }


class Keys:
    """All keys that are published; the first one signs."""

    def __init__(self) -> None:
        self.all = [Key()]

    def rotate(self, *, withdraw_old: bool = False) -> None:
        """A new key signs from now on; the old ones stay published unless they are to be withdrawn."""
        self.all = [Key()] if withdraw_old else [Key(), *self.all]

    def sign(self, claims: dict[str, Any]) -> str:
        """A JWT with Entra's header: typ, alg, kid."""
        key = self.all[0]
        return str(jwt.encode({"typ": "JWT", "alg": "RS256", "kid": key.kid}, claims, key.jwk, ["RS256"]))

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims of a token of ours; None where the signature is not by one of these keys."""
        try:
            return dict(jwt.decode(token, KeySet([key.jwk for key in self.all]), ["RS256"]).claims)
        except (JoseError, ValueError):
            return None
