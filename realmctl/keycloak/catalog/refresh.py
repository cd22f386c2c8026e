"""Makes the packaged data again: `python -m realmctl.keycloak.catalog.refresh URL… [--types URL…]`.

A development tool: an administrator of `master` is needed, and realmctl itself never calls it.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from realmctl.keycloak.catalog import extraction

DATA = Path(__file__).parent / "data"
_TIMEOUT_SECONDS = 120


class _Server:
    """A logged-in session at one Keycloak."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._admin = f"{url.rstrip('/')}/admin"
        self._session = requests.Session()
        login = self._session.post(
            f"{url.rstrip('/')}/realms/master/protocol/openid-connect/token",
            data={"grant_type": "password", "client_id": "admin-cli", "username": user, "password": password},
            timeout=_TIMEOUT_SECONDS,
        )
        login.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {login.json()['access_token']}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request below `/admin`; the answer's JSON, None without one or where there is nothing (404)."""
        answer = self._session.request(method, f"{self._admin}/{path}", json=body, timeout=_TIMEOUT_SECONDS)
        if answer.status_code == requests.codes.not_found:
            return None
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def read(self) -> tuple[extraction.Answers, Mapping[str, Any], Any]:
        """What the server ships; export and user profile of a realm that is made for it and deleted again."""
        name = f"realmctl-{secrets.token_hex(8)}"
        self.ask("POST", "realms", {"realm": name, "enabled": True})
        try:
            export = self.ask("POST", f"realms/{name}/partial-export?exportClients=true&exportGroupsAndRoles=true")
            authentication = f"realms/{name}/authentication"
            actions = {
                one["providerId"]: () for one in self.ask("GET", f"{authentication}/unregistered-required-actions")
            }
            for action in self.ask("GET", f"{authentication}/required-actions"):
                described = self.ask("GET", f"{authentication}/required-actions/{action['alias']}/config-description")
                actions[action["providerId"]] = (described or {}).get("properties", ())
            profile = self.ask("GET", f"realms/{name}/users/profile")
            return extraction.Answers(self.ask("GET", "serverinfo"), actions), export, profile
        finally:
            self.ask("DELETE", f"realms/{name}")


def main() -> None:
    """Read the servers and write `data/`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="+", help="a server with default features, newest first; its path included")
    parser.add_argument("--types", nargs="*", default=[], metavar="URL", help="more servers, read for their types only")
    wanted = parser.parse_args()
    user, password = os.environ.get("KEYCLOAK_USER", "admin"), os.environ["KEYCLOAK_PASSWORD"]
    answers = []
    for url in [*wanted.url, *wanted.types]:
        found, export, profile = _Server(url, user, password).read()
        answers.append(found)
        if url in wanted.url:
            _write(f"realm-{found.version}.json", extraction.fresh_realm(export))
        if url == wanted.url[0]:
            _write("profile.json", profile)
    _write("types.json", extraction.types(answers))
    _write("server.json", extraction.server(answers))
    _write("labels.json", extraction.labels(answers))


def _write(name: str, value: Any) -> None:
    path = DATA / name
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path} {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
