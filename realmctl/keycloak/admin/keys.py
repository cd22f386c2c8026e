"""Keys that a client proves itself with instead of a secret: making one, what Keycloak gets of it, signing with it.

Must not know about: HTTP, which client it is for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from realmctl.errors import UsageProblem
from realmctl.model.redaction import register

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

LIFE_SECONDS = 60
"""How long an assertion is good for. Keycloak takes each but once; the rest is for clocks that differ."""
ALGORITHM = "ES256"
_P256_BYTES = 32


def generate_key() -> str:
    """A new private key (P-256), as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def key_set(pem: str) -> str:
    """The public half of a private key as the JSON Web Key Set that Keycloak checks signatures against."""
    return json.dumps({"keys": [{**_public(_loaded(pem)), "use": "sig", "alg": ALGORITHM}]}, sort_keys=True)


def assertion(path: str, client_id: str, audience: str) -> str:
    """A JWT by which `client_id` proves itself to the realm whose issuer is `audience`; the key is read anew.

    By OpenID Connect Core 9, private_key_jwt. Raises UsageProblem where the file holds no such key.
    """
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        pem = Path(path).read_text(encoding="ascii")
        register(pem)
        key = _loaded(pem)
    except OSError as error:
        raise UsageProblem(f"The client's key {path} can't be read: {error.strerror}.", advice=_ADVICE) from None
    except ValueError:
        # No cause: it may quote the file.
        raise UsageProblem(f"{path} holds no private key of the curve P-256.", advice=_ADVICE) from None
    now = int(time.time())
    head = {"alg": ALGORITHM, "typ": "JWT", "kid": _public(key)["kid"]}
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": uuid.uuid4().hex}
    said = ".".join(
        _text(json.dumps(part).encode()) for part in (head, {**claims, "iat": now, "exp": now + LIFE_SECONDS})
    )
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{said}.{_text(r.to_bytes(_P256_BYTES, 'big') + s.to_bytes(_P256_BYTES, 'big'))}"


_ADVICE = "KEYCLOAK_CLIENT_KEY_FILE and --key-file name a file with the private key that realmctl bootstrap made (PEM)."


def _loaded(pem: str) -> EllipticCurvePrivateKey:
    """Raises ValueError for anything but a P-256 key without a password."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("another kind of key")
    return key


def _public(key: EllipticCurvePrivateKey) -> dict[str, Any]:
    """The public key as a JWK; its id is its thumbprint (RFC 7638)."""
    numbers = key.public_key().public_numbers()
    x, y = (_text(part.to_bytes(_P256_BYTES, "big")) for part in (numbers.x, numbers.y))
    needed = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    print_ = hashlib.sha256(json.dumps(needed, sort_keys=True, separators=(",", ":")).encode()).digest()
    return {**needed, "kid": _text(print_)}


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
