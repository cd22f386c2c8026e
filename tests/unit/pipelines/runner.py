"""Carries out the shell steps of a pipeline's file as they stand, each in the shell that its service uses.

What is not shell (checking out, artifacts, caches) it does in its own way; of conditions it knows those that the
pipelines use, and stumbles over others. Must not know about: what the steps do.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PIPELINES = Path(__file__).parents[3] / "pipelines"

_EXPRESSION = re.compile(r"\$\{\{ (secrets|vars|github)\.([\w.]+) \}\}")
_MACRO = re.compile(r"\$\(([\w.]+)\)")
_SHELLS = {"github": ["bash", "-e"], "gitlab": ["bash", "-eo", "pipefail"], "azure": ["bash", "--noprofile", "--norc"]}


@dataclass
class Step:
    """One step: a script, or something that the service does itself (`uses`, with what it is `given`)."""

    name: str
    script: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    uses: str = ""
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Runner:
    """A service's runner in a checkout. `values` are its secrets and variables, `machine` the environment."""

    service: str
    checkout: Path
    values: Mapping[str, str]
    machine: Mapping[str, str]
    artifacts: Path
    outputs: dict[str, str] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    """Exit codes by the step's name, of the last job."""
    told: str = ""
    """All that the last job's steps printed."""

    def job(self, file: str, name: str) -> int:
        """Runs a job's steps; its own exit code is that of the first step that failed."""
        self.codes, self.told = {}, ""
        failed = 0
        for step in getattr(self, f"_{self.service}")(PIPELINES / self.service / file, name):
            if not self._wanted(step.condition, failed):
                continue
            if step.uses:
                self._do(step)
                continue
            code = self._run(step)
            self.codes[step.name] = code
            failed = failed or code
        return failed

    def _wanted(self, condition: str, failed: int) -> bool:
        said = condition.removeprefix("${{ ").removesuffix(" }}")
        if said in ("", "succeeded()"):
            return not failed
        if said in ("!cancelled()", "succeededOrFailed()"):
            return True
        if said == "!cancelled() && steps.plan.outcome != 'skipped'":
            return "Plan" in self.codes
        if said == "steps.apply.outputs.stale != 'true'":
            return not failed and self.outputs.get("stale") != "true"
        if found := re.fullmatch(r"!cancelled\(\) && hashFiles\('([\w.-]+)'\) != ''", said):
            return (self.checkout / found[1]).exists()
        raise AssertionError(f"nobody knows the condition {condition}")

    def _run(self, step: Step) -> int:
        notes = {name: self.artifacts.parent / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in notes.values():
            path.touch()
        temporary = self.artifacts.parent / "temporary"
        temporary.mkdir(exist_ok=True)
        notes |= dict.fromkeys(("RUNNER_TEMP", "AGENT_TEMPDIRECTORY", "TMPDIR"), temporary)
        script = self.artifacts.parent / "step.sh"
        script.write_text(step.script, encoding="utf-8")
        done = subprocess.run(
            [*_SHELLS[self.service], str(script)],
            cwd=self.checkout,
            env={**self.machine, **{name: str(path) for name, path in notes.items()}, **step.env},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        self.told += f"--- {step.name}\n{done.stdout}{done.stderr}"
        lines = notes["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        self.outputs |= dict(line.split("=", 1) for line in lines)
        for name, value in re.findall(r"##vso\[task.setvariable variable=(\w+);isOutput=true\](.*)", done.stdout):
            self.outputs[name] = value
        return done.returncode

    def _do(self, step: Step) -> None:
        action = step.uses.partition("@")[0]
        if action in ("actions/upload-artifact", "publish"):
            if (self.checkout / step.given["path"]).exists():
                (self.artifacts / step.given["name"]).mkdir(exist_ok=True)
                shutil.copy(self.checkout / step.given["path"], self.artifacts / step.given["name"])
        elif action in ("actions/download-artifact", "download"):
            where = (
                self.checkout if action == "actions/download-artifact" else self.checkout.parent / step.given["name"]
            )
            if step.given.get("path") == "${{ runner.temp }}":
                where = self.artifacts.parent / "temporary"
            shutil.copytree(self.artifacts / step.given["name"], where, dirs_exist_ok=True)
        else:
            assert action in (
                "actions/checkout", "actions/setup-python", "actions/cache/restore", "actions/cache/save",
                "github/codeql-action/upload-sarif", "checkout", "UsePythonVersion", "Cache", "PublishTestResults",
            ), action  # fmt: skip

    def _github(self, file: Path, name: str) -> Iterator[Step]:
        workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
        job = workflow["jobs"][name]
        around = self._filled({**workflow.get("env", {}), **job.get("env", {})})
        for step in job["steps"]:
            env = {**around, **self._filled(step.get("env", {}))}
            given = {key: str(value) for key, value in step.get("with", {}).items()}
            said = step.get("name", step.get("uses", ""))
            yield Step(said, step.get("run", ""), env, str(step.get("if", "")), step.get("uses", ""), given)

    def _filled(self, env: Mapping[str, Any]) -> dict[str, str]:
        return {name: _EXPRESSION.sub(lambda found: self.values.get(found[2], ""), str(env[name])) for name in env}

    def _gitlab(self, file: Path, name: str) -> Iterator[Step]:
        pipeline = yaml.safe_load(file.read_text(encoding="utf-8"))
        job = pipeline[name]
        if "extends" in job:
            job = {**pipeline[job["extends"]], **job}
        # Of the project's variables every job has all; one script of a job's lines, in one shell.
        predefined = {**self.machine, **self.values}
        own = {
            key: re.sub(r"\$(\w+)", lambda found: predefined.get(found[1], ""), str(value))
            for key, value in {**pipeline["variables"], **job.get("variables", {})}.items()
        }
        env = {**self.values, **own}
        before = job.get("before_script", pipeline["default"]["before_script"])
        lines = [*before, *job["script"]]
        for source in job.get("needs", ()):
            yield Step("needs", uses="actions/download-artifact", given={"name": source})
        yield Step(name, "\n".join(lines), {key: str(value) for key, value in env.items()})
        kept = job.get("artifacts", {})
        condition = "succeededOrFailed()" if kept.get("when") == "always" else ""
        for path in kept.get("paths", ()):
            given = {"name": name, "path": path}
            yield Step("artifacts", uses="actions/upload-artifact", given=given, condition=condition)

    def _azure(self, file: Path, name: str) -> Iterator[Step]:
        pipeline = yaml.safe_load(file.read_text(encoding="utf-8"))
        stages = pipeline.get("stages", [pipeline])
        named = [(stage, one) for stage in stages for one in stage["jobs"]]
        ((stage, job),) = ((stage, one) for stage, one in named if name in (one.get("job"), one.get("deployment")))
        plain: dict[str, str] = {}
        for said in (pipeline["variables"], stage.get("variables", [])):
            plain |= said if isinstance(said, dict) else {one["name"]: one["value"] for one in said if "name" in one}
        # Secrets are in no step's environment but by a mapping.
        around = {name: value for name, value in self.values.items() if "SECRET" not in name} | plain
        steps = job.get("steps") or job["strategy"]["runOnce"]["deploy"]["steps"]
        for step in steps:
            yield from self._azure_step(step, {**around, "PIPELINE_WORKSPACE": str(self.checkout.parent)})

    def _mapped(self, env: Mapping[str, str]) -> dict[str, str]:
        """Azure's mapping of variables; what is no variable stays as it is written."""
        return {key: _MACRO.sub(lambda found: self.values.get(found[1], found[0]), value) for key, value in env.items()}

    def _azure_step(self, step: Mapping[str, Any], around: Mapping[str, str]) -> Iterator[Step]:
        condition = step.get("condition", "")
        if "template" in step:
            given = step["parameters"]
            template = (PIPELINES / "azure" / Path(step["template"]).name).read_text(encoding="utf-8")
            (inner,) = yaml.safe_load(template)["steps"]
            assert inner["bash"] == "${{ parameters.run }}"
            name, condition = given["displayName"], given.get("condition", "")
            yield Step(name, given["run"], {**around, **self._mapped(inner["env"])}, condition)
        elif "bash" in step:
            yield Step(step["displayName"], step["bash"], {**around, **self._mapped(step.get("env", {}))}, condition)
        elif "publish" in step:
            yield Step("publish", uses="publish", given={"name": step["artifact"], "path": step["publish"]})
        elif "download" in step:
            yield Step("download", uses="download", given={"name": step["artifact"]})
        else:
            uses = step.get("task") or next(iter(step))
            yield Step(uses, uses=uses, condition=condition)


def machine(folder: Path) -> dict[str, str]:
    """The environment of a machine that has the locked dependencies, and a wheel of this checkout to install."""
    root, source, wheels, python = PIPELINES.parent, folder / "source", folder / "wheels", folder / "python"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(root / name, source)
    shutil.copytree(root / "realmctl", source / "realmctl", ignore=shutil.ignore_patterns("__pycache__"))
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(wheels)]
    subprocess.run([*build, str(source)], check=True, timeout=240)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(python)], check=True, timeout=120)
    (packages,) = (python / "lib").glob("python3*/site-packages")
    (libraries,) = Path(sys.prefix, "lib").glob("python3*/site-packages")
    (packages / "libraries.pth").write_text(f"{libraries}\n")
    pip = python / "bin" / "pip"
    pip.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m pip "$@"\n')
    pip.chmod(0o755)
    return {
        "PATH": f"{python / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_NO_DEPS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def wheel(machine: Mapping[str, str]) -> dict[str, str]:
    """What the pipelines are told to install on that machine."""
    (found,) = Path(machine["PIP_FIND_LINKS"]).glob("realmctl-*.whl")
    return {"REALMCTL_URL": found.as_uri(), "REALMCTL_SHA256": hashlib.sha256(found.read_bytes()).hexdigest()}
