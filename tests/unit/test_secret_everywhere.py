"""A secret in every field of every kind and word: it is sent, compared and never shown, or refused with its place."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from realmctl.config.loader import RealmConfig, load
from realmctl.config.loader.management_keys import Frame
from realmctl.config.macros import WORDS
from realmctl.engine.apply.request_graph import make_steps
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig, Refused
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.fresh_realm import builtin, objects
from realmctl.keycloak.kinds.registry import kinds, realm_file
from realmctl.keycloak.kinds.user_profile import PROFILE
from realmctl.model.fields import Child, Link
from realmctl.model.objects import Live, Snapshot
from realmctl.model.secret import Secret
from realmctl.render.desired_realm import show_yaml
from realmctl.render.plan_json import json_
from realmctl.render.plan_markdown import markdown
from realmctl.render.plan_text import text
from realmctl.workflow import Planned
from realmctl.workflow.saved_plan import Sources, save

SECRET = "$(env:CANARY_PASSWORD)"
CANARY = "canary-4c1f0d"
OLD = "earlier-93ab7e"
MADE_OF = Sources(("realms",), {"realms/realm.yaml": "0" * 64})
ENVIRON = {"CANARY_PASSWORD": CANARY}

BASE: dict[str, Any] = {
    "identityProviders": {"providerId": "oidc"},
    "identityProviders.mappers": {"identityProviderMapper": "oidc-user-attribute-idp-mapper"},
    "components": {"providerId": "java-keystore"},
    "components.subComponents": {"providerId": "user-attribute-ldap-mapper"},
    "clients.protocolMappers": {"protocol": "openid-connect", "protocolMapper": "oidc-usermodel-attribute-mapper"},
    "clientScopes.protocolMappers": {"protocol": "openid-connect", "protocolMapper": "oidc-usermodel-attribute-mapper"},
    "clientScopes": {"protocol": "openid-connect"},
    "clients": {"serviceAccountsEnabled": True, "authorizationServicesEnabled": True, "publicClient": False},
    "clients.authorizationSettings.policies": {"type": "role"},
    "authenticationFlows": {"executions": [{"authenticator": "auth-cookie", "requirement": "REQUIRED"}]},
    "requiredActions": {"name": "Update", "providerId": "UPDATE_PASSWORD"},
    "organizations": {"name": "One", "domains": ["example.org"]},
    "workflows": {"on": "user_created", "steps": [{"uses": "disable-user"}]},
    "users": {"email": "a@example.org"},
}
"""What an object of a section has to have, beside the field that is tried."""
NAMES = {
    "requiredActions": ("UPDATE_PASSWORD",),
    "components": ("org.keycloak.keys.KeyProvider", "one"),
    "components.subComponents": ("org.keycloak.storage.ldap.mappers.LDAPStorageMapper", "one"),
}
CONFIG_KEYS = {
    "identityProviders": "clientId",
    "identityProviders.mappers": "user.attribute",
    "clients.protocolMappers": "claim.name",
    "clientScopes.protocolMappers": "claim.name",
    "requiredActions": "max_auth_age",
    "components": "keyAlias",
}
"""A key of `config` that Keycloak knows, where any other is refused."""
DEPLOYED = {"customProviders": ["REQUIRED"]}
"""The type of an executor or a condition in these realms: the keys of a deployed one are its own affair."""
WORD_BASE: dict[str, dict[str, Any]] = {
    "entra": {"tenantId": "11111111-1111-4111-8111-111111111111", "clientId": "app", "clientSecret": "${vault.e}"},
    "oauth2Proxy": {"hosts": ["apps.example.org"], "clientSecret": "${vault.o}"},
    "tokens": {"audiences": ["orders-api"]},
}


def values(annotation: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every shape that a value may have, with the secret in one place of it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from values(arguments[0], depth)
    elif origin in (typing.Union, types.UnionType):
        for one in arguments:
            if one is not type(None):
                yield from values(one, depth)
    elif origin is list and depth < 4:
        yield from ((f"[]{path}", [item]) for path, item in values(arguments[0], depth + 1))
    elif origin is dict and depth < 4:
        yield "{key}", {SECRET: "x" if arguments[1] in (str, Any) else {}}
        yield from ((f".k{path}", {"k": item}) for path, item in values(arguments[1], depth + 1))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel) and depth < 3:
        yield from fields(annotation, depth + 1)
    elif annotation is Any or origin is Literal or isinstance(annotation, type):
        yield "", SECRET


def fields(model: type[BaseModel], depth: int) -> Iterator[tuple[str, Any]]:
    """Every field of a model with the secret in it, beside those that it needs."""
    needed = {name: "REQUIRED" for name, field in model.model_fields.items() if field.is_required()}
    for name, field in model.model_fields.items():
        if any(isinstance(mark, (Child, Link)) for mark in field.metadata):
            continue
        for path, value in values(field.annotation, depth):
            beside = {"authenticator": "auth-cookie"} if name not in ("flow", "authenticator", "executions") else {}
            more = beside if "authenticator" in model.model_fields else {}
            yield f".{name}{path}", {**needed, **more, name: value}


def sections(
    model: type[BaseModel], path: tuple[str, ...], depth: int = 0
) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """The path of every section, and the model of its objects."""
    yield path, model
    for name, field in model.model_fields.items():
        child = next((mark for mark in field.metadata if isinstance(mark, Child)), None)
        if child and depth < 3 and name not in path:
            yield from sections(held(field.annotation), (*path, name), depth + 1)


def held(annotation: Any) -> type[BaseModel]:
    found = [one for one in get_args(annotation) if one is not type(None)] or [annotation]
    inner = found[-1] if get_origin(annotation) is dict else found[0]
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else held(inner)


def within(path: tuple[str, ...], inner: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a whole file that has an object with these fields in a section."""
    for length in range(len(path), 0, -1):
        section = ".".join(path[:length])
        inner = {**BASE.get(section, {}), **inner}
        if path[length - 1] not in ("authorizationSettings", "userProfile"):
            for name in reversed(NAMES.get(section, ("one",))):
                inner = {name: inner}
        inner = {path[length - 1]: inner}
    return dict(inner)


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, model in sections(realm_file(), ()):
        for name, field in model.model_fields.items():
            if any(isinstance(mark, Child) for mark in field.metadata):
                continue
            for shape, value in values(field.annotation):
                if (name, shape) == ("config", ".k"):
                    value = {CONFIG_KEYS.get(".".join(path), "k"): SECRET}
                yield f"{'.'.join((*path, name))}{shape}", within(path, {name: value})
        named = yaml.safe_dump(within(path, {}))
        if "one:" in named:
            yield f"{'.'.join(path)}{{name}}", yaml.safe_load(named.replace("one:", f"{SECRET}:"))
    step = {"authenticator": "auth-cookie", "requirement": "REQUIRED"}
    told = {**step, "authenticator": "identity-provider-redirector", "config": {"defaultProvider": SECRET}}
    yield (
        "authenticationFlows.executions[].config.defaultProvider",
        within(("authenticationFlows",), {"executions": [step, told]}),
    )
    for word, base in WORD_BASE.items():
        for shape, value in fields(WORDS[word].model, 0):
            tried = next(key for key in WORDS[word].model.model_fields if re.match(rf"\.{key}\b", shape))
            yield f"{word}{shape}", {word: {**base, tried: value[tried]}}
    for name, field in Frame.model_fields.items():
        for shape, value in values(field.annotation):
            yield f"{name}{shape}", {name: value}


