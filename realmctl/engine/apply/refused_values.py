"""Where in the files the value stands that Keycloak refused: its answer, and what was sent → a place.

Pure. Keycloak names a field in many ways (26.7.3): as `field`, by its key, by the label of its form, by the value, or
not at all. Must not know about: HTTP, single kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from realmctl.errors import Place, ServerError
from realmctl.keycloak.catalog.labels import keys_of_label
from realmctl.model.change import Action, Change
from realmctl.model.objects import Declared
from realmctl.model.secret import HIDDEN, Secret
from realmctl.model.text import cut

Path = tuple[str | int, ...]

_LONGEST = 80
_NAMED = 12
"""Fields that are listed where Keycloak doesn't say which one it is."""
_SHORT = 4
"""A key of fewer letters counts only as a word of its own."""
_PHRASES: tuple[tuple[str, str], ...] = (
    ("post-logout redirect URI", "post.logout.redirect.uris"),
    ("redirect URI", "redirectUris"),
    ("Logo URL", "logoUri"),
    ("Policy URL", "policyUri"),
    ("Terms of service URL", "tosUri"),
    ("Authentication Request Signing Algorithm", "ciba.backchannel.auth.request.signing.alg"),
    ("Assertion Consumer Service POST", "saml_assertion_consumer_url_post"),
    ("Assertion Consumer Service Redirect", "saml_assertion_consumer_url_redirect"),
    ("Validating public key", "publicKeySignatureVerifier"),
    ("LDAP filter", "customUserSearchFilter"),
    ("LDAP filter", "groups.ldap.filter"),
    ("LDAP filter", "roles.ldap.filter"),
    ("Invalid config for", "passwordPolicy"),
    ("Private RSA Key", "privateKey"),
    ("private key", "privateKey"),
    ("Role cant be null", "role"),
    ("There is no role", "role"),
    ("There is no group", "group"),
    ("Client scopes not allowed", "allowed-client-scopes"),
)
"""What Keycloak calls fields whose keys it doesn't say."""
_SAID_VALUE = re.compile(r"'([^']+)'|\"([^\"]+)\"|\[([^\]]+)\]|: (\S+)$")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that was sent: where it stands, and the text of it; None for a secret."""

    want: Declared
    path: Path
    value: Any

    @property
    def key(self) -> str:
        """The nearest name above the value."""
        return next((str(step) for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def place(self) -> Place:
        """Where it was written."""
        return self.want.origin.place(*self.path)


def explain(error: ServerError, changes: Sequence[Change], declared: Mapping[Any, Declared]) -> str:
    """What is to be said of a refused request beside Keycloak's own words: the place, the field and its value.

    `changes` are those that the request carries out. "" where nothing of them is declared, as of a deletion, and where
    the answer is about no value: no answer, no permission.
    """
    if not error.refuses_values:
        return ""
    wants = [
        declared[change.address]
        for change in changes
        if change.action is not Action.DELETE and change.address in declared
    ]
    if not wants:
        return ""
    leaves = [leaf for change in changes for leaf in _sent(change, declared)]
    found = find(error.says, error.fields, leaves)
    if found is not None:
        return f"This is at {found.place}: {_path(found)} is {_shown(found.value)}."
    place = wants[0].origin.place()
    names = list(dict.fromkeys(_top(leaf) for leaf in leaves))
    if not names:
        return f"This is at {place}."
    listed = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    return f"This is at {place}; Keycloak does not name the field. These were sent: {listed}."


def find(says: str, fields: Iterable[str], leaves: Sequence[Leaf]) -> Leaf | None:
    """The value that Keycloak means, or None where its answer fits none or nothing in particular."""
    for field in fields:
        named = [leaf for leaf in leaves if field in (leaf.key, ".".join(map(str, leaf.path)))]
        if named:
            return _likeliest(says, named)
    for key in _keys_said(says, leaves):
        return _likeliest(says, [leaf for leaf in leaves if leaf.key == key])
    quoted = [part for found in _SAID_VALUE.findall(says) for part in found if part]
    for leaf in leaves:
        if isinstance(leaf.value, str) and leaf.value and (leaf.value in quoted or _is_told(leaf.value, says)):
            return leaf
    return None


def _keys_said(says: str, leaves: Sequence[Leaf]) -> Iterator[str]:
    """The keys among the leaves that the answer names, the surest first."""
    keys = list(dict.fromkeys(leaf.key for leaf in leaves if leaf.key))
    yield from (key for key in keys if re.search(rf"(?<![\w.-]){re.escape(key)}(?![\w-])", says))
    yield from (key for phrase, key in _PHRASES if phrase.lower() in says.lower() and key in keys)
    for label in re.findall(r"'([^']+)'|for ([A-Z][\w ]+)$", says):
        yield from (key for key in keys_of_label("".join(label)) if key in keys)
    plain = _plain(says)
    yield from sorted((key for key in keys if len(_plain(key)) >= _SHORT and _plain(key) in plain), key=len)[::-1]


def _likeliest(says: str, leaves: Sequence[Leaf]) -> Leaf:
    """Of several values under one key the one that the answer fits."""
    told = [leaf for leaf in leaves if isinstance(leaf.value, str) and leaf.value and leaf.value in says]
    if told:
        return told[0]
    mark = next((mark for word, mark in _MARKS.items() if word in says), "")
    return next((leaf for leaf in leaves if mark and re.search(mark, str(leaf.value))), leaves[0])


_MARKS = {"fragment": "#", "illegal scheme": r"^(javascript|data):", "not a valid": r"[\s<>{}|^`]"}
"""What a value has that Keycloak complains of so."""


def _is_told(value: str, says: str) -> bool:
    return len(value) >= _SHORT and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", says) is not None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _sent(change: Change, declared: Mapping[Any, Declared]) -> Iterator[Leaf]:
    want = declared.get(change.address)
    if want is None or change.action is Action.DELETE:
        return
    changed = {field.path.split(".", 1)[0] for field in change.fields}
    for name, value in want.fields.items():
        if change.action is Action.CREATE or not changed or name in changed:
            yield from _leaves(want, (name,), value)


def _leaves(want: Declared, path: Path, value: Any) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(want, (*path, str(key)), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(want, (*path, index), item)
    elif value is not None:
        yield Leaf(want, path, value)


def _path(leaf: Leaf) -> str:
    return ".".join(str(step) for step in leaf.path if isinstance(step, str))


def _top(leaf: Leaf) -> str:
    named = [str(step) for step in leaf.path if isinstance(step, str)]
    return ".".join(named[:2])


def _shown(value: Any) -> str:
    if isinstance(value, Secret):
        return HIDDEN
    return cut(str(value).lower() if isinstance(value, bool) else repr(str(value)), _LONGEST)
