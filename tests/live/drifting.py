"""What live tests of drift share: a realm of a file, applied, and people and robots who change it by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from realmctl.config.loader import RealmConfig, load
from realmctl.engine.apply.apply import apply
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.keycloak.admin import Admin, Connection
from realmctl.model.drift import RealmDrift
from realmctl.model.secret import Secret
from realmctl.workflow import Watched, drift_of
from tests.conftest import Keycloak

EVENTS = "adminEventsEnabled: true\nadminEventsDetailsEnabled: true\n"
FILE = """\
displayName: Shop
ignore:
  - { address: client/robot-*, reason: the accounts of these tests }
  - { address: user/*, reason: the people of these tests }
  - { address: client/api, fields: [attributes.tier], reason: tried out }
roles:
  reader: { description: Reads }
  writer: { description: Writes, composites: [reader] }
clients:
  api:
    publicClient: false
    redirectUris: ["https://one.example.com/cb"]
    attributes: { tier: gold }
"""


class Scene:
    """A realm of a file, applied; people and robots who may do something in it."""

    def __init__(self, admin: Admin, keycloak: Keycloak, realm: str, folder: Path) -> None:
        self.admin, self.keycloak, self.realm, self.file = admin, keycloak, realm, folder / "realm.yaml"

    def write(self, said: str) -> RealmConfig:
        self.file.write_text(f"realm: {self.realm}\n{said}", encoding="utf-8")
        (config,) = load([self.file], environ={})
        return config

    def apply(self, said: str) -> RealmConfig:
        config = self.write(said)
        apply(
            self.admin, config.desired, make_plan(compare(config.desired, read(self.admin, scope_of(config.desired))))
        )
        self.admin.renew()
        return config

    def robot(self, name: str, *roles: str) -> Connection:
        """A client of the realm whose service account has these roles."""
        said = {"clientId": name, "secret": name, "publicClient": False, "serviceAccountsEnabled": True}
        made = self.admin.send("POST", (self.realm, "clients"), said).id
        assert made
        self._grant(self.admin.get(self.realm, "clients", made, "service-account-user")["id"], *roles)
        return Connection(self.keycloak.url, realm=self.realm, client_id=name, client_secret=Secret(name))

    def person(self, name: str, *roles: str) -> Connection:
        """A user of the realm with these roles."""
        password = [{"type": "password", "value": name}]
        whole = {"email": f"{name}@example.com", "firstName": name, "lastName": name, "enabled": True}
        made = self.admin.send("POST", (self.realm, "users"), {"username": name, "credentials": password, **whole}).id
        assert made
        self._grant(made, *roles)
        return Connection(self.keycloak.url, realm=self.realm, user=name, password=Secret(name))

    def _grant(self, user: str, *roles: str) -> None:
        [owner] = self.admin.get(self.realm, "clients", query={"clientId": "realm-management"})
        given = [self.admin.get(self.realm, "clients", owner["id"], "roles", role) for role in roles]
        self.admin.send("POST", (self.realm, "users", user, "role-mappings", "clients", owner["id"]), given)

    def drift(self, config: RealmConfig, by: Connection | None = None, **options: Any) -> RealmDrift:
        connect = partial(Admin, by) if by else self.keycloak.admin
        now = options.pop("now", datetime.now(UTC))
        (found,) = drift_of([Watched("", connect, [config])], now=now, say=lambda _: None, **options)
        return found
