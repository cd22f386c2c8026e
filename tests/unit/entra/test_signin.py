"""Every way to sign in, against a stand-in, and what is told where one of them fails."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509 import load_pem_x509_certificate

import standin
from standin import Certificate, FederatedCredential, Tenant
from standin.certificates import make_certificate, make_key, pem_of
from tests.unit.entra.stand import CHECKER, Entra

SUBJECT = "system:serviceaccount:identity:realmctl"


def refused(entra: Entra, environ: Mapping[str, str | None], code: int = 1) -> str:
    """The error of a check that can't sign in; nothing stands on stdout."""
    done = entra.run("check", **environ)
    assert (done.code, done.out) == (code, "")
    return done.err


def test_a_wrong_secret_says_which_variable(entra: Entra) -> None:
    told = refused(entra, {"AZURE_CLIENT_SECRET": "wrong"})
    assert "AADSTS7000215" in told
    assert "AZURE_CLIENT_SECRET is not a secret of that application" in told
    assert "Trace ID" not in told


def test_an_unknown_application(entra: Entra) -> None:
    told = refused(entra, {"AZURE_CLIENT_ID": "11111111-0000-4000-8000-000000000009"})
    assert "AADSTS700016" in told
    assert "check AZURE_CLIENT_ID" in told


def test_an_unknown_tenant(entra: Entra) -> None:
    told = refused(entra, {"ENTRA_TENANT_ID": "nobody.example.com", "AZURE_TENANT_ID": None})
    assert "tenantId" in told


def test_another_tenant_in_the_environment(entra: Entra) -> None:
    other = "6f1d6d0e-0000-4000-8000-00000000cccc"
    assert f"AZURE_TENANT_ID is {other}" in refused(entra, {"AZURE_TENANT_ID": other}, 64)


def test_a_ca_that_is_not_trusted(entra: Entra) -> None:
    assert "Give that authority's certificates (PEM) with --ca" in refused(entra, {"KEYCLOAK_CA_FILE": None})


def test_a_graph_that_is_none(entra: Entra) -> None:
    told = refused(entra, {"REALMCTL_GRAPH_URL": f"{entra.standin.url}/nothing"})
    assert "is --graph of the same cloud" in told


def test_an_unknown_cloud(entra: Entra) -> None:
    assert "Give it with --graph" in refused(entra, {"REALMCTL_GRAPH_URL": None}, 64)


@pytest.mark.parametrize("form", ["pem", "pfx"])
def test_a_certificate(entra: Entra, tmp_path: Path, form: str) -> None:
    key = make_key()
    pem = make_certificate("checker", key).public_bytes(Encoding.PEM).decode()
    path = tmp_path / f"checker.{form}"
    password = None
    if form == "pem":
        path.write_text(pem_of(key) + pem, encoding="ascii")
    else:
        password = "CANARYofTheFile"
        entra.canaries.append(password)
        certificate = load_pem_x509_certificate(pem.encode())
        encryption = BestAvailableEncryption(password.encode())
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"checker", key, certificate, None, encryption))
    environ = {
        "AZURE_CLIENT_SECRET": None,
        "AZURE_CLIENT_CERTIFICATE_PATH": str(path),
        "AZURE_CLIENT_CERTIFICATE_PASSWORD": password,
    }
    assert "AZURE_CLIENT_CERTIFICATE_PATH is not registered" in refused(entra, environ)
    entra.checker.certificates = [Certificate(pem=pem)]
    assert entra.run("check", **environ).code == 0


def test_a_certificate_without_its_key(entra: Entra, tmp_path: Path) -> None:
    path = tmp_path / "half.pem"
    path.write_bytes(make_certificate("checker", make_key()).public_bytes(Encoding.PEM))
    told = refused(entra, {"AZURE_CLIENT_SECRET": None, "AZURE_CLIENT_CERTIFICATE_PATH": str(path)}, 64)
    assert "holds no private key" in told


def test_a_workload_as_aks_sets_it_up(entra: Entra, tmp_path: Path) -> None:
    token = tmp_path / "azure-identity-token"
    environ = {"AZURE_CLIENT_SECRET": None, "AZURE_FEDERATED_TOKEN_FILE": str(token)}
    with standin.running(Tenant(id="6f1d6d0e-0000-4000-8000-00000000bbbb")) as cluster:
        trusted = entra.standin.state.trust
        entra.standin.state.trust = str(cluster.ca)
        issuer = f"{cluster.authority}/v2.0"
        said = {"iss": issuer, "sub": SUBJECT, "aud": "api://AzureADTokenExchange"}
        until = int(datetime.now(UTC).timestamp()) + 600
        token.write_text(cluster.state.keys.sign({**said, "exp": until}) + "\n", encoding="ascii")
        entra.canaries.append(token.read_text(encoding="ascii").strip())
        assert "no federated credential for the issuer" in refused(entra, environ)
        entra.checker.federatedCredentials = [FederatedCredential(name="aks", issuer=issuer, subject=SUBJECT)]
        assert entra.run("check", **environ).code == 0
        token.write_text(cluster.state.keys.sign({**said, "exp": until - 7200}), encoding="ascii")
        assert "AZURE_FEDERATED_TOKEN_FILE has expired" in refused(entra, environ)
        entra.standin.state.trust = trusted


def test_a_workloads_token_that_is_not_mounted(entra: Entra, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    told = refused(entra, {"AZURE_CLIENT_SECRET": None, "AZURE_FEDERATED_TOKEN_FILE": str(gone)}, 64)
    assert f"{gone} does not exist" in told


@pytest.mark.parametrize("named", [True, False])
def test_the_machines_identity(entra: Entra, named: bool) -> None:
    entra.standin.state.managed_identity = None if named else CHECKER
    environ = {
        "AZURE_CLIENT_SECRET": None,
        "AZURE_CLIENT_ID": CHECKER if named else None,
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": entra.standin.plain_url,
    }
    assert entra.run("check", **environ).code == 0


def test_no_way_at_all_names_the_ways(entra: Entra) -> None:
    nowhere = "http://127.0.0.1:9"
    environ = {
        "AZURE_CLIENT_SECRET": None,
        "AZURE_CLIENT_ID": None,
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": nowhere,
    }
    told = refused(entra, environ, 64)
    for way in ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "--device-code"):
        assert way in told


def test_a_secret_without_an_application(entra: Entra) -> None:
    assert "Set AZURE_CLIENT_ID" in refused(entra, {"AZURE_CLIENT_ID": None}, 64)


def test_a_person_by_device_code(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    entra.checker.isFallbackPublicClient = True
    entra.checker.consentedScopes += ["Application.Read.All", "Directory.Read.All"]
    told: list[str] = []

    def type_it_in(text: str) -> None:
        told.append(text)
        found = re.search(r"(https://\S+).* code ([A-Z0-9]+)", text)
        assert found

        def browser() -> None:
            values = {
                "otc": found[2], "login": "ada@contoso.onmicrosoft.com", "passwd": "secret", "action": "signin",
            }  # fmt: skip
            requests.post(found[1], data=values, verify=str(entra.standin.ca), timeout=30)

        threading.Timer(0.1, browser).start()

    monkeypatch.setattr("realmctl.cli.entra._tell", type_it_in)
    done = entra.run("check", "--device-code", AZURE_CLIENT_SECRET=None)
    assert (done.code, done.err) == (0, "")
    assert len(told) == 1


def test_msal_that_is_not_installed(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    assert "pip install 'msal>=1.35,<2'" in refused(entra, {}, 64)
