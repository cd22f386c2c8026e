"""The pipelines' files: valid by their services' schemas, actions pinned, nothing of a pull request inside a script."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

from tests.unit.pipelines.runner import PIPELINES

WORKFLOWS = sorted((PIPELINES / "github/.github/workflows").glob("*.yml"))
AZURE = sorted((PIPELINES / "azure").glob("*.yml"))
GITLAB = PIPELINES / "gitlab/.gitlab-ci.yml"
FILES = [*WORKFLOWS, GITLAB, *AZURE]
ROOT = PIPELINES.parent


def check(*arguments: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_as_its_schema_says(file: Path) -> None:
    check("--builtin-schema", "vendor.github-workflows", str(file))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_has_nothing_to_say(file: Path) -> None:
    program = shutil.which("actionlint")
    if not program:
        pytest.skip("NOT TESTED with actionlint: there is none on the PATH")
    done = subprocess.run([program, str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_gitlabs_file_is_as_its_schema_says() -> None:
    check("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(GITLAB))


@pytest.mark.parametrize("file", AZURE, ids=lambda path: path.name)
def test_azures_files_are_as_their_schema_says(file: Path) -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "azure-pipelines.json"
    schema = json.loads(vendored.read_text(encoding="utf-8"))
    # To the service, and so to its schema, every scalar is a text; a plain `true` is no boolean.
    document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert [error.message for error in validator_for(schema)(schema).iter_errors(document)] == []


def walk(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for item in value.values() for found in walk(item))]
    return [found for item in value for found in walk(item)] if isinstance(value, list) else []


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_no_script_holds_anything_that_a_service_would_fill_in(file: Path) -> None:
    """A title or a branch's name that is put into a script is run by it; an environment variable is not."""
    scripts = []
    for part in walk(yaml.safe_load(file.read_text(encoding="utf-8"))):
        scripts += [part[key] for key in ("run", "bash") if isinstance(part.get(key), str)]
        scripts += [line for key in ("script", "before_script") for line in part.get(key) or ()]
    assert scripts
    templated = [text for text in scripts if re.search(r"\$\{\{|\$\([A-Z]", text)]
    assert templated == (["${{ parameters.run }}"] if file.name == "realmctl-step.yml" else [])


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_tokens_narrow(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    uses = re.findall(r"uses: (.+)", text)
    assert uses
    assert [one for one in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", one)] == []
    assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
    checkouts = [one for one in walk(yaml.safe_load(text)) if str(one.get("uses", "")).startswith("actions/checkout@")]
    assert all(one["with"]["persist-credentials"] is False for one in checkouts)


def test_nothing_installs_realmctl_by_its_name() -> None:
    """Nobody has registered that name in an index; anyone who does would get what a pipeline installs."""
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tools = r"(?:pip3?|pipx|uv|uvx)\s+(?:\w+\s+)?(?:install|run|add)\b"
    by_name = re.compile(rf"{tools}[^\n`#]*?[\s'\"]realmctl\b(?! @)|realmctl(?:\[\w+\])?[=~]=")
    found = {}
    for name in told.split("\0"):
        file = ROOT / name
        if (
            not file.is_file()
            or file.parent == Path(__file__).parent
            or file.suffix in (".lock", ".gz", ".png", ".ico")
        ):
            continue
        lines = [
            line for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if by_name.search(line)
        ]
        # From a folder of wheels that were built just before, and from nowhere else.
        lines = [line for line in lines if "--no-index" not in line]
        if lines:
            found[name] = lines
    assert found == {}


@pytest.mark.parametrize(
    "file", [path for path in FILES if path.name != "realmctl-step.yml"], ids=lambda path: path.name
)
def test_what_runs_realmctl_installs_it_from_the_given_wheel(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "pip install" not in text
    assert "sh ci/install.sh" in text


def jobs_of(file: Path) -> dict[str, Any]:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    jobs: dict[str, Any] = document["jobs"]
    return jobs


def test_no_job_of_github_has_both_an_account_and_a_right_to_write() -> None:
    for file in WORKFLOWS:
        for name, job in jobs_of(file).items():
            rights = {right for right, level in job.get("permissions", {}).items() if level == "write"}
            secrets = re.findall(r"secrets\.(\w+)", json.dumps(job))
            assert not (secrets and rights - {"security-events"}), f"{file.name}: {name}"
            if name in ("comment", "attest"):
                assert (secrets, job.get("environment")) == ([], None)


@pytest.mark.parametrize("name", ["apply", "again"])
def test_who_applies_gives_its_key_to_realmctl_alone(name: str) -> None:
    job = jobs_of(WORKFLOWS[1])[name]
    assert "secrets" not in json.dumps(job.get("env", {}))
    for step in job["steps"]:
        secrets = "secrets." in json.dumps(step)
        assert secrets == ("ci/realmctl.sh" in step.get("run", ""))
        assert not (secrets and "github.token" in json.dumps(step))
    assert "secrets." not in json.dumps(yaml.safe_load(WORKFLOWS[1].read_text(encoding="utf-8"))["env"])


def test_whatever_plans_or_applies_has_a_base() -> None:
    """Each job that runs `plan` or `apply` names it, and has the history that holds it."""
    github = jobs_of(WORKFLOWS[1])
    gitlab = yaml.safe_load(GITLAB.read_text(encoding="utf-8"))
    azure = yaml.safe_load((PIPELINES / "azure/azure-pipelines.yml").read_text(encoding="utf-8"))["stages"]
    azure = {stage["stage"]: stage for stage in azure}
    for name in ("plan", "apply", "replan", "again"):
        of_merge = "${{ github.event.before }}"
        base = "refs/remotes/origin/${{ github.base_ref }}" if name == "plan" else of_merge
        assert github[name]["env"]["REALMCTL_AGAINST"] == base
        (checkout,) = (one for one in github[name]["steps"] if "checkout@" in str(one.get("uses")))
        assert checkout["with"]["fetch-depth"] == 0
        assert "REALMCTL_AGAINST" in json.dumps(gitlab[name])
        assert gitlab[name]["variables"]["GIT_DEPTH"] == "0"
        assert "REALMCTL_AGAINST" in json.dumps(azure[name])
        assert '"checkout": "self", "fetchDepth": 0' in json.dumps(azure[name])


def test_no_workflow_runs_with_secrets_on_what_a_stranger_sends() -> None:
    for file in WORKFLOWS:
        events = set(yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)["on"])
        assert events <= {"pull_request", "push", "schedule", "workflow_dispatch"}


def test_no_program_of_a_checkout_is_found_by_its_name_alone() -> None:
    """`python -m` and `python FILE` look beside them first, where any branch may have put a `pip` or a `json.py`."""
    texts = [path.read_text(encoding="utf-8") for path in (*FILES, *PIPELINES.glob("*.sh"))]
    calls = [line for text in texts for line in re.findall(r"^[^#\n]*\bpython (.+)", text, re.MULTILINE)]
    assert calls
    assert [line for line in calls if not line.startswith("-I ") and "with" not in line] == []


def test_a_plan_is_applied_with_the_files_that_were_merged() -> None:
    for file in FILES:
        applies = [line for line in file.read_text(encoding="utf-8").splitlines() if "realmctl.sh apply" in line]
        assert all("--files realms" in line for line in applies)
        assert bool(applies) == (file.name in ("realmctl.yml", ".gitlab-ci.yml", "azure-pipelines.yml"))


@pytest.mark.parametrize("extra", ["entra", "kcwarden"])
def test_the_advice_to_install_a_library_is_that_of_the_project(extra: str) -> None:
    (wanted,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][extra]
    advice = (
        ROOT
        / {"entra": "realmctl/integrations/entra/signin.py", "kcwarden": "realmctl/integrations/kcwarden.py"}[extra]
    ).read_text()
    assert f"pip install '{wanted}'" in advice


def test_every_variable_of_the_example_is_handed_over() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "realms/platform").glob("*.yaml")]
    wanted = {name for text in texts for name in re.findall(r"\$\(env:(\w+)", text)}
    for file in FILES:
        if file.name != "realmctl-step.yml":
            (listed,) = re.findall(
                r"REALMCTL_ALLOW_VARIABLES\b.*?>-\n +(.+)", file.read_text(encoding="utf-8"), re.DOTALL
            )
            assert set(listed.partition("\n")[0].split()) == wanted, file.name
    for file in WORKFLOWS:
        assert wanted <= set(re.findall(r"^ +(\w+): \$\{\{", file.read_text(encoding="utf-8"), re.MULTILINE)), file.name
    step = (PIPELINES / "azure/realmctl-step.yml").read_text(encoding="utf-8")
    assert {name for name in wanted if "SECRET" in name} <= set(re.findall(r"\$\((\w+)\)", step))


