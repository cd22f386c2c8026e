"""`python -m standin`: the stand-in as a program. The tenant's file is read again whenever it changes."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import yaml

from standin.server import running
from standin.tenant import Directory, Tenant

EXAMPLE = Path(__file__).with_name("contoso.yaml")


def main() -> None:
    """Start, say where, wait for a signal."""
    parser = argparse.ArgumentParser(prog="python -m standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="TLS; 0 takes a free one")
    parser.add_argument("--plain-port", type=int, default=0, help="plain HTTP, for back channels; 0 takes a free one")
    parser.add_argument("--dir", type=Path, required=True, help="for ca.pem, the certificate, and standin.env")
    parser.add_argument("--tenant", type=Path, default=EXAMPLE, help="the directory as YAML (default: the example)")
    parser.add_argument("--host", action="append", default=[], help="another name in the certificate")
    parser.add_argument("--trust", help="CA file for the keys of federated issuers")
    said = parser.parse_args()
    hosts = ("localhost", "127.0.0.1", *said.host)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    directory = from_file(said.tenant)
    with running(
        directory=directory, folder=said.dir, port=said.port, plain_port=said.plain_port, hosts=hosts, trust=said.trust
    ) as entra:
        values = {
            "ENTRA_AUTHORITY": entra.url,
            "ENTRA_BACK_CHANNEL": entra.plain_url,
            "ENTRA_GRAPH": entra.graph,
            "ENTRA_TENANT_ID": entra.tenant.id,
            "ENTRA_CA": str(entra.ca),
        }
        lines = "".join(f"{name}={value}\n" for name, value in values.items())
        (said.dir / "standin.env").write_text(lines)
        print(lines, end="", flush=True)
        stop.wait()


def from_file(path: Path) -> Callable[[], Directory]:
    """The directory that `path` describes now: one tenant, or a list of them. A broken file leaves the last one."""
    kept: list[tuple[float, Directory]] = []

    def read() -> Directory:
        changed = path.stat().st_mtime
        if not kept or kept[0][0] != changed:
            said = yaml.safe_load(path.read_text())
            tenants = said if isinstance(said, list) else [said]
            kept[:] = [(changed, Directory(tenants=[Tenant.model_validate(one) for one in tenants]))]
        return kept[0][1]

    return read


if __name__ == "__main__":
    main()
