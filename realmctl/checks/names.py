"""Names of objects that Keycloak refuses (26.7.3, by experiment)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from realmctl.checks.subject import Subject
from realmctl.errors import Finding

_LONGEST = 255
_REFUSED = "!#$&()*+,/:;=?@[]\\"
_WITH_ALIAS = frozenset({"identity-provider", "flow", "organization"})
_BY_NAME = frozenset({"role", "client-role", "identity-provider", "required-action"})
"""What the Admin API has at an address with its name in it; dots there would lead elsewhere."""
_IN_TOKENS = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""What RFC 6749 allows in a scope."""
_ATTRIBUTE = re.compile(r"[A-Za-z0-9._-]+")
_ADVICE = "use letters, digits, '-', '_' and '.'"


def check(subject: Subject) -> Iterator[Finding]:
    """Empty and overlong names, and characters that the kind of object can't have."""
    for declared in subject.desired.resources.values():
        if not declared.address.names:
            continue
        name, kind = declared.address.name, declared.address.kind
        if not name.strip():
            message = f"this {kind} has no name"
        elif len(name) > _LONGEST and kind != "flow":  # of which `flow_aliases` tells more
            message = f"the name has {len(name)} characters; Keycloak takes {_LONGEST}"
        elif kind == "client-scope" and not _IN_TOKENS.fullmatch(name):
            message = f"Keycloak refuses the client scope '{name}': it takes no spaces, quotes, backslashes, accents"
        elif kind in _WITH_ALIAS and any(character in _REFUSED for character in name):
            told = " ".join(sorted({character for character in name if character in _REFUSED}))
            message = f"Keycloak refuses the alias '{name}': it takes no {told}"
        elif kind == "group" and any(above.endswith("~") for above in declared.address.names[:-1]):
            message = (
                f"no path leads to a group below '{declared.address.names[-2]}': in paths, ~/ is a slash in a name"
            )
        elif kind == "client" and name.startswith("#") and declared.fields.get("protocol") == "saml":
            message = f"Keycloak can't make a certificate for the SAML client '{name}', whose name begins with #"
        elif name in (".", "..") and kind in _BY_NAME:
            message = f"no URL can reach an object named '{name}'"
        elif kind == "identity-provider" and ("{" in name or "}" in name):
            message = f"Keycloak refuses the alias '{name}': it takes no {{ }}"
        elif kind in ("identity-provider", "organization") and any(character.isspace() for character in name):
            message = f"Keycloak refuses the alias '{name}': it takes no spaces"
        else:
            continue
        yield Finding("bad-name", message, declared.origin.place(), _ADVICE)
    yield from _attributes(subject)
    yield from _texts(subject)


def _attributes(subject: Subject) -> Iterator[Finding]:
    """Names of user attributes, which Keycloak refuses together with the whole user profile."""
    for declared in subject.of("user-profile"):
        for name, said in (declared.fields.get("attributes") or {}).items():
            if said is not None and not _ATTRIBUTE.fullmatch(name):
                message = f"Keycloak refuses the user attribute '{name}': it takes letters, digits, '.', '_' and '-'"
                yield Finding("bad-name", message, declared.origin.place("attributes", name), _ADVICE)


def _texts(subject: Subject) -> Iterator[Finding]:
    """Keys of localization texts, which Keycloak takes in any form, and takes away by their address."""
    for declared in subject.of("localization"):
        for locale, texts in declared.fields["localization"].items():
            for key in sorted({".", ".."} & set(texts or ())):
                message = f"no URL can reach a text named '{key}'"
                yield Finding("bad-name", message, declared.origin.place("localization", locale, key), _ADVICE)
