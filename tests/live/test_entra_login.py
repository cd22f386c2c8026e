"""What the checker asks for is what a real Keycloak needs: with it people log in and out, without it they don't."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

import standin
from realmctl.cli.main import run
from realmctl.errors import Exit
from tests.conftest import Keycloak
from tests.live.scene import applied, written
from tests.live.test_entra import ADA, APP, REDIRECT, SECRET, contoso, realm
from tooling.gateway.login import Browser, Stopped


def test_the_redirect_uris_it_wants_are_keycloaks(
    keycloak: Keycloak,
    realm_name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tenant = contoso()
    app = tenant.app(APP)
    app.graphPermissions = ["Application.Read.All", "Directory.Read.All"]
    with standin.running(tenant) as entra, contextlib.closing(keycloak.admin()) as admin:
        applied(admin, written(tmp_path, realm_name, realm(entra)))
        environ = {
            "AZURE_CLIENT_ID": APP,
            "AZURE_CLIENT_SECRET": SECRET,
            "KEYCLOAK_PUBLIC_URL": keycloak.url,
            "KEYCLOAK_CA_FILE": str(entra.ca),
            "REALMCTL_GRAPH_URL": entra.graph,
        }
        for name, value in environ.items():
            monkeypatch.setenv(name, value)

        def patches() -> tuple[int, list[dict[str, object]]]:
            capsys.readouterr()
            code = run(["entra", "check", "-o", "json", str(tmp_path)])
            (found,) = json.loads(capsys.readouterr().out)["realms"]
            return code, [one["body"] for one in found["requests"] if "web" in one["body"]]

        where = f"{keycloak.url}/realms/{realm_name}"
        with pytest.raises(Stopped, match="AADSTS50011"):
            Browser(entra.ca).log_in(where, "app", REDIRECT, ADA)
        code, (body,) = patches()
        assert code == Exit.DIFFERENT
        web = body["web"]
        assert isinstance(web, dict)
        app.redirectUris = web["redirectUris"]
        assert patches() == (Exit.OK, [])
        person = Browser(entra.ca)
        tokens = person.log_in(where, "app", REDIRECT, ADA)
        assert tokens.id["preferred_username"] == ADA
        # Keycloak sends the browser on to Entra, which sends it back only to a registered address.
        login, logout = app.redirectUris
        app.redirectUris = [login]
        with pytest.raises(Stopped):
            person.log_out(where, "app", REDIRECT, tokens)
        app.redirectUris = [login, logout]
        tokens = person.log_in(where, "app", REDIRECT, ADA)
        person.log_out(where, "app", REDIRECT, tokens)
