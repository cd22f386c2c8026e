"""The plan: what has to change for the live realm to be as declared, and whether that is safe.

Pure: both sides are given. Must not know about: requests, printing, how either side was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from realmctl.engine.plan.comparison import REALM, Comparison
from realmctl.engine.plan.dangling_references import LostNames
from realmctl.engine.plan.deletion_policy import listed
from realmctl.engine.plan.deletions_in_use import with_uses
from realmctl.engine.plan.diff import differences
from realmctl.engine.plan.inventory import PROTECTED, hidden_places
from realmctl.engine.plan.ownership import goes, holders
from realmctl.engine.plan.renames import exchanged, has_moved, useless
from realmctl.errors import BadConfig, Finding, Place, Refused
from realmctl.keycloak.catalog.version_support import newer
from realmctl.keycloak.fresh_realm import is_builtin
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.registry import has_temporary_name, kinds, left_over_of, places_in_plan
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.objects import Declared, Live, Snapshot
from realmctl.model.reference_place import reference_place

TAKEN = "which is protected"
"""Ends a note on what is protected and goes along with what holds it."""


def make_plan(comparison: Comparison) -> Plan:
    """Return the difference between the two sides.

    Raises BadConfig for what can't be, Refused where another owner holds an object.
    """
    desired, live = comparison.desired, comparison.live
    _refuse_foreign(comparison)
    changes = list(_wanted(comparison))
    replaced = {change.address for change in changes if any(field.path == "executions" for field in change.fields)}
    deletions = list(_unwanted(comparison, replaced))
    gone = {change.address for change in deletions}
    unknown = {address for address in comparison.undecided if not goes(gone, address)}
    lost = LostNames(comparison, partial(goes, gone))
    _check(comparison, gone, lost)
    deletions = list(with_uses(deletions, comparison, partial(goes, gone)))
    changes, deletions = lost.with_notes(changes, deletions)
    owned = live.inventory.owned
    mine = {address for address in desired.resources if kinds()[address.kind].owned} - desired.let_go
    return Plan(
        realm=desired.realm,
        changes=(*sorted(changes, key=_rank), *sorted(deletions, key=_rank, reverse=True)),
        creates_realm=not live.exists,
        adopted=tuple(sorted(a for a in mine - set(owned) if a in live.objects and live.exists)),
        released=tuple(sorted(a for a in set(owned) - mine - unknown if not goes(gone, a))),
        undecided=tuple(sorted(unknown)),
        unmanaged=tuple(sorted(set(_unmanaged(comparison)) - {change.address for change in deletions})),
        unseen=(*live.unseen, *(() if desired.undoes else _out_of_reach(comparison, unknown))),
        version=live.version,
        owner=desired.owner,
        held=tuple(sorted(Counter(address.kind for address in owned).items())),
        locked=live.locked,
    )


def _out_of_reach(comparison: Comparison, unknown: Iterable[Address]) -> Iterator[str]:
    for address in sorted(comparison.live.inventory.owned):
        if address in comparison.desired.resources and (switch := comparison.switched_off(address)):
            yield (
                f"{kinds()[address.kind].title}: {_named(address)}: owned, declared, and out of reach "
                f"while {switch} is false: not compared."
            )
    found: dict[tuple[str, str], list[Address]] = {}
    for address in sorted(unknown):
        found.setdefault((address.kind, comparison.switched_off(address)), []).append(address)
    for (kind, switch), addresses in found.items():
        what, its = ("it is", "it stays") if len(addresses) == 1 else ("they are", "they stay")
        told = f"{kinds()[kind].title}: {listed(map(_named, addresses))}: owned and no longer declared."
        if switch:
            yield f"{told} {what.capitalize()} out of reach while {switch} is false, and {its.split()[1]} owned."
        else:
            later = "until an account that does see it applies"
            yield f"{told} This account can't see whether {what} still there, so {its} owned, {later}."


def _wanted(comparison: Comparison) -> Iterator[Change]:
    desired, live = comparison.desired, comparison.live
    for address, want in desired.resources.items():
        kind = kinds()[address.kind]
        have = live.objects.get(address)
        if address == REALM and not live.exists:
            have = None
        if address.kind in live.unseen_kinds:
            continue  # What was found of it is not the whole.
        if have is None and comparison.switched_off(address):
            continue
        if have is None and not live.unseen_kinds.isdisjoint(above.kind for above in holders(address)):
            continue
        if have is None and _stays_out(kind, want, comparison):
            continue
        hides = hidden_places(live.inventory.marks(address))
        fields = differences(kind, want, have, hides=hides)
        old = comparison.former_names.get(address)
        if old:
            fields = (
                kind.renaming(old, address, moves=kind.nests != "" and has_moved(old, address, comparison.renames)),
                *(field for field in fields if field.path != kind.key),
            )
        if have is None and (fields or kind.owned or address == REALM):
            yield Change(_birth(kind, want, live), address, fields, _place(want, fields), protected=want.protected)
        elif fields:
            yield Change(
                Action.UPDATE, address, fields, _place(want, fields), renamed_from=old, protected=want.protected
            )


def _stays_out(kind: Kind, want: Declared, comparison: Comparison) -> bool:
    """Whether a link of which nothing is declared but that it is empty is not there, and will not be."""
    if not kind.owner_switch or any(want.fields.values()):
        return False
    owner = Address(kind.owner, want.address.names)
    sides = (comparison.desired.resources.get(owner), comparison.live.objects.get(owner))
    return not next((one.fields[kind.owner_switch] for one in sides if one and kind.owner_switch in one.fields), False)


def _birth(kind: Kind, want: Declared, live: Snapshot) -> Action:
    """A link comes with its owner; added to an owner that is there, it is a change of it."""
    if not want.address.names and live.exists:
        return Action.UPDATE
    if not kind.is_link:
        return Action.CREATE if kind.owned or want.address == REALM else Action.UPDATE
    owner = Address(kind.owner, want.address.names)
    return Action.UPDATE if owner in live.objects or owner == REALM else Action.CREATE


def _place(want: Declared, fields: Iterable[FieldChange]) -> Place:
    """Where a reader should look: the object's name; for the realm and what has none, the first field that changes."""
    top = next((field.path.split(".", 1)[0] for field in fields), "")
    unnamed = kinds()[want.address.kind].is_link or not want.address.names
    return want.origin.place(top) if unnamed and top in want.fields else want.origin.place()


