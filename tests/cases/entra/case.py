"""A case of the rules' tests: what is different from a registration and a realm that have nothing amiss.

`registration` is laid over `good.yaml` (maps are merged, null takes a key away, lists are whole); `realm` is the text
of a realm file in place of `realm.yaml`. `remarks` are expected as `severity rule line:column: message`, `az` as the
command lines that would put it right.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from realmctl.config.loader import load
from realmctl.integrations.entra.finding import EntraRemark
from realmctl.integrations.entra.registration import Registration, Unseen
from realmctl.integrations.entra.requirements import Want, want_of
from realmctl.integrations.entra.rules import check
from tests.support.case_file import CaseFile, read_cases

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PUBLIC = "https://apps.example.com/auth"
SECRET = "abc-of-the-realm"


class Case(CaseFile):
    """One case, read from its file."""

    def want(self, folder: Path) -> Want:
        text = self.said.get("realm") or (HERE / "realm.yaml").read_text(encoding="utf-8")
        (folder / "realm.yaml").write_text(text, encoding="utf-8")
        environ = {"ENTRA_CLIENT_SECRET": str(self.said.get("secret", SECRET))}
        (config,) = load([folder], environ=environ)
        want = want_of(config, public_url=str(self.said.get("public", PUBLIC)), url=None)
        assert want
        return want

    @property
    def registration(self) -> Registration:
        return registration_of(self.said.get("registration") or {})

    def remarks(self, folder: Path) -> list[EntraRemark]:
        return check(self.want(folder), self.registration, NOW)


def registration_of(over: Mapping[str, Any]) -> Registration:
    """`good.yaml` with `over` laid over it."""
    parts = merged(read_cases(HERE / "good.yaml"), over)
    parts["unseen"] = [Unseen(**one) for one in parts["unseen"]]
    for part in ("application", "principal"):
        parts.setdefault(part, None)
    return Registration(**parts)


def merged(base: Any, over: Any) -> Any:
    """`over` laid over `base`."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    laid = {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}
    return {key: value for key, value in laid.items() if value is not None or key not in over or key in _HELD}


_HELD = frozenset({"6f1d6d0e-0000-4000-8000-000000000001", "requestedAccessTokenVersion"})
"""Keys whose null means something: a group that isn't there, a version that isn't set."""


def told(remark: EntraRemark) -> str:
    """`fail redirect-uri 6:3: message`."""
    place = f" {remark.place.line}:{remark.place.column}" if remark.place else ""
    return f"{remark.severity} {remark.rule}{place}: {remark.message}"
