"""Keycloak's own objects in a team's file: whose name each has, what may be said of it, what it refers to.

Default-deny: a kind that is not in `KINDS` is the platform's. Must not know about: high-level blocks, services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from realmctl.config.teams.clients import check_client
from realmctl.config.teams.mappers import check_broker_mapper, check_mapper, tells_group_names
from realmctl.config.teams.names import check_name
from realmctl.config.teams.references import check_references
from realmctl.config.teams.subject import TeamFile, root_of, title
from realmctl.errors import Finding
from realmctl.keycloak.kinds.expansion import Below
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.objects import Declared

Rule = Callable[[TeamFile, Declared], Iterator[Finding]]

_OF_MAPPER = frozenset({"protocolMapper", "protocol", "consentRequired", "consentText", "config"})
_POLICIES = frozenset(
    {"role", "group", "user", "client", "client-scope", "time", "aggregate", "regex", "resource", "scope"}
)


def _plain(_look: TeamFile, _declared: Declared) -> Iterator[Finding]:
    return iter(())


def _with_attributes(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """Attributes of groups and users, which mappers put into tokens: a member has those of its groups (26.7.3)."""
    for name in declared.fields.get("attributes") or ():
        if not look.bounds.includes("attribute", str(name)):
            told = f"set the attribute '{name}' of the {title(declared.address)}, which tokens may hold"
            yield look.refuse_name(told, declared.origin.place("attributes", name), "attribute", str(name))


def _scope(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    for name in declared.fields.get("attributes") or ():
        if name not in ("include.in.token.scope", "display.on.consent.screen", "consent.screen.text", "gui.order"):
            told = f"set the attribute '{name}' of the {title(declared.address)}"
            yield look.refuse(told, declared.origin.place("attributes", name))


def _policy(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    kind = declared.fields.get("type")
    if kind not in _POLICIES:
        yield look.refuse(f"declare a policy of the type '{kind}'", declared.origin.place("type"))


def _flow(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    def scripts(steps: object, path: tuple[str | int, ...]) -> Iterator[Finding]:
        for index, step in enumerate(steps if isinstance(steps, list) else ()):
            if "script" in str(step.get("authenticator") or ""):
                yield look.refuse("run a script in a flow", declared.origin.place(*path, index, "authenticator"))
            yield from scripts(step.get("executions"), (*path, index, "executions"))

    return scripts(declared.fields.get("executions"), ("executions",))


KINDS: Mapping[str, Rule] = {
    "role": _plain,
    "role-composites": _plain,
    "client": check_client,
    "client-role": _plain,
    "client-role-composites": _plain,
    "client-scopes-of-client": _plain,
    "client-flow-overrides": _plain,
    "scope-mappings": _plain,
    "service-account-roles": _plain,
    "service-account-groups": _plain,
    "protocol-mapper": check_mapper,
    "authorization": _plain,
    "authorization-scope": _plain,
    "authorization-resource": _plain,
    "authorization-policy": _policy,
    "client-scope": _scope,
    "scope-mapper": check_mapper,
    "scope-mappings-of-scope": _plain,
    "group": _with_attributes,
    "group-roles": _plain,
    "user": _with_attributes,
    "user-roles": _plain,
    "user-groups": _plain,
    "organization": _plain,
    "organization-identity-providers": _plain,
    "identity-provider": _plain,
    "identity-provider-mapper": check_broker_mapper,
    "flow": _flow,
}
"""The kinds that a team may declare, within its names, and what is checked beside names and references."""


FIELDS: Mapping[str, frozenset[str]] = {
    "role": frozenset({"description", "attributes"}),
    "client-role": frozenset({"description", "attributes"}),
    "authorization": frozenset({"policyEnforcementMode", "decisionStrategy", "allowRemoteResourceManagement"}),
    "authorization-scope": frozenset({"displayName", "iconUri"}),
    "authorization-resource": frozenset(
        {"displayName", "type", "uris", "scopes", "attributes", "ownerManagedAccess", "icon_uri"}
    ),
    "authorization-policy": frozenset({"type", "description", "logic", "decisionStrategy", "config"}),
    "client-scope": frozenset({"description", "protocol", "attributes"}),
    "protocol-mapper": _OF_MAPPER,
    "scope-mapper": _OF_MAPPER,
    "group": frozenset({"description", "attributes"}),
    "user": frozenset({"email", "firstName", "lastName", "enabled", "attributes", "requiredActions"}),
    "organization": frozenset({"name", "enabled", "description", "domains"}),
    "identity-provider": frozenset(
        {
            "providerId", "displayName", "enabled", "storeToken", "linkOnly", "hideOnLogin",
            "firstBrokerLoginFlowAlias", "postBrokerLoginFlowAlias", "config",
        }
    ),
    "identity-provider-mapper": frozenset({"identityProviderMapper", "config"}),
    "flow": frozenset({"description", "providerId", "executions", "steps"}),
}  # fmt: skip
"""The fields of each kind that a team may set; a link's are all references, and a client's are judged by themselves."""


def _unknown(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    allowed = FIELDS.get(declared.address.kind)
    for name in declared.fields if allowed is not None else ():
        if allowed is not None and name not in allowed:
            yield look.refuse(f"set '{name}' of the {title(declared.address)}", declared.origin.place(name))


def check_objects(look: TeamFile) -> Iterator[Finding]:
    """Every object that the file declares, declares absent, or renames."""
    for address, declared in look.declared.items():
        if not address.names:
            continue  # The realm's own part of the file: `sections` judges its keys.
        rule, root = KINDS.get(address.kind), root_of(address)
        if rule is None:
            yield look.refuse(f"declare the {title(address)}", declared.origin.place())
        elif not look.bounds.includes(root.kind, "/".join(root.names)):
            if address == root:  # Whatever is below it is out of bounds with it.
                place = declared.origin.place()
                yield look.refuse_name(f"declare the {title(address)}", place, root.kind, root.names[0])
        else:
            yield from check_name(look, address, declared.origin.place())
            yield from _inner_group(look, declared)
            yield from _unknown(look, declared)
            yield from _taken(look, declared)
            yield from rule(look, declared)
            yield from check_references(look, declared)


def _inner_group(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """A group below another group, where tokens hold group names without the groups above them."""
    address = declared.address
    if address.kind != "group" or len(address.names) == 1 or look.bounds.includes("group", address.name):
        return
    mapper = tells_group_names(look)
    if mapper:
        told = f"declare the {title(address)}: {mapper} writes names of groups without the groups above them"
        yield look.refuse_name(told, declared.origin.place(), "group", address.name)


def _taken(look: TeamFile, declared: Declared) -> Iterator[Finding]:
    """An object of the team's name that is not the team's: declared by another file, made by a block, or shipped."""
    address, place, root = declared.address, declared.origin.place(), root_of(declared.address)
    if kinds()[address.kind].is_link:
        return  # A part of its owner, which is judged.
    path = declared.origin.path if isinstance(declared.origin, Below) else ()
    elsewhere = look.first_place_elsewhere(path, (root.kind, root.names[0]))
    is_named = look.bounds.is_named(root.kind, "/".join(root.names))
    if elsewhere is not None:
        yield look.refuse(f"change the {title(address)}, which is declared at {elsewhere}", place)
    elif look.is_made_by_block(path) or (root in look.realm.builtin and not is_named):
        yield look.refuse(f"change the {title(address)}, which belongs to the platform", place)
    old = declared.renamed_from
    if old is not None:
        was = root_of(old)
        is_anothers = old in look.realm.builtin or (look.realm.declares(old) and old not in look.own)
        if is_anothers or not look.bounds.includes(was.kind, "/".join(was.names)):
            told = f"rename the {title(old)}"
            yield look.refuse_name(told, declared.origin.place("renamedFrom"), was.kind, was.names[0])
