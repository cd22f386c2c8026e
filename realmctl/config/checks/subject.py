"""What a rule looks at: a desired realm, and what Keycloak ships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

from realmctl.config.macros.oauth2_proxy import OAuth2ProxySaying
from realmctl.errors import Place
from realmctl.keycloak.catalog import Catalogue, catalogue, fresh_realm
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Origin
from realmctl.model.service import Service
from realmctl.model.suggestion import did_you_mean

_GUESSES = 20


@dataclass(frozen=True)
class Subject:
    """A desired realm under examination.

    `origin` is rooted at the top of the files; `custom` are the types someone deployed beside Keycloak's own;
    `complete` is False where a file could not be read, so that what is missing may only seem so; `services` stand
    behind the `gateway`.
    """

    desired: Desired
    origin: Origin
    custom: frozenset[str] = frozenset()
    complete: bool = True
    services: Mapping[str, Service] = field(default_factory=dict)
    gateway: OAuth2ProxySaying | None = None
    _guesses: dict[Address, str] = field(default_factory=dict, repr=False, compare=False)

    def place(self, *path: str | int) -> Place:
        """Where the value at `path` was written."""
        return self.origin.place(*path)

    @cached_property
    def catalogue(self) -> Catalogue:
        """What Keycloak ships."""
        return catalogue()

    @cached_property
    def builtin(self) -> Mapping[Address, Mapping[str, Any]]:
        """The objects of an untouched realm of this name, by address."""
        return _builtin(self.desired.realm)

    def with_desired(self, desired: Desired) -> Subject:
        """The same with another desired realm of that name."""
        other = replace(self, desired=desired)
        for name in ("builtin", "catalogue"):
            if name in vars(self):
                vars(other)[name] = vars(self)[name]
        return other

    def of(self, *kinds: str) -> Iterator[Declared]:
        """The declared objects of some kinds."""
        return (declared for declared in self.desired.resources.values() if declared.address.kind in kinds)

    def said(self, address: Address, field: str) -> Any:
        """What is declared for a field of an object, else what an untouched realm has there, else None."""
        declared = self.desired.resources.get(address)
        value = declared.fields.get(field) if declared else None
        return self.builtin.get(address, {}).get(field) if value is None else value

    @cached_property
    def _brought(self) -> frozenset[Address]:
        """What Keycloak makes along with what is declared."""
        from realmctl.keycloak.kinds.registry import kinds

        wants = self.desired.resources.values()
        return frozenset(made for want in wants for made in kinds()[want.address.kind].brings(want))

    def exists(self, address: Address) -> bool:
        """Whether an object is declared, or in every realm."""
        return address in self.desired.resources or address in self.builtin or address in self._brought

    def near(self, address: Address) -> str:
        """The nearest name of a declared or built-in object of that kind, or ""."""
        if address not in self._guesses:
            # Looking for it costs milliseconds in a large realm; whoever sees twenty guesses has seen the pattern.
            enough = len(self._guesses) >= _GUESSES
            known = () if enough else (*self.desired.resources, *self.builtin)
            names = [one.name for one in known if one.kind == address.kind and one.names[:-1] == address.names[:-1]]
            self._guesses[address] = did_you_mean(address.name, names)
        return self._guesses[address]


@lru_cache(maxsize=16)
def _builtin(realm: str) -> Mapping[Address, Mapping[str, Any]]:
    """Return the objects of an untouched realm of that name; several subjects of one realm read the same ones."""
    from realmctl.keycloak.kinds.registry import kinds

    export = fresh_realm()
    for role in (export.get("roles") or {}).get("realm") or ():
        if role["name"] == "default-roles-fresh":
            role["name"] = f"default-roles-{realm.lower()}"
    return {live.address: live.fields for kind in kinds().values() for live in kind.parse_export(export)}
