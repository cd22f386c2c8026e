"""Makes a realm's document comparable: objects by name, names for ids, lists without an order sorted, single values.

Must not know about: how the document was read, which values are not compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

NAMES = ("clientId", "alias", "name")
IDS = ("id", "_id", "internalId", "flowId")
MENTION = frozenset({"id", "required", "extendChildren"})
"""Keys of an object that only names another one, as a policy names roles, groups and scopes."""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OWNERS = frozenset({*IDS, "containerId", "parentId", "organizationId"})
"""Keys whose value is an id even where it has not the form of one: an import keeps the ids of its file."""

ORDERED = (
    "flows › * › executions",
    "flows › * › authenticationExecutions",
    "clientProfiles › profiles",
    "clientProfiles › profiles › * › executors",
    "clientPolicies › policies",
    "clientPolicies › policies › * › conditions",
    "clientPolicies › policies › * › profiles",
    "userProfile › attributes",
    "userProfile › groups",
    "userProfile › attributes › * › validations › options › options",
    "workflows › * › steps",
    "roles › * › attributes › *",
    "clients › * › roles › * › attributes › *",
    "groups › ** › attributes › *",
    "organizations › * › attributes › *",
    "clients › * › authorization › resources › * › attributes › *",
    "realm › webAuthnPolicy*SignatureAlgorithms",
)
"""The lists whose order has a meaning and is kept by Keycloak; every other list is a set."""

PRESENT = ("** › validations › *",)
"""The objects whose being there means something even where they are empty: a validation without settings."""

Path = tuple[str, ...]


def matches(path: Path, pattern: str) -> bool:
    """Say whether a path has the form of a pattern: `*` stands for one name or a part of one, `**` for several."""
    return _matches(path, tuple(pattern.split(" › ")))


def _matches(path: Path, pattern: Path) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(path[skip:], pattern[1:]) for skip in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(path[1:], pattern[1:])


def by_name(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with objects in place of lists of objects, keyed by name, and names in place of ids."""
    tree = _keyed(document, ())
    _drop_copies(tree["realm"])
    places: dict[str, Path] = {}
    for path, node in _nodes(tree, ()):
        if not node.keys() <= MENTION:
            for one in (str(node[key]) for key in IDS if isinstance(node.get(key), str)):
                # Several nodes may have an object's id: the one nearest to the root is the object.
                places[one] = min(places.get(one, path), path, key=len)
    known = {one: f"<{' › '.join(path)}>" for one, path in places.items()}
    known = {one: _names_in(name, known) for one, name in known.items()}
    named: dict[str, Any] = _named(tree, known, "")
    return named


def _drop_copies(realm: dict[str, Any]) -> None:
    """Leave out attributes that repeat a field of the realm: an import writes them all, a PUT only what it was sent."""
    attributes = realm.get("attributes") or {}
    realm["attributes"] = {key: text for key, text in attributes.items() if text != _as_text(realm.get(key))}


def _as_text(value: Any) -> str | None:
    return value if isinstance(value, str) else json.dumps(value)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the single values with their paths; an empty list, object or text is none, but for those in PRESENT."""
    if isinstance(value, Mapping):
        if not value and any(matches(path, pattern) for pattern in PRESENT):
            yield path, "{}"
        for name, item in value.items():
            yield from leaves(item, (*path, str(name)))
    elif isinstance(value, list):
        items = [json.dumps(item, sort_keys=True, ensure_ascii=False) for item in value]
        if items:
            yield path, items if any(matches(path, pattern) for pattern in ORDERED) else sorted(items)
    elif value not in (None, ""):
        yield path, value


def _keyed(value: Any, path: Path) -> Any:
    if isinstance(value, str):
        return _parsed(value, path)
    if isinstance(value, Mapping):
        return {name: _keyed(item, (*path, str(name))) for name, item in value.items()}
    if not isinstance(value, list):
        return value
    if not any(isinstance(item, Mapping) for item in value):
        items = [_keyed(item, path) for item in value]
        return items[0] if len(items) == 1 and isinstance(items[0], Mapping) else items
    ordered = any(matches(path, pattern) for pattern in ORDERED)
    items = [item for item in value if isinstance(item, Mapping)]
    if not ordered:
        items.sort(key=_text)
    found: dict[str, Any] = {}
    for index, item in enumerate(items):
        name = ((not path[-1:] or not path[-1].lower().endswith("executions")) and _name(item)) or f"{index + 1}"
        copies = sum(1 for key in found if key == name or key.startswith(f"{name} #"))
        key = f"{name} #{copies + 1}" if copies else name
        found[key] = _keyed(item, (*path, key))
    if ordered:
        found["(order)"] = " ".join(found)
    return found


def _parsed(text: str, path: Path) -> Any:
    """Return what a text of JSON says: Keycloak writes such texts in an order of its own."""
    if text[:1] + text[-1:] in ("[]", "{}") and len(text) > 1:
        with suppress(ValueError):
            return _keyed(json.loads(text), path)
    return text


def _name(item: Mapping[str, Any]) -> str:
    name = next((str(item[key]) for key in NAMES if item.get(key)), "")
    if "providerType" in item:
        parts = (str(item["providerType"]).rpartition(".")[2], item.get("subType"), name, f"({item['providerId']})")
        return " ".join(str(part) for part in parts if part)
    return name or " ".join(str(item[key]) for key in ("algorithm", "use") if "kid" in item and key in item)


def _text(item: Any) -> str:
    """Return an object as a text by which it is sorted: ids are left out."""
    return UUID.sub("", json.dumps(item, sort_keys=True))


def _nodes(value: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        yield path, value
        for name, item in value.items():
            yield from _nodes(item, (*path, str(name)))


def _named(value: Any, known: Mapping[str, str], key: str) -> Any:
    if isinstance(value, Mapping):
        return {_names_in(name, known): _named(item, known, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_named(item, known, key) for item in value]
    if isinstance(value, str):
        return known.get(value, value) if key in OWNERS else _names_in(value, known)
    return value


def _names_in(text: str, known: Mapping[str, str]) -> str:
    return UUID.sub(lambda found: known.get(found[0], found[0]), text)
