"""Rules about for whom tokens are, which roles may stand in them, and what scopes bring.

Must not know about: what claims say.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, name_text, say
from realmctl.analysis.danger.rules.administration import power
from realmctl.analysis.danger.settings import Row, table, turned_off, turned_on
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_AUDIENCE = ("oidc-audience-mapper", "saml-audience-mapper")


def audiences(view: RealmView, client: Address) -> frozenset[str]:
    """Return the services that tokens of a client always name as their audience, the client itself left out."""
    found = set()
    for mapper in view.mappers(client):
        if view.said(mapper, "protocolMapper") in _AUDIENCE:
            config = view.get(mapper, "config") or {}
            found |= {plain(config.get(key)) for key in ("included.client.audience", "included.custom.audience")}
    return frozenset(found - {"", client.name})


def _audience_changes(t: Transition) -> Iterator[tuple[Address, frozenset[str], frozenset[str]]]:
    if not any(one.kind in _RELEVANT for one in t.changed):
        return
    for client in t.after.of("client"):
        old, new = audiences(t.before, client), audiences(t.after, client)
        if old != new:
            yield client, old, new


_RELEVANT = frozenset({"protocol-mapper", "scope-mapper", "client-scopes-of-client", "realm-client-scopes", "client",
                       "client-scope"})  # fmt: skip


def _root(t: Transition, client: Address, names: frozenset[str]) -> Address:
    """The change by which a client's tokens have another audience."""
    for view in (t.after, t.before):
        for mapper in view.mappers(client):
            config = view.get(mapper, "config") or {}
            said = {plain(config.get(key)) for key in ("included.client.audience", "included.custom.audience")}
            if mapper in t.touched and said & names:
                return mapper
    link = Address("client-scopes-of-client", client.names)
    return link if link in t.touched else client


def _added(t: Transition) -> Iterator[Found]:
    known = {one for client in t.before.of("client") for one in audiences(t.before, client)}
    found: dict[tuple[Address, frozenset[str]], list[Address]] = {}
    for client, old, new in _audience_changes(t):
        come = frozenset(one for one in new - old if one in known or Address("client", (one,)) in t.before)
        if come:
            found.setdefault((_root(t, client, come), come), []).append(client)
    for (root, come), clients in found.items():
        usual = all(t.is_new(client) for client in clients) or t.is_birth
        fresh = all(one not in known for one in come)
        told = say("{services} now accepts tokens of {clients}: anyone who has such a token can use it there.",
                   clients=list_names(one.name for one in clients), services=list_names(sorted(come)))  # fmt: skip
        yield Found(M if usual or fresh else H, told, root)


def _dropped(t: Transition) -> Iterator[Found]:
    found: dict[tuple[Address, frozenset[str]], list[Address]] = {}
    for client, old, new in _audience_changes(t):
        gone = old - new
        if gone and not t.is_new(client):
            found.setdefault((_root(t, client, gone), gone), []).append(client)
    for (root, gone), clients in found.items():
        removed = all(
            Address("client", (one,)) not in t.after and Address("client", (one,)) in t.before for one in gone
        )
        told = say(
            "Tokens of {clients} no longer have the audience {services}: that service refuses them, or, if it does "
            "not check, accepts tokens that were made for others.",
            clients=list_names(one.name for one in clients), services=list_names(sorted(gone)),
        )  # fmt: skip
        yield Found(M if removed else H, told, root)


def _subject(t: Transition) -> Iterator[Found]:
    """Clients whose tokens lose the person's identifier: the scope `basic`, or the mapper in it."""
    if not any(one.kind in _RELEVANT for one in t.changed):
        return
    lost = [
        client for client in t.after.of("client")
        if not t.is_new(client) and _has_subject(t.before, client) and not _has_subject(t.after, client)
    ]  # fmt: skip
    if lost:
        told = say("Tokens of {clients} no longer contain the person's identifier (sub).",
                   clients=list_names(one.name for one in lost))  # fmt: skip
        link = Address("client-scopes-of-client", lost[0].names)
        yield Found(H, told, link if link in t.touched else next(iter(t.changed)))


def _has_subject(view: RealmView, client: Address) -> bool:
    return any(view.said(one, "protocolMapper") in ("oidc-sub-mapper", "oidc-sha256-pairwise-sub-mapper")
               for one in view.mappers(client))  # fmt: skip


def _full_scope(t: Transition) -> Iterator[Found]:
    for client in t.of("client"):
        on = is_true(t.after.get(client, "fullScopeAllowed"), default=True)
        if t.is_new(client):
            grants = [one for one in ("directAccessGrantsEnabled", "implicitFlowEnabled")
                      if is_true(t.after.get(client, one))]  # fmt: skip
            said = t.after.get(client, "fullScopeAllowed") is not None
            if on and (grants or said) and t.after.said(client, "protocol") != "saml" and not t.is_birth:
                told = say("Tokens of the new client {name} hold every role that the person has.", name=client.name)
                yield Found(H if grants else M, told, client, ("fullScopeAllowed",))
        elif on and not is_true(t.before.get(client, "fullScopeAllowed"), default=True):
            told = say("Tokens of client {name} hold every role that the person has.", name=client.name)
            yield Found(H, told, client, ("fullScopeAllowed",))


