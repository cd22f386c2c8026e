"""What a rule has to say about a registration, and the request that would put it right.

Must not know about: any single rule, how remarks are shown.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from realmctl.errors import Place

Severity = Literal["fail", "warn", "note"]
SEVERITIES: tuple[Severity, ...] = ("fail", "warn", "note")
"""fail: sign-in does not work, or what the realm maps never arrives. warn: it will not for long, or not for everyone,
or it is unsafe. note: worth knowing."""


@dataclass(frozen=True)
class Fix:
    """What would put it right: `body` sent to `url` in Graph, or `command` of the Azure CLI where that does more.

    realmctl carries out neither.
    """

    url: str = ""
    body: Mapping[str, Any] | None = None
    command: tuple[str, ...] = ()
    method: Literal["PATCH", "POST"] = "PATCH"

    @property
    def az(self) -> str:
        """The command line of the Azure CLI, quoted for a shell."""
        if self.command:
            return shlex.join(self.command)
        body = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        headers = "Content-Type=application/json"
        return shlex.join(
            ["az", "rest", "--method", self.method, "--url", self.url, "--headers", headers, "--body", body]
        )


@dataclass(frozen=True)
class EntraRemark:
    """One thing about a registration. `place` is where the realm's files ask for what it lacks."""

    rule: str
    severity: Severity
    message: str
    place: Place | None = None
    advice: str = ""
    fix: Fix | None = None
