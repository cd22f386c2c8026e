"""Rules about what holds clients to rules: client policies and profiles, and who may register clients.

Must not know about: single clients.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.analysis.danger.rule import DangerRule, Found, list_names, say
from realmctl.analysis.danger.settings import Row, table, turned_off, turned_on
from realmctl.analysis.danger.transition import Transition
from realmctl.analysis.danger.values import is_true, items, number, plain
from realmctl.model.address import Address
from realmctl.model.danger import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW

REGISTRATION = "clientRegistrationPolicies"
_SETTINGS = (
    "allowed-client-scopes", "allow-default-scopes", "allowed-protocol-mapper-types", "max-clients", "web-origins",
    "trusted-hosts", "host-sending-registration-request-must-match", "client-uris-must-match",
)  # fmt: skip


def _policies(t: Transition) -> Iterator[Found]:
    for policy in t.gone("client-policy"):
        if is_true(t.before.get(policy, "enabled")):
            told = say(
                "The client policy {name} is deleted: clients no longer have to meet its rules.", name=policy.name
            )
            yield Found(H, told, policy)
    for policy in t.of("client-policy"):
        if not is_true(t.before.get(policy, "enabled")):
            continue
        if not is_true(t.after.get(policy, "enabled")):
            yield Found(
                H,
                say("The client policy {name} is off: clients no longer have to meet its rules.", name=policy.name),
                policy,
            )
            continue
        old, new = (set(items(one)) for one in t.pair(policy, "profiles"))
        if old - new:
            told = say("The client policy {name} no longer enforces {profiles}.", name=policy.name,
                       profiles=list_names(sorted(old - new)))  # fmt: skip
            yield Found(H, told, policy, ("profiles",))
        if _plain(t.before.get(policy, "conditions")) != _plain(t.after.get(policy, "conditions")):
            told = say("The client policy {name} applies to other clients: its conditions change.", name=policy.name)
            yield Found(H, told, policy, ("conditions",))
        if plain(t.before.get(policy, "mode")) == "STRICT" and plain(t.after.get(policy, "mode")) != "STRICT":
            yield Found(M, say("The policy {name} is not strict any more.", name=policy.name), policy, ("mode",))


def _profiles(t: Transition) -> Iterator[Found]:
    used = {
        name for policy in t.before.of("client-policy") if is_true(t.before.get(policy, "enabled"))
        for name in items(t.before.get(policy, "profiles"))
    }  # fmt: skip
    for profile in (*t.of("client-profile"), *t.gone("client-profile")):
        if profile in t.before and not t.is_new(profile):
            old, new = (_executors(one) for one in t.pair(profile, "executors"))
            worse = [name for name, config in old.items() if new.get(name) != config]
            if worse:
                told = say("The client profile {name} enforces less: {executors} changed or removed.",
                           name=profile.name,
                           executors=list_names(worse))  # fmt: skip
                yield Found(H if profile.name in used else L, told, profile, ("executors",))


def _executors(value: Any) -> dict[str, str]:
    return {str(one.get("executor")): _plain(one.get("configuration")) for one in value or ()}


def _plain(value: Any) -> str:
    """Conditions and settings as text, for a comparison: what is empty or false is as good as absent."""
    if isinstance(value, dict):
        kept = {key: _plain(item) for key, item in sorted(value.items())}
        kept = {key: item for key, item in kept.items() if item not in ("", "false")}
        return str(kept) if kept else ""
    if isinstance(value, (list, tuple)):
        return str([_plain(one) for one in value]) if value else ""
    return plain(value)


def _registration(t: Transition) -> Iterator[Found]:
    """Policies of client registration: what holds those who register clients without an administrator."""
    for policy in t.gone("component"):
        if policy.names[0].startswith(REGISTRATION):
            told = say("{who} may register clients without {name}.", who=_who(policy), name=policy.name)
            yield Found(H, told, policy)
    for policy in t.of("component"):
        if not policy.names[0].startswith(REGISTRATION) or t.is_new(policy):
            continue
        old, new = (view.get(policy, "config") or {} for view in (t.before, t.after))
        worse = [key for key in sorted({*old, *new}) if plain(old.get(key)) != plain(new.get(key))
                 and not _stricter(key, old.get(key), new.get(key))]  # fmt: skip
        if worse:
            told = say("{who} may register clients by other rules: {keys} of {name} changed.", who=_who(policy),
                       keys=list_names(worse), name=policy.name)  # fmt: skip
            yield Found(H, told, policy, ("config", worse[0]))


def _stricter(key: str, old: Any, new: Any) -> bool:
    was, now = number(old), number(new)
    if was is not None and now is not None:
        return now <= was
    if plain(new).lower() in ("true", "false") or plain(old).lower() in ("true", "false"):
        good = "false" if key.startswith("allow") else "true"
        return plain(new).lower() == good
    return bool(items(new)) and set(items(new)) <= set(items(old))


def _who(policy: Address) -> tuple[str]:
    return ("Anybody",) if policy.names[0].endswith(":anonymous") else ("Everybody with a registration token",)


RULES = (
    DangerRule(
        "client-policy-weaker",
        H,
        "Clients need not keep to a policy any more",
        "A client policy holds clients to PKCE, to keys, to short lifetimes. It is off, gone, for other clients, or "
        "asks for fewer profiles.",
        "Keep the policy enabled, with its profiles and conditions.",
        _policies,
        tuple(f"client-policy.{field}" for field in ("enabled", "mode", "conditions", "profiles")),
    ),
    DangerRule(
        "client-profile-weaker",
        H,
        "A client profile asks for less",
        "An executor that is gone or has other settings no longer holds clients to what it asked for. Low where no "
        "policy uses the profile.",
        "Keep the executors.",
        _profiles,
        ("client-profile.executors",),
    ),
    DangerRule(
        "client-registration-opened",
        H,
        "Clients can be registered by other rules",
        "Client registration makes clients without an administrator. These policies say from which hosts, how many, "
        "with which scopes and mappers.",
        "Keep Keycloak's own policies.",
        _registration,
        tuple(f"component.config.{key}" for key in _SETTINGS),
    ),
    table(
        "feature-opened",
        H,
        "A further way to administer or issue is open",
        "These switches open interfaces that manage users or issue credentials, or change who decides about them.",
        "Keep the switch off until it is needed.",
        Row("realm", "scimApiEnabled", turned_on(H), "Users can be managed by a further interface (SCIM)."),
        Row("realm", "adminPermissionsEnabled", turned_on(M), "Administration can be given out piece by piece."),
        Row("realm", "adminPermissionsEnabled", turned_off(M), "Permissions to administer no longer hold."),
        Row("realm", "verifiableCredentialsEnabled", turned_on(M), "Keycloak issues verifiable credentials."),
        Row("realm", "organizationsEnabled", turned_on(L), "Organizations decide where people log in."),
        Row("client", "attributes/oid4vci.enabled", turned_on(M), "Client {name} issues verifiable credentials.",
            born=True),
    ),
)  # fmt: skip
