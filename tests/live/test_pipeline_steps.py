"""Every shell step of the pipelines, as it stands, in its order, on a real Keycloak: two pull requests, one of which is
stale when it is merged, and drift. GitHub, GitLab and Azure are played by servers that behave like their APIs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

import standin
from standin import App, AppRole, Assignment, Group, OptionalClaims, Secret, Standin, Tenant
from tests.conftest import Keycloak
from tests.support.listener import Listener, listening
from tests.unit.pipelines.runner import PIPELINES, Runner, machine, wheel
from tests.unit.pipelines.services import TOKEN, Service, serving

BROKER, CHECKER = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
GROUP = "6f1d6d0e-0000-4000-8000-000000000001"
PUBLIC = "https://apps.example.com/auth"
ROLES = ("Platform.Admin", "Orders.Approver", "Orders.Refund", "Billing.Clerk")
FILE = {"github": ".github/workflows/realmctl.yml", "gitlab": ".gitlab-ci.yml", "azure": "azure-pipelines.yml"}
DRIFT = {**FILE, "github": ".github/workflows/realmctl-drift.yml", "azure": "azure-pipelines-drift.yml"}
CANARIES = ("canary-entra", "canary-gateway", "canary-batch", "canary-checker", TOKEN, "CANARY-hook")


def tenant(realm: str) -> Tenant:
    """What the example wants of Entra."""
    redirect = f"{PUBLIC}/realms/{realm}/broker/entra/endpoint"
    broker = App(
        appId=BROKER,
        displayName="Keycloak",
        redirectUris=[redirect, f"{redirect}/logout_response"],
        secrets=[Secret(value="canary-entra", displayName="keycloak")],
        appRoles=[AppRole(value=value) for value in ROLES],
        groupMembershipClaims="ApplicationGroup",
        optionalClaims=OptionalClaims(idToken=["given_name", "family_name"]),
        mappedClaims={"department": "department"},
        appRoleAssignmentRequired=True,
    )
    rights = ["Application.Read.All", "Directory.Read.All"]
    checker = App(
        appId=CHECKER, displayName="checker", secrets=[Secret(value="canary-checker")], graphPermissions=rights
    )
    group = Group(displayName="sg-orders", id=GROUP)
    assigned = Assignment(app=BROKER, principal="sg-orders", role="Orders.Approver")
    return Tenant(apps=[broker, checker], groups=[group], assignments=[assigned])


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    return machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def entra(realm_name: str, tmp_path: Path) -> Iterator[Standin]:
    (tmp_path / "entra").mkdir()
    with standin.running(tenant(realm_name), folder=tmp_path / "entra") as found:
        yield found


@pytest.fixture(params=FILE)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with serving(request.param) as found:
        yield found


@pytest.fixture
def hook() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture
def checkout(tmp_path: Path, realm_name: str) -> Path:
    """What somebody's repository holds: the example, under this test's name, and what is copied from `pipelines`."""
    folder = tmp_path / "checkout"
    shutil.copytree(PIPELINES.parent / "realms", folder / "realms")
    realm = folder / "realms/platform/realm.yaml"
    realm.write_text(realm.read_text(encoding="utf-8").replace("realm: platform\n", f"realm: {realm_name}\n"), "utf-8")
    (folder / "ci").mkdir()
    for file in (*PIPELINES.glob("*.py"), *PIPELINES.glob("*.sh"), PIPELINES.parent / "requirements.lock"):
        shutil.copy(file, folder / "ci")
    shutil.copytree(PIPELINES / "github/.github", folder / ".github")
    shutil.copy(PIPELINES / "gitlab/CODEOWNERS", folder)
    # What any branch may add: nothing of it is run in place of what a step names.
    for name in ("pip", "json"):
        (folder / f"{name}.py").write_text("raise SystemExit('a file of the checkout was run')\n")
    # A file of the plan's name in the repository must never be taken for the reviewed plan.
    (folder / "plan.realmctl").write_text('{"realmctl": "saved plan"}')
    git(folder, "init", "-q")
    commit(folder, "As it was")
    # The branch that a pull request is aimed at, as a checkout with its history has it.
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    # Anybody who may push can push a tag of that name.
    git(folder, "tag", "origin/main", git(folder, "commit-tree", "HEAD^{tree}", "-m", "A tag to be taken for a branch"))
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Runs git in a folder; returns what it prints."""
    command = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)


def runner(
    service: Service, checkout: Path, keycloak: Keycloak, entra: Standin, hook: Listener, base: Mapping[str, str]
) -> Runner:
    name = type(service).__name__.lower()
    hooked = f"{hook.url}/CANARY-hook"
    values = {
        "KEYCLOAK_URL": keycloak.url,
        "KEYCLOAK_PUBLIC_URL": PUBLIC,
        "ENTRA_TENANT_ID": entra.tenant.id,
        "ENTRA_CLIENT_ID": BROKER,
        "ENTRA_AUTHORITY": entra.url,
        "ENTRA_CLIENT_SECRET": "canary-entra",
        "OAUTH2_PROXY_CLIENT_SECRET": "canary-gateway",
        "ORDERS_BATCH_CLIENT_SECRET": "canary-batch",
        "CHECKER_CLIENT_ID": CHECKER,
        "CHECKER_CLIENT_SECRET": "canary-checker",
        "DRIFT_WEBHOOK": hooked,
        **wheel(base),
        "base_ref": "main",
        # The first push of a branch.
        "event.before": "0" * 40,
        "CI_COMMIT_BEFORE_SHA": "0" * 40,
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(checkout, "rev-parse", "refs/remotes/origin/main"),
        "token": TOKEN,
        "System.AccessToken": TOKEN,
    }
    if name == "gitlab":
        own = {"AZURE_CLIENT_ID": CHECKER, "AZURE_CLIENT_SECRET": "canary-checker", "GITLAB_TOKEN": TOKEN}
        values = {**values, **own, "REALMCTL_WEBHOOK": hooked}
    # The tests' account is a user, where the pipelines expect a client's service account: a user comes first.
    login = {"KEYCLOAK_USER": keycloak.user, "KEYCLOAK_PASSWORD": keycloak.password}
    login["KEYCLOAK_CLIENT_TIMEOUT"] = "300"  # Other tests may keep the same server busy.
    away = {"REALMCTL_GRAPH_URL": entra.graph, "KEYCLOAK_CA_FILE": str(entra.ca)}
    artifacts = checkout.parent / "artifacts"
    artifacts.mkdir()
    return Runner(name, checkout, values, {**base, **login, **away}, artifacts)


