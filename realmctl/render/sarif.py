"""Findings as SARIF 2.1.0 (OASIS), which code scanning shows beside the lines of a pull request.

Must not know about: which rule found what, where the document goes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, Protocol
from urllib.parse import quote

from realmctl import __version__
from realmctl.engine.plan.value_text import json_safe
from realmctl.errors import Finding
from realmctl.render.findings import paragraph

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
"""The name that readers of SARIF know for the top of the sources; places are told from there."""
_PLACES = re.compile(r":\d+(:\d+)?\b")
"""What a message tells of lines: another line must not make another finding of it."""


class Explained(Protocol):
    """What the page about a rule says of it."""

    @property
    def why(self) -> str:
        """What goes wrong."""

    @property
    def instead(self) -> str:
        """What to write."""

    @property
    def source(self) -> str:
        """Who says so."""


def sarif(findings: Sequence[Finding], rules: Mapping[str, Explained], *, folder: Path) -> str:
    """All findings as one run. `rules` are those with a page of their own, `folder` is where the files' paths begin."""
    import json

    found = {one.rule: one.severity for one in sorted(findings, key=lambda one: one.severity, reverse=True)}
    ids = [*rules, *sorted(found.keys() - rules.keys())]
    driver = {
        "name": "realmctl",
        "version": __version__,
        "semanticVersion": __version__,
        "shortDescription": {"text": "Keycloak as code: realms kept as YAML in git."},
        "rules": [_rule(one, rules.get(one), found.get(one, "warning")) for one in ids],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "realmctl/validate/"},
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that realmctl ran in."}}},
        "results": list(_results(findings, {name: index for index, name in enumerate(ids)}, folder)),
    }
    return (
        json_safe(json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False))
        + "\n"
    )


def _rule(name: str, page: Explained | None, severity: str) -> dict[str, Any]:
    said = name.replace("-", " ")
    if page is None:
        why, then = f"{said[:1].upper()}{said[1:]}.", "Each finding says what is wrong, and what to write instead."
        help_ = {"text": then}
    else:
        why, then = page.why, page.instead
        text = f"{why}\nInstead: {then}\nSource: {page.source}"
        help_ = {"text": text, "markdown": f"{why}\n\n**Instead:** {then}\n\n**Source:** {page.source}"}
        help_["text"] += f"\nWhere it is meant: # realmctl: allow {name}: because …"
        help_["markdown"] += f"\n\nWhere it is meant, a comment says so: `# realmctl: allow {name}: because …`"
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": f"{said[:1].upper()}{said[1:]}"},
        "fullDescription": {"text": why},
        "help": help_,
        "defaultConfiguration": {"level": severity},
        "properties": {"tags": ["identity", "keycloak"]},
    }


def _results(findings: Sequence[Finding], indexes: Mapping[str, int], folder: Path) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for one in findings:
        uri = _uri(one.place.file, folder) if one.place else {}
        told = [line for part in (one.message, one.advice) for line in paragraph(part)]
        # Without lines: what stands above a finding may grow, and it is still the same one.
        same = hashlib.sha256(
            "\0".join([one.rule, uri.get("uri", ""), _PLACES.sub("", one.message)]).encode(errors="backslashreplace")
        ).hexdigest()
        seen[same] += 1
        result: dict[str, Any] = {
            "ruleId": one.rule,
            "ruleIndex": indexes[one.rule],
            "level": one.severity,
            # Braces stay single: a text without arguments is shown as it is.
            "message": {"text": "\n".join(told)},
            "partialFingerprints": {"realmctlFinding/v1": f"{same[:32]}:{seen[same]}"},
        }
        if one.place:
            region = {"startLine": one.place.line, "startColumn": one.place.column}
            result["locations"] = [{"physicalLocation": {"artifactLocation": uri, "region": region}}]
        yield result


def _uri(file: str, folder: Path) -> dict[str, str]:
    """A file below `folder` from there, as code scanning wants it; another one by its whole path."""
    path = PurePath(os.path.normpath(folder / file))
    if path.is_relative_to(folder):
        return {"uri": _quoted(path.relative_to(folder)), "uriBaseId": _ROOT}
    return {"uri": f"file://{_quoted(path)}"}


def _quoted(path: PurePath) -> str:
    """The path for a URI, byte by byte: a name that is no text in the locale's encoding comes with surrogates."""
    return quote(path.as_posix().encode(errors="surrogateescape"))
