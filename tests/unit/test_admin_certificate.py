"""The client certificate for mutual TLS: what is wrong with its files is told before anything is sent."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from realmctl.errors import Exit, UsageProblem
from realmctl.keycloak.admin import certificate, connection
from tests.support.faults.identity import Identity

ROBOT = {"KEYCLOAK_URL": "https://kc", "KEYCLOAK_CLIENT_ID": "ci", "KEYCLOAK_CLIENT_SECRET": "canary-secret"}
KEY_TEXT = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"


def named(identity: Identity) -> dict[str, str]:
    return {"KEYCLOAK_CLIENT_CERT": str(identity.certificate), "KEYCLOAK_CLIENT_KEY": str(identity.key)}


def test_both_files_by_environment_or_flag(tmp_path: Path) -> None:
    identity = Identity.make(tmp_path)
    made = connection({}, {**ROBOT, **named(identity)})
    assert (made.client_cert, made.client_key) == (str(identity.certificate), str(identity.key))
    assert connection({"client_cert": made.client_cert, "client_key": made.client_key}, ROBOT) == made
    certificate.load(ssl.create_default_context(), str(identity.certificate), str(identity.key))


def missing_key(identity: Identity) -> dict[str, str]:
    return {"KEYCLOAK_CLIENT_CERT": str(identity.certificate)}


def login_key_in_its_place(identity: Identity) -> dict[str, str]:
    return {"KEYCLOAK_CLIENT_CERT": str(identity.certificate), "KEYCLOAK_CLIENT_KEY_FILE": str(identity.key)}


def missing_certificate(identity: Identity) -> dict[str, str]:
    return {"KEYCLOAK_CLIENT_KEY": str(identity.key)}


def no_file(identity: Identity) -> dict[str, str]:
    return {**named(identity), "KEYCLOAK_CLIENT_KEY": "/nowhere/key.pem"}


def the_content(identity: Identity) -> dict[str, str]:
    return {**named(identity), "KEYCLOAK_CLIENT_KEY": KEY_TEXT}


def plain_http(identity: Identity) -> dict[str, str]:
    return {**named(identity), "KEYCLOAK_URL": "http://kc"}


def nobody(identity: Identity) -> dict[str, str]:
    return {**named(identity), "KEYCLOAK_CLIENT_ID": "", "KEYCLOAK_CLIENT_SECRET": ""}


@pytest.mark.parametrize(
    ("wrong", "told", "advice"),
    [
        (missing_key, "KEYCLOAK_CLIENT_CERT (--client-cert) is set without KEYCLOAK_CLIENT_KEY", "private key"),
        (login_key_in_its_place, "KEYCLOAK_CLIENT_KEY_FILE is the key for the login, not for TLS", "Set KEY"),
        (missing_certificate, "is set without KEYCLOAK_CLIENT_CERT", "KEYCLOAK_CLIENT_KEY_FILE (--key-file)"),
        (no_file, "/nowhere/key.pem of the client certificate does not exist", "--client-key"),
        (the_content, "the content of a file?", "path of a PEM file"),
        (plain_http, "is not https://", "Use https://"),
        (nobody, "a client certificate is for TLS alone", "KEYCLOAK_CLIENT_KEY_FILE"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_are_told(
    tmp_path: Path, wrong: Callable[[Identity], dict[str, str]], told: str, advice: str
) -> None:
    with pytest.raises(UsageProblem) as problem:
        connection({}, {**ROBOT, **wrong(Identity.make(tmp_path))})
    assert told in str(problem.value)
    assert advice in problem.value.advice
    assert problem.value.exit_code is Exit.USAGE
    assert "canary" not in f"{problem.value}{problem.value.advice}"


@pytest.mark.parametrize("variable", ["KEYCLOAK_CLIENT_KEY_FILE", "KEYCLOAK_JWT_TOKEN_FILE", "KEYCLOAK_CA_FILE"])
@pytest.mark.parametrize("content", [KEY_TEXT, "eyJhbGciOiJFUzI1NiJ9.canary-claims.signature", "canary" * 1000])
def test_the_content_of_a_file_in_place_of_its_path_is_not_shown(variable: str, content: str) -> None:
    with pytest.raises(UsageProblem, match="does not exist") as problem:
        connection({}, {**ROBOT, variable: content})
    assert "canary" not in f"{problem.value}{problem.value.advice}"


def encrypted(identity: Identity, other: Identity) -> tuple[Path, Path]:
    pem = identity.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"canary"))
    identity.key.write_bytes(pem)
    return identity.certificate, identity.key


def of_another(identity: Identity, other: Identity) -> tuple[Path, Path]:
    return identity.certificate, other.key


def exchanged(identity: Identity, other: Identity) -> tuple[Path, Path]:
    return identity.key, identity.certificate


def no_key(identity: Identity, other: Identity) -> tuple[Path, Path]:
    identity.key.write_text(KEY_TEXT)
    return identity.certificate, identity.key


def empty(identity: Identity, other: Identity) -> tuple[Path, Path]:
    identity.certificate.write_text("")
    return identity.certificate, identity.key


def a_folder(identity: Identity, other: Identity) -> tuple[Path, Path]:
    return identity.certificate, identity.key.parent


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (encrypted, "is encrypted"),
        (of_another, "does not belong to the client certificate"),
        (exchanged, "holds no certificate"),
        (no_key, "holds no private key"),
        (empty, "holds no certificate"),
        (a_folder, "can't be read"),
    ],
)
def test_files_that_are_none_are_told(
    tmp_path: Path, wrong: Callable[[Identity, Identity], tuple[Path, Path]], told: str
) -> None:
    (tmp_path / "other").mkdir()
    cert, key = wrong(Identity.make(tmp_path), Identity.make(tmp_path / "other"))
    with pytest.raises(UsageProblem, match=told) as problem:
        certificate.load(ssl.create_default_context(), str(cert), str(key))
    assert problem.value.advice
    assert "canary" not in f"{problem.value}{problem.value.advice}{problem.value.__cause__}"


@pytest.mark.parametrize(("ends", "told"), [(-1, "expired on"), (3, "is not valid before")])
def test_a_certificate_is_valid_now_or_refused(tmp_path: Path, ends: int, told: str) -> None:
    identity = Identity.make(tmp_path, ends=datetime.now(UTC) + timedelta(hours=ends))
    with pytest.raises(UsageProblem, match=told):
        certificate.load(ssl.create_default_context(), str(identity.certificate), str(identity.key))
