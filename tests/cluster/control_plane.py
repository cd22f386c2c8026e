"""A cluster without nodes: etcd, a Kubernetes API server, and istiod with its webhook, in a private network.

Everything listens at one address that exists in this network namespace alone, since the API server takes no loopback
address as its own. What is in the cluster is nobody's business here.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import socket
import ssl
import struct
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tooling.gateway.stand.certificates import Authority, Pair

ADDRESS = "10.88.0.1"
_API, _ISTIOD, _ETCD = 6443, 15017, 2379
_PATIENCE = 120
_TOKEN = "of-this-run-alone"


def alone() -> bool:
    """Whether this is a network namespace of one's own: nothing but loopback."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def connect() -> None:
    """Switches loopback on, and gives it the address. By ioctl, since not every machine has iproute2."""
    set_address, get_flags, set_flags = 0x8916, 0x8913, 0x8914
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for name, address in ((b"lo", "127.0.0.1"), (b"lo:1", ADDRESS)):
            there = struct.pack("16sH2x4s8x", name, socket.AF_INET, socket.inet_aton(address))
            fcntl.ioctl(control, set_address, there)
            known = struct.unpack("16sH14x", fcntl.ioctl(control, get_flags, struct.pack("16sH14x", name, 0)))[1]
            fcntl.ioctl(control, set_flags, struct.pack("16sH14x", name, known | 1))


@dataclass(frozen=True)
class Cluster:
    """The running cluster."""

    kubeconfig: Path
    """The administrator's."""
    programs: Mapping[str, Path]

    def kubectl(self, *words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """The administrator's kubectl; `given` is its standard input."""
        command = [str(self.programs["kubectl"]), f"--kubeconfig={self.kubeconfig}", *words]
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, check=False)

    def read(self, *words: str) -> dict[str, Any]:
        """What `kubectl get … -o json` says."""
        done = self.kubectl("get", *words, "--output=json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def apply(self, objects: Sequence[Mapping[str, Any]], *words: str) -> subprocess.CompletedProcess[str]:
        """Objects given to `kubectl apply`; unknown fields are refused."""
        given = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        return self.kubectl("apply", "--server-side", "--validate=strict", "--filename=-", *words, given=given)

    def mesh(self) -> dict[str, Any]:
        """The mesh config that istiod goes by, merged from wherever it reads it."""
        with urllib.request.urlopen("http://127.0.0.1:8080/debug/mesh", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextlib.contextmanager
def control_plane(folder: Path, programs: Mapping[str, Path], mesh: Mapping[str, Any]) -> Iterator[Cluster]:
    """All three, ready; killed at the end, since they take minutes to stop when asked.

    `mesh` is istiod's own mesh config; it merges the ConfigMap `gateway-mesh` with it, as the chart's page says.
    """
    authority = Authority(folder, "kubernetes")
    served = authority.pair("served", hosts=[ADDRESS, "127.0.0.1", "kubernetes.default.svc", "istiod.istio-system.svc"])
    cluster = Cluster(_kubeconfig(folder, authority), programs)
    with contextlib.ExitStack() as running:
        running.enter_context(_running(programs["etcd"], _etcd(folder), folder / "etcd.log"))
        api = _running(programs["kube-apiserver"], _api_server(folder, served), folder / "kube-apiserver.log")
        died = running.enter_context(api)
        _until(lambda: cluster.kubectl("get", "--raw=/readyz").returncode == 0, died, folder / "kube-apiserver.log")
        _prepared(cluster, mesh)
        # The same file for both would be read as one that holds no certificate of the server.
        chain = folder / "authority-too.pem"
        chain.write_bytes(authority.file.read_bytes())
        environ = {
            "POD_NAME": "istiod",
            "POD_NAMESPACE": "istio-system",
            "SHARED_MESH_CONFIG": "gateway-mesh",
            "PILOT_JWT_ENABLE_REMOTE_JWKS": "hybrid",
        }
        istiod = _running(
            programs["pilot-discovery"], _istiod(cluster, chain, served), folder / "istiod.log", environ, folder
        )
        died = running.enter_context(istiod)
        _until(lambda: _answers(f"https://{ADDRESS}:{_ISTIOD}/validate", authority.file), died, folder / "istiod.log")
        done = cluster.apply([_webhook(authority)])
        assert done.returncode == 0, done.stderr
        # The API server learns of a webhook a moment later: one that has to be refused says when.
        _until(lambda: cluster.apply([_NONSENSE], "--dry-run=server").returncode != 0, died, folder / "istiod.log")
        yield cluster


_NONSENSE = {
    "apiVersion": "security.istio.io/v1",
    "kind": "AuthorizationPolicy",
    "metadata": {"name": "nonsense", "namespace": "default"},
    "spec": {"action": "CUSTOM", "rules": [{}]},
}
"""A check by nobody: the definition's schema has nothing against it, istiod has."""


def _etcd(folder: Path) -> list[str]:
    here, peers = f"http://{ADDRESS}:{_ETCD}", f"http://{ADDRESS}:2380"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
    ]


def _api_server(folder: Path, served: Pair) -> list[str]:
    tokens = folder / "tokens.csv"
    tokens.touch(mode=0o600)
    tokens.write_text(f'{_TOKEN},administrator,1,"system:masters"\n', encoding="utf-8")
    return [
        f"--etcd-servers=http://{ADDRESS}:{_ETCD}",
        f"--bind-address={ADDRESS}",
        f"--advertise-address={ADDRESS}",
        f"--secure-port={_API}",
        f"--tls-cert-file={served.chain}",
        f"--tls-private-key-file={served.key}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={served.key}",
        f"--service-account-key-file={served.chain}",
        f"--cert-dir={folder}",
    ]


def _istiod(cluster: Cluster, authority: Path, served: Pair) -> list[str]:
    return [
        "discovery",
        f"--kubeconfig={cluster.kubeconfig}",
        f"--httpsAddr=:{_ISTIOD}",
        f"--caCertFile={authority}",
        f"--tlsCertFile={served.chain}",
        f"--tlsKeyFile={served.key}",
    ]


def _kubeconfig(folder: Path, authority: Authority) -> Path:
    named = {"cluster": "cluster", "user": "administrator"}
    said = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "cluster",
                "cluster": {
                    "server": f"https://{ADDRESS}:{_API}",
                    "certificate-authority": str(authority.file),
                },
            }
        ],
        "users": [{"name": "administrator", "user": {"token": _TOKEN}}],
        "contexts": [{"name": "cluster", "context": named}],
        "current-context": "cluster",
    }
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(json.dumps(said), encoding="utf-8")
    return file


