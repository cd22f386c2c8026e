"""What every object is compared with, so that only what somebody decided is written: Keycloak's own defaults.

Must not know about: how a difference is written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.keycloak import fresh_realm
from realmctl.keycloak.catalog import fresh_profile, versions
from realmctl.keycloak.kinds.base import Objects
from realmctl.keycloak.kinds.registry import is_fixed, kinds
from realmctl.keycloak.kinds.role_composites import default_role
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Live

_FRESH = "fresh"


class Baseline:
    """The defaults of one realm of one version of Keycloak, "" where nobody tells it."""

    def __init__(self, realm: str, version: str, objects: Objects) -> None:
        self.objects = objects
        profile = fresh_user_profile()
        self.fresh: Mapping[Address, Live] = {
            profile.address: profile,
            **fresh_realm.fresh(version or _closest(objects)),
        }
        self._realm = realm

    def builtin(self, address: Address) -> bool:
        """Whether Keycloak makes such an object in every realm."""
        return address in self.fresh

    def of(self, live: Live) -> Mapping[str, Any] | None:
        """The fields that the object would have if nobody had said anything; None where that is not known."""
        if live.address in self.fresh:
            fields: dict[str, Any] = _named(self.fresh[live.address].fields, self._realm)
            if "defaultRole" in fields:
                name = default_role(Desired(self._realm, {})).name
                fields = {**fields, "defaultRole": {**fields["defaultRole"], "name": name}}
            kind = kinds()[live.address.kind]
            if kind.type_field and fields.get(kind.type_field) != live.fields.get(kind.type_field):
                # An apply that changes the type leaves no setting of the old one.
                fields = {**fields, kind.settings_field: dict(kind.new_settings)}
            return fields
        return kinds()[live.address.kind].filled_in(live, self.objects)

    def undecided(self, live: Live) -> frozenset[str]:
        """Return the fields that hold what nobody decided: all fields where Keycloak refuses to change the object."""
        if is_fixed(live.address):
            return frozenset(live.fields)
        return kinds()[live.address.kind].undecided(live, builtin=self.builtin(live.address))


def _closest(objects: Objects) -> str:
    """The version of whose fresh realm least is missing; of several the newest."""
    return min(reversed(versions()), key=lambda version: len(fresh_realm.fresh(version).keys() - objects.keys()))


def fresh_user_profile() -> Live:
    """The user profile of every new realm."""
    (profile,) = kinds()["user-profile"].parse_export({"users/profile": fresh_profile()})
    return profile


def _named(value: Any, realm: str) -> Any:
    """The packaged realm's data as a realm of that name would have it: some of Keycloak's addresses hold the name."""
    if isinstance(value, str):
        for around in ("/realms/{}/", "/admin/{}/"):
            value = value.replace(around.format(_FRESH), around.format(realm))
        return value
    if isinstance(value, Mapping):
        return {key: _named(item, realm) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, realm) for item in value]
    return value
