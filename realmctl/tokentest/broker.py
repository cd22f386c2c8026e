"""What the mappers of an identity provider make of the claims of its ID token: the user of a first login.

As Keycloak 26.7.3 does it (org.keycloak.broker.oidc.mappers), proven by a test against a real brokered login. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.errors import RealmctlError
from realmctl.model.claim import claim_path

_PROFILE = {"email": "email", "firstName": "given_name", "lastName": "family_name"}
"""Field of a user → the claim that fills it without any mapper."""

_HARMLESS = frozenset({"hardcoded-user-session-attribute-idp-mapper", "oidc-user-session-note-idp-mapper"})
"""Types that change the session and not the user."""


@dataclass(slots=True)
class Person:
    """A user to be: what is in its profile, its groups by path, and its roles as mappers name them.

    Such a name is `role` or `client.role`; which of the two `a.b` is, only the realm's clients tell (`splits`).
    """

    profile: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def person(claims: Mapping[str, Any], provider: Mapping[str, Any], mappers: Iterable[Mapping[str, Any]]) -> Person:
    """The user that a first login with these claims makes.

    Raises RealmctlError for a type of mapper whose effect is not known here.
    """
    made = Person(profile={name: str(claims[claim]) for name, claim in _PROFILE.items() if claim in claims})
    username = claims.get("preferred_username") or claims.get("email") or claims.get("sub")
    if username:
        made.profile["username"] = str(username)
    made.profile["emailVerified"] = bool(provider.get("trustEmail") and made.profile.get("email"))
    for mapper in mappers:
        kind, config = str(mapper["identityProviderMapper"]), mapper.get("config") or {}
        apply = _EFFECTS.get(kind)
        if apply:
            apply(made, claims, config, str(provider.get("alias", "")))
        elif kind not in _HARMLESS:
            raise RealmctlError(
                f"what the mapper {mapper['name']} ({kind}) does at a login is not known here",
                advice="write what it gives (roles, groups, attributes) under given instead",
            )
    # Addresses and names are kept in lower case.
    for name in ("username", "email"):
        if name in made.profile:
            made.profile[name] = made.profile[name].lower()
    return made


def _role(made: Person, claims: Mapping[str, Any], config: Mapping[str, str], _alias: str) -> None:
    if _equals(config.get("claim.value"), _value(claims, config.get("claim", ""))):
        made.roles += filter(None, [config.get("role")])


def _advanced_role(made: Person, claims: Mapping[str, Any], config: Mapping[str, str], _alias: str) -> None:
    if _all_match(claims, config):
        made.roles += filter(None, [config.get("role")])


def _advanced_group(made: Person, claims: Mapping[str, Any], config: Mapping[str, str], _alias: str) -> None:
    if _all_match(claims, config) and config.get("group"):
        made.groups.append(config["group"])


def _attribute(made: Person, claims: Mapping[str, Any], config: Mapping[str, str], _alias: str) -> None:
    value, name = _value(claims, config.get("claim", "")), config.get("user.attribute", "")
    values = [str(_plain(one)) for one in (value if isinstance(value, list) else [value]) if one is not None]
    if not name or not values:
        return
    if name.lower() in ("email", "firstname", "lastname"):
        field_name = {"email": "email", "firstname": "firstName", "lastname": "lastName"}[name.lower()]
        made.profile[field_name] = values[0]
    else:
        made.attributes[name] = values


def _username(made: Person, claims: Mapping[str, Any], config: Mapping[str, str], alias: str) -> None:
    if config.get("target", "LOCAL") == "LOCAL":
        made.profile["username"] = _templated(config.get("template", ""), claims, alias)


def _hardcoded_role(made: Person, _claims: Mapping[str, Any], config: Mapping[str, str], _alias: str) -> None:
    made.roles += filter(None, [config.get("role")])


def _hardcoded_group(made: Person, _claims: Mapping[str, Any], config: Mapping[str, str], _alias: str) -> None:
    if config.get("group"):
        made.groups.append(config["group"])


def _hardcoded_attribute(made: Person, _claims: Mapping[str, Any], config: Mapping[str, str], _alias: str) -> None:
    made.attributes[config.get("attribute", "")] = [config.get("attribute.value", "")]


_EFFECTS = {
    "oidc-role-idp-mapper": _role,
    "oidc-advanced-role-idp-mapper": _advanced_role,
    "oidc-advanced-group-idp-mapper": _advanced_group,
    "oidc-user-attribute-idp-mapper": _attribute,
    "oidc-username-idp-mapper": _username,
    "oidc-hardcoded-role-idp-mapper": _hardcoded_role,
    "oidc-hardcoded-group-idp-mapper": _hardcoded_group,
    "hardcoded-attribute-idp-mapper": _hardcoded_attribute,
}


def _all_match(claims: Mapping[str, Any], config: Mapping[str, str]) -> bool:
    wanted = json.loads(config.get("claims") or "[]")
    regex = config.get("are.claim.values.regex") == "true"
    return all(_matches(str(one.get("value", "")), _value(claims, one.get("key", "")), regex=regex) for one in wanted)


def _matches(want: str, have: Any, *, regex: bool) -> bool:
    if not regex:
        return _equals(want, have)
    members = have if isinstance(have, list) else [have]
    return any(one is not None and re.fullmatch(want, str(_plain(one))) for one in members)


def _equals(want: str | None, have: Any) -> bool:
    if isinstance(have, list):
        return any(_equals(want, one) for one in have)
    return have is not None and str(_plain(have)) == (want or "")


def _plain(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _value(claims: Mapping[str, Any], path: str) -> Any:
    """What a claim's path leads to: dots go inside, unless there is a backslash before."""
    found: Any = claims
    for step in claim_path(path):
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


_PLACEHOLDER = re.compile(r"\$\{([^}]+?)(?:\s*\|\s*(\S+?)\s*)?\}")


def _templated(template: str, claims: Mapping[str, Any], alias: str) -> str:
    def filled(match: re.Match[str]) -> str:
        name, transform = match[1].strip(), match[2]
        if name == "ALIAS":
            value = alias
        elif name.startswith("CLAIM."):
            value = str(_plain(_value(claims, name.removeprefix("CLAIM."))) or "")
        else:
            value = match[1]
        if transform == "lowercase":
            return value.lower()
        if transform == "uppercase":
            return value.upper()
        return value.partition("@")[0] if transform == "localpart" else value

    return _PLACEHOLDER.sub(filled, template)
