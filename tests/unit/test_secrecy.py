"""Which values are secrets: by name and by content, each beside a harmless neighbour."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from realmctl.config.inputs.secret_values import is_public_content, is_public_name, is_secret_content, is_telling
from realmctl.config.inputs.variable_access import Allowed, VariableAccess, reserved_content

EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PLAIN = serialization.NoEncryption()
LOCKED = serialization.BestAvailableEncryption(b"x")
PKCS8, PKCS1 = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PUBLIC = serialization.PublicFormat.SubjectPublicKeyInfo


@pytest.mark.parametrize(
    "name",
    [
        "ENTRA_TENANT_ID", "ENTRA_AUTHORITY", "APPS_HOST", "SMTP_FROM", "stage", "TOKEN_LIFESPAN",
        "PUBLIC_KEY", "KEY_ID", "mailHost", "DB_HOST", "OAUTH2_PROXY_URL", "REALM_NAME_2", "AUTH_DOMAIN",
    ],
)  # fmt: skip
def test_a_public_name(name: str) -> None:
    assert is_public_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "SMTP_PW", "DB_PASS", "STRIPE", "API_TOKEN_URL", "SECRET_ID", "SLACK_WEBHOOK_URL", "smtpPassword",
        "PINCODE", "X", "", "ACCESS_KEY", "CLIENT_SECRET_NAME", "SENTRY_DSN", "A_TOKEN_2", "PASSWORD_OLD",
        "ENTRA", "KEYSTORE_PATH",
    ],
)  # fmt: skip
def test_a_name_that_is_not_plainly_public(name: str) -> None:
    assert not is_public_name(name)


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("var:smtp_pw", True), ("var:dbPassword", True), ("var:stage", False), ("var:greeting", False),
        ("var:tokenLifespan", False), ("file:keys/api", True), ("file:keystore.p12", True), ("file:terms.html", False),
        ("file:a/passwords/b.txt", True), ("file:certificates/partner.pem", False), ("env:MONKEY_NAME", False),
    ],
)  # fmt: skip
def test_a_telling_name(name: str, tells: bool) -> None:
    assert is_telling(name) is tells


SECRETS = {
    "PKCS #8": EC.private_bytes(PEM, PKCS8, PLAIN).decode(),
    "PKCS #8 with a password": EC.private_bytes(PEM, PKCS8, LOCKED).decode(),
    "PKCS #1": RSA.private_bytes(PEM, PKCS1, PLAIN).decode(),
    "SEC 1": EC.private_bytes(PEM, PKCS1, PLAIN).decode(),
    "OpenSSH": EC.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, PLAIN).decode(),
    "DER, PKCS #8": base64.b64encode(RSA.private_bytes(DER, PKCS8, PLAIN)).decode(),
    "DER, PKCS #8 with a password": base64.b64encode(RSA.private_bytes(DER, PKCS8, LOCKED)).decode(),
    "DER, PKCS #1, in lines": base64.encodebytes(RSA.private_bytes(DER, PKCS1, PLAIN)).decode(),
    "DER, SEC 1": base64.b64encode(EC.private_bytes(DER, PKCS1, PLAIN)).decode(),
    "PKCS #12": base64.b64encode(pkcs12.serialize_key_and_certificates(b"a", RSA, None, None, LOCKED)).decode(),
    "a signed token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "an unsigned token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.",
    "a private JWK": '{"kty":"EC","crv":"P-256","x":"aa","d":"jpsQnnGQmL-YBIffH1136cspYG6"}',
    "netrc": "machine api.example.org\n  login me\n  password hunter2\n",
    "npmrc": "//registry.example.org/:_authToken=abcdefgh",
    "an address with a password": "postgres://me:hunter2@db.example.org/x",
    "a signed address": "https://x.example.org/a?sv=1&sig=abcdefghijkl",
    "git's header": "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW4=".replace("AUTHORIZATION", "Authorization"),
    "a webhook": "https://hooks.slack.com/services/T000/B000/xxxx",
    "kubeconfig": "users:\n- name: a\n  user:\n    client-key-data: LS0tLS1CRUdJTi",
}
HARMLESS = {
    "a public key": EC.public_key().public_bytes(PEM, PUBLIC).decode(),
    "a public key in DER": base64.b64encode(RSA.public_key().public_bytes(DER, PUBLIC)).decode(),
    "a public key, PKCS #1": base64.b64encode(
        RSA.public_key().public_bytes(DER, serialization.PublicFormat.PKCS1)
    ).decode(),
    "a public JWK": '{"kty":"EC","crv":"P-256","x":"jpsQnnGQmL-YBIffH1136cspYG6","y":"jpsQnnGQmL-YBIffH1136cspYG6"}',
    "an address": "https://login.example.org/11111111-0000-4000-8000-000000000000/v2.0?ui_locales=de",
    "an address with a port": "http://keycloak.identity.svc:8080/auth",
    "words": "The machine room is open. Ask for the password at the desk.",
    "an id": "11111111-0000-4000-8000-000000000000",
    "short": "eyJ",
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_a_secret_by_its_content(text: str) -> None:
    assert is_secret_content(text)
    assert is_secret_content(f"{text}\n")


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_no_secret_by_its_content(text: str) -> None:
    assert not is_secret_content(text)


def test_public_content_is_certificates_and_public_keys_alone() -> None:
    assert is_public_content(HARMLESS["a public key"])
    assert not is_public_content(HARMLESS["a public key"] + SECRETS["SEC 1"])
    assert not is_public_content(HARMLESS["a public key"] + "more")
    assert not is_public_content("hunter2")


@pytest.mark.parametrize(
    "name",
    [
        "KEYCLOAK_URL", "keycloak_password", "REALMCTL_WEBHOOK", "AZURE_CLIENT_SECRET", "HTTPS_PROXY",
        "http_proxy", "all_proxy", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "CI_JOB_JWT_V2", "GITLAB_TOKEN", "SYSTEM_ACCESSTOKEN",
        "AWS_SECRET_ACCESS_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "ARM_CLIENT_SECRET", "KUBECONFIG",
        "SSH_AUTH_SOCK", "VAULT_TOKEN", "NPM_TOKEN", "DOCKER_AUTH_CONFIG", "GIT_CONFIG_VALUE_0",
        "TF_TOKEN_x",
    ],
)  # fmt: skip
def test_what_no_file_may_refer_to(name: str) -> None:
    assert reserved_content(name)
    assert VariableAccess(public=("*",), lists=[Allowed(("*",), "a", "b")]).refusal(name)[0]


@pytest.mark.parametrize(
    "name",
    [
        "ENTRA_CLIENT_SECRET", "OAUTH2_PROXY_CLIENT_SECRET", "ORDERS_BATCH_CLIENT_SECRET", "SMTP_PASSWORD",
        "LDAP_PASSWORD", "IDENTITY_HOST", "STAGE", "REALM_NAME", "ORGANIZATION_NAME",
        "CI_ENVIRONMENT_NAME",
    ],
)  # fmt: skip
def test_what_files_may_refer_to(name: str) -> None:
    assert not reserved_content(name)


def test_both_lists_have_to_have_it() -> None:
    environ = {"REALMCTL_ALLOW_VARIABLES": "A_*, B_NAME\nC_*"}
    access = VariableAccess.of(environ, [Allowed(("A_NAME", "D_*"), "'variables'", "ask")])
    told = {name: access.refusal(name)[0] for name in ("A_NAME", "A_OTHER", "B_NAME", "D_NAME")}
    assert [name for name, why in told.items() if not why] == ["A_NAME"]
    assert "not in 'variables'" in told["A_OTHER"]
    assert "REALMCTL_ALLOW_VARIABLES" in told["D_NAME"]
    assert VariableAccess.of({"REALMCTL_ALLOW_VARIABLES": ""}).refusal("A_NAME")[0]
