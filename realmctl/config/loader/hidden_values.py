"""Secrets outside of the fields that Keycloak treats as secrets: kept out of plans where they may stand, else refused.

A secret may stand in a text that becomes a `Secret`, and nowhere else: not in a name, a reference, or realmctl's own
keys. Must not know about: YAML, any single kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from realmctl.config.inputs.secret_values import is_address, is_secret_content
from realmctl.config.inputs.variable_access import public_advice
from realmctl.config.loader.composed_texts import Holder, is_composed, parts, rebuild_reference
from realmctl.config.loader.interpolation import UNKNOWN, Part, References, names_in
from realmctl.errors import Finding, Place
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired
from realmctl.model.redaction import register_random
from realmctl.model.secret import MASK, Secret
from realmctl.model.secret_values import secrets_in

Path = tuple[str | int, ...]

_SHORTEST = 8
"""Characters from which on a text that equals a secret is no coincidence."""
_FED = "a secret is made of it, too"
_ADVICE = "anyone who may view the realm can read it there: keep it out, or put it where Keycloak keeps a secret"


@dataclass(frozen=True, slots=True)
class Concealed:
    """The desired realm with secrets as `Secret`; with a warning for each of them."""

    desired: Desired
    findings: list[Finding]
    texts: Holder
    """What tells the texts that are secret somewhere."""
    reasons: Mapping[str, str]
    """Why a reference (`env:NAME`) holds a secret."""
    places: frozenset[Place]
    """Where a secret stands that is taken for one."""


def conceal(desired: Desired, references: References, resolved: Sequence[Part]) -> Concealed:
    """The desired realm with such values as `Secret`. `references` and `resolved` are what its files refer to."""
    # No set of them: every secret has the same hash.
    secrets = [secret for one in desired.resources.values() for _, secret in secrets_in(one.fields)]
    private = {part.name for part in resolved if part.private}
    reasons = _reasons(secrets, references, resolved)

    # Hidden in the files' texts, it could hide any name: used for a secret as well, it is an error.
    public = {part.name for part in resolved if not part.secret}

    def tells(reference: str) -> bool:
        return any(name in reasons and name not in public for name in names_in(reference))

    # What everybody can read in the files is shown where it stands, also if a secret is made of it elsewhere.
    revealed = {
        one.reveal()
        for one in secrets
        if any(map(private.intersection, map(names_in, _references_of(one, references))))
    }
    revealed |= {text for text, places in references.items() if any(map(tells, places.values()))}
    values = {value for value in revealed if len(value) >= _SHORTEST and value != MASK}
    secret, suspect = Holder(values), Holder({*values, *references})
    findings: list[Finding] = []
    resources: dict[Address, Declared] = {}
    for address, want in desired.resources.items():
        kind = kinds()[address.kind]
        told = [(path, text) for path, text in _texts(want.fields) if suspect.holds(text) or is_secret_content(text)]
        led = {path for path, _ in kind.refers(want.address, want.fields)} if told else set()
        found: dict[Path, Secret] = {}
        for path, text in told:
            if any(path[:length] in led for length in range(1, len(path) + 1)) or not kind.takes_secret(path):
                continue
            place = want.origin.place(*path)
            told_as, written = _written(text, path, want, references)
            if secret.holds(told_as) or secret.holds(written):
                told_as = written = ""  # Beside its references it has a secret that is typed out.
            inside = private.intersection(names_in(told_as))
            is_key = is_secret_content(text) and (inside or not is_address(text))
            if tells(told_as) or secret.holds(text) or is_key:
                # Of a text that the files say themselves nothing is hidden elsewhere: it could be a name.
                registered = bool(inside) and not is_composed(text)
                found[path] = Secret(str(text), written, registered=registered)
                findings.append(_finding(kind.title, address, path, told_as, place, reasons))
        resources[address] = replace(want, fields=_replaced(want.fields, found)) if found else want
    hidden = replace(desired, resources=resources)
    return Concealed(hidden, findings, secret, reasons, _places(resources.values()))


def _reasons(secrets: Sequence[Secret], references: References, resolved: Sequence[Part]) -> dict[str, str]:
    """Why each reference that holds a secret does."""
    reasons = {part.name: part.secret for part in resolved if part.secret}
    outside = {part.name for part in resolved if part.outside and part.value}
    for one in secrets:
        for reference in _references_of(one, references):
            names = names_in(reference)
            # Of `$(env:STAGE)-$(env:DB_PASSWORD)` the stage is no secret.
            if not any(name in reasons for name in names):
                reasons |= dict.fromkeys(outside.intersection(names), _FED)
    for part in resolved:
        if part.name in reasons and part.outside:
            register_random(part.value)
    return reasons


def _references_of(one: Secret, references: References) -> Sequence[str]:
    """What a secret was made of; one with a default or other text in it says nothing of that itself."""
    text = one.reveal()
    if one.vault or one.reference or len(text) < _SHORTEST:
        return [one.reference]
    return [*references.get(text, {}).values()]


def _places(resources: Any) -> frozenset[Place]:
    """Where the files say what is a `Secret` now."""
    found: set[Place] = set()
    for want in resources:
        for path, one in secrets_in(want.fields):
            found.add(want.origin.place(*path))
            text = one.reveal()
            if is_composed(text):
                found |= {want.origin.place(*path, *at) for at, _ in parts(text)}
    return frozenset(found)


def _written(text: str, path: Path, want: Declared, references: References) -> tuple[str, str]:
    """What the files say where the text stands: for a person, and as a reference that resolves to it; "" for none."""
    reference = references.get(text, {}).get(want.origin.place(*path), "")
    if reference or not is_composed(text):
        return reference, reference
    by_part = {
        at: said
        for at, part in parts(text)
        if part in references and (said := references[part].get(want.origin.place(*path, *at)))
    }
    return " and ".join(by_part.values()), rebuild_reference(text, by_part)


def _finding(
    title: str, address: Address, path: Path, reference: str, place: Place, reasons: Mapping[str, str]
) -> Finding:
    named = f"{title} '{' / '.join(address.names)}'" if address.names else f"the {title}"
    what = f"'{'.'.join(map(str, path))}' of {named}"
    why = next((f" ({reasons[name]})" for name in names_in(reference) if name in reasons), "")
    held = f"{reference}, which counts as a secret{why}" if reference else "a secret in clear text"
    unknown = [name for name in names_in(reference) if reasons.get(name) == UNKNOWN]
    advice = public_advice(unknown[0]) if unknown else _ADVICE
    return Finding("open-secret", f"{what} is no secret to Keycloak, and holds {held}", place, advice, "warning")


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        if value:
            yield path, value
    elif isinstance(value, dict):  # `dict`, not Mapping: an abstract class answers ten times as slowly
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _replaced(value: Any, found: Mapping[Path, Secret], path: Path = ()) -> Any:
    if path in found:
        return found[path]
    if isinstance(value, Mapping):
        return {key: _replaced(item, found, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, found, (*path, index)) for index, item in enumerate(value)]
    return value
