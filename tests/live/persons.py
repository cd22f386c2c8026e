"""Sixty made-up people and the realms that they log in to, always the same: what an ID token of Entra may hold.

Each realm stresses another part: mappers of every type, a profile that people may edit, addresses as user names.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ORDERS = "6f1d6d0e-0000-4000-8000-000000000001"
MANY = [f"6f1d6d0e-0000-4000-8000-{number:012d}" for number in range(1, 121)]
NAMES = [
    "Ada",
    "Bob Nomail",
    "Zoë",
    "Łukasz Żółć",
    "李 小龍",
    "O'Brien",
    "anna MARIA von Ä",
    "İpek",
    "d'Arc  Jeanne",
    "x",
]
VALUES: list[Any] = [
    "books", "Sales & Co", "", " ", "true", "7", "a.b", "Zoë", "two words ", True, False, 7, 0, -3, 2**31 - 1, 2**31,
    2**40, 1.5, 1e7, 1.5e-7, ["a", "b"], ["b", "a", "b"], [], [""], ["x"], [1, True, "c", None], [["in"], {"k": "v"}],
    {"country": "SE"}, {"team": ["core", "web"], "level": 3, "on": True}, {}, None,
]  # fmt: skip
KEYS = ["department", "level", "otherMails", "address", "com.example", "https://acme.example/jwt", "flag", "extra"]
APP_ROLES = [None, [], ["Orders.Approver"], ["Orders.Approver", "Orders.Refund"], ["Unknown"], "Orders.Refund"]


@dataclass(frozen=True)
class Door:
    """A way in: an identity provider by its alias, and the client that people log in to. `entra` is what of the word
    differs; `mappers` come on top of the word's own.
    """

    alias: str
    client: str = "app"
    people: int = 8
    named: bool = False
    """Whether everybody has both names and an address."""
    entra: Mapping[str, Any] = field(default_factory=dict)
    mappers: Mapping[str, Any] = field(default_factory=dict)


def people(seed: str, door: Door) -> list[dict[str, Any]]:
    """Return claims over those of the stand-in, person by person; None takes a claim out."""
    names = [f"{seed}-{door.alias}-{number}" for number in range(door.people)]
    draw = random.Random(names[0])
    found = [_claims(draw, name) for name in names]
    for name, claims in zip(names, found, strict=True) if door.named else ():
        needed = {"email": f"{name}@contoso.com", "upn": f"{name}@fabrikam.com"}
        needed |= {"given_name": "Ada", "family_name": "Lovelace"}
        claims |= {claim: claims[claim] or value for claim, value in needed.items()}
    return found


def _claims(draw: random.Random, name: str) -> dict[str, Any]:
    login = draw.choice([f"{name}@contoso.com", f"{name.title()}@Contoso.COM", name.upper(), f" {name}.x@contoso.com "])
    if draw.random() < 0.2:
        login = f"{name}_fabrikam.com#EXT#@contoso.onmicrosoft.com"
    found: dict[str, Any] = {
        "preferred_username": login,
        "upn": draw.choice([None, f"{name}@contoso.com", f"{name}.Upn@contoso.com"]),
        "email": draw.choice([None, f"{name}@contoso.com", f"{name}.Mail@Fabrikam.com", f"{name}@contoso.com"]),
        "given_name": draw.choice([None, None, draw.choice(NAMES)]),
        "family_name": draw.choice([None, None, draw.choice(NAMES)]),
        "name": draw.choice([None, *NAMES]),
        "roles": draw.choice(APP_ROLES),
        "groups": draw.choice([None, [ORDERS], MANY, MANY[1:4], []]),
        "email_verified": draw.choice([None, None, True, False, "true"]),
    }
    found |= {key: draw.choice(VALUES) for key in KEYS if draw.random() < 0.7}
    if found["groups"] is None and draw.random() < 0.3:
        found["_claim_names"] = {"groups": "src1"}
        found["_claim_sources"] = {"src1": {"endpoint": "https://graph.invalid/getMemberObjects"}}
    return found


def realms() -> dict[str, tuple[dict[str, Any], list[Door]]]:
    """Return what each realm's files say beside the sign-in with Entra, and the ways in."""
    return {"plain": _plain(), "asking": _asking(), "address": _address()}


