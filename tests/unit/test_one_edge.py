"""Only `realmctl/model/output.py` writes to a stream, a file or a socket, and only `model/text.py` cuts texts."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Collection, Iterator

import pytest

from tests.unit.test_architecture import MODULES, ROOT, tree_of

EDGE = "realmctl/model/output.py"
WRITERS = {
    "realmctl/keycloak/admin/deadline.py": "shuts a socket down, and writes nothing to it",
    "realmctl/keycloak/admin/raw_requests.py": "requests that probe a gateway: everything in them is made up",
    "realmctl/keycloak/catalog/refresh.py": "a maintainer's tool: writes the packaged data from Keycloak's own sources",
    "realmctl/cli/errors.py": "opens /dev/null",
    "realmctl/config/inputs/file_access.py": "opens files to read them, step by step and through no link",
    "realmctl/keycloak/local/jvm.py": "the log of the Keycloak on this machine, which that process writes",
    "realmctl/keycloak/local/process.py": "looks for a free port",
    "realmctl/keycloak/local/state.py": "an empty file to lock",
    "realmctl/engine/apply/lock.py": "asks for the machine's name",
    "realmctl/config/git/revision.py": "copies a revision's own files, unchanged, into a temporary folder",
    "realmctl/workflow/saved_plan/file.py": "opens a plan to read it, without waiting for a pipe",
    "realmctl/workflow/comparison_base.py": "copies a file that the base refers to into the same folder",
}
"""Other modules that open something to write, and why nothing of realmctl's own gets there."""
STREAMS = {
    "realmctl/keycloak/catalog/refresh.py": "a maintainer's tool",
    EDGE: "puts stdout and stderr behind the edge",
    "realmctl/cli/errors.py": "the interpreter's hook, behind the edge",
    "realmctl/cli/terminal.py": "results, behind the edge",
}
CUTTERS = {
    "realmctl/model/text.py": "hides first",
    "realmctl/engine/plan/value_text.py": "hides first",
    "realmctl/render/graph_svg.py": "cuts what is clean, by the width of its characters",
}
_STREAMS = {"sys.stdout.write", "sys.stderr.write", "sys.__stdout__", "sys.__stderr__"}
_METHODS = {"write_text", "write_bytes", "secho"}
_OS = {"write", "open", "fdopen", "sendfile", "writev"}
_SOCKETS = {"socket", "smtplib", "ftplib", "http", "telnetlib"}


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls that write somewhere, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from ((node.lineno, name) for name in names if name.partition(".")[0] in _SOCKETS)
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in ("print", "open"):
            if function.id == "print" or _writes(node.args[1:], node.keywords):
                yield node.lineno, function.id
        elif isinstance(function, ast.Attribute):
            of_os = isinstance(function.value, ast.Name) and function.value.id == "os"
            opens = function.attr in ("open", "FileIO") and _writes(node.args, node.keywords)
            if opens or function.attr in _METHODS or (of_os and function.attr in _OS):
                yield node.lineno, function.attr


def _writes(arguments: list[ast.expr], keywords: list[ast.keyword]) -> bool:
    modes = [*arguments, *(one.value for one in keywords if one.arg == "mode")]
    found = [one.value for one in modes if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(len(mode) <= 3 and set(mode) & set("wax+") for mode in found)


def streams(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Where stdout or stderr is written to directly, or got past."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        text = ast.unparse(node)
        if text in _STREAMS or node.attr == "buffer":
            yield node.lineno, text


def cuts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that are cut by a slice with `…` behind it."""
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [node.left, node.right]
        for first, second in itertools.pairwise(parts):
            sliced = isinstance(first, ast.Subscript) and isinstance(first.slice, ast.Slice)
            dots = isinstance(second, ast.Constant) and str(second.value).startswith("…")
            if sliced and dots:
                yield first.lineno, ast.unparse(node)


Found = Iterator[tuple[int, str]]


@pytest.mark.parametrize(
    ("find", "allowed", "instead"),
    [
        (calls, {EDGE, *WRITERS}, f"write by {EDGE}"),
        (streams, STREAMS, "write by cli/terminal.py"),
        (cuts, CUTTERS, "cut by model/text.py"),
    ],
    ids=["calls", "streams", "cuts"],
)
def test_everything_leaves_by_the_edge(
    find: Callable[[ast.AST], Found], allowed: Collection[str], instead: str
) -> None:
    found = "\n".join(
        f"{name}:{line}: {what}: {instead}"
        for path in MODULES
        if (name := str(path.relative_to(ROOT))) not in allowed
        for line, what in find(tree_of(path))
    )
    assert not found, f"\n{found}"


def test_no_exception_is_left_over() -> None:
    left = [
        name
        for name in (*WRITERS, *STREAMS, *CUTTERS)
        if not [*calls(tree := tree_of(ROOT / name)), *streams(tree), *cuts(tree)]
    ]
    assert not left, f"no longer write or cut, take them from the lists: {left}"


def test_only_a_write_asks_for_what_makes_a_service_account() -> None:
    """A GET of that resource makes the user where there is none (26.7.3): a plan, an export or a test would write."""
    asking = {str(path.relative_to(ROOT)) for path in MODULES if 'service-account-user"' in path.read_text("utf-8")}
    assert asking == {"realmctl/keycloak/admin/response_shapes.py", "realmctl/keycloak/kinds/client_links.py"}
    text = (ROOT / "realmctl/keycloak/kinds/client_links.py").read_text("utf-8")
    assert text.count("service-account-user") == 1, "to write its roles (`locate`) the account is made"
