"""Declarations that say a difference from something (a client's scopes, steps of a flow), written out in full.

Pure. Must not know about: any single kind, requests.
"""

from __future__ import annotations

from dataclasses import replace

from realmctl.keycloak.kinds.base import Around, Kind
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Snapshot


def written_out(desired: Desired, snapshot: Snapshot) -> Desired:
    """Return what is desired without relative declarations; `snapshot` is under the new names. Raises BadConfig."""
    around = Around(desired, snapshot)
    found: dict[Address, Declared] = {}
    for address, want in desired.resources.items():
        kind = kinds()[address.kind]
        if type(kind).resolved is not Kind.resolved:
            full = kind.resolved(want, around)
            if full is not want:
                found[address] = full
    return replace(desired, resources={**desired.resources, **found}) if found else desired
