"""The chart realmctl: what it says of realmctl, held against realmctl itself."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import realmctl
from realmctl.config.loader.fleet import read_fleet
from tests.charts.case import cases
from tests.charts.helm import CHARTS
from tests.charts.rendered import helm, rendered

CHART = "realmctl"
FROM_THE_CLUSTER = {"kube_job_status_failed", "kube_cronjob_status_last_schedule_time"}
"""Of kube-state-metrics (its docs/metrics/workload pages)."""
ALL = {
    "alerts": {"enabled": True, "selector": 'job="realmctl"'},
    "dashboard": {"enabled": True},
    "entraCheck": {"enabled": True},
    "apply": {"enabled": True},
}


@pytest.mark.parametrize("values", [{}, ALL], ids=["least", "all"])
def test_helm_has_nothing_to_say(values: dict[str, Any]) -> None:
    least = str(CHARTS / CHART / "ci" / "values.yaml")
    done = helm("lint", "--strict", str(CHARTS / CHART), "-f", least, values=values)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_version_is_realmctl_s_own() -> None:
    assert f"appVersion: {realmctl.__version__}\n" in (CHARTS / CHART / "Chart.yaml").read_text(encoding="utf-8")


def pods(values: dict[str, Any]) -> list[dict[str, Any]]:
    """The pods of all jobs."""
    found = []
    for name, one in rendered(CHART, values).items():
        if name.startswith(("CronJob/", "Job/")):
            job = one["spec"].get("jobTemplate", one)
            found.append(job["spec"]["template"]["spec"])
    return found


def test_every_container_is_confined() -> None:
    given = {**ALL, "files": {"configMaps": None, "git": {"repository": "https://git.example.com/realms.git"}}}
    found = pods(given)
    assert len(found) == 3
    for pod in found:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for one in pod["containers"] + pod["initContainers"]:
            assert one["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_each_job_has_an_identity_of_its_own() -> None:
    accounts = [pod["serviceAccountName"] for pod in pods(ALL)]
    assert len(set(accounts)) == len(accounts) == 3


def test_another_apply_is_another_job() -> None:
    def name(**values: Any) -> str:
        (found,) = (name for name in rendered(CHART, {**ALL, **values}) if name.startswith("Job/"))
        return found

    assert name() == name()
    assert name() != name(vars={"stage": "test"})
    inline = {"configMaps": None, "inline": {"platform": {"realm.yaml": "realm: platform\n"}}}
    other = {"configMaps": None, "inline": {"platform": {"realm.yaml": "realm: platform\nenabled: true\n"}}}
    assert name(files=inline) != name(files=other)


@pytest.mark.parametrize("hook", ["argocd-sync", "argocd-presync"])
def test_what_a_hook_of_argocd_would_do_is_something_that_argocd_compares(hook: str) -> None:
    """It syncs by itself what is out of sync, and looks at no hooks for that: the new files would never be applied."""

    def compared(ref: str) -> dict[str, Any]:
        git = {"repository": "https://git.example.com/realms.git", "ref": ref}
        values = {
            "drift": {"enabled": False},
            "apply": {"enabled": True, "hook": hook},
            "serviceAccounts": {"apply": "apply"},
            "files": {"configMaps": None, "git": git},
        }
        found = rendered(CHART, values).items()
        return {key: one for key, one in found if "argocd.argoproj.io/hook" not in str(one["metadata"])}

    assert compared("v1") == compared("v1")
    assert compared("v1") != compared("v2")


def test_realmctl_reads_the_fleet_that_the_chart_writes(tmp_path: Path) -> None:
    said = next(case.said for case in cases() if case.name == "realmctl-fleet")
    found = rendered(CHART, said["values"])["ConfigMap/realmctl-fleet"]["data"]
    servers = []
    for index in range(3):
        file = tmp_path / f"{index}.yaml"
        file.write_text(found[f"{index}.yaml"], encoding="utf-8")
        (server,) = read_fleet(file, {"TEST_SECRET": "canary"})
        servers.append(server)
    east, production, test = servers
    assert east.options == {
        "url": "https://east.example.com/auth",
        "login_realm": "orders",
        "client_id": "drift",
        "assertion_file": "/var/run/secrets/realmctl/east.jwt",
    }
    assert (production.name, production.paths) == ("production", [Path("/realms/platform")])
    assert test.options == {
        "url": "https://sso.test.example.com:8443/auth",
        "login_realm": "platform",
        "user": "drift",
        "password": "canary",
        "ca": "/var/run/secrets/realmctl/test.crt",
    }
    assert test.variables == {"stage": "test"}


def written() -> set[str]:
    """The names of all gauges that realmctl writes, as its sources have them."""
    sources = Path(realmctl.__file__).parent.rglob("*.py")
    return {name for path in sources for name in re.findall(r'"(realmctl_[a-z_]+)"', path.read_text(encoding="utf-8"))}


def gauges(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:realmctl|kube)_[a-z_]+", expression))


def test_alerts_ask_for_gauges_that_there_are() -> None:
    groups = rendered(CHART, ALL)["PrometheusRule/realmctl"]["spec"]["groups"]
    rules = {rule["alert"]: rule for group in groups for rule in group["rules"]}
    for name, rule in rules.items():
        asked = gauges(rule["expr"])
        assert asked, name
        assert asked <= written() | FROM_THE_CLUSTER, name
    asked = {gauge for rule in rules.values() for gauge in gauges(rule["expr"])}
    needed = {"drift_objects", "drift_last_success_timestamp_seconds", "entra_credential_expiry_timestamp_seconds"}
    assert {f"realmctl_{name}" for name in needed} <= asked
    # What selects realmctl's gauges is in every one of them.
    for rule in rules.values():
        for gauge in re.findall(r"realmctl_[a-z_]+(\{[^}]*\})?", rule["expr"]):
            assert 'job="realmctl"' in gauge


def test_without_gauges_the_cluster_still_tells_of_jobs() -> None:
    values = {"alerts": {"enabled": True, "gauges": False}}
    (group,) = rendered(CHART, values)["PrometheusRule/realmctl"]["spec"]["groups"]
    assert {gauge for rule in group["rules"] for gauge in gauges(rule["expr"])} == FROM_THE_CLUSTER


def test_an_alert_about_a_job_ends() -> None:
    """It is about jobs that are there, failed ones too: two of their periods later each one is gone."""
    given = {**ALL, "gatewayCheck": {"enabled": True, "url": "https://apps.example.com"}}
    found = {name: one["spec"] for name, one in rendered(CHART, given).items() if name.startswith("CronJob/")}
    assert {name: one["jobTemplate"]["spec"]["ttlSecondsAfterFinished"] for name, one in found.items()} == {
        "CronJob/realmctl-drift": 2 * 3600,
        "CronJob/realmctl-entra": 2 * 86400,
        "CronJob/realmctl-gateway": 2 * 3600,
    }


def test_the_dashboard_asks_for_gauges_that_there_are() -> None:
    told = rendered(CHART, ALL)["ConfigMap/realmctl-dashboard"]
    assert told["metadata"]["labels"]["grafana_dashboard"] == "1"
    dashboard = json.loads(told["data"]["realmctl.json"])
    shown = {gauge for panel in dashboard["panels"] for one in panel["targets"] for gauge in gauges(one["expr"])}
    assert shown <= written() | FROM_THE_CLUSTER
    told_of_drift = {name for name in written() if name.startswith("realmctl_drift_")}
    assert told_of_drift  # and nothing of it is left out
    assert told_of_drift <= shown
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_files_from_git_are_those_of_the_reference(tmp_path: Path) -> None:
    """The init container's own script, run by a shell on a repository."""
    source = tmp_path / "source"

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", "-C", str(source), *who, *arguments], check=True, capture_output=True)

    source.mkdir()
    git("init", "-q", "-b", "main")
    for text in ("realm: one\n", "realm: two\n"):
        (source / "realm.yaml").write_text(text, encoding="utf-8")
        git("add", "realm.yaml")
        git("commit", "-q", "-m", text)
        git("tag", text.split()[1])
    given = {"files": {"configMaps": None, "git": {"repository": "https://git.example.com/realms.git", "ref": "one"}}}
    (container,) = pods(given)[0]["initContainers"]
    shell, flags, script = container["command"]
    here = tmp_path / "realms"
    environ = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(tmp_path), "REPOSITORY": str(source), "REF": "one"}
    subprocess.run([shell, flags, script.replace("/realms/", f"{here}/")], env=environ, check=True, timeout=60)
    assert (here / "git" / "realm.yaml").read_text(encoding="utf-8") == "realm: one\n"
