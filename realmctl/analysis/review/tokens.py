"""Whose tokens a plan changes, and how: claims, audiences, lifetimes. Pure.

What the tokens of single people become only tests tell, which ask Keycloak.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.analysis.danger import Transition
from realmctl.analysis.review.sentences import list_names
from realmctl.model.address import Address
from realmctl.model.change import Action, Change, Plan
from realmctl.model.sentence import Name, Sentence


def tokens(plan: Plan, t: Transition) -> Iterator[Sentence]:
    """A sentence for every change that shows in a token."""
    for change in plan.changes:
        if change.address.kind in ("protocol-mapper", "scope-mapper"):
            yield from _mapper(t, change)
        elif change.address.kind == "client-scopes-of-client":
            yield from _scopes(change)
        elif change.address.kind == "realm":
            for field in change.fields:
                if field.path == "accessTokenLifespan" and field.old is not None:
                    yield ("Access tokens live for ", f"{field.new} seconds instead of {field.old}.")


def _mapper(t: Transition, change: Change) -> Iterator[Sentence]:
    was = _said(t.before.fields(change.address))
    now = () if change.action is Action.DELETE else _said(t.after.fields(change.address))
    if was == now:
        return
    holder = change.address.names[0]
    if change.address.kind == "scope-mapper":
        clients = _clients_with(t, holder)
        whose: Sentence = ("the tokens of ", *list_names(clients)) if clients else (
            "tokens that ask for the scope ", Name(holder))  # fmt: skip
    else:
        whose = ("the tokens of ", Name(holder))
    if was:
        yield (*_capital(whose), " no longer hold ", *was, ".")
    if now:
        yield (*_capital(whose), " hold ", *now, ".")


def _clients_with(t: Transition, scope: str) -> list[str]:
    """The clients that have a scope by default, as it will be."""
    return [client.name for client in t.after.of("client") if scope in t.after.scopes(client)]


def _said(mapper: Any) -> Sentence:
    """What a mapper puts into a token; nothing for one that tells of no claim."""
    config = mapper.get("config") or {}
    audience = config.get("included.client.audience") or config.get("included.custom.audience")
    if mapper.get("protocolMapper") == "oidc-audience-mapper" and audience:
        return ("the service ", Name(str(audience)), " in their audience")
    if not config.get("claim.name"):
        return ()
    of = {
        "oidc-usermodel-realm-role-mapper": (": the person's roles",),
        "oidc-usermodel-client-role-mapper": (
            ": the person's roles of ", Name(str(config.get("usermodel.clientRoleMapping.clientId") or "all clients")),
        ),
        "oidc-group-membership-mapper": (": the person's groups",),
        "oidc-usermodel-attribute-mapper": (": the person's ", Name(str(config.get("user.attribute")))),
        "oidc-hardcoded-claim-mapper": (": always ", Name(str(config.get("claim.value")))),
    }.get(str(mapper.get("protocolMapper")), ())  # fmt: skip
    return ("the claim ", Name(str(config["claim.name"])), *of)


def _scopes(change: Change) -> Iterator[Sentence]:
    if change.action is Action.CREATE:
        return
    for field in change.fields:
        if field.path != "defaultClientScopes":
            continue
        come, gone = ([Address.parse(str(one)).name for one in side] for side in field.moved())
        client = Name(change.address.name)
        if come:
            yield ("The tokens of ", client, " hold what the scopes ", *list_names(come), " bring.")
        if gone:
            yield ("The tokens of ", client, " no longer hold what the scopes ", *list_names(gone), " brought.")


def _capital(sentence: Sentence) -> Sentence:
    first = sentence[0]
    return (first[0].upper() + first[1:] if isinstance(first, str) else first, *sentence[1:])
