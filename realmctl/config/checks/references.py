"""References that lead nowhere as far as the files and an untouched realm tell."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding, Place
from realmctl.model.address import Address
from realmctl.model.reference_place import reference_place


def check(subject: Subject) -> Iterator[Finding]:
    """Warnings: the server may have what nobody declared; the plan knows."""
    if not subject.complete:
        return
    from realmctl.keycloak.kinds.registry import kinds

    known = kinds()
    for declared in subject.desired.resources.values():
        for path, address in known[declared.address.kind].refers(declared.address, declared.fields):
            if address.names and not subject.exists(address):
                yield nowhere(subject, address, known[address.kind].title, reference_place(declared, path, address))


def nowhere(
    subject: Subject, address: Address, title: str, place: Place, *, rule: str = "unknown-reference", advice: str = ""
) -> Finding:
    """The finding for a reference to something that is neither declared nor built in."""
    name = address.name
    guess = subject.near(address)
    owner = f" of '{address.names[-2]}'" if len(address.names) > 1 else ""
    message = f"there is no {title} '{name}'{owner} in these files" + (f"; did you mean '{guess}'?" if guess else "")
    return Finding(rule, message, place, advice or _ADVICE, "warning")


_ADVICE = "declare it, or leave it to the plan, which checks it against the server"
