"""kcwarden's opinion of a realm on a server, told as findings in the realm's own files.

kcwarden (Apache-2.0, an optional extra) judges an export; what it names is looked up among what the files declare. Must
not know about: HTTP, terminals, where the export came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from io import StringIO
from typing import Any

from realmctl.config.lint import KCWARDEN
from realmctl.errors import Finding, UsageProblem
from realmctl.model.address import Address
from realmctl.model.objects import Desired

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""kcwarden's, from the least."""

_ASKS_ELSEWHERE = frozenset({"KeycloakVersionShouldBeUpToDate"})
"""It asks a public server for the newest Keycloak: nothing is sent anywhere from here but to the realm's own server."""

_SHORT = 120
"""Characters of a detail that is still told."""

_KIND = {
    "Client": "client",
    "ClientScope": "client-scope",
    "IdentityProvider": "identity-provider",
    "Realm": "realm",
    "RealmRole": "role",
    "ServiceAccount": "client",
}
"""kcwarden's types of objects → ours, as far as a name alone leads to one."""


def audit_realms(
    export: Mapping[str, Any], desired: Desired, least: str = "info", *, called: str = ""
) -> list[tuple[str, Finding]]:
    """What kcwarden's auditors say of an export of the realm: severity and finding, the gravest first.

    `least` is the least severity that is told; `called` is the name of the realm that was exported, where it is a
    copy. Raises UsageProblem where kcwarden isn't installed.
    """
    text = json.dumps(export)
    text = text.replace(called, desired.realm) if called else text
    auditors = _kcwarden("configuration.auditors").collect_auditors()
    database = _kcwarden("database.in_memory_db").InMemoryDatabase()
    _kcwarden("database.importer").load_realm_dump(StringIO(text), database)
    keys = _kcwarden("custom_types.config_keys")
    config = {keys.AUDITOR_CONFIG: {}, keys.MONITOR_CONFIG: {}, keys.IGNORE_DISABLED_CLIENTS: True}
    found = [
        (str(result.severity.name).lower(), _finding(result, desired))
        for auditor in auditors
        # Monitors look for what their own configuration names, and there is none.
        if not auditor.has_custom_config() and auditor.get_classname() not in _ASKS_ELSEWHERE
        for result in auditor(database, config).audit()
    ]
    told = [one for one in dict.fromkeys(found) if SEVERITIES.index(one[0]) >= SEVERITIES.index(least)]
    return sorted(told, key=lambda one: (-SEVERITIES.index(one[0]), *_order(one[1])))


def rule_of(auditor: str) -> str:
    """The id of an auditor's findings: `ClientWithFullScopeAllowed` → `kcwarden-client-with-full-scope-allowed`."""
    return KCWARDEN + re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", auditor).lower()


def _finding(result: Any, desired: Desired) -> Finding:
    about = result.offending_object
    kind, name = about.get_type(), about.get_name()
    declared = desired.resources.get(_address(kind, name))
    where = "" if declared else ", which no file declares"
    details = "".join(f"; {key}: {value}" for key, value in _details(result.additional_details))
    # Its own words end with a full stop or not.
    message = f"{kind} '{name}'{where}: {result.short_description.rstrip('.')} ({result.severity.name}){details}"
    advice = " ".join(f"{result.long_description} {result.reference}".split())
    # The realm stands nowhere by itself, but for the line that names it.
    place = declared.origin.place(*(("realm",) if kind == "Realm" else ())) if declared else None
    return Finding(rule_of(result.get_reporting_auditor()), message, place, advice, "warning")


def _address(kind: str, name: str) -> Address:
    if kind == "Realm":
        return Address("realm")
    own = name.removeprefix("service-account-") if kind == "ServiceAccount" else name
    return Address(_KIND.get(kind, kind), (own,))


def _details(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What it adds in a few words: its lists of all scopes and switches are the object over again."""
    for key, value in sorted(details.items()):
        if isinstance(value, str) and 0 < len(value) <= _SHORT:
            yield key.replace("_", " "), value


def _order(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    return (place is None, (place.file, place.line, place.column) if place else (), finding.rule, finding.message)


def _kcwarden(name: str) -> Any:
    try:
        return import_module(f"kcwarden.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "kcwarden":
            raise
        raise UsageProblem(
            "An audit needs kcwarden, which isn't installed.", advice="Install it: pip install 'kcwarden>=0.18,<0.19'"
        ) from None
