"""What an OpenID Connect provider's mappers make of the claims of its ID token: the user of a first login.

As Keycloak 26.7.3 does it (OIDCIdentityProvider.extractIdentity, org.keycloak.broker.oidc.mappers,
IdpCreateUserIfUniqueAuthenticator, IdentityBrokerService). A live test compares it with real logins. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.errors import RealmctlError
from realmctl.model.claim import claim_path
from realmctl.tokentest.java import equals, matches, pairs, text_of, trim

_PROFILE = {"email": "email", "firstName": "given_name", "lastName": "family_name"}
"""Field of a user → the claim that fills it without any mapper."""

_OWN = frozenset({*_PROFILE.values(), "name", "preferred_username", "email_verified", "sub"})
"""Claims that Keycloak reads without any mapper."""

_HIDDEN = frozenset({"jti", "exp", "nbf", "iat", "iss", "aud", "typ", "azp"})
"""Claims that no mapper finds: Keycloak's JsonWebToken has fields of its own for them."""

_UNKNOWN = "write what it gives (roles, groups, attributes) under given instead"


@dataclass(slots=True)
class Person:
    """A user to be: what is in its profile, its groups by path, and its roles as mappers name them.

    Such a name is `role` or `client.role`; which of the two `a.b` is, only the realm's clients tell (`splits`).
    """

    profile: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, list[str]] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    """What the login leaves in the user's session."""
    taken: dict[tuple[str, str], str] = field(default_factory=dict)
    """Roles and groups, as ("role", name) and ("group", path), that the next login takes away, each with the mapper."""
    unread: dict[str, str] = field(default_factory=dict)
    """Claims that neither Keycloak nor a mapper reads; each with the mapper that means it, as far as that is clear."""


@dataclass(slots=True)
class _Login:
    """A first login on its way. `username` is Keycloak's own choice, `model` what a mapper chose."""

    claims: Mapping[str, Any]
    alias: str
    made: Person
    username: str
    model: str | None = None
    read: dict[tuple[str, ...], str] = field(default_factory=dict)
    """Paths of claims that mappers read, each with a mapper's name."""
    mapper: str = ""
    mode: str = ""
    """The mapper's own mode, or the provider's: what it does at each further login."""
    given: set[tuple[str, str]] = field(default_factory=set)
    """What mappers that look at claims gave, or will give at the next login."""

    def give(self, kind: str, target: str | None, *, applies: bool = True, fixed: bool = False) -> None:
        """Give a role or a group, where the mapper applies; note what it takes away at the next login."""
        if not target:
            return
        # Keycloak compares roles by what the mapper says, groups by their ids.
        what = (kind, target if kind == "role" else f"/{target.strip('/')}")
        if applies:
            (self.made.roles if kind == "role" else self.made.groups).append(target)
        old = self.mode == "LEGACY" and kind == "role"
        if self.mode == "IMPORT" or (old and (fixed or applies)) or (what in self.given and not fixed and not old):
            return
        if applies:
            self.made.taken.pop(what, None)
            if not fixed:
                self.given.add(what)
        else:
            self.made.taken[what] = self.mapper

    def value(self, name: str) -> Any:
        """Return what a claim's name leads to: dots nest, unless there is a backslash before."""
        path = ("sub",) if name == "sub" else claim_path(name)
        self.read.setdefault(path, self.mapper)
        found: Any = {key: value for key, value in self.claims.items() if key not in _HIDDEN}
        for step in path:
            if not isinstance(found, Mapping) or step not in found:
                return None
            found = found[step]
        return found


def person(
    claims: Mapping[str, Any],
    provider: Mapping[str, Any],
    mappers: Iterable[Mapping[str, Any]],
    *,
    email_as_username: bool = False,
) -> Person:
    """Return the user that a first login with these claims makes.

    Raises RealmctlError where such a login fails, and for a type of mapper whose effect is not known here.
    """
    _refuse_provider(provider)
    claims = {name: value for name, value in claims.items() if value is not None}
    made = Person(profile={name: _text(claims, claim) for name, claim in _PROFILE.items() if claim in claims})
    _split_name(made, claims)
    chosen = next((claim for claim in ("preferred_username", "email", "sub") if claim in claims), "")
    login = _Login(claims, str(provider.get("alias", "")), made, _text(claims, chosen) if chosen else "")
    for mapper in mappers:
        kind, config = str(mapper["identityProviderMapper"]), mapper.get("config") or {}
        if kind not in _EFFECTS or config.get("groupType") == "ORGANIZATION":
            raise RealmctlError(
                f"what the mapper {mapper['name']} ({kind}) does at a login is not known here", advice=_UNKNOWN
            )
        login.mapper = str(mapper["name"])
        login.mode = _mode(provider, config)
        _EFFECTS[kind](login, config)
    _finish(login, provider, email_as_username=email_as_username)
    return made


