"""Plans as text for a person at a terminal.

Must not know about: whether there is a terminal; the caller says whether to colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from realmctl.engine.plan.object_changes import objects
from realmctl.engine.plan.value_text import clean, is_secret, named
from realmctl.errors import Refused
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.danger import Danger, Severity
from realmctl.model.review import Review
from realmctl.render.change_lines import GLYPHS, NO_CHANGES, details, many, summary, title, where
from realmctl.render.colors import paint
from realmctl.render.findings import finding_lines, paragraph
from realmctl.render.sentence_groups import group_sentences, group_text, in_quotes, plain, tally

KEEP = (
    "`realmctl undo` makes deleted objects anew, but what hung on them is gone: who held or was in them, sessions, "
    "secrets. To keep an object, declare it again; "
    "if it was renamed, give the new one `renamedFrom: <old name>`."
)

NOTHING_LEFT = "Nothing is to be done: the realm is as it was before that."
_NAMES = 1_000
"""Names that a sentence about many objects lists."""
ANYWAY = "To do it anyway: realmctl apply --allow-deletions"


def text(
    plans: Sequence[Plan],
    *,
    color: bool = False,
    verbose: bool = False,
    refusals: Mapping[str, Refused] | None = None,
    reviews: Mapping[str, Review] | None = None,
) -> str:
    """All plans, then their dangers, a summary line last.

    `refusals` says by realm why an apply would be refused as things stand; of `reviews` the dangers are told, and
    what a comparison with a base found. `verbose` lists the adopted and unmanaged objects that are counted otherwise.
    """
    blocks = ["\n".join(_plan(plan, color, verbose, (refusals or {}).get(plan.realm))) for plan in plans]
    blocks += ["\n".join(one) for one in _reviews(reviews or {}, color)]
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
    found = objects(plan.changes)
    for change in found:
        if not change.unread:
            yield ""
            yield from _change(change, color)
    if hidden := [change for change in found if change.unread]:
        yield ""
        yield from (f"  {line}" for line in unread(hidden))
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


def _reviews(reviews: Mapping[str, Review], color: bool) -> Iterator[list[str]]:
    """What the files change beside Keycloak, and last what is dangerous: the end of the output is what is read."""

    def of(realm: str) -> str:
        return f" in {clean(realm)}" if len(reviews) > 1 else ""

    for realm, review in reviews.items():
        if review.base and review.policy:
            lines = [
                f"  {group_text(group, in_quotes, _NAMES)}"
                for group in group_sentences((one, one) for one in review.policy)
            ]
            yield [paint(f"Gateway and guards{of(realm)}, compared with {clean(review.base)}:", "bold", color), *lines]
        if review.base and review.new_findings:
            lines = [f"  {line}" for one in review.new_findings for line in finding_lines(one, color=color)]
            yield [paint(f"New findings of `realmctl validate`{of(realm)}:", "bold", color), *lines]
    found = [(realm, danger) for realm, review in reviews.items() for danger in review.dangers]
    if found:
        heading = paint(f"Dangers: {tally([danger for _, danger in found])}", "bold", color)
        ordered = sorted(found, key=lambda one: one[1].severity.rank)
        yield [heading, *(_danger(danger, of(realm), color) for realm, danger in ordered)]


def _danger(danger: Danger, realm: str, color: bool) -> str:
    style = "error" if danger.severity.rank <= Severity.HIGH.rank else "warning"
    place = where(danger.place)
    at = paint(f"  ({place})", "dim", color) if place else ""
    lead = paint(f"{danger.severity.value}:", style, color)
    return f"  {lead} {plain(danger.sentence)} [{clean(danger.rule)}]{realm}{at}"


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


def unread(changes: Sequence[Change]) -> Iterator[str]:
    """What an apply writes though nobody knows whether it differs, once for all such objects."""
    count = sum(len(change.fields) for change in changes)
    one = count == 1
    yield (
        f"{GLYPHS[Action.UPDATE]} {many(count, 'secret', 'secrets')} cannot be compared: Keycloak hides "
        f"{'it, and no apply of realmctl wrote it' if one else 'them, and no apply of realmctl wrote them'} so far."
    )
    yield f"  An apply writes the {'value' if one else 'values'} of the files, and later plans compare:"
    for change in changes:
        yield f"      {title(change)}: {', '.join(clean(field.path) for field in change.fields)}"


def secrets_lost(plan: Plan) -> str:
    """A sentence where an apply changes secrets, which no undo brings back; "" where it doesn't."""
    changed = {
        c.address
        for c in plan.of(Action.UPDATE)
        if any(is_secret(f) and f.old is not None and not f.unread for f in c.fields)
    }
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
