"""What live tests share: a realm of their own, planned and applied as a user's would be, without files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from realmctl.config.loader import load
from realmctl.engine.apply.apply import apply
from realmctl.engine.apply.progress import Report
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.errors import Place
from realmctl.keycloak.admin import Admin, connection
from realmctl.keycloak.kinds.expansion import desired, expand
from realmctl.keycloak.kinds.registry import realm_file
from realmctl.model.change import Plan
from realmctl.model.objects import Desired, Limits, Written

EXAMPLE = Path(__file__).parents[2] / "realms" / "platform"
EXAMPLE_ENVIRONMENT = {
    "ENTRA_TENANT_ID": "6f1d6d0e-0000-4000-8000-000000000009",
    "ENTRA_CLIENT_ID": "broker",
    "ENTRA_CLIENT_SECRET": "canary-entra",
    "OAUTH2_PROXY_CLIENT_SECRET": "canary-gateway",
    "ORDERS_BATCH_CLIENT_SECRET": "canary-batch",
}


def declared(realm: str, said: Mapping[str, Any], *, owner: str = "realmctl") -> Desired:
    """A realm as a file with `said` in it would declare it."""
    file = realm_file().model_validate(dict(said))
    return desired(realm, expand(file, Written(Place("realm.yaml"))), owner=owner, limits=Limits())


def written(folder: Path, realm: str, said: Mapping[str, Any]) -> Desired:
    """The same through a file in `folder`, for what only the loader knows: the words."""
    file = folder / f"{realm}.yaml"
    file.write_text(json.dumps({"realm": realm, **said}))
    (config,) = load([file], environ={})
    return config.desired


def example(realm: str, **environment: str) -> Desired:
    """The example of `realms/platform`, under another name."""
    (config,) = load([EXAMPLE], environ={**EXAMPLE_ENVIRONMENT, **environment})
    found = config.desired
    return Desired(realm, found.resources, found.owner, found.limits, found.prune)


def planned(admin: Admin, desired: Desired) -> Plan:
    """The plan, read and made."""
    return make_plan(compare(desired, read(admin, scope_of(desired))))


def applied(admin: Admin, desired: Desired) -> Report:
    """Planned and applied at once."""
    return apply(admin, desired, planned(admin, desired))


@contextmanager
def through(url: str, environ: Mapping[str, str], **options: Any) -> Iterator[Admin]:
    """A connection to `url`, with the account of `environ`."""
    with closing(Admin(connection(options, {**environ, "KEYCLOAK_URL": url}))) as admin:
        yield admin


def addresses(plan: Plan) -> list[str]:
    """The plan's changes as texts: action and address."""
    return [f"{change.action.value} {change.address}" for change in plan.changes]
