"""What an apply is about to change, as it is now: the record by which it can be taken back.

Pure. Only the fields that change are kept, of what is deleted all that can be declared; never a secret, of which
nothing but its place is told. Must not know about: where records are kept, how they are taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.diff import alike
from realmctl.engine.plan.inventory import hidden_places, mark
from realmctl.engine.plan.ownership import goes, holder, holders
from realmctl.engine.plan.renames import under_new_name
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.client_attributes import MADE_UP
from realmctl.keycloak.kinds.model_values import fitted, types
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.fields import Compare, holds_secret
from realmctl.model.objects import Declared, Live
from realmctl.model.record import Entry, Record
from realmctl.model.redaction import is_vault, redact
from realmctl.model.secret import MASK, Secret
from realmctl.model.secret_values import secrets_in

_SELF = {("client", "protocol"): "openid-connect"}
"""What goes without saying, and must: a new client that says it is given attributes of Keycloak's choice (26.7.3)."""
_SWITCHES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("client", "serviceAccountsEnabled"): ("service-account-roles", "service-account-groups"),
    ("client", "authorizationServicesEnabled"): (
        "authorization", "authorization-scope", "authorization-resource", "authorization-policy",
    ),
}  # fmt: skip
"""Settings that take objects with them when they are turned off (26.7.3, by experiment), and which kinds of them."""
_SHORTEST = 6
"""Characters from which on a secret is looked for within other values, too; a shorter one is in many by chance."""
_TELLING = "client-scopes-of-client"
"""A link of which an empty list says something: a new client without one gets the realm's scopes."""


def make_record(plan: Plan, comparison: Comparison, *, name: str, at: str, by: str = "", source: str = "") -> Record:
    """Return the record of an apply, known by `name`, of a plan that was made from the comparison."""
    desired, owned = comparison.desired, comparison.as_read.inventory.owned
    maker = _Maker(comparison)
    entries = () if plan.creates_realm else tuple(maker.entries(plan))
    return Record(
        id=name,
        at=at,
        realm=desired.realm,
        owner=desired.owner,
        by=by,
        source=source,
        counts=_counts(plan),
        creates=plan.creates_realm,
        undoes=desired.undoes,
        limits=desired.limits,
        entries=entries,
        adopted=() if plan.creates_realm else plan.adopted,
        released={address: owned[address] for address in plan.released if address in owned},
        lost=tuple((change.address, note) for change in plan.of(Action.DELETE) for note in change.notes),
    )


def _counts(plan: Plan) -> tuple[int, int, int]:
    """As a reader counts: objects, with the links that belong to them."""
    found: dict[Address, Action] = {}
    for change in plan.changes:
        address = holder(change.address)
        if address != change.address:
            found.setdefault(address, Action.UPDATE)
        else:
            found[address] = change.action
    actions = list(found.values())
    return actions.count(Action.CREATE), actions.count(Action.UPDATE), actions.count(Action.DELETE)


