"""Which names Keycloak's Admin API takes, by kind of object: one table (26.7.3, by experiment).

An import of a whole realm takes more names: such an object can be on a server, and realmctl can't make it there.
A live test asks a server about every row. Pure. Must not know about: files, findings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

RESERVED = "!#$&()*+,/:;=?@[]\\"
"""What Keycloak refuses in realm names, aliases of flows and of their settings, of providers and of organizations."""
LONGEST = 255
_TEMPLATE = re.compile(r"\{[^{}]+\}")


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a name may be. If a name breaks two rules, the first one here is reported."""

    kind: str
    """As a person calls it."""
    refused: str = ""
    """Characters that Keycloak refuses."""
    blanks: bool = True
    """Whether white space may be in it."""
    only: re.Pattern[str] | None = None
    """What the whole name has to match; `takes` says it in words."""
    takes: str = ""
    template: bool = True
    """Whether braces with a text between them may be in it, which Keycloak takes for a part of a URL to fill in."""
    by_path: bool = False
    """Whether the Admin API has it at an address with its name in it: `.` and `..` would lead elsewhere."""
    longest: int = LONGEST
    """How many characters the database takes; 0 where another rule tells."""

    def wrong(self, name: str) -> str:
        """What is wrong with a name, as a sentence; "" for nothing."""
        if not name.strip():
            return f"this {self.kind} has no name"
        if "\x00" in name:
            return f"Keycloak's database takes no NUL in the {self.kind}'s name"
        if self.longest and len(name) > self.longest:
            return f"the name has {len(name)} characters; Keycloak takes {self.longest}"
        if self.only and not self.only.fullmatch(name):
            return f"Keycloak refuses the {self.kind} '{name}': it takes {self.takes}"
        found = " ".join(sorted({character for character in name if character in self.refused}))
        if found:
            return f"Keycloak refuses the {self.kind} '{name}': it takes no {found}"
        if not self.blanks and any(character.isspace() for character in name):
            return f"Keycloak refuses the {self.kind} '{name}': it takes no spaces"
        if not self.template and (braces := _TEMPLATE.search(name)):
            return f"Keycloak fails with 500 on the {self.kind} '{name}': it takes no text in braces ({braces[0]})"
        if self.by_path and name in (".", ".."):
            return f"no URL can reach an object named '{name}'"
        return ""


_ALIAS = NameRule("alias", refused=RESERVED)
_PLAIN = NameRule("name")
RULES: Mapping[str, NameRule] = {
    "role": NameRule("role", by_path=True),
    "client-role": NameRule("client role", by_path=True),
    "client": NameRule("client"),
    "client-scope": NameRule(
        "client scope",
        only=re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+"),
        takes="no spaces, quotes, backslashes, accents",
    ),
    "group": NameRule("group"),
    "flow": replace(_ALIAS, longest=0, by_path=True),
    # A new sub-flow may have any alias (POST …/executions/flow); its flow can't be built anew then, which renames it.
    "sub-flow": replace(_ALIAS, longest=0, by_path=True),
    "execution-config": _ALIAS,
    "identity-provider": replace(_ALIAS, blanks=False, template=False, by_path=True),
    "identity-provider-mapper": NameRule("identity provider mapper"),
    "protocol-mapper": NameRule("protocol mapper"),
    "scope-mapper": NameRule("protocol mapper"),
    "required-action": NameRule("required action", by_path=True),
    "component": NameRule("component"),
    "sub-component": NameRule("component"),
    "organization": replace(_ALIAS, blanks=False),
    "user-attribute": NameRule(
        "user attribute", only=re.compile(r"[A-Za-z0-9._-]+"), takes="letters, digits, '.', '_' and '-'"
    ),
    "localization-text": NameRule("text", by_path=True, longest=0),
    "client-profile": NameRule("client profile"),
    "client-policy": NameRule("client policy"),
    "authorization-scope": NameRule("authorization scope"),
    "authorization-resource": NameRule("authorization resource"),
    "authorization-policy": NameRule("authorization policy"),
}
"""By kind; `sub-flow`, `execution-config`, `user-attribute` and `localization-text` are parts of other objects.

Names of users are a matter of the user profile (`user_names`), and those of realms part of every URL (`realm_name`).
"""
