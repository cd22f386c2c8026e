"""Anyone who holds the reader's credential can read a lot, and become nobody who may write."""

from __future__ import annotations

import base64
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from realmctl.keycloak.admin import Admin, keys
from realmctl.workflow.bootstrap import AccountsPlan, Login, Wish, by_secret, changes, plan_accounts, warnings
from realmctl.workflow.bootstrap.accounts import READER, WRITER
from realmctl.workflow.bootstrap.exposure import Exposure, exposures
from tests.conftest import Keycloak
from tests.live.accounts import as_account, made
from tests.live.harvest import JWT_BEARER, Harvest, Impostor
from tests.live.scene import applied, declared
from tests.support.faults.identity import Identity

CANARIES = ("CANARY-smtp", "CANARY-broker", "CANARY-ldap", "CANARY-password")
"""What Keycloak does not show to viewers."""
RICH: dict[str, Any] = {
    "adminEventsEnabled": True,
    "adminEventsDetailsEnabled": True,
    "eventsEnabled": True,
    "smtpServer": {"host": "mail", "from": "a@b.c", "auth": True, "user": "u", "password": "CANARY-smtp"},
    "identityProviders": {
        "broker": {
            "providerId": "oidc",
            "config": {
                "clientId": "x",
                "clientSecret": "CANARY-broker",
                "tokenUrl": "https://x/t",
                "authorizationUrl": "https://x/a",
            },
        }
    },
    "clients": {
        "job": {
            "secret": "CANARY-job-secret",
            "serviceAccountsEnabled": True,
            "standardFlowEnabled": False,
            "serviceAccountRoles": {"client": {"realm-management": ["view-users"]}},
        }
    },
}


def bearer(keycloak: Keycloak, realm: str, accounts: AccountsPlan, folder: Path) -> str:
    """The reader's token, as anyone who got hold of its credential would get it."""
    return token(keycloak, realm, login_form(keycloak, realm, accounts.logins["reader"], folder))


def login_form(keycloak: Keycloak, realm: str, login: Login, folder: Path) -> dict[str, str]:
    assert login.key
    file = folder / "stolen.key"
    file.write_text(login.key.reveal())
    signed = keys.assertion(str(file), READER.client, f"{keycloak.url}/realms/{realm}")
    return {"client_id": READER.client, "client_assertion_type": JWT_BEARER, "client_assertion": signed}


def token(keycloak: Keycloak, realm: str, form: dict[str, str]) -> str:
    place = f"{keycloak.url}/realms/{realm}/protocol/openid-connect/token"
    answer = requests.post(place, data={"grant_type": "client_credentials", **form}, timeout=300)
    assert answer.ok, answer.text
    return str(answer.json()["access_token"])


def test_nothing_that_the_reader_reads_logs_in_as_the_writer(
    admin: Admin, keycloak: Keycloak, realm: str, tmp_path: Path
) -> None:
    applied(admin, declared(realm, RICH))
    # Keycloak would make a key of 4096 bits itself, which takes its time.
    signing = Identity.make(tmp_path)
    own = base64.b64encode(
        signing.private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    ).decode()
    saml = {"saml.signing.private.key": own, "saml.signing.certificate": base64.b64encode(signing.der).decode()}
    admin.send("POST", (realm, "clients"), {"clientId": "saml", "protocol": "saml", "attributes": saml})
    password = [{"type": "password", "value": "CANARY-password"}]
    admin.send("POST", (realm, "users"), {"username": "ann", "enabled": True, "credentials": password})
    # An earlier run, when the writer had a secret: the control that this test finds what there is to find.
    earlier = made(admin, realm, Wish({"writer": by_secret()}))
    impostor = Impostor(keycloak.url, realm, WRITER.client)
    stolen = bearer(keycloak, realm, earlier, tmp_path)
    before = Harvest(keycloak.url, realm, stolen).gather()
    secret = earlier.logins["writer"].secret
    assert secret
    assert secret.reveal() in before.found
    assert impostor.ways_in({secret.reveal()}) == [f"secret: {secret.reveal()[:8]}…"]
    assert [one.client for one in exposures(admin, realm)] == [WRITER.client]
    # The next run says so, and puts a key in its place; what was read before is of no use from then on.
    planned = plan_accounts(admin, realm, Wish())
    (said,) = changes(planned)
    assert "realmctl-writer has a client secret" in said
    assert [str(change.address) for change in planned.plan.changes] == [f"client/{WRITER.client}"]
    now = made(admin, realm)
    assert exposures(admin, realm) == []
    harvest = Harvest(keycloak.url, realm, stolen).gather()
    assert len(harvest.texts) > 150
    assert {"CANARY-job-secret", own} <= harvest.found
    assert secret.reveal() not in harvest.found
    assert impostor.ways_in(harvest.found | before.found) == []
    again = login_form(keycloak, realm, earlier.logins["reader"], tmp_path)
    assert impostor.exchanged(again, stolen) == []
    everything = b"".join(harvest.texts.values()).decode("utf-8", "replace")
    assert [one for one in CANARIES if one in everything] == []
    with closing(as_account(keycloak, realm, now, "writer")) as writer:
        writer.log_in()


