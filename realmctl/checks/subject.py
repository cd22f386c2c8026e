"""What a rule looks at: a desired realm, and what Keycloak ships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from realmctl.catalogue import Catalogue, catalogue, fresh_realm
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Origin


@dataclass(frozen=True)
class Subject:
    """A desired realm under examination.

    `origin` is rooted at the top of the files; `custom` are the types someone deployed beside Keycloak's own;
    `complete` is False where a file could not be read, so that what is missing may only seem so.
    """

    desired: Desired
    origin: Origin
    custom: frozenset[str] = frozenset()
    complete: bool = True

    @cached_property
    def catalogue(self) -> Catalogue:
        """What Keycloak ships."""
        return catalogue()

    @cached_property
    def builtin(self) -> Mapping[Address, Mapping[str, Any]]:
        """The objects of an untouched realm of this name, by address."""
        from realmctl.kinds.registry import kinds

        export = fresh_realm()
        default = f"default-roles-{self.desired.realm.lower()}"
        for role in (export.get("roles") or {}).get("realm") or ():
            if role["name"] == "default-roles-fresh":
                role["name"] = default
        return {live.address: live.fields for kind in kinds().values() for live in kind.live(export)}

    def of(self, *kinds: str) -> Iterator[Declared]:
        """The declared objects of some kinds."""
        return (declared for declared in self.desired.resources.values() if declared.address.kind in kinds)

    def said(self, address: Address, field: str) -> Any:
        """What is declared for a field of an object, else what an untouched realm has there, else None."""
        declared = self.desired.resources.get(address)
        value = declared.fields.get(field) if declared else None
        return self.builtin.get(address, {}).get(field) if value is None else value

    def exists(self, address: Address) -> bool:
        """Whether an object is declared, or in every realm."""
        return address in self.desired.resources or address in self.builtin

    def names(self, kind: str) -> list[str]:
        """The names of every declared or built-in object of a kind."""
        known = [*self.desired.resources, *self.builtin]
        return [address.name for address in known if address.kind == kind and address.names]
