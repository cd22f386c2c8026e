"""Completion in real shells: the scripts are loaded by bash, zsh and fish, where they are installed, and asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.test_pager import Terminal

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
FILE = """\
realm: shop
entra:
  tenantId: $(env:NO_SUCH_TENANT)
  clientId: $(env:NO_SUCH_CLIENT)
  clientSecret: $(env:NO_SUCH_SECRET)
roles:
  orders-reader:
  orders-approver: { composites: [orders-reader] }
clients:
  orders api: { bearerOnly: true }
"""
SHELLS = {
    "bash": ["bash", "--norc", "--noprofile"],
    "zsh": ["zsh", "-f"],
    "fish": ["fish", "--no-config"],
}
ASK = {
    "bash": """
source ./script
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
_realmctl_completion realmctl 2>/dev/null
printf '%s\\n' "${{COMPREPLY[@]}}"
""",
    "zsh": """
compdef() {{ : }}; source ./script
compadd() {{ print -rl -- ${{(P)@[-1]}} }}
_describe() {{ print -rl -- ${{${{(P)3}}%%:*}} }}
words=({words}); CURRENT=${{#words}}
_realmctl_completion
""",
    "fish": "source ./script; complete --do-complete '{line}'",
}
FOUND = [
    ("plan realm --explain role/orders-", ["role/orders-approver", "role/orders-reader"]),
    ("drift realm --explain client/ord", ["client/orders api"]),
    ("plan -v realm --explain client/ord", ["client/orders api"]),
    ("plan -o json realm --explain client/ord", ["client/orders api"]),
    ("plan -vo json realm --explain client/ord", ["client/orders api"]),
    ("plan --output=json realm --explain client/ord", ["client/orders api"]),
    ("docs client-po", ["client-policy", "client-policy-weaker"]),
    ("docs password-g", ["password-grant"]),
    ("validate --explain missing-", ["missing-audience", "missing-pkce"]),
    ("completion z", ["zsh"]),
    ("plan --no-", ["--no-pager"]),
    ("dr", ["drift"]),
]


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "realm").mkdir()
    (tmp_path / "realm" / "realm.yaml").write_text(FILE)
    return tmp_path


def environ() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}


def installed(shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"NOT TESTED: {shell} is not installed")


@pytest.mark.parametrize(("line", "found"), FOUND, ids=[line for line, _ in FOUND])
@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_is_told_what_fits(shell: str, line: str, found: list[str], folder: Path) -> None:
    installed(shell)
    script = subprocess.run([BIN / "realmctl", "completion", shell], capture_output=True, text=True, check=True).stdout
    (folder / "script").write_text(script)
    asking = ASK[shell].format(words=f"realmctl {line}", line=f"realmctl {line}")
    done = subprocess.run(
        [*SHELLS[shell], "-c", asking], env=environ(), cwd=folder, capture_output=True, text=True, check=False
    )
    told = [one.split("\t")[0].replace("\\", "") for one in done.stdout.splitlines()]
    assert sorted(told) == found, done.stderr


def test_files_that_cannot_be_read_say_nothing(folder: Path) -> None:
    (folder / "realm" / "realm.yaml").write_text("realm: [")
    asked = {"COMP_WORDS": "realmctl\nplan\nrealm\n--explain\nrole/", "COMP_CWORD": "4"}
    done = subprocess.run(
        [BIN / "realmctl"],
        env={**environ(), **asked, "_REALMCTL_COMPLETE": "bash_complete"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout + done.stderr).strip() == ""


def test_the_tab_key_in_bash(folder: Path) -> None:
    """Typed by a person: an address with a blank is put in so that it stays one word, and paths are the shell's."""
    installed("bash")
    terminal = Terminal([], {}, program=SHELLS["bash"], cwd=folder, columns=200)
    terminal.type(f"PS1='ready> '; PATH={BIN}:$PATH; source <(realmctl completion bash)\n")
    terminal.until("ready> ")
    terminal.type("realmctl show --var-file rea\t\trealm.y\t")
    terminal.until("realm/realm.yaml")
    terminal.type("\x15realmctl plan realm --explain client/or\t")
    terminal.until("client/orders\\ api")
    terminal.type("\x15exit\n")
    terminal.ends()