@pytest.mark.parametrize("events", [True, False], ids=["with events", "without"])
def test_a_registration_token_in_the_events_is_warned_of(
    admin: Admin, keycloak: Keycloak, realm: str, tmp_path: Path, events: bool
) -> None:
    """Keycloak writes the token into the event of its making (26.7.3): a reader of events can change the client."""
    applied(admin, declared(realm, RICH))
    accounts = made(admin, realm, Wish(events=events))
    assert list(warnings(admin, realm, accounts)) == []
    (writer,) = admin.get(realm, "clients", query={"clientId": WRITER.client})
    made_by_hand = admin.send("POST", (realm, "clients", writer["id"], "registration-access-token")).body
    told = made_by_hand["registrationAccessToken"]
    harvest = Harvest(keycloak.url, realm, bearer(keycloak, realm, accounts, tmp_path)).gather()
    assert (told in harvest.found) == events
    worked = Impostor(keycloak.url, realm, WRITER.client).ways_in({one for one in harvest.found if one[:3] == "eyJ"})
    assert bool(worked) == events
    said = list(warnings(admin, realm, accounts))
    assert [WRITER.client in one and "Delete the realm's admin events" in one for one in said] == [True] * events
    assert plan_accounts(admin, realm, Wish(events=events)).plan.empty


def test_clients_with_more_rights_than_the_reader_are_named(admin: Admin, realm: str) -> None:
    """Directly, through a composite, through a group above; not those that log in by a key of their own."""
    job = {"standardFlowEnabled": False, "serviceAccountsEnabled": True, "secret": "canary"}
    of = {"direct": ["manage-users"], "like the reader": ["view-users", "query-groups"], "by key": ["realm-admin"]}
    said: dict[str, Any] = {
        "roles": {"boss": {"composites": {"client": {"realm-management": ["realm-admin", "view-users"]}}}},
        "groups": {
            "above": {
                "clientRoles": {"realm-management": ["impersonation"]},
                "subGroups": {"below": None},
            }
        },
        "clients": {
            **{
                name: {**job, "serviceAccountRoles": {"client": {"realm-management": roles}}}
                for name, roles in of.items()
            },
            "composite": {**job, "serviceAccountRoles": ["boss"]},
            "group": {**job, "serviceAccountGroups": ["/above/below"]},
        },
    }
    said["clients"]["by key"] |= {"clientAuthenticatorType": "client-jwt"}
    applied(admin, declared(realm, said))
    accounts = made(admin, realm)
    assert exposures(admin, realm) == [
        Exposure("composite", ("realm-admin",)),
        Exposure("direct", ("manage-users",)),
        Exposure("group", ("impersonation",)),
    ]
    assert [text.split()[2] for text in warnings(admin, realm, accounts)] == ["composite", "direct", "group"]
