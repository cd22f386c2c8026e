"""Secrets where none may stand: names, references to objects, realmctl's own keys. Each is an error with its place.

Must not know about: what makes a value a secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from realmctl.config.inputs.variable_access import public_advice
from realmctl.config.loader.hidden_values import Concealed
from realmctl.config.loader.interpolation import UNKNOWN, Part
from realmctl.config.yaml.document import Document
from realmctl.errors import Finding, Place
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.fields import holds_secret
from realmctl.model.objects import Declared

Path = tuple[str | int, ...]

_SHORTEST = 4
"""Characters from which on a secret inside of another text is no coincidence."""


def misplaced(
    concealed: Concealed,
    resolved: Sequence[Part],
    documents: Sequence[Document],
    sections: Mapping[str, str],
    words: Mapping[str, Any],
) -> list[Finding]:
    """Return an error for each secret that stands where it would be a name, or could be read.

    `sections` are the sections of the language and the kind of their objects; `words` are the platform's words.
    """
    parts: dict[Place, Part] = {}
    for part in resolved:
        if part.name in concealed.reasons:
            parts.setdefault(part.place, part)
    findings: list[Finding] = []
    for document in documents:
        here = {place for place in parts if place.file == document.file} if parts else set()
        if not here:
            continue
        for path, place, is_key in _spots(document, document.data, ()):
            if place not in here:
                continue
            here.discard(place)
            part, subject = parts[place], ""
            if is_key:
                subject = _named(path, sections)
            elif place not in concealed.places:
                subject = f"'{'.'.join(map(str, path))}' takes no secret; it"
            elif path[0] in words and not holds_secret(str(path[-1])) and _shows(part.value, concealed):
                subject = f"'{'.'.join(map(str, path))}' becomes a part of other texts, and so takes no secret; it"
            if subject:
                findings.append(_finding(subject, part, concealed.reasons[part.name]))
    return findings


def _finding(subject: str, part: Part, reason: str) -> Finding:
    told = f"{subject} comes from $({part.name}), which counts as a secret ({reason})"
    advice = "write it out, or refer to what holds no secret"
    if reason == UNKNOWN:
        advice = public_advice(part.name)
    return Finding("secret-as-name", told, part.place, advice)


def _named(path: Path, sections: Mapping[str, str]) -> str:
    for length in range(len(path) - 1, 0, -1):
        # clients.NAME.roles.NAME is in the section clients.roles.
        kind = sections.get(".".join(str(step) for step in path[:length][::2]))
        if kind and len(path) - length == kinds()[kind].levels:
            return f"the name of a {kinds()[kind].title}"
    return f"a name in '{'.'.join(map(str, path[:-1]))}'" if path[:-1] else "the name of a section"


def _spots(document: Document, value: Any, path: Path) -> Iterator[tuple[Path, Place, bool]]:
    """Every key and single value of a document: path, place, and whether it is a key."""
    positions = document.positions.get(id(value), ())
    if isinstance(value, dict):
        for index, (key, item) in enumerate(value.items()):
            if 2 * index + 1 >= len(positions):
                break
            yield (*path, key), document.place_at(positions[2 * index]), True
            if not isinstance(item, (dict, list)):
                yield (*path, key), document.place_at(positions[2 * index + 1]), False
            else:
                yield from _spots(document, item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if not isinstance(item, (dict, list)) and index < len(positions):
                yield (*path, index), document.place_at(positions[index]), False
            else:
                yield from _spots(document, item, (*path, index))


def _shows(value: str, concealed: Concealed) -> bool:
    """Whether a secret that one of the platform's words took is a part of a text that is shown."""
    if len(value) < _SHORTEST:
        return False
    return any(value in text for want in concealed.desired.resources.values() for text in _texts(want))


def _texts(want: Declared) -> Iterator[str]:
    yield from want.address.names
    yield from _texts_in(want.fields)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item)
