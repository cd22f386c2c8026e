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
    for client in export.get("clients") or ():
        if secrets.get(client.get("id")):
            client["secret"] = secrets[client["id"]]
    whole = {**export, **{name: part for found, _ in parts for name, part in found.items()}}
    unseen = {name: why for _, unseen in parts for name, why in unseen.items()}
    for kind in kinds().values():
        named = kind.by_name_only and any(one.kind == kind.name for one in (*scope.objects, *held.owned))
        if named and (why := _part_of(view, kind, _wanted(scope, held), whole, {})):
            unseen[kind.name] = why
    unseen |= _clarify(view, whole)
    return _Found(whole, held, tuple((name, _told(name, why)) for name, why in unseen.items()))


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
    return [kind for kind in kinds().values() if kind.name in names and type(kind).apart is not Kind.apart]


def _part(view: View, kind: Kind) -> tuple[dict[str, Any], dict[str, str]]:
    """What the export lacks of a kind; or why the account may not see it, by the kind's name."""
    try:
        return kind.apart(view), {}
    except Forbidden as error:
        return {}, {kind.name: f"{error.message} {error.advice}".strip()}


def _gathered(view: View, scope: Scope) -> _Found | None:
    """The export's shape, put together from what the account may see; and the kinds it may not, with a sentence."""
    realm = view.get()
    if realm is None:
        return None
    export: dict[str, Any] = dict(realm)
    held = inventory(export.get("attributes") or {}, scope.owner)
    wanted = _wanted(scope, held)
    unseen: dict[str, str] = {}
    _gather(view, wanted, export, unseen)
    for kind in _apart({address.kind for address in wanted.addresses}):
        part, why = _part(view, kind)
        export |= part
        unseen |= why
    if "enabled" not in realm:
        # Without view-realm Keycloak answers with the realm's name and little else (26.7.3).
        told = f"The settings of the realm {scope.realm} could not be seen. Grant the account view-realm."
        unseen |= {"realm": told, "flow-bindings": told}
    unseen |= _clarify(view, export)
    return _Found(export, held, tuple((name, _told(name, why)) for name, why in unseen.items()))


def _clarify(view: View, export: dict[str, Any]) -> dict[str, str]:
    """Ask by id for what `export` says by texts that several objects have; return why a kind may not be seen."""
    unseen = {}
    for kind in kinds().values():
        try:
            kind.clarify(view, export)
        except Forbidden as error:
            unseen[kind.name] = f"{error.message} {error.advice}".strip()
    return unseen


def _part_of(view: View, kind: Kind, wanted: Wanted, export: dict[str, Any], unseen: Mapping[str, str]) -> str:
    """Puts a kind's part into `export`; or says why it may not be seen."""
    blocked = next((unseen[other] for other in kind.gathers_after if other in unseen), "")
    if blocked:
        return blocked
    try:
        kind.gather(view, wanted, export)
    except Forbidden as error:
        return f"{error.message} {error.advice}".strip()
    return ""


def _told(kind: str, why: str) -> str:
    return f"{kinds()[kind].title}: not compared. {why}"


def _wanted(scope: Scope, held: Inventory) -> Wanted:
    found = {*scope.objects, *scope.absent, *scope.former, *scope.referred, *held.owned}
    # Of who goes all that goes along is looked up, too: an undo gives back what was seen.
    for address in set(held.owned) - scope.objects - scope.former:
        if kinds()[address.kind].by_name_only:
            links = (kind.name for kind in kinds().values() if kind.model is None and kind.owner == address.kind)
            found |= {Address(link, address.names) for link in links}
    return Wanted(frozenset(found))


def _gather(view: View, wanted: Wanted, export: dict[str, Any], unseen: dict[str, str]) -> None:
    """Puts every kind's part into `export`, side by side, each as soon as what it builds on is there."""
    order = TopologicalSorter({kind.name: kind.gathers_after for kind in kinds().values()})
    order.prepare()
    with reading(THREADS) as pool:
        running: dict[Future[str], str] = {}
        while order.is_active():
            for name in order.get_ready():
                running[pool.submit(_part_of, view, kinds()[name], wanted, export, unseen)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                if why := future.result():
                    unseen[name] = why
                order.done(name)
