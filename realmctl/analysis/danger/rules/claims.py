"""Rules about what tokens say of a person: claims that anybody can set, and roles that nobody gave.

Must not know about: for whom a token is (`audiences`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, name_text, say
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, items, plain
from realmctl.keycloak.catalog import fresh_profile
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_PROFILE = Address("user-profile")
_ROLES = ("oidc-usermodel-realm-role-mapper", "oidc-usermodel-client-role-mapper", "oidc-group-membership-mapper",
          "saml-role-list-mapper", "saml-group-membership-mapper")  # fmt: skip
_FROM_USER = ("oidc-usermodel-attribute-mapper", "saml-user-attribute-mapper", "oidc-script-based-protocol-mapper")
_FIXED = ("oidc-hardcoded-claim-mapper", "saml-hardcode-attribute-mapper")
_SCRIPT = "script"
_POWER = frozenset(
    {
        "realm_access",
        "resource_access",
        "roles",
        "role",
        "groups",
        "group",
        "permissions",
        "authorities",
        "Role",
        "Roles",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        "https://aws.amazon.com/SAML/Attributes/Role",
    }
)
"""Claims by which services decide what somebody may do."""
_IDENTITY = frozenset(
    {"sub", "iss", "aud", "azp", "client_id", "scope", "acr", "amr", "sid", "preferred_username", "username", "email",
     "email_verified", "upn", "unique_name", "oid", "tid", "act", "may_act", "auth_time", "exp", "cnf", "mail", "uid",
     "NameID", "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:0.9.2342.19200300.100.1.1",
     "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
     "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
     "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
     "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"}
)  # fmt: skip
"""Claims that say who it is, who issued it, for whom and by which proof."""
_OWN_SOURCE = {"email": "email", "email_verified": "emailVerified", "preferred_username": "username", "upn": "username",
               "username": "username", "mail": "email"}  # fmt: skip
"""Claims that a property of the same meaning may well fill."""


@dataclass(frozen=True)
class _Claim:
    """A claim that somebody other than an administrator decides about, or that is the same for everybody."""

    mapper: Address
    claim: str
    how: str
    value: str = ""


def role_claims(view: RealmView) -> frozenset[str]:
    """Return the claims that hold roles or groups in a realm, with the first part of nested ones."""
    found = set(_POWER)
    for mapper in view.of("protocol-mapper", "scope-mapper"):
        if view.said(mapper, "protocolMapper") in _ROLES:
            name = _claim_of(view, mapper)
            found |= {name, name.split(".")[0]} if name else set()
    return frozenset(found)


def _claim_of(view: RealmView, mapper: Address) -> str:
    config = view.get(mapper, "config") or {}
    return plain(config.get("claim.name")) or plain(config.get("attribute.name"))


def editable(view: RealmView, attribute: str) -> bool:
    """Return whether people may set an attribute of their own account."""
    profile = view.fields(_PROFILE)
    known = {**_shipped(), **(profile.get("attributes") or {})}.get(attribute)
    if known is None:
        return plain(profile.get("unmanagedAttributePolicy")) == "ENABLED"
    return "user" in ((known.get("permissions") or {}).get("edit") or ())


@cache
def _shipped() -> Mapping[str, Any]:
    """The attributes of an untouched realm, which no export tells until somebody changes them."""
    return {one["name"]: one for one in fresh_profile()["attributes"]}


def _claims(view: RealmView) -> Iterator[_Claim]:
    for mapper in view.of("protocol-mapper", "scope-mapper"):
        kind, config = view.said(mapper, "protocolMapper"), view.get(mapper, "config") or {}
        claim = _claim_of(view, mapper)
        if kind == "oidc-claims-param-value-idtoken-mapper" and claim:
            yield _Claim(mapper, claim, "request")
        elif kind == "saml-user-attribute-nameid-mapper":
            attribute = plain(config.get("user.attribute"))
            yield _Claim(mapper, "NameID", "own" if editable(view, attribute) else "attribute", attribute)
        elif _SCRIPT in kind:
            yield _Claim(mapper, claim or "any claim", "script", kind)
        elif kind in _FIXED and claim:
            yield _Claim(
                mapper, claim, "fixed", plain(config.get("claim.value")) or plain(config.get("attribute.value"))
            )
        elif kind in _FROM_USER and claim:
            attribute = plain(config.get("user.attribute"))
            yield _Claim(mapper, claim, "own" if editable(view, attribute) else "attribute", attribute)
        elif kind.endswith(("-property-mapper", "note-mapper", "parameterized-scope-mapper")) and claim:
            source = plain(config.get("user.attribute")) or plain(config.get("user.session.note")) or kind
            yield _Claim(mapper, claim, "property", source)


def _forged(t: Transition) -> Iterator[Found]:
    before = set(_claims(t.before))
    filled = {(one.claim, _whose(one.mapper)): one for one in before}
    roles = role_claims(t.before) | role_claims(t.after)
    opened: dict[Severity, dict[str, list[str]]] = {}
    for one in _claims(t.after):
        # An attribute that people wrote themselves, and only administrators write now, is no worse.
        if one in before or (one.how == "attribute" and replace(one, how="own") in before):
            continue
        former = filled.get((one.claim, _whose(one.mapper)))
        judged = _judge(one, roles) or _refilled(one, former)
        if judged is None:
            continue
        severity, what = judged
        # Services already read the claim, or people could not write the attribute before.
        taken = former is not None and former.value != one.value
        if severity is M and (taken or one.mapper not in t.touched):
            severity = M if one.claim in _PROFILE_CLAIMS else H
        if one.mapper not in t.touched:
            opened.setdefault(severity, {}).setdefault(one.value, []).append(one.claim)
            continue
        whose: Sentence = ("Tokens with the scope ",) if one.mapper.kind == "scope-mapper" else ("Tokens of client ",)
        told = (*whose, *say("{holder} ", holder=one.mapper.names[0]), *what)
        yield Found(severity, told, one.mapper, ("config", "claim.name"))
    for severity, attributes in opened.items():
        claims = (claim for every in attributes.values() for claim in every)
        lead = "People can now write attributes of their own account that services read in tokens: "
        yield Found(severity, (lead, *list_names(attributes), " (in the claims ", *list_names(claims), ")."), _PROFILE)


_PROFILE_CLAIMS = frozenset(
    {"name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender",
     "birthdate", "zoneinfo", "locale", "updated_at", "phone_number", "phone_number_verified", "address"}
)  # fmt: skip
"""Claims of OpenID Connect that a person fills by design."""


def _whose(mapper: Address) -> str:
    """Whose tokens a mapper writes into: a client's by its id; those of scopes are one another's neighbours."""
    return mapper.names[0] if mapper.kind == "protocol-mapper" else f"scope {mapper.names[0]}"


def _refilled(one: _Claim, former: _Claim | None) -> tuple[Severity, Sentence] | None:
    """Judge a claim that held something of the person before, and is filled from elsewhere now."""
    if former is None or former.value == one.value or one.how not in ("fixed", "property", "attribute"):
        return None
    source = {"fixed": "the same value for everybody", "property": "the value of", "attribute": "the attribute"}[
        one.how
    ]
    told = say(f"hold in the claim {{claim}} {source} {{value}}, instead of {{former}}.", claim=one.claim,
               value=one.value, former=former.value)  # fmt: skip
    return H if one.how != "attribute" else M, told


def _judge(one: _Claim, roles: frozenset[str]) -> tuple[Severity, Sentence] | None:
    power = one.claim in roles or one.claim.split(".")[0] in _POWER or one.claim.replace("\\.", ".") in roles
    identity = one.claim.split(".")[0] in _IDENTITY
    if one.how == "request":
        told = say(
            "hold in the claim {claim} whatever the application, or a link to the login, asks for.", claim=one.claim
        )
        return (C if power else H), told
    if one.how == "script":
        return H, say("are written by the program {kind}, which may claim anything.", kind=one.value)
    if one.how == "fixed":
        if power:
            return C, say(
                "say that everybody has {value}: the claim {claim}, which services use for access, has the same "
                "value for all.",
                value=one.value, claim=one.claim,
            )  # fmt: skip
        return (H, say("say {claim} = {value} of everybody.", claim=one.claim, value=one.value)) if identity else None
    if one.how == "own":
        told = say(
            "hold in the claim {claim} the attribute {attribute}, which people can write in their own account.",
            claim=one.claim, attribute=one.value,
        )  # fmt: skip
        return (C if power else H if identity else M), told
    if one.how == "attribute" and (power or identity):
        told = say("hold the attribute {attribute} in the claim {claim}, which services trust: anyone who can write "
            "the attribute "
                   "decides what the token says.",
                   claim=one.claim, attribute=one.value)  # fmt: skip
        return H, told
    if one.how == "property" and (power or (identity and _OWN_SOURCE.get(one.claim) != one.value)):
        told = say(
            "hold the value of {source} in the claim {claim}, which services trust.", claim=one.claim, source=one.value
        )
        return H, told
    return None


def _sources(view: RealmView) -> Iterator[tuple[str, str, Address]]:
    """Claims that hold roles, each with whose roles these are: a client's, all clients', the realm's with a prefix.

    Scopes that no client has by default are left out.
    """
    used = {scope for client in view.of("client") for scope in view.scopes(client)}
    for mapper in view.of("protocol-mapper", "scope-mapper"):
        if mapper.kind == "scope-mapper" and mapper.names[0] not in used:
            continue
        kind, config = view.said(mapper, "protocolMapper"), view.get(mapper, "config") or {}
        claim = _claim_of(view, mapper)
        if claim and kind == "oidc-usermodel-client-role-mapper":
            client = plain(config.get("usermodel.clientRoleMapping.clientId"))
            prefix = plain(config.get("usermodel.clientRoleMapping.rolePrefix"))
            yield claim, f"roles of {f'client {client}' if client else 'all clients'}{_prefixed(prefix)}", mapper
        elif claim and kind == "oidc-usermodel-realm-role-mapper":
            prefix = plain(config.get("usermodel.realmRoleMapping.rolePrefix"))
            yield claim, f"roles of the realm{_prefixed(prefix)}", mapper
        elif claim and kind == "oidc-group-membership-mapper":
            yield claim, "groups" if is_true(config.get("full.path"), default=True) else "last names of groups", mapper


def _prefixed(prefix: str) -> str:
    return f" with {prefix} before them" if prefix else ""


def _mixed(t: Transition) -> Iterator[Found]:
    """A claim that holds other roles than before, or one more sort of them."""
    before: dict[tuple[Address, str], set[str]] = {}
    known: dict[str, set[str]] = {}
    for claim, source, mapper in _sources(t.before):
        before.setdefault((mapper, claim), set()).add(source)
        known.setdefault(claim, set()).add(source)
    for claim, source, mapper in _sources(t.after):
        if claim in known and source not in known[claim] and mapper in t.touched:
            told = say("The claim {claim}, which services use for access, now also holds {source}.",
                       claim=claim, source=source)  # fmt: skip
            yield Found(H, told, mapper, ("config",))
    yield from _lookalikes(t)


def _lookalikes(t: Transition) -> Iterator[Found]:
    """A new role or group that looks in a claim like another one, by which a service decides."""
    names = {role.rpartition(".")[2]: role for role in t.demanded} | {one.name: name_text(one) for one in t.protected
             if one.kind in ("role", "client-role")}  # fmt: skip
    sources = {source for _, source, _ in _sources(t.after)}
    for role in t.of("client-role"):
        if not t.is_new(role) or role.name not in names or ".".join(role.names) in t.demanded:
            continue
        if {"roles of all clients", f"roles of client {role.names[0]}"} & sources:
            told = say("In tokens the new role {role} has the same name as {other}: services cannot tell the two "
                "apart.", role=name_text(role),
                       other=names[role.name])  # fmt: skip
            yield Found(H, told, role)
    last: dict[str, Address] = {}
    for group in t.before.of("group") if "last names of groups" in sources else ():
        last.setdefault(group.name, group)
    for group in t.of("group"):
        other = last.get(group.name)
        if t.is_new(group) and other and other != group:
            told = say(
                "In tokens the new group {group} has the same name as {other}: services cannot tell the two apart.",
                group=name_text(group),
                other=name_text(other),
            )
            yield Found(H, told, group)


def _profile(t: Transition) -> Iterator[Found]:
    """What people may set of their own account, and how it is checked."""
    profile = _PROFILE
    if profile not in t.touched:
        return
    old, new = (plain(one) for one in t.pair(profile, "unmanagedAttributePolicy"))
    if new == "ENABLED" and old != "ENABLED":
        told: Sentence = (
            "People can add any attribute to their own account, including those that services and mappers trust.",
        )
        yield Found(H, told, profile, ("unmanagedAttributePolicy",))
    was, now = (view.get(profile, "attributes") or {} for view in (t.before, t.after))
    for name, attribute in now.items():
        there = was.get(name)
        if there is None:
            continue
        edit, before = (set((one.get("permissions") or {}).get("edit") or ()) for one in (attribute, there))
        if "user" in edit - before:
            told = say("People can now edit {name} of their own account.", name=name)
            yield Found(H if name in ("email", "username") else M, told, profile, ("attributes", name))
        view, seen = (set((one.get("permissions") or {}).get("view") or ()) for one in (attribute, there))
        if "user" in view - seen:
            yield Found(L, say("People see {name} of their own account.", name=name), profile, ("attributes", name))
        gone = sorted(set(there.get("validations") or {}) - set(attribute.get("validations") or {}))
        if gone:
            told = say("{name} is not checked by {checks} any more.", name=name, checks=list_names(gone))
            yield Found(M, told, profile, ("attributes", name, "validations"))
        if there.get("required") is not None and attribute.get("required") is None:
            yield Found(L, say("People need not say {name}.", name=name), profile, ("attributes", name))


def _given(t: Transition) -> Iterator[Found]:
    """Attributes of users and groups that stand in tokens as roles, or say who it is."""
    changed = list(t.of("user", "group"))
    roles = role_claims(t.after) if changed else frozenset()
    decisive = {
        one.value for one in _claims(t.after)
        if one.how in ("attribute", "own") and (one.claim in roles or one.claim in _IDENTITY)
    } if changed else set()  # fmt: skip
    for address in changed:
        old, new = (view.get(address, "attributes") or {} for view in (t.before, t.after))
        come = [key for key in sorted(new) if key in decisive and set(items(new[key])) - set(items(old.get(key)))]
        if come:
            told = say("{who} gets {keys} in tokens, which services use for access.", who="/".join(address.names),
                       keys=list_names(come))  # fmt: skip
            yield Found(H, told, address, ("attributes", come[0]))
    for user in t.of("user"):
        if t.is_new(user):
            continue
        if is_true(t.after.get(user, "enabled")) and not is_true(t.before.get(user, "enabled"), default=True):
            yield Found(M, say("The user {name} can log in again.", name=user.name), user, ("enabled",))
        old, new = t.pair(user, "email")
        if plain(old) and plain(new) != plain(old):
            told = say("Mails that set a new password of {name} go to {address}.", name=user.name, address=plain(new))
            yield Found(H, told, user, ("email",))
        if is_true(t.after.get(user, "emailVerified")) and not is_true(t.before.get(user, "emailVerified")):
            told = say("The address of {name} counts as checked.", name=user.name)
            yield Found(M, told, user, ("emailVerified",))


_MAPPERS = tuple(f"{kind}.{field}" for kind in ("protocol-mapper", "scope-mapper")
                 for field in ("config.*", "protocolMapper"))  # fmt: skip

RULES = (
    DangerRule(
        "claim-forged",
        C,
        "Tokens claim what nobody gave",
        "Services decide by claims. One that is the same for everybody, or that people write themselves, gives away "
        "what it stands for. Critical for claims that hold roles or groups, high for those that say who it is, medium "
        "for other claims that people write themselves.",
        "Fill claims of roles by role mappers alone, and let only administrators edit attributes that stand in tokens.",
        _forged,
        (*_MAPPERS, "user-profile.attributes", "user-profile.unmanagedAttributePolicy"),
    ),
    DangerRule(
        "role-claim-mixed",
        H,
        "A role of somebody else passes for another one",
        "Services read names out of a claim. Where one more client's roles stand in it, or a new role or group has the "
        "name of another one, anyone who gives the new one gives the old one's rights.",
        "Give each client's roles a claim of their own, and roles names that no other has.",
        _mixed,
        (*_MAPPERS, "client-role.renamedFrom", "group.renamedFrom"),
    ),
    DangerRule(
        "profile-opened",
        H,
        "People may set more of their own account",
        "What people may write themselves is no proof of anything; services and mappers that go by it believe them.",
        "Write `permissions: { edit: [admin] }` for attributes that anything decides by.",
        _profile,
        ("user-profile.attributes", "user-profile.unmanagedAttributePolicy"),
    ),
    DangerRule(
        "account-changed",
        H,
        "A user or a group is given what services decide by",
        "An attribute that stands in tokens as a role, an address to which a new password is sent, or an account that "
        "works again.",
        "Give roles, not attributes.",
        _given,
        ("user.attributes", "group.attributes", "user.email", "user.emailVerified", "user.enabled"),
    ),
)
