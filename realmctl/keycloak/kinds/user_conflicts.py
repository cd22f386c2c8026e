"""What keeps a declared user from being as the file says: the realm's rules, its user profile, and the other users.

By experiment (26.7.3). Pure. Must not know about: requests, how users are looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from realmctl.keycloak.kinds.base import Conflict
from realmctl.keycloak.kinds.user_profile import PROFILE, refusal
from realmctl.model.address import Address
from realmctl.model.objects import Declared, Desired, Live, Snapshot

_REALM = Address("realm")


def conflicts(desired: Desired, snapshot: Snapshot) -> Iterator[Conflict]:
    """What Keycloak would refuse halfway, change, or drop without a word; `snapshot` has the new names already."""
    users = {address: want for address, want in desired.resources.items() if address.kind == "user"}
    if not users:
        return
    realm = _said_over_live(_REALM, desired, snapshot)
    people = {
        address: _email(users.get(address), snapshot.objects.get(address))
        for address in (*users, *(one for one in snapshot.objects if one.kind == "user"))
    }
    for want in users.values():
        have = snapshot.objects.get(want.address)
        yield from _renamed(want, have, realm)
        yield from _dropped(want, desired, snapshot)
        if realm.get("registrationEmailAsUsername"):
            yield from _named_otherwise(want, have)
        else:
            yield from _taken(want, have, people, snapshot, realm)
            if realm.get("loginWithEmailAllowed"):
                yield from _address_of_another(want, have, snapshot)


def _said_over_live(address: Address, desired: Desired, snapshot: Snapshot) -> Mapping[str, Any]:
    said, live = desired.resources.get(address), snapshot.objects.get(address)
    return {**(live.fields if live else {}), **(said.fields if said else {})}


def _email(want: Declared | None, have: Live | None) -> str | None:
    """The address that a user has after the apply."""
    if want and "email" in want.fields:
        return want.fields["email"] or None
    return (have.fields.get("email") if have else None) or None


def _renamed(want: Declared, have: Live | None, realm: Mapping[str, Any]) -> Iterator[Conflict]:
    if not _new_name(want, have) or have is None or realm.get("registrationEmailAsUsername"):
        return
    if realm.get("editUsernameAllowed") is False:
        told = f"Keycloak lets nobody rename the user {have.fields['username']} in this realm"
        yield want, ("renamedFrom",), told, "declare editUsernameAllowed: true, or take renamedFrom out"


def _new_name(want: Declared, have: Live | None) -> bool:
    return have is None or bool(have.fields["username"] != want.address.name)


def _named_otherwise(want: Declared, have: Live | None) -> Iterator[Conflict]:
    """A write with an address makes that the name, and one without is refused. Of a bare name nothing is written."""
    if not _new_name(want, have) and not want.fields:
        return
    email = _email(want, have)
    if email != want.address.name:
        whose = "this user's is another one" if email else "this user has none"
        told = f"in this realm the e-mail address is the user name, and {whose}"
        advice = "write the user name and email alike, or declare registrationEmailAsUsername: false"
        yield want, ("email",) if "email" in want.fields else (), told, advice


def _taken(
    want: Declared,
    have: Live | None,
    people: Mapping[Address, str | None],
    snapshot: Snapshot,
    realm: Mapping[str, Any],
) -> Iterator[Conflict]:
    """An address that somebody else has, as an address or as a name. Made side by side, both would get it."""
    email, path = want.fields.get("email"), ("email",)
    if not email or (have and have.fields.get("email") == email):
        return
    for address, then in people.items():
        other, live = address.name, snapshot.objects.get(address)
        if address == want.address:
            continue
        if other == email and realm.get("loginWithEmailAllowed"):
            told = f"this e-mail address is the name of the user {other}, and people log in with either"
            yield want, path, told, "give one of them another one, or declare loginWithEmailAllowed: false"
        elif realm.get("duplicateEmailsAllowed") is not False:
            continue
        elif then == email:
            told = f"the user {other} has the same e-mail address, and this realm allows each only once"
            yield want, path, told, "give one of them another address"
        elif live and live.fields.get("email") == email:
            told = f"the user {other} has this e-mail address until this apply is done"
            yield want, path, told, f"take it from {other} in an apply of its own first"


def _address_of_another(want: Declared, have: Live | None, snapshot: Snapshot) -> Iterator[Conflict]:
    """A new name that somebody has as an address already; who gets it only now is told by `_taken`."""
    for other in snapshot.objects.values():
        same = other.address.kind == "user" and other.fields.get("email") == want.address.name
        if same and other.address != want.address and _new_name(want, have):
            told = f"this name is the e-mail address of the user {other.address.name}, and people log in with either"
            yield want, (), told, "give one of them another one, or declare loginWithEmailAllowed: false"


def _dropped(want: Declared, desired: Desired, snapshot: Snapshot) -> Iterator[Conflict]:
    """Attributes that Keycloak would forget without a word, or refuse."""
    said, live = desired.resources.get(PROFILE), snapshot.objects.get(PROFILE)
    if snapshot.exists and live is None:
        return  # The account may not see the profile.
    for name, values in (want.fields.get("attributes") or {}).items():
        why = values and refusal(name, len(values), said.fields if said else {}, live.fields if live else {})
        if why:
            yield want, ("attributes", name), *why
