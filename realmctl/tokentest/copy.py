"""A throw-away realm that is as another one is, then as its files will make that: planned tokens are tested on it.

A copy of what the realm has now, where it exists, to which the files are applied. Nobody can log in to it: it is not
enabled, and holds no secret, no flow, no directory. Must not know about: tests.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from realmctl.engine.apply.apply import apply
from realmctl.engine.apply.creation import created, pause
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.engine.read.scope import scope_of
from realmctl.engine.read.snapshot import read
from realmctl.engine.read.view import View
from realmctl.errors import Forbidden, NotFound, Refused, ServerError
from realmctl.keycloak.admin import Admin
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.interruption import breakable, finishing
from realmctl.model.objects import Declared, Desired
from realmctl.model.secret import Secret

PREFIX = "realmctl-planned-"
_SINCE = "realmctl.test.since"
_STALE = 3600.0
"""Seconds after which a copy is what a run that was killed has left behind."""

_KINDS = frozenset(
    {
        "realm", "role", "client-role", "role-composites", "client-role-composites", "default-roles", "client",
        "realm-client-scopes", "client-scopes-of-client", "scope-mappings", "scope-mappings-of-scope",
        "service-account-roles", "service-account-groups", "client-scope", "group", "group-roles", "default-groups",
        "identity-provider", "identity-provider-mapper", "protocol-mapper", "scope-mapper", "user-profile",
        "required-action",
    }
)  # fmt: skip
"""What a token depends on; a required action may ask a person for what their profile lacks."""

_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "realm": frozenset({"smtpServer", "adminPermissionsEnabled", "verifiableCredentialsEnabled"}),
    "client": frozenset({"authorizationServicesEnabled"}),
    "identity-provider": frozenset({"firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias", "organizationId"}),
}
"""Fields of the kinds above that a token does not depend on, and that would need what is not copied."""

_SECTIONS = (
    "authenticationFlows", "authenticatorConfig", "components", "clientPolicies", "clientProfiles",
    "organizations", "workflows", "localizationTexts", "adminPermissionsClient", *_LEFT_OUT["realm"],
)  # fmt: skip
_IDS = frozenset({"id", "containerId", "internalId", "parentId", "keycloakVersion"})
_OPAQUE = frozenset({"attributes", "config"})
"""Maps whose keys are somebody's own."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A throw-away realm."""

    admin: Admin
    desired: Desired
    name: str
    empty: bool
    """Whether the realm isn't there yet that this would be the copy of."""

    def apply(self) -> None:
        """Makes it as the files say. Raises whatever planning and applying raise."""
        wanted = _of_tokens(self.desired, self.name)
        apply(
            self.admin,
            wanted,
            make_plan(compare(wanted, read(self.admin, scope_of(wanted)))),
            source="a test of tokens",
        )


@contextmanager
def copy(admin: Admin, desired: Desired) -> Iterator[Copy]:
    """A copy of the live realm, which is deleted at the end; an empty one where there is none yet.

    Raises Refused for `master` and for an account that may not create realms.
    """
    if desired.realm == "master":
        raise Refused("the realm master can't be copied", advice="test it as it is: leave --planned out")
    _sweep(admin)
    name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
    with finishing(f"The throw-away realm {name} may be left: a test removes it after an hour."):
        try:
            empty = not _create(admin, desired, name)
            with breakable():
                yield Copy(admin, desired, name, empty)
        finally:
            _remove(admin, name)


def _remove(admin: Admin, name: str) -> None:
    """Delete the throw-away realm; a busy server may refuse that at first (26.7.3)."""
    for is_last in (False, False, True):
        try:
            admin.send("DELETE", (name,))
        except (NotFound, Forbidden):
            return
        except ServerError:
            if is_last:
                raise
            pause()
        else:
            return


def _create(admin: Admin, desired: Desired, name: str) -> bool:
    """Makes it; whether there was anything to copy."""
    view = View(admin, desired.realm)
    try:
        body = _copied(view.export())
        profile = view.get("users", "profile")
    except NotFound:
        # A realm of this name would have a default role named after it, which is in everybody's token.
        body, profile = {"defaultRole": {"name": f"default-roles-{desired.realm.lower()}"}}, None
    body = {**body, "realm": name, "enabled": False}
    body["attributes"] = {**(body.get("attributes") or {}), _SINCE: str(int(time.time()))}
    try:
        created(lambda: admin.send("POST", (), body), lambda: _exists(admin, name))
    except Forbidden as error:
        raise Refused(
            "this account may not create realms, and the planned realm is tested on a throw-away one",
            advice="grant it create-realm in master, or point KEYCLOAK_URL at a throw-away server: realmctl local up",
        ) from error
    admin.renew()
    if profile:
        admin.send("PUT", (name, "users", "profile"), profile)
    return profile is not None


def _exists(admin: Admin, name: str) -> bool:
    # The account's token was issued before there was such a realm.
    admin.renew()
    return View(admin, name).get() is not None


def _copied(export: Mapping[str, Any]) -> dict[str, Any]:
    """What of an export a new realm is made of."""
    flows = kinds()["flow-bindings"].fields()
    body: dict[str, Any] = {
        key: value for key, value in _without_ids(export).items() if key not in _SECTIONS and key not in flows
    }
    for client in body.get("clients") or ():
        for key in ("secret", "authorizationSettings", "authenticationFlowBindingOverrides", *_LEFT_OUT["client"]):
            client.pop(key, None)
    body["clients"] = [one for one in body.get("clients") or () if one["clientId"] != "admin-permissions"]
    for provider in body.get("identityProviders") or ():
        for key in _LEFT_OUT["identity-provider"]:
            provider.pop(key, None)
        provider.get("config", {}).pop("clientSecret", None)
    return body


def _without_ids(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: v if k in _OPAQUE else _without_ids(v) for k, v in value.items() if k not in _IDS}
    return [_without_ids(item) for item in value] if isinstance(value, list) else value


def _of_tokens(desired: Desired, name: str) -> Desired:
    """What of the desired realm a token depends on, for the realm of that name."""
    kept = {address: _fitted(want) for address, want in desired.resources.items() if address.kind in _KINDS}
    absent = {address: want for address, want in desired.absent.items() if address.kind in _KINDS}
    return replace(desired, realm=name, resources=kept, absent=absent)


def _fitted(want: Declared) -> Declared:
    left_out = _LEFT_OUT.get(want.address.kind, frozenset())
    fields = {name: value for name, value in _without_secrets(want.fields).items() if name not in left_out}
    if want.address.kind == "realm":
        fields["enabled"] = False
    return replace(want, fields=fields)


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_secrets(item) for key, item in value.items() if not isinstance(item, Secret)}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value if not isinstance(item, Secret)]
    return value


def _sweep(admin: Admin) -> None:
    """Removes what a run that was killed left behind."""
    for realm in admin.get(query={"briefRepresentation": "true"}) or ():
        if not realm["realm"].startswith(PREFIX):
            continue
        with suppress(NotFound, Forbidden):
            since = (admin.get(realm["realm"]).get("attributes") or {}).get(_SINCE)
            if since and time.time() - float(since) > _STALE:
                admin.send("DELETE", (realm["realm"],))
