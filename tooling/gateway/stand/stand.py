"""Everything together: Keycloak with a realm's files applied, Entra's stand-in, and what the charts render, running.

    with Stand(folder, rendered(folder)) as stand:
        page = stand.door.person(ADA).open("/echo")

Must not know about: what is tested.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Self

import requests

import standin
from realmctl.keycloak.admin import Admin, connection
from tooling.gateway.stand import envoy, istio, keycloak, programs
from tooling.gateway.stand.certificates import Authority
from tooling.gateway.stand.charts import INGRESS, Charts
from tooling.gateway.stand.directory import APP, SECRET, contoso
from tooling.gateway.stand.kubelet import Secrets, container
from tooling.gateway.stand.loopback import Program, Slice
from tooling.gateway.stand.manifests import Cluster, Document, Pod, target
from tooling.gateway.stand.person import Hosts, Person
from tooling.gateway.tools import tool

HTTPS = 443
_TRUST_DOMAIN = "cluster.local"
_CLIENT_SECRETS = ("ORDERS_BATCH_CLIENT_SECRET", "ECHO_CALLER_SECRET", "ORDERS_CALLER_SECRET", "ELSEWHERE_SECRET")


class Door:
    """The Envoys of one configuration: the gateway's and the services' sidecars."""

    def __init__(self, stand: Stand, cluster: Cluster, gateway: Pod, envoys: Mapping[str, Mapping[str, Any]]) -> None:
        self.stand, self.cluster, self.gateway = stand, cluster, gateway
        self.envoys = envoys
        """What each runs with, by the pods' names."""

    @property
    def host(self) -> str:
        """The public host's name, and its port where that is no other than the usual one."""
        return str(self.stand.charts.values["hosts"][0]["name"])

    def hosts(self) -> Hosts:
        """Where the public host leads, as DNS and the cluster's load balancer would say."""
        (service,) = (one for one in self.cluster.of("Service") if self.gateway in self.cluster.pods_of(one))
        name = self.host.partition(":")[0]
        said = service["spec"]["ports"]
        return {(name, one["port"]): (self.gateway.ip, target(one, self.gateway)) for one in said}

    @property
    def address(self) -> tuple[str, int]:
        """Where the public host leads over https."""
        return self.hosts()[self.host.partition(":")[0], HTTPS]

    def person(self, login: str = "") -> Person:
        """Somebody with a new browser."""
        return Person(self.stand.charts.origin, self.stand.trust, self.hosts, login)


