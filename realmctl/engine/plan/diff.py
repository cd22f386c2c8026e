"""The differ: one for every kind, told by each field's `Compare` what a difference is.

Pure. Only what is declared is compared. Must not know about: any single kind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from realmctl.engine.plan.inventory import mark
from realmctl.keycloak.kinds.base import Kind
from realmctl.model.change import FieldChange
from realmctl.model.fields import Compare, holds_secret
from realmctl.model.joined_list import Joined, split
from realmctl.model.json_text import is_same_json
from realmctl.model.objects import Declared, Live
from realmctl.model.redaction import is_vault, register_random
from realmctl.model.secret import HIDDEN, MASK, Secret
from realmctl.model.secret_values import has_secret, hide_secrets, reveal_secrets

Path = tuple[str, ...]


def differences(
    kind: Kind, want: Declared, have: Live | None, *, hides: Collection[str] = ()
) -> tuple[FieldChange, ...]:
    """What has to change for `have` to be as declared; for a new object, every declared field.

    `hides` are the marks (`inventory.mark`) of places where the server has what the files once told to be a secret.
    """
    if have is not None:
        want = kind.complete(want, have)
        own = kind.compare(want, have)
        if own is not None:
            return tuple(_remembered(change, kind.places(change.path), hides) for change in own)
    live = have.fields if have else {}
    known = kind.fields()
    found: list[tuple[Path, FieldChange]] = []
    for name, value in want.fields.items():
        if have is not None and name in kind.first_only:
            continue
        compare = known[name]
        if have is None and compare not in (Compare.KEYS, Compare.TREE):
            if value is not None:
                found.append(((name,), FieldChange(name, None, hide_secrets(kind.told(name, value)), compare)))
            continue
        found += _field((name,), value, live.get(name), compare, have)
    return tuple(_concealed(change, path, hides) for path, change in found)


def _concealed(change: FieldChange, path: Path, hides: Collection[str]) -> FieldChange:
    """The change without what the server holds as a secret there, though the files say none (any more)."""
    old = _without_secrets(change.old, path, hides)
    return change if old == change.old else replace(change, old=old, compare=Compare.SECRET)


def _remembered(change: FieldChange, places: Iterable[Path], hides: Collection[str]) -> FieldChange:
    """The change of a kind with a comparison of its own, without what the server holds as a secret there."""
    if change.old is None or not hides or not any(mark(place) in hides for place in places):
        return change
    return replace(change, old=HIDDEN, compare=Compare.SECRET)


def _without_secrets(live: Any, path: Path, hides: Collection[str]) -> Any:
    if isinstance(live, Mapping):
        return {key: _without_secrets(item, (*path, str(key)), hides) for key, item in live.items()}
    if isinstance(live, list):
        return [_without_secrets(item, path, hides) for item in live]
    named = len(path) > 1 and holds_secret(path[-1])
    if not named and not (hides and mark(path) in hides):
        return live
    plain = _empty(live) or str(live).lower() in ("true", "false") or is_vault(str(live))
    return live if plain else HIDDEN


def _field(at: Path, want: Any, live: Any, compare: Compare, have: Live | None) -> Iterator[tuple[Path, FieldChange]]:
    path = ".".join(at)
    if isinstance(want, Secret):
        if not _secret_holds(want, live, path, have):
            unread = _is_mask(live) and have is not None and path not in have.fingerprints
            yield at, FieldChange(path, HIDDEN if live else None, HIDDEN, Compare.SECRET, unread=unread)
    elif has_secret(want) and not (compare in (Compare.KEYS, Compare.TREE) and isinstance(want, Mapping)):
        _note_formers(live)
        if not _all_holds(reveal_secrets(want), live, compare):
            yield at, FieldChange(path, HIDDEN if live else None, HIDDEN, Compare.SECRET)
    elif compare in (Compare.SET, Compare.FIRST):
        if not _list_holds(want or [], live or [], compare):
            yield at, FieldChange(path, live, want, compare)
    elif compare in (Compare.KEYS, Compare.TREE) and isinstance(want, Mapping):
        inner = live if isinstance(live, Mapping) else {}
        for key, item in want.items():
            if item is None and compare is Compare.TREE and inner.get(key) is not None:
                yield (*at, key), FieldChange(f"{path}.{key}", inner[key], None)
                continue
            if item == {} and compare is Compare.TREE and inner.get(key) is None:
                # Nothing more is said of it than that it is there.
                yield (*at, key), FieldChange(f"{path}.{key}", None, {})
                continue
            below = Compare.TREE if compare is Compare.TREE else Compare.VALUE
            yield from _field((*at, key), item, inner.get(key), below, have)
    else:
        yield from _single(at, want, live, compare, have)


def _single(at: Path, want: Any, live: Any, compare: Compare, have: Live | None) -> Iterator[tuple[Path, FieldChange]]:
    """The difference of what is compared as a whole, and of a list that is kept as one text."""
    path = ".".join(at)
    if want is None and have is not None and path in have.fingerprints:
        yield at, FieldChange(path, HIDDEN, None, Compare.SECRET)
    elif _known_by_fingerprint(want, live, path, have):
        return
    elif live == MASK:
        if want != MASK:
            unread = have is not None and path not in have.fingerprints and not _empty(want)
            yield at, FieldChange(path, HIDDEN, None if _empty(want) else HIDDEN, Compare.SECRET, unread=unread)
    elif (listed := _as_list(want)) is not None:
        yield from _items(at, listed, live)
    elif not alike(want, live) and not (len(at) > 1 and _same_inside(want, live)):
        yield at, FieldChange(path, live, hide_secrets(want), compare)


def _known_by_fingerprint(want: Any, live: Any, path: str, have: Live | None) -> bool:
    """Whether a fingerprint tells that the server has a value that it doesn't show, or masks."""
    mark = have.fingerprints.get(path) if have is not None and have.fingerprints else None
    if mark is None or not (live == MASK or _empty(live)):
        return False
    if isinstance(want, list) and len(want) == 1:
        want = want[0]
    return isinstance(want, str) and Secret(str(want), registered=False).matches(mark)


