"""`make gateway`: the whole platform on this machine, to look at with one's own browser, until Ctrl-C.

Must not know about: how any of it is started.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading

from realmctl.errors import RealmctlError
from realmctl.keycloak.local import process
from realmctl.keycloak.local.state import cache_folder
from tooling.gateway.stand.charts import rendered
from tooling.gateway.stand.directory import ADA, NINA, OTTO
from tooling.gateway.stand.person import PASSWORD
from tooling.gateway.stand.stand import Stand
from tooling.gateway.tools import NEEDED, tool

PORT = 8443


def main() -> int:
    """Start, say where and who, wait for a signal."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    try:
        for needed in NEEDED:
            tool(needed, say)
    except RealmctlError as problem:
        print(f"{problem}. {problem.advice}", file=sys.stderr)
        return 1
    folder = cache_folder() / "gateway"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = process.free_port(PORT)
    charts = rendered(folder, f"apps.localhost:{port}", (process.free_port(), port))
    say("Starting Keycloak, Redis, oauth2-proxy, the echo and their Envoys (half a minute)")
    with Stand(folder, charts, say, ip="127.0.0.1") as stand:
        print(told(stand), flush=True)
        stop.wait()
        say("Stopping")
    return 0


def told(stand: Stand) -> str:
    """What a person can do with it."""
    origin = stand.charts.origin
    token = stand.folder / "token"
    token.touch(mode=0o600)
    token.write_text(stand.token("echo-caller", "ECHO_CALLER_SECRET"), encoding="utf-8")
    return f"""
Open          {origin}/echo
              Your browser warns twice, of the gateway's certificate and of that of Entra's stand-in: both are made for
              this run.
Log in as     {ADA}    platform-admin
              {OTTO}   of the orders team
              {NINA}   nobody in particular; everybody's password is: {PASSWORD}
Try           {origin}/echo/admin    for platform-admin alone
              {origin}/echo/orders   for who reads orders
Sign out      {stand.charts.values["hosts"][0]["logout"]}
A program     curl -k -H "Authorization: Bearer $(cat {token})" {origin}/echo    (for five minutes)
Logs          {stand.folder}
Stop it       Ctrl-C
"""


def say(text: str) -> None:
    """Progress."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
