"""Gauges pushed to a push gateway: the real one where this machine has it, else what it would be sent is parsed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from realmctl.errors import RealmctlError, Unreachable
from realmctl.model.address import Address
from realmctl.model.drift import Deviation, RealmDrift, What
from realmctl.model.secret import Secret
from realmctl.render.drift_metrics import metrics
from realmctl.render.notify.pushgateway import group, push
from tests.support.listener import Listener

PROGRAM = shutil.which("pushgateway") or shutil.which("prometheus-pushgateway")
NAME = 'sh"op\\\n/ö'
DRIFT = RealmDrift(NAME, deviations=(Deviation(What.CHANGED, Address("client", ("x",))),), kinds=("client", "role"))


@pytest.fixture
def gateway() -> Iterator[str]:
    if not PROGRAM:
        pytest.skip("NOT TESTED against a real push gateway: there is none on the PATH")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [PROGRAM, f"--web.listen-address=127.0.0.1:{port}", "--persistence.file="]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            with suppress(OSError):
                urllib.request.urlopen(f"{url}/-/ready").close()
                break
            time.sleep(0.05)
        yield url
    finally:
        running.terminate()
        running.wait(10)


def samples(text: str) -> dict[tuple[str, str, str, str], float]:
    """By name, realm, kind and what."""
    return {
        (one.name, one.labels.get("realm", ""), one.labels.get("kind", ""), one.labels.get("what", "")): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name.startswith("realmctl_")
    }


def pushed(url: str, one: RealmDrift, now: float) -> None:
    text = metrics([one], now=now)
    push(Secret(url), "realmctl_drift", {"server": one.server, "realm": one.realm}, text, whole=not one.error)


def test_the_gateway_has_each_realm_by_itself_and_nothing_that_is_over(gateway: str) -> None:
    def there() -> dict[tuple[str, str, str, str], float]:
        with urllib.request.urlopen(f"{gateway}/metrics") as reply:
            return samples(reply.read().decode())

    pushed(gateway, DRIFT, 100)
    pushed(gateway, RealmDrift("other", kinds=("role",)), 150)
    assert there()["realmctl_drift_objects", NAME, "client", "changed"] == 1
    pushed(gateway, RealmDrift(NAME, kinds=("client",)), 200)
    found = there()
    assert found["realmctl_drift_objects", NAME, "client", "changed"] == 0
    assert ("realmctl_drift_objects", NAME, "role", "changed") not in found, "a kind that is looked at no more"
    assert found["realmctl_drift_objects", "other", "role", "changed"] == 0
    pushed(gateway, RealmDrift(NAME, error=Unreachable("no")), 300)
    found = there()
    assert found["realmctl_drift_up", NAME, "", ""] == 0
    assert found["realmctl_drift_last_success_timestamp_seconds", NAME, "", ""] == 200


def test_what_is_sent_can_be_parsed(listener: Listener) -> None:
    pushed(f"{listener.url}/base/", DRIFT, 100)
    ((method, path, headers, body),) = listener.got
    assert (method, path) == ("PUT", "/base/metrics/job/realmctl_drift/realm@base64/c2gib3BcCi_Dtg==")
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert samples(body)["realmctl_drift_objects", NAME, "client", "changed"] == 1
    pushed(listener.url, RealmDrift("gone", error=Unreachable("no")), 100)
    assert listener.got[1][:2] == ("POST", "/metrics/job/realmctl_drift/realm/gone")
    assert {name for name, *_ in samples(listener.bodies[1])} == {
        "realmctl_drift_up",
        "realmctl_drift_duration_seconds",
    }


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ("http://p:9091", "http://p:9091/metrics/job/j/realm/a%20b"),
        ("http://p:9091/metrics/job/mine/stage/prod/", "http://p:9091/metrics/job/mine/stage/prod/realm/a%20b"),
    ],
)
def test_grouping_keys(given: str, where: str) -> None:
    assert group(given, "j", {"server": "", "realm": "a b"}) == where


def test_a_login_goes_into_a_header_and_into_no_error(listener: Listener) -> None:
    listener.answers = [401]
    with pytest.raises(RealmctlError, match="401") as caught:
        pushed(listener.url.replace("://", "://me:CAN%2FARY@"), DRIFT, 1)
    assert listener.got[0][2]["Authorization"] == "Basic bWU6Q0FOL0FSWQ=="
    assert "CAN" not in str(caught.value)


def test_a_gateway_that_is_away_is_told(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(RealmctlError, match="The push gateway could not be told"):
        pushed(url, DRIFT, 1)
