"""Plans as text for a person at a terminal.

Must not know about: whether there is a terminal; the caller says whether to colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from realmctl.errors import Refused
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.render.colors import paint
from realmctl.render.findings import finding_lines, paragraph
from realmctl.render.lines import GLYPHS, NO_CHANGES, details, many, summary, title, where
from realmctl.render.objects import objects
from realmctl.render.values import clean, is_secret, named

KEEP = (
    "`realmctl undo` makes deleted objects anew, but what hung on them is gone: who held or was in them, sessions, "
    "secrets. To keep an object, declare it again; "
    "if it was renamed, give the new one `renamedFrom: <old name>`."
)

NOTHING_LEFT = "Nothing is to be done: the realm is as it was before that."
ANYWAY = "To do it anyway: realmctl apply --allow-deletions"


def text(
    plans: Sequence[Plan],
    *,
    color: bool = False,
    verbose: bool = False,
    refusals: Mapping[str, Refused] | None = None,
) -> str:
    """All plans, a summary line last. `refusals` says by realm why an apply would be refused as things stand.

    `verbose` lists the adopted and unmanaged objects that are counted otherwise.
    """
    blocks = ["\n".join(_plan(plan, color, verbose, (refusals or {}).get(plan.realm))) for plan in plans]
    if not all(plan.empty for plan in plans):
        blocks.append(paint(f"Plan: {summary(plans)}.", "bold", color))
    return "\n\n".join(blocks) + "\n"


def _plan(plan: Plan, color: bool, verbose: bool, refusal: Refused | None) -> Iterator[str]:
    version = f" (Keycloak {clean(plan.version)})" if plan.version else ""
    yield paint(f"Realm {clean(plan.realm)}{version}", "bold", color)
    if plan.undoes:
        yield f"  {clean(plan.undoes)}"
    if plan.creates_realm:
        yield "  The realm does not exist yet; an apply creates it."
    for change in objects(plan.changes):
        yield ""
        yield from _change(change, color)
    if plan.empty:
        yield f"  {NOTHING_LEFT if plan.undoes else NO_CHANGES}"
    remarks = list(_remarks(plan, verbose))
    if remarks:
        yield ""
        yield from (f"  {line}" for line in remarks)
    for finding in plan.warnings:
        yield ""
        yield from (f"  {line}" for line in finding_lines(finding, color=color))
    if refusal:
        yield ""
        yield from _refused(refusal, color, "undo" if plan.undoes else "apply")


def _refused(refusal: Refused, color: bool, command: str) -> Iterator[str]:
    yield paint("  An apply would be refused as things stand:", "error", color)
    told = (*paragraph(refusal.message), *paragraph(refusal.advice), ANYWAY.replace("apply", command))
    yield from (f"    {line}" for line in told)


def _change(change: Change, color: bool) -> Iterator[str]:
    glyph = GLYPHS[change.action]
    place = where(change.place)
    yield f"  {paint(f'{glyph} {title(change)}', glyph, color)}{paint(f'  ({place})', 'dim', color) if place else ''}"
    for line in details(change):
        yield f"      {line}"


def _remarks(plan: Plan, verbose: bool) -> Iterator[str]:
    if any(plan.of(Action.DELETE)) and not plan.undoes:
        yield KEEP
    if told := secrets_lost(plan):
        yield told
    if plan.adopted:
        yield adoption(plan, clean(plan.owner))
        yield from _listed(plan.adopted, verbose)
    if plan.released:
        gone = many(len(plan.released), "object is", "objects are")
        yield f"{gone} no longer declared, and gone or built in: an apply forgets that they were owned."
        yield from _listed(plan.released, verbose)
    if plan.unmanaged:
        others = many(len(plan.unmanaged), "object is", "objects are")
        yield f"{others} unmanaged: on the server, declared by nobody, and touched by nothing."
        yield from _listed(plan.unmanaged, verbose)
    for sentence in plan.unseen:
        yield f"Not seen: {clean(sentence)}"


def secrets_lost(plan: Plan) -> str:
    """A sentence where an apply changes secrets, which no undo brings back; "" where it doesn't."""
    changed = {c.address for c in plan.of(Action.UPDATE) if any(is_secret(f) and f.old is not None for f in c.fields)}
    if not changed or plan.undoes:
        return ""
    what = many(len(changed), "object gets another secret", "objects get other secrets")
    return f"{what}: the old value is kept nowhere, and `realmctl undo` leaves the new one."


def adoption(plan: Plan, owner: str) -> str:
    """What an apply takes over, in a sentence; `owner` as it is to be shown."""
    found = many(len(plan.adopted), "declared object is", "declared objects are")
    one = len(plan.adopted) == 1
    return (
        f"{found} on the server already: an apply notes {'it' if one else 'them'} as owned by {owner}, "
        f"which may delete {'it' if one else 'them'} later."
    )


def _listed(addresses: Sequence[Address], verbose: bool) -> Iterator[str]:
    if verbose:
        yield from (f"    {named(address)}" for address in addresses)
