"""What happens to an object and why, in sentences; and which guard watches over it.

Must not know about: fields, the order of steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.ownership import holders
from realmctl.errors import Refused
from realmctl.keycloak.fresh_realm import is_builtin
from realmctl.keycloak.kinds.registry import has_temporary_name, kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.objects import Desired, Snapshot

Said = tuple[str, list[str]]
_NOTHING = "nothing happens to it"


def verdict(address: Address, changes: Sequence[Change], plan: Plan, comparison: Comparison) -> Said:
    """Return what happens to the object, in a few words; and the sentences that say why."""
    desired = comparison.declared
    own = next((change for change in changes if change.address == address), None)
    if own and own.action is Action.DELETE:
        return "it is deleted", list(_deleted(address, comparison))
    if own and own.action is Action.CREATE:
        return "it is created", list(_created(address, plan, comparison))
    if changes:
        return "it is changed", list(_changed(address, own, desired))
    if address in desired.resources:
        return _NOTHING, list(_as_declared(address, plan, desired))
    return _left_alone(address, plan, comparison)


def _created(address: Address, plan: Plan, comparison: Comparison) -> Iterator[str]:
    yield f"{_declared(address, comparison.declared)}, and it is not on the server."
    if plan.creates_realm:
        yield "The realm itself is not there yet: an apply makes it, with all that is declared in it."
    elif address in comparison.live.inventory.owned:
        yield "It was there before, and owned: somebody deleted it. `realmctl drift` tells who, where events are kept."


def _changed(address: Address, own: Change | None, desired: Desired) -> Iterator[str]:
    yield f"{_declared(address, desired)}, and the server has other values."
    if own and own.renamed_from:
        yield f"It is {own.renamed_from} until then: `renamedFrom` keeps its identity, and what refers to it."


def _deleted(address: Address, comparison: Comparison) -> Iterator[str]:
    desired, live = comparison.declared, comparison.live
    if has_temporary_name(address):
        yield "An apply that was cut off left it: built aside under this name, and in use by nothing."
    elif address in desired.absent:
        yield f"{desired.absent[address].origin.place()} says `absent: true`: it must not be there, whoever made it."
    elif address in live.inventory.owned:
        yield f"It is owned by {desired.owner}, which made or adopted it, and no file declares it any more."
        yield _last_apply(live)
    else:
        section = kinds()[address.kind].field
        yield f"Nobody declares it, and `prune` names its section ({section}): what is not declared there goes."
    below = sorted({one for one in live.objects if address in holders(one)})
    if below:
        yield f"With it goes what belongs to it: {len(below):,} object{'' if len(below) == 1 else 's'}."


def _last_apply(live: Snapshot) -> str:
    source = f" (from {live.inventory.source})" if live.inventory.source else ""
    return f"The last apply{source} noted it as owned. Since when is not written down: the history of the files tells."


def _as_declared(address: Address, plan: Plan, desired: Desired) -> Iterator[str]:
    yield f"{_declared(address, desired)}, and on the server it is as declared."
    if address in plan.adopted:
        yield f"It was there before these files: an apply notes it as owned by {plan.owner}, and asks for that."
    if address.kind in {one.split(":", 1)[0] for one in plan.unseen}:
        yield "The account may not see all of it: what is not seen is not compared."


def _left_alone(address: Address, plan: Plan, comparison: Comparison) -> Said:
    desired, live = comparison.declared, comparison.live
    if address in plan.released:
        told = f"It was owned by {plan.owner}, no file declares it any more, and it is gone, or Keycloak's own."
        return "it is forgotten", [told, "An apply takes it out of the list of what is owned, and that is all."]
    if address in plan.undecided:
        told = f"It is owned by {plan.owner}, and no file declares it any more. This account can't see if it is there."
        return _NOTHING, [told, "It stays owned, until an account that does see it applies."]
    if address in desired.absent:
        return _NOTHING, [f"{desired.absent[address].origin.place()} says `absent: true`, and it is not on the server."]
    found = live.objects.get(address)
    if address in live.inventory.others:
        return _NOTHING, [f"It belongs to the owner {live.inventory.others[address]}: these files have no say in it."]
    if found is not None and is_builtin(found, desired.realm):
        return _NOTHING, ["Keycloak made it with the realm, and no file says anything of it: it stays as it is."]
    told = f"It is on the server, no file declares it, and {plan.owner} neither made nor adopted it."
    keep = f"To manage it, declare it: `realmctl drift --adopt {address}` writes that down."
    rid = "To be rid of it, declare it with `absent: true`, or name its section under `prune`."
    return _NOTHING, [told, "It is unmanaged, and nothing unmanaged is ever touched.", keep, rid]


def _declared(address: Address, desired: Desired) -> str:
    want = desired.resources.get(address)
    if want is None:
        return "The files say something of it"
    word = want.origin.word()
    return f"{want.origin.place()} declares it" + (f", by the word {word[0]}" if word else "")


def guards(
    address: Address, own: Change | None, plan: Plan, desired: Desired, refusal: Refused | None
) -> Iterator[str]:
    """What would stop an apply of it, and what watches over it."""
    if own is None or own.action is not Action.DELETE:
        want = desired.resources.get(address)
        if want and want.protected:
            yield "protected: true. Its deletion is refused, even when its declaration is gone."
        return
    if own.protected:
        what = "It" if not own.takes or address in own.takes else "What goes with it"
        yield f"{what} is protected: an apply is refused (3) unless --allow-deletions is given."
    elif address in desired.absent or has_temporary_name(address):
        yield "None: it does not count towards the limits of deletions."
    else:
        gone = [one.address for one in plan.of(Action.DELETE) if one.address not in desired.absent]
        kind = Counter(one.kind for one in gone)[address.kind]
        held = dict(plan.held).get(address.kind, kind)
        yield (
            f"The limits of deletions: {len(gone)} of at most {desired.limits.count} in one apply, and {kind} of "
            f"{held} owned of its kind (from 3 on at most {desired.limits.share:.0%})."
        )
    if refusal:
        yield f"As things stand an apply is refused (3): {refusal.message}."
