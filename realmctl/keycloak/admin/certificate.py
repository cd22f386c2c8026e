"""The client certificate for mutual TLS: the checks of its PEM files, before a connection uses them.

Must not know about: HTTP, logins, which server asks for the certificate.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from realmctl.errors import UsageProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

CERT, KEY = "KEYCLOAK_CLIENT_CERT", "KEYCLOAK_CLIENT_KEY"


def load(context: ssl.SSLContext, cert: str, key: str) -> None:
    """Add the certificate in the file `cert` (a chain, the client's own first) and its private key to `context`.

    Raises UsageProblem where a file cannot be read or is not PEM, the key is encrypted or belongs to another
    certificate, or the certificate is not valid now. No message quotes the content of a file.
    """
    _check(cert, key)
    try:
        # The password is empty, so that OpenSSL never asks for it on a terminal.
        context.load_cert_chain(cert, key, password="")
    except OSError as error:  # ssl.SSLError is one
        reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        raise UsageProblem(
            f"TLS does not accept the client certificate {cert} with the key {key}: {reason}.",
            advice=f"Check the files that {CERT} (--client-cert) and {KEY} (--client-key) name.",
        ) from None


def _check(cert: str, key: str) -> None:
    from cryptography import x509

    try:
        own = x509.load_pem_x509_certificates(_bytes(cert, "certificate"))[0]
    except ValueError:
        raise UsageProblem(
            f"{cert} holds no certificate in PEM form.",
            advice=f"{CERT} (--client-cert) names the certificate; its private key is {KEY} (--client-key).",
        ) from None
    private = _private(key)
    if private.public_key() != own.public_key():
        raise UsageProblem(
            f"The key {key} does not belong to the client certificate {cert}.",
            advice=f"{KEY} is the certificate's own key. The key that a client logs in with is "
            "KEYCLOAK_CLIENT_KEY_FILE (--key-file).",
        )
    now = datetime.now(UTC)
    if own.not_valid_after_utc < now:
        raise UsageProblem(
            f"The client certificate {cert} expired on {own.not_valid_after_utc:%Y-%m-%d %H:%M} UTC.",
            advice=f"Renew it, and set {CERT} and {KEY} to the new files.",
        )
    if own.not_valid_before_utc > now:
        raise UsageProblem(
            f"The client certificate {cert} is not valid before {own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC.",
            advice="Check the clock of this machine, or use a certificate that is valid now.",
        )


def _private(key: str) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(_bytes(key, "key"), None)
    except TypeError:
        raise UsageProblem(
            f"The key {key} of the client certificate is encrypted, and realmctl does not ask for passwords.",
            advice=f"Decrypt it into a file that only this account may read: openssl pkey -in {key} -out FILE",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # No cause: it may quote the file.
        raise UsageProblem(
            f"{key} holds no private key in PEM form.",
            advice=f"{KEY} (--client-key) names the private key of the certificate in {CERT} (--client-cert).",
        ) from None


def _bytes(path: str, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageProblem(
            f"The client {what} {path} can't be read: {error.strerror}.",
            advice="Check the path and the rights of the file.",
        ) from None