def _unwanted(comparison: Comparison, replaced: set[Address]) -> Iterator[Change]:
    """Yield the deletions: owned but undeclared, pruned, and leftover objects. What goes with its holder is omitted.

    `replaced` are the flows that the plan builds anew.
    """
    prune = comparison.desired.prune
    pruned = {one for one in _unmanaged(comparison) if one.kind in prune} if prune else set()
    candidates = dict.fromkeys((*_undeclared(comparison), *pruned, *_leftovers(comparison, replaced)))
    # What Keycloak ships stays, and what was made below it goes by itself.
    gone = {address: None for address in candidates if _may_go(address, comparison)}
    protected = _protected(comparison)
    moved: dict[Address, list[Address]] = {}
    for address, want in comparison.desired.resources.items():
        if want.renamed_from in gone:
            moved.setdefault(want.renamed_from, []).append(address)
    for address in gone:
        if any(one in gone for one in holders(address)):
            continue
        takes = tuple(protected.get(address, ()))
        notes: tuple[str, ...] = ("left over by an apply that was cut off",) if has_temporary_name(address) else ()
        notes += ("declared absent",) if address in comparison.desired.absent else ()
        notes += tuple(f"is not renamed to {to.name}, which is there already" for to in moved.get(address, ()))
        notes += tuple(
            f"takes along the {kinds()[one.kind].title} {_named(one)}, {TAKEN}" for one in takes if one != address
        )
        yield Change(Action.DELETE, address, notes=notes, protected=bool(takes), takes=takes, pruned=address in pruned)


