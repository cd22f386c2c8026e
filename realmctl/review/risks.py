"""What in a plan a reviewer should look at twice. Pure.

What is unwise wherever it stands, `validate` tells; here it is what this change brings.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.model.address import Address
from realmctl.model.change import Action, Change
from realmctl.model.sentence import Name, Sentence
from realmctl.review.realm import After, spoken_role
from realmctl.review.words import listed

_MANAGEMENT = "realm-management"


def risks(after: After) -> Iterator[Sentence]:
    """A sentence for every risk that a change brings."""
    for change in after.plan.changes:
        kind = change.address.kind
        if change.action is Action.DELETE:
            continue
        if kind in ("role", "client-role", "role-composites", "client-role-composites"):
            yield from _grants(after, change)
        elif kind == "client":
            yield from _client(change)
        elif kind == "default-roles":
            yield from _everybody(after, change)


def _grants(after: After, change: Change) -> Iterator[Sentence]:
    """A composite that grants more than its own list says."""
    if change.address.kind not in ("role-composites", "client-role-composites"):
        return
    kind = "role" if change.address.kind == "role-composites" else "client-role"
    role = Address(kind, change.address.names)
    direct = {Address.parse(text) for text in after.fields(change.address).get("composites") or ()}
    whole = after.granted(role)
    gained = whole - after.granted(role, before=True)
    hidden = sorted(spoken_role(one) for one in gained - direct)
    if hidden:
        yield ("The role ", Name(spoken_role(role)), " grants more than it lists: ", *listed(hidden), ".")
    administrative = sorted(one.name for one in gained if one.names[0] == _MANAGEMENT and one.kind == "client-role")
    if administrative:
        yield (
            "The role ",
            Name(spoken_role(role)),
            " lets its holders administer the realm: ",
            *listed(administrative),
            ".",
        )


def _everybody(after: After, change: Change) -> Iterator[Sentence]:
    for field in change.fields:
        if field.path != "defaultRoles":
            continue
        for text in field.moved()[0]:
            role = Address.parse(str(text))
            gets = {role, *after.granted(role)}
            if any(one.kind == "client-role" and one.names[0] == _MANAGEMENT for one in gets):
                yield ("Everybody would administer the realm, by the role ", Name(spoken_role(role)), ".")


def _client(change: Change) -> Iterator[Sentence]:
    client = Name(change.address.name)
    for field in change.fields:
        come = [str(one) for one in field.moved()[0]] if isinstance(field.new, list) else []
        if field.path == "redirectUris":
            for uri in (one for one in come if "*" in one):
                yield ("Logins to ", client, " may end at any address like ", Name(uri), ".")
        elif field.path == "webOrigins" and "*" in come:
            yield ("The pages of every site may call Keycloak for ", client, ".")
        elif field.path in _FLAGS and field.new is True and change.action is Action.UPDATE:
            yield (client, f" {_FLAGS[field.path]}.")


_FLAGS = {
    "fullScopeAllowed": "gets every role that a person has into its token from now on",
    "implicitFlowEnabled": "gets tokens through the browser's address line from now on",
    "directAccessGrantsEnabled": "may ask people for their password itself from now on",
    "publicClient": "needs no secret any more",
}
