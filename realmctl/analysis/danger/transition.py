"""A change of a realm as two whole realms, before and after: what every rule of danger looks at.

Pure. Must not know about: rules, output formats, how either side was read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from realmctl.analysis.danger.realm_view import Fields, RealmView
from realmctl.analysis.danger.renamed import renamed_references
from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.inventory import PROTECTED
from realmctl.engine.plan.ownership import goes, holders
from realmctl.errors import Place
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Plan, merged_with
from realmctl.model.fields import Compare
from realmctl.model.objects import Declared, Desired, Live

_TWO_LISTS = frozenset({"client-scopes-of-client", "realm-client-scopes"})


@dataclass(frozen=True)
class Transition:
    """`before` and `after` are whole realms; `changed` are the objects that differ between the two, in plan order."""

    before: RealmView
    after: RealmView
    changed: tuple[Address, ...] = ()
    desired: Desired | None = None
    renamed: Mapping[Address, Address] = field(default_factory=dict)
    """New → old address of every rename. Both sides have the object under its new name."""
    protected: frozenset[Address] = frozenset()
    """Objects that the files protect, or protected when they were last applied."""
    demanded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The roles that services at the gateway ask for, as `role` or `client.role`, with the services' names."""
    paths: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    """The paths of the fields that the plan changes in an object, as `FieldChange` has them."""
    costs: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)
    """Sentences of the plan on what a deletion takes away."""
    is_birth: bool = False
    """Whether the realm itself is new. Its `before` is an untouched realm of Keycloak's."""

    @classmethod
    def of_plan(cls, plan: Plan, comparison: Comparison) -> Transition:
        """Return what an apply of the plan would do: live before, and live overlaid by the declared fields after."""
        desired, live = comparison.desired, comparison.live
        names = {one.address: one.renamed_from for one in plan.changes if one.renamed_from}
        objects = renamed_references({address: one.fields for address, one in live.objects.items()}, names)
        changed = {change.address: None for change in plan.changes}
        gone = {change.address for change in plan.of(Action.DELETE)}
        laid: dict[Address, Fields | None] = {}
        links = {one.address: one for one in plan.changes if one.address.kind in _TWO_LISTS}
        for address in changed:
            want = desired.resources.get(address)
            if address in gone or want is None:
                continue
            there = objects.get(address, {})
            moved = {one.path: one.new for one in links[address].fields} if address in links else {}
            if address in objects:
                want = kinds()[address.kind].complete(want, Live(address, there))
            laid[address] = {**there, **moved, **laid_over(there, want)}
        for address in _with(gone, objects):
            laid[address] = None
            changed.setdefault(address)
        owned = comparison.as_read.inventory.owned
        return cls(
            RealmView(desired.realm, objects, {a: None for a in laid if a not in objects}),
            RealmView(desired.realm, objects, laid),
            tuple(changed),
            desired,
            renamed=names,
            protected=frozenset(
                {a for a, one in desired.resources.items() if one.protected}
                | {a for a, flags in owned.items() if PROTECTED in flags}
            ),
            demanded=desired.demanded,
            paths={one.address: frozenset(field.path for field in one.fields) for one in plan.changes},
            costs={change.address: change.notes for change in plan.changes if change.notes},
            is_birth=plan.creates_realm,
        )

    @classmethod
    def of_drift(cls, plan: Plan, comparison: Comparison) -> Transition:
        """Return what happened on the server since the files held: the realm as an apply would make it before, the
        live realm after. Objects that nobody declared are new in it.
        """
        back = cls.of_plan(plan, comparison).reversed()
        return back.without_before(plan.unmanaged)

    def reversed(self) -> Transition:
        """Return the change that takes this one back."""
        return replace(self, before=self.after, after=self.before, renamed={}, costs={}, is_birth=False)

    def without_before(self, addresses: Collection[Address]) -> Transition:
        """Return the same change, with further objects (and everything they hold) that do not exist before it."""
        new = dict.fromkeys(_with(addresses, self.after.objects)) if addresses else {}
        changed = dict.fromkeys((*self.changed, *new))
        return replace(self, before=self.before.without(new), changed=tuple(changed))

    @cached_property
    def touched(self) -> frozenset[Address]:
        """The changed addresses as a set."""
        return frozenset(self.changed)

    def of(self, *kinds: str) -> Iterator[Address]:
        """Return the changed objects of some kinds that exist afterwards."""
        return (one for one in self.changed if one.kind in kinds and one in self.after)

    def gone(self, *kinds: str) -> Iterator[Address]:
        """Return the objects of some kinds that exist no more."""
        return (one for one in self.changed if one.kind in kinds and one in self.before and one not in self.after)

    def is_new(self, address: Address) -> bool:
        """Return whether an object exists only afterwards."""
        return address in self.after and address not in self.before

    def pair(self, address: Address, *path: str) -> tuple[Any, Any]:
        """Return the values at a path before and after."""
        return self.before.get(address, *path), self.after.get(address, *path)

    def place(self, address: Address, path: Sequence[str | int] = ()) -> Place | None:
        """Return where the files declare (a field of) an object; None where they do not."""
        if self.desired is None:
            return None
        want = self.desired.resources.get(address) or self.desired.absent.get(address)
        return want.origin.place(*path) if want else None


def laid_over(live: Fields, want: Declared) -> dict[str, Any]:
    """Return the declared fields as they will be on the server: maps are laid key by key over the live ones."""
    known = kinds()[want.address.kind].fields()
    found: dict[str, Any] = {}
    for name, value in want.fields.items():
        there = live.get(name)
        compare = known.get(name, Compare.VALUE)
        if name == "executions" and value is not None:
            found[name] = _steps(there or (), value)
        elif compare in (Compare.KEYS, Compare.TREE) and isinstance(value, Mapping):
            found[name] = merged_with(there if isinstance(there, Mapping) else {}, value)
        else:
            found[name] = value
    return found


def _steps(live: Sequence[Fields], want: Sequence[Fields]) -> list[dict[str, Any]]:
    """The steps of a flow: the settings of a step that stays at its place are declared key by key."""
    found = []
    for index, step in enumerate(want):
        there = live[index] if index < len(live) else {}
        same = all(step.get(key) == there.get(key) for key in ("authenticator", "flow"))
        made = {**(there if same else {}), **step}
        if same and isinstance(there.get("config"), Mapping):
            made["config"] = {**there["config"], **(step.get("config") or {})}
        if step.get("executions") is not None:
            made["executions"] = _steps((there.get("executions") or ()) if same else (), step["executions"])
        found.append(made)
    return found


def _with(gone: Collection[Address], objects: Mapping[Address, Fields]) -> list[Address]:
    """The addresses with everything that belongs to them."""
    if not gone:
        return []
    within = [one for one in objects if one not in gone and (goes(gone, one) or any(a in gone for a in holders(one)))]
    return [*gone, *within]
