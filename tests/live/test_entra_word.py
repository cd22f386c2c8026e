"""What else `entra` says, in real logins: a certificate, several tenants, a way in without Entra.

And that a test of a token tells of the very token that the same person gets.
"""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from realmctl.errors import Place
from realmctl.model.objects import Written
from realmctl.model.token_test import TokenTest
from realmctl.tokentest.cases import cases
from realmctl.tokentest.people import ask
from standin import Tenant, User
from standin.tenant import Certificate
from tests.live.scene import applied, planned, written
from tests.live.test_entra import ADA, ORDERS, REDIRECT, Scene, realm, scene
from tooling.gateway.login import Browser, Stopped

__all__ = ["scene"]

MOMENT = {"exp", "iat", "auth_time", "jti", "sid", "sub", "session_state"}


def test_the_realms_own_certificate_is_enough(scene: Scene) -> None:
    scene.app.secrets = []
    with pytest.raises(Stopped):
        scene.log_in()
    scene.apply(clientSecret=None, clientAuth="certificate")
    with pytest.raises(Stopped):
        scene.log_in()
    signing = next(
        key
        for key in scene.admin.get(scene.realm, "keys")["keys"]
        if (key.get("algorithm"), key.get("use"), key["status"]) == ("RS256", "SIG", "ACTIVE")
    )
    pem = f"-----BEGIN CERTIFICATE-----\n{signing['certificate']}\n-----END CERTIFICATE-----\n".encode()
    uploaded = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.PEM).decode()
    scene.app.certificates = [Certificate(pem=uploaded)]
    assert scene.log_in().id["preferred_username"] == ADA


def tenant(last: str, domain: str, *people: str) -> Tenant:
    users = [User(userPrincipalName=f"{name}@{domain}", displayName=name) for name in people]
    return Tenant(id=f"6f1d6d0e-0000-4000-8000-00000000{last}", domain=domain, displayName=domain, users=users)


def test_of_several_tenants_the_listed_ones_come_in(scene: Scene) -> None:
    scene.app.signInAudience = "AzureADMultipleOrgs"
    partner, stranger = tenant("bbbb", "partner.com", "pia"), tenant("cccc", "fabrikam.com", "eve")
    scene.entra.state.directory.tenants += [partner, stranger]
    base = f"{scene.entra.plain_url}/organizations"
    scene.apply(
        tenantId=None,
        tenants=[scene.tenant.id, partner.id],
        emailClaim="preferred_username",
        endpoints={"token": f"{base}/oauth2/v2.0/token", "keys": f"{base}/discovery/v2.0/keys"},
    )
    assert scene.log_in().id["preferred_username"] == ADA
    assert scene.log_in("pia@partner.com").id["email"] == "pia@partner.com"
    with pytest.raises(Stopped, match="Unexpected error when authenticating with identity provider"):
        scene.log_in("eve@fabrikam.com")
    assert not scene.admin.get(scene.realm, "users", query={"username": "eve"})


def local(scene: Scene, name: str, *roles: str) -> None:
    password = {"type": "password", "value": "local-secret", "temporary": False}
    body = {"username": name, "enabled": True, "credentials": [password], "email": f"{name}@example.com"}
    body |= {"firstName": name, "lastName": name, "emailVerified": True}
    user = scene.admin.send("POST", (scene.realm, "users"), body).id
    given = [scene.admin.get(scene.realm, "roles", role) for role in roles]
    scene.admin.send("POST", (scene.realm, "users", user, "role-mappings", "realm"), given)


def break_glass(scene: Scene, name: str, **more: str) -> Any:
    browser = Browser(scene.entra.ca, local=True)
    return browser.log_in(
        scene.address, "app", REDIRECT, name, "local-secret", broker=None, **{"kc_idp_hint": "", **more}
    )


def test_who_has_the_role_gets_in_without_entra(scene: Scene) -> None:
    scene.apply(signInDirectly=True, breakGlass={"role": "given-here", "secondFactor": False})
    local(scene, "rescue", "given-here")
    local(scene, "other")
    assert scene.log_in(broker=None).id["preferred_username"] == ADA, "straight on to Entra"
    assert break_glass(scene, "rescue").id["preferred_username"] == "rescue"
    with pytest.raises(Stopped, match="Access denied"):
        break_glass(scene, "other")

    scene.apply(signInDirectly=True, breakGlass={"role": "given-here"})
    with pytest.raises(Stopped, match="Mobile Authenticator Setup"):
        break_glass(scene, "rescue")
    with pytest.raises(Stopped, match="Access denied"):
        break_glass(scene, "other")


def test_a_test_tells_of_the_very_token_that_the_person_gets(scene: Scene) -> None:
    said = realm(scene.entra)
    said["tokens"] = {
        "audiences": ["orders-api"],
        "claims": {
            "roles": {"realmRoles": True},
            "orders": {"clientRoles": "orders-api"},
            "department": {"userAttribute": "department"},
            "teams": {"groups": "paths"},
        },
    }
    said["entra"]["appRoles"]["Orders.Refund"] = ["refunder", "orders-api.refund"]
    said["clients"]["orders-api"] = {"standardFlowEnabled": False, "roles": {"refund": {}}}
    said["clients"]["app"]["defaultClientScopes"] = ["basic", "profile", "email", "platform"]
    wanted = written(scene.folder, scene.realm, said)
    applied(scene.admin, wanted)
    assert planned(scene.admin, wanted).empty

    given = {
        "entra": {
            "appRoles": ["Platform.Admin", "Orders.Refund"],
            "groups": [ORDERS],
            "claims": {
                "preferred_username": ADA,
                "email": "ada.lovelace@contoso.com",
                "given_name": "Ada",
                "family_name": "Lovelace",
                "department": "Engines",
                "oid": scene.tenant.users[0].oid,
            },
        }
    }
    # The roles of the stand-in's own people: through an app role, and through a group that has one.
    for token in ("access", "id"):
        test = TokenTest.model_validate({"given": given, "token": token, "expect": {"issuer": "any"}})
        asked = cases({"ada": test}, Written(Place("realm.yaml")), gateway="app", entra="entra")
        (answer,) = ask(scene.admin, scene.realm, asked)
        assert not answer.problem
        got = scene.log_in()
        real = got.access if token == "access" else got.id
        assert comparable(real) == comparable(answer.token)
        assert {"refunder", "platform-admin"} <= set(real["roles"])
        assert (real["orders"], real["department"], real["teams"]) == (["refund"], "Engines", ["/orders-team"])
        scene.admin.send("DELETE", (scene.realm, "users", scene.user(ADA)["id"]))


def comparable(token: Any) -> dict[str, Any]:
    kept = {key: value for key, value in token.items() if key not in MOMENT | {"nonce", "at_hash", "typ"}}
    if "scope" in kept:
        kept["scope"] = sorted(kept["scope"].split())
    return {key: sorted(value, key=str) if isinstance(value, list) else value for key, value in kept.items()}
