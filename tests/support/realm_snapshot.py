"""A RealmRepresentation as the snapshot of a realm, for tests that have no server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.model.objects import Snapshot


def snapshot(realm: Mapping[str, Any]) -> Snapshot:
    """Return the realm as if a server held it: each client there has a clientId."""
    clients = [client for client in realm.get("clients") or () if client.get("clientId")]
    realm = {**realm, **({"clients": clients} if "clients" in realm else {})}
    version = str(realm.get("keycloakVersion") or "")
    return Snapshot(str(realm["realm"]), True, objects(realm, builtin(version)), version=version)
