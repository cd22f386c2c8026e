"""Services behind the gateway: what their rules ask for has to be in the token, and no path may slip past them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from realmctl.config.checks.callback import keycloak_path
from realmctl.config.checks.subject import Subject
from realmctl.config.macros.oauth2_proxy import OAuth2ProxySaying
from realmctl.errors import Finding
from realmctl.keycloak.token_contents import Carried, carried_contents, role_named
from realmctl.model.address import Address
from realmctl.model.service import RoleRule, Service, covers, segments
from realmctl.model.suggestion import meant

_Path = tuple[str | int, ...]


def check(subject: Subject) -> Iterator[Finding]:
    """Names, hosts, paths, audiences, roles and claims of every service."""
    if not subject.services or not subject.complete:
        return
    if subject.gateway is None:
        place = subject.place("services")
        message = "services stand behind a gateway, and nothing says which: the word oauth2Proxy is missing"
        yield Finding("no-gateway", message, place, "write oauth2Proxy: {hosts: […], clientSecret: $(env:NAME)}")
        return
    token = carried_contents(subject.desired, subject.gateway.clientId)
    for name, service in subject.services.items():
        here: _Path = ("services", name)
        yield from _name(subject, name)
        yield from _hosts(subject, service, subject.gateway, here)
        yield from _audience(subject, service, subject.gateway, token, here)
        for index, path in enumerate(service.paths):
            yield from _reserved(subject, path, subject.gateway, (*here, "paths", index))
        for index, rule in enumerate(service.rules):
            yield from _rule_paths(subject, name, rule, subject.gateway, (*here, "rules", index))
            yield from _roles(subject, rule, token, (*here, "rules", index))
    yield from _same_path(subject, subject.services, subject.gateway)
    yield from _narrow(subject, subject.gateway)


def _narrow(subject: Subject, gateway: OAuth2ProxySaying) -> Iterator[Finding]:
    """A warning: nobody gets in who should not, but somebody may be kept out."""
    client = subject.desired.resources.get(Address("client", (gateway.clientId,)))
    if client and client.fields.get("fullScopeAllowed") is False and any(s.rules for s in subject.services.values()):
        message = f"with fullScopeAllowed: false, the token of '{gateway.clientId}' has no role but those of its scopes"
        advice = "take it out, or see that scopeMappings have every role that the rules of services ask for"
        yield Finding("narrow-scope", message, client.origin.place("fullScopeAllowed"), advice, "warning")


def _name(subject: Subject, name: str) -> Iterator[Finding]:
    plain = name.replace("-", "x")
    if not (plain.isascii() and plain.isalnum() and name == name.lower()) or name[0] == "-" or name[-1] == "-":
        message = f"'{name}' can't be a service's name: Kubernetes names policies by it"
        advice = "lower-case letters, digits and dashes, such as orders-api"
        yield Finding("bad-service-name", message, subject.place("services", name), advice)


def _hosts(subject: Subject, service: Service, gateway: OAuth2ProxySaying, here: _Path) -> Iterator[Finding]:
    for index, host in enumerate(service.hosts):
        if host not in gateway.hosts:
            message = f"'{host}' is no host of the gateway{meant(host, gateway.hosts)}"
            place = subject.place(*here, "hosts", index)
            yield Finding("unknown-host", message, place, f"hosts of oauth2Proxy: {', '.join(gateway.hosts)}")


def _audience(
    subject: Subject, service: Service, gateway: OAuth2ProxySaying, token: Carried, here: _Path
) -> Iterator[Finding]:
    place = subject.place(*here, "audience")
    if service.audience == gateway.clientId:
        message = f"'{service.audience}' is the gateway's own audience, which ID tokens have, too"
        yield Finding("unknown-audience", message, place, "give the service one of its own in tokens.audiences")
    elif service.audience not in token.audiences:
        known = [one for one in token.audiences if one != gateway.clientId]
        message = f"nothing puts the audience '{service.audience}' into the gateway's token"
        yield Finding("unknown-audience", message + meant(service.audience, known), place, "add it to tokens.audiences")


def _reserved_paths(subject: Subject, gateway: OAuth2ProxySaying) -> dict[str, str]:
    """The paths that no service can have, and whose they are."""
    # It answers the second one itself, and with yes, whoever asks.
    found = {gateway.proxy_prefix: "oauth2-proxy", "/robots.txt": "oauth2-proxy"}
    if (keycloak := keycloak_path(subject)) is not None:
        found[keycloak] = "Keycloak"
    return found


def _reserved(subject: Subject, path: str, gateway: OAuth2ProxySaying, here: _Path) -> Iterator[Finding]:
    for prefix, owner in _reserved_paths(subject, gateway).items():
        # A backend that folds case would take /Auth for /auth.
        if covers(prefix.casefold(), path.casefold()):
            message = f"{path} is {owner}'s: what is under {prefix} never reaches a service"
            yield Finding("reserved-path", message, subject.place(*here), "choose another path")


def _rule_paths(
    subject: Subject, name: str, rule: RoleRule, gateway: OAuth2ProxySaying, here: _Path
) -> Iterator[Finding]:
    service = subject.services[name]
    for index, path in enumerate(rule.paths):
        place = (*here, "paths", index)
        if taken := list(_reserved(subject, path, gateway, place)):
            yield from taken
        elif not (own := [one for one in service.paths if covers(one, path)]):
            message = f"the rule for {path} never fits: the service is reached at {', '.join(service.paths)}"
            guess = meant(path, (own.rstrip("*").rstrip("/") + path for own in service.paths))
            advice = "write the path as the browser does"
            yield Finding("unreached-path", message + guess, subject.place(*place), advice)
        else:
            longest = max(len(segments(one)) for one in own)
            yield from _led_elsewhere(subject, name, path, longest, gateway, place)


def _led_elsewhere(
    subject: Subject, name: str, path: str, longest: int, gateway: OAuth2ProxySaying, here: _Path
) -> Iterator[Finding]:
    """A rule's path that another service has, and longer than `longest`: the gateway takes the longest one."""
    mine = subject.services[name]
    hosts = mine.hosts or gateway.hosts
    for other, service in subject.services.items():
        # Policies are the pods': with the same ones, the rule holds all the same.
        for wins in service.paths if service.pods(other) != mine.pods(name) else ():
            shared = [host for host in hosts if host in (service.hosts or gateway.hosts)]
            if shared and covers(wins, path) and len(segments(wins)) > longest:
                whole = len(shared) == len(hosts)
                where = "" if whole else f" on {', '.join(shared)}"
                message = f"the rule for {path} never fits{where}: the service '{other}' has {wins}"
                advice = f"put the rule into '{other}', where such a request ends"
                place = subject.place(*here)
                yield Finding("unreached-path", message, place, advice, "error" if whole else "warning")


