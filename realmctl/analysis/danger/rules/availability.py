"""Rules about what a change takes away: logins, applications, roles, people, and what the files protect.

Must not know about: keys (`keys`), policies (`policies`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.rule import DangerRule, Found, list_names, name_text, say
from realmctl.analysis.danger.rules.administration import demanded_by
from realmctl.analysis.danger.settings import Row, lowered, table, turned_off
from realmctl.analysis.danger.sites import addresses as client_addresses
from realmctl.analysis.danger.sites import host_of, site, sites_of
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, items, number, plain, text
from realmctl.engine.plan.ownership import holders
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.sentence import Sentence

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


def _protected(t: Transition) -> Iterator[Found]:
    for address in t.changed:
        if address in t.protected and address in t.before and address not in t.after:
            told = say("{what} {name} is deleted, although the files protect it.",
                       what=(kinds()[address.kind].title.capitalize(),), name=name_text(address))  # fmt: skip
            yield Found(H, told, address)


def _sources(view: RealmView) -> list[Address]:
    """The identity providers and directories that people can come from."""
    providers = [one for one in view.of("identity-provider") if is_true(view.get(one, "enabled"), default=True)]
    components = (one for one in view.of("component") if one.names[0] == "userFederation")
    return providers + [one for one in components if is_true(view.get(one, "config", "enabled"), default=True)]


def _providers(t: Transition) -> Iterator[Found]:
    severity = M if _sources(t.after) else H
    for provider in (one for one in t.changed if one.kind == "identity-provider"):
        was = provider in t.before and is_true(t.before.get(provider, "enabled"), default=True)
        now = provider in t.after and is_true(t.after.get(provider, "enabled"), default=True)
        if was and not now:
            yield Found(severity, say("Nobody can log in through {name} any more.", name=provider.name), provider)
    for component in (one for one in t.changed if one.kind == "component" and one.names[0] == "userFederation"):
        was = component in t.before and is_true(t.before.get(component, "config", "enabled"), default=True)
        now = component in t.after and is_true(t.after.get(component, "config", "enabled"), default=True)
        if was and not now:
            told = say("Nobody of the directory {name} can log in any more.", name=component.name)
            yield Found(severity, told, component)


def _clients(t: Transition) -> Iterator[Found]:
    for client in (one for one in t.changed if one.kind == "client"):
        was = client in t.before and is_true(t.before.get(client, "enabled"), default=True)
        now = client in t.after and is_true(t.after.get(client, "enabled"), default=True)
        if not was or now:
            continue
        sessions = [note for note in t.costs.get(client, ()) if "session" in note]
        own = client.name in ("account", "account-console", "security-admin-console", "admin-cli", "broker",
                              "realm-management")  # fmt: skip
        tail = f" It {sessions[0]}." if sessions else ""
        told = (*say("Nobody can log in to client {name}, and it gets no tokens.", name=client.name), tail)
        yield Found(H if sessions or own else M, tuple(one for one in told if one), client)


def _roles(t: Transition) -> Iterator[Found]:
    """Roles and groups that go, with what is known of who has them."""
    for role in t.gone("role", "client-role", "group"):
        if any(above in t.touched and above not in t.after for above in holders(role)):
            continue
        services = demanded_by(t, role)
        costs = t.costs.get(role, ())
        what = "members of the group" if role.kind == "group" else "holders of the role"
        told: Sentence = (f"All {what} ", *say("{name} lose what it gives them", name=name_text(role)))
        told = (*told, ": the service ", *list_names(services), " refuses them.") if services else (*told, ".")
        told = (*told, f" It is {costs[0]}.") if costs and costs[0].startswith("held") else told
        yield Found(H if services else M if costs else L, told, role)


def _lost(t: Transition) -> Iterator[Found]:
    """Default roles and groups that nobody gets any more, where services ask for the roles."""
    link = next((one for one in t.changed if one.kind == "default-roles"), None)
    if link is None:
        return
    gone = [one for one in t.before.roles(link, "defaultRoles") if one not in t.after.roles(link, "defaultRoles")]
    bad = [one for one in gone if demanded_by(t, one)]
    if bad:
        services = list_names(service for one in bad for service in demanded_by(t, one))
        told = ("Everybody loses ", *list_names(map(name_text, bad)), ", which the service ", *services, " asks for.")
        yield Found(H, told, link, ("defaultRoles",))


_ENDING = ("delete", "disable", "remove", "revoke", "unlink", "leave")


def _workflows(t: Transition) -> Iterator[Found]:
    for workflow in t.of("workflow"):
        if not is_true(t.after.get(workflow, "enabled"), default=True):
            continue
        old = () if not is_true(t.before.get(workflow, "enabled"), default=True) else t.before.get(workflow, "steps")
        known = {text(step.get("uses")) for step in old or ()} if workflow in t.before else set()
        uses = [text(step.get("uses")) for step in t.after.get(workflow, "steps") or ()]
        bad = [one for one in uses if one.startswith(_ENDING)]
        wider = any(t.before.get(workflow, key) != t.after.get(workflow, key) for key in ("if", "on", "schedule"))
        if bad and (set(bad) - known or wider):
            condition = text(t.after.get(workflow, "if"))
            whom = say("users with {condition}", condition=condition) if condition else ("all users",)
            told = (
                *say("The workflow {name} takes away by {uses}, for ", name=workflow.name, uses=list_names(bad)),
                *whom,
                ".",
            )
            yield Found(M if condition else H, told, workflow, ("steps",))


def _organizations(t: Transition) -> Iterator[Found]:
    """Whose people belong to an organization, and where they are sent."""
    owner = {domain: one for one in t.before.of("organization") for domain in _domains(t.before.get(one, "domains"))}
    used = _used_domains(t.before) if any(t.of("organization")) else frozenset()
    linked = {
        provider: link for link in t.before.of("organization-identity-providers")
        for provider in _linked(t.before, link)
    }  # fmt: skip
    for organization in t.of("organization"):
        come = [one for one in _domains(t.after.get(organization, "domains")) if owner.get(one) != organization]
        if come:
            taken = [one for one in come if one in owner or site(one.removeprefix("*.")) in used]
            told = say("People with addresses at {domains} belong to the organization {name}, and its identity "
                "provider "
                       "logs them in.", domains=list_names(taken or come), name=organization.name)  # fmt: skip
            why: Sentence = (
                (" The realm's own people or another organization already use this domain.",) if taken else ()
            )
            yield Found(H if taken else M, (*told, *why), organization, ("domains",))
    for link in t.of("organization-identity-providers"):
        more = _linked(t.after, link) - _linked(t.before, link)
        if more:
            others = [linked[one].name for one in sorted(more) if linked.get(one, link) != link]
            told = say("{providers} decides who the people of the organization {name} are: they log in through it.",
                       name=link.name, providers=list_names(sorted(one.rpartition("/")[2] for one in more)),
                   )  # fmt: skip
            why = (" It is the identity provider of ", *list_names(others), ".") if others else ()
            yield Found(H if others else M, (*told, *why), link, tuple(t.after.fields(link))[:1])


def _linked(view: RealmView, link: Address) -> set[str]:
    return {one for value in view.fields(link).values() for one in items(value)}


def _used_domains(view: RealmView) -> frozenset[str]:
    """Sites of the realm's own: of its clients, its people's addresses, and the address that its mails come from."""
    addresses = [plain(view.get(user, "email")) for user in view.of("user")]
    addresses += [plain(view.realm("smtpServer", key)) for key in ("from", "replyTo")]
    own = frozenset(site(one.rpartition("@")[2].lower()) for one in addresses if "@" in one)
    hosts = {host_of(one) for client in view.of("client") for one in client_addresses(view, client)}
    return own | sites_of({*hosts, host_of(plain(view.realm("attributes", "frontendUrl")))})


def _domains(value: object) -> list[str]:
    return [str(one.get("name")) for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _short_tokens(old: Any, new: Any) -> Severity | None:
    """Judge the lifetime of tokens: -1 is as long as the session, and not short."""
    return None if number(new) == -1 else lowered(H, under=60, mild=None)(old, new)


RULES = (
    table(
        "realm-off",
        H,
        "Nobody can log in",
        "A realm that is switched off, or that forgets people soon, is out of service.",
        "Keep `enabled: true`.",
        Row("realm", "enabled", turned_off(H), "Nobody can log in: the realm is switched off."),
        Row("realm", "accessTokenLifespan", _short_tokens, "Access tokens live {new} seconds."),
        Row(
            "realm",
            "ssoSessionMaxLifespan",
            lowered(H, under=300, mild=None),
            "People are logged out after {new} seconds.",
        ),
        Row(
            "realm",
            "ssoSessionIdleTimeout",
            lowered(H, under=60, mild=None),
            "People are logged out after {new} seconds.",
        ),
        Row("user", "enabled", turned_off(M), "The user {name} can't log in any more.", True),
        Row("organization", "enabled", turned_off(M), "People of the organization {name} can't log in as such.", True),
    ),
    DangerRule(
        "protected-gone",
        H,
        "Something that the files protect goes away",
        "`protected: true` is there so that an object is not deleted by mistake. Taking it away in the same change "
        "does "
        "not lift it: what was protected at the last apply counts.",
        "Ask who protected it.",
        _protected,
    ),
    DangerRule(
        "login-source-gone",
        H,
        "People who come from one place are locked out",
        "Everybody who logs in through an identity provider or a directory is locked out without it. High where no "
        "other "
        "provider and no other directory is left, else medium.",
        "Move the people first.",
        _providers,
        ("identity-provider.enabled", "component.config.enabled"),
    ),
    DangerRule(
        "client-gone",
        H,
        "An application is out of service",
        "Nobody can log in to a client that is gone or switched off. High where it has live sessions, and for "
        "Keycloak's "
        "own clients; else medium.",
        "Check that nothing uses the client.",
        _clients,
        ("client.enabled",),
    ),
    DangerRule(
        "role-gone",
        H,
        "People lose a role or a group",
        "High where a service at the gateway asks for the role, medium where people have it, else low.",
        "Rename it with `renamedFrom`: people keep it.",
        _roles,
    ),
    DangerRule(
        "default-role-gone",
        H,
        "Everybody loses a role",
        "Services that ask for the role refuse everybody.",
        "Give the role another way first.",
        _lost,
        ("default-roles.defaultRoles",),
    ),
    DangerRule(
        "workflow-takes-away",
        H,
        "A workflow takes accounts or roles away",
        "A workflow acts on people by itself. Without a condition it acts on all of them.",
        "Write a condition, and try it with one account.",
        _workflows,
        ("workflow.steps", "workflow.if", "workflow.on", "workflow.enabled", "workflow.schedule"),
    ),
    DangerRule(
        "organization-changed",
        H,
        "People of a domain log in in another way",
        "An organization's domains decide where people with such addresses log in. High where another organization, "
        "the "
        "realm's clients or its people already use the domain, and where the identity provider is another "
        "organization's.",
        "Check who owns the domain.",
        _organizations,
        ("organization.domains", "organization-identity-providers.identityProviders"),
    ),
)