def _undeclared(comparison: Comparison) -> Iterator[Address]:
    """Yield what is owned and not declared any more, and what is declared absent."""
    desired = comparison.desired
    stays = {*desired.resources, *desired.let_go}
    yield from (address for address in comparison.live.inventory.owned if address not in stays)
    yield from desired.absent


def _leftovers(comparison: Comparison, replaced: set[Address]) -> Iterator[Address]:
    """Yield the flows that an apply built aside and left, being cut off."""
    owned = comparison.live.inventory.owned
    for address, found in comparison.live.objects.items():
        if real := left_over_of(address):
            # Whoever replaces the flow clears away what an earlier try left of it.
            mine = real in comparison.desired.resources or real in owned
            # A sub-flow that nothing holds is nobody's: the lock says that no apply is at work on it.
            if (mine and real not in replaced) or not found.fields.get("topLevel", True):
                yield address


def _protected(comparison: Comparison) -> Mapping[Address, Sequence[Address]]:
    """Return by object what of it and of what it holds is protected, and may be there."""
    at_stake = {*comparison.live.objects, *comparison.undecided}
    owned = comparison.live.inventory.owned
    found: dict[Address, list[Address]] = {}
    for one in sorted(one for one, flags in owned.items() if PROTECTED in flags and one in at_stake):
        for above in (one, *holders(one)):
            found.setdefault(above, []).append(one)
    return found


def _may_go(address: Address, comparison: Comparison) -> bool:
    found, desired = comparison.live.objects.get(address), comparison.desired
    return found is not None and (address in desired.absent or not is_builtin(found, desired.realm))


def _unmanaged(comparison: Comparison) -> Iterator[Address]:
    desired, live = comparison.desired, comparison.live
    if not live.exists:
        return
    inventory = live.inventory
    for address, found in live.objects.items():
        kind = kinds()[address.kind]
        if not kind.owned or kind.by_name_only or address in desired.resources or address in inventory.owned:
            continue
        if address in inventory.others or is_builtin(found, desired.realm):
            continue
        if any(
            above not in desired.resources and above in live.objects and not is_builtin(live.objects[above], "")
            for above in holders(address)
        ):
            continue  # Its owner is named already.
        if not has_temporary_name(address):
            yield address


def _refuse_foreign(comparison: Comparison) -> None:
    desired, others = comparison.desired, comparison.live.inventory.others
    for old, new in sorted(comparison.renames.items()):
        holder = others.get(old)
        if holder:
            raise Refused(
                f"{desired.resources[new].origin.place()}: {old} belongs to the owner {holder}, "
                f"and is renamed to {new} here by {desired.owner}",
                advice="let its owner rename it, or take it out of the other's files first",
            )
    declared = {**desired.resources, **desired.absent}
    for address in sorted(declared):
        holder = others.get(address)
        if holder:
            raise Refused(
                f"{declared[address].origin.place()}: {address} belongs to the owner {holder}, "
                f"and is declared here by {desired.owner}",
                advice="declare it in one of the two, and take it out of the other first",
            )


def _conflicts(comparison: Comparison) -> Iterator[Finding]:
    for kind in kinds().values():
        for want, path, told, advice in kind.conflicts(comparison.desired, comparison.live):
            yield Finding("impossible", told, want.origin.place(*path), advice)


