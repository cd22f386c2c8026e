"""What was read of a realm's files: the export that they amount to, what of it they state, and what nobody can declare.

Must not know about: sections of a representation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.export.foreign.substitutions import Assumptions
from realmctl.keycloak.fresh_realm import LOCK_ROLE
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Live, Snapshot

Steps = tuple[str | int, ...]
HOME = "\0home"
"""The key under which an object of the export keeps its path in the files."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What realmctl cannot declare: where it is, why, and what to do."""

    path: Steps
    message: str
    advice: str = ""


@dataclass(slots=True)
class Reading:
    """A realm as its files say it.

    `export` has the shape of Keycloak's own export, with references marked; `links` are the fields of links that the
    files state, each with its path there.
    """

    realm: str
    version: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the files say, with marked references."""
    export: dict[str, Any] = field(default_factory=dict, repr=False)
    links: dict[Address, dict[str, Steps]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assumptions: Assumptions = field(default_factory=Assumptions)

    def at(self, path: Steps) -> Any:
        """Return what the files say at a path; None where they end before."""
        found: Any = self.data
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def snapshot(self) -> Snapshot:
        """Return the realm as if a server held it, references marked."""
        objects = {live.address: live for live in self._objects(self.export)}
        return Snapshot(self.realm, True, objects, version=self.version)

    def resolved(self) -> Snapshot:
        """Return the same with an assumed value for each reference."""
        resolve = self.assumptions.resolve
        objects = {live.address: live for live in self._objects(resolve(self.export))}
        return Snapshot(str(resolve(self.realm)), True, objects, version=self.version)

    def stated(self) -> dict[Address, dict[str, Steps]]:
        """Return the fields that the files state, by object, each with its path in the files."""
        found: dict[Address, dict[str, Steps]] = {}
        for live in self._objects(self.export):
            if live.address in self.links:
                found[live.address] = self.links[live.address]
            elif HOME in live.fields:
                home = live.fields[HOME]
                known = kinds()[live.address.kind].fields()
                said = [name for name, value in live.fields.items() if name in known and value is not None]
                found[live.address] = {name: (*home, _OTHERWISE.get(name, name)) for name in said}
        return found

    def homes(self) -> Mapping[Address, Steps]:
        """Return the path of each object in the files."""
        objects = self._objects(self.export)
        return {live.address: live.fields[HOME] for live in objects if HOME in live.fields}

    @staticmethod
    def _objects(export: Any) -> Iterator[Live]:
        for kind in kinds().values():
            yield from (live for live in kind.parse_export(export) if live.address.names != (LOCK_ROLE,))


_OTHERWISE = {"executions": "authenticationExecutions"}
"""Fields whose name in the representation is another one."""