class _Maker:
    """Makes the entries, of the objects as they were read: under their former names."""

    def __init__(self, comparison: Comparison) -> None:
        self._desired, self._objects = comparison.desired, comparison.as_read.objects
        self._names, self._former = comparison.renames, comparison.former
        self._owned = comparison.as_read.inventory.owned
        self._marks = comparison.as_read.inventory.marks
        # None may be kept by way of another field either, wherever it is declared.
        self._secrets = frozenset(
            secret.reveal()
            for want in comparison.desired.resources.values()
            for _, secret in secrets_in(want.fields)
            if secret.reveal() and not secret.vault
        )

    @cached_property
    def _held(self) -> Mapping[Address, list[Address]]:
        """What goes with each object."""
        found: dict[Address, list[Address]] = {}
        for one in self._objects:
            for above in holders(one):
                found.setdefault(above, []).append(one)
        return found

    def entries(self, plan: Plan) -> Iterator[Entry]:
        for change in plan.changes:
            if change.action is Action.DELETE:
                yield from self._deleted(self._former(change.address), change.address)
            elif change.action is Action.CREATE:
                after, hidden = self._clean(self._desired.resources[change.address].fields)
                yield Entry(change.action, change.address, change.address, {}, after, hidden=hidden)
            else:
                yield self._updated(change)
                yield from self._switched_off(change)

    def _updated(self, change: Change) -> Entry:
        kind = kinds()[change.address.kind]
        old = self._former(change.address)
        live = self._objects.get(old) or Live(old, {})
        want = kind.complete(self._desired.resources[change.address], live)
        before, after = _differing(kind, want, live, change)
        kept_before, hidden_before = self._clean(before, kind, hides=self._hides(old))
        kept_after, hidden_after = self._clean(after, kind)
        hidden = tuple(dict.fromkeys((*hidden_before, *hidden_after)))
        for path in hidden:
            # A secret that was not there before is known: there was none.
            kept_before = _without(kept_before, path, unless_none=True)
            kept_after = _without(kept_after, path)
        # A part that was not there comes with a switch of what holds it, and goes with that.
        made = old not in self._objects and any(holders(old))
        return Entry(
            Action.CREATE if made else change.action,
            change.address,
            old,
            kept_before,
            kept_after,
            renamed=change.renamed_from is not None,
            owned=self._owned.get(old),
            hidden=hidden,
        )

    def _switched_off(self, change: Change) -> Iterator[Entry]:
        """What goes with a switch that the change turns off, and does not come back with it."""
        off = {field.path for field in change.fields if field.new is False and field.old}
        gone = {kind for name in off for kind in _SWITCHES.get((change.address.kind, name), ())}
        if gone:
            yield from self._below(self._former(change.address), change.address, gone)

    def _deleted(self, address: Address, renamed: Address) -> Iterator[Entry]:
        """The object, and all that goes with it, the outermost first."""
        yield from self._below(address, renamed, None)

    def _below(self, address: Address, renamed: Address, only: set[str] | None) -> Iterator[Entry]:
        for one in (address, *sorted(self._held.get(address, ()), key=lambda one: (len(one.names), one))):
            if only is not None and one.kind not in only:
                continue
            if not goes({renamed}, under_new_name(one, self._names)):
                continue  # It moves out before.
            live = self._objects.get(one)
            if live is None:
                continue
            kind = kinds()[one.kind]
            if not kind.fields() or (kind.is_link and not kind.link_fields()):
                continue
            fields = {name: fitted(types(kind)[name], live.fields.get(name)) for name in kind.fields()}
            lists = not kind.is_link or one.kind == _TELLING
            fields = {k: v for k, v in fields.items() if v not in (None, "", {}) and (lists or v != [])}
            fields = {k: v for k, v in fields.items() if _SELF.get((kind.name, k)) != v}
            if not fields and kind.is_link:
                continue
            before, hidden = self._clean(fields, kind, hides=self._hides(one))
            new = Address(one.kind, (*renamed.names, *one.names[len(address.names) :]))
            yield Entry(Action.DELETE, new, one, before, {}, owned=self._owned.get(one), hidden=hidden)

    def _hides(self, address: Address) -> Collection[str]:
        return hidden_places(self._marks(address))

    def _clean(
        self, fields: Mapping[str, Any], kind: Kind | None = None, *, hides: Collection[str] = ()
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        hidden: list[str] = []
        kept: dict[str, Any] = {}
        for name, value in fields.items():
            secret = kind is not None and kind.fields().get(name) is Compare.SECRET
            closed = secret and not _is_vault(value)
            left, places = (_Hidden, []) if closed else self._cleaned(value, (name,), hides)
            hidden += places
            if left is _Hidden:
                hidden.append(name)
            else:
                kept[name] = left
        return kept, tuple(dict.fromkeys(hidden))

    def _cleaned(self, value: Any, path: tuple[str, ...], hides: Collection[str]) -> tuple[Any, list[str]]:
        """Return the value without secrets (`_Hidden` where nothing else is in it), and the paths of those in it.

        `hides` are the marks of places that held one at some time.
        """
        if hides and value is not None and mark(path) in hides:
            return _Hidden, []
        if isinstance(value, Secret):
            return (value.reveal() if value.vault else _Hidden), []
        if isinstance(value, Mapping):
            return self._cleaned_map(value, path, hides)
        if isinstance(value, list):
            both = [self._cleaned(item, path, hides) for item in value]
            hidden = [place for _, places in both for place in places]
            items = [item for item, _ in both]
            return (_Hidden if any(item is _Hidden for item in items) else items), hidden
        if isinstance(value, str):
            return (_Hidden if value == MASK or self._tells(value) else str(value)), []
        return value, []

    def _cleaned_map(
        self, value: Mapping[Any, Any], path: tuple[str, ...], hides: Collection[str]
    ) -> tuple[dict[str, Any], list[str]]:
        found: dict[str, Any] = {}
        hidden: list[str] = []
        for key, item in value.items():
            if key in MADE_UP or str(key).startswith("realmctl."):
                continue
            below = (*path, str(key))
            plain = item is None or _is_vault(item) or str(item).lower() in ("true", "false")
            closed = not plain and not isinstance(item, Mapping) and holds_secret(str(key))
            left, places = (_Hidden, []) if closed else self._cleaned(item, below, hides)
            hidden += places
            if left is _Hidden:
                hidden.append(".".join(below))
            else:
                found[str(key)] = left
        return found, hidden

    def _tells(self, text: str) -> bool:
        if text in self._secrets or any(len(one) >= _SHORTEST and one in text for one in self._secrets):
            return True
        return redact(text) != text


class _Hidden:
    """Stands for a value that is not kept."""


def _is_vault(value: Any) -> bool:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value.vault if isinstance(value, Secret) else isinstance(value, str) and is_vault(value)


def _differing(kind: Kind, want: Declared, live: Live, change: Change) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that change, of maps the keys that do: as they are, and as they will be."""
    compares = kind.fields()
    fields = {field.path: field for field in change.fields}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name in dict.fromkeys(field.path.partition(".")[0] for field in change.fields):
        # A field of a link may change by what is declared of another one.
        if name not in compares or not (name in want.fields or (kind.is_link and name in fields)):
            continue
        wanted = want.fields[name] if name in want.fields else fields[name].new
        have = fitted(types(kind)[name], live.fields.get(name))
        if compares[name] in (Compare.KEYS, Compare.TREE) and isinstance(wanted, Mapping):
            tree = compares[name] is Compare.TREE
            before[name], after[name] = _keys(wanted, have or {}, name, set(fields), tree=tree)
        else:
            before[name], after[name] = have, wanted
    return before, after


def _keys(
    want: Mapping[str, Any], have: Mapping[str, Any], path: str, paths: set[str], *, tree: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for key, item in want.items():
        here, known = f"{path}.{key}", have.get(key)
        if tree and item and isinstance(item, Mapping) and isinstance(known, Mapping):
            below = _keys(item, known, here, paths, tree=True)
            if below[0] or below[1]:
                before[key], after[key] = below
        elif here in paths if isinstance(item, Secret) else not alike(item, known):
            before[key], after[key] = known, item
    return before, after


def _without(fields: Mapping[str, Any], path: str, *, unless_none: bool = False) -> dict[str, Any]:
    """Return the fields without the value at a path; keys may have dots in them."""
    found: dict[str, Any] = {}
    for key, value in fields.items():
        if key == path and not (unless_none and value is None):
            continue
        inner = path.startswith(f"{key}.") and isinstance(value, dict)
        found[key] = _without(value, path.removeprefix(f"{key}."), unless_none=unless_none) if inner else value
    return found
