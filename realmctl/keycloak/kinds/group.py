"""Groups of any depth (GroupRepresentation), their roles as links, and the groups every new user joins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from realmctl.keycloak.kinds.admin_events import ROLE_MAPPINGS, AdminEvents
from realmctl.keycloak.kinds.attribute_order import shortened
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, MOMENT, PLACE, Omission
from realmctl.keycloak.kinds.request_parts import body_of, field_of, merge, moved
from realmctl.keycloak.kinds.role_mappings import member_references, role_addresses, role_mappings
from realmctl.keycloak.kinds.temporary_name import NEXT
from realmctl.model.address import Address
from realmctl.model.change import Change, FieldChange, Id, Request
from realmctl.model.fields import Compare, Owned, RoleRefs, StringLists, role_references
from realmctl.model.objects import Declared, Live


class Group(Owned):
    """A group."""

    description: str | None = None
    attributes: StringLists | None = Field(None, description="Free attributes; each value at most 255 characters.")


class Groups(Kind):
    """A group; its names lead from the top. POST ignores its roles and subgroups (26.7.3)."""

    name, title, field, model, nests = "group", "group", "groups", Group, "subGroups"
    listed_after = "client-role"
    temporary_names = True
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "path": PLACE,
        "parentId": PLACE,
        "subGroupCount": MOMENT,
        "access": MOMENT,
    }
    emptied_by = ways(left_out=("description",), maps=("attributes",))
    admin_events = AdminEvents(("groups/{id}",), ("GROUP",), by_body=("groups/{above}/children", "name"))
    new_fields: ClassVar[Mapping[str, Any]] = {}
    in_clear = frozenset({"attributes"})

    def parse_export(self, export: Export) -> Iterator[Live]:
        for names, group in walk(export):
            fields = {key: value for key, value in group.items() if key != "subGroups"}
            yield Live(Address(self.name, names), fields, group.get("id"))

    def wrong_names(self, want: Declared) -> Iterator[tuple[tuple[str | int, ...], str]]:
        found = list(super().wrong_names(want))
        yield from found
        if not found and any(above.endswith("~") for above in want.address.names[:-1]):
            yield (), f"no path leads to a group below '{want.address.names[-2]}': in paths, ~/ is a slash in a name"

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        query = {"briefRepresentation": "false"}
        groups = level = look.pages("groups", query=query)
        while level:
            parents = [group for group in level if group.get("subGroupCount")]
            lists = look.side_by_side(
                partial(look.pages, "groups", group["id"], "children", query=query) for group in parents
            )
            for group, children in zip(parents, lists, strict=True):
                group["subGroups"] = children
            level = [child for children in lists for child in children]
        return {"groups": groups}

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        parent = want.address.names[:-1]
        path = ("groups", Id(Address("group", parent)), "children") if parent else ("groups",)
        return (Request("POST", path, body_of(want, "name"), creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        # PUT wipes an omitted description (26.7.3): read, merge, write.
        path = ("groups", Id(want.address))
        written = (*shortened(change, path), merge(path, self.patch(change, want)))
        old = change.renamed_from
        if old is None or field_of(change, "path") is None:
            return written
        return (*_moves(old, want.address), *written)

    def on_the_way(self, old: Address, new: Address) -> Iterator[Address]:
        for above in (old.names[:-1], new.names[:-1]):
            yield Address(self.name, (*above, new.name + NEXT))

    def renaming(self, old: Address, new: Address, *, moves: bool) -> FieldChange:
        if not moves:
            return super().renaming(old, new, moves=False)
        return FieldChange("path", path_of(old.names), path_of(new.names))

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("groups", Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        *above, name = address.names
        if above:
            parent = look.id(Address("group", tuple(above)))
            found = look.pages("groups", parent, "children") if parent else []
        else:
            found = look.pages("groups", query={"search": name, "exact": "true"})
        return next((str(group["id"]) for group in found if group["name"] == name), "")

    def cost(self, look: Look, have: Live) -> str:
        members = look.get("groups", look.id(have.address), "members", query={"first": "0", "max": "100"}) or ()
        if not members:
            return ""
        return f"has {len(members)}{' or more' if len(members) == 100 else ''} member{'' if len(members) == 1 else 's'}"


def _moves(old: Address, new: Address) -> Iterator[Request]:
    """The requests that put a group below another one, or to the top. Members, roles and what is below stay.

    A POST of a group with an id moves it, and keeps its name. Where the new place has a group of that name it is a 409
    (26.7.3): a group that gets another name, too, moves under a name that no group has.
    """
    name, parent = new.name, new.names[:-1]
    if old.name not in (new.name, name + NEXT):
        name += NEXT
        yield merge(("groups", Id(new)), {"name": name})
    path = ("groups", Id(Address("group", parent)), "children") if parent else ("groups",)
    yield Request("POST", path, {"id": Id(new), "name": name})


class GroupRoles(Kind):
    """The roles that a group gives its members."""

    name, title, owner, owned = "group-roles", "roles of group", "group", False
    read_after = ("group",)
    admin_events = AdminEvents(("groups/{group}/role-mappings/**",), ROLE_MAPPINGS)

    def fields(self) -> Mapping[str, Compare]:
        return {"realmRoles": Compare.SET, "clientRoles": Compare.SET}

    def link_fields(self) -> Mapping[str, Any]:
        return {
            "realmRoles": (RoleRefs | None, Field(None, description="Realm roles of the members; the whole list.")),
            "clientRoles": (ClientRoles | None, Field(None, description="Client roles of the members; all of them.")),
        }

    def parse_export(self, export: Export) -> Iterator[Live]:
        for names, group in walk(export):
            yield Live(Address(self.name, names), role_addresses(group))

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        base = ("groups", Id(Address("group", want.address.names)), "role-mappings")
        added, removed = [], []
        for field in ("realmRoles", "clientRoles"):
            come, gone = moved(change, field)
            added += come
            removed += gone
        return tuple(role_mappings(base, added, removed))


class DefaultGroups(Kind):
    """The groups that every new user joins, by path."""

    name, title, owned = "default-groups", "default groups", False
    read_after = ("group",)
    admin_events = AdminEvents(("default-groups/**",), ("GROUP",))

    def fields(self) -> Mapping[str, Compare]:
        return {"defaultGroups": Compare.SET}

    def link_fields(self) -> Mapping[str, Any]:
        description = "Groups every new user joins, by path (/a/b); the whole list."
        return {"defaultGroups": (GroupPaths | None, Field(None, description=description))}

    def parse_export(self, export: Export) -> Iterator[Live]:
        groups = member_groups(export, export.get("defaultGroups"))
        yield Live(Address(self.name), {"defaultGroups": groups})

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        return {"defaultGroups": look.get("default-groups")}

    def resolve_ambiguous(self, look: Look, export: Export) -> Export:
        if is_ambiguous(export, export.get("defaultGroups")):
            return self.read_lists(look, Wanted(frozenset()), export)
        return {}

    def references(self, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Address]]:
        return member_references(fields)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        added, removed = moved(change, "defaultGroups")
        return (
            *(Request("PUT", ("default-groups", Id(address))) for address in added),
            *(Request("DELETE", ("default-groups", Id(address)), fine=frozenset({404})) for address in removed),
        )


_DEFAULTS = Address(DefaultGroups.name)


def memberships(
    user: Address, added: list[Address], removed: list[Address], have: Live, around: Around
) -> tuple[Request, ...]:
    """The requests with which a user joins and leaves groups; `have` is what was known of its groups."""
    if not have.fields:
        # The user is new, and joins what every new user joins.
        realm = around.desired.resources.get(_DEFAULTS) or around.live(_DEFAULTS)
        joined = {Address.parse(text) for text in (realm.fields.get("defaultGroups") or () if realm else ())}
        removed = [*removed, *sorted(joined - set(added))]
    groups = ("users", Id(user), "groups")
    return (
        *(Request("PUT", (*groups, Id(address))) for address in added),
        *(Request("DELETE", (*groups, Id(address)), fine=frozenset({404})) for address in removed),
    )


def walk(export: Export) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every group with the names that lead to it, parents first."""

    def below(names: tuple[str, ...], groups: Any) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
        for group in groups or ():
            yield (*names, group["name"]), group
            yield from below((*names, group["name"]), group.get("subGroups"))

    return below((), export.get("groups"))


