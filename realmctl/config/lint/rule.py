"""What a rule of the lint is, and what it looks at: a realm as its files want it.

Must not know about: any single rule, YAML, servers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from realmctl.errors import Place
from realmctl.keycloak.catalog import fresh_realm
from realmctl.keycloak.token_roles import default_scopes, expand_roles, gets_tokens
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired
from realmctl.model.secret import HIDDEN, Secret
from realmctl.model.secret_values import has_secret, replace_secrets

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig

REALM = Address("realm")


@dataclass(frozen=True, slots=True)
class LintRule:
    """One thing that goes wrong in practice. `why` and `instead` are what its page says; `source` is who says so."""

    id: str
    why: str
    instead: str
    source: str
    check: Callable[[LintedRealm], Iterator[Doubt]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a rule found."""

    message: str
    place: Place


class LintedRealm:
    """A realm's files, as rules ask about them. Of what Keycloak ships only what the files say of it is judged."""

    def __init__(self, config: RealmConfig) -> None:
        self.config = config
        self.desired = _without_secrets(config.desired)

    def of(self, *kinds: str) -> Iterator[Declared]:
        """The declared objects of some kinds."""
        return (declared for declared in self.desired.resources.values() if declared.address.kind in kinds)

    def get(self, kind: str, *names: str) -> Declared | None:
        """One declared object."""
        return self.desired.resources.get(Address(kind, names))

    def realm(self, field: str) -> Any:
        """A setting of the realm: as declared, else what a new realm has."""
        declared = self.desired.resources[REALM]
        return declared.fields.get(field, _shipped().get(field))

    def setting_place(self, field: str) -> Place:
        """Where a setting of the realm stands, or would."""
        return self.desired.resources[REALM].origin.place(field)

    @cached_property
    def gateway(self) -> str:
        """The client of the gateway, "" where the files have none."""
        return str(getattr(self.config.words.get("oauth2Proxy"), "clientId", ""))

    @cached_property
    def clients(self) -> list[LintedClient]:
        """The declared clients that Keycloak does not ship."""
        shipped = {client["clientId"] for client in _shipped()["clients"]}
        return [LintedClient(self, one) for one in self.of("client") if one.address.name not in shipped]

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], list[Declared]]:
        found: dict[tuple[str, str], list[Declared]] = {}
        for mapper in self.of("protocol-mapper", "scope-mapper"):
            found.setdefault((mapper.address.kind, mapper.address.names[0]), []).append(mapper)
        return found

    def mappers(self, client: str) -> Iterator[Declared]:
        """The protocol mappers of a client, and of the client scopes that it always has."""
        yield from self._by_owner.get(("protocol-mapper", client), ())
        for scope in sorted(self.scopes(client)):
            yield from self._by_owner.get(("scope-mapper", scope), ())

    def granted(self, roles: Iterable[Address]) -> set[Address]:
        """These roles, and all that they are composed of, as the files say it."""

        def composites(link: Address) -> Iterable[str]:
            declared = self.desired.resources.get(link)
            return (declared.fields.get("composites") or ()) if declared else ()

        return expand_roles(roles, composites)

    def scopes(self, client: str) -> set[str]:
        """The names of a client's default scopes: its own, else the realm's."""
        return default_scopes(self.desired, client)


@dataclass(frozen=True)
class LintedClient:
    """A declared client; what it leaves unsaid is what a new one gets."""

    look: LintedRealm
    declared: Declared

    @property
    def id(self) -> str:
        """Its client id."""
        return self.declared.address.name

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Its attributes, as texts."""
        return self.declared.fields.get("attributes") or {}

    def is_(self, flag: str, *, unsaid: bool = False) -> bool:
        """A flag of it."""
        value = self.declared.fields.get(flag)
        return unsaid if value is None else bool(value)

    @property
    def saml(self) -> bool:
        """Whether it speaks SAML."""
        return self.declared.fields.get("protocol") == "saml"

    @property
    def code_flow(self) -> bool:
        """Whether people log in to it with the authorization code flow."""
        return not self.saml and not self.is_("bearerOnly") and self.is_("standardFlowEnabled", unsaid=True)

    @property
    def gets_tokens(self) -> bool:
        """Whether anything makes Keycloak issue tokens to it."""
        return gets_tokens(self.declared.fields)

    def place(self, *path: str | int) -> Place:
        """Where something of it stands."""
        return self.declared.origin.place(*path)

    def doubt(self, message: str, *path: str | int) -> Doubt:
        """A doubt about it."""
        return Doubt(f"client '{self.id}' {message}", self.place(*path))


def _without_secrets(desired: Desired) -> Desired:
    """The realm with `(secret)` where a secret stands, so that a rule may take every text for one."""
    resources = {
        address: replace(want, fields=replace_secrets(want.fields, _hidden)) if has_secret(want.fields) else want
        for address, want in desired.resources.items()
    }
    return replace(desired, resources=resources)


def _hidden(secret: Secret) -> Secret | str:
    """Return a secret as the rules see it: Keycloak's own `${vault.key}` is none."""
    return secret if secret.vault else HIDDEN


@cache
def _shipped() -> Mapping[str, Any]:
    """Return an untouched realm, as Keycloak ships it: one for all rules, to read only."""
    return fresh_realm()