def _check(comparison: Comparison, deleted: set[Address], lost: LostNames) -> None:
    """References must lead to something that is declared or live, and stays."""
    desired, live = comparison.desired, comparison.live
    findings: list[Finding] = []
    there = set(live.objects)
    if deleted:
        there -= {address for address in there if goes(deleted, address)}
    there |= {made for want in desired.resources.values() for made in kinds()[want.address.kind].brings(want)}
    for address in sorted(exchanged(desired)):
        told = f"{kinds()[address.kind].title} {_named(address)} and others take each other's names"
        advice = "take a third name on the way, in an apply of its own: afterwards it could not be told from before"
        findings.append(Finding("impossible", told, desired.resources[address].origin.place("renamedFrom"), advice))
    for want, told, advice in useless(desired, live):
        findings.append(Finding("impossible", told, want.origin.place("renamedFrom"), advice))
    findings += _kept(comparison)
    findings += _conflicts(comparison)
    findings += lost.findings()
    for want in desired.resources.values():
        kind = kinds()[want.address.kind]
        for path, what, version in newer(want.address.kind, want.fields, live.version):
            told = f"{what} needs Keycloak {version} or later, and this server is {live.version}"
            findings.append(Finding("too-new", told, want.origin.place(*path), "take it out, or update Keycloak first"))
        have = _changeable(live, want.address)
        # Of what could not be seen nobody knows whether it is new.
        unseen = have is None and want.address.kind in live.unseen_kinds
        findings += () if unseen else _impossible(kind, want, have)
        for path, target in kind.refers(want.address, want.fields):
            if target in desired.resources or target in there or target.kind in live.unseen_kinds:
                continue
            if kinds()[target.kind].is_link or not target.names:
                continue  # A link is there with its owner, and what has no name with the realm.
            title = kinds()[target.kind].title
            if target in deleted or any(above in deleted for above in holders(target)):
                told, advice = f"refers to the {title} {_named(target)}, which this plan deletes", "declare it again"
            else:
                told = f"refers to the {title} {_named(target)}, which is neither declared nor on the server"
                advice = _near(target, [*desired.resources, *there])
            findings.append(Finding("unknown-reference", told, reference_place(want, path, target), advice))
    if findings:
        raise BadConfig(sorted(findings, key=lambda finding: finding.place or Place("")))


def _changeable(live: Snapshot, address: Address) -> Live | None:
    """The live object. Nothing is fixed yet in a realm that is still to be made."""
    have = live.objects.get(address)
    return replace(have, builtin=False) if have and not live.exists else have


def _impossible(kind: Kind, want: Declared, have: Live | None) -> Iterator[Finding]:
    """What the kind says can't be done, and names of a new object that the server would refuse halfway through.

    That `accept` lets a name pass holds for what is there alone.
    """
    for path, told, advice in kind.problems(want, have):
        yield Finding("impossible", told, want.origin.place(*path), advice)
    for at, wrong in kind.wrong_names(want) if have is None else ():
        advice = "give it another name: only the import of a whole realm makes objects of such names"
        yield Finding("impossible", f"{wrong}, and the realm does not have it yet", want.origin.place(*at), advice)


def _kept(comparison: Comparison) -> Iterator[Finding]:
    """What is declared absent, and Keycloak does not let go of; a realm that is still to be made is made without it."""
    for address, want in comparison.desired.absent.items():
        live = comparison.live.objects.get(address)
        if comparison.live.exists and live and live.builtin and kinds()[address.kind].kept_by_keycloak:
            told = f"{kinds()[address.kind].title} {_named(address)} is built in, and Keycloak keeps it"
            yield Finding("impossible", told, want.origin.place(), "take it out")


def _near(target: Address, known: Iterable[Address]) -> str:
    from difflib import get_close_matches

    names = {_named(address) for address in known if address.kind == target.kind}
    found = get_close_matches(_named(target), sorted(names), 1)
    return f"did you mean {found[0]}?" if found else "declare it, or take the reference out"


def _named(address: Address) -> str:
    return " / ".join(address.names)


def _rank(change: Change) -> tuple[int, tuple[str, ...], int]:
    kind = kinds()[change.address.kind]
    top = kind.owner if kind.is_link else change.address.kind
    return (
        places_in_plan()[top],
        change.address.names,
        1 if kind.is_link else 0,
    )
