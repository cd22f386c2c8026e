"""Reads a realm: in one export where the account may, else by lists and single reads. Both give the same snapshot.

Must not know about: plans, writing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import replace
from functools import partial
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, NamedTuple

from realmctl.engine.plan.comparison import Comparison
from realmctl.engine.plan.inventory import HIDDEN_CLIENTS, inventory
from realmctl.engine.read.export_parts import merge_part
from realmctl.engine.read.scope import Scope
from realmctl.engine.read.view import THREADS, View
from realmctl.errors import Forbidden, NotFound, ServerError
from realmctl.keycloak.fresh_realm import LOCK_ROLE, builtin, objects
from realmctl.keycloak.kinds.base import Export, Kind, Wanted
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.change import Action, Plan
from realmctl.model.interruption import reading
from realmctl.model.objects import Inventory, Snapshot

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin


PATIENCE_SECONDS = 0.3
"""How long an export may take before the server is taken to have the realm in no cache."""
MANY = 200
"""Written objects from which on a read goes by lists, since an export would find the caches emptied."""


class _Found(NamedTuple):
    """A realm in the export's shape; what is whose; the kinds that could not be seen, with a sentence each."""

    export: Export
    inventory: Inventory
    unseen: tuple[tuple[str, str], ...]


def read(admin: Admin, scope: Scope, written: Collection[Address] = ()) -> Snapshot:
    """Return the realm as it is now, absent or not. `written` was just written. Raises ServerError and its kin."""
    view = View(admin, scope.realm)
    found = _gathered(View(admin, scope.realm, cold=True), scope) if len(written) >= MANY else None
    if found is None or _told_of(found, scope):
        try:
            found = _exported(view, scope)
        except NotFound:
            found = None
        except Forbidden:
            found = found or _gathered(view, scope)
    if found is None:
        return Snapshot.absent(scope.realm, _server_version(admin))
    _refuse_hidden(admin, found.export, scope)
    version = str(found.export.get("keycloakVersion") or "")
    return Snapshot(
        scope.realm,
        True,
        objects(found.export, builtin(version)),
        found.inventory,
        _told_of(found, scope),
        frozenset(kind for kind, _ in found.unseen),
        version,
        any(role.get("name") == LOCK_ROLE for role in (found.export.get("roles") or {}).get("realm") or ()),
    )


def _refuse_hidden(admin: Admin, export: Export, scope: Scope) -> None:
    """Raise Forbidden where a declared client is hidden from this account: a plan would take it for missing."""
    named = {client["clientId"]: client for client in export.get("clients") or ()}
    me = named.get(admin.whoami().removeprefix("service-account-"), {}) if named else {}
    told = str((me.get("attributes") or {}).get(HIDDEN_CLIENTS) or "")
    hidden = set(told.split("##") if told else ()) - set(named)
    if found := sorted(one.name for one in scope.objects if one.kind == "client" and one.name in hidden):
        raise Forbidden(
            f"The files declare the client {found[0]}, and it is hidden from the account {me['clientId']}.",
            advice="Run realmctl bootstrap again without --hide-client for it.",
        )


def _told_of(found: _Found, scope: Scope) -> tuple[str, ...]:
    """The sentences on what is declared or owned and could not be seen; what else was not seen is nobody's concern."""
    asked = scope.kinds | {address.kind for address in found.inventory.owned}
    return tuple(told for kind, told in found.unseen if kind in asked)


def _server_version(admin: Admin) -> str:
    """Keycloak's version, as the realm tells it in which the account logs in; "" where the account may not know."""
    with suppress(Forbidden, NotFound):
        told = admin.send("POST", (admin.connection.realm, "partial-export"), {})
        return str(told.body.get("keycloakVersion") or "")
    return ""


def with_costs(admin: Admin, plan: Plan, comparison: Comparison) -> Plan:
    """Return the plan with a note on every deletion that takes something from people: asked only for deletions.

    An object that the plan renames has its former name on the server.
    """
    there = comparison.as_read.objects
    view = View(admin, plan.realm, {a: live.id for a, live in there.items() if live.id})
    deletions = list(plan.of(Action.DELETE))

    def cost(address: Address) -> str:
        live = there.get(comparison.former(address))
        try:
            return kinds()[address.kind].cost(view, live) if live else ""
        except Forbidden:
            return "who uses it could not be seen with this account"

    costs = view.side_by_side(partial(cost, change.address) for change in deletions)
    told = {change.address: (*change.notes, note) for change, note in zip(deletions, costs, strict=True) if note}
    return replace(
        plan, changes=tuple(replace(change, notes=told.get(change.address, change.notes)) for change in plan.changes)
    )


