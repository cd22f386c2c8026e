"""Whether an order that follows from the files is the one that is live; if not, the files say it.

The user profile's attributes alone have one that no list says. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realmctl.export.baseline import fresh_user_profile
from realmctl.keycloak.kinds.user_profile import order_after
from realmctl.model.address import Address
from realmctl.model.objects import Desired, Snapshot

_PROFILE = Address("user-profile")


def in_order(sections: dict[str, Any], desired: Desired, snapshot: Snapshot) -> bool:
    """Whether a new realm made of the files asks for attributes in the live order; if not, adds that to `sections`."""
    live = snapshot.objects.get(_PROFILE)
    if live is None:
        return True
    declared = desired.resources.get(_PROFILE)
    found = order_after(fresh_user_profile().fields, declared.fields if declared else {})
    wanted = list(live.fields.get("attributes") or {})
    # What is only there and in no file is not of a whole realm.
    if [name for name in wanted if name in found] == [name for name in found if name in wanted]:
        return True
    profile: Mapping[str, Any] = sections.get("userProfile") or {}
    sections["userProfile"] = {**profile, "attributeOrder": wanted}
    return False