CASES = list(dict(cases()).items())


def loaded(data: Mapping[str, Any], tmp_path: Path) -> RealmConfig | BadConfig:
    (tmp_path / "realm.yaml").write_text(yaml.safe_dump({"realm": "fresh", **DEPLOYED, **data}, sort_keys=False))
    try:
        (config,) = load([tmp_path], environ=ENVIRON)
    except BadConfig as error:
        return error
    return config


def revealed(value: Any, secret: str) -> Any:
    if isinstance(value, Secret):
        return value.reveal().replace(CANARY, secret)
    if isinstance(value, Mapping):
        return {key: revealed(item, secret) for key, item in value.items()}
    return [revealed(item, secret) for item in value] if isinstance(value, list) else value


@cache
def fresh() -> Mapping[Any, Live]:
    return objects(fresh_realm(), builtin(""))


def live(config: RealmConfig, secret: str) -> Snapshot:
    """A realm that has what is declared, with this text in place of the secret."""
    found = {**fresh(), PROFILE: Live(PROFILE, {"attributes": {}, "groups": {}, "attributeOrder": []})}
    for address, want in config.desired.resources.items():
        have = found.get(address)
        name: dict[str, Any] = {kinds()[address.kind].key: address.name} if address.names else {}
        more = revealed(want.fields, secret)
        found[address] = (
            replace(have, fields={**have.fields, **more}) if have else Live(address, {**name, **more}, "id")
        )
    return Snapshot("fresh", True, found)