def _mapped(t: Transition) -> Iterator[Found]:
    """Roles that a client or a scope may put into tokens from now on."""
    for link in t.of("scope-mappings", "scope-mappings-of-scope"):
        old, new = (set(view.granted(view.roles(link, "scopeMappings"))) for view in (t.before, t.after))
        bad = [one for one in sorted(new - old) if power(one, t.after.name) in (C, H) or one in t.protected]
        if bad:
            what = "client" if link.kind == "scope-mappings" else "scope"
            told = say(f"Tokens of the {what} {{name}} may hold roles that administer: {{roles}}.", name=link.name,
                       roles=list_names(map(name_text, bad)))  # fmt: skip
            yield Found(H, told, link, ("scopeMappings",))


def _scopes(t: Transition) -> Iterator[Found]:
    """Scopes that are always in, and were only on request or not there."""
    for link in t.of("client-scopes-of-client", "realm-client-scopes"):
        client = Address("client", link.names)
        if link.names and t.is_new(client):
            continue
        field = "defaultClientScopes" if link.names else "defaultDefaultClientScopes"
        old, new = (
            {Address.parse(str(one)).name for one in view.get(link, field) or ()} for view in (t.before, t.after)
        )
        come = sorted(new - old)
        asked = "optionalClientScopes" if link.names else "defaultOptionalClientScopes"
        before, after = (set(view.get(link, asked) or ()) for view in (t.before, t.after))
        if _ENDLESS in after - before and _ENDLESS not in t.before.fields(link).get(field, ()):
            whose = say("client {name}", name=link.name) if link.names else ("new clients",)
            told: Sentence = ("Logins to ", *whose, " can request offline tokens, which outlive the session.")
            yield Found(M, told, link, (asked,))
        if come and t.before.fields(link):
            bad = [one for one in come if one == "offline_access" or _brings_power(t, one)]
            whose = say("client {name}", name=link.name) if link.names else ("new clients",)
            told = ("Tokens of ", *whose, " always contain the scopes ", *list_names(come), ".")
            yield Found(H if bad else L, told, link, (field,))


_ENDLESS = str(Address("client-scope", ("offline_access",)))


def _brings_power(t: Transition, scope: str) -> bool:
    link = Address("scope-mappings-of-scope", (scope,))
    roles = t.after.granted(t.after.roles(link, "scopeMappings"))
    return any(power(one, t.after.name) in (C, H) or one in t.protected for one in roles)


RULES = (
    DangerRule(
        "audience-added",
        H,
        "A service accepts tokens of one more client",
        "A token that names a service can be used there by anyone who holds it: the client itself, and everybody who "
        "steals it from there. Medium for a new client, and for a service that no token named before.",
        "Name a service only in tokens of clients that call it.",
        _added,
        ("protocol-mapper.config.included.client.audience", "scope-mapper.config.included.client.audience",
         "protocol-mapper.config.included.custom.audience", "scope-mapper.config.included.custom.audience",
         "client-scopes-of-client.defaultClientScopes"),
    ),
    DangerRule(
        "audience-dropped",
        H,
        "Tokens do not say any more for whom they are",
        "A service that checks the audience refuses such tokens. One that does not check takes tokens for every other "
        "service, too.",
        "Keep an audience for each service.",
        _dropped,
        ("protocol-mapper.config.included.client.audience", "scope-mapper.config.included.client.audience"),
    ),
    DangerRule(
        "subject-dropped",
        H,
        "Tokens do not say any more who it is",
        "`sub` is a person's identifier. Services that go by it know nobody any more, or go by something weaker.",
        "Keep the scope `basic`.",
        _subject,
        ("client-scopes-of-client.defaultClientScopes", "realm-client-scopes.defaultDefaultClientScopes"),
    ),
    DangerRule(
        "full-scope",
        H,
        "Tokens of a client hold every role",
        "A token that holds every role of a person, those that administer included, is worth stealing from any client.",
        "Write `fullScopeAllowed: false`, and the roles that the client needs in `scopeMappings`.",
        _full_scope,
        ("client.fullScopeAllowed",),
    ),
    DangerRule(
        "powerful-role-in-scope",
        H,
        "Tokens of a client may hold roles that administer",
        "A role that a client may put into tokens can be used by anyone who gets such a token.",
        "Leave roles that administer out of scope mappings.",
        _mapped,
        ("scope-mappings.scopeMappings", "scope-mappings-of-scope.scopeMappings"),
    ),
    DangerRule(
        "scope-always",
        H,
        "Tokens always hold what a scope brings",
        "A default scope is in every token. High for `offline_access` (tokens without an end) and for scopes with "
        "roles "
        "that administer; else low.",
        "Leave it optional: a client asks for it.",
        _scopes,
        ("client-scopes-of-client.defaultClientScopes", "realm-client-scopes.defaultDefaultClientScopes",
         "client-scopes-of-client.optionalClientScopes", "realm-client-scopes.defaultOptionalClientScopes"),
    ),
    table(
        "token-content-wider",
        M,
        "Tokens say more, or less is asked",
        "Lightweight tokens keep people's data out of what applications see; the scope of a token says what it is for.",
        "Keep tokens small.",
        Row("client", "attributes/client.use.lightweight.access.token.enabled", turned_off(M),
            "Access tokens of client {name} hold people's data."),
        Row("client-scope", "attributes/include.in.token.scope", turned_off(L), "Tokens do not name the scope {name}.",
            True),
        *(
            Row(kind, "config/addGroupRoleMappings", turned_on(M),
                "Roles of organizations' groups stand in tokens: {name}.", born=True)
            for kind in ("protocol-mapper", "scope-mapper")
        ),
        Row("client", "attributes/client.introspection.response.allow.jwt.claim.enabled", turned_on(M),
            "Client {name} gets whole tokens from introspection.", born=True),
    ),
)  # fmt: skip