def reviewed(run: Runner, service: Service, base: Mapping[str, str]) -> None:
    """A pull request's pipeline: everything in it passes, and its plan is kept."""
    run.machine = {**base, **service.environ(merged=False)}
    jobs = {
        "gitlab": ("validate", "owners", "entra", "plan", "comment"),
        "github": ("plan", "comment"),
        "azure": ("plan",),
    }
    for job in jobs[run.service]:
        assert run.job(FILE[run.service], job) == 0, run.told
    folder = run.artifacts / ("plan" if run.service == "gitlab" else "realmctl-plan")
    service.kept = (folder / "plan.realmctl").read_bytes()


def stale(run: Runner, code: int) -> bool:
    """Whether a service knows that the plan could not be applied."""
    return code == 3 if run.service == "gitlab" else code == 0 and run.outputs.get("stale") == "true"


def test_from_pull_request_to_drift(
    service: Service,
    checkout: Path,
    keycloak: Keycloak,
    entra: Standin,
    hook: Listener,
    realm_name: str,
    installed: Mapping[str, str],
) -> None:
    run = runner(service, checkout, keycloak, entra, hook, installed)
    base = run.machine
    told = ""

    reviewed(run, service, base)
    told += run.told
    assert len(service.bodies) == 1
    assert "realmctl plan: " in service.bodies[0]

    run.machine = {**base, **service.environ(merged=True)}
    assert run.job(FILE[run.service], "apply") == 0, run.told
    assert not stale(run, 0), run.told
    assert "Verified: nothing is left to do." in run.told
    told += run.told
    assert run.job(DRIFT[run.service], "drift") == 0, run.told
    assert hook.got == []

    orders = checkout / "realms/platform/orders.yaml"
    text = orders.read_text(encoding="utf-8")
    text = text.replace("\nroles:\n", "\nroles:\n  orders-auditor: { description: Reads what was done }\n", 1)
    orders.write_text(text.replace("[orders-api.refund] }", "[orders-reader] }", 1))
    reviewed(run, service, base)
    told += run.told
    assert len(service.bodies) == 1
    assert "orders-auditor" in service.bodies[0]
    # No plan of Keycloak shows that: it is seen beside the base only.
    assert "gateway-rule-" in service.bodies[0]
    assert "not compared" not in service.bodies[0]
    commit(checkout, "The pull request, merged")
    before = git(checkout, "rev-parse", "HEAD^1")
    run.values = {**run.values, "event.before": before, "CI_COMMIT_BEFORE_SHA": before}

    with closing(keycloak.admin()) as admin:
        admin.send("PUT", (realm_name,), {"displayName": "Changed by hand"})
    run.machine = {**base, **service.environ(merged=True)}
    assert stale(run, run.job(FILE[run.service], "apply")), run.told
    assert "has moved on since" in run.told

    code = run.job(DRIFT[run.service], "drift")
    assert code == (0 if run.service == "azure" else 2), run.told
    told += run.told
    if run.service != "azure":
        assert run.job(DRIFT[run.service], "drift") == 2, run.told
        ((_, path, _, body),) = hook.got
        assert path == "/CANARY-hook"
        assert {one["address"] for one in json.loads(body)["realms"][0]["deviations"]} == {
            "realm",
            "role/orders-auditor",
        }

    assert run.job(FILE[run.service], "replan") == 0, run.told
    assert run.job(FILE[run.service], "again") == 0, run.told
    assert "Verified: nothing is left to do." in run.told
    told += run.told
    with closing(keycloak.admin()) as admin:
        assert admin.get(realm_name)["displayName"] == "Example platform"
        assert admin.get(realm_name, "roles", "orders-auditor")
    assert [canary for canary in CANARIES if canary in told + "".join(service.bodies)] == []


def test_what_is_wrong_is_in_the_comment(
    service: Service,
    checkout: Path,
    keycloak: Keycloak,
    entra: Standin,
    hook: Listener,
    installed: Mapping[str, str],
) -> None:
    (checkout / "realms/platform/team.yaml").write_text("rolse: {}\n")
    run = runner(service, checkout, keycloak, entra, hook, installed)
    run.machine = {**run.machine, **service.environ(merged=False)}
    # The plan's file that is in the repository is not kept as an artifact, and not applied.
    assert run.job(FILE[run.service], "plan") == 4, run.told
    if run.service != "azure":
        assert run.job(FILE[run.service], "comment") == 0, run.told
    assert "realms/platform/team.yaml:1:1: error:" in service.bodies[0]
    assert not (run.artifacts / "realmctl-plan").exists()
    run.machine = {**run.machine, **service.environ(merged=True)}
    assert stale(run, run.job(FILE[run.service], "apply")), run.told
    assert "Verified" not in run.told
