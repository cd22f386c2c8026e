"""Users that a file names one by one (UserRepresentation): those a realm starts with, and never their credentials.

Nobody else is ever read: a realm may have a million. Must not know about: service accounts, which clients have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from realmctl.errors import Forbidden
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.attribute_order import shortened
from realmctl.keycloak.kinds.base import Around, Conflict, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, MOMENT, OLD, SELF, Omission
from realmctl.keycloak.kinds.request_parts import body_of, merge
from realmctl.keycloak.kinds.role_mappings import mapped_roles
from realmctl.keycloak.kinds.user_conflicts import conflicts
from realmctl.keycloak.kinds.user_profile import DOCUMENT, PROFILE
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import Names, Owned, StringLists, plain_fields
from realmctl.model.objects import Declared, Desired, Live, Snapshot

LOOKED_UP = "users/looked-up"
"""Where the export's shape has them: `users` has service accounts only, and in a file of Keycloak's everybody."""
ROLES, GROUPS = "user-roles", "user-groups"
_REALM = Address("realm")
_ADVICE = (
    "write requiredActions: [UPDATE_PASSWORD], and let an administrator set the first password; "
    "or let the user come in through an identity provider"
)
_NO_SECRET = "a password in a file is known to everybody who reads it, and realmctl never writes one"


class User(Owned):
    """A user."""

    refused: ClassVar[Mapping[str, tuple[str, str]]] = {
        "credentials": (_NO_SECRET, _ADVICE),
        "password": (_NO_SECRET, _ADVICE),
    }

    email: str | None = Field(None, description="In lower case, as Keycloak keeps it.")
    emailVerified: bool | None = None
    firstName: str | None = None
    lastName: str | None = None
    enabled: bool | None = Field(None, description="Whether the user may log in; a new one may, if nothing is said.")
    attributes: StringLists | None = Field(None, description="Attributes that the user profile has, or lets pass.")
    requiredActions: Names | None = Field(
        None, description="What a new user has to do at the first login (UPDATE_PASSWORD…); not asked for again."
    )

    @model_validator(mode="after")
    def _never_absent(self) -> Self:
        if self.absent:
            raise ValueError("a user is only deleted where realmctl made it, once it is no longer declared")
        return self


class Users(Kind):
    """A user, known by the username, which Keycloak keeps in lower case."""

    name, title, field, model, key = "user", "user", "users", User, "username"
    listed_after = "group"
    by_name_only = True
    first_only = frozenset({"requiredActions"})  # Done with once the user has done it.
    # A new one gets what the realm gives everybody at that moment.
    made_after = ("required-action", "default-groups", "default-roles")
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "access": MOMENT,
        "createdTimestamp": MOMENT,
        "credentials": Omission("Secrets, and the user's own: requiredActions has the user set a password."),
        "disableableCredentialTypes": Omission("Follows from the user's credentials."),
        "totp": Omission("Follows from the user's credentials."),
        "federatedIdentities": Omission(
            "A link to an account elsewhere is the user's own, and made at the first login there."
        ),
        "federationLink": Omission("Says which federation the user came from."),
        "origin": Omission("Says which federation the user came from."),
        "serviceAccountClientId": Omission(
            "Service accounts are said by serviceAccountRoles and serviceAccountGroups."
        ),
        "clientConsents": Omission("The user's own decisions."),
        "notBefore": Omission("Set when somebody ends the user's sessions."),
        "self": SELF,
        "userProfileMetadata": Omission("Repeats the user profile."),
        "verifiableCredentials": Omission("Given to the user at run time."),
        "socialLinks": OLD,
        "applicationRoles": OLD,
    }
    not_exported: ClassVar[Mapping[str, str]] = {
        "credentials": "credentials",
        "federatedIdentities": "links to accounts of identity providers",
        "clientConsents": "consents",
        "notBefore": "the time from before which the user's tokens are revoked",
    }
    emptied_by = ways(
        texts=("email", "firstName", "lastName"), lists=("requiredActions",), left_out=("emailVerified",),
        maps=("attributes",),
    )  # fmt: skip
    admin_events = AdminEvents(("users/{id}",), ("USER",))
    new_fields: ClassVar[Mapping[str, Any]] = {"enabled": True, "emailVerified": False}
    in_clear = frozenset({"attributes"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        for user in export.get(LOOKED_UP) or ():
            fields = {key: user[key] for key in (self.key, *plain_fields(User)) if key in user}
            yield Live(Address(self.name, (user["username"],)), fields, user["id"])

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        names = [name for (name,) in wanted.names(self.name) if name]
        if not names:
            return {}
        lookups = (partial(_found, look, name) for name in names)
        profile, *found = look.side_by_side((partial(look.get, "users", "profile"), *lookups))
        users = {user["username"]: user for user in found if user}
        if len(users) < len(names) and _unseen(look):
            raise Forbidden("The users could not be seen.", advice="Grant the account view-users.")
        held = [users[name] for (name,) in wanted.names(ROLES) if name in users]
        joined = [users[name] for (name,) in wanted.names(GROUPS) if name in users]
        mappings = look.side_by_side(partial(look.get, "users", user["id"], "role-mappings") for user in held)
        roles = {user["id"]: mapped_roles(mapping or {}) for user, mapping in zip(held, mappings, strict=True)}
        lists = look.side_by_side(partial(look.listed, "users", user["id"], "groups") for user in joined)
        groups = {user["id"]: {"groups": of} for user, of in zip(joined, lists, strict=True)}
        found = [user | roles.get(user["id"], {}) | groups.get(user["id"], {}) for user in users.values()]
        return {LOOKED_UP: found, **({DOCUMENT: profile} if profile else {})}

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        # What a name and an address may be is said there, and which attributes there are.
        yield (), _REALM
        yield (), PROFILE
        for alias in fields.get("requiredActions") or ():
            yield ("requiredActions",), Address("required-action", (alias,))

    def conflicts(self, desired: Desired, snapshot: Snapshot) -> Iterator[Conflict]:
        return conflicts(desired, snapshot)

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        # Keycloak makes one that may not log in, unless it is told (26.7.3).
        body = {"enabled": True, **body_of(want, self.key)}
        return (Request("POST", ("users",), body, creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        path = ("users", Id(want.address))
        return (*shortened(change, path), merge(path, self.patch(change, want)))

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("users", Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        return str((_found(look, address.name) or {}).get("id", ""))

    def cost(self, look: Look, have: Live) -> str:
        base = ("users", look.id(have.address))
        credentials, brokers, sessions = look.side_by_side(
            partial(look.listed, *base, part) for part in ("credentials", "federated-identity", "sessions")
        )
        kinds = sorted({str(one["type"]) for one in credentials})
        links = sorted(str(one["identityProvider"]) for one in brokers)
        told = [
            f"the credentials of the user ({', '.join(kinds)})" if kinds else "",
            f"the link to {', '.join(links)}" if links else "",
            f"{len(sessions)} session{'' if len(sessions) == 1 else 's'}" if sessions else "",
        ]
        return f"takes {' and '.join(filter(None, told))}" if any(told) else ""


def _unseen(look: Look) -> bool:
    """Whether there are users, and the account may see none: it then gets an empty list, and no refusal (26.7.3)."""
    return not look.get("users", query={"max": "1", "briefRepresentation": "true"}) and bool(look.get("users", "count"))


def _found(look: Look, name: str) -> dict[str, Any] | None:
    query = {"username": name, "exact": "true", "briefRepresentation": "false"}
    return next((user for user in look.get("users", query=query) or () if user["username"] == name), None)
