"""Round trips of realms from elsewhere: `make round-trip CORPUS=FOLDER`, with one line for each file.

Every file is a RealmRepresentation in JSON: a realm export, or an import file. Keycloak imports it; realmctl exports it
as files, plans them, deletes the realm, applies the files; and the realm has to be equal to what it was. pytest does
not collect this module: the folder's files are not a part of this repository.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from realmctl.errors import ApplyFailed, Broken, Conflict, NotFound, RealmctlError, ServerError, Unreachable
from realmctl.export import Exported, export
from realmctl.export.omission import Beyond
from realmctl.export.read import read_realm
from realmctl.export.unsupported_objects import ACCOUNT, beyond
from realmctl.keycloak import local
from realmctl.keycloak.admin import Admin, answers, connection
from realmctl.keycloak.kinds.component import SHORT
from realmctl.model import redaction
from realmctl.model.change import FieldChange
from realmctl.model.fields import Compare
from realmctl.model.secret import HIDDEN, MASK
from tests.live.equal import describe_realm, differences, written
from tests.live.scene import applied, planned

INSTANCE = "corpus"
BETWEEN = frozenset({429, 502, 503, 504})
"""Statuses that say something of the server, or of what stands before it, and nothing of a realm."""
ATTEMPTS = 6
TROUBLE = re.compile(
    r"gave no complete answer|broke the connection|ended the TLS|can't be connected|can't be asked|Nothing answers|"
    rf"answered (?:409|{'|'.join(map(str, sorted(BETWEEN)))}) |{answers.DATABASE}"
)
"""What an apply, which reports the errors of its requests as texts, says of such a server."""
SUFFIX = "-round-trip"
NO_PROVIDER = re.compile(r"Keycloak answered 400 to POST \S+/executions: No authentication provider found for id: \S+")
"""An import takes a step whose authenticator the server lacks; every other request for it is refused (26.7.3)."""
ORDERS = {"clientProfiles": "client profiles", "clientPolicies": "client policies"}
RIGHTS = frozenset({"authorization", "authorizationServicesEnabled", "serviceAccount", "serviceAccountsEnabled"})
DEFAULT = re.compile("<realm › defaultRole>|<roles › default-roles-|› roles › uma_protection>")
"""The roles of a new service account: everybody's, and the one that authorization services bring."""
PARTS = {"client-role": "roles", "protocol-mapper": "protocolMappers"}
WHOLE = ("this client is not there", "not in a new realm")
NO_USER = "its service account has no user"
"""How an export begins what it says of a whole object, and not of single fields."""


class Unequal(Exception):
    """What did not come back, and at which step."""


class Told(Exception):
    """What did not come back, all of which the export says that no file holds."""


class ServerTrouble(Exception):
    """The server did not answer, or something before it answered: no file can be judged."""


def is_trouble(error: RealmctlError) -> bool:
    """Say whether an error tells of the connection or of a broken server, and not of the realm that was sent."""
    if isinstance(error, Unreachable):
        return True
    if isinstance(error, ApplyFailed):
        return bool(TROUBLE.search(str(error)))
    if isinstance(error, Conflict) or answers.DATABASE in str(error):
        return True  # Another transaction, or another realm with the same ids.
    return isinstance(error, ServerError) and (error.status in BETWEEN or error.status is None)


def is_broken(error: RealmctlError) -> bool:
    """Say whether the server answered 500, or failed at a part of an apply in that way."""
    return isinstance(error, Broken) or (isinstance(error, ApplyFailed) and " 500 " in str(error))


def works(admin: Admin) -> bool:
    """Say whether the server creates and deletes an empty realm, which has another name in each part of a run."""
    name = f"probe-{os.getpid()}{SUFFIX}"
    try:
        _delete(admin, name)
        admin.send("POST", (), {"realm": name})
        admin.send("DELETE", (name,))
    except ServerError:
        return False
    return True


def round_trip(admin: Admin, realm: dict[str, Any]) -> Exported:
    """One realm there and back. Raises Unequal, Told, or whatever an export, a plan or an apply raises.

    A secret that Keycloak hides is taken from the file, as its owner would, or made up where it isn't there either.
    """
    name = str(realm["realm"])
    admin.renew()
    before = describe_realm(admin, name)
    snapshot = read_realm(admin, name)
    found = export(snapshot, beyond=beyond(admin, snapshot))
    if found.findings:
        raise Unequal("the files are not clean: " + "; ".join(finding.message for finding in found.findings))
    if found.changes:
        raise Unequal("the export plans to something: " + _changes(found.changes))
    with TemporaryDirectory() as folder:
        desired = written(found, Path(folder), hidden=_secrets(realm))
        # A secret that Keycloak hides, and that realmctl never wrote, can't be known to be the declared one.
        told_of = [one for one in planned(admin, desired).changes if not all(map(_hidden, one.fields))]
        _must_be_empty(told_of, "planned")
        admin.send("DELETE", (name,))
        applied(admin, desired)
        _must_be_empty(planned(admin, desired).changes, "planned again")
    different = differences(before, describe_realm(admin, name))
    left = {key: pair for key, pair in different.items() if not is_told(key, pair, found.lost, found.remarks)}
    if left:
        raise Unequal(_lines(left))
    if different:
        raise Told(_lines(different))
    return found


