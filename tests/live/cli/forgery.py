"""Saved plans as an attacker would write them: mutations of a true one, each with a name, and what it may end with.

A fixed list, so that a failure can be repeated by its name. Must not know about: how plans are read.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

LEAK = "$(env:OF_THE_WRITER)"
ENVIRON = "$(file:/proc/self/environ)"
VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "negative": -1,
    "huge": 10**400,
    "fraction": 0.5,
    "empty text": "",
    "text": "x",
    "control": "a\n::error::\x1b[31m",
    "surrogate": "\ud800",
    "reference": LEAK,
    "empty list": [],
    "list": [["x"]],
    "empty map": {},
    "map": {"$secret": LEAK},
}
ADDRESSES = (
    "role/",
    "/",
    "role",
    "realm/x",
    "no-such-kind/x",
    "role/a%2",
    "ROLE/reader",
    "client/../x",
    "role/reader/",
)
Path = tuple[str | int, ...]
Document = dict[str, Any]


def paths_in(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place below the document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths_in(item, (*path, key))


def at(document: Any, path: Path) -> Any:
    """The value there."""
    for key in path:
        document = document[key]
    return document


def is_harmless(path: Path, value: Any) -> bool:
    """Whether a true plan could hold that: the version is only told, and the paths give way to `--files`."""
    return (path == ("version",) or path[:1] == ("paths",)) and isinstance(value, (str, list)) and value != []


def is_free(path: Path) -> bool:
    """Whether any JSON may stand there: values that only the comparison with the plan of now can refuse."""
    return any(key in ("old", "new", "added", "removed") for key in path)


def mutations(true: Document) -> Iterator[tuple[str, Document]]:
    """At every place: each other value, the key removed, a key added, the item doubled."""
    for path in paths_in(true):
        name = ".".join(map(str, path))
        now = at(true, path)
        for told, value in VALUES.items():
            if value == now or is_harmless(path, value) or (is_free(path) and told not in ("map", "huge", "reference")):
                continue
            forged = copy.deepcopy(true)
            at(forged, path[:-1])[path[-1]] = value
            yield f"{name} is {told}", forged
        if path[0] != "paths":
            forged = copy.deepcopy(true)
            del at(forged, path[:-1])[path[-1]]
            yield f"{name} is removed", forged
            if isinstance(path[-1], int):
                forged = copy.deepcopy(true)
                at(forged, path[:-1]).append(now)
                yield f"{name} is doubled", forged
        if isinstance(now, dict):
            forged = copy.deepcopy(true)
            at(forged, path)["limits"] = {"count": 10**9, "share": 1.0}
            yield f"{name} has limits", forged
    for address in ADDRESSES:
        for part in ("declared", "absent"):
            forged = copy.deepcopy(true)
            forged["realms"][0][part][address] = "0" * 64
            yield f"{part} {address}", forged
        forged = copy.deepcopy(true)
        forged["realms"][0]["changes"][0]["address"] = address
        yield f"a change of {address}", forged


def _edited(edit: Callable[[Document], Any]) -> Callable[[Document], Document]:
    def forge(true: Document) -> Document:
        forged = copy.deepcopy(true)
        edit(forged)
        return forged

    return forge


def _role(realm: Document, name: str, **fields: Any) -> None:
    """A declaration and its creation, as a plan would hold them."""
    realm["declared"][f"role/{name}"] = "0" * 64
    told = [{"path": key, "compare": "value", "secret": False, "old": None, "new": fields[key]} for key in fields]
    change = {"action": "create", "address": f"role/{name}", "kind": "role", "names": [name], "renamedFrom": None}
    realm["changes"].append({**change, "protected": False, "fields": told})


WHOLE: dict[str, Callable[[Document], Document]] = {
    "another role": _edited(lambda it: _role(it["realms"][0], "backdoor")),
    "a leak": _edited(lambda it: _role(it["realms"][0], "leak", description=LEAK)),
    "a leaked environment": _edited(lambda it: _role(it["realms"][0], "leak", description=ENVIRON)),
    "master": _edited(lambda it: it["realms"][0].update(realm="master")),
    "a second realm": _edited(lambda it: it["realms"].append({**copy.deepcopy(it["realms"][0]), "realm": "master"})),
    "a realm twice": _edited(lambda it: it["realms"].append(it["realms"][0])),
    "no realm": _edited(lambda it: it.update(realms=[])),
    "no changes": _edited(lambda it: it["realms"][0].update(changes=[])),
    "changes in another order": _edited(lambda it: it["realms"][0]["changes"].reverse()),
    "a foreign owner": _edited(lambda it: it["realms"][0].update(owner="somebody")),
    "declared and absent": _edited(lambda it: it["realms"][0]["absent"].update(it["realms"][0]["declared"])),
    "a file less": _edited(lambda it: it["files"].pop()),
    "a file more": _edited(lambda it: it["files"].append({"path": "realms/x.yaml", "sha256": "0" * 64})),
    "another file": _edited(lambda it: it["files"][0].update(sha256="0" * 64)),
    "no file": _edited(lambda it: it.update(files=[])),
    "an old format": _edited(lambda it: it.update(format=2)),
    "a later format": _edited(lambda it: it.update(format=10**6)),
    "a format that is true": _edited(lambda it: it.update(format=True)),
    "a creation that is a deletion": _edited(lambda it: it["realms"][0]["changes"][0].update(action="delete")),
}


def _text(true: Document) -> str:
    return json.dumps(true)


BYTES: dict[str, Callable[[Document], bytes]] = {
    "nothing": lambda true: b"",
    "truncated": lambda true: _text(true).encode()[:-20],
    "only the mark": lambda true: b'{"realmctl": "saved plan"',
    "gzip": lambda true: gzip.compress(_text(true).encode()),
    "a byte order mark": lambda true: b"\xef\xbb\xbf" + _text(true).encode(),
    "UTF-16": lambda true: _text(true).encode("utf-16"),
    "invalid UTF-8": lambda true: _text(true).replace("saved plan", "saved plan", 1).encode() + b"\xff\xfe",
    "a second document": lambda true: _text(true).encode() * 2,
    "NaN": lambda true: _text({**true, "x": float("nan")}).encode(),
    "infinity": lambda true: _text(true)[:-1].encode() + b', "x": -Infinity}',
    "a number out of range": lambda true: _text(true)[:-1].encode() + b', "x": 1e999}',
    "an endless number": lambda true: _text(true)[:-1].encode() + b', "x": ' + b"9" * 10_000 + b"}",
    "a key twice": lambda true: _text(true)[:-1].encode() + b', "format": 3}',
    "a nested key twice": lambda true: _text(true).replace('"owner":', '"owner": "x", "owner":', 1).encode(),
    "deep lists": lambda true: _text(true)[:-1].encode() + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep maps": lambda true: _text(true)[:-1].encode() + b', "x": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "just too deep": lambda true: _text(true)[:-1].encode() + b', "x": ' + b"[" * 70 + b"]" * 70 + b"}",
    "a list": lambda true: json.dumps([true]).encode(),
    "a text": lambda true: b'"saved plan"',
    "YAML": lambda true: b"realmctl: saved plan\nformat: 3\n",
    "NUL": lambda true: b"\0" * 64,
}
