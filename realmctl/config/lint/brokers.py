"""Rules about identity providers: whether what they say is checked, and how much it is trusted.

Must not know about: clients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.config.lint.rule import Doubt, LintedRealm, LintRule
from realmctl.model.objects import Declared

_OPEN = frozenset(
    {"google", "github", "gitlab", "bitbucket", "facebook", "twitter", "instagram", "linkedin-openid-connect",
     "microsoft", "paypal", "stackoverflow"}
)  # fmt: skip
"""Types of providers where anybody may have an account."""


_ANYBODY = re.compile(r"login\.(microsoftonline\.\w+|partner\.microsoftonline\.cn)/(common|organizations|consumers)\b")
"""Addresses of Entra for people of every tenant."""


def _config(provider: Declared) -> Mapping[str, Any]:
    return provider.fields.get("config") or {}


def _oidc(look: LintedRealm) -> Iterator[Declared]:
    return (one for one in look.of("identity-provider") if one.fields.get("providerId") in ("oidc", "keycloak-oidc"))


def _unverified(look: LintedRealm) -> Iterator[Doubt]:
    for provider in _oidc(look):
        name = provider.address.name
        if _config(provider).get("validateSignature") != "true":
            told = f"the signatures of identity provider '{name}' are not checked"
            yield Doubt(told, provider.origin.place("config", "validateSignature"))
        elif not _config(provider).get("issuer"):
            told = f"the issuer of identity provider '{name}' is not checked: whoever its keys sign for may come in"
            yield Doubt(told, provider.origin.place("config", "issuer"))


def _trust(look: LintedRealm) -> Iterator[Doubt]:
    entra = look.config.words.get("entra")
    several = len(getattr(entra, "tenants", None) or ()) > 1
    for provider in look.of("identity-provider"):
        if not provider.fields.get("trustEmail"):
            continue
        name = provider.address.name
        if provider.fields.get("providerId") in _OPEN or _ANYBODY.search(
            str(_config(provider).get("issuer") or _config(provider).get("authorizationUrl"))
        ):
            told = f"addresses from identity provider '{name}', where anybody may have an account, count as verified"
            yield Doubt(told, provider.origin.place("trustEmail"))
        elif several and name == getattr(entra, "alias", "") and getattr(entra, "emailClaim", "") == "email":
            told = f"addresses from identity provider '{name}' count as verified, whichever of the tenants sets them"
            yield Doubt(told, provider.origin.place("trustEmail"))


def _pkce(look: LintedRealm) -> Iterator[Doubt]:
    for provider in _oidc(look):
        if _config(provider).get("pkceEnabled") != "true":
            told = f"logins through identity provider '{provider.address.name}' go without PKCE"
            yield Doubt(told, provider.origin.place("config", "pkceEnabled"))


def _auto_link(look: LintedRealm) -> Iterator[Doubt]:
    flows = {flow.address.name: str(flow.fields.get("executions")) for flow in look.of("flow")}
    linking = {alias for alias, steps in flows.items() if "'idp-auto-link'" in steps}
    for provider in look.of("identity-provider"):
        flow = provider.fields.get("firstBrokerLoginFlowAlias")
        if flow in linking:
            told = (
                f"who comes from identity provider '{provider.address.name}' takes over the account of the same name "
                "or address, without proof that it is theirs"
            )
            yield Doubt(told, provider.origin.place("firstBrokerLoginFlowAlias"))


RULES = (
    LintRule(
        "broker-unverified",
        "A login is only as good as the check of who signed it.",
        "Write `validateSignature: true`, `useJwksUrl: true`, `jwksUrl` and `issuer`.",
        "OpenID Connect Core 1.0, 3.1.3.7",
        _unverified,
    ),
    LintRule(
        "trust-email",
        "Who may choose an address freely at the provider then has it here, and services that go by it are fooled.",
        "Write `trustEmail: false`, or take the address from a claim that the provider vouches for.",
        "Microsoft: Migrate away from using email claims for user identification or authorization",
        _trust,
    ),
    LintRule(
        "broker-pkce",
        "Without PKCE a code that leaks on its way back from the provider can be injected into another login.",
        "Write `pkceEnabled: true` and `pkceMethod: S256`.",
        "RFC 9700 (OAuth 2.0 Security Best Current Practice), 2.1.1",
        _pkce,
    ),
    LintRule(
        "auto-link",
        "An address proves nothing about who owns an account that exists already.",
        "Have the flow ask for the account's password (`firstLogin: create`), unless nobody can choose an address.",
        "Keycloak, Server Administration Guide: Automatically link existing first login flow (a note warns of it)",
        _auto_link,
    ),
)
