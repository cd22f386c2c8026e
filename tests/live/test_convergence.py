"""Convergence as a property: what a realm was before does not matter, and it comes back from its own export.

For realms A and B drawn at random, A and then B equals B on an empty server, by Keycloak's own export of both; a second
plan is always empty; and what is exported, deleted and applied is equal, too. A few in every run;
REALMCTL_DRAWN=200 draws as many, REALMCTL_SEED=7 draws others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from realmctl.export import export
from realmctl.export.read import read_realm
from realmctl.keycloak.admin import Admin
from realmctl.model.objects import Desired
from tests.live.drawn import realms
from tests.live.equal import written
from tests.live.equal_export import told
from tests.live.scene import applied, declared, planned

EXAMPLES = int(os.environ.get("REALMCTL_DRAWN", "6"))
SEED = int(os.environ.get("REALMCTL_SEED", "1"))


def becomes(admin: Admin, desired: Desired) -> Mapping[str, Any]:
    """Applies it, and tells what there is then; a second plan is empty."""
    applied(admin, desired)
    again = planned(admin, desired)
    left = [(change.action.value, str(change.address), change.fields) for change in again.changes]
    assert (left, again.adopted, again.released) == ([], (), ())
    found: Mapping[str, Any] = told(admin, desired.realm)
    return found


def emptied(admin: Admin, realm: str) -> None:
    admin.send("DELETE", (realm,))
    admin.renew()


def different(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The leaves in which two realms differ."""
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def test_what_a_realm_was_before_does_not_matter(admin: Admin, realm_name: str) -> None:
    admin.send("POST", (), {"realm": realm_name, "enabled": True})
    admin.renew()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(realms())
    def holds(said: dict[str, Any]) -> None:
        desired = declared(realm_name, said)
        after_another = becomes(admin, desired)

        exported = export(read_realm(admin, realm_name))
        assert (exported.findings, addresses_of(exported.changes)) == ((), [])

        emptied(admin, realm_name)
        assert different(becomes(admin, desired), after_another) == {}

        emptied(admin, realm_name)
        with TemporaryDirectory() as folder:
            hidden = {one.meaning: "drawn" for one in exported.variables}
            from_files = becomes(admin, written(exported, Path(folder), hidden=hidden))
        assert different(from_files, after_another) == {}
        # The next one goes on from here; the files are another owner's no more.
        applied(admin, desired)

    holds()


def addresses_of(changes: Any) -> list[str]:
    return [f"{change.action.value} {change.address}" for change in changes]
