"""Canaries and hostile names in every place of a realm's file × every command without a server × every format."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from realmctl.cli.main import run
from realmctl.errors import Exit
from realmctl.model.redaction import forget
from tests.cases.canaries.found import HOSTILE, SHAPES, commands, in_yaml, leaks, markup
from tests.support.case_file import read_cases

PLACES: dict[str, str] = read_cases(Path(__file__).parent / "places.yaml")
MARK = "<C>"
VARIABLE = "CANARY_SECRET"

TOGETHER = [" ".join(list(HOSTILE.values())[at::4]) for at in range(4)]
"""Several hostile texts in one name each, which is still short enough to be one."""

QUICK = frozenset({"special"})
"""The shapes that `make check` tries: what has the most to be encoded."""

PARTS = ["first", "others"]
THINNED = [pytest.param(place, marks=[pytest.mark.slow] if at % 3 else []) for at, place in enumerate(PLACES)]
"""Every place; `make check` tries a third of them."""

OUTPUTS = [
    *(["validate", "{}", "-o", one] for one in ("text", "json", "markdown", "sarif")),
    ["validate", "{}", "--explain", "unknown-key"],
    *(["show", "{}", "-o", one] for one in ("yaml", "json")),
    *(["graph", "{}", "-o", one] for one in ("svg", "mermaid", "html")),
    *(["render", "{}", "--format", one] for one in ("yaml", "json", "istio")),
    *(["plan", "{}", "-o", one] for one in ("text", "json", "markdown", "html")),
    ["drift", "{}", "-o", "markdown"],
    ["test", "{}", "-o", "junit"],
    ["entra", "roles", "{}"],
    *(["teams", "{}", "-o", one] for one in ("text", "json")),
    ["teams", "{}", "--codeowners", "github"],
]
"""Every command that looks at files before, or instead of, a server; the last ones end at the missing connection."""


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEYCLOAK_URL", "KEYCLOAK_USER", "KEYCLOAK_PASSWORD", "NOT_SET_ANYWHERE"):
        monkeypatch.delenv(name, raising=False)


def outputs(file: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[list[str], str, str]]:
    """What each command writes: its arguments, stdout and stderr."""
    for arguments in OUTPUTS:
        made = [str(file) if one == "{}" else one for one in arguments]
        code = run(made)
        told = capsys.readouterr()
        assert code in (Exit.OK, Exit.FAILED, Exit.BAD_CONFIG, Exit.USAGE, Exit.REFUSED), (arguments, told.err)
        assert "Traceback" not in told.err
        yield arguments, told.out, told.err


def is_well_formed(arguments: list[str], out: str) -> None:
    """Raises unless a program can read it."""
    form = arguments[-1]
    if not out:
        return
    if form in ("json", "sarif"):
        json.loads(out)
    elif form in ("svg", "junit"):
        ET.fromstring(out.partition("\n")[2])
    elif arguments[0] in ("show", "render"):
        list(yaml.safe_load_all(out))


@pytest.mark.parametrize("place", THINNED)
@pytest.mark.parametrize(
    "shapes", [QUICK, pytest.param(sorted(SHAPES.keys() - QUICK), marks=pytest.mark.slow)], ids=PARTS
)
def test_no_secret_is_shown(
    place: str,
    shapes: Collection[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "realm.yaml"
    file.write_text(PLACES[place].replace(MARK, f"$(env:{VARIABLE})"), encoding="utf-8")
    wrong = []
    for shape in shapes:
        canary = SHAPES[shape]
        forget()
        monkeypatch.setenv(VARIABLE, canary)
        for arguments, out, err in outputs(file, capsys):
            found = leaks(out, canary) + leaks(err, canary)
            wrong += [f"{shape}: {' '.join(arguments)}: {found[:3]}"] if found else []
            is_well_formed(arguments, out)
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("place", list(PLACES)[::2])
def test_renderers_hide_by_themselves(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edge hides once more; a text that was cut, wrapped or drawn could no longer be found there."""
    monkeypatch.setattr("realmctl.model.output.redact", str)
    file = tmp_path / "realm.yaml"
    file.write_text(PLACES[place].replace(MARK, f"$(env:{VARIABLE})"), encoding="utf-8")
    monkeypatch.setenv(VARIABLE, SHAPES["special"])
    told = [(" ".join(arguments), out + err) for arguments, out, err in outputs(file, capsys)]
    assert [where for where, text in told if leaks(text, SHAPES["special"])] == []


@pytest.mark.parametrize("place", THINNED)
@pytest.mark.parametrize("texts", [TOGETHER[:1], pytest.param(TOGETHER[1:], marks=pytest.mark.slow)], ids=PARTS)
def test_no_name_commands_a_log_or_deceives_a_reader(
    place: str, texts: Collection[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "realm.yaml"
    wrong = []
    for text in texts:
        file.write_text(PLACES[place].replace(MARK, in_yaml(text)), encoding="utf-8")
        for arguments, out, err in outputs(file, capsys):
            found = commands(out) + commands(err)
            found += markup(out) if arguments[-1] == "markdown" else []
            found += [line for line in (out + err).splitlines() if line.startswith(("error: owned", "No changes"))]
            wrong += [f"{text[:20]!r}: {' '.join(arguments)}: {found[:3]}"] if found else []
            is_well_formed(arguments, out)
    assert not wrong, "\n".join(wrong)
