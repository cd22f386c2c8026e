"""Secrets as references: each gets the name of an environment variable, and is listed with what it is for.

Must not know about: files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from realmctl.config.inputs.variable_access import reserved_content
from realmctl.export.foreign.substitutions import has_reference
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.address import Address
from realmctl.model.secret import MASK, Secret

_PARTS = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+")


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable to set. `value` is what the server told, or None where it hides it."""

    name: str
    meaning: str
    value: Secret | None
    broken: bool = False
    """Whether the server stores a mask in place of the secret: nothing can log in with it but that text."""

    @property
    def reference(self) -> str:
        """How a file refers to it."""
        return f"$(env:{self.name})"


@dataclass(slots=True)
class Variables:
    """The variables of a realm, in the order in which they are met."""

    found: list[Variable] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def referring(self, address: Address, path: tuple[str, ...], value: Any, *, in_clear: bool = False) -> Any:
        """The value with every secret in it as a reference; Keycloak's own `${vault.…}` stays as it is.

        `in_clear`: the server told the value as it is stored, so that a mask is what is stored.
        """
        if isinstance(value, Secret):
            return value if value.vault or _refers(value) else self._secret(address, path, value, in_clear=in_clear)
        if isinstance(value, Mapping):
            return {key: self.referring(address, (*path, key), item, in_clear=in_clear) for key, item in value.items()}
        if isinstance(value, list):
            return [self.referring(address, path, item, in_clear=in_clear) for item in value]
        return value

    def _secret(self, address: Address, path: tuple[str, ...], secret: Secret, *, in_clear: bool) -> Secret:
        meaning = " ".join((kinds()[address.kind].title, " / ".join(address.names))).strip()
        name = self._name(address, path)
        hidden = secret.reveal() == MASK
        told = None if hidden else secret
        variable = Variable(name, f"{meaning}: {'.'.join(path)}", told, broken=hidden and in_clear)
        self.found.append(variable)
        return Secret("" if hidden else secret.reveal(), variable.reference)

    def _name(self, address: Address, path: tuple[str, ...]) -> str:
        key = "client_secret" if path == ("secret",) else path[-1]
        top = [] if address.names else list(path[:-1])
        plain = _spoken(*address.names, *top, key)
        if reserved_content(plain):
            plain = f"REALM_{plain}"
        tries = [plain, _spoken(address.kind, plain), *(f"{plain}_{number}" for number in range(2, 100_000))]
        name = next(one for one in tries if one not in self.taken)
        self.taken.add(name)
        return name


def _refers(secret: Secret) -> bool:
    """Whether the text is a reference already: files of keycloak-config-cli hold such."""
    return has_reference(secret.reveal())


def _spoken(*words: str) -> str:
    """`SMTP_SERVER_PASSWORD`: what environment variables are called."""
    plain = unicodedata.normalize("NFKD", " ".join(words)).encode("ascii", "ignore").decode()
    name = "_".join(_PARTS.findall(plain)).upper()[:100] or "SECRET"
    return f"_{name}" if name[0].isdigit() else name
