"""What can be said of a desired realm without a server: unsafe settings, unknown types, references that lead nowhere.

One short file per rule; each has `check(subject)` and yields findings. Must not know about: YAML, HTTP.
"""

from __future__ import annotations

from dataclasses import replace

from realmctl.config.checks import (
    callback,
    composite_cycle,
    config_reference,
    contradictions,
    flow_aliases,
    identity_provider_types,
    lengths,
    locales,
    mail_login,
    mapper_types,
    names,
    nulls,
    numbers,
    password_policy,
    provider_types,
    realm_name,
    redirect_uris,
    references,
    required_action_types,
    secrets,
    server_lists,
    services,
    step_types,
    switched_off,
    syntax,
    user_fields,
    user_names,
)
from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.keycloak.kinds.map_values import give_meaning

RULES = (
    realm_name,
    names,
    user_names,
    user_fields,
    nulls,
    lengths,
    flow_aliases,
    redirect_uris,
    secrets,
    mail_login,
    composite_cycle,
    mapper_types,
    identity_provider_types,
    step_types,
    required_action_types,
    provider_types,
    server_lists,
    locales,
    password_policy,
    numbers,
    syntax,
    contradictions,
    switched_off,
    references,
    config_reference,
    callback,
    services,
)
"""Every rule, in the order in which they are asked. A new one is one file, and its name here."""


OFFLINE = frozenset({"unknown-reference", "config-reference", "ambiguous-path"})
"""Rules whose findings are doubts of someone who has not asked a server; a plan, which has, may leave them out."""


ACCEPTABLE = frozenset(
    {
        "wildcard-redirect",
        "config-reference",
        "ambiguous-path",
        "unknown-type",
        "unknown-config-key",
        "composite-cycle",
        "bad-name",
        "unknown-role",
        "wrong-value",
        "unknown-choice",
        "obsolete-key",
        "bad-text",
        "bad-number",
        "contradiction",
        "password-policy",
        "unknown-event",
        "unknown-locale",
        "unknown-theme",
        "unsupported-locale",
    }
)
"""Rules whose findings a realm may have for reasons of its own: `accept` in its files makes warnings of them."""


def convert_maps(subject: Subject) -> tuple[Subject, list[Finding]]:
    """The subject with the values of maps as Keycloak wants them, and findings for those that it would misread."""
    desired = subject.desired
    resources, findings = give_meaning(desired.resources, subject.said, subject.custom)
    return subject.with_desired(replace(desired, resources=resources)), findings


def check(subject: Subject) -> list[Finding]:
    """What every rule finds."""
    return [finding for rule in RULES for finding in rule.check(subject)]


__all__ = ["ACCEPTABLE", "OFFLINE", "RULES", "Subject", "check", "convert_maps"]
