"""The plan: what has to change for the live realm to be as declared, and whether that is safe.

Pure: both sides are given. Must not know about: requests, printing, how either side was read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from realmctl.engine.plan.dangling_references import LostNames
from realmctl.engine.plan.deletion_policy import listed
from realmctl.engine.plan.deletions_in_use import with_uses
from realmctl.engine.plan.diff import differences
from realmctl.engine.plan.inventory import PROTECTED, hidden_places
from realmctl.engine.plan.relative_declarations import written_out
from realmctl.engine.plan.renames import exchanged, has_moved, renamed, renames, useless
from realmctl.errors import BadConfig, Finding, Place, Refused
from realmctl.keycloak.catalog.version_support import newer
from realmctl.keycloak.fresh_realm import fresh, is_builtin
from realmctl.keycloak.kinds.base import Kind
from realmctl.keycloak.kinds.registry import has_temporary_name, kinds, left_over_of, places_in_plan
from realmctl.keycloak.kinds.role_composites import default_role
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, FieldChange, Plan
from realmctl.model.objects import Declared, Desired, Live, Snapshot
from realmctl.model.reference_place import reference_place

REALM = Address("realm")
TAKEN = "which is protected"
"""Ends a note on what is protected and goes along with what holds it."""


def make_plan(desired: Desired, snapshot: Snapshot) -> Plan:
    """The difference between the two. Raises BadConfig for what can't be, Refused where another owner holds it."""
    names = renames(desired, snapshot) if snapshot.exists else {}
    as_read, snapshot = snapshot, seen(desired, snapshot)
    desired = written_out(desired, snapshot)
    _refuse_foreign(desired, snapshot, names)
    changes = list(_wanted(desired, snapshot, names))
    replaced = {change.address for change in changes if any(field.path == "executions" for field in change.fields)}
    deletions = list(_unwanted(desired, snapshot, replaced))
    gone = {change.address for change in deletions}
    unknown = undecided(desired, snapshot, gone)
    lost = LostNames(desired, as_read, snapshot, names, partial(goes, gone))
    _check(desired, snapshot, gone, lost)
    deletions = list(with_uses(deletions, desired, snapshot, partial(goes, gone)))
    changes, deletions = lost.with_notes(changes, deletions)
    owned = snapshot.inventory.owned
    mine = {address for address in desired.resources if kinds()[address.kind].owned} - desired.let_go
    return Plan(
        realm=desired.realm,
        changes=(*sorted(changes, key=_rank), *sorted(deletions, key=_rank, reverse=True)),
        creates_realm=not snapshot.exists,
        adopted=tuple(sorted(a for a in mine - set(owned) if a in snapshot.objects and snapshot.exists)),
        released=tuple(sorted(a for a in set(owned) - mine - unknown if not goes(gone, a))),
        unmanaged=tuple(sorted(set(_unmanaged(desired, snapshot)) - {change.address for change in deletions})),
        unseen=(*snapshot.unseen, *(() if desired.undoes else _out_of_reach(desired, snapshot, unknown))),
        version=snapshot.version,
        owner=desired.owner,
        held=tuple(sorted(Counter(address.kind for address in owned).items())),
        locked=snapshot.locked,
    )


def seen(desired: Desired, snapshot: Snapshot) -> Snapshot:
    """The live side as it is compared: under the new names, and for a realm that is not there, a new one's."""
    if not snapshot.exists:
        default = Live(default_role(desired), {}, builtin=True)
        return replace(snapshot, objects={**fresh(snapshot.version), default.address: default})
    return renamed(snapshot, renames(desired, snapshot))


def undecided(desired: Desired, snapshot: Snapshot, gone: Collection[Address]) -> set[Address]:
    """What is owned and not declared, and may be there or not: nobody can tell with this account. It stays owned.

    `snapshot` is under the new names, as `seen` gives it; `gone` is what the plan deletes, with all that it holds.
    """
    hidden = snapshot.unseen_kinds
    return {
        address
        for address in set(snapshot.inventory.owned) - set(desired.resources) - desired.let_go - set(snapshot.objects)
        if any(one.kind in hidden for one in (address, *holders(address))) or _switched_off(address, snapshot)
        if not goes(gone, address)
    }


