"""Protocol mappers of a type that Keycloak does not have, and their config keys."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.types import unknown_keys, unknown_type
from realmctl.errors import Finding
from realmctl.model.address import Address
from realmctl.model.objects import Declared

_HOLDER = {"protocol-mapper": "client", "scope-mapper": "client-scope"}


def check(subject: Subject) -> Iterator[Finding]:
    """Every declared protocol mapper, of clients and of client scopes."""
    for mapper in subject.of(*_HOLDER):
        name = mapper.fields.get("protocolMapper") or subject.said(mapper.address, "protocolMapper")
        if not name or name in subject.custom:
            continue
        protocol = _protocol(subject, mapper)
        known = subject.catalogue.protocol_mappers.get(protocol, {})
        if name in known:
            yield from unknown_keys(mapper, ("config",), name, mapper.fields.get("config"), known[name])
            continue
        others = [other for other, types in subject.catalogue.protocol_mappers.items() if name in types]
        if others:
            message = f"the mapper type '{name}' is for {others[0]}, and this is {protocol}"
            place = mapper.origin.place("protocolMapper")
            yield Finding("unknown-type", message, place, f"choose a type for {protocol}, or set protocol: {others[0]}")
        else:
            yield unknown_type(mapper, ("protocolMapper",), f"{protocol} mapper of type", name, known)


def _protocol(subject: Subject, mapper: Declared) -> str:
    holder = Address(_HOLDER[mapper.address.kind], mapper.address.names[:1])
    found = mapper.fields.get("protocol") or subject.said(holder, "protocol")
    return str(found or "openid-connect")
