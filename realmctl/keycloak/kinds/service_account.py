"""The user that a client's service account is, asked for without making it.

`GET clients/ID/service-account-user` makes the user where there is none, and gives the client the scope
`service_account` (26.7.3, by experiment, also with the right to view alone): what only reads asks for the user by name.
Must not know about: what the user has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from realmctl.keycloak.kinds.base import Look


def account_query(client: str) -> Mapping[str, str]:
    """Return the query of `users` that finds the account; an import may have given it a name that this misses."""
    return {"username": f"service-account-{client}".lower(), "exact": "true"}


def account_of(look: Look, client: str) -> dict[str, Any] | None:
    """Return the user of a client's service account, None where there is none yet."""
    found = look.listed("users", query=account_query(client))
    return dict(found[0]) if found else None


def accounts(look: Look, clients: Sequence[str]) -> list[dict[str, Any]]:
    """Return the users of the service accounts that there are, each with the name of its client as an export has it."""
    found = look.side_by_side(partial(account_of, look, client) for client in clients)
    return [{**user, "serviceAccountClientId": name} for name, user in zip(clients, found, strict=True) if user]
