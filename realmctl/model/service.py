"""A service behind the gateway, as its team's file declares it: where it is reached, and who may do what there.

A path covers itself and everything below it, segment by segment: a rule for one exact spelling would be passed by
`/approve/` or `/approve/x`. Must not know about: realms, tokens, Istio's resources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

_SEGMENT = re.compile(r"[A-Za-z0-9._~!$&'()+,=:@-]+")
_LABEL = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"


def _path(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError(f"{value}: write a path that begins with /")
    for part in segments(value):
        if part in ("", ".", ".."):
            raise ValueError(f"{value}: the gateway takes // and dots out before it looks, so this never fits")
        if "*" in part:
            # Istio's {*} becomes a list of characters in Envoy (uri_template_internal.cc), without [ and ]: who writes
            # one of them into the path is not held up by the rule (Envoy 1.40, by experiment).
            raise ValueError(
                f"{value}: no rule can rely on a wildcard inside a path, since Istio's lets some characters slip past; "
                "a path covers everything below it, so put what needs a role below a path of its own"
            )
        if not _SEGMENT.fullmatch(part):
            raise ValueError(f"{value}: '{part}' can't be matched as it stands: no %, ;, ?, #, blanks or backslashes")
    return value


def segments(path: str) -> tuple[str, ...]:
    """The parts of a path between its slashes; a `/` or `/*` at its end says nothing more."""
    bare = path.removesuffix("*") if path.endswith("/*") else path
    bare = bare.removesuffix("/").removeprefix("/")
    return tuple(bare.split("/")) if bare else ()


def covers(outer: str, inner: str) -> bool:
    """Whether everything at and below the path `inner` is at or below `outer`."""
    have = segments(outer)
    return segments(inner)[: len(have)] == have


def patterns(path: str) -> list[str]:
    """What Istio's AuthorizationPolicy has to match for a path and everything below it."""
    bare = "".join(f"/{part}" for part in segments(path))
    return [bare, f"{bare}/*"] if bare else ["/*"]


Path = Annotated[str, AfterValidator(_path)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class RoleRule(_Said):
    """Who may. Where several rules fit a request, each of them has to be satisfied."""

    roles: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="Any one of them will do: realm roles, or client roles as `client-id.role`."
    )
    paths: list[Path] = Field(
        default=[],
        description="Where it holds; each path with everything below it. All of the service unless said.",
    )
    methods: list[Method] = Field(default=[], description="HTTP methods it holds for; every one unless said.")
    claim: str | None = Field(
        None, description="The claim of `tokens` to look into, where several have the role in them."
    )


class Workload(_Said):
    """The pods that policies select."""

    namespace: str | None = Field(None, pattern=_LABEL, description="Their namespace; the service's name unless said.")
    labels: dict[str, str] = Field(
        default={}, description="Their labels; `app.kubernetes.io/name: SERVICE` unless said."
    )


class Backend(_Said):
    """The Kubernetes Service that the gateway's route ends at, in the namespace of the pods."""

    name: str | None = Field(None, pattern=_LABEL, description="Its name; the service's own unless said.")
    port: int = Field(80, ge=1, le=65535, description="Its port.")


class Service(_Said):
    """One service behind the gateway."""

    paths: list[Path] = Field(
        min_length=1, description="Where the gateway reaches it; each path with everything below it."
    )
    audience: str = Field(min_length=1, description="The name it looks for in `aud`; one of `tokens.audiences`.")
    hosts: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[], description="Hosts of the gateway it is reached at; all of them unless said."
    )
    rules: list[RoleRule] = Field(
        default=[], description="Who may do what. Without any, everybody who is logged in may do everything."
    )
    workload: Workload = Field(default_factory=Workload, description="Its pods, for policies that select them.")
    backend: Backend = Field(default_factory=Backend, description="Where the gateway's route to it ends.")

    def pods(self, name: str) -> tuple[str, dict[str, str]]:
        """Namespace and labels of its pods, for a service of that name: what its policies select."""
        return self.workload.namespace or name, self.workload.labels or {"app.kubernetes.io/name": name}


def demanded_roles(services: Mapping[str, Service]) -> dict[str, tuple[str, ...]]:
    """Return the roles that services ask for, as `role` or `client-id.role`, with the services' names."""
    found: dict[str, dict[str, None]] = {}
    for name, service in services.items():
        for role in (role for rule in service.rules for role in rule.roles):
            found.setdefault(role, {})[name] = None
    return {role: tuple(names) for role, names in found.items()}