def _as_list(want: Any) -> Joined | None:
    """The list that is kept as one text, of a component as its only stored value."""
    if isinstance(want, list) and len(want) == 1:
        want = want[0]
    return want if isinstance(want, Joined) else None


def _items(at: Path, want: Joined, live: Any) -> Iterator[tuple[Path, FieldChange]]:
    """The difference of two lists that are kept as one text each. Several stored values are no such list."""
    stored = live if isinstance(live, list) else [] if live is None else [live]
    items = list(split(str(stored[0]), want.separator)) if len(stored) == 1 else stored
    compare = Compare.LIST if want.ordered else Compare.SET
    same = list(want.items) == items if want.ordered else set(want.items) == set(items)
    if not same or len(stored) > 1:
        yield at, FieldChange(".".join(at), items or None, list(want.items), compare)


def _same_inside(want: Any, live: Any) -> bool:
    """Whether a value of a map is the same JSON on both sides: Keycloak keeps the text as somebody wrote it."""
    if isinstance(want, list) and isinstance(live, list):
        return len(want) == len(live) and all(
            one == other or is_same_json(one, other) for one, other in zip(want, live, strict=True)
        )
    return is_same_json(want, live)


def _all_holds(want: Any, live: Any, compare: Compare) -> bool:
    return _list_holds(want, live or [], compare) if compare in (Compare.SET, Compare.FIRST) else alike(want, live)


def _list_holds(want: list[Any], live: list[Any], compare: Compare) -> bool:
    if compare is Compare.SET:
        return set(map(str, want)) == set(map(str, live))
    return want == live[: len(want)]


def alike(want: Any, live: Any) -> bool:
    """Equal, where an absent value stands for an empty one: Keycloak drops either (26.7.3)."""
    if isinstance(want, str) and isinstance(live, str):  # most values are, and a plan compares thousands
        return want == live
    if _empty(want) and _empty(live):
        return True
    if isinstance(want, Sequence) and not isinstance(want, str) and isinstance(live, Sequence):
        return len(want) == len(live) and all(alike(a, b) for a, b in zip(want, live, strict=True))
    if isinstance(want, Mapping) and isinstance(live, Mapping):
        return all(alike(item, live.get(key)) for key, item in want.items()) and all(
            key in want or _empty(item) for key, item in live.items()
        )
    if isinstance(want, bool) or isinstance(live, bool):
        return want is live
    return bool(want == live)


def _empty(value: Any) -> bool:
    return value is None or value is False or value == "" or (isinstance(value, (list, dict)) and not value)


def _is_mask(live: Any) -> bool:
    return live in (MASK, [MASK])


def _note_formers(live: Any) -> None:
    """What stands there now may hold the secrets before."""
    for item in live.values() if isinstance(live, Mapping) else live if isinstance(live, list) else ():
        register_random(item)
        _note_formers(item)


def _secret_holds(want: Secret, live: Any, path: str, have: Live | None) -> bool:
    if isinstance(live, list) and len(live) == 1:
        live = live[0]  # A component keeps lists: of ${vault.key}, which is not masked, one with that in it.
    if live is None or live == "":
        return want.reveal() == ""
    if live != MASK:
        register_random(live)
        return bool(want.reveal() == live)
    # A mask says that there is a secret, not which one: the fingerprint written beside it does.
    return have is not None and path in have.fingerprints and want.matches(have.fingerprints[path])
