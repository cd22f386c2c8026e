"""References inside the config of mappers and authenticators, which Keycloak takes as any text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from realmctl.checks.references import nowhere
from realmctl.checks.subject import Subject
from realmctl.errors import Finding, Place
from realmctl.model.address import Address
from realmctl.model.objects import Declared

_ROLE_MAPPERS = ("oidc-hardcoded-role-mapper", "saml-hardcode-role-mapper")
_MAPPERS = ("protocol-mapper", "scope-mapper")


def check(subject: Subject) -> Iterator[Finding]:
    """Audiences, roles, groups and providers that mappers and steps name; warnings, as for any reference."""
    if not subject.complete:
        return
    for mapper in subject.of(*_MAPPERS):
        config = mapper.fields.get("config") or {}
        yield from _one(subject, mapper, "client", "included.client.audience", config)
        if mapper.fields.get("protocolMapper") in _ROLE_MAPPERS:
            yield from _role(subject, mapper, config)
    for mapper in subject.of("identity-provider-mapper"):
        config = mapper.fields.get("config") or {}
        yield from _role(subject, mapper, config)
        group = config.get("group")
        if group and not subject.exists(Address("group", tuple(str(group).strip("/").split("/")))):
            address = Address("group", tuple(str(group).strip("/").split("/")))
            yield _nowhere(subject, address, "group", mapper.origin.place("config", "group"))
    for flow in subject.of("flow"):
        yield from _providers(subject, flow, flow.fields.get("executions") or (), ("executions",))


def _nowhere(subject: Subject, address: Address, title: str, place: Place) -> Finding:
    advice = "declare it, or check the spelling: Keycloak takes any text here"
    return nowhere(subject, address, title, place, rule="config-reference", advice=advice)


def _one(subject: Subject, declared: Declared, kind: str, key: str, config: dict[str, Any]) -> Iterator[Finding]:
    name = config.get(key)
    if name and not subject.exists(Address(kind, (name,))):
        yield _nowhere(subject, Address(kind, (name,)), kind.replace("-", " "), declared.origin.place("config", key))


def _role(subject: Subject, mapper: Declared, config: dict[str, Any]) -> Iterator[Finding]:
    """A role as mappers name it: a realm role's name, or `client.role`; both may have dots in them."""
    role = config.get("role")
    if not role:
        return
    parts = str(role).split(".")
    candidates = [Address("role", (role,))]
    candidates += [
        Address("client-role", (".".join(parts[:index]), ".".join(parts[index:]))) for index in range(1, len(parts))
    ]
    if not any(subject.exists(address) for address in candidates):
        yield _nowhere(subject, candidates[0], "role", mapper.origin.place("config", "role"))


def _providers(
    subject: Subject, flow: Declared, steps: Sequence[Any], path: tuple[str | int, ...]
) -> Iterator[Finding]:
    for index, step in enumerate(steps):
        alias = (step.get("config") or {}).get("defaultProvider")
        address = Address("identity-provider", (alias,)) if alias else None
        if address and step.get("authenticator") == "identity-provider-redirector" and not subject.exists(address):
            place = flow.origin.place(*path, index, "config", "defaultProvider")
            yield _nowhere(subject, address, "identity provider", place)
        yield from _providers(subject, flow, step.get("executions") or (), (*path, index, "executions"))