def _refuse_provider(provider: Mapping[str, Any]) -> None:
    alias = provider.get("alias", "")
    if provider.get("enabled") is False:
        raise RealmctlError(f"the identity provider {alias} is disabled: nobody logs in with it", advice="enable it")
    if provider.get("linkOnly"):
        raise RealmctlError(
            f"the identity provider {alias} is linkOnly: nobody logs in with it", advice="set linkOnly: false"
        )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str):
        raise RealmctlError(f"the claim {name} is not a text, and the login fails", advice="write it in quotes")
    return value


def _split_name(made: Person, claims: Mapping[str, Any]) -> None:
    """Without given_name and family_name, `name` is divided at its last blank."""
    if "name" not in claims or made.profile.keys() & {"firstName", "lastName"}:
        return
    first, blank, last = _text(claims, "name").rpartition(" ")
    made.profile["firstName"] = first if blank else last
    if blank:
        made.profile["lastName"] = last


def _finish(login: _Login, provider: Mapping[str, Any], *, email_as_username: bool) -> None:
    made = login.made
    config = provider.get("config") or {}
    # The link to the provider keeps the name's case only where the provider says so.
    linked = login.username if config.get("caseSensitiveOriginalUsername") == "true" else login.username.lower()
    email = made.profile.get("email", "")
    chosen = login.model
    if chosen is None:
        chosen = email if email_as_username and trim(email) else linked
    made.profile["username"] = trim(chosen)
    # An attribute of one of these names takes the field's place, whichever mapper sets it.
    for name in ("username", "email", "firstName", "lastName"):
        values = made.attributes.pop(name, None)
        if values:
            made.profile[name] = values[0]
    if email_as_username:
        made.profile["username"] = made.profile.get("email", "")
    if not trim(made.profile["username"]):
        missing = "e-mail address" if email_as_username else "user name"
        raise RealmctlError(
            f"the person has no {missing}, and the login ends with an error",
            advice="give the claim that the provider's mappers take it from",
        )
    made.profile["emailVerified"] = _is_verified(login.claims, provider) if "email" in made.profile else False
    for name in ("username", "email"):
        if name in made.profile:
            made.profile[name] = made.profile[name].lower()
    made.notes = {"identity_provider": login.alias, "identity_provider_identity": linked, **made.notes}
    made.unread = _unread(login)


def _is_verified(claims: Mapping[str, Any], provider: Mapping[str, Any]) -> bool:
    """A provider that is trusted may say so itself, by `email_verified`."""
    if not provider.get("trustEmail"):
        return False
    said = claims.get("email_verified")
    return True if said is None else text_of(said).lower() == "true"


def _unread(login: _Login) -> dict[str, str]:
    roots = {path[0] for path in login.read} | _OWN | _HIDDEN
    meant = {".".join(path): mapper for path, mapper in login.read.items() if len(path) > 1}
    return {claim: meant.get(claim, "") for claim in login.claims if claim not in roots}


def _mode(provider: Mapping[str, Any], config: Mapping[str, str]) -> str:
    mode = config.get("syncMode") or "LEGACY"
    return mode if mode != "INHERIT" else (provider.get("config") or {}).get("syncMode") or "LEGACY"


def _role(login: _Login, config: Mapping[str, str]) -> None:
    value = login.value(config.get("claim", ""))
    login.give("role", config.get("role"), applies=equals(config.get("claim.value") or "", value))


def _advanced_role(login: _Login, config: Mapping[str, str]) -> None:
    login.give("role", config.get("role"), applies=_all_match(login, config))


def _advanced_group(login: _Login, config: Mapping[str, str]) -> None:
    login.give("group", config.get("group"), applies=_all_match(login, config))


