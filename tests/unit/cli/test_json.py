"""Every command that prints JSON has a published schema, fresh and named on the page; what fails fits it, too."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft7Validator
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry, Resource

from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT
from tests.support.command_line import run_realmctl
from tests.unit.cli.test_documented import ALL, SECTIONS

SCHEMAS = Path(__file__).parents[3] / "schemas"
OF = {
    "plan": "plan",
    "apply": "plan",
    "validate": "plan",
    "drift": "drift",
    "test": "test",
    "show": "show",
    "entra check": "entra-check",
    "entra roles": "entra-roles",
    "undo": "plan",
    "audit": "plan",
    "history": "history",
    "teams": "teams",
    "gateway check": "gateway-check",
}
FOR_READERS = {"docs"}
"""What they print is a page of the manual in parts: nothing that a program decides by."""


def printing_json() -> list[str]:
    return [
        path.removeprefix("realmctl ")
        for path, command in ALL.items()
        for one in command.params
        if one.name == "output" and isinstance(one.type, click.Choice) and "json" in one.type.choices
    ]


def published(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


def validator(name: str) -> Validator:
    realm = Resource.from_contents(published("realm"))
    schema = published(name)
    made: Validator = validator_for(schema)(schema, registry=Registry().with_resource("realm.schema.json", realm))
    return made


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"KEYCLOAK_URL": "http://127.0.0.1:1", "KEYCLOAK_CLIENT_ID": "x", "KEYCLOAK_CLIENT_SECRET": "canary"}
    return run_realmctl(arguments, {**environ, "KEYCLOAK_CLIENT_TIMEOUT": "1", **EXAMPLE_ENVIRONMENT})


def test_each_has_a_schema_that_the_page_names() -> None:
    assert sorted(printing_json()) == sorted({*OF, *FOR_READERS})
    for command, name in OF.items():
        row = next(line for line in SECTIONS["JSON"].splitlines() if line.startswith("| `") and f"`{command}`" in line)
        assert f"../schemas/{name}.schema.json" in row


def test_the_published_ones_are_fresh(tmp_path: Path) -> None:
    assert run("schema", "-o", str(tmp_path)).returncode == 0
    for path in sorted(SCHEMAS.iterdir()):
        assert (tmp_path / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), path.name
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in SCHEMAS.iterdir()}


@pytest.mark.parametrize("command", OF)
def test_what_failed_fits_it(command: str, tmp_path: Path) -> None:
    (tmp_path / "realm.yaml").write_text("realm: r\nrolse: {}\n")
    flags = {"apply": ["--auto-approve"], "undo": ["--auto-approve"], "gateway check": ["http://127.0.0.1:1"]}.get(
        command, []
    )
    done = run(*command.split(), *flags, str(tmp_path), "-o", "json")
    document = json.loads(done.stdout)
    assert [error.message for error in validator(OF[command]).iter_errors(document)] == []
    assert "rolse" in done.stdout
    assert done.returncode == 4


@pytest.mark.parametrize(
    "words",
    [
        ["apply"],
        ["undo"],
        ["validate", "--var", "no-value"],
        ["validate", "--explain", "open-secret"],
        ["plan", "--var", "no-value"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_fits_it(words: list[str]) -> None:
    done = run(*words, str(EXAMPLE), "-o", "json")
    assert done.returncode == 64
    document = json.loads(done.stdout)
    assert [error.message for error in validator(OF[words[0]]).iter_errors(document)] == []
    assert document["error"]["message"] in done.stderr


@pytest.mark.parametrize("command", ["show", "validate"])
def test_the_example_fits_it(command: str) -> None:
    done = run(command, str(EXAMPLE), "-o", "json")
    assert [error.message for error in validator(OF[command]).iter_errors(json.loads(done.stdout))] == []
    assert "canary" not in done.stdout
    assert done.returncode == 0, done.stderr


def test_a_realm_that_says_something_else_does_not_fit() -> None:
    assert list(validator("show").iter_errors({"format": 1, "realms": [{"realm": "x", "rolse": {}}]}))
    assert isinstance(validator("show"), Draft7Validator)