def _prepared(cluster: Cluster, mesh: Mapping[str, Any]) -> None:
    """What has to be there before istiod: the definitions of its kinds, and its mesh config."""
    definitions = str(cluster.programs["crds"])
    done = cluster.kubectl("apply", "--server-side", f"--filename={definitions}")
    assert done.returncode == 0, done.stderr
    done = cluster.kubectl("wait", "--for=condition=Established", "--timeout=60s", "customresourcedefinitions", "--all")
    assert done.returncode == 0, done.stderr
    place = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}
    meta = {"name": "istio", "namespace": "istio-system"}
    said = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"mesh": json.dumps(mesh)}}
    for one in (place, said):
        done = cluster.apply([one])
        assert done.returncode == 0, done.stderr


def _webhook(authority: Authority) -> dict[str, Any]:
    """As istiod's own chart registers it, but for the address: there is no network of Services here."""
    reached = {
        "url": f"https://{ADDRESS}:{_ISTIOD}/validate",
        "caBundle": base64.b64encode(authority.file.read_bytes()).decode(),
    }
    rule = {
        "operations": ["CREATE", "UPDATE"],
        "apiGroups": ["security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io"],
        "apiVersions": ["*"],
        "resources": ["*"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "istiod"},
        "webhooks": [
            {
                "name": "validation.istio.io",
                "clientConfig": reached,
                "rules": [rule],
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


def _answers(url: str, authority: Path) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5, context=ssl.create_default_context(cafile=str(authority)))
    except urllib.error.HTTPError:
        return True  # it wants a review, and was asked for nothing
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _running(
    program: Path,
    words: Sequence[str],
    log: Path,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Callable[[], bool]]:
    """The program while it runs; answers whether it has ended. Killed at the end."""
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            [str(program), *words],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "HOME": str(log.parent), **(environ or {})},
            cwd=folder,
        )
    try:
        yield lambda: process.poll() is not None
    finally:
        process.kill()
        process.wait(30)


def _until(ready: Callable[[], bool], died: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and not died():
        if ready():
            return
        time.sleep(0.1)
    raise AssertionError(f"not ready:\n{log.read_text(encoding='utf-8')[-3000:]}")
