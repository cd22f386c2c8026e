"""One realm's registration: signed in, read, held against the realm.

Must not know about: terminals, output formats.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from realmctl.config.macros.entra import EntraSaying
from realmctl.integrations.entra.access import GraphAccess, access
from realmctl.integrations.entra.finding import EntraRemark
from realmctl.integrations.entra.registration import Registration
from realmctl.integrations.entra.requirements import Want
from realmctl.integrations.entra.rules import check
from realmctl.integrations.entra.rules.claims import custom

if TYPE_CHECKING:
    from realmctl.config.loader import RealmConfig

Say = Callable[[str], None]


@dataclass(frozen=True)
class RegistrationCheck:
    """What was found in one realm at `now`."""

    want: Want
    registration: Registration
    remarks: Sequence[EntraRemark]
    now: datetime

    @property
    def counts(self) -> Counter[str]:
        """How many remarks of each severity."""
        return Counter(remark.severity for remark in self.remarks)


def check_realm(
    want: Want, options: Mapping[str, Any], environ: Mapping[str, str], *, now: datetime, say: Say, tell: Say
) -> RegistrationCheck:
    """Reads the registration and asks every rule. `tell` is for what a person has to do (a device code).

    Raises UsageProblem, ServerError and its kin.
    """
    policies = custom(want)
    how = access(want.word.authority, want.word.home, options, environ)
    registration = registration_of(want.word, want.client_id, how, policies=policies, say=say, tell=tell)
    return RegistrationCheck(want, registration, check(want, registration, now), now)


def registration_of(
    word: EntraSaying,
    client_id: str,
    how: GraphAccess,
    *,
    policies: bool = False,
    say: Say,
    tell: Say,
) -> Registration:
    """The registration with that client id in the word's tenant, with its claims-mapping `policies` if asked for."""
    from realmctl.integrations.entra.graph import Graph
    from realmctl.integrations.entra.read import read
    from realmctl.integrations.entra.signin import SignIn

    say(f"Signing in to {how.authority} as {how.account}")
    graph = Graph(how, SignIn(how, tell).bearer)
    try:
        say(f"Reading the app registration {client_id}")
        return read(graph, client_id, word.groups, policies=policies, address=how.graph)
    finally:
        graph.close()


def client_id_of(config: RealmConfig, word: EntraSaying) -> str:
    """The client id that the broker uses: the word's, unless the provider's own config says another."""
    return str(config.expanded["identityProviders"][word.alias]["config"].get("clientId", word.clientId))