ENTRA = {
    "appRoles": {"Orders.Approver": "approver", "Orders.Refund": ["refunder", "orders-api.refund"]},
    "groups": {ORDERS: ["/team", "orders-api.read"], MANY[3]: "/team/leads"},
    "attributes": {"department": "department", "otherMails": "other_mails", "extra": "extra"},
}


def _base() -> dict[str, Any]:
    client = {
        "publicClient": True,
        "redirectUris": ["http://localhost/app"],
        "defaultClientScopes": ["basic", "profile", "email", "roles", "web-origins", "acr", "platform"],
        "optionalClientScopes": ["address", "phone", "microprofile-jwt", "offline_access"],
    }
    return {
        "tokens": {
            "audiences": ["orders-api", "elsewhere"],
            "claims": {
                "roles": {"realmRoles": True},
                "orders": {"clientRoles": "orders-api", "prefix": "o:"},
                "department": {"userAttribute": "department"},
                "mails": {"userAttribute": "other_mails", "multivalued": True},
                "first_mail": {"userAttribute": "other_mails"},
                "teams": {"groups": "paths"},
                "team.names": {"groups": "names"},
                r"https://acme\.example/jwt.roles": {"realmRoles": True},
                r"https://acme\.example/jwt.tier": {"value": "gold"},
                r"acme\.example": {"value": 7},
            },
        },
        "roles": {"reader": {}, "approver": {"composites": ["reader"]}, "refunder": {}, "a.b": {}, "everybody": {}},
        "groups": {
            "team": {
                "realmRoles": ["reader"],
                "attributes": {"site": ["hq", "lab"]},
                "subGroups": {"leads": {"clientRoles": {"orders-api": ["lead"]}, "attributes": {"site": ["top"]}}},
            },
            "all": {},
        },
        "clients": {
            "app": {**client},
            "light": {**client, "attributes": {"client.use.lightweight.access.token.enabled": "true"}},
            "orders-api": {"standardFlowEnabled": False, "roles": {"refund": {}, "read": {}, "lead": {}}},
        },
    }


def _broker(kind: str, **config: str) -> dict[str, Any]:
    return {"identityProviderMapper": kind, "config": {"syncMode": "INHERIT", **config}}


def _attribute(claim: str, name: str) -> dict[str, Any]:
    return _broker("oidc-user-attribute-idp-mapper", claim=claim, **{"user.attribute": name})


def _advanced(kind: str, target: str, *wanted: tuple[str, str], regex: bool = False) -> dict[str, Any]:
    claims = json.dumps([{"key": key, "value": value} for key, value in wanted])
    config = {"claims": claims, "are.claim.values.regex": str(regex).lower(), kind: target}
    return _broker(f"oidc-advanced-{kind}-idp-mapper", **config)


def _claim(kind: str, name: str, **config: Any) -> dict[str, Any]:
    flags = {f"{token}.token.claim": "true" for token in ("access", "id", "userinfo", "introspection")}
    config = {key.replace("__", "."): value for key, value in config.items()}
    return {"protocolMapper": kind, "config": {"claim.name": name, "jsonType.label": "String", **flags, **config}}


def _value(attribute: str, name: str, **config: Any) -> dict[str, Any]:
    return _claim("oidc-usermodel-attribute-mapper", name, user__attribute=attribute, **config)


