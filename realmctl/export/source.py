"""A realm from a file: an export of Keycloak's (`kc.sh export`, partial export), or keycloak-config-cli's import file.

Both are RealmRepresentations, as JSON or YAML. Must not know about: what becomes of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realmctl.baseline import builtin, objects
from realmctl.errors import UsageProblem
from realmctl.export.shape import misshapen
from realmctl.load import plain_data
from realmctl.model.objects import Snapshot

WHOLE = ("clients", "roles", "clientScopes", "authenticationFlows", "requiredActions")
"""What an export of Keycloak's own has; a file without one of these is somebody's part of a realm."""

_ADVICE = "Give a RealmRepresentation: what `kc.sh export` writes, or an import file. realmctl's own files are none."


def realms(path: Path) -> dict[str, dict[str, Any]]:
    """The realms in a file, by name. Raises UsageProblem where it holds none, or something else as well."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageProblem(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{path} is not UTF-8 text") from error
    try:
        data = json.loads(text)
    except ValueError:
        data = plain_data(text, str(path))
    found = data if isinstance(data, list) else [data]
    named = {one["realm"]: one for one in found if isinstance(one, dict) and isinstance(one.get("realm"), str)}
    if not named or len(named) != len(found):
        raise UsageProblem(
            f"{path} is no realm export: it names no realm",
            advice=_ADVICE,
        )
    for name, one in named.items():
        if wrong := misshapen(one):
            raise UsageProblem(f"{path} is no realm export: of realm {name}, {wrong}", advice=_ADVICE)
    return named


def snapshot(realm: Mapping[str, Any]) -> Snapshot:
    """The realm of a file as if a server held it."""
    # A file may mean a client by its name alone; nothing can be said of it here.
    clients = [client for client in realm.get("clients") or () if client.get("clientId")]
    realm = {**realm, **({"clients": clients} if "clients" in realm else {})}
    version = str(realm.get("keycloakVersion") or "")
    people = sum(not user.get("serviceAccountClientId") for user in realm.get("users") or ())
    return Snapshot(
        str(realm["realm"]), True, objects(realm, builtin(version)), unseen=_left_out(people), version=version
    )


def _left_out(people: int) -> tuple[str, ...]:
    """What is said of the people of a file; their credentials have no place in another one."""
    if not people:
        return ()
    many = "1 person of the file is" if people == 1 else f"{people} people of the file are"
    return (f"users: {many} left out. Name those that the realm starts with, without their passwords.",)


def is_whole(realm: Mapping[str, Any]) -> bool:
    """Whether the file tells all of a realm, so that what is not in it is not there."""
    return all(section in realm for section in WHOLE) and bool(realm.get("keycloakVersion"))
