"""Where Keycloak's admin events name an object, as each kind declares it. Must not know about: any kind, drift."""

from __future__ import annotations

from dataclasses import dataclass

NO_PATH = ""
"""A PUT of the realm itself has no resource path."""


@dataclass(frozen=True, slots=True)
class AdminEvents:
    """The resource paths and types of the admin events of a kind's objects (26.7.3, by experiment).

    `paths`        of the object and of what belongs to it. `*` is any segment, `/**` at the end is everything below.
                   `{id}` and `{name}` are the object's, `{first}` is the first name of its address, `{above}` is the
                   id of the group above, and `{client}` or alike the id of the object of that kind that holds it.
    `types`        the resource types of these events, the object's own first.
    `by_body`      where the object is made at a path of something else: that path, and the key of its name in the
                   details of the event.
    `same_fields`  whether the details have the same fields as the object.
    """

    paths: tuple[str, ...]
    types: tuple[str, ...]
    by_body: tuple[str, str] = ("", "")
    same_fields: bool = False


NO_EVENTS = AdminEvents((), ())
"""Of kinds of which Keycloak writes no event."""
ROLE_MAPPINGS = ("REALM_ROLE_MAPPING", "CLIENT_ROLE_MAPPING")
SCOPE_MAPPINGS = ("REALM_SCOPE_MAPPING", "CLIENT_SCOPE_MAPPING")
