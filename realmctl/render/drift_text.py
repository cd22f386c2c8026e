"""Drift as text for a person, and the lines that the markdown comment is made of, too.

Must not know about: whether there is a terminal; the caller says whether to colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from realmctl.engine.plan.value_text import clean, named
from realmctl.model.change import Action, Change
from realmctl.model.drift import Deed, Deviation, RealmDrift, What, has_drift, worst_of
from realmctl.model.ignore_rule import IgnoreRule
from realmctl.render.change_lines import details, where
from realmctl.render.colors import paint
from realmctl.render.dangers import STYLES, danger_line
from realmctl.render.findings import finding_lines, paragraph

GLYPHS = {What.CHANGED: "~", What.DELETED: "+", What.MISSING: "+", What.UNDECLARED: "-", What.UNMANAGED: "?"}
LEGEND = "live → declared, as in a plan: what an apply would do. + create, ~ change, - delete, ? leave as it is"
"""How every format shows drift."""
STATES = {
    What.CHANGED: "",
    What.DELETED: "deleted on the server",
    What.MISSING: "declared, not on the server",
    What.UNDECLARED: "on the server, and not wanted there",
    What.UNMANAGED: "on the server, declared by nobody",
}
GONE = "owned, not on the server"
"""The state of a deleted object where no event shows the deletion: perhaps an apply that was cut off never made it."""
NOTHING = "No drift. The server is as declared."
_VERBS = {"CREATE": "created", "UPDATE": "changed", "DELETE": "deleted", "ACTION": "changed"}
_LISTED = 20
"""Ignored objects that a text names unless it is to say more."""


def text(found: Sequence[RealmDrift], *, color: bool = False, verbose: bool = False) -> str:
    """Every realm, what is not as declared first; a line with the counts last."""
    blocks = ["\n".join(_realm(one, color, verbose)) for one in found]
    if first := first_line(found):
        worst = worst_of(found)
        blocks.insert(0, paint(first, STYLES[worst[1].dangers[0].severity] if worst else "error", color))
    if has_drift(found):
        blocks.append(paint(f"Drift: {summary(found)}.", "bold", color))
    return "\n\n".join(blocks) + "\n"


def summary(found: Sequence[RealmDrift]) -> str:
    """`2 changed, 1 deleted, 1 unmanaged; 3 ignored`: what there is none of is left out."""
    counts = {what: sum(1 for one in found for _ in one.of(what)) for what in What}
    told = ", ".join(f"{count:,} {what.value}" for what, count in counts.items() if count) or "nothing"
    ignored = sum(len(one.ignored) for one in found)
    return f"{told}; {ignored:,} ignored" if ignored else told


def first_line(found: Sequence[RealmDrift]) -> str:
    """The worst danger of all, and who brought it about when; "" where there is none."""
    worst = worst_of(found)
    if worst is None:
        return ""
    realm, one = worst
    where = f" (realm {clean(realm.name)})" if len(found) > 1 else ""
    deeds = one.trace.deeds
    by = f" {_capital(deed_line(deeds[0]))}." if deeds else ""
    return f"{danger_line(one.dangers[0])}{where}{by}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _realm(one: RealmDrift, color: bool, verbose: bool) -> Iterator[str]:
    version = f" (Keycloak {clean(one.version)})" if one.version else ""
    yield paint(f"Realm {clean(one.name)}{version}", "bold", color)
    if one.error:
        yield paint("  Could not be looked at:", "error", color)
        yield from (f"    {line}" for line in (*paragraph(one.error.message), *paragraph(one.error.advice)))
        return
    if one.deviations:
        yield paint(f"  {LEGEND}", "dim", color)
    for deviation in one.deviations:
        yield ""
        yield from (f"  {line}" for line in deviation_lines(deviation, color=color))
    if not one.deviations:
        yield f"  {NOTHING}"
    if one.ignored:
        yield ""
        yield from (f"  {line}" for line in ignored_lines(one.ignored, most=None if verbose else _LISTED))
    if one.adopted:
        yield ""
        yield from (f"  {line}" for line in adopted_lines(one))
    for sentence in one.unseen:
        yield f"  Not seen: {clean(sentence)}"
    for finding in one.warnings:
        yield ""
        yield from (f"  {line}" for line in finding_lines(finding, color=color))


def adopted_lines(one: RealmDrift) -> Iterator[str]:
    """What was taken over into which files, what was not and why, and what has to be set now."""
    for taken in one.adopted:
        fields = f": {', '.join(map(clean, taken.fields))}" if taken.fields else ""
        if taken.why_not:
            yield f"Not taken over: {named(taken.address)}{fields}. {clean(taken.why_not)}"
        else:
            yield f"Taken over: {named(taken.address)}{fields} → {clean(taken.file)}"
    if one.to_set:
        yield f"To be set from now on: {', '.join(one.to_set)}"


def state_of(one: Deviation) -> str:
    """In which way the object is not as declared; "" where its fields tell."""
    return GONE if one.what is What.DELETED and not one.trace.deeds else STATES[one.what]


def deviation_lines(one: Deviation, *, color: bool = False) -> Iterator[str]:
    """The object, how it deviates, and who did it."""
    glyph = GLYPHS[one.what]
    state = f": {state_of(one)}" if state_of(one) else ""
    place = ", ".join(part for part in (clean(str(one.address)), where(one.place)) if part)
    yield paint(f"{glyph} {named(one.address)}{state}", glyph, color) + paint(f"  ({place})", "dim", color)
    for danger in one.dangers:
        yield paint(f"    {danger_line(danger)}", STYLES[danger.severity], color)
    for line in details(Change(Action.UPDATE, one.address, one.fields, notes=one.notes)):
        yield f"    {line}"
    yield from (f"    {line}" for line in trace_lines(one))
    yield from (f"    {line}" for line in command_lines(one))


def command_lines(one: Deviation) -> Iterator[str]:
    """What may be done about it, as commands to paste."""
    for command in one.commands:
        yield f"{command.does + ':':<10}{clean(command.text)}"


def trace_lines(one: Deviation) -> Iterator[str]:
    """Who did it and when; or why nobody can tell."""
    for deed in one.trace.deeds:
        yield deed_line(deed)
    if one.trace.unknown:
        yield f"by whom is unknown: {clean(one.trace.unknown)}"


def deed_line(deed: Deed) -> str:
    """`changed by anna with security-admin-console from 10.0.0.7 on 2026-11-25 09:12:31 UTC`."""
    # What was created or deleted may have been something below the object: a step of a flow, a role's composite.
    verb = _VERBS.get(deed.operation, deed.operation.lower()) if deed.sure else "last changed"
    kind = "the client" if deed.service else "" if deed.named else "the account with the id"
    who = f"{kind} {clean(deed.who)}".strip() if deed.who else "somebody"
    through = f" with {clean(deed.through)}" if deed.through and not (deed.service and deed.through == deed.who) else ""
    source = f" from {clean(deed.address)}" if deed.address else ""
    apply = "an apply of realmctl, " if deed.own else ""
    since = ": these files say something else" if deed.own else ""
    return f"{verb} by {apply}{who}{through}{source} on {deed.at:%Y-%m-%d %H:%M:%S} UTC{since}"


def ignored_lines(ignored: Sequence[Deviation], *, most: int | None = None) -> Iterator[str]:
    """What is ignored, by which fields, and why."""
    yield "Ignored:"
    for one in ignored[:most]:
        fields = f" {', '.join(clean(field.path) for field in one.fields)}" if one.fields else f" ({one.what.value})"
        yield f"  {GLYPHS[one.what]} {named(one.address)}{fields}: {_reason(one.ignored)}"
    if most is not None and len(ignored) > most:
        yield f"  … and {len(ignored) - most:,} more; -v names all"


def _reason(rule: IgnoreRule | None) -> str:
    if rule is None:
        return ""
    until = f" (until {rule.until})" if rule.until else ""
    return f"{clean(rule.reason)}{until}"