def _all_match(login: _Login, config: Mapping[str, str]) -> bool:
    fits = matches if config.get("are.claim.values.regex", "").lower() == "true" else equals
    # All are read first, so that a claim behind one that does not match counts as read, too.
    found = [(wanted, login.value(claim)) for claim, wanted in pairs(config.get("claims"))]
    return all(fits(wanted, value) for wanted, value in found)


def _attribute(login: _Login, config: Mapping[str, str]) -> None:
    value, name = login.value(config.get("claim", "")), config.get("user.attribute") or ""
    if not name:
        return
    values = [text_of(one) for one in (value if isinstance(value, list) else [value]) if one is not None]
    fields = {"email": "email", "firstname": "firstName", "lastname": "lastName"}
    if name.lower() in fields:
        if values:
            login.made.profile[fields[name.lower()]] = values[0]
    else:
        _set(login, name, values)


def _set(login: _Login, name: str, values: list[str]) -> None:
    """Of several mappers of one attribute the last one counts, also one that finds nothing."""
    if not values:
        login.made.attributes.pop(name, None)
    elif name == "username" or name.lower() != "username":
        login.made.attributes[name] = values


def _username(login: _Login, config: Mapping[str, str]) -> None:
    filled = _filled(config.get("template") or "", login)
    target = config.get("target") or "LOCAL"
    if target == "BROKER_USERNAME":
        login.username = filled
    elif target != "BROKER_ID":
        login.model = filled


def _hardcoded_role(login: _Login, config: Mapping[str, str]) -> None:
    login.give("role", config.get("role"), fixed=True)


def _hardcoded_group(login: _Login, config: Mapping[str, str]) -> None:
    login.give("group", config.get("group"))


def _hardcoded_attribute(login: _Login, config: Mapping[str, str]) -> None:
    value = config.get("attribute.value")
    _set(login, config.get("attribute") or "", [] if value is None else [value])


def _hardcoded_note(login: _Login, config: Mapping[str, str]) -> None:
    login.made.notes[config.get("attribute") or ""] = config.get("attribute.value") or ""


def _note(login: _Login, config: Mapping[str, str]) -> None:
    fits = matches if config.get("are.claim.values.regex", "").lower() == "true" else equals
    for claim, wanted in pairs(config.get("claims")):
        value = login.value(claim)
        if isinstance(value, str) and fits(wanted, value):
            login.made.notes[claim] = value


_EFFECTS = {
    "oidc-role-idp-mapper": _role,
    "oidc-advanced-role-idp-mapper": _advanced_role,
    "oidc-advanced-group-idp-mapper": _advanced_group,
    "oidc-user-attribute-idp-mapper": _attribute,
    "oidc-username-idp-mapper": _username,
    "oidc-hardcoded-role-idp-mapper": _hardcoded_role,
    "oidc-hardcoded-group-idp-mapper": _hardcoded_group,
    "hardcoded-attribute-idp-mapper": _hardcoded_attribute,
    "hardcoded-user-session-attribute-idp-mapper": _hardcoded_note,
    "oidc-user-session-note-idp-mapper": _note,
}


_PLACEHOLDER = re.compile(r"\$\{([^}]+?)(?:\s*\|\s*(\S+)\s*)?\}")
_TRANSFORMS = {"lowercase": str.lower, "uppercase": str.upper}


def _filled(template: str, login: _Login) -> str:
    """Return the user name of a template; "" where a claim that it names is missing."""
    lacking = False

    def fill(match: re.Match[str]) -> str:
        nonlocal lacking
        name, transform = match[1], match[2]
        if name == "UUID":
            raise RealmctlError("a user name with ${UUID} in it is another one at each login", advice=_UNKNOWN)
        if name == "ALIAS":
            return _transformed(login.alias, transform)
        if not name.startswith("CLAIM."):
            return name
        value = login.value(name.removeprefix("CLAIM."))
        if value is None:
            lacking = True
            return ""
        return _transformed(text_of(value[0] if isinstance(value, list) and len(value) == 1 else value), transform)

    filled = _PLACEHOLDER.sub(fill, template)
    return "" if lacking else filled


def _transformed(value: str, transform: str | None) -> str:
    if "$" in value or "\\" in value:
        raise RealmctlError(f"the user name {value} has $ or \\ in it, and the login fails", advice=_UNKNOWN)
    if transform == "localpart":
        return value.rpartition("@")[0] if "@" in value else value
    return _TRANSFORMS.get(transform or "", str)(value)
