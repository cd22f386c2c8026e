"""`--against` on a real Keycloak, as its own process: a pull request that no plan shows, and one that frees itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from realmctl.errors import Exit
from realmctl.render.plan_schema import plan_schema
from tests.cases.policy.repository import commit, repository, write
from tests.cases.policy.scene import FILES
from tests.conftest import Keycloak

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def files(realm_name: str) -> dict[str, str]:
    named = FILES["realm.yaml"].replace("realm: platform", f"realm: {realm_name}")
    return {"realms/platform/realm.yaml": named, "realms/platform/orders.yaml": FILES["orders.yaml"]}


@pytest.fixture
def repo(tmp_path: Path, files: dict[str, str]) -> Path:
    return repository(tmp_path / "repo", files)


@pytest.fixture
def realmctl(keycloak: Keycloak, repo: Path) -> Run:
    environ = {**os.environ, **keycloak.environ(), "SECRET": "CANARY-secret"}

    def run(*arguments: str, expect: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "realmctl", *arguments],
            cwd=repo,
            env={**environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "CANARY" not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    return run


def test_what_no_plan_shows(realmctl: Run, repo: Path, files: dict[str, str]) -> None:
    realmctl("apply", "--auto-approve")
    orders = files["realms/platform/orders.yaml"]
    rule = "      - { paths: [/orders/refunds], methods: [POST], roles: [orders-api.refund] }\n"
    write(repo, {"realms/platform/orders.yaml": orders.replace(rule, "")})

    blind = realmctl("plan", "-o", "markdown", GITHUB_BASE_REF="main").stdout
    assert "no changes" in blind.splitlines()[1]
    assert "were not compared with a base: give `--against REVISION`" in blind

    seen = realmctl("plan", "--against", "HEAD", "-o", "markdown", GITHUB_BASE_REF="main").stdout
    assert seen.splitlines()[1] == "## realmctl plan: no changes; dangers: 1 high"
    line = next(line for line in seen.splitlines() if line.startswith("- **high**"))
    assert line.startswith(
        "- **high** `gateway-rule-weaker`: People with the role `reader` can now POST `/orders/refunds`"
    )
    assert line.endswith("(`realms/platform/orders.yaml:5`)")
    assert "not compared" not in seen

    text = realmctl("plan", "--against", "HEAD").stdout
    assert 'high: People with the role "reader" can now POST "/orders/refunds"' in text
    document = json.loads(realmctl("plan", "--against", "HEAD", "-o", "json").stdout)
    Draft202012Validator(plan_schema()).validate(document)
    (realm,) = document["realms"]
    assert (realm["base"], realm["policy"], realm["newFindings"]) == ("HEAD", [], [])
    assert [(one["rule"], one["severity"]) for one in realm["dangers"]] == [("gateway-rule-weaker", "high")]
    assert "gateway-rule-weaker" in realmctl("plan", "--against", "HEAD", "-o", "html").stdout


def test_no_change_raises_its_own_limits(realmctl: Run, repo: Path, files: dict[str, str]) -> None:
    realm = files["realms/platform/realm.yaml"]
    many = "".join(f"  r{number}: {{}}\n" for number in range(8))
    commit(repo, {"realms/platform/more.yaml": f"roles:\n{many}"})
    realmctl("apply", "--auto-approve")
    # Eight roles go, and the limit with them.
    raised = realm.replace("bruteForce", "deletions: { limit: 100, share: 100% }\nbruteForce", 1)
    write(repo, {"realms/platform/more.yaml": "roles: {}\n", "realms/platform/realm.yaml": raised})
    realmctl("plan", "--detailed-exitcode", expect=Exit.DIFFERENT)
    told = realmctl("plan", "--against", "HEAD", "-o", "markdown").stdout
    assert "an apply would be refused" in told.splitlines()[1]
    assert "guard-deletions-raised" in told
    assert "more than the limit of 5" in told
    refused = realmctl("apply", "--against", "HEAD", "--auto-approve", expect=Exit.REFUSED)
    assert "guard-deletions-raised" in refused.stdout
    realmctl("apply", "--against", "HEAD", "--auto-approve", "--allow-deletions")


def test_a_protection_and_its_object_do_not_go_together(realmctl: Run, repo: Path, files: dict[str, str]) -> None:
    realm = files["realms/platform/realm.yaml"]
    write(repo, {"realms/platform/realm.yaml": realm.replace("  admin: { protected: true }\n", "  admin: {}\n")})
    realmctl("apply", "--auto-approve")  # On the server it is not protected any more, in the base it is.
    write(repo, {"realms/platform/realm.yaml": realm.replace("  admin: { protected: true }\n", "")})
    told = realmctl("plan", "--against", "HEAD").stdout
    assert "the plan deletes what is protected: role/admin" in told
    refused = realmctl("apply", "--against", "HEAD", "--auto-approve", expect=Exit.REFUSED)
    assert "make it two changes" in refused.stderr
    realmctl("apply", "--auto-approve")


def test_nothing_is_deleted_beside_a_base_that_cannot_be_read(realmctl: Run, repo: Path, files: dict[str, str]) -> None:
    """What it protects and how much it lets go is not known then."""
    commit(repo, {"realms/platform/more.yaml": "roles:\n  gone: {}\n"})
    realmctl("apply", "--auto-approve")
    commit(repo, {"realms/platform/broken.yaml": "roles: [\n"})
    (repo / "realms/platform/broken.yaml").unlink()
    realmctl("apply", "--against", "HEAD", "--auto-approve")
    (repo / "realms/platform/more.yaml").unlink()
    assert "an apply would be refused" in realmctl("plan", "--against", "HEAD", "-o", "markdown").stdout
    refused = realmctl("apply", "--against", "HEAD", "--auto-approve", expect=Exit.REFUSED)
    assert "deletes role/gone, and the guards of HEAD are not known" in refused.stderr
    realmctl("apply", "--against", "HEAD", "--auto-approve", "--allow-deletions")


def test_validate_reports_what_is_new(realmctl: Run, repo: Path, files: dict[str, str]) -> None:
    assert "no-admin-events" in realmctl("validate").stdout
    spa = "  spa: { publicClient: true, standardFlowEnabled: true, redirectUris: [https://a.example.com/] }\n"
    write(repo, {"realms/platform/more.yaml": f"clients:\n{spa}"})
    told = realmctl("validate", "--against", "HEAD").stdout
    assert "missing-pkce" in told
    assert "no-admin-events" not in told
    refused = realmctl("plan", "--against=--upload-pack=touch x", expect=Exit.USAGE)
    assert "is no name of a git revision" in refused.stderr
