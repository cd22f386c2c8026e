"""Secrets in fields that Keycloak does not treat as secrets: kept out of plans, and told.

A reference counts as a secret where its name says so, or where a secret is fed from it, too. Must not know about:
YAML, any single kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from realmctl.errors import Finding, Place
from realmctl.kinds.registry import kinds
from realmctl.load.composed import Holder, composed, parts, rebuilt
from realmctl.load.interpolate import References, names_in, telling
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired
from realmctl.model.redaction import is_from_outside
from realmctl.model.secret import MASK, Secret, register

Path = tuple[str | int, ...]

_SHORTEST = 8
"""Characters from which on a text that equals a secret is no coincidence."""

_ADVICE = "whoever may view the realm can read it there; keep it out, or name the variable for what it is"


def conceal(desired: Desired, references: References) -> tuple[Desired, list[Finding], Holder]:
    """The desired realm with such values as `Secret`, a warning for each, and what tells such texts."""
    # No set of them: every secret has the same hash.
    secrets = [secret for one in desired.resources.values() for _, secret in _leaves(one.fields, Secret)]
    names = {name for one in secrets for name in names_in(one.reference)}

    def tells(reference: str) -> bool:
        return any(name in names or telling(name) for name in names_in(reference))

    revealed = {one.reveal() for one in secrets}
    revealed |= {text for text, places in references.items() if any(map(tells, places.values()))}
    for text, places in references.items():
        if any(tells(one) and is_from_outside(text, one) for one in places.values()):
            register(text)
    values = {value for value in revealed if len(value) >= _SHORTEST and value != MASK}
    secret, suspect = Holder(values), Holder({*values, *references})
    if not values and not references:
        return desired, [], secret
    findings: list[Finding] = []
    resources: dict[Address, Declared] = {}
    for address, want in desired.resources.items():
        told = [(path, text) for path, text in _leaves(want.fields, str) if suspect.holds(text)]
        if not told:
            resources[address] = want
            continue
        kind = kinds()[address.kind]
        led = {path for path, _ in kind.refers(want.address, want.fields)}
        found: dict[Path, Secret] = {}
        for path, text in told:
            if path[:1] in led:
                continue
            place = want.origin.place(*path)
            told_as, written = _written(text, path, want, references)
            if secret.holds(told_as) or secret.holds(written):
                told_as = written = ""  # Beside its references it has a secret that is typed out.
            if tells(told_as) or secret.holds(text):
                found[path] = Secret(str(text), written, registered=not composed(text))
                findings.append(_finding(kind.title, address, path, told_as, place))
        resources[address] = replace(want, fields=_replaced(want.fields, found)) if found else want
    return replace(desired, resources=resources), findings, secret


def _written(text: str, path: Path, want: Declared, references: References) -> tuple[str, str]:
    """What the files say where the text stands: for a person, and as a reference that resolves to it; "" for none."""
    reference = references.get(text, {}).get(want.origin.place(*path), "")
    if reference or not composed(text):
        return reference, reference
    by_part = {
        at: said
        for at, part in parts(text)
        if part in references and (said := references[part].get(want.origin.place(*path, *at)))
    }
    return " and ".join(by_part.values()), rebuilt(text, by_part)


def _finding(title: str, address: Address, path: Path, reference: str, place: Place) -> Finding:
    what = f"'{'.'.join(map(str, path))}' of {title} '{' / '.join(address.names)}'"
    held = f"{reference}, which looks like a secret" if reference else "the same text as one of the secrets"
    return Finding("open-secret", f"{what} is no secret to Keycloak, and holds {held}", place, _ADVICE, "warning")


def _leaves(value: Any, wanted: type, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, wanted):
        if value:
            yield path, value
    elif isinstance(value, dict):  # `dict`, not Mapping: an abstract class answers ten times as slowly
        for key, item in value.items():
            yield from _leaves(item, wanted, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, wanted, (*path, index))


def _replaced(value: Any, found: Mapping[Path, Secret], path: Path = ()) -> Any:
    if path in found:
        return found[path]
    if isinstance(value, Mapping):
        return {key: _replaced(item, found, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, found, (*path, index)) for index, item in enumerate(value)]
    return value
