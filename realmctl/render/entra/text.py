"""What was found, as text for a person.

Must not know about: whether there is a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from realmctl.engine.plan.value_text import clean
from realmctl.integrations.entra.check import RegistrationCheck
from realmctl.integrations.entra.finding import EntraRemark
from realmctl.integrations.entra.rules.credentials import credentials_of
from realmctl.integrations.entra.rules.principal import count_assignments
from realmctl.render.change_lines import many
from realmctl.render.colors import paint

_STYLES = {"fail": "error", "warn": "warning", "note": "dim"}


def text(checked: Sequence[RegistrationCheck], *, color: bool = False) -> str:
    """Each realm's registration, what is wrong with it and where the realm asks for it, and a count."""
    return "".join(f"{line}\n" for one in checked for line in _realm(one, color))


def _realm(one: RegistrationCheck, color: bool) -> Iterator[str]:
    want, found = one.want, one.registration
    name = f"{clean(found.name)} ({want.client_id})" if found.name else want.client_id
    yield paint(f"Realm {clean(want.realm)}: app registration {name}", "bold", color)
    if found.application is not None:
        yield f"  redirect URI  {clean(want.redirect_uri)}"
        yield from _credentials(one)
        if found.principal is not None and found.saw("assignments"):
            who = count_assignments(found)
            yield f"  assigned      {many(who['User'], 'person', 'people')}, {many(who['Group'], 'group')}"
    yield ""
    for remark in one.remarks:
        yield from remark_lines(remark, color=color)
    yield paint(f"{clean(want.realm)}: {tally(one)}.", "error" if one.counts["fail"] else "good", color)


def _credentials(one: RegistrationCheck) -> Iterator[str]:
    for credential in credentials_of(one.registration):
        left = credential.left(one.now)
        when = f"until {credential.end.date().isoformat()}" if credential.end else "without an end"
        state = "expired" if left < timedelta(0) else f"{many(left // timedelta(days=1), 'day')} left"
        lasting = f"{when} ({state})" if credential.end else when
        yield f"  {credential.kind:<13} {clean(credential.label)} {lasting}"


def remark_lines(remark: EntraRemark, *, color: bool = False) -> Iterator[str]:
    """`file:line:column: fail: message [rule]`, what to do below it."""
    place = f"{clean(str(remark.place))}: " if remark.place else ""
    severity = paint(f"{remark.severity}:", _STYLES[remark.severity], color)
    yield f"{place}{severity} {clean(remark.message)} [{remark.rule}]"
    if remark.advice:
        yield f"    {clean(remark.advice)}"


def tally(one: RegistrationCheck) -> str:
    """`2 to be put right, 1 warning, 3 notes`."""
    counts = one.counts
    parts = [f"{counts['fail']} to be put right"] * bool(counts["fail"])
    parts += [many(counts["warn"], "warning")] * bool(counts["warn"])
    parts += [many(counts["note"], "note")] * bool(counts["note"])
    return ", ".join(parts) or "nothing to put right"
