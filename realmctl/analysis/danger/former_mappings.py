"""What a broker's mapper gave, and no mapper of the provider names any more: the people who got it keep it.

At a login Keycloak takes away what a mapper with FORCE names and the token does not give. What no mapper names stays
(26.7.3, by real logins).

Pure. Must not know about: who has a role, how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from realmctl.analysis.danger.holders import gives_nothing
from realmctl.analysis.danger.realm_view import RealmView
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import text
from realmctl.model.address import Address

ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Left:
    """A role or a group (`target`), or else the `attribute`, that the people of a provider keep."""

    mapper: Address
    target: Address | None
    attribute: str = ""
    is_retired: bool = False
    """Whether the mapper gave nothing, and took it away from each person who logged in."""

    @property
    def provider(self) -> str:
        """The provider's alias."""
        return self.mapper.names[0]


def left_behind(t: Transition) -> Iterator[Left]:
    """Yield what each changed or deleted mapper gave before, where no mapper of the provider names it afterwards."""
    still = {(one.names[0], given) for one in t.after.of("identity-provider-mapper") if (given := _given(t.after, one))}
    told: set[tuple[str, Address | str]] = set()
    for mapper in t.changed:
        if mapper.kind != "identity-provider-mapper" or mapper not in t.before:
            continue
        given = _given(t.before, mapper)
        if not given or (key := (mapper.names[0], given)) in still | told:
            continue
        told.add(key)
        retired = gives_nothing(t.before.get(mapper, "config") or {})
        if isinstance(given, str):
            yield Left(mapper, None, given, retired)
        elif not t.after.is_gone(given):
            yield Left(mapper, given, "", retired)


def _given(view: RealmView, mapper: Address) -> Address | str:
    """The role or the group that a mapper names, or the name of the attribute that it sets; "" for neither."""
    config, kind = view.get(mapper, "config") or {}, text(view.get(mapper, "identityProviderMapper"))
    role, group = text(config.get("role")), text(config.get("group"))
    if group and "-role-" not in kind:
        return view.group_at(group)
    if role and "-group-" not in kind:
        return view.role_named(role)
    if "attribute" not in kind or "session" in kind:
        return ""
    name = text(config.get("user.attribute") or config.get("userAttribute") or config.get("attribute"))
    # A login sets these again by itself.
    return "" if name.lower() in ("username", "email", "firstname", "lastname") else name
