"""Everything that an account can read of a realm, and every way to log in as a client with a piece of that.

Must not know about: which account it is, how it got its rights.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
import time
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"

OF_THE_REALM = (
    "", "keys", "components", "users?briefRepresentation=false", "clients", "clients-initial-access", "groups",
    "client-registration-policy/providers", "client-scopes", "client-policies/policies", "client-policies/profiles",
    "client-session-stats", "client-templates", "credential-registrators", "default-groups", "events", "events/config",
    "admin-events?max=1000", "identity-provider/instances", "localization", "localization/en", "organizations", "roles",
    "roles?briefRepresentation=false", "users/profile", "users/profile/metadata", "users-management-permissions",
    "authentication/flows", "authentication/required-actions", "authentication/client-authenticator-providers",
    "authentication/authenticator-providers", "default-default-client-scopes", "default-optional-client-scopes",
    "workflows", "client-types", "group-by-path/x", "ui-ext/info", "ui-ext/sessions", "ui-ext/brute-force-user",
)  # fmt: skip
OF_A_CLIENT = (
    "", "client-secret", "client-secret/rotated", "registration-access-token", "service-account-user", "roles",
    "certificates/jwt.credential", "certificates/jwt.credential/download", "certificates/saml.signing",
    "certificates/saml.encryption", "certificates/id.token", "protocol-mappers/models", "scope-mappings",
    "default-client-scopes", "optional-client-scopes", "user-sessions", "offline-sessions", "session-count",
    "management/permissions", "authz/resource-server", "authz/resource-server/settings", "nodes",
    "evaluate-scopes/protocol-mappers", "installation/providers/keycloak-oidc-keycloak-json",
    "installation/providers/keycloak-oidc-jboss-subsystem-cli", "installation/providers/keycloak-saml",
    "installation/providers/keycloak-saml-subsystem-cli", "installation/providers/mod-auth-mellon",
    "installation/providers/saml-sp-descriptor", "installation/providers/docker-v2-compose-yaml",
    "installation/providers/docker-v2-registry-config-file", "installation/providers/docker-v2-variable-override",
)  # fmt: skip
OF_A_USER = (
    "", "credentials", "sessions", "role-mappings", "groups", "consents", "federated-identity",
    "configured-user-storage-credential-types", "unmanagedAttributes",
)  # fmt: skip
TRIED = (
    "client-secret", "registration-access-token", "certificates/jwt.credential/download",
    "certificates/jwt.credential/generate", "certificates/saml.signing/download", "push-revocation",
)  # fmt: skip
"""POSTs on a client that answer with a credential to those who may write."""


@dataclass
class Harvest:
    """What `bearer` reads of a realm. `texts` are the answers by their address, `found` every value in them."""

    url: str
    realm: str
    bearer: str
    texts: dict[str, bytes] = field(default_factory=dict)

    @property
    def found(self) -> set[str]:
        """Every value that may be a credential: no blank in it, and not short."""
        every = {value for content in self.texts.values() for text in _unpacked(content) for value in _values(text)}
        return {value for value in every if len(value) >= 12 and not re.search(r"\s", value) and "://" not in value}

    def gather(self) -> Harvest:
        """Reads all of it, and tries the writes that would tell a credential."""
        for path in OF_THE_REALM:
            self._ask("GET", f"admin/realms/{self.realm}/{path}")
        clients = self._list("clients")
        for client in clients:
            for path in OF_A_CLIENT:
                self._ask("GET", f"admin/realms/{self.realm}/clients/{client['id']}/{path}")
            for kind in ("default", "openid-connect", "install"):
                self._ask("GET", f"realms/{self.realm}/clients-registrations/{kind}/{client['clientId']}")
            if str(client["clientId"]).startswith("realmctl-"):
                for path in TRIED:
                    body = {"format": "JKS", "keyAlias": "a", "keyPassword": "p", "storePassword": "p"}
                    self._ask("POST", f"admin/realms/{self.realm}/clients/{client['id']}/{path}", body)
        for user in self._list("users?briefRepresentation=false"):
            for path in OF_A_USER:
                self._ask("GET", f"admin/realms/{self.realm}/users/{user['id']}/{path}")
        for component in self._list("components"):
            self._ask("GET", f"admin/realms/{self.realm}/components/{component['id']}")
        for broker in self._list("identity-provider/instances"):
            self._ask("GET", f"admin/realms/{self.realm}/identity-provider/instances/{broker['alias']}")
        for query in ("", "?exportClients=true", "?exportClients=true&exportGroupsAndRoles=true"):
            self._ask("POST", f"admin/realms/{self.realm}/partial-export{query}", {})
        self._ask("POST", f"admin/realms/{self.realm}/clients-initial-access", {"count": 1})
        return self

    def _ask(self, method: str, path: str, body: Any = None) -> None:
        headers = {"Authorization": f"Bearer {self.bearer}"}
        answer = requests.request(method, f"{self.url}/{path.rstrip('/')}", json=body, headers=headers, timeout=300)
        if answer.ok:
            self.texts[f"{method} {path}"] = answer.content

    def _list(self, path: str) -> list[dict[str, Any]]:
        found = json.loads(self.texts.get(f"GET admin/realms/{self.realm}/{path}", b"[]"))
        return found if isinstance(found, list) else []


def _unpacked(content: bytes) -> Iterator[str]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace")
    else:
        yield content.decode("utf-8", "replace")


def _values(text: str) -> Iterator[str]:
    """Each string of a JSON document, of the documents inside it, and of any other text each word."""
    try:
        value = json.loads(text)
    except ValueError:
        yield from re.findall(r"[\w.+/=~-]+", text)
        return
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo += one.values()
        elif isinstance(one, list):
            todo += one
        elif isinstance(one, str):
            yield one
            if one[:1] in ("{", "["):
                yield from _values(one)


@dataclass(frozen=True)
class Impostor:
    """Somebody who tries to be `client` of a realm with what they found."""

    url: str
    realm: str
    client: str

    def ways_in(self, found: set[str]) -> list[str]:
        """The ways that worked: the name of the way and the beginning of the value."""
        worked = []
        with requests.Session() as self_made:
            for value in sorted(found):
                for way, ok in self._tried(self_made, value):
                    if ok:
                        worked.append(f"{way}: {value[:8]}…")
        return worked

    def _tried(self, session: requests.Session, value: str) -> Iterator[tuple[str, bool]]:
        me = {"client_id": self.client, "grant_type": "client_credentials"}
        yield "secret", self._token(session, {**me, "client_secret": value})
        yield "signed by it", self._asserted(session, me, _hmac(value, self._claims()))
        if value.startswith("eyJ"):
            yield "assertion", self._asserted(session, me, value)
            place = f"{self.url}/realms/{self.realm}/clients-registrations/default/{self.client}"
            answer = session.get(place, headers={"Authorization": f"Bearer {value}"}, timeout=300)
            yield "registration token", answer.ok
        if key := _private(value):
            yield "private key", self._asserted(session, me, _signed(key, self._claims()))

    def exchanged(self, own: dict[str, str], bearer: str) -> list[str]:
        """The grants that gave a token of the client's account to somebody who is another one (`own` its login)."""
        account = f"service-account-{self.client}"
        forms: dict[str, dict[str, str]] = {
            "exchange for the client": {**own, "grant_type": EXCHANGE, "audience": self.client},
            "exchange for the account": {**own, "grant_type": EXCHANGE, "requested_subject": account},
            "exchange": {**own, "grant_type": EXCHANGE},
            "exchange by the client": {"client_id": self.client, "grant_type": EXCHANGE},
            "password": {"client_id": "admin-cli", "grant_type": "password", "username": account, "password": account},
            "no password": {"client_id": "admin-cli", "grant_type": "password", "username": account, "password": ""},
            "no credential": {"client_id": self.client, "grant_type": "client_credentials"},
            "empty secret": {"client_id": self.client, "grant_type": "client_credentials", "client_secret": ""},
            "jwt grant": {**own, "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": bearer},
            "permission ticket": {
                **own,
                "grant_type": "urn:ietf:params:oauth:grant-type:uma-ticket",
                "audience": self.client,
            },
        }
        subject = {"subject_token": bearer, "subject_token_type": ACCESS_TOKEN}
        with requests.Session() as session:
            return [
                name
                for name, form in forms.items()
                if self._token(session, {**form, **(subject if form["grant_type"] == EXCHANGE else {})})
            ]

    def _claims(self) -> dict[str, Any]:
        now = int(time.time())
        audience = f"{self.url}/realms/{self.realm}"
        named = {"iss": self.client, "sub": self.client, "aud": audience, "jti": uuid.uuid4().hex}
        return {**named, "iat": now, "exp": now + 50}

    def _asserted(self, session: requests.Session, form: dict[str, str], assertion: str) -> bool:
        return self._token(session, {**form, "client_assertion_type": JWT_BEARER, "client_assertion": assertion})

    def _token(self, session: requests.Session, form: dict[str, str]) -> bool:
        place = f"{self.url}/realms/{self.realm}/protocol/openid-connect/token"
        answer = session.post(place, data=form, timeout=300)
        assert answer.status_code in (200, 400, 401, 403), answer.text
        return answer.ok and _account(answer.json()["access_token"]) == f"service-account-{self.client}"


def _account(token: str) -> str:
    body = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    # The accounts' tokens hold no name: their client is told by azp.
    return str(claims.get("preferred_username") or f"service-account-{claims.get('azp')}")


def _encoded(claims: dict[str, Any], alg: str) -> str:
    return ".".join(_text(json.dumps(part).encode()) for part in ({"alg": alg, "typ": "JWT"}, claims))


def _hmac(secret: str, claims: dict[str, Any]) -> str:
    body = _encoded(claims, "HS256")
    return f"{body}.{_text(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())}"


def _private(value: str) -> rsa.RSAPrivateKey | None:
    if len(value) < 300:
        return None
    try:
        key = load_der_private_key(base64.b64decode(value), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None


def _signed(key: rsa.RSAPrivateKey, claims: dict[str, Any]) -> str:
    body = _encoded(claims, "RS256")
    return f"{body}.{_text(key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
