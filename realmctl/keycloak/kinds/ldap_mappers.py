"""The mappers that Keycloak makes with a new LDAP provider. Pure. Must not know about: drift, plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.model.objects import Live

Config = Mapping[str, str]

_ATTRIBUTE = "user-attribute-ldap-mapper"
_EDIT_MODES = (("true", "true"), ("false", "true"), ("true", "false"), ("false", "false"))
"""`read.only` and whether values are always read, by edit mode: that of the provider may have changed since."""


def is_made_with(provider: Live, live: Live) -> bool:
    """Return whether a mapper is as Keycloak makes it with an LDAP provider.

    A new provider gets mappers by its vendor and settings (LDAPStorageProviderFactory.onCreate, 26.7.3).
    """
    if provider.fields.get("providerId") != "ldap" or live.fields.get("subComponents"):
        return False
    config = _plain(live.fields.get("config") or {})
    made = _ldap_mappers(_plain(provider.fields.get("config") or {}))
    return any(
        (name, kind) == (live.address.name, live.fields.get("providerId")) and wanted == config
        for name, kind, wanted in made
    )


def _ldap_mappers(provider: Config) -> Iterator[tuple[str, str, Config]]:
    """Name, type and config of each mapper that Keycloak may have made for a provider with these settings."""
    username, rdn = provider.get("usernameLDAPAttribute", ""), provider.get("rdnLDAPAttribute", "")
    is_directory = provider.get("vendor") == "ad"
    for read_only, always in _EDIT_MODES:

        def attribute(
            name: str, model: str, ldap: str, mandatory: bool, ro: str = read_only, read: str = always
        ) -> tuple[str, str, Config]:
            return name, _ATTRIBUTE, {
                "user.model.attribute": model,
                "ldap.attribute": ldap,
                "read.only": ro,
                "always.read.value.from.ldap": read,
                "is.mandatory.in.ldap": "true" if mandatory else "false",
            }  # fmt: skip

        yield attribute("username", "username", username, True, read="false")
        if rdn.lower() != "cn":
            yield attribute("first name", "firstName", "cn", True)
        elif username.lower() == "cn":
            yield attribute("first name", "firstName", "givenName", True)
        else:
            yield attribute("first name", "firstName", "givenName", True)
            yield attribute("username-cn", "username", "cn", True, read="false")
            full = {"ldap.full.name.attribute": "cn", "read.only": read_only, "write.only": "false"}
            yield "full name", "full-name-ldap-mapper", full
        yield attribute("last name", "lastName", "sn", True)
        yield attribute("email", "email", "mail", False, read="false")
        for name, model, in_ad, other in (
            ("creation date", "createTimestamp", "whenCreated", "createTimestamp"),
            ("modify date", "modifyTimestamp", "whenChanged", "modifyTimestamp"),
        ):
            yield attribute(name, model, in_ad if is_directory else other, False, ro="true")
    yield "Kerberos principal attribute mapper", "kerberos-principal-attribute-mapper", {}
    if is_directory:
        for config in ({}, {"always.read.enabled.value.from.ldap": "true"}):
            yield "MSAD account controls", "msad-user-account-control-mapper", config
    else:
        random = {"ldap.attribute.name": "userPassword", "ldap.attribute.value": "RANDOM"}
        yield "random initial password", "hardcoded-ldap-attribute-mapper", random


def _plain(config: Mapping[str, Any]) -> dict[str, str]:
    """A component's config with one text for each key; empty ones are left out."""
    found = {key: value[0] if isinstance(value, list) and value else value for key, value in config.items()}
    return {key: str(value) for key, value in found.items() if value not in (None, "", [])}