def _switched_off(address: Address, snapshot: Snapshot) -> str:
    """The setting by which an object that was made is out of reach, with what holds it; "" where it is not."""
    realm = snapshot.objects.get(REALM)
    for one in (address, *holders(address)):
        switch = kinds()[one.kind].switch
        off = switch and realm and realm.fields.get(switch) is False
        if off and one in snapshot.inventory.owned and one not in snapshot.objects:
            return switch
    return ""


def _out_of_reach(desired: Desired, snapshot: Snapshot, unknown: Iterable[Address]) -> Iterator[str]:
    for address in sorted(snapshot.inventory.owned):
        if address in desired.resources and (switch := _switched_off(address, snapshot)):
            yield (
                f"{kinds()[address.kind].title}: {_named(address)}: owned, declared, and out of reach "
                f"while {switch} is false: not compared."
            )
    found: dict[tuple[str, str], list[Address]] = {}
    for address in sorted(unknown):
        found.setdefault((address.kind, _switched_off(address, snapshot)), []).append(address)
    for (kind, switch), addresses in found.items():
        what, its = ("it is", "it stays") if len(addresses) == 1 else ("they are", "they stay")
        told = f"{kinds()[kind].title}: {listed(map(_named, addresses))}: owned and no longer declared."
        if switch:
            yield f"{told} {what.capitalize()} out of reach while {switch} is false, and {its.split()[1]} owned."
        else:
            later = "until an account that does see it applies"
            yield f"{told} This account can't see whether {what} still there, so {its} owned, {later}."


def _wanted(desired: Desired, snapshot: Snapshot, names: Mapping[Address, Address]) -> Iterator[Change]:
    before = {new: old for old, new in names.items()}
    for address, want in desired.resources.items():
        kind = kinds()[address.kind]
        have = snapshot.objects.get(address)
        if address == REALM and not snapshot.exists:
            have = None
        if address.kind in snapshot.unseen_kinds:
            continue  # What was found of it is not the whole.
        if have is None and _switched_off(address, snapshot):
            continue
        if have is None and not snapshot.unseen_kinds.isdisjoint(above.kind for above in holders(address)):
            continue
        if have is None and _stays_out(kind, want, desired, snapshot):
            continue
        hides = hidden_places(snapshot.inventory.marks(address))
        fields = differences(kind, want, have, hides=hides)
        old = before.get(address)
        if old:
            fields = (
                kind.renaming(old, address, moves=kind.nests != "" and has_moved(old, address, names)),
                *(field for field in fields if field.path != kind.key),
            )
        if have is None and (fields or kind.owned or address == REALM):
            yield Change(_birth(kind, want, snapshot), address, fields, _place(want, fields), protected=want.protected)
        elif fields:
            yield Change(
                Action.UPDATE, address, fields, _place(want, fields), renamed_from=old, protected=want.protected
            )


def _stays_out(kind: Kind, want: Declared, desired: Desired, snapshot: Snapshot) -> bool:
    """Whether a link of which nothing is declared but that it is empty is not there, and will not be."""
    if not kind.owner_switch or any(want.fields.values()):
        return False
    owner = Address(kind.owner, want.address.names)
    sides = (desired.resources.get(owner), snapshot.objects.get(owner))
    return not next((one.fields[kind.owner_switch] for one in sides if one and kind.owner_switch in one.fields), False)


def _birth(kind: Kind, want: Declared, snapshot: Snapshot) -> Action:
    """A link comes with its owner; added to an owner that is there, it is a change of it."""
    if not want.address.names and snapshot.exists:
        return Action.UPDATE
    if not kind.is_link:
        return Action.CREATE if kind.owned or want.address == REALM else Action.UPDATE
    owner = Address(kind.owner, want.address.names)
    return Action.UPDATE if owner in snapshot.objects or owner == REALM else Action.CREATE


def _place(want: Declared, fields: Iterable[FieldChange]) -> Place:
    """Where a reader should look: the object's name; for the realm and what has none, the first field that changes."""
    top = next((field.path.split(".", 1)[0] for field in fields), "")
    unnamed = kinds()[want.address.kind].is_link or not want.address.names
    return want.origin.place(top) if unnamed and top in want.fields else want.origin.place()


