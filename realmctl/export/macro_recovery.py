"""The platform's words, where a realm holds just what one of them compiles to.

A word is guessed from names that it gives, compiled, and taken out of what the files would say otherwise; it stands
only where nothing contradicts it. Whether the files still say the same is for the caller to prove.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from realmctl.config.macros import WORDS, Context
from realmctl.config.macros.oauth2_proxy import signed_out_page
from realmctl.model.fields import wire_text
from realmctl.model.joined_list import HASHES, split
from realmctl.model.secret import Secret

Sections = dict[str, Any]
_WORDING = frozenset({"description", "displayName"})
"""What may be worded otherwise than by the word."""

Guess = Callable[[Mapping[str, Any]], Iterator[dict[str, Any]]]


def recover_macros(realm: str, sections: Sections) -> tuple[dict[str, Any], Sections]:
    """The words with what is said under each, and what is left of the sections; both empty-handed where none fits."""
    said: dict[str, Any] = {}
    models: dict[str, BaseModel] = {}
    for name in ("tokens", "oauth2Proxy", "entra"):
        for guess in _GUESSES[name](sections):
            try:
                model = WORDS[name].model.model_validate(guess)
            except ValidationError:
                continue
            left = _without(sections, _compiled(realm, {**models, name: model}, sections))
            if left is not None:
                said[name], models[name] = guess, model
                break
    left = _without(sections, _compiled(realm, models, sections)) if models else None
    return (said, left) if left is not None else ({}, sections)


def _compiled(realm: str, models: Mapping[str, BaseModel], sections: Sections) -> Sections:
    # What a word makes itself is not declared beside it: only then is an audience a client's.
    made: Sections = {}
    context = Context(realm, sections, models)
    for name, model in models.items():
        made = _beside(made, WORDS[name].compile(model, context).sections)
    return made


def _beside(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(first)
    for key, value in second.items():
        have = merged.get(key)
        merged[key] = _beside(have, value) if isinstance(have, Mapping) and isinstance(value, Mapping) else value
    return merged


def _without(said: Any, made: Any) -> Any:
    """What `said` says beyond `made`; None where the two contradict each other."""
    if not isinstance(said, Mapping) or not isinstance(made, Mapping):
        return {} if _alike(said, made) else None
    left: dict[str, Any] = {}
    for key, value in said.items():
        if key not in made:
            left[key] = value
            continue
        rest = _without(value, made[key])
        if rest is None and key in _WORDING:
            # Said explicitly, it wins over the word's.
            rest = value
        if rest is None:
            return None
        if rest != {}:
            left[key] = rest
    return left


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, Secret) or isinstance(other, Secret):
        return True
    if isinstance(one, list) and isinstance(other, list):
        if any(isinstance(item, Mapping) for item in one):
            return len(one) == len(other) and all(map(_step, one, other))
        return sorted(map(str, one)) == sorted(map(str, other))
    return bool(wire_text(one) == wire_text(other)) or _same_list(one, other) or _same_list(other, one)


def _scopes(said: Any) -> list[str]:
    """Scopes as a list, be they one text or several."""
    return list(map(str, said)) if isinstance(said, list) else str(said or "").split()


def _same_list(one: Any, other: Any) -> bool:
    """Whether a list is what the other side says as one text, with whichever separator the key has."""
    if not isinstance(one, list) or not isinstance(other, str):
        return False
    return any(sorted(map(str, one)) == sorted(split(other, joint)) for joint in (" ", ",", HASHES))


def _step(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two steps of a flow are the same one."""
    return set(one) == set(other) and all(_without({key: item}, other) == {} for key, item in one.items())


