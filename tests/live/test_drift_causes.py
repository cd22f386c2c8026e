"""Drift on a real Keycloak: what was refused is missing, what came along is no drift, and who did that very thing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from realmctl.errors import ApplyFailed
from realmctl.keycloak.admin import Admin
from tests.conftest import Keycloak
from tests.live.drifting import EVENTS, Scene

LDAP = """\
      providerId: ldap
      config:
        vendor: ad
        connectionUrl: ldap://127.0.0.1:1
        usersDn: dc=example
        authType: none
        usernameLDAPAttribute: sAMAccountName
        rdnLDAPAttribute: cn
        uuidLDAPAttribute: objectGUID
        userObjectClasses: person
        enabled: false
"""
FILE = f"""\
ignore:
  - {{ address: user/*, reason: the people of these tests }}
roles:
  reader: {{ description: Reads }}
  writer: {{ description: Writes, composites: [reader] }}
clients:
  api: {{ publicClient: false, serviceAccountsEnabled: true, authorizationServicesEnabled: true }}
components:
  userFederation:
    directory:
{LDAP}        editMode: READ_ONLY
    refused:
{LDAP}        editMode: UNSYNCED
        importEnabled: false
"""


@pytest.fixture
def scene(admin: Admin, keycloak: Keycloak, realm_name: str, tmp_path: Path) -> Scene:
    return Scene(admin, keycloak, realm_name, tmp_path)


def test_what_was_refused_what_came_along_and_who_did_it(scene: Scene) -> None:
    with pytest.raises(ApplyFailed, match="Importing users"):
        scene.apply(EVENTS + FILE)
    scene.admin.renew()
    config = scene.write(EVENTS + FILE)
    # The role `uma_protection` and eight mappers of the directory came along.
    first = scene.drift(config)
    assert [(one.what.value, str(one.address)) for one in first.deviations] == [
        ("missing", "component/userFederation/refused")
    ]

    [directory] = scene.admin.get(scene.realm, "components", query={"name": "directory"})
    [mail] = scene.admin.get(scene.realm, "components", query={"parent": directory["id"], "name": "email"})
    with (
        closing(Admin(scene.person("anna", "realm-admin"))) as anna,
        closing(Admin(scene.person("bert", "realm-admin"))) as bert,
    ):
        anna.send("DELETE", (scene.realm, "roles", "reader"))
        writer = bert.get(scene.realm, "roles", "writer")
        bert.send("PUT", (scene.realm, "roles", "writer"), writer)
        mail["config"]["ldap.attribute"] = ["otherMail"]
        bert.send("PUT", (scene.realm, "components", mail["id"]), mail)
    found = scene.drift(config)
    assert {f"{one.what.value} {one.address}": [deed.who for deed in one.trace.deeds] for one in found.deviations} == {
        "missing component/userFederation/refused": [],
        "deleted role/reader": ["anna"],
        "changed role/writer": ["anna"],
        "unmanaged sub-component/userFederation/directory/ldapMappers/email": ["bert"],
    }
