"""A pod logs in with its service account's token and no stored password: realmctl on a real Keycloak.

The issuer is ours and behaves as Kubernetes' does; Keycloak is the real one, and so is its identity provider
`kubernetes`. What a realm's files say about it is taken from the README of charts/realmctl.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
import requests
import yaml
from joserfc.jwk import RSAKey

from tests.charts.helm import CHARTS
from tests.charts.rendered import rendered
from tests.conftest import VERSION, Keycloak
from tests.live.scene import applied, declared
from tests.live.service_accounts import Cluster, issuing

pytestmark = pytest.mark.skipif(
    VERSION.startswith(("26.4.", "26.5.")), reason=f"NOT TESTED: Keycloak {VERSION} trusts a cluster as a preview only"
)
SUBJECT = "system:serviceaccount:identity:realmctl-drift"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with issuing() as found:
        yield found


@pytest.fixture
def trusted(keycloak: Keycloak, realm_name: str, cluster: Cluster) -> str:
    """A realm that trusts the cluster, and knows realmctl's service account, as the chart's README says."""
    text = (CHARTS / "realmctl" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    (said,) = (yaml.safe_load(block) for block in blocks if "identityProviders:" in block)
    said["identityProviders"]["kubernetes"]["config"]["issuer"] = cluster.url
    assert said["clients"]["realmctl-drift"]["attributes"]["jwt.credential.sub"] == SUBJECT
    said["roles"] = {"reader": {"description": "Reads"}}
    with closing(keycloak.admin()) as admin:
        applied(admin, declared(realm_name, said))
    return realm_name


def issuer(keycloak: Keycloak, realm: str) -> str:
    """The only audience that is taken: the realm's public name, whatever address the pod asks at."""
    found = requests.get(f"{keycloak.url}/realms/{realm}/.well-known/openid-configuration", timeout=60)
    return str(found.json()["issuer"])


def drift(environ: Mapping[str, str], realm: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`realmctl drift` of a realm's folder."""
    (folder / "realms").mkdir(exist_ok=True)
    declaring = f"realm: {realm}\nroles: {{ reader: {{ description: Reads }} }}\n"
    (folder / "realms" / "realm.yaml").write_text(declaring, encoding="utf-8")
    command = [sys.executable, "-m", "realmctl", "drift", str(folder / "realms"), "-o", "json"]
    return subprocess.run(command, env=dict(environ), capture_output=True, text=True, check=False, timeout=120)


def logging_in(keycloak: Keycloak, realm: str, folder: Path, assertion: str) -> dict[str, str]:
    """An address, the realm to log in to, and a token's file."""
    (folder / "token").write_text(assertion, encoding="ascii")
    return {
        "KEYCLOAK_URL": keycloak.url,
        "KEYCLOAK_REALM": realm,
        "KEYCLOAK_JWT_TOKEN_FILE": str(folder / "token"),
    }


def test_a_projected_token_logs_in_again_and_again(
    keycloak: Keycloak, trusted: str, cluster: Cluster, tmp_path: Path
) -> None:
    assertion = cluster.token(issuer(keycloak, trusted), SUBJECT)
    for _turn in range(2):  # the kubelet's file stays the same for most of an hour
        done = drift(logging_in(keycloak, trusted, tmp_path, assertion), trusted, tmp_path)
        assert done.returncode in (0, 2), done.stderr
        (realm,) = json.loads(done.stdout)["realms"]
        assert realm["realm"] == trusted
        assert assertion not in done.stdout + done.stderr


def test_the_chart_s_job_logs_in(keycloak: Keycloak, trusted: str, cluster: Cluster, tmp_path: Path) -> None:
    """Account, audience and settings are the rendered ones; the token is what Kubernetes would make of them."""
    public = issuer(keycloak, trusted).removesuffix(f"/realms/{trusted}")
    own = {"keycloak": {"url": keycloak.url, "publicUrl": public}, "login": {"realm": trusted}}
    pod = rendered("realmctl", own)["CronJob/realmctl-drift"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (volume,) = (one for one in pod["volumes"] if one["name"] == "login")
    asked = volume["projected"]["sources"][0]["serviceAccountToken"]
    (container,) = pod["containers"]
    (mount,) = (one["mountPath"] for one in container["volumeMounts"] if one["name"] == "login")
    environ = {one["name"]: one["value"] for one in container["env"]}
    assert environ["KEYCLOAK_JWT_TOKEN_FILE"] == f"{mount}/{asked['path']}"
    token = cluster.token(asked["audience"], f"system:serviceaccount:identity:{pod['serviceAccountName']}")
    (tmp_path / "token").write_text(token, encoding="ascii")
    here = {**environ, "KEYCLOAK_JWT_TOKEN_FILE": str(tmp_path / "token"), "PATH": os.environ["PATH"]}
    done = drift(here, trusted, tmp_path)
    assert done.returncode in (0, 2), done.stdout + done.stderr


@pytest.mark.parametrize("what", ["another subject", "another audience", "another key", "older than an hour"])
def test_any_other_token_is_refused(
    keycloak: Keycloak, trusted: str, cluster: Cluster, tmp_path: Path, what: str
) -> None:
    audience = issuer(keycloak, trusted)
    assertion = {
        "another subject": lambda: cluster.token(audience, "system:serviceaccount:identity:default"),
        "another audience": lambda: cluster.token("https://kubernetes.default.svc.cluster.local", SUBJECT),
        "another key": lambda: cluster.token(audience, SUBJECT, key=RSAKey.generate_key(2048, auto_kid=True)),
        "older than an hour": lambda: cluster.token(audience, SUBJECT, age=2 * 3600),
    }[what]()
    done = drift(logging_in(keycloak, trusted, tmp_path, assertion), trusted, tmp_path)
    assert done.returncode == 1
    assert "did not accept the login" in done.stdout + done.stderr
    assert assertion not in done.stdout + done.stderr
