"""Hosts in addresses, and which of them the realm already trusts: sites that its applications are at.

Pure. Must not know about: rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.values import items, plain
from realmctl.model.address import Address

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

_SHARED = (
    "github.io", "gitlab.io", "azurewebsites.net", "azurestaticapps.net", "web.core.windows.net",
    "cloudapp.azure.com", "azureedge.net", "azurefd.net", "trafficmanager.net", "herokuapp.com", "vercel.app", "now.sh",
    "netlify.app", "pages.dev", "workers.dev", "cloudfront.net", "amazonaws.com", "elasticbeanstalk.com", "appspot.com",
    "web.app", "firebaseapp.com", "run.app", "ngrok.io", "ngrok.app", "ngrok-free.app", "trycloudflare.com",
    "onrender.com", "blob.core.windows.net",
    "fly.dev", "railway.app", "surge.sh", "glitch.me", "repl.co", "replit.app", "netlify.com", "nip.io", "sslip.io",
    "duckdns.org", "dyndns.org", "no-ip.org", "ddns.net", "blogspot.com", "wordpress.com", "cluster.local",
)  # fmt: skip
"""Domains under which anybody may have a host: each host there is a site of its own."""

_IP = re.compile(r"[0-9.]+|\[?[0-9a-f:]+\]?")


def host_of(address: str) -> str:
    """Return the host of an address in lower case; "" for a relative one and for a placeholder."""
    said = address.strip().replace("\\", "/")
    if "://" not in said:
        return ""
    try:
        host = urlsplit(said).hostname or ""
    except ValueError:
        host = said.split("://", 1)[1].split("/", 1)[0]
    return "" if "${" in host or host.startswith("$(") else host.rstrip(".")


def site(host: str) -> str:
    """Return the part of a host's name that somebody registered: `example.com` of `apps.example.com`."""
    if _IP.fullmatch(host) or "." not in host:
        return host
    for shared in _SHARED:
        if host == shared or host.endswith(f".{shared}"):
            return host
    parts = host.split(".")
    # co.uk, com.au, …: a short name below a country's is no site of its own.
    deep = len(parts) > 2 and len(parts[-1]) == 2 and (len(parts[-2]) <= 3 or parts[-2] in ("gouv", "asso"))
    return ".".join(parts[-3:] if deep else parts[-2:])


def in_clear(address: str) -> bool:
    """Return whether an address is reached without TLS over a network."""
    scheme = address.split("://", 1)[0].lower()
    return scheme in ("http", "ldap", "ws") and host_of(address) not in LOOPBACK


def addresses(view: RealmView, client: Address) -> Iterator[str]:
    """Return the addresses that a client names: where it is, and where logins to it may end."""
    fields = view.fields(client)
    root = plain(fields.get("rootUrl"))
    for key in ("redirectUris", "webOrigins"):
        yield from (resolve_uri(uri, root) for uri in items(fields.get(key)))
    yield from (resolve_uri(plain(fields.get(key)), root) for key in ("rootUrl", "baseUrl", "adminUrl"))
    said = fields.get("attributes") or {}
    yield from (resolve_uri(uri, root) for uri in items(said.get("post.logout.redirect.uris")))


def resolve_uri(uri: str, root: str) -> str:
    """Return a URI of a client as Keycloak takes it: relative ones begin at the client's root."""
    return f"{root.rstrip('/')}{uri}" if uri.startswith("/") and root else uri


def known_sites(view: RealmView) -> frozenset[str]:
    """Return the sites of a realm's clients, its own address, and its organizations' domains."""
    hosts = {host_of(one) for client in view.of("client") for one in addresses(view, client)}
    hosts.add(host_of(plain(view.realm("attributes", "frontendUrl"))))
    for organization in view.of("organization"):
        hosts |= {str(one.get("name")) for one in view.fields(organization).get("domains") or ()}
    return sites_of(hosts)


def sites_of(hosts: Iterable[str]) -> frozenset[str]:
    """Return the sites of hosts, loopback addresses and nothing left out."""
    return frozenset(site(host) for host in hosts if host and host not in LOOPBACK and "*" not in host)
