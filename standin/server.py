"""The stand-in as a whole: its addresses, its two ports (TLS and plain HTTP), and how a test runs it.

Must not know about: how any one endpoint works.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, g, jsonify
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Response as Answer

from standin.certificates import write_tls
from standin.errors import Aadsts
from standin.grants import Server
from standin.graph import graph
from standin.machine import machine
from standin.metadata import metadata
from standin.signin import signin
from standin.state import State
from standin.tenant import Directory, Tenant

SHARED = frozenset({"common", "organizations"})


@dataclass(frozen=True, slots=True)
class Standin:
    """A running stand-in."""

    state: State
    url: str
    """https://localhost:PORT: what browsers, msal and tokens use (`authority` of the word `entra`)."""
    plain_url: str
    """The same over plain HTTP, for a back channel that does not trust the CA. Tokens name `url` all the same."""
    ca: Path
    """The CA's certificate (PEM)."""

    @property
    def tenant(self) -> Tenant:
        """The main tenant, to be changed as a test likes."""
        return self.state.directory.tenants[0]

    @property
    def authority(self) -> str:
        """The main tenant's authority, as msal wants it."""
        return f"{self.url}/{self.tenant.id}"

    @property
    def graph(self) -> str:
        """Microsoft Graph's root."""
        return f"{self.url}/v1.0"

    def rotate_keys(self, *, withdraw_old: bool = False) -> None:
        """Sign with a new key from now on; `withdraw_old` takes the old ones off the list at once."""
        self.state.keys.rotate(withdraw_old=withdraw_old)


def application(state: State) -> Flask:
    """Everything by its address."""
    app = Flask("standin")
    app.url_map.strict_slashes = False
    server = Server(state)

    @app.url_value_preprocessor
    def choose_tenant(_endpoint: str | None, values: dict[str, str] | None) -> None:
        named = values.pop("tenant", None) if values else None
        g.named = named
        g.tenant = None
        if named is not None and named not in SHARED:
            try:
                g.tenant = state.directory.tenant(named)
            except KeyError:
                raise Aadsts(90002, tenant=named) from None

    @app.errorhandler(Aadsts)
    def told(error: Aadsts) -> Response:
        answer = jsonify(error.answer())
        answer.status_code = error.status_code or 400
        return answer

    @app.post("/<tenant>/oauth2/v2.0/token")
    def token() -> Answer:
        answer: Answer = server.create_token_response()
        return answer

    app.register_blueprint(metadata(state))
    app.register_blueprint(signin(state, server))
    app.register_blueprint(graph(state))
    app.register_blueprint(machine(state))
    return app


@contextmanager
def running(
    *tenants: Tenant,
    directory: Callable[[], Directory] | None = None,
    folder: Path | None = None,
    port: int = 0,
    plain_port: int = 0,
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
    trust: str | None = None,
) -> Iterator[Standin]:
    """The stand-in, on free ports of this machine, until the block ends.

    `hosts`: the names in its certificate; the first one is in its addresses and tokens. `trust`: a CA file for the keys
    of other issuers, where those are not to be fetched over plain HTTP or from this stand-in.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    made = Directory(tenants=list(tenants) or [Tenant()])
    made.tenants[:] = tenants or made.tenants  # the very objects that the test changes
    with tempfile.TemporaryDirectory() as temporary:
        ca, context = write_tls(folder or Path(temporary), hosts)
        app = Flask("starting")
        tls = make_server("127.0.0.1", port, app, threaded=True)
        # The handshake belongs to the thread of the request: who connects and says nothing holds nobody up.
        tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
        tls.ssl_context = context
        plain = make_server("127.0.0.1", plain_port, app, threaded=True)
        url = f"https://{hosts[0]}:{tls.server_port}"
        state = State(directory or (lambda: made), url, trust or str(ca))
        tls.app = plain.app = application(state)
        with serving(tls), serving(plain):
            yield Standin(state, url, f"http://{hosts[0]}:{plain.server_port}", ca)


@contextmanager
def serving(server: BaseWSGIServer) -> Iterator[None]:
    """`server` in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
