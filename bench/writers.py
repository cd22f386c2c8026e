"""The quickest ways to bring a realm's objects into Keycloak by hand: the limits an apply is measured against.

They know everything beforehand, check nothing, and keep no order that isn't forced upon them; reading back is apart.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
import urllib.parse
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from bench import wire
from bench.shapes import Shape, sections

_TOKEN_LIFE = 40.0  # seconds; Keycloak's is 60


@dataclass
class Raw:
    """A connection per thread, one token for all, and nothing else between us and the Admin API."""

    url: str
    user: str
    password: str
    requests: int = 0
    _token: str = ""
    _until: float = 0.0
    _local: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, method: str, path: str, body: Any = None, *, missing_ok: bool = False) -> bytes:
        """Sends one request below /admin/realms; answers the body. Raises RuntimeError on any other answer than 2xx."""
        headers = {"Authorization": f"Bearer {self._bearer()}", "Content-Type": "application/json"}
        status, answer = self._exchange(
            method, f"/admin/realms{path}", None if body is None else json.dumps(body).encode(), headers
        )
        if status >= 300 and not (missing_ok and status == 404):
            raise RuntimeError(f"{method} {path}: {status} {answer[:300]!r}")
        return answer

    def export(self, realm: str) -> bytes:
        """The one request that reads a whole realm."""
        return self.send("POST", f"/{realm}/partial-export?exportClients=true&exportGroupsAndRoles=true")

    def _bearer(self) -> str:
        with self._lock:
            if time.monotonic() > self._until:
                form = {"grant_type": "password", "client_id": "admin-cli"}
                body = urllib.parse.urlencode({**form, "username": self.user, "password": self.password}).encode()
                status, answer = self._exchange(
                    "POST",
                    "/realms/master/protocol/openid-connect/token",
                    body,
                    {"Content-Type": "application/x-www-form-urlencoded"},
                )
                if status != 200:
                    raise RuntimeError(f"no token: {status} {answer[:300]!r}")
                self._token, self._until = json.loads(answer)["access_token"], time.monotonic() + _TOKEN_LIFE
            return self._token

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        parts = urllib.parse.urlsplit(self.url)
        connection = getattr(self._local, "connection", None)
        if connection is None:
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = self._local.connection = kind(parts.hostname or "", parts.port)
        connection.request(method, parts.path.rstrip("/") + path, body, headers)
        answer = connection.getresponse()
        self.requests += 1
        return answer.status, answer.read()


def bulk_import(raw: Raw, shape: Shape, realm: str, secret: str) -> None:
    """One request that creates the realm with everything in it."""
    raw.send("POST", "", wire.realm(shape, realm, secret))


def partial_import(raw: Raw, shape: Shape, realm: str, secret: str) -> None:
    """What partial import takes in one request; the rest (client scopes) by single ones."""
    whole = wire.realm(shape, realm, secret)
    scopes = whole.pop("clientScopes")
    taken = ("roles", "clients", "groups", "identityProviders", "identityProviderMappers")
    imported = {name: whole.pop(name) for name in taken}
    raw.send("POST", "", whole)
    for scope in scopes:
        raw.send("POST", f"/{realm}/client-scopes", scope)
    raw.send("POST", f"/{realm}/partialImport", {"ifResourceExists": "FAIL", **imported})


def single_requests(raw: Raw, shape: Shape, realm: str, secret: str, *, at_once: int, batch: int = 1) -> None:
    """One POST per object, `at_once` side by side, in as few waves as references allow.

    With a `batch` client roles go that many at a time by partial import: realm roles and clients are slower so.
    """
    declared = sections(shape)
    raw.send(
        "POST", "", {key: value for key, value in declared.items() if not isinstance(value, dict)} | {"realm": realm}
    )
    roles = list(wire.roles(declared))
    provider = wire.broker(declared, secret)
    first: list[tuple[str, Any]] = [
        ("/identity-provider/instances", provider),
        *(("/clients", client) for client in wire.clients(declared, realm)),
        *(("/roles", role) for role in roles if not role.get("composite")),
        *(("/client-scopes", scope) for scope in wire.client_scopes(declared)),
        *(("/groups", {"name": group["name"]}) for group in wire.groups(declared)),
    ]
    second: list[tuple[str, Any]] = [
        *(("/roles", role) for role in roles if role.get("composite")),
        *_client_roles(declared, realm, batch),
        *(
            (f"/identity-provider/instances/{provider['alias']}/mappers", mapper)
            for mapper in wire.broker_mappers(declared)
        ),
    ]
    with ThreadPoolExecutor(at_once) as pool:
        _wave(pool, raw, realm, first)
        _wave(pool, raw, realm, second)
        _wave(pool, raw, realm, list(_group_roles(raw, realm, declared)))


def _client_roles(declared: dict[str, Any], realm: str, batch: int) -> Iterable[tuple[str, Any]]:
    held = wire.client_roles(declared)
    if batch == 1:
        for client_id, roles in held.items():
            yield from ((f"/clients/{wire.id_of(realm, client_id)}/roles", role) for role in roles)
        return
    flat = iter([(client_id, role) for client_id, roles in held.items() for role in roles])
    while part := list(itertools.islice(flat, batch)):
        clients: dict[str, list[Any]] = {}
        for client_id, role in part:
            clients.setdefault(client_id, []).append(role)
        yield "/partialImport", {"ifResourceExists": "FAIL", "roles": {"client": clients}}


def read_back(raw: Raw, shape: Shape, realm: str, *, at_once: int = 8) -> None:
    """Everything that was written, read once: by lists side by side, since an export of cold caches takes longer.

    It compares nothing, and knows what there is to ask for.
    """
    declared = sections(shape)
    alias = wire.broker(declared, "")["alias"]
    paths = [
        *(f"/roles?briefRepresentation=false&first={first}&max=100" for first in range(0, len(declared["roles"]), 100)),
        *(f"/clients?first={first}&max=100" for first in range(0, len(declared["clients"]) + 10, 100)),
        "/client-scopes",
        "/groups?briefRepresentation=false&populateHierarchy=false",
        "/identity-provider/instances",
        f"/identity-provider/instances/{alias}/mappers",
        *(f"/clients/{wire.id_of(realm, client_id)}/roles" for client_id in declared["clients"]),
        *(f"/roles/{role['name']}/composites" for role in wire.roles(declared) if role.get("composite")),
    ]
    with ThreadPoolExecutor(at_once) as pool:
        # A partial import gives clients ids of its own; slow as it is, what it is read back with doesn't matter.
        for _ in pool.map(lambda path: raw.send("GET", f"/{realm}{path}", missing_ok=True), paths):
            continue


def _wave(pool: ThreadPoolExecutor, raw: Raw, realm: str, bodies: Sequence[tuple[str, Any]]) -> None:
    for _ in pool.map(lambda one: raw.send("POST", f"/{realm}{one[0]}", one[1]), bodies):
        continue


def _group_roles(raw: Raw, realm: str, declared: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    # In pages: a list of a thousand roles that are in no cache takes the server ten times as long at once.
    pages = (json.loads(raw.send("GET", f"/{realm}/roles?first={first}&max=100")) for first in itertools.count(0, 100))
    roles = itertools.chain.from_iterable(itertools.takewhile(bool, pages))
    ids = {role["name"]: role["id"] for role in roles}
    group_ids = {group["name"]: group["id"] for group in json.loads(raw.send("GET", f"/{realm}/groups"))}
    for group in wire.groups(declared):
        links = [{"id": ids[name], "name": name} for name in group["realmRoles"]]
        yield f"/groups/{group_ids[group['name']]}/role-mappings/realm", links