def is_told(key: str, pair: tuple[Any, Any], lost: Iterable[Beyond], remarks: Iterable[str] = ()) -> bool:
    """Say whether an export says that its files do not hold the value: by its object, and by the name of a field."""
    path = key.split(" › ")
    if path[0] == "flows" and pair[0] == MASK:
        # A key that the authenticator does not declare (any more): Keycloak shows that it is there.
        return any(path[1] in one and f"{path[-1]} is there, but Keycloak hides its value" in one for one in remarks)
    return any(_tells(one, path, pair) for one in lost)


def _tells(one: Beyond, path: list[str], pair: tuple[Any, Any]) -> bool:
    kind, names, text = one.address.kind, one.address.names, one.text
    if kind == "realm":
        order = path[-1] == "(order)" and f"order of its {ORDERS.get(path[0])} (" in text
        rights = "(in realm-management)" in text and path[:2] == ["clients", "realm-management"]
        return order or (rights and not RIGHTS.isdisjoint(path)) or path == ["realm", text.split(":")[0][len("its ") :]]
    if kind == "component":
        mine = path[0] == "components" and f" {names[-1]} (" in path[1]
        return mine and (("keyUse" in text and "keys" in path) or f"no {path[-1]}:" in text)
    if kind == "role":
        return path[:2] == ["roles", names[0]] and path[2] in text
    if path[:2] != ["clients", names[0]] or (kind in PARTS and path[2:4] != [PARTS[kind], names[-1]]):
        return False
    if path[2] == "serviceAccount" and path[-1] == "roleMappings" and "default role" in text:
        old, new = (set(roles or ()) for roles in pair)
        return old <= new and all(DEFAULT.search(role) for role in new - old)
    if path[2] == "serviceAccount":
        return text.startswith(NO_USER) or ACCOUNT.get(path[3], path[3]) in text
    fields = set(path[2:]) - {"id", "name"}
    return text.startswith(WHOLE) or any(re.search(rf"\b{re.escape(one)}\b", text) for one in fields)


def _lines(different: dict[str, tuple[Any, Any]]) -> str:
    return "\n".join(f"{key}: {old!r} -> {new!r}" for key, (old, new) in different.items())


def _secrets(realm: dict[str, Any]) -> dict[str, str]:
    """The file's own secrets by what an export says of each: `identity provider corp: config.clientSecret`."""
    found: dict[str, str] = {}

    def note(title: str, key: str, value: Any) -> None:
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str) and text.strip("*"):
            found[f"{title}: {key}"] = text

    for provider in realm.get("identityProviders") or ():
        for key, value in (provider.get("config") or {}).items():
            note(f"identity provider {provider.get('alias')}", f"config.{key}", value)
    for key, value in (realm.get("smtpServer") or {}).items():
        note("realm", f"smtpServer.{key}", value)
    # Exports of before 2.0 hold the key of the realm itself, which an import makes into a component.
    for name in ("rsa", "rsa-enc"):
        note(f"component keys / {name}", "config.privateKey", realm.get("privateKey"))
    short = {name: said for said, name in SHORT.items()}
    for kind, ones in (realm.get("components") or {}).items():
        for one in ones:
            for key, value in (one.get("config") or {}).items():
                note(f"component {short.get(kind, kind)} / {one.get('name')}", f"config.{key}", value)
    return found


def _hidden(field: FieldChange) -> bool:
    return field.compare is Compare.SECRET and field.old == HIDDEN


def _must_be_empty(changes: Any, when: str) -> None:
    if changes:
        raise Unequal(f"{when}, it is not empty: " + _changes(changes))


def _changes(changes: Any) -> str:
    return "; ".join(
        f"{one.action} {one.address} ({', '.join(f'{f.path}: {f.old!r} -> {f.new!r}' for f in one.fields)})"
        for one in changes
    )[:3000]


def imported(admin: Admin, realm: dict[str, Any]) -> None:
    """Import the realm without people, which realmctl does not manage. Raises RealmctlError.

    A client's secret that an export has masked would be stored as the mask: another text takes its place.
    """
    clients = [
        {**client, "secret": f"secret of {client.get('clientId')}"} if client.get("secret") == MASK else client
        for client in realm.get("clients") or ()
    ]
    users = [user for user in realm.get("users") or () if user.get("serviceAccountClientId")]
    _delete(admin, str(realm["realm"]))
    admin.send("POST", (), {**realm, **({"clients": clients} if clients else {}), "users": users, "federatedUsers": []})


