"""Rules about hosts that receive secrets, tokens or passwords, and hosts whose word Keycloak takes.

Must not know about: where a login ends in a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from realmctl.analysis.danger.rule import DangerRule, Found, list_names, name_text, say
from realmctl.analysis.danger.sites import LOOPBACK, host_of, in_clear, known_sites, site, sites_of
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import items, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity
from realmctl.model.secret import Secret

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

_REALM = Address("realm")

_CLIENT: Mapping[str, tuple[Severity, str]] = {
    "attributes/jwks.url": (C, "its keys come from there: anyone who runs it can log in as the client"),
    "attributes/jwks.uri": (C, "its keys come from there: anyone who runs it can log in as the client"),
    "attributes/backchannel.logout.url": (H, "Keycloak sends it who logs out"),
    "attributes/frontchannel.logout.url": (H, "the browser tells it who logs out"),
    "attributes/request.uris": (H, "Keycloak takes login requests from there"),
    "attributes/ciba.backchannel.client.notification.endpoint": (H, "Keycloak sends it tokens"),
    "attributes/saml_single_logout_service_url_post": (H, "Keycloak sends it who logs out"),
    "attributes/saml_single_logout_service_url_redirect": (H, "Keycloak sends it who logs out"),
    "attributes/saml_single_logout_service_url_soap": (H, "Keycloak sends it who logs out"),
    "attributes/saml_single_logout_service_url_artifact": (H, "Keycloak sends it who logs out"),
    "attributes/saml_artifact_resolution_service_url": (H, "Keycloak sends it who logs in"),
    "attributes/saml.metadata.descriptor.url": (C, "its keys come from there"),
    "attributes/saml_idp_initiated_sso_relay_state": (M, "logins end with it as their target"),
    "adminUrl": (H, "Keycloak sends it who logs out, and which tokens are revoked"),
    "baseUrl": (M, "Keycloak's pages link to it"),
    "rootUrl": (M, "relative addresses of the client begin there"),
    "attributes/logoUri": (L, "Keycloak's pages show it"),
    "attributes/policyUri": (M, "Keycloak's pages link to it"),
    "attributes/tosUri": (M, "Keycloak's pages link to it"),
}  # fmt: skip
"""Addresses of a client that Keycloak calls or shows: how bad a foreign host is, and why."""


def _clients(t: Transition) -> Iterator[Found]:
    known = known_sites(t.before)
    for client in t.of("client"):
        for path, (severity, why) in _CLIENT.items():
            steps = tuple(path.split("/"))
            old, new = (items(one) for one in t.pair(client, *steps))
            for address in (one for one in new if one not in old):
                host = host_of(address)
                if not host or host in LOOPBACK:
                    continue
                foreign = site(host) not in known
                same = host in {host_of(one) for one in old}
                if not foreign and (same or t.is_new(client)):
                    continue
                told = say("Client {client} names {address}: " + why + ".", client=client.name, address=address)
                soft = not foreign or t.is_birth or not known or (t.is_new(client) and severity is not C)
                yield Found(_lower(severity) if soft else severity, told, client, steps)


def _lower(severity: Severity) -> Severity:
    return {C: H, H: M}.get(severity, L)


_MAPPER_HOSTS = "sectorIdentifierUri"


def _sector(t: Transition) -> Iterator[Found]:
    for mapper in t.of("protocol-mapper", "scope-mapper"):
        old, new = (plain(one) for one in t.pair(mapper, "config", _MAPPER_HOSTS))
        if new and host_of(new) != host_of(old):
            told = say("Keycloak asks {address} which clients share a person's identifier.", address=new)
            yield Found(M, told, mapper, ("config", _MAPPER_HOSTS))


PROVIDER_ENDPOINTS = (
    "authorizationUrl", "tokenUrl", "userInfoUrl", "jwksUrl", "issuer", "logoutUrl", "tokenIntrospectionUrl",
    "metadataDescriptorUrl", "singleSignOnServiceUrl", "singleLogoutServiceUrl", "artifactResolutionServiceUrl",
    "idpEntityId", "bundleEndpoint", "trustDomain", "baseUrl", "apiUrl", "emailUrl", "tenantId",
)  # fmt: skip
"""Config keys of identity providers that lead to the provider, or say which one it is."""


def _providers(t: Transition) -> Iterator[Found]:
    for provider in t.of("identity-provider"):
        if t.is_new(provider):
            continue
        old, new = (
            {key: plain(view.get(provider, "config", key)) for key in PROVIDER_ENDPOINTS}
            for view in (t.before, t.after)
        )
        moved = [
            key for key in PROVIDER_ENDPOINTS if new[key] not in ("", old[key]) and (old[key] or host_of(new[key]))
        ]
        if not moved:
            continue
        mine = sites_of(map(host_of, old.values()))
        foreign = [key for key in moved if host_of(new[key]) and site(host_of(new[key])) not in mine]
        name, path = name_text(provider), ("config", (foreign or moved)[0])
        if foreign:
            told = say(
                "Another host decides about logins through {name}, and receives their tokens and the client's secret: "
                "{hosts}.",
                name=name,
                hosts=list_names(host_of(new[key]) for key in foreign),
            )
            yield Found(C, told, provider, path)
        else:
            told = say(
                "Another provider or tenant decides about logins through {name}: {keys} changed.",
                name=name,
                keys=list_names(moved),
            )
            yield Found(H, told, provider, path)
        clear = [key for key in moved if in_clear(new[key]) and not in_clear(old[key])]
        if clear and not foreign:
            told = say("Logins through {name} go over plain http: {keys}.", name=name, keys=list_names(clear))
            yield Found(H, told, provider, ("config", clear[0]))


def _mail(t: Transition) -> Iterator[Found]:
    if _REALM not in t.touched:
        return
    known = known_sites(t.before)
    for key in ("host", "authTokenUrl"):
        old, new = (plain(one) for one in t.pair(_REALM, "smtpServer", key))
        host, was = (host_of(one) or one.lower() for one in (new, old))
        if not host or host == was:
            continue
        near = site(host) in known | sites_of([was])
        severity = M if near or host in LOOPBACK or t.is_birth else C if was else H
        told = say(
            "Mails of the realm, with links that reset passwords, and the mail account's password go to {host}.",
            host=host,
        )
        yield Found(severity, told, _REALM, ("smtpServer", key))
    for key in ("starttls", "ssl"):
        before, after = ({one: plain(v.realm("smtpServer", one)) == "true" for one in ("starttls", "ssl")}
                         for v in (t.before, t.after))  # fmt: skip
        if before[key] and not any(after.values()):
            told = ("Mails of the realm, with links that reset passwords, go over the network without TLS.",)
            yield Found(H, told, _REALM, ("smtpServer", key))
            break
    for key in ("from", "replyTo"):
        old, new = (plain(one).rpartition("@")[2].lower() for one in t.pair(_REALM, "smtpServer", key))
        if old and new and site(new) != site(old):
            told = say("Mails of the realm say that they come from {domain}; answers go there.", domain=new)
            yield Found(M, told, _REALM, ("smtpServer", key))


def _directories(t: Transition) -> Iterator[Found]:
    for component in t.of("component"):
        old, new = (_urls(one) for one in t.pair(component, "config", "connectionUrl"))
        if not new or new == old or t.is_new(component):
            continue
        mine = sites_of(map(host_of, old))
        for url in (one for one in new if host_of(one) not in set(map(host_of, old))):
            near = site(host_of(url)) in mine
            told = say(
                "Passwords of people in the directory {name} are sent to {host}, and it decides who they are.",
                name=component.name,
                host=host_of(url),
            )
            yield Found(M if near else C, told, component, ("config", "connectionUrl"))


def _urls(value: object) -> list[str]:
    return plain(value).replace("##", " ").split()


def _issuer(t: Transition) -> Iterator[Found]:
    if _REALM not in t.touched:
        return
    old, new = (plain(one) for one in t.pair(_REALM, "attributes", "frontendUrl"))
    if new == old:
        return
    foreign = host_of(new) and site(host_of(new)) not in known_sites(t.before)
    severity = M if t.is_birth and not foreign else C if foreign and not t.is_birth else H
    told = say(
        "Keycloak's pages, links in mails and the issuer of tokens are at {url}: people type their passwords there.",
        url=new or "the address of each request",
    )
    yield Found(severity, told, _REALM, ("attributes", "frontendUrl"))


def _secrets(t: Transition) -> Iterator[Found]:
    """A secret that stands at one object, and now at another one, too (or instead)."""
    if t.is_birth:
        return
    holders: dict[str, dict[Address, tuple[str, ...]]] = {}
    for address, path, ref in _references(t):
        holders.setdefault(ref, {})[address] = path
    for ref, where in holders.items():
        for address, path in where.items():
            others = [one for one in where if one != address]
            if address not in t.touched or not others or _same_secret(t, address, path, ref):
                continue
            told = say(
                "The secret {ref} of {other} is now used by {name}, too: whatever is there receives it.",
                ref=ref,
                other=list_names(map(named_with_kind, others)),
                name=named_with_kind(address),
            )
            yield Found(H, told, address, path)


_CLEAR = {"client": (("secret",),), "identity-provider": (("config", "clientSecret"),),
          "realm": (("smtpServer", "password"),), "component": (("config", "bindCredential"),)}  # fmt: skip


def _in_files(t: Transition) -> Iterator[Found]:
    """Secrets that stand in the files as text: anyone who reads the repository has them."""
    if t.desired is None:
        return
    for address, one in t.desired.resources.items():
        for path in _CLEAR.get(address.kind, ()) if address in t.touched else ():
            secret: object = one.fields
            for key in path:
                secret = secret.get(key) if isinstance(secret, Mapping) else None
            secret = next((each for found, each in _within(secret, ()) if not found), None)
            clear = isinstance(secret, Secret) and not secret.reference and not secret.vault and secret.reveal()
            moved = (
                t.is_new(address) or ".".join(path) in t.paths.get(address, ()) or path[0] in t.paths.get(address, ())
            )
            if clear and moved:
                told = say("The secret of {name} stands in the files: everybody who can read the repository can use "
                    "it.",
                           name=named_with_kind(address))  # fmt: skip
                yield Found(H, told, address, path)


def named_with_kind(address: Address) -> str:
    """Return `client/app`, `realm`: an address as it is pasted."""
    return str(address)


def _same_secret(t: Transition, address: Address, path: tuple[str, ...], ref: str) -> bool:
    """Whether the object had it before, or nobody can tell: a mask is unknown, and an unchanged place is no news."""
    was = t.before.get(address, *path)
    if ref.startswith("${vault."):
        return plain(was) == ref
    return was is not None and ".".join(path) not in t.paths.get(address, ())


def _references(t: Transition) -> Iterator[tuple[Address, tuple[str, ...], str]]:
    resources: Iterable[tuple[Address, Mapping[str, object]]] = (
        ((one.address, one.fields) for one in t.desired.resources.values()) if t.desired else ()
    )
    for address, fields in resources:
        for path, secret in _within(fields, ()):
            if isinstance(secret, Secret) and (secret.vault or secret.reference):
                yield address, path, plain(secret) if secret.vault else secret.reference
    for address in t.before.of("client", "identity-provider", "component", "realm"):
        for path, value in _within(t.before.fields(address), ()):
            if isinstance(value, str) and value.startswith("${vault."):
                yield address, path, value


def _within(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within(item, (*path, str(key)))
    elif isinstance(value, list) and len(value) == 1:
        yield from _within(value[0], path)
    else:
        yield path, value


def _fields(kind: str, keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{kind}.{key.replace('/', '.', 1)}" for key in keys)


RULES = (
    DangerRule(
        "client-endpoint-moved",
        C,
        "Keycloak calls or trusts another host for a client",
        "Keycloak sends logout and other tokens to these addresses, takes keys and requests from them, or links to "
        "them. Critical where the keys by which a client proves itself come from a site that the realm did not know.",
        "Check who runs the host.",
        _clients,
        _fields("client", _CLIENT),
    ),
    DangerRule(
        "subject-shared",
        M,
        "Another host says which clients share identifiers",
        "Clients with the same sector get the same identifier for a person, and can put together what they know.",
        "Check who runs the host.",
        _sector,
        ("protocol-mapper.config.sectorIdentifierUri", "scope-mapper.config.sectorIdentifierUri"),
    ),
    DangerRule(
        "provider-endpoint-moved",
        C,
        "Another host or tenant decides about logins",
        "Anyone who is at an identity provider's addresses says who a person is, and receives the client's secret. "
        "Critical for another site; high for another tenant, issuer or address at the same one, and for plain http.",
        "Check the addresses against the provider's own metadata.",
        _providers,
        _fields("identity-provider", (f"config/{key}" for key in PROVIDER_ENDPOINTS)),
    ),
    DangerRule(
        "mail-server-moved",
        C,
        "Mails go to another host, or in the clear",
        "A mail that resets a password is a login for everybody who reads it, and the mail server receives its "
        "account's password.",
        "Check who runs the mail server, and write `starttls: true` or `ssl: true`.",
        _mail,
        tuple(f"realm.smtpServer.{key}" for key in ("host", "authTokenUrl", "starttls", "ssl", "from", "replyTo")),
    ),
    DangerRule(
        "directory-moved",
        C,
        "Passwords go to another directory",
        "People's passwords, and the password by which Keycloak binds, are sent to the directory's address.",
        "Check who runs the host.",
        _directories,
        ("component.config.connectionUrl",),
    ),
    DangerRule(
        "issuer-moved",
        C,
        "Keycloak's own address changes",
        "`frontendUrl` is where people log in, where links in mails lead, and what tokens name as their issuer.",
        "Check that the host is Keycloak's own.",
        _issuer,
        ("realm.attributes.frontendUrl",),
    ),
    DangerRule(
        "secret-in-files",
        H,
        "A secret stands in the files",
        "Everybody who can read the repository, now or later, can use a secret that is written there as text.",
        "Write `$(env:NAME)` or a reference to Keycloak's vault, and replace the secret.",
        _in_files,
        ("client.secret", "identity-provider.config.clientSecret", "realm.smtpServer.password",
         "component.config.bindCredential"),
    ),
    DangerRule(
        "secret-shared",
        H,
        "A secret is used in one more place",
        "A secret of one provider, client or server that is written at another object is sent to whatever host that "
        "object names.",
        "Give each object a secret of its own.",
        _secrets,
        ("client.secret", "identity-provider.config.clientSecret", "realm.smtpServer.password",
         "component.config.bindCredential"),
    ),
)  # fmt: skip
