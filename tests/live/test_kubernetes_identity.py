"""A pod logs in with its service account's token and no stored password: realmctl on a real Keycloak.

The issuer is ours and behaves as Kubernetes' does (a discovery document, a set of keys, tokens with the claims of a
projected service-account token); Keycloak is the real one, and so is its identity provider `kubernetes`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.conftest import Keycloak
from tests.live.scene import applied, declared

SUBJECT = "system:serviceaccount:identity:realmctl"
VIEWS = ["view-realm", "view-clients", "view-users", "view-identity-providers", "view-events"]


@dataclass(frozen=True)
class Cluster:
    """The issuer of service-account tokens, as a Kubernetes API server is one."""

    url: str
    key: RSAKey

    def token(self, audience: str, subject: str = SUBJECT, *, age: int = 0, key: RSAKey | None = None) -> str:
        """What the kubelet projects into a pod: `aud` is a list. Issued `age` seconds ago, good for ten minutes."""
        now = int(time.time())
        namespace, name = subject.split(":")[2:]
        claims = {
            "iss": self.url,
            "sub": subject,
            "aud": [audience],
            "iat": now - age,
            "nbf": now - age,
            "exp": now + 600,
            "jti": "0b9b3b4e-5f0a-4f0e-9d60-0c5a6e5f9b11",
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": "1"}},
        }
        signing = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signing.kid}, claims, signing)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    key = RSAKey.generate_key(2048, auto_kid=True)

    class Discovery(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = f"http://{self.headers['Host']}"
            said: dict[str, Any]
            if self.path == "/.well-known/openid-configuration":
                said = {"issuer": url, "jwks_uri": f"{url}/openid/v1/jwks"}
            else:
                said = {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Discovery)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Cluster(f"http://127.0.0.1:{server.server_address[1]}", key)
    server.shutdown()
    server.server_close()


@pytest.fixture
def trusted(keycloak: Keycloak, realm_name: str, cluster: Cluster) -> str:
    """A realm that trusts the cluster, and knows realmctl's service account as its client `realmctl-drift`."""
    said = {
        "identityProviders": {
            "kubernetes": {"providerId": "kubernetes", "hideOnLogin": True, "config": {"issuer": cluster.url}}
        },
        "clients": {
            "realmctl-drift": {
                "publicClient": False,
                "standardFlowEnabled": False,
                "serviceAccountsEnabled": True,
                "clientAuthenticatorType": "federated-jwt",
                "attributes": {"jwt.credential.issuer": "kubernetes", "jwt.credential.sub": SUBJECT},
                "serviceAccountRoles": {"client": {"realm-management": VIEWS}},
            }
        },
        "roles": {"reader": {"description": "Reads"}},
    }
    with closing(keycloak.admin()) as admin:
        applied(admin, declared(realm_name, said))
    return realm_name


def issuer(keycloak: Keycloak, realm: str) -> str:
    """The only audience that is taken: the realm's public name, whatever address the pod asks at."""
    found = requests.get(f"{keycloak.url}/realms/{realm}/.well-known/openid-configuration", timeout=60)
    return str(found.json()["issuer"])


def drift(keycloak: Keycloak, realm: str, folder: Path, assertion: str) -> subprocess.CompletedProcess[str]:
    """`realmctl drift` as the chart's Job runs it: an address, the realm to log in to, a token's file."""
    (folder / "token").write_text(assertion, encoding="ascii")
    (folder / "realm.yaml").write_text(f"realm: {realm}\nroles: {{ reader: {{ description: Reads }} }}\n")
    environ = {
        "KEYCLOAK_URL": keycloak.url,
        "KEYCLOAK_REALM": realm,
        "KEYCLOAK_JWT_TOKEN_FILE": str(folder / "token"),
    }
    command = [sys.executable, "-m", "realmctl", "drift", str(folder / "realm.yaml"), "-o", "json"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


def test_a_projected_token_logs_in_again_and_again(
    keycloak: Keycloak, trusted: str, cluster: Cluster, tmp_path: Path
) -> None:
    assertion = cluster.token(issuer(keycloak, trusted))
    for _turn in range(2):  # the kubelet's file stays the same for most of an hour
        done = drift(keycloak, trusted, tmp_path, assertion)
        assert done.returncode in (0, 2), done.stderr
        (realm,) = json.loads(done.stdout)["realms"]
        assert realm["realm"] == trusted
        assert assertion not in done.stdout + done.stderr


@pytest.mark.parametrize("what", ["another subject", "another audience", "another key", "older than an hour"])
def test_any_other_token_is_refused(
    keycloak: Keycloak, trusted: str, cluster: Cluster, tmp_path: Path, what: str
) -> None:
    audience = issuer(keycloak, trusted)
    assertion = {
        "another subject": lambda: cluster.token(audience, "system:serviceaccount:identity:default"),
        "another audience": lambda: cluster.token("https://kubernetes.default.svc.cluster.local"),
        "another key": lambda: cluster.token(audience, key=RSAKey.generate_key(2048, auto_kid=True)),
        "older than an hour": lambda: cluster.token(audience, age=2 * 3600),
    }[what]()
    done = drift(keycloak, trusted, tmp_path, assertion)
    assert done.returncode == 1
    assert "did not accept the login" in done.stdout + done.stderr
    assert assertion not in done.stdout + done.stderr
