"""Which names of a declared object the Admin API refuses, or takes and can't reach again: by the table `name_rules`.

Pure. Must not know about: files, findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realmctl.keycloak.catalog.name_rules import RULES
from realmctl.model.objects import Declared

Path = tuple[str | int, ...]


def wrong_names(declared: Declared) -> Iterator[tuple[Path, str]]:
    """What is wrong with the names in a declaration: where, and a sentence."""
    kind, names = declared.address.kind, declared.address.names
    if names and kind in RULES:
        wrong = RULES[kind].wrong(names[-1]) or _own(declared)
        if wrong:
            yield (), wrong
    if kind == "flow":
        yield from _steps(("executions",), declared.fields.get("executions"))
    elif kind == "user-profile":
        for name, said in (declared.fields.get("attributes") or {}).items():
            if said is not None and (wrong := RULES["user-attribute"].wrong(name)):
                yield ("attributes", name), wrong
    elif kind == "localization":
        yield from _texts(declared)


def _own(declared: Declared) -> str:
    """What only one kind of object can't be called."""
    address = declared.address
    if address.kind == "group" and any(above.endswith("~") for above in address.names[:-1]):
        return f"no path leads to a group below '{address.names[-2]}': in paths, ~/ is a slash in a name"
    if address.kind == "client" and address.name.startswith("#") and _needs_certificate(declared):
        return f"Keycloak can't make a certificate for the SAML client '{address.name}', whose name begins with #"
    return ""


def _needs_certificate(client: Declared) -> bool:
    """Whether Keycloak makes a key and a certificate for a new client: a SAML client that signs, as a new one does."""
    signs = (client.fields.get("attributes") or {}).get("saml.client.signature")
    return client.fields.get("protocol") == "saml" and signs != "false"


def _steps(path: Path, steps: Any) -> Iterator[tuple[Path, str]]:
    """Aliases of sub-flows and of settings: an import takes more of them than the Admin API."""
    for index, step in enumerate(steps or ()):
        for field, kind in (("flow", "sub-flow"), ("configAlias", "execution-config")):
            if (name := step.get(field)) and (wrong := RULES[kind].wrong(name)):
                yield (*path, index, field), wrong
        yield from _steps((*path, index, "executions"), step.get("executions"))


def _texts(declared: Declared) -> Iterator[tuple[Path, str]]:
    """Keys of texts, which Keycloak takes in any form, and takes away by their address."""
    for locale, texts in declared.fields["localization"].items():
        for key in sorted(texts or ()):
            if key and (wrong := RULES["localization-text"].wrong(key)):
                yield ("localization", locale, key), wrong
