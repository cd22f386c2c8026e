"""Keys that a client proves itself with: what is signed holds by the public half alone, and nothing private is told."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from realmctl.errors import UsageProblem
from realmctl.keycloak.admin import keys


def test_an_assertion_holds_by_the_public_key_set(tmp_path: Path) -> None:
    pem = keys.generate_key()
    file = tmp_path / "key"
    file.write_text(pem)
    (public,) = json.loads(keys.key_set(pem))["keys"]
    assert set(public) == {"alg", "crv", "kid", "kty", "use", "x", "y"}
    said = jwt.decode(keys.assertion(str(file), "robot", "https://sso/realms/r"), ECKey.import_key(public), ["ES256"])
    assert said.header == {"alg": "ES256", "typ": "JWT", "kid": public["kid"]}
    assert (said.claims["iss"], said.claims["sub"], said.claims["aud"]) == ("robot", "robot", "https://sso/realms/r")
    assert 0 < said.claims["exp"] - time.time() <= keys.LIFE_SECONDS
    assert ECKey.import_key(public).thumbprint() == public["kid"]


def test_each_assertion_is_its_own(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(keys.generate_key())
    assert keys.assertion(str(file), "a", "b") != keys.assertion(str(file), "a", "b")


@pytest.mark.parametrize(
    "text", ["", "canary", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n", "é"]
)
def test_what_is_no_key_is_told_and_not_quoted(tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)
    with pytest.raises(UsageProblem, match="no private key") as refusal:
        keys.assertion(str(file), "robot", "x")
    assert "canary" not in f"{refusal.value}{refusal.value.advice}{refusal.value.__cause__}"
    with pytest.raises(UsageProblem, match="can't be read"):
        keys.assertion(str(tmp_path), "robot", "x")