def _plain() -> tuple[dict[str, Any], list[Door]]:
    """A profile that takes what nobody declared: every type of mapper, of providers and of clients."""
    said = _base()
    attributes = ["street", "locality", "country", "site"]
    said["userProfile"] = {
        "unmanagedAttributePolicy": "ENABLED",
        "attributes": {
            name: {"permissions": {"view": ["admin"], "edit": ["admin"]}, "multivalued": True} for name in attributes
        },
    }
    said["defaultGroups"] = ["/all"]
    said["defaultRoles"] = {"realm": ["everybody"], "client": {"orders-api": ["read"]}}
    said["clients"]["app"]["protocolMappers"] = _seen()
    said["clients"]["light"]["protocolMappers"] = _typed()
    addressed = {name: _attribute(f"address.{name}", name) for name in attributes[:3]}
    return said, [
        Door("entra", people=10, entra={"emailClaim": "preferred_username"}),
        Door("guests", people=6, entra={"usernameClaim": "upn", "trustEmail": False, "syncMode": "IMPORT"}),
        Door("mapped", people=10, mappers=_effects()),
        Door("light", "light", people=8, entra={"emailClaim": "upn"}, mappers={
            **addressed, "site": _attribute("level", "site"),
        }),
    ]  # fmt: skip


def _effects() -> dict[str, Any]:
    named = "${ALIAS}.${CLAIM.sub | uppercase}.${CLAIM.preferred_username | localpart}"
    fixed = {"attribute": "origin", "attribute.value": "entra"}
    regular = {"claims": '[{"key":"department","value":".+"}]', "are.claim.values.regex": "true"}
    return {
        "username": _broker("oidc-username-idp-mapper", template=named),
        "level": _attribute("level", "level"),
        "flag": _attribute("flag", "flag"),
        "country": _attribute("address.country", "country"),
        "jwt team": _attribute(r"https://acme\.example/jwt.team", "jwt_team"),
        "team": _attribute(r"com\.example.team", "team"),
        "escaped": _attribute(r"\department", "escaped"),
        "not escaped": _attribute("com.example", "undeclared"),
        "whole": _attribute("address", "whole"),
        "issuer": _attribute("iss", "iss"),
        "subject": _attribute("sub", "sub"),
        "family": _attribute("department", "LASTNAME"),
        "origin": _broker("hardcoded-attribute-idp-mapper", **fixed),
        "everybody": _broker("oidc-hardcoded-role-idp-mapper", role="a.b"),
        "all": _broker("oidc-hardcoded-group-idp-mapper", group="/team/leads"),
        "seven": _equal("level", "7", "everybody"),
        "long": _equal("level", "2147483648", "orders-api.read"),
        "off": _equal("flag", "no", "orders-api.lead"),
        "both": _advanced("role", "refunder", ("roles", "Orders.Refund"), ("roles", "Orders.Approver")),
        "pattern": _advanced("role", "orders-api.lead", ("groups", r"6f1d.*0{4}[2-4]"), regex=True),
        "number": _advanced("group", "/team", ("level", "true|7|1\\.5"), ("flag", ".*"), regex=True),
        "nested": _advanced("group", "team", (r"com\.example.level", "3")),
        "fixed": _broker("oidc-hardcoded-role-idp-mapper", role="approver"),
        "nobody": _advanced("group", "/all", ("flag", "never")),
        "gone": _broker("oidc-hardcoded-role-idp-mapper", role="orders-api.nowhere"),
        "note": _broker("hardcoded-user-session-attribute-idp-mapper", **{"attribute": "n", "attribute.value": "5"}),
        "noted": _broker("oidc-user-session-note-idp-mapper", **regular),
    }


def _equal(claim: str, value: str, role: str) -> dict[str, Any]:
    return _broker("oidc-role-idp-mapper", **{"claim": claim, "claim.value": value, "role": role})


def _seen() -> dict[str, Any]:
    """Claims of a client that show every attribute, and the notes of a session."""
    names = ["level", "flag", "country", "jwt_team", "team", "escaped", "whole", "origin", "undeclared", "iss", "sub"]
    note = "oidc-usersessionmodel-note-mapper"
    return {
        **{f"{name} one": _value(name, f"{name}_one") for name in names},
        **{f"{name} all": _value(name, f"all.{name}", multivalued="true") for name in names},
        "note": _claim(note, "note.n", user__session__note="n", jsonType__label="int"),
        "noted": _claim(note, "noted", user__session__note="department"),
        "provider": _claim(note, "idp", user__session__note="identity_provider"),
        "identity": _claim(note, r"idp\.name", user__session__note="identity_provider_identity"),
    }


