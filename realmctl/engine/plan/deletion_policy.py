"""How much a plan may delete without being told so: limits, what is protected, what may be Keycloak's own.

Pure. Must not know about: how a plan comes about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from realmctl.errors import Refused
from realmctl.keycloak.catalog import knows
from realmctl.keycloak.kinds.registry import has_temporary_name, kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Plan
from realmctl.model.objects import Desired


def guard(plan: Plan, desired: Desired, *, allow_deletions: bool = False) -> None:
    """Raises Refused when the plan deletes more than the limits, anything protected, or what may be Keycloak's own."""
    deletions = [change for change in plan.of(Action.DELETE) if not has_temporary_name(change.address)]
    if allow_deletions or not deletions:
        return
    protected = [
        str(change.address) if one == change.address else f"{one} (with {change.address})"
        for change in deletions
        if change.protected
        for one in change.takes or (change.address,)
    ]
    if protected:
        raise Refused(
            f"the plan deletes what is protected: {listed(protected)}",
            advice="take protected: true away in a change of its own first, or allow deletions for this once",
        )
    pruned = [change.address for change in deletions if change.pruned]
    if pruned and not knows(plan.version):
        raise Refused(
            f"the plan prunes {listed(pruned)}, and it is not known what Keycloak {plan.version} ships: "
            f"{'it' if len(pruned) == 1 else 'some'} may be its own",
            advice="look at each; if it is meant, allow deletions for this once, or take a realmctl that knows it",
        )
    # What a file names as absent was looked at there, one by one.
    deletions = [change for change in deletions if change.address not in desired.absent]
    limits = desired.limits
    if len(deletions) > limits.count:
        raise Refused(
            f"the plan deletes {len(deletions)} objects, more than the limit of {limits.count}: "
            f"{listed(change.address for change in deletions)}",
            advice="look at each; if it is meant, allow deletions for this once, or raise deletions.limit",
        )
    held = dict(plan.held)
    for kind, count in Counter(change.address.kind for change in deletions).items():
        # A share means little among a handful: below three, the count is guard enough.
        if count > 2 and count > limits.share * held.get(kind, count):
            raise Refused(
                f"the plan deletes {count} of {held.get(kind, count)} objects of the kind {kinds()[kind].title}, "
                f"more than the limit of {limits.share:.0%}",
                advice="look at each; if it is meant, allow deletions for this once, or raise deletions.share",
            )


def listed(addresses: Iterable[Address | str]) -> str:
    """The first ten of them, and how many there are more."""
    names = [str(address) for address in addresses]
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