def _exported(view: View, scope: Scope) -> _Found:
    # The export masks client secrets, the list does not (26.7.3); asked first, it also warms the export's cache.
    secrets = (
        {client["id"]: client.get("secret") for client in view.get("clients") or ()} if scope.client_secrets else {}
    )
    calls: list[Callable[[], Any]] = [
        partial(_hedged, view),
        *(partial(_part, view, kind) for kind in _apart(scope.kinds)),
    ]
    export, *parts = view.side_by_side(calls)
    # What is owned and no longer declared has to be seen too, to be deleted: known only now.
    held = inventory(export.get("attributes") or {}, scope.owner)
    owned = {address.kind for address in held.owned}
    parts += view.side_by_side(partial(_part, view, kind) for kind in _apart(owned - scope.kinds))
    there = {client.get("id") for client in export.get("clients") or ()}  # One may have come or gone meanwhile.
    shown = [{"id": id_, "secret": secret} for id_, secret in secrets.items() if secret and id_ in there]
    whole = merge_part(export, {"clients": shown}) if shown else export
    # What a kind reads apart takes the place of the export's: it is the whole of it.
    whole = {**whole, **{name: part for found, _ in parts for name, part in found.items()}}
    unseen = {name: why for _, unseen in parts for name, why in unseen.items()}
    for kind in kinds().values():
        if kind.by_name_only and any(one.kind == kind.name for one in (*scope.objects, *held.owned)):
            part = _part_of(view, kind, _wanted(scope, held), whole)
            whole, unseen = merge_part(whole, part.found), {**unseen, **part.unseen}
    return _clarified(view, whole, held, unseen)


def _hedged(view: View) -> Export:
    """The export; where it takes long, the lists that speed it up are asked for beside it."""
    with reading(1) as pool:
        export = pool.submit(view.export)
        if wait([export], PATIENCE_SECONDS).not_done:
            with suppress(ServerError):  # Whatever is wrong, the export itself says it.
                _warm(view)
        return export.result()


def _warm(view: View) -> None:
    view.side_by_side(partial(kind.warm, view) for kind in kinds().values() if type(kind).warm is not Kind.warm)


def _apart(names: Collection[str]) -> list[Kind]:
    """Those of the kinds named of which the export lacks something."""
    return [kind for kind in kinds().values() if kind.name in names and type(kind).read_apart is not Kind.read_apart]


class _Part(NamedTuple):
    """A part of the export's shape, or why the account may not see it, by the kind's name."""

    found: Export
    unseen: Mapping[str, str]


def _try(kind: Kind, read: Callable[[], Export]) -> _Part:
    """Return what a kind reads, or why the account may not."""
    try:
        return _Part(read(), {})
    except Forbidden as error:
        return _Part({}, {kind.name: f"{error.message} {error.advice}".strip()})


def _part(view: View, kind: Kind) -> _Part:
    """Return what the export lacks of a kind."""
    return _try(kind, partial(kind.read_apart, view))


def _gathered(view: View, scope: Scope) -> _Found | None:
    """The export's shape, put together from what the account may see; and the kinds it may not, with a sentence."""
    realm = view.get()
    if realm is None:
        return None
    held = inventory(realm.get("attributes") or {}, scope.owner)
    wanted = _wanted(scope, held)
    export, unseen = _gather(view, wanted, realm)
    for kind in _apart({address.kind for address in wanted.addresses}):
        part = _part(view, kind)
        export, unseen = {**export, **part.found}, {**unseen, **part.unseen}
    if "enabled" not in realm:
        # Without view-realm Keycloak answers with the realm's name and little else (26.7.3).
        told = f"The settings of the realm {scope.realm} could not be seen. Grant the account view-realm."
        unseen = {**unseen, "realm": told, "flow-bindings": told}
    return _clarified(view, export, held, unseen)


def _clarified(view: View, export: Export, held: Inventory, unseen: Mapping[str, str]) -> _Found:
    """Return what was found, with what texts say that several objects have asked for by id."""
    for kind in kinds().values():
        part = _try(kind, partial(kind.resolve_ambiguous, view, export))
        export, unseen = merge_part(export, part.found), {**unseen, **part.unseen}
    return _Found(export, held, tuple((name, _told(name, why)) for name, why in unseen.items()))


def _part_of(view: View, kind: Kind, wanted: Wanted, export: Export) -> _Part:
    """Return a kind's part, read by lists and single reads."""
    return _try(kind, partial(kind.read_lists, view, wanted, export))


def _told(kind: str, why: str) -> str:
    return f"{kinds()[kind].title}: not compared. {why}"


def _wanted(scope: Scope, held: Inventory) -> Wanted:
    found = {*scope.objects, *scope.absent, *scope.former, *scope.referred, *held.owned}
    # Of who goes all that goes along is looked up, too: an undo gives back what was seen.
    for address in set(held.owned) - scope.objects - scope.former:
        if kinds()[address.kind].by_name_only:
            links = (kind.name for kind in kinds().values() if kind.is_link and kind.owner == address.kind)
            found |= {Address(link, address.names) for link in links}
    return Wanted(frozenset(found))


def _gather(view: View, wanted: Wanted, export: Export) -> tuple[Export, Mapping[str, str]]:
    """Return `export` with every kind's part, and why kinds may not be seen: read side by side, in their order.

    Each kind is read as soon as the kinds are there whose parts it builds on, and is given what there is by then.
    """
    unseen: dict[str, str] = {}
    order = TopologicalSorter({kind.name: kind.read_after for kind in kinds().values()})
    order.prepare()
    with reading(THREADS) as pool:
        running: dict[Future[_Part], str] = {}
        while order.is_active():
            for name in order.get_ready():
                kind = kinds()[name]
                why = next((unseen[other] for other in kind.read_after if other in unseen), "")
                read = partial(_Part, {}, {name: why}) if why else partial(_part_of, view, kind, wanted, export)
                running[pool.submit(read)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                part = future.result()
                export, unseen = merge_part(export, part.found), {**unseen, **part.unseen}
                order.done(running.pop(future))
    return export, unseen