@pytest.mark.parametrize(("host", "file"), [("github", "github/.github/CODEOWNERS"), ("gitlab", "gitlab/CODEOWNERS")])
def test_code_owners_are_those_of_the_teams(host: str, file: str) -> None:
    command = [sys.executable, "-m", "realmctl", "teams", "realms/platform", "--assume-env", "--codeowners", host]
    done = subprocess.run(
        [*command, "--check", str(PIPELINES / file)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_team_owns_its_file() -> None:
    for file in ("github/.github/CODEOWNERS", "gitlab/CODEOWNERS"):
        lines = [line.split() for line in (PIPELINES / file).read_text(encoding="utf-8").splitlines()]
        named = [line[0] for line in lines if line and line[0].startswith("/realms/")]
        assert named
        assert [path for path in named if not (ROOT / path.lstrip("/")).exists()] == []


def test_the_hook_runs_before_a_commit(tmp_path: Path) -> None:
    """The real pre-commit, in a new repository; with realmctl of this environment, as nothing is fetched in a test."""
    manifest = ROOT / ".pre-commit-hooks.yaml"
    (hook,) = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    assert (
        subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(manifest)], check=False).returncode
        == 0
    )
    config = {"repos": [{"repo": "local", "hooks": [{**hook, "language": "system"}]}]}
    (tmp_path / ".pre-commit-config.yaml").write_text(json.dumps(config))
    (tmp_path / "realms" / "r").mkdir(parents=True)
    realm = tmp_path / "realms" / "r" / "realm.yaml"
    environ = {"PATH": f"{Path(sys.executable).parent}:{Path('/usr/bin')}:/bin:/usr/local/bin", "HOME": str(tmp_path)}

    def hooked(text: str) -> subprocess.CompletedProcess[str]:
        realm.write_text(text)
        subprocess.run(["git", "add", "-A"], cwd=tmp_path, env=environ, check=True)
        command = [sys.executable, "-m", "pre_commit", "run"]
        return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, env=environ, check=True)
    good = hooked("realm: r\nclients: { a: { secret: $(env:NOT_SET) } }\n")
    assert good.returncode == 0, good.stdout + good.stderr
    bad = hooked("realm: r\nrolse: {}\n")
    assert (bad.returncode, "realms/r/realm.yaml:2:1: error:" in bad.stdout) == (1, True), bad.stdout
