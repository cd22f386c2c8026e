"""What a server's realm has and no file can say: asked for where the snapshot does not hold it, and told by address.

Must not know about: how it is shown, files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from realmctl.engine.read.view import View
from realmctl.errors import Forbidden, ServerError
from realmctl.export.omission import Beyond
from realmctl.keycloak import fresh_realm
from realmctl.keycloak.kinds.registry import kinds, model_of
from realmctl.keycloak.kinds.service_account import account_of
from realmctl.model.address import Address
from realmctl.model.objects import Live, Snapshot

if TYPE_CHECKING:
    from realmctl.keycloak.admin import Admin

REALM = Address("realm")
ACCOUNT = {
    "email": "e-mail address", "firstName": "first name", "lastName": "last name", "attributes": "attributes",
    "requiredActions": "required actions", "emailVerified": "verified e-mail address", "notBefore": "revocation time",
}  # fmt: skip
"""Fields of a service account's user that a file can't say."""


_Question = Callable[[View], Iterator[Beyond]]


def beyond(admin: Admin, snapshot: Snapshot) -> tuple[Beyond, ...]:
    """Return what the realm has beyond files, as far as the account may see it."""
    view = View(admin, snapshot.realm, {a: live.id for a, live in snapshot.objects.items() if live.id})
    questions: list[tuple[Address, str, _Question]] = [
        (REALM, "users", _people),
        (REALM, "sessions", _sessions),
        (REALM, "initial access tokens", _initial_tokens),
        (REALM, "what its keys are used for", partial(_keys, snapshot)),
    ]
    for address, live in snapshot.objects.items():
        if address.kind == "client" and live.fields.get("serviceAccountsEnabled"):
            questions.append((address, "the user of its service account", partial(_service_account, live, snapshot)))
        if address.kind == "organization":
            questions.append((address, "its members and groups", partial(_organization, live)))
    found = view.side_by_side(partial(_ask, view, *question) for question in questions)
    return tuple(dict.fromkeys((*(one for answer in found for one in answer), *unsupported_objects(snapshot))))


def unsupported_objects(snapshot: Snapshot) -> Iterator[Beyond]:
    """Return what the objects themselves hold, and the language has no field for."""
    for address, live in sorted(snapshot.objects.items()):
        kind = kinds()[address.kind]
        for field, told in kind.not_exported.items():
            if live.fields.get(field):
                yield Beyond(address, told)
        if kind.is_link or address == REALM:
            continue
        known = {*model_of(kind.name).model_fields, *kind.omitted, *kind.not_exported, kind.key, kind.field}
        for field, value in live.fields.items():
            if field not in known and value not in (None, "", [], {}, False):
                yield Beyond(address, f"realmctl does not know its field {field}")
    yield from _absent(snapshot)
    yield from _orders(snapshot)
    yield from _filled(snapshot)
    default = snapshot.objects.get(Address("role", (_default_role(snapshot),)))
    if default and (keys := sorted(default.fields.get("attributes") or {})):
        yield Beyond(default.address, f"the attributes of the default role: {', '.join(keys)}")
    rights = [a for a in snapshot.objects if a.kind == "authorization-resource" and a.names[0] == "realm-management"]
    if rights:
        told = f"{len(rights)} fine-grained permissions of the first version (in realm-management), which has no files"
        yield Beyond(REALM, f"{told}: declare adminPermissionsEnabled and the permissions of admin-permissions instead")


def _absent(snapshot: Snapshot) -> Iterator[Beyond]:
    """Tell what Keycloak makes by itself and lets nobody delete, and this realm has not: it was imported without it."""
    objects = snapshot.objects
    if snapshot.version and snapshot.realm != "master" and "client" not in snapshot.unseen_kinds:
        for address in sorted(fresh_realm.builtin(snapshot.version)):
            if address.kind == "client" and address not in objects:
                told = "this client is not there: Keycloak makes it in every new realm, and lets nobody delete it"
                yield Beyond(address, told)
    for address, live in sorted(objects.items()):
        role = Address("client-role", (*address.names, "uma_protection"))
        if address.kind == "client" and live.fields.get("authorizationServicesEnabled") and role not in objects:
            yield Beyond(address, "its role uma_protection is not there: Keycloak makes it with authorization services")


def _filled(snapshot: Snapshot) -> Iterator[Beyond]:
    """Tell what Keycloak fills in where a request writes an object, and an import leaves as it is (26.7.3)."""
    for address, live in sorted(snapshot.objects.items()):
        ldap = address.kind == "component" and live.fields.get("providerId") == "ldap"
        if ldap and not live.fields["config"].get("krbPrincipalAttribute"):
            yield Beyond(address, "it has no krbPrincipalAttribute: Keycloak fills in the usual one of the vendor")


def _orders(snapshot: Snapshot) -> Iterator[Beyond]:
    """Tell the order of lists that Keycloak goes through one by one; files declare what is in them by name."""
    for kind, title in (("client-profile", "client profiles"), ("client-policy", "client policies")):
        names = [a.name for a, live in snapshot.objects.items() if a.kind == kind and not live.builtin]
        if len(names) > 1:
            yield Beyond(REALM, f"the order of its {title} ({', '.join(names)}): a new realm may have another one")


def _ask(view: View, address: Address, what: str, question: _Question) -> list[Beyond]:
    try:
        return list(question(view))
    except Forbidden:
        return [Beyond(address, f"{what}: this account may not look, so what there is of it is not known")]
    except ServerError as error:
        return [Beyond(address, f"{what}: the server refused to tell ({error.message})")]


def _people(view: View) -> Iterator[Beyond]:
    if count := view.get("users", "count"):
        yield Beyond(REALM, f"{_many(count, 'user')}, with their credentials, roles, groups and consents")


def _sessions(view: View) -> Iterator[Beyond]:
    stats = view.get("client-session-stats") or ()
    live, offline = (sum(int(one.get(key) or 0) for one in stats) for key in ("active", "offline"))
    told = [_many(count, what) for count, what in ((live, "session"), (offline, "offline session")) if count]
    if told:
        yield Beyond(REALM, " and ".join(told))


def _initial_tokens(view: View) -> Iterator[Beyond]:
    if found := view.get("clients-initial-access"):
        yield Beyond(REALM, f"{_many(len(found), 'initial access token')} for client registration")


def _keys(snapshot: Snapshot, view: View) -> Iterator[Beyond]:
    """A key's use, where its provider hides it and it is not the usual one of its type (26.7.3)."""
    known = {live.id: live for address, live in snapshot.objects.items() if address.kind == "component"}
    told: set[Address] = set()
    for key in (view.get("keys") or {}).get("keys") or ():
        live = known.get(key.get("providerId"))
        if live is None or live.fields.get("providerId") != "rsa-generated" or "keyUse" in live.fields["config"]:
            continue
        if key.get("use") == "ENC" and live.address not in told:
            told.add(live.address)
            yield Beyond(
                live.address,
                "its keyUse is ENC, which the Admin API hides for rsa-generated: a new realm would sign with this "
                "key. Declare providerId: rsa-enc-generated to keep it for encryption",
            )