@pytest.mark.parametrize("data", [data for _, data in CASES], ids=[name for name, _ in CASES])
def test_a_secret_works_there_or_is_refused(data: dict[str, Any], tmp_path: Path) -> None:
    config = loaded(data, tmp_path)
    if isinstance(config, BadConfig):
        assert all(one.place for one in config.findings if one.severity == "error"), config.findings
        assert CANARY not in "\n".join(map(str, config.findings))
        return
    held = [one for want in config.desired.resources.values() for one in secrets(want.fields)]
    assert held, "it is neither refused nor a secret"
    assert CANARY not in "\n".join(map(str, config.findings))
    assert CANARY not in show_yaml([config.sections])
    refused: list[str] = []
    for snapshot, changes in (
        (Snapshot.absent("fresh"), True),
        (live(config, OLD), True),
        (live(config, CANARY), False),
    ):
        try:
            plan = make_plan(compare(config.desired, snapshot))
            steps = make_steps(plan, compare(config.desired, snapshot)) if snapshot.exists else ()
        except (Refused, BadConfig) as error:
            refused.append(str(error))
            continue
        shown = "\n".join((text([plan]), json_([plan]), markdown([plan])))
        assert CANARY not in shown
        assert OLD not in shown
        assert CANARY not in repr(steps)
        if not changes:
            assert not [one for one in plan.changes if "(secret" in text([replace(plan, changes=(one,))])], text([plan])
        elif snapshot.exists:
            assert plan.changes
        save(tmp_path / "plan", [Planned(config.desired, plan)], MADE_OF)
        assert CANARY not in (tmp_path / "plan").read_text()
    assert CANARY not in "".join(refused)


def secrets(value: Any) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from secrets(item)


REFUSED = {"secret-as-name", "variable-refused", "missing-key", "wrong-type", "bad-value", "refused-key", "unknown-key"}


@pytest.mark.parametrize(
    "tried",
    [
        "displayName", "smtpServer.k", "attributes.k", "localization.k.k", "redirectUris[]",
        "clients.description", "clients.attributes.k", "clients.secret", "roles.description",
        "roles.attributes.k[]", "components.config.k", "identityProviders.config.k",
        "executions[].config.defaultProvider", "users.firstName", "groups.attributes.k[]",
        "clientProfiles.executors[].configuration.k", "userProfile.attributes.k.displayName",
        "workflows.steps[].with.k",
    ],
)  # fmt: skip
def test_a_text_takes_one(tried: str, tmp_path: Path) -> None:
    """What the test above accepts as refused is a name, a reference or no text: not everything."""
    found = next(loaded(data, tmp_path) for name, data in CASES if name.endswith(tried))
    assert isinstance(found, RealmConfig), found.findings


@pytest.mark.parametrize(
    "tried",
    [
        "realm", "owner", "prune[]", "customProviders[]", "services{key}", "services.k.paths[]", "tests{key}",
        "accept[]", "ignore[].address", "roles{name}", "clients{name}", "clients.roles{name}", "groups{name}",
        "defaultRoles[]", "defaultGroups[]", "browserFlow", "roles.renamedFrom", "authenticationFlows{name}",
        "components{name}", "authenticationFlows.executions[].flow",
        "authenticationFlows.executions[].authenticator", "components.providerId",
        "clients.defaultClientScopes[]", "identityProviders.firstBrokerLoginFlowAlias", "users.groups[]",
        "entra.alias", "entra.appRoles{key}", "entra.groups.k", "entra.tenantId", "oauth2Proxy.clientId",
        "oauth2Proxy.hosts[]", "tokens.audiences[]", "tokens.claims{key}", "attributes{key}",
        "localization{key}", "localization.k{key}", "variables[]",
    ],
)  # fmt: skip
def test_a_name_takes_none(tried: str, tmp_path: Path) -> None:
    found = next(loaded(data, tmp_path) for name, data in CASES if name == tried)
    assert isinstance(found, BadConfig)
    assert {one.rule for one in found.findings if one.severity == "error"} & REFUSED
    assert CANARY not in str(found.findings)