def member_groups(export: Export, members: Sequence[Any] | None) -> list[str]:
    """Return the addresses of groups, sorted. `members` are paths, as the export has them, or groups with an id."""
    return sorted(str(Address("group", names)) for names in group_names(export, members))


def group_names(export: Export, members: Sequence[Any] | None) -> list[tuple[str, ...]]:
    """Return the names of the groups that `members` (paths, or maps with `id` and `path`) stand for, in their order.

    The id decides. Keycloak writes a slash in a name as it is unless told otherwise (26.7.3): only the groups of the
    realm show whether /a/b is one name or two. Where it is both, and there is no id, Keycloak's own look-up decides.
    """
    if not members:
        return []
    ids = {group["id"]: names for names, group in walk(export) if group.get("id")}
    paths: dict[str, list[tuple[str, ...]]] = {}
    for names, _ in walk(export):
        paths.setdefault(plain_path(names), []).append(names)

    def one(member: Any) -> tuple[str, ...]:
        path = member.get("path") or "" if isinstance(member, Mapping) else member
        if isinstance(member, Mapping) and member.get("id") in ids:
            return ids[member["id"]]
        same = paths.get(path) or []
        if len(same) > 1:
            there = {names for names, _ in walk(export)}
            return find_by_path(path, there.__contains__) or same[0]
        return same[0] if same else Address.parse(group_path(path)).names

    return [one(member) for member in members]


