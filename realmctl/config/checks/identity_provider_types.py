"""Identity providers and their mappers of a type that Keycloak does not have, and their config keys."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.config.checks.types import unknown_keys, unknown_type
from realmctl.errors import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """Every declared identity provider and identity provider mapper."""
    kinds = (
        ("identity-provider", "providerId", "identity provider of type", subject.catalogue.identity_providers),
        (
            "identity-provider-mapper",
            "identityProviderMapper",
            "identity provider mapper of type",
            subject.catalogue.identity_provider_mappers,
        ),
    )
    for kind, field, what, known in kinds:
        for declared in subject.of(kind):
            name = declared.fields.get(field)
            if not name or name in subject.custom:
                continue
            if name not in known:
                yield unknown_type(declared, (field,), what, name, known)
            else:
                yield from unknown_keys(declared, ("config",), name, declared.fields.get("config"), known[name])
