"""The house itself, tested: file lengths, docstrings, names, layers, and what must not be silenced."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "realmctl").rglob("*.py"))
PYTHON = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]
LONGEST = 400
FORBIDDEN_NAMES = re.compile(r"utils?|helpers?|managers?|processors?|misc|common")
HEAVY = ("keycloak", "requests", "httpx", "pydantic", "yaml", "rich", "stamina", "cryptography", "msal", "deepdiff")


def _ids(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", PYTHON, ids=_ids(PYTHON))
def test_no_file_is_two_rooms(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{lines} lines: where one passes {LONGEST}, there are two rooms in it"


@pytest.mark.parametrize("path", MODULES, ids=_ids(MODULES))
def test_every_module_says_what_it_owns(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "a module opens with its docstring"


@pytest.mark.parametrize("path", MODULES, ids=_ids(MODULES))
def test_names_are_the_fields_own(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    words = [path.stem, *(word.lower() for name in classes for word in re.findall(r"[A-Z][a-z]+", name))]
    assert not [word for word in words if FORBIDDEN_NAMES.fullmatch(word)]


@pytest.mark.parametrize("path", PYTHON, ids=_ids(PYTHON))
def test_nothing_is_silenced_or_left_for_later(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Written in two halves, so that this file may be read by the same rule.
    marks = [f"type: {'ignore'}", f"# {'noqa'}", f"TO{'DO'}", f"FIX{'ME'}", f"mypy: {'ignore'}"]
    assert not [mark for mark in marks if mark in text]
    broad = [
        handler.lineno
        for handler in ast.walk(ast.parse(text))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id == "Exception"))
    ]
    assert not broad, f"lines {broad} catch everything; catch what is meant"


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
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


@pytest.mark.parametrize("path", MODULES, ids=_ids(MODULES))
def test_no_connection_goes_without_the_check_of_certificates(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    ways = ("verify=False", "verify = False", "CERT_NONE", "CERT_OPTIONAL", "_create_unverified", "check_hostname")
    assert not [way for way in (*ways, "cert_reqs", "assert_hostname", "disable_warnings") if way in text]


def test_the_way_to_keycloak_inherits_nothing() -> None:
    """A method that it inherited could send a request past the check of certificates and the log of requests."""
    from realmctl.keycloak.admin.transport import Wire

    assert Wire.__mro__ == (Wire, object)
    assert {name for name in vars(Wire) if not name.startswith("_")} == {"exchange", "close"}


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
