"""Secrets that are written out, empty, or only a mask."""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.checks.subject import Subject
from realmctl.errors import Finding
from realmctl.model.secret import MASK
from realmctl.model.secret_values import secrets_in


def check(subject: Subject) -> Iterator[Finding]:
    """Clear text is a warning, since it may be a test's; what would blank or falsify a secret is an error."""
    for declared in subject.desired.resources.values():
        for path, secret in secrets_in(declared.fields):
            place = declared.origin.place(*path)
            what = f"'{path[-1]}' of {declared.address.kind} '{declared.address.name}'"
            if secret.reveal() == MASK:
                message = f"{what} is Keycloak's mask, not the secret"
                yield Finding("masked-secret", message, place, _HOW)
            elif secret.reference and not secret.reveal() and subject.complete:
                message = f"{what} is empty: {secret.reference} stands for nothing"
                yield Finding("empty-secret", message, place, "set it, or remove the key to leave the server's secret")
            elif secret.reveal() and not secret.reference and not secret.vault:
                yield Finding(
                    "clear-secret", f"{what} is a secret in clear text, whole or in part", place, _HOW, "warning"
                )


_HOW = "write $(env:NAME) or $(file:PATH), with no default and nothing around it, or Keycloak's own ${vault.key}"
