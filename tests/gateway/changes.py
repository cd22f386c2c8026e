"""Changes to what the charts render, for doors at which something is otherwise: quicker, or without a defence.

Each asserts that it found what it changes, so that a chart that says it in another way fails here and not in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tooling.gateway.stand.manifests import Document
from tooling.gateway.stand.stand import Stand

Change = Callable[[list[Document], dict[str, Any]], None]


def one(documents: list[Document], kind: str, *, having: str = "") -> Document:
    """The one document of a kind; several are told apart by a text in them."""
    (found,) = (each for each in documents if each["kind"] == kind and having in str(each))
    return found


def setting(name: str, value: str) -> Change:
    """oauth2-proxy.cfg with another value (as TOML writes it)."""

    def change(documents: list[Document], mesh: dict[str, Any]) -> None:
        data = one(documents, "ConfigMap", having="oauth2-proxy.cfg")["data"]
        lines = data["oauth2-proxy.cfg"].splitlines()
        (number,) = (at for at, line in enumerate(lines) if line.partition("=")[0].strip() == name)
        lines[number] = f"{name} = {value}"
        data["oauth2-proxy.cfg"] = "\n".join(lines)

    return change


def together(*changes: Change) -> Change:
    """One after the other."""

    def change(documents: list[Document], mesh: dict[str, Any]) -> None:
        for each in changes:
            each(documents, mesh)

    return change


def replaced(old: str, new: str, kind: str, having: str = "") -> Change:
    """A text of a document exchanged, wherever it stands in it."""

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(old, new)
        if isinstance(value, dict):
            return {key: walk(inner) for key, inner in value.items()}
        return [walk(inner) for inner in value] if isinstance(value, list) else value

    def change(documents: list[Document], mesh: dict[str, Any]) -> None:
        found = one(documents, kind, having=having or old)
        before = dict(found)
        found.update(walk(found))
        assert found != before, f"nothing in {kind} says {old}"

    return change


def unguarded(documents: list[Document], mesh: dict[str, Any]) -> None:
    """The echo without policies of its own."""
    policies = {"RequestAuthentication", "AuthorizationPolicy"}
    kept = [one for one in documents if one["metadata"].get("namespace") != "echo" or one["kind"] not in policies]
    assert len(kept) < len(documents)
    documents[:] = kept


def unasked(documents: list[Document], mesh: dict[str, Any]) -> None:
    """The gateway without its check: nobody is sent to log in, and no token is looked at there."""
    documents.remove(one(documents, "AuthorizationPolicy", having="'CUSTOM'"))


def trusting(keys: str) -> Change:
    """The echo's policy with these keys (a JWKS) in place of Keycloak's."""

    def change(documents: list[Document], mesh: dict[str, Any]) -> None:
        (rule,) = one(documents, "RequestAuthentication", having="'namespace': 'echo'")["spec"]["jwtRules"]
        del rule["jwksUri"]
        rule["jwks"] = keys

    return change


def unfiltered(documents: list[Document], mesh: dict[str, Any]) -> None:
    """The gateway without the filter that takes the session's cookie out of requests."""
    patches = one(documents, "EnvoyFilter", having="gateway.session_cookie")["spec"]["configPatches"]
    kept = [patch for patch in patches if patch["patch"]["value"].get("name") != "gateway.session_cookie"]
    assert len(kept) == len(patches) - 1
    patches[:] = kept


@contextmanager
def client_with(stand: Stand, client: str, attributes: Mapping[str, str] | None = None, **more: Any) -> Iterator[None]:
    """Keycloak's client with other attributes ("" takes one away) and fields, for as long as it is asked for."""
    realm = stand.charts.values["realm"]
    with stand.admin() as admin:
        (found,) = admin.get(realm, "clients", query={"clientId": client})
        said = attributes or {}
        changed = {**found, "attributes": {**found["attributes"], **said}, **more}
        # Keycloak keeps an attribute that is not mentioned: what was not there has to be taken away.
        restored = {**found, "attributes": {**dict.fromkeys(said, ""), **found["attributes"]}}
        admin.send("PUT", (realm, "clients", found["id"]), body=changed)
        try:
            yield
        finally:
            admin.send("PUT", (realm, "clients", found["id"]), body=restored)


def tokens_of(stand: Stand, client: str, seconds: int) -> AbstractContextManager[None]:
    """Access tokens of a client that end after `seconds`; with less than -1 they have ended already."""
    return client_with(stand, client, {"access.token.lifespan": str(seconds)})