def _unwanted(desired: Desired, snapshot: Snapshot, replaced: set[Address]) -> Iterator[Change]:
    """What is owned and not declared any more, pruned, or left over; what goes with its owner is not told apart."""
    owned = snapshot.inventory.owned
    stays = {*desired.resources, *desired.let_go}
    gone: dict[Address, str] = {address: flags for address, flags in owned.items() if address not in stays}
    pruned = {one for one in _unmanaged(desired, snapshot) if one.kind in desired.prune} if desired.prune else set()
    gone |= dict.fromkeys(pruned, "")
    gone |= {address: owned.get(address, "") for address in desired.absent}
    for address, live in snapshot.objects.items():
        if real := left_over_of(address):
            # Whoever replaces the flow clears away what an earlier try left of it.
            mine = real in desired.resources or real in owned
            # A sub-flow that nothing holds is nobody's: the lock says that no apply is at work on it.
            if (mine and real not in replaced) or not live.fields.get("topLevel", True):
                gone[address] = ""
    moved: dict[Address, list[Address]] = {}
    for address, want in desired.resources.items():
        if want.renamed_from in gone:
            moved.setdefault(want.renamed_from, []).append(address)
    # What Keycloak ships stays, and what was made below it goes by itself.
    gone = {address: flags for address, flags in gone.items() if _may_go(address, desired, snapshot)}
    protected: dict[Address, list[Address]] = {}
    at_stake = {*snapshot.objects, *undecided(desired, snapshot, ())}
    for one in sorted(one for one, flags in owned.items() if PROTECTED in flags and one in at_stake):
        for above in (one, *holders(one)):
            protected.setdefault(above, []).append(one)
    for address in gone:
        if any(one in gone for one in holders(address)):
            continue
        notes: tuple[str, ...] = ("left over by an apply that was cut off",) if has_temporary_name(address) else ()
        notes += ("declared absent",) if address in desired.absent else ()
        notes += tuple(f"is not renamed to {to.name}, which is there already" for to in moved.get(address, ()))
        takes = tuple(protected.get(address, ()))
        notes += tuple(
            f"takes along the {kinds()[one.kind].title} {_named(one)}, {TAKEN}" for one in takes if one != address
        )
        yield Change(Action.DELETE, address, notes=notes, protected=bool(takes), takes=takes, pruned=address in pruned)


def _may_go(address: Address, desired: Desired, snapshot: Snapshot) -> bool:
    found = snapshot.objects.get(address)
    return found is not None and (address in desired.absent or not is_builtin(found, desired.realm))


def holders(address: Address) -> Iterator[Address]:
    """The objects that an object goes with when they are deleted, the nearest first."""
    kind = kinds()[address.kind]
    if kind.nests and len(address.names) > 1:
        yield (above := Address(address.kind, address.names[:-1]))
        yield from holders(above)
    elif kind.owner and kind.owner != "realm":
        names = address.names if kind.is_link else address.names[: len(address.names) - kind.levels]
        yield (above := Address(kind.owner, names))
        yield from holders(above)


def _unmanaged(desired: Desired, snapshot: Snapshot) -> Iterator[Address]:
    if not snapshot.exists:
        return
    inventory = snapshot.inventory
    for address, live in snapshot.objects.items():
        kind = kinds()[address.kind]
        if not kind.owned or kind.by_name_only or address in desired.resources or address in inventory.owned:
            continue
        if address in inventory.others or is_builtin(live, desired.realm):
            continue
        if any(
            above not in desired.resources and above in snapshot.objects and not is_builtin(snapshot.objects[above], "")
            for above in holders(address)
        ):
            continue  # Its owner is named already.
        if not has_temporary_name(address):
            yield address