def _typed() -> dict[str, Any]:
    """Claims of a client of every JSON type, from groups' attributes, too."""
    fixed = "oidc-hardcoded-claim-mapper"
    return {
        "sites": _value("site", "sites", multivalued="true", aggregate__attrs="true"),
        "site": _value("site", "site", aggregate__attrs="true"),
        "own sites": _value("site", "own.sites", multivalued="true", lightweight__claim="true"),
        "long": _value("site", "long", jsonType__label="long"),
        "json": _value("site", "json", jsonType__label="JSON", multivalued="true"),
        "flag": _value("site", "flag", jsonType__label="boolean"),
        "address": _claim("oidc-address-mapper", "address", **{"user.attribute.street": "street"}),
        "text": _claim(fixed, "fixed.text", claim__value="x"),
        "number": _claim(fixed, "fixed.number", claim__value="7", jsonType__label="int"),
        "object": _claim(fixed, "fixed.object", claim__value='{"a":[1,{"b":null}]}', jsonType__label="JSON"),
        "light": _claim(fixed, "light", claim__value="yes", lightweight__claim="true"),
        "only id": _claim(fixed, "only_id", claim__value="yes", access__token__claim="false"),
        "role": {"protocolMapper": "oidc-hardcoded-role-mapper", "config": {"role": "refunder"}},
        "renamed": {
            "protocolMapper": "oidc-role-name-mapper",
            "config": {"role": "everybody", "new.role.name": "orders-api.all"},
        },
        "clients": _claim("oidc-usermodel-client-role-mapper", "resource.${client_id}.roles", multivalued="true"),
    }


def _asking() -> tuple[dict[str, Any], list[Door]]:
    """A profile that people may edit, so that Keycloak asks them for what is missing or wrong."""
    said = _base()
    mine = {"view": ["admin", "user"], "edit": ["admin", "user"]}
    hidden = {"view": ["admin"], "edit": ["admin"]}
    said["userProfile"] = {
        "attributes": {
            "level": {"permissions": mine, "validations": {"integer": {"min": "0", "max": "9"}}},
            "flag": {"permissions": hidden, "required": {"roles": ["user"]}},
            "site": {"permissions": mine, "required": {"scopes": ["phone"]}, "multivalued": True},
            "origin": {"permissions": {"view": ["admin"], "edit": ["user"]}, "defaultValue": "unsaid"},
            "locked": {"permissions": hidden, "validations": {"length": {"max": "2"}}},
        }
    }
    names = ("level", "flag", "origin", "locked")
    said["clients"]["app"]["protocolMappers"] = {name: _value(name, name) for name in names}
    mappers = {name: _attribute(name, name) for name in names[:2]}
    mappers |= {"locked": _attribute("department", "locked"), "mail": _attribute("upn", "email")}
    return said, [
        Door("entra", people=6, entra={"lockProfile": False}),
        Door("mapped", people=12, named=True, entra={"lockProfile": False}, mappers=mappers),
    ]


def _address() -> tuple[dict[str, Any], list[Door]]:
    """E-mail addresses are user names; a mapper sets a field of the profile as if it were an attribute."""
    said = _base()
    said["registrationEmailAsUsername"] = True
    said["requiredActions"] = {"VERIFY_PROFILE": {"enabled": False}}
    protocol = {"user name": _value("username", "login"), "first": _value("firstName", "first")}
    said["clients"]["app"]["protocolMappers"] = {**protocol, "undeclared": _value("undeclared", "undeclared")}
    fixed = {"attribute": "firstName", "attribute.value": "Fixed"}
    mappers = {
        "first": _broker("hardcoded-attribute-idp-mapper", **fixed),
        "department": _attribute("extra", "department"),
        "undeclared": _attribute("department", "undeclared"),
    }
    return said, [Door("entra", entra={"usernameClaim": "upn"}, people=6), Door("mapped", people=6, mappers=mappers)]
