"""A pod's containers on this machine, without a container engine: their commands, settings, volumes and rights, in a
mount namespace of their own whose file system is read-only.

Not the same as in a cluster: the image (a folder stands in for what is at one path of it, the rest is this machine's)
and the network, which is this machine's. Must not know about: what is expected of the containers.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.charts.rendered import Manifests

PROGRAMS = ("unshare", "setpriv", "chroot")

_ROOM = r"""
set -eu
root=$1 home=$2 image=$3 user=$4 groups=$5; shift 5
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
for one in bin sbin lib lib64 usr proc dev; do
    if [ -L "/$one" ]; then cp -P "/$one" "$root/$one"
    elif [ -d "/$one" ]; then mkdir "$root/$one"; mount --rbind "/$one" "$root/$one"; fi
done
cp -a /etc "$root/etc"
mkdir -p "$root$home"
mount --bind "$image" "$root$home"
while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
    [ "$3" != ro ] || mount -o remount,ro,bind "$root$2"
    shift 3
done
shift
mount -o remount,ro,bind "$root$home"
mount -o remount,ro "$root"
exec chroot "$root" setpriv --reuid="$user" --regid=0 --groups="$groups" --no-new-privs --bounding-set=-all \
    --inh-caps=-all "$@"
"""


@dataclass(frozen=True)
class Pod:
    """The pod of a workload, as rendered. `image` is what is at `home` in it; `given` has the volumes that somebody
    else fills, and `secrets` what Secrets hold, by name and key. Everything it makes is below `folder`.
    """

    manifests: Manifests
    spec: Mapping[str, Any]
    folder: Path
    home: str
    image: Path
    given: Mapping[str, Path]
    secrets: Mapping[tuple[str, str], str]
    made: dict[str, Path] = field(default_factory=dict)

    def run(self, name: str, log: Path) -> subprocess.Popen[bytes]:
        """Starts one of its containers; what it says goes to `log`. The caller ends it."""
        (one,) = (
            one for one in [*self.spec.get("initContainers", ()), *self.spec["containers"]] if one["name"] == name
        )
        rights = one["securityContext"]
        assert rights["readOnlyRootFilesystem"]
        assert rights["capabilities"] == {"drop": ["ALL"]}
        root = self.folder / f"root-{log.stem}"
        root.mkdir()
        mounts: list[str] = []
        for mount in sorted(one["volumeMounts"], key=lambda mount: str(mount["mountPath"])):
            mounts += [str(self._volume(mount["name"])), mount["mountPath"], "ro" if mount.get("readOnly") else "rw"]
        who = self.spec["securityContext"]
        fixed = [str(root), self.home, str(self.image), str(who["runAsUser"]), str(who["fsGroup"])]
        command = ["unshare", "-m", "sh", "-c", _ROOM, "sh", *fixed, *mounts, "--", *one["command"]]
        with log.open("wb") as out:
            return subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self._environment(one)
            )

    def _volume(self, name: str) -> Path:
        if name in self.given:
            return self.given[name]
        if name not in self.made:
            path = self.folder / "volumes" / name
            path.mkdir(parents=True)
            # As the kubelet makes an emptyDir of a pod with an fsGroup.
            shutil.chown(path, 0, int(self.spec["securityContext"]["fsGroup"]))
            path.chmod(0o2777)
            self.made[name] = path
        return self.made[name]

    def _environment(self, container: Mapping[str, Any]) -> dict[str, str]:
        environ = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
        for source in container.get("envFrom", ()):
            environ |= self.manifests[f"ConfigMap/{source['configMapRef']['name']}"]["data"]
        for one in container.get("env", ()):
            if "value" in one:
                environ[one["name"]] = one["value"]
            else:
                reference = one["valueFrom"]["secretKeyRef"]
                environ[one["name"]] = self.secrets[reference["name"], reference["key"]]
        return environ