class Stand:
    """The whole platform on this machine. What it starts ends with it."""

    def __init__(
        self, folder: Path, charts: Charts, progress: Callable[[str], None] = lambda _: None, *, ip: str = ""
    ) -> None:
        """`ip` is the gateway's, where it is to be no address of the stand's own."""
        self.folder, self.charts, self.progress, self._ip = folder, charts, progress, ip
        self.slice = Slice()
        self.secrets = Secrets()
        self._doors = 0
        self._known: dict[str, Person] = {}
        self._stack = ExitStack()
        self.programs: dict[str, Program] = {}
        """By the pods' names."""

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            self._stack = stack
            stack.callback(self.slice.release)
            self._start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> None:
        values = self.charts.values
        tenant = contoso(self.charts.keycloak, values["realm"])
        self.entra = self._stack.enter_context(standin.running(tenant, folder=self._folder("entra")))
        self.mesh = Authority(self._folder("certificates"), "mesh")
        self.public = Authority(self._folder("certificates"), "public")
        self.trust = self.folder / "trusted.pem"
        self.trust.write_bytes(self.public.file.read_bytes() + self.entra.ca.read_bytes())
        self.cluster = self._cluster(self.charts.documents, {INGRESS: self._ip} if self._ip else {})
        inside = [pod for pod in self.cluster.pods if not pod.gateway]
        self.programs = self._started(self.cluster, {pod.name: pod for pod in inside}, self._stack)
        (where,) = (pod.inside for pod in inside if pod.image == "keycloak")
        self.keycloak = f"http://{where}:{keycloak.PORT}/auth"
        self.progress("Applying the realm's files")
        self.realmctl("apply", str(self.charts.realm), "--auto-approve")
        self.door = self._stack.enter_context(self._door(self.cluster, self.charts.mesh))

    def environ(self) -> dict[str, str]:
        """The environment for realmctl: Keycloak, and the values that the realm's files want."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("KEYCLOAK_")},
            "KEYCLOAK_URL": self.keycloak,
            "KEYCLOAK_USER": keycloak.ADMIN,
            "KEYCLOAK_PASSWORD": keycloak.ADMIN,
            "ENTRA_TENANT_ID": self.entra.tenant.id,
            "ENTRA_CLIENT_ID": APP,
            "ENTRA_CLIENT_SECRET": SECRET,
            "ENTRA_AUTHORITY": self.entra.url,
            **{name: self.secrets.value(name) for name in _CLIENT_SECRETS},
            **dict(self._shared()),
        }

    def _shared(self) -> Iterator[tuple[str, str]]:
        """What the realm's files and the gateway's Secret have in common."""
        for said in self.charts.values["secrets"].values():
            if said["reference"]:
                yield said["reference"].removeprefix("$(env:").removesuffix(")"), self.secrets.value(said["key"])

    def known(self, login: str) -> Person:
        """Somebody who is logged in; the same browser for all that only look."""
        if login not in self._known:
            person = self.door.person(login)
            assert person.open("/echo").status_code == 200
            self._known[login] = person
        return self._known[login]

    def certificates(self) -> list[Path]:
        """The certificates that browsers meet: the gateway's and Entra's."""
        return [self.folder / "certificates" / "public-hosts.crt", self.folder / "entra" / "server.pem"]

    def forget(self, login: str) -> None:
        """What was known of somebody who has been signed out since."""
        self._known.pop(login, None)

    def token(self, client: str, secret: str) -> str:
        """An access token of a program, by its client's credentials; `secret` is the variable that has its secret."""
        answer = requests.post(
            f"{self.keycloak}/realms/{self.charts.values['realm']}/protocol/openid-connect/token",
            data={"grant_type": "client_credentials", "client_id": client, "client_secret": self.environ()[secret]},
            timeout=60,
        )
        assert answer.ok, answer.text
        return str(answer.json()["access_token"])

    @contextmanager
    def admin(self) -> Iterator[Admin]:
        """A connection as administrator of Keycloak."""
        with closing(Admin(connection({}, self.environ()))) as admin:
            yield admin

    def realmctl(self, *words: str) -> str:
        """Runs it against the stand's Keycloak → what it printed. Raises AssertionError where it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "realmctl", *words],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=self.environ(),
        )
        assert done.returncode == 0, f"realmctl {words[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    @contextmanager
    def changed(
        self,
        change: Callable[[list[Document], dict[str, Any]], None],
        *,
        fresh: Iterable[str] = (),
        istiod: istio.Istiod = istio.USUAL,
    ) -> Iterator[Door]:
        """Another door, with Envoys of its own, where `change` has been at the documents and the mesh's configuration.

        Programs are shared with the stand, but for those of the workloads `fresh`, which run a second time. `istiod` is
        how the one runs that configures these Envoys.
        """
        documents, mesh = copy.deepcopy(list(self.charts.documents)), copy.deepcopy(dict(self.charts.mesh))
        change(documents, mesh)
        self._doors += 1
        # Not the gateway: two Envoys at one address share its connections between them (SO_REUSEPORT).
        kept = (pod for pod in self.cluster.pods if pod.workload not in set(fresh) and not pod.gateway)
        shared = {pod.name: pod.inside for pod in kept}
        cluster = self._cluster(documents, shared)
        with ExitStack() as stack:
            new = (pod for pod in cluster.pods if not pod.gateway and pod.name not in shared)
            self._started(cluster, {f"{pod.name}-{self._doors}": pod for pod in new}, stack)
            yield stack.enter_context(self._door(cluster, mesh, istiod))

    def _cluster(self, documents: Sequence[Document], known: Mapping[str, str]) -> Cluster:
        return Cluster(documents, lambda name: known.get(name) or self.slice.address())

    def _started(self, cluster: Cluster, pods: Mapping[str, Pod], stack: ExitStack) -> dict[str, Program]:
        """Their programs, by the names that are given to the pods; all begin before any is waited for."""
        found = {name: self._run(self._program(cluster, pod, name), stack) for name, pod in pods.items()}
        for name, pod in pods.items():
            if pod.image == "keycloak":
                keycloak.wait(found[name], pod.inside)
            else:
                found[name].wait()
        return found

    def _program(self, cluster: Cluster, pod: Pod, name: str) -> Program:
        folder = self._folder("pods", name)
        said = container(cluster, pod, self.secrets, folder)
        return programs.program(pod, said, folder, self.trust, self.progress)

    def _run(self, program: Program, stack: ExitStack) -> Program:
        stack.callback(program.stop)
        return program.start()

    @contextmanager
    def _door(self, cluster: Cluster, mesh: Mapping[str, Any], istiod: istio.Istiod = istio.USUAL) -> Iterator[Door]:
        (gateway,) = (pod for pod in cluster.pods if pod.gateway)
        sidecars = [pod for pod in cluster.pods if pod.sidecar]
        sent = istio.sent(cluster, mesh, gateway, sidecars, istiod)
        folder = self._folder("doors", str(self._doors))
        with ExitStack() as stack:
            made = [(gateway, envoy.gateway(sent[gateway.name], gateway.ip, self._identity(gateway)))]
            for pod in sidecars:
                ports = sorted(set(pod.ports().values()))
                identity = self._identity(pod)
                made.append((pod, envoy.sidecar(sent[pod.name], pod.ip, ports, pod.inside, identity)))
            running = [self._run(_envoy(pod, bootstrap, folder), stack) for pod, bootstrap in made]
            for program in running:
                program.wait()
            yield Door(self, cluster, gateway, {pod.name: bootstrap for pod, bootstrap in made})

    def _identity(self, pod: Pod) -> envoy.Identity:
        account = pod.spec.get("serviceAccountName", "default")
        spiffe = f"spiffe://{_TRUST_DOMAIN}/ns/{pod.namespace}/sa/{account}"
        names = [one["name"].partition(":")[0] for one in self.charts.values["hosts"]]
        pairs = {
            "default": self.mesh.pair(pod.name, identity=spiffe),
            "": self.public.pair("public-hosts", hosts=names),
        }
        return envoy.Identity(pairs, {"ROOTCA": self.mesh.file})

    def _folder(self, *names: str) -> Path:
        found = self.folder.joinpath(*names)
        found.mkdir(parents=True, exist_ok=True)
        return found


def _envoy(pod: Pod, bootstrap: Mapping[str, Any], folder: Path) -> Program:
    file = folder / f"{pod.name}.json"
    file.write_text(json.dumps(bootstrap, indent=1), encoding="utf-8")
    listener = bootstrap["static_resources"]["listeners"][0]["address"]["socket_address"]
    command = [str(tool("envoy")), "-c", str(file), "--disable-hot-restart", "--concurrency", "1", "-l", "warning"]
    return Program(
        f"the Envoy of {pod.name}",
        command,
        folder / f"{pod.name}.log",
        listens=(listener["address"], listener["port_value"]),
    )
