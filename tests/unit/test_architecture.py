"""The house itself, tested: file lengths, docstrings, names, layers, and what must not be silenced."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "realmctl").rglob("*.py"))
PYTHON = [*MODULES, *(path for name in ("tests", "tooling", "bench") for path in sorted((ROOT / name).rglob("*.py")))]
LONGEST = 400
FORBIDDEN_NAMES = re.compile(r"utils?|helpers?|managers?|processors?|misc|common")
HEAVY = ("keycloak", "requests", "httpx", "pydantic", "yaml", "rich", "stamina", "cryptography", "msal", "deepdiff")


Rule = Callable[[Path], Iterator[tuple[int, str]]]
"""What is wrong in a file: the line, and what a reader should know of it."""


def offenders(paths: list[Path], rule: Rule) -> str:
    """Return every place that breaks the rule as `FILE:LINE: what is wrong`, one a line; empty if there is none."""
    return "\n".join(f"{path.relative_to(ROOT)}:{line}: {wrong}" for path in paths for line, wrong in rule(path))


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def too_long(path: Path) -> Iterator[tuple[int, str]]:
    lines = len(text_of(path).splitlines())
    if lines > LONGEST:
        yield LONGEST + 1, f"{lines} lines; a file of more than {LONGEST} holds two subjects"


def without_docstring(path: Path) -> Iterator[tuple[int, str]]:
    if not ast.get_docstring(tree_of(path)):
        yield 1, "a module opens with its docstring"


def empty_names(path: Path) -> Iterator[tuple[int, str]]:
    classes = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)]
    words = [(1, path.stem)]
    words += [(node.lineno, word.lower()) for node in classes for word in re.findall(r"[A-Z][a-z]+", node.name)]
    yield from ((line, f"the name '{word}' says nothing") for line, word in words if FORBIDDEN_NAMES.fullmatch(word))


def silenced(path: Path) -> Iterator[tuple[int, str]]:
    # Written in two halves, so that this file may be read by the same rule.
    marks = [f"type: {'ignore'}", f"# {'noqa'}", f"TO{'DO'}", f"FIX{'ME'}", f"mypy: {'ignore'}"]
    yield from (
        (number, f"{mark} silences a check or postpones work")
        for number, line in enumerate(text_of(path).split("\n"), 1)
        for mark in marks
        if mark in line
    )
    if "except" not in text_of(path):
        return
    yield from (
        (handler.lineno, "catches everything; catch what is meant")
        for handler in ast.walk(tree_of(path))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id == "Exception"))
    )


def without_certificates(path: Path) -> Iterator[tuple[int, str]]:
    ways = ("verify=False", "verify = False", "CERT_NONE", "CERT_OPTIONAL", "_create_unverified", "check_hostname")
    for number, line in enumerate(text_of(path).split("\n"), 1):
        for way in (*ways, "cert_reqs", "assert_hostname", "disable_warnings"):
            if way in line:
                yield number, f"{way} can take the check of certificates away"


@pytest.mark.parametrize(
    ("paths", "rule"),
    [
        (PYTHON, too_long),
        (MODULES, without_docstring),
        (MODULES, empty_names),
        (PYTHON, silenced),
        (MODULES, without_certificates),
    ],
    ids=["too_long", "without_docstring", "empty_names", "silenced", "without_certificates"],
)
def test_no_file_breaks_the_rule(paths: list[Path], rule: Rule) -> None:
    found = offenders(paths, rule)
    assert not found, f"\n{found}"


@pytest.mark.parametrize(
    ("text", "rule", "lines"),
    [
        ("x = 1\n" * (LONGEST + 1), too_long, [LONGEST + 1]),
        ("x = 1\n", without_docstring, [1]),
        ("class TokenManager:\n    pass\n", empty_names, [1]),
        (f"x = 1\ny = 2  # {'noqa'}\ntry:\n    x\nexcept Exception:\n    y\n", silenced, [2, 5]),
        ("try:\n    x\nexcept:\n    y\n", silenced, [3]),
        ("x = 1\nget(verify=False)\n", without_certificates, [2]),
        ("context.check_hostname = x\n", without_certificates, [1]),
    ],
)
def test_a_rule_names_the_line_that_breaks_it(text: str, rule: Rule, lines: list[int], tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(text, encoding="utf-8")
    assert [line for line, _ in rule(path)] == lines


CLIENTS = ("http.client", "urllib.request", "urllib3", "requests", "httpx", "socket", "ssl", "aiohttp", "keycloak")
"""Modules that can open a connection."""
CONNECTED = {
    "realmctl/keycloak/admin/transport.py": "the one way to Keycloak and, through other_servers.py, elsewhere",
    "realmctl/keycloak/admin/deadline.py": "ends a connection of admin/transport.py whose time is over",
    "realmctl/keycloak/admin/raw_requests.py": "single requests to a gateway, as an attacker would write them",
    "realmctl/keycloak/admin/certificate.py": "the client certificate",
    "realmctl/keycloak/admin/api.py": "the errors of urllib3",
    "realmctl/keycloak/admin/address_probe.py": "the errors of urllib3",
    "realmctl/keycloak/admin/tokens.py": "the errors of urllib3",
    "realmctl/keycloak/admin/connection_errors.py": "the errors of urllib3 and ssl",
    "realmctl/keycloak/admin/other_servers.py": "the errors of urllib3",
    "realmctl/keycloak/catalog/refresh.py": "a program for developers: it asks a Keycloak on this machine",
    "realmctl/keycloak/local/process.py": "whether a port of this machine is free",
    "realmctl/keycloak/local/server.py": "whether the Keycloak on this machine is up",
    "realmctl/engine/apply/lock.py": "this machine's name",
}
"""Who may import one of them, and what for."""


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_few_modules_can_open_a_connection() -> None:
    able = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if any(name == one or name.startswith(f"{one}.") for name in _imported(path) for one in CLIENTS)
    }
    assert able == set(CONNECTED)


def test_the_second_client_of_the_tests_is_no_part_of_the_product() -> None:
    assert not [path for path in MODULES for name in _imported(path) if name.partition(".")[0] == "keycloak"]
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "python-keycloak" not in locked
    assert "python-keycloak==" in (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")


def test_only_tests_import_tests() -> None:
    outside = [
        path
        for name in ("realmctl", "tooling", "standin", "bench", "pipelines")
        for path in (ROOT / name).rglob("*.py")
    ]
    found = [path for path in outside for name in _imported(path) if name.partition(".")[0] == "tests"]
    assert len(outside) > len(MODULES)
    assert not found


def test_the_way_to_keycloak_inherits_nothing() -> None:
    """A method that it inherited could send a request past the check of certificates and the log of requests."""
    from realmctl.keycloak.admin.transport import Wire

    assert Wire.__mro__ == (Wire, object)
    assert {name for name in vars(Wire) if not name.startswith("_")} == {"exchange", "close"}


@pytest.mark.slow  # `make check` runs it by `make lint`
def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_a_command_that_reads_nothing_loads_nothing_heavy(word: str) -> None:
    asked = (
        "import sys\nsys.argv = ['realmctl', sys.argv[1]]\nfrom realmctl.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\nassert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", asked, word], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_locks_name_no_index() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index-url" not in text
