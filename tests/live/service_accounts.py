"""An issuer of service-account tokens as a Kubernetes API server is one: a discovery document, keys, tokens.

Must not know about: who trusts it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass(frozen=True)
class Cluster:
    """The issuer of service-account tokens, as a Kubernetes API server is one."""

    url: str
    key: RSAKey

    def token(self, audience: str, subject: str, *, age: int = 0, key: RSAKey | None = None) -> str:
        """What the kubelet projects into a pod: `aud` is a list. Issued `age` seconds ago, good for ten minutes."""
        now = int(time.time())
        namespace, name = subject.split(":")[2:]
        claims = {
            "iss": self.url,
            "sub": subject,
            "aud": [audience],
            "iat": now - age,
            "nbf": now - age,
            "exp": now + 600,
            "jti": "0b9b3b4e-5f0a-4f0e-9d60-0c5a6e5f9b11",
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name, "uid": "1"}},
        }
        signing = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signing.kid}, claims, signing)


@contextmanager
def issuing() -> Iterator[Cluster]:
    """One on a free port of loopback."""
    key = RSAKey.generate_key(2048, auto_kid=True)

    class Discovery(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = f"http://{self.headers['Host']}"
            said: dict[str, Any]
            if self.path == "/.well-known/openid-configuration":
                said = {"issuer": url, "jwks_uri": f"{url}/openid/v1/jwks"}
            else:
                said = {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "RS256"}]}
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Discovery)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield Cluster(f"http://127.0.0.1:{server.server_address[1]}", key)
    finally:
        server.shutdown()
        server.server_close()
