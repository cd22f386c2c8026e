"""Services behind the gateway in a team's file: their names, paths, audiences and pods are the team's own.

Must not know about: Keycloak's objects.
"""

from __future__ import annotations

from collections.abc import Iterator

from realmctl.config.teams.mappers import check_audience
from realmctl.config.teams.subject import TeamFile
from realmctl.errors import Finding
from realmctl.model.service import Service, covers, segments


def check_services(look: TeamFile) -> Iterator[Finding]:
    """Every service that the file declares."""
    declared = look.data.get("services")
    for name in declared if isinstance(declared, dict) else ():
        service = look.realm.frame.services.get(name)
        if service is None:
            continue
        at = ("services", name)
        if not look.bounds.includes("service", name):
            yield look.refuse_name(f"declare the service '{name}'", look.key_place(*at), "service", name)
            continue
        if (elsewhere := look.first_place_elsewhere(at, ("service", name))) is not None:
            yield look.refuse(f"change the service '{name}', which is declared at {elsewhere}", look.key_place(*at))
        yield from check_audience(look, service.audience, look.place(*at, "audience"))
        yield from _paths(look, name, service)
        yield from _pods(look, name, service)


def _paths(look: TeamFile, name: str, service: Service) -> Iterator[Finding]:
    """A path is below one of the team's, and below no path of a service that is not the team's."""
    for index, path in enumerate(service.paths):
        place = look.place("services", name, "paths", index)
        parts = segments(path)
        below = any(covers(one, path) for one in look.bounds.paths)
        if not below and not (parts and look.bounds.has_prefix("service", parts[0])):
            told = f"serve the path '{path}'"
            owner = ("service", parts[0] if parts else "")
            yield look.refuse(told, place, bound="paths", entry=path, owner=owner)
            continue
        for other, theirs in look.realm.frame.services.items():
            if look.realm.team_by_service.get(other) == look.name:
                continue
            shared = not service.hosts or not theirs.hosts or set(service.hosts) & set(theirs.hosts)
            if shared and any(covers(one.casefold(), path.casefold()) for one in theirs.paths if segments(one)):
                told = f"take the path '{path}' from the service '{other}'"
                yield look.refuse(told, place)


def _pods(look: TeamFile, name: str, service: Service) -> Iterator[Finding]:
    """The pods whose policies the service writes: in a namespace of the team."""
    namespace = service.pods(name)[0]
    if not look.bounds.includes("namespace", namespace):
        told = f"write policies for pods in the namespace '{namespace}'"
        place = look.place("services", name, "workload", "namespace")
        yield look.refuse_name(told, place, "namespace", namespace)
    for other, theirs in look.realm.frame.services.items():
        if look.realm.team_by_service.get(other) != look.name and theirs.pods(other) == service.pods(name):
            told = f"write policies for the pods of the service '{other}'"
            yield look.refuse(told, look.place("services", name, "workload"))
