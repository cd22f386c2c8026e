"""A fleet file: several Keycloaks, each with its address, its login and the realms that it should have.

Secrets never stand in it: it names the environment variables that hold them. Must not know about: HTTP, drift.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from realmctl.config.inputs.file_access import FileAccess
from realmctl.config.loader.interpolation import Interpolation, Part
from realmctl.config.loader.origin import Files
from realmctl.config.loader.validation import validate_model
from realmctl.config.yaml.syntax import read
from realmctl.errors import BadConfig, Finding


class Server(BaseModel):
    """One Keycloak of a fleet."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    url: str = Field(description="Keycloak's address with its path: https://example.com/auth.", min_length=1)
    loginRealm: str | None = Field(None, description="The realm to log in to; master if left out.")
    clientId: str | None = Field(None, description="The client to log in with.")
    clientSecretEnv: str | None = Field(None, description="The environment variable that holds its secret.")
    user: str | None = Field(None, description="A user to log in as.")
    passwordEnv: str | None = Field(None, description="The environment variable that holds the user's password.")
    assertionFile: str | None = Field(None, description="A file with a signed JWT to log in with.")
    keyFile: str | None = Field(None, description="A file with the client's private key, which it logs in with.")
    publicUrl: str | None = Field(None, description="Keycloak's public address, where it is another one than url.")
    ca: str | None = Field(None, description="Certificates (PEM) to trust instead of the system's.")
    clientCert: str | None = Field(None, description="The client certificate (PEM) for mutual TLS.")
    clientKey: str | None = Field(None, description="The private key (PEM) of clientCert.")
    timeout: float | None = Field(None, description="How long to wait for one answer, in seconds.", gt=0)
    paths: list[str] = Field(description="Its realms' folders or files, from the fleet file's folder.", min_length=1)
    vars: dict[str, Any] = Field({}, description="Values for $(var:NAME) in these files.")


class Fleet(BaseModel):
    """Several Keycloaks, by a name of yours for each."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    servers: dict[str, Server] = Field(description="By name.", min_length=1)


@dataclass(frozen=True, slots=True)
class FleetServer:
    """One server, ready to connect: `options` are the connection's, by the names that it knows them by."""

    name: str
    options: Mapping[str, Any] = field(repr=False)
    paths: Sequence[Path]
    variables: Mapping[str, str]


def fleet_schema() -> dict[str, Any]:
    """The JSON Schema of a fleet file, for editors."""
    told = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Fleet.model_json_schema(),
        "title": "A fleet file (realmctl)",
    }
    return {**told, "description": "Several Keycloaks, for realmctl drift --fleet. See docs/commands.md."}


def read_fleet(path: str | Path, environ: Mapping[str, str]) -> tuple[FleetServer, ...]:
    """The servers that a fleet file names. Raises BadConfig with everything that is wrong, at its place."""
    file = Path(path)
    access = FileAccess.of(file.parent, environ)
    interpolation = Interpolation(environ, {}, files=access)
    document = read(file, interpolation.text)
    findings = [*document.findings, *interpolation.findings, *map(_shown, filter(_is_secret, interpolation.parts))]
    if findings or document.data is None:
        raise BadConfig(findings or [Finding("empty-file", f"{file} names no servers", None, "write `servers:`")])
    places = Files([document])
    fleet, findings = validate_model(Fleet, document.data, places)
    if fleet is None:
        raise BadConfig(findings)
    unset = [finding for name, one in fleet.servers.items() for finding in _unset(name, one, environ, places)]
    if findings or unset:
        raise BadConfig([*findings, *unset])
    return tuple(_server(name, one, file, environ) for name, one in fleet.servers.items())


def _is_secret(part: Part) -> bool:
    return bool(part.secret)


def _shown(part: Part) -> Finding:
    """All that a fleet file says is shown, and none of it is a secret."""
    what = f"$({part.name}) counts as a secret ({part.secret}), and a fleet file takes none"
    return Finding("secret-as-name", what, part.place, "name the variable that holds it: clientSecretEnv, passwordEnv")


def _unset(name: str, one: Server, environ: Mapping[str, str], places: Files) -> Iterator[Finding]:
    """Yield a finding for each secret of a server whose environment variable is not set."""
    for key, variable in (("clientSecretEnv", one.clientSecretEnv), ("passwordEnv", one.passwordEnv)):
        if variable is not None and not environ.get(variable):
            told = f"the environment variable {variable} is not set"
            place = places.place("servers", name, key)
            yield Finding("unset-env", told, place, f"set it: {name} logs in with what it holds")


def _server(name: str, one: Server, file: Path, environ: Mapping[str, str]) -> FleetServer:
    def secret(variable: str | None) -> str | None:
        return environ.get(variable, "") if variable is not None else None

    def beside(text: str | None) -> str | None:
        return str(file.parent / text) if text is not None else None

    said = {
        "url": one.url,
        "login_realm": one.loginRealm,
        "client_id": one.clientId,
        "client_secret": secret(one.clientSecretEnv),
        "user": one.user,
        "password": secret(one.passwordEnv),
        "assertion_file": beside(one.assertionFile),
        "key_file": beside(one.keyFile),
        "public_url": one.publicUrl,
        "ca": beside(one.ca),
        "client_cert": beside(one.clientCert),
        "client_key": beside(one.clientKey),
        "timeout": one.timeout,
    }
    options = {key: value for key, value in said.items() if value is not None}
    variables = {key: "" if value is None else str(value) for key, value in one.vars.items()}
    return FleetServer(name, options, [file.parent / text for text in one.paths], variables)