def _tokens(sections: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, scope in (sections.get("clientScopes") or {}).items():
        mappers = scope.get("protocolMappers") or {}
        if not mappers or any(not re.match("audience |claim ", one) for one in mappers):
            continue
        audiences = [one.removeprefix("audience ") for one in mappers if one.startswith("audience ")]
        claims = {one.removeprefix("claim "): _claim(mapper) for one, mapper in mappers.items() if one[:6] == "claim "}
        if all(claims.values()):
            word = {"audiences": audiences, "claims": claims, **({} if name == "platform" else {"scope": name})}
            yield {key: value for key, value in word.items() if value}


def _claim(mapper: Mapping[str, Any]) -> dict[str, Any]:
    config = mapper.get("config") or {}
    kind = str(mapper.get("protocolMapper"))
    found: dict[str, Any] = {}
    if kind == "oidc-usermodel-realm-role-mapper":
        found = {"realmRoles": True, "prefix": config.get("usermodel.realmRoleMapping.rolePrefix")}
    elif kind == "oidc-usermodel-client-role-mapper":
        found = {
            "clientRoles": config.get("usermodel.clientRoleMapping.clientId"),
            "prefix": config.get("usermodel.clientRoleMapping.rolePrefix"),
        }
    elif kind == "oidc-usermodel-attribute-mapper":
        label = config.get("jsonType.label")
        found = {
            "userAttribute": config.get("user.attribute"),
            "multivalued": config.get("multivalued") or None,
            "type": None if label == "String" else label,
        }
    elif kind == "oidc-group-membership-mapper":
        found = {"groups": "paths" if config.get("full.path") else "names"}
    elif kind == "oidc-hardcoded-claim-mapper":
        found = {"value": config.get("claim.value"), "type": _type_of(config)}
    tokens = [token for token in ("access", "id", "userinfo") if config.get(f"{token}.token.claim")]
    if found and len(tokens) < 3:
        found["tokens"] = tokens
    return {key: value for key, value in found.items() if value is not None}


def _type_of(config: Mapping[str, Any]) -> Any:
    """The type, where it isn't that of the value as it is written."""
    plain = {bool: "boolean", int: "long", str: "String"}.get(type(config.get("claim.value")))
    return None if config.get("jsonType.label") == plain else config.get("jsonType.label")


def _oauth2_proxy(sections: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, client in (sections.get("clients") or {}).items():
        mappers = client.get("protocolMappers") or {}
        uris = [re.fullmatch(r"(https?)://([^/]+)(/.*)", uri) for uri in client.get("redirectUris") or ()]
        exits = (client.get("attributes") or {}).get("post.logout.redirect.uris") or ""
        first = exits[0] if isinstance(exits, list) else exits
        after = re.fullmatch(r"https?://[^/]+(/.*)", first)
        if not {"own audience", "groups"} <= set(mappers) or not uris or not all(uris) or not after:
            continue
        if "secret" not in client:
            continue
        found = [match for match in uris if match]
        # The order of hosts is in the exits: redirect URIs have none.
        hosts = [exit_.split("/")[2] for exit_ in (exits if isinstance(exits, list) else [exits])]
        word = {
            "hosts": hosts,
            "clientSecret": client["secret"],
            "clientId": name,
            "callbackPath": found[0][3],
            "afterLogout": None if after[1] == signed_out_page(found[0][3]) else after[1],
            "groupsClaim": (mappers["groups"].get("config") or {}).get("claim.name"),
            "insecureHttp": found[0][1] == "http",
        }
        yield _shortened("oauth2Proxy", word)


def _entra(sections: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for alias, provider in (sections.get("identityProviders") or {}).items():
        config = provider.get("config") or {}
        issuers = [re.fullmatch(r"(https?://.+)/([^/]+)/v2\.0", one) for one in str(config.get("issuer")).split(",")]
        found = [match for match in issuers if match]
        certificate = config.get("clientAuthMethod") == "private_key_jwt"
        if (
            provider.get("providerId") != "oidc"
            or len(found) < len(issuers)
            or certificate == ("clientSecret" in config)
        ):
            continue
        several = "/organizations/" in str(config.get("authorizationUrl"))
        mappers = provider.get("mappers") or {}
        permissions = ((sections.get("userProfile") or {}).get("attributes") or {}).get("email") or {}
        flows = sections.get("authenticationFlows") or {}
        steps = str(flows.get(f"{alias} first login"))
        word = {
            "tenantId": None if several else found[0][2],
            "tenants": [match[2] for match in found] if several else None,
            "clientId": str(config.get("clientId")),
            "clientSecret": config.get("clientSecret"),
            "clientAuth": "certificate" if certificate else "secret",
            "alias": alias,
            "displayName": provider.get("displayName"),
            "authority": found[0][1],
            "scopes": _scopes(config.get("defaultScope")),
            "trustEmail": bool(provider.get("trustEmail")),
            "usernameClaim": _between(mappers.get("username"), "template", "${CLAIM.", "}"),
            "emailClaim": _between(mappers.get("email"), "claim") or "email",
            "syncMode": config.get("syncMode"),
            "signInDirectly": f"{alias} sign-in" in flows,
            "breakGlass": _break_glass(flows.get(f"{alias} sign-in")),
            "firstLogin": "review" if steps == "None" else "link" if "idp-auto-link" in steps else "create",
            "lockProfile": "permissions" in permissions,
            **_mapped(mappers),
        }
        yield _shortened("entra", word)


def _break_glass(flow: Any) -> dict[str, Any] | None:
    text = str(flow)
    role = re.search(r"'condUserRole': '([^']+)'", text)
    if not role:
        return None
    return {"role": role[1], **({} if "auth-otp-form" in text else {"secondFactor": False})}


def _between(mapper: Any, key: str, before: str = "", after: str = "") -> str:
    text = str(((mapper or {}).get("config") or {}).get(key) or "")
    return text.removeprefix(before).removesuffix(after)


_RETIRED = {"role": "roles", "group": "groups", "user.attribute": "attributes"}
"""Where a mapper of something retired names it, and the key of `retired` that has it."""


def _mapped(mappers: Mapping[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {"oid": None}
    roles: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    retired: dict[str, list[Any]] = {}
    for name, mapper in mappers.items():
        config = mapper.get("config") or {}
        if name.startswith("attribute "):
            attributes[name.removeprefix("attribute ")] = config.get("user.attribute")
        elif name.startswith("app role "):
            _also(roles, str(config.get("claim.value")), config.get("role"), several=": " in name)
        elif name.startswith("group "):
            group = re.search(r'"value":"([^"]+)"', str(wire_text(config.get("claims"))))
            _also(groups, group[1] if group else name, config.get("group") or config.get("role"), several=": " in name)
        elif name.startswith("retired: "):
            key = next((key for key in _RETIRED if config.get(key)), "")
            if key:
                retired.setdefault(_RETIRED[key], []).append(config[key])
    if attributes["oid"] == "entra_oid":
        del attributes["oid"]
    return {"attributes": attributes, "appRoles": roles, "groups": groups, **({"retired": retired} if retired else {})}


def _also(into: dict[str, Any], key: str, value: Any, *, several: bool) -> None:
    if several:
        into.setdefault(key, []).append(value)
    else:
        into[key] = value


def _shortened(word: str, said: dict[str, Any]) -> dict[str, Any]:
    """Without what the word takes for granted."""
    fields = WORDS[word].model.model_fields
    return {key: item for key, item in said.items() if item != fields[key].get_default(call_default_factory=True)}


_GUESSES: Mapping[str, Guess] = {"tokens": _tokens, "oauth2Proxy": _oauth2_proxy, "entra": _entra}