def _refuse_foreign(desired: Desired, snapshot: Snapshot, names: Mapping[Address, Address]) -> None:
    for old, new in sorted(names.items()):
        holder = snapshot.inventory.others.get(old)
        if holder:
            raise Refused(
                f"{desired.resources[new].origin.place()}: {old} belongs to the owner {holder}, "
                f"and is renamed to {new} here by {desired.owner}",
                advice="let its owner rename it, or take it out of the other's files first",
            )
    declared = {**desired.resources, **desired.absent}
    for address in sorted(declared):
        holder = snapshot.inventory.others.get(address)
        if holder:
            raise Refused(
                f"{declared[address].origin.place()}: {address} belongs to the owner {holder}, "
                f"and is declared here by {desired.owner}",
                advice="declare it in one of the two, and take it out of the other first",
            )


def _conflicts(desired: Desired, snapshot: Snapshot) -> Iterator[Finding]:
    for kind in kinds().values():
        for want, path, told, advice in kind.conflicts(desired, snapshot):
            yield Finding("impossible", told, want.origin.place(*path), advice)


def _check(desired: Desired, snapshot: Snapshot, deleted: set[Address], lost: LostNames) -> None:
    """References must lead to something that is declared or live, and stays."""
    findings: list[Finding] = []
    there = set(snapshot.objects)
    if deleted:
        there -= {address for address in there if goes(deleted, address)}
    there |= {made for want in desired.resources.values() for made in kinds()[want.address.kind].brings(want)}
    for address in sorted(exchanged(desired)):
        told = f"{kinds()[address.kind].title} {_named(address)} and others take each other's names"
        advice = "take a third name on the way, in an apply of its own: afterwards it could not be told from before"
        findings.append(Finding("impossible", told, desired.resources[address].origin.place("renamedFrom"), advice))
    for want, told, advice in useless(desired, snapshot):
        findings.append(Finding("impossible", told, want.origin.place("renamedFrom"), advice))
    findings += _kept(desired, snapshot)
    findings += _conflicts(desired, snapshot)
    findings += lost.findings()
    for want in desired.resources.values():
        kind = kinds()[want.address.kind]
        for path, what, version in newer(want.address.kind, want.fields, snapshot.version):
            told = f"{what} needs Keycloak {version} or later, and this server is {snapshot.version}"
            findings.append(Finding("too-new", told, want.origin.place(*path), "take it out, or update Keycloak first"))
        have = _changeable(snapshot, want.address)
        # Of what could not be seen nobody knows whether it is new.
        unseen = have is None and want.address.kind in snapshot.unseen_kinds
        findings += () if unseen else _impossible(kind, want, have)
        for path, target in kind.refers(want.address, want.fields):
            if target in desired.resources or target in there or target.kind in snapshot.unseen_kinds:
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


def _changeable(snapshot: Snapshot, address: Address) -> Live | None:
    """The live object. Nothing is fixed yet in a realm that is still to be made."""
    have = snapshot.objects.get(address)
    return replace(have, builtin=False) if have and not snapshot.exists else have


def _impossible(kind: Kind, want: Declared, have: Live | None) -> Iterator[Finding]:
    """What the kind says can't be done, and names of a new object that the server would refuse halfway through.

    That `accept` lets a name pass holds for what is there alone.
    """
    for path, told, advice in kind.problems(want, have):
        yield Finding("impossible", told, want.origin.place(*path), advice)
    for at, wrong in kind.wrong_names(want) if have is None else ():
        advice = "give it another name: only the import of a whole realm makes objects of such names"
        yield Finding("impossible", f"{wrong}, and the realm does not have it yet", want.origin.place(*at), advice)


def _kept(desired: Desired, snapshot: Snapshot) -> Iterator[Finding]:
    """What is declared absent, and Keycloak does not let go of; a realm that is still to be made is made without it."""
    for address, want in desired.absent.items():
        live = snapshot.objects.get(address)
        if snapshot.exists and live and live.builtin and kinds()[address.kind].kept_by_keycloak:
            told = f"{kinds()[address.kind].title} {_named(address)} is built in, and Keycloak keeps it"
            yield Finding("impossible", told, want.origin.place(), "take it out")


def goes(deleted: Collection[Address], address: Address) -> bool:
    """Whether an object is deleted, or goes with what it belongs to."""
    return bool(deleted) and (address in deleted or any(one in deleted for one in holders(address)))


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