def _delete(admin: Admin, name: str) -> None:
    with suppress(NotFound, ServerError):
        admin.send("DELETE", (name,))


def files(folder: Path, only: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every realm of the folder's JSON files, with the file's name."""
    for path in sorted(folder.glob("*.json")):
        if only and only not in path.name:
            continue
        with suppress(ValueError):
            data = json.loads(path.read_text(encoding="utf-8-sig"))
            for realm in data if isinstance(data, list) else [data]:
                if isinstance(realm, dict) and isinstance(realm.get("realm"), str) and realm["realm"] != "master":
                    # A name of its own: other realms of this name, and of this id, may be on a shared server.
                    yield path.name, {**realm, "id": None, "realm": f"{realm['realm']}{SUFFIX}"}


def tried(admin: Admin, realm: dict[str, Any]) -> tuple[str, str]:
    """Return what became of a realm (`refused`, `equal`, `told`, `unequal` or `failed`), and why.

    An answer of 500 counts when a second attempt ends with the same one. Raises ServerTrouble where the server did not
    answer in several attempts.
    """
    before = ""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            outcome, why, doubtful = _tried_once(admin, realm)
        except ServerTrouble:
            if attempt == ATTEMPTS:
                raise
            time.sleep(5 * attempt)
            continue
        if not doubtful or why == before:
            return outcome, why
        before = why
    raise ServerTrouble(before)


def _tried_once(admin: Admin, realm: dict[str, Any]) -> tuple[str, str, bool]:
    """Return the outcome, the reason, and whether the server may be the reason."""
    redaction.forget()  # The secrets of the file before may be a part of what this one shows.
    try:
        imported(admin, realm)
    except RealmctlError as error:
        why = _judged(error)
        if is_broken(error) and not works(admin):
            raise ServerTrouble(str(error)) from error
        _delete(admin, str(realm["realm"]))
        return "refused", why, is_broken(error)
    try:
        found = round_trip(admin, realm)
    except Unequal as error:
        return "unequal", str(error), False
    except Told as error:
        return "told", str(error), False
    except RealmctlError as error:
        if lacking := NO_PROVIDER.search(str(error)):
            return "refused", lacking[0], False
        return "failed", _judged(error), is_broken(error)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError):
        return "failed", traceback.format_exc(), False
    finally:
        _delete(admin, str(realm["realm"]))
    return "equal", f"{len(found.files)} files", False


def _judged(error: RealmctlError) -> str:
    """Return the error as a sentence. Raises ServerTrouble where it is not about the realm."""
    if is_trouble(error):
        raise ServerTrouble(str(error)) from error
    return f"{error} {error.advice}".strip()


def sort_of(why: str) -> str:
    """Return what refusals of one cause have in common: names, ids and numbers left out."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]+|'[^']*'|\"[^\"]*\"|\[[^\]]*\]|\d+", "…", why.splitlines()[0])[:160]


def main() -> int:
    """Tries every file of a folder, says how each fared, and ends with 1 where one is not equal, 3 without a server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="files with this in their name")
    parser.add_argument("--part", default="1/1", help="the n-th of m parts: several can run side by side")
    parser.add_argument("--verbose", action="store_true", help="all differences of each")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    admin, stop = _server()
    counted: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    with closing(admin):
        for name, realm in files(options.folder, options.only):
            # Realms of one name go one after the other.
            if zlib.crc32(realm["realm"].encode()) % parts != part - 1:
                continue
            begun = time.monotonic()
            try:
                outcome, why = tried(admin, realm)
            except ServerTrouble as error:
                print(f"the run ends at {name}, which is not counted: {error}", file=sys.stderr)
                return 3
            counted[outcome] += 1
            refusals.update([sort_of(why)] if outcome == "refused" else [])
            print(f"{outcome:8} {time.monotonic() - begun:5.1f} s  {name}", flush=True)
            if outcome != "equal":
                lines = why.splitlines() if options.verbose else why.splitlines()[:6]
                print("\n".join(f"    {line[:400]}" for line in lines), flush=True)
    stop()
    print(", ".join(f"{count} {what}" for what, count in sorted(counted.items())))
    print("\n".join(f"    refused {count} times: {sort}" for sort, count in refusals.most_common()))
    return 1 if counted["unequal"] or counted["failed"] else 0


def _server() -> tuple[Admin, Callable[[], object]]:
    if os.environ.get("KEYCLOAK_URL"):
        return Admin(connection({}, os.environ)), lambda: None
    server = local.up(os.environ.get("KEYCLOAK_VERSION") or local.KEYCLOAK, instance=INSTANCE, progress=print)
    environ = {"KEYCLOAK_URL": server.url, "KEYCLOAK_USER": server.user, "KEYCLOAK_PASSWORD": server.password}
    return Admin(connection({}, environ)), lambda: local.down(instance=INSTANCE, forget_data=True)


if __name__ == "__main__":
    sys.exit(main())