def _service_account(client: Live, snapshot: Snapshot, view: View) -> Iterator[Beyond]:
    known = snapshot.objects.get(Address("service-account-roles", client.address.names))
    user = view.get("users", known.id) if known and known.id else account_of(view, client.address.name)
    if not user:
        told = "its service account has no user: a new realm makes one, with the default role"
        yield Beyond(client.address, told)
        return
    fields = [told for name, told in ACCOUNT.items() if user.get(name)]
    if user.get("enabled") is False:
        fields.append("being disabled")
    if user.get("username") != f"service-account-{client.address.name}".lower():
        fields.append(f"the username {user.get('username')}")
    if fields:
        yield Beyond(client.address, f"of its service account's user: {', '.join(fields)}")
    default = _default_role(snapshot)
    held = view.get("users", str(user["id"]), "role-mappings", "realm") if default else None
    if held is not None and default not in [role["name"] for role in held]:
        told = f"its service account does not have the default role {default}, which a new realm gives it"
        yield Beyond(client.address, told)


def _default_role(snapshot: Snapshot) -> str:
    """Return the name of the role that every new user gets; "" where the account may not see it."""
    found = snapshot.objects.get(Address("default-roles"))
    return str((found.fields.get("defaultRole") or {}).get("name") or "") if found else ""


def _organization(live: Live, view: View) -> Iterator[Beyond]:
    base = ("organizations", live.id or "")
    if members := view.get(*base, "members", "count"):
        yield Beyond(live.address, _many(int(members), "member"))
    if groups := view.listed(*base, "groups"):
        yield Beyond(live.address, f"{_many(len(groups), 'group')} of its own")
    if invited := view.listed(*base, "invitations"):
        yield Beyond(live.address, _many(len(invited), "invitation"))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
