"""Microsoft's own library signs in against the stand-in."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msal
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import RSAKey

import standin
from standin import App, Certificate, FederatedCredential, Standin
from standin.certificates import make_certificate, make_key, pem_of
from tests.unit.standin.browser import came_back, sign_in
from tests.unit.standin.conftest import APP, BACK, SECRET, contoso

GRAPH = ["https://graph.microsoft.com/.default"]


def confidential(entra: Standin, credential: Any, app: str = APP) -> Any:
    return msal.ConfidentialClientApplication(
        app, client_credential=credential, authority=entra.authority, instance_discovery=False, verify=str(entra.ca)
    )


def claims_of(entra: Standin, token: str) -> dict[str, Any]:
    found = entra.state.keys.read(token)
    assert found
    return found


def test_a_secret_signs_an_app_in(entra: Standin) -> None:
    token = confidential(entra, SECRET).acquire_token_for_client(GRAPH)
    said = claims_of(entra, token["access_token"])
    assert said["roles"] == ["Application.Read.All", "GroupMember.Read.All"]
    assert said["aud"] == "https://graph.microsoft.com"
    assert "scp" not in said


def test_a_wrong_secret_is_told_as_entra_tells_it(entra: Standin) -> None:
    refused = confidential(entra, "wrong").acquire_token_for_client(GRAPH)
    assert refused["error"] == "invalid_client"
    assert refused["error_codes"] == [7000215]
    assert refused["error_description"].startswith("AADSTS7000215: Invalid client secret provided.")


def test_a_secret_can_expire_while_it_runs(entra: Standin) -> None:
    entra.tenant.app(APP).secrets[0].endDateTime = datetime.now(UTC) - timedelta(days=1)
    assert confidential(entra, SECRET).acquire_token_for_client(GRAPH)["error_codes"] == [7000222]


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_certificate_signs_an_app_in(entra: Standin, algorithm: str) -> None:
    key = make_key()
    certificate = make_certificate("app", key)
    pem = certificate.public_bytes(Encoding.PEM).decode()
    credential = {"private_key": pem_of(key), "public_certificate": pem}
    if algorithm == "sha1":
        credential["thumbprint"] = Certificate(pem=pem).hex_thumbprint()
    app = entra.tenant.app(APP)
    assert confidential(entra, credential).acquire_token_for_client(GRAPH)["error_codes"] == [700027]
    app.certificates = [Certificate(pem=pem)]
    assert "access_token" in confidential(entra, credential).acquire_token_for_client(GRAPH)


def test_an_expired_certificate_is_refused(entra: Standin) -> None:
    key = make_key()
    pem = make_certificate("app", key, timedelta(days=-1)).public_bytes(Encoding.PEM).decode()
    entra.tenant.app(APP).certificates = [Certificate(pem=pem)]
    credential = {"private_key": pem_of(key), "public_certificate": pem}
    assert confidential(entra, credential).acquire_token_for_client(GRAPH)["error_codes"] == [50012]


def test_a_certificate_of_that_name_by_another_key_is_refused(entra: Standin) -> None:
    ours, theirs = make_key(), make_key()
    pem = make_certificate("app", ours).public_bytes(Encoding.PEM).decode()
    entra.tenant.app(APP).certificates = [Certificate(pem=pem)]
    credential = {"private_key": pem_of(theirs), "public_certificate": pem}
    assert confidential(entra, credential).acquire_token_for_client(GRAPH)["error_codes"] == [50013]


@contextmanager
def other_issuer(entra: Standin) -> Iterator[tuple[str, Any]]:
    """Another real issuer: a second stand-in, whose token for the exchange is the assertion."""
    exchange = App(appId="99999999-0000-4000-8000-000000000001", identifierUris=["api://AzureADTokenExchange"])
    tenant = contoso()
    tenant.id = "6f1d6d0e-0000-4000-8000-00000000bbbb"
    tenant.apps.append(exchange)
    with standin.running(tenant) as theirs:
        entra.state.trust = str(theirs.ca)

        def assertion(**changed: Any) -> str:
            said = {
                "iss": f"{theirs.authority}/v2.0",
                "sub": "system:serviceaccount:keycloak:keycloak",
                "aud": "api://AzureADTokenExchange",
                "exp": int(datetime.now(UTC).timestamp()) + 600,
                **changed,
            }
            return theirs.state.keys.sign(said)

        yield f"{theirs.authority}/v2.0", assertion


def test_a_federated_assertion_signs_an_app_in(entra: Standin) -> None:
    with other_issuer(entra) as (issuer, assertion):

        def outcome(said: str) -> Any:
            answer = confidential(entra, {"client_assertion": said}).acquire_token_for_client(GRAPH)
            return answer.get("error_codes", "access_token" in answer)

        assert outcome(assertion()) == [700211]
        subject = "system:serviceaccount:keycloak:keycloak"
        entra.tenant.app(APP).federatedCredentials = [FederatedCredential(name="k", issuer=issuer, subject=subject)]
        assert outcome(assertion()) is True
        assert outcome(assertion(sub="system:serviceaccount:other:other")) == [700213]
        assert outcome(assertion(aud="account")) == [700212]
        assert outcome(assertion(exp=int(datetime.now(UTC).timestamp()) - 3600)) == [700024]
        forged = jwt.encode(
            {"alg": "RS256"},
            {"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "exp": 4102444800},
            RSAKey.import_key(make_key()),
        )
        assert outcome(forged) == [50013]


def test_the_device_code_flow(entra: Standin) -> None:
    app = msal.PublicClientApplication(APP, authority=entra.authority, instance_discovery=False, verify=str(entra.ca))
    flow = app.initiate_device_flow(["User.Read"])
    assert re.fullmatch("[A-Z]{9}", flow["user_code"])

    def somebody_types_the_code() -> None:
        with requests.Session() as browser:
            browser.verify = str(entra.ca)
            values = {"otc": flow["user_code"], "login": "ada@contoso.com", "passwd": "secret", "action": "signin"}
            assert "You have signed in" in browser.post(flow["verification_uri"], data=values).text

    threading.Timer(0.5, somebody_types_the_code).start()
    token = app.acquire_token_by_device_flow(flow)
    assert token["id_token_claims"]["preferred_username"] == "ada@contoso.com"
    (account,) = app.get_accounts()
    again = app.acquire_token_silent(["User.Read"], account, force_refresh=True)
    assert again["access_token"] != token["access_token"]


def test_the_authorization_code_flow(entra: Standin) -> None:
    app = confidential(entra, SECRET)
    flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=BACK)
    with requests.Session() as browser:
        browser.verify = str(entra.ca)
        back = came_back(sign_in(browser, flow["auth_uri"], "ada@contoso.com"))
    token = app.acquire_token_by_auth_code_flow(flow, back)
    assert token["id_token_claims"]["roles"] == ["Orders.Refund"]
    again = app.acquire_token_by_auth_code_flow(flow, back)
    assert again["error_codes"] == [54005]


def test_the_machines_managed_identity(entra: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", entra.plain_url)
    entra.state.managed_identity = APP
    client = msal.ManagedIdentityClient(msal.SystemAssignedManagedIdentity(), http_client=requests.Session())
    token = client.acquire_token_for_client(resource="https://graph.microsoft.com")
    assert claims_of(entra, token["access_token"])["appid"] == APP