def _roles(subject: Subject, rule: RoleRule, token: Carried, here: _Path) -> Iterator[Finding]:
    if rule.claim is not None and rule.claim not in (known := [one.name for one in token.roles]):
        message = f"no claim '{rule.claim}' with roles is in the access token{meant(rule.claim, known)}"
        advice = f"claims with roles: {', '.join(known)}" if known else "add one to tokens.claims: {realmRoles: true}"
        yield Finding("unknown-claim", message, subject.place(*here, "claim"), advice)
        return
    for index, text in enumerate(rule.roles):
        place = subject.place(*here, "roles", index)
        role = role_named(text, subject.exists)
        if role is None:
            guess = meant(text, _role_names(subject))
            message = f"there is no role '{text}' in these files{guess}"
            yield Finding("unknown-role", message, place, "declare it: nobody has it, so nobody would get in")
            role = token.likely(text)
        claims = [one for one in token.claims(role) if rule.claim in (None, one.name)]
        whose = f"roles of {role.names[0]}" if role.kind == "client-role" else "realm roles"
        if not claims:
            wanted = "realmRoles: true" if role.kind == "role" else f"clientRoles: {role.names[0]}"
            where = f"the claim '{rule.claim}' has no {whose}" if rule.claim else f"no claim carries {whose}"
            message = f"'{text}' is not in the access token where the rule looks: {where}"
            yield Finding("role-not-in-token", message, place, f"tokens.claims has to have one with {wanted}")
        elif (value := claims[0].prefix + role.name).startswith("*") or value.endswith("*"):
            message = f"Istio would take '{value}' for any role of such a beginning or end"
            yield Finding("role-not-in-token", message, place, "choose a role without * at its ends")


def _role_names(subject: Subject) -> list[str]:
    known = (*subject.desired.resources, *subject.builtin)
    return [".".join(one.names) for one in known if one.kind in ("role", "client-role")]


def _same_path(subject: Subject, services: Mapping[str, Service], gateway: OAuth2ProxySaying) -> Iterator[Finding]:
    taken: dict[tuple[str, tuple[str, ...]], str] = {}
    for name, service in services.items():
        for index, path in enumerate(service.paths):
            for host in service.hosts or gateway.hosts:
                first = taken.setdefault((host, segments(path)), name)
                if first != name:
                    message = f"{path} on {host} is the service '{first}' already"
                    place = subject.place("services", name, "paths", index)
                    yield Finding("same-path", message, place, "a path leads to one service")
                    break