def is_ambiguous(export: Export, members: Sequence[Any] | None) -> bool:
    """Return whether one of the paths in `members` is the path of several groups: `a/b`, and `b` below `a`."""
    texts = {member for member in members or () if isinstance(member, str)}
    seen: set[str] = set()
    for names, _ in walk(export) if texts else ():
        path = plain_path(names)
        if path in texts and path in seen:
            return True
        seen.add(path)
    return False


def find_by_path(path: str, exists: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...] | None:
    """Return the names of the group that Keycloak finds at a path (KeycloakModelUtils.findGroupByPath, 26.7.3).

    It takes the first name that a group has, and never goes back: with a group `a`, nothing leads to a group `a/b`.
    """
    found: tuple[str, ...] = ()
    pending = ""
    for part in path.removeprefix("/").removesuffix("/").split("/"):
        pending = f"{pending}/{part}" if pending else part
        if exists((*found, pending)):
            found, pending = (*found, pending), ""
    return found if found and not pending else None


def group_path(path: Any) -> str:
    """`/a/b` → the group's address as a text. A slash inside a name is written `~/`, as Keycloak does."""
    if not isinstance(path, str) or not path.strip("/"):
        raise ValueError("write a group's path, such as /team or /team/leads")
    return str(group_of(path))


def group_of(path: str) -> Address:
    """The group at a path. Slashes around it mean nothing, but for one that ends a name (`/a~/` is the group `a/`)."""
    marked = path.replace("~/", "\0").strip("/")
    return Address("group", tuple(name.replace("\0", "/") for name in marked.split("/")))


def plain_path(names: tuple[str, ...]) -> str:
    """Return the path of a group as Keycloak writes it, a slash inside a name as it is (26.7.3)."""
    return "/" + "/".join(names)


def path_of(names: tuple[str, ...]) -> str:
    """The path of a group, a slash inside a name as `~/`. Keycloak's own `path` has it plain (26.7.3)."""
    return "".join("/" + name.replace("/", "~/") for name in names)


def _paths(value: Any) -> Any:
    return [group_path(one) for one in value] if isinstance(value, list) else value


def _client_roles(value: Any) -> Any:
    return role_references({"client": value}) if isinstance(value, Mapping) else value


_texts = {"type": "array", "items": {"type": "string"}}
GroupPaths = Annotated[list[str], BeforeValidator(_paths), Compare.SET, WithJsonSchema(_texts)]
ClientRoles = Annotated[
    list[str],
    BeforeValidator(_client_roles),
    Compare.SET,
    WithJsonSchema({"type": "object", "additionalProperties": _texts}),
]
