"""Authentication flows of any depth: what is declared, what is live, and how the two compare.

A flow whose structure changes is built aside, bound and swapped in (`flow_swap`); requirements and configs change in
place. Sub-flows belong to their flow; only top-level flows have an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from realmctl.errors import Forbidden
from realmctl.keycloak.catalog import key_types
from realmctl.keycloak.catalog.name_rules import RULES
from realmctl.keycloak.kinds import flow_creation, flow_steps, flow_swap
from realmctl.keycloak.kinds.admin_events import AdminEvents
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look, Wanted
from realmctl.keycloak.kinds.maps import Ask, Map, Path, map_at
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, PLACE, Omission
from realmctl.keycloak.kinds.temporary_name import final_name, is_temporary
from realmctl.model import enumerations
from realmctl.model.address import Address
from realmctl.model.change import Change, FieldChange, Request
from realmctl.model.fields import Compare, ConfigStrings, Owned, Resource
from realmctl.model.json_text import is_same_json
from realmctl.model.objects import Declared, Desired, Live
from realmctl.model.secret import HIDDEN, MASK, Secret

_DEEPEST = 20
"""Levels of flows within flows in which a secret that was there before is looked for."""

_UNLISTED = "saml ecp"


class Execution(Resource):
    """One step of a flow: an authenticator, or a flow within the flow."""

    authenticator: str | None = Field(None, description="The authenticator's id, such as auth-cookie.")
    flow: str | None = Field(None, description="The alias of a sub-flow; unique in the realm.")
    requirement: enumerations.Requirement = Field(description="REQUIRED, ALTERNATIVE, CONDITIONAL or DISABLED.")
    description: str | None = None
    providerId: enumerations.SubFlowType | None = Field(
        None, description="Of a sub-flow: basic-flow (if left out) or form-flow."
    )
    config: ConfigStrings | None = Field(None, description="The authenticator's own settings.")
    configAlias: str | None = Field(None, description="The name of its settings; made up if left out.")
    executions: list[Execution] | None = Field(None, description="The steps of the sub-flow, in order.")

    @model_validator(mode="after")
    def _one_of(self) -> Execution:
        if bool(self.authenticator) == bool(self.flow) and not (self.flow and self.providerId == "form-flow"):
            raise ValueError("write either authenticator or flow")
        if self.executions is not None and not self.flow:
            raise ValueError("executions belong to a sub-flow: write flow, its alias")
        return self


class StepChange(Resource):
    """A change of one step of a flow that exists; everything else of the step stays as it is."""

    requirement: enumerations.Requirement | None = Field(
        None, description="REQUIRED, ALTERNATIVE, CONDITIONAL or DISABLED."
    )
    config: ConfigStrings | None = Field(None, description="Settings of the step; others of the same step stay.")
    configAlias: str | None = Field(None, description="The name of its settings; made up if left out.")


class Flow(Owned):
    """An authentication flow."""

    description: str | None = None
    providerId: enumerations.FlowType | None = Field(None, description="basic-flow (if left out) or client-flow.")
    executions: Annotated[list[Execution] | None, Compare.LIST] = Field(None, description="The steps, in order.")
    steps: Annotated[dict[str, StepChange | None] | None, Compare.TREE] = Field(
        None, description="In place of executions: changes of single steps of a flow that exists, by the step's name."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Flow:
        if self.steps is not None and self.executions is not None:
            raise ValueError("write either executions, the whole flow, or steps, changes of single steps")
        return self


class Flows(Kind):
    """A top-level authentication flow with everything in it."""

    name, title, field, model, key = "flow", "authentication flow", "authenticationFlows", Flow, "alias"
    listed_after = "user"
    temporary_names = True
    # 500 for a flow that the realm, a client or an identity provider uses (26.7.3, by experiment).
    kept_while_used = True
    kept_by_keycloak = True
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "builtIn": Omission("Says that Keycloak made it.", decided=False),
        "topLevel": PLACE,
        "authenticationExecutions": Omission("Said by executions, nested as they run."),
    }
    emptied_by = ways(texts=("description",))
    admin_events = AdminEvents(
        (
            "authentication/flows/{id}",
            "authentication/flows/{name}/executions",
            "authentication/flows/{name}/executions/**",
        ),
        ("AUTH_FLOW", "AUTH_EXECUTION", "AUTH_EXECUTION_FLOW", "AUTHENTICATOR_CONFIG"),
        by_body=("authentication/flows/*/copy", "newName"),
    )
    new_fields: ClassVar[Mapping[str, Any]] = {"providerId": "basic-flow"}

    def parse_export(self, export: Export) -> Iterator[Live]:
        flows = {flow["alias"]: flow for flow in export.get("authenticationFlows") or ()}
        configs = {config["alias"]: config for config in export.get("authenticatorConfig") or ()}
        held = {step.get("flowAlias") for flow in flows.values() for step in flow.get("authenticationExecutions") or ()}
        for alias, flow in flows.items():
            orphan = not flow.get("topLevel") and alias not in held
            if not flow.get("topLevel") and not (orphan and is_temporary(alias)):
                continue
            name = final_name(alias)
            if orphan or name in flows:
                name = alias
            fields = {
                **{key: value for key, value in flow.items() if key != "authenticationExecutions"},
                "executions": _steps(flow, flows, configs),
            }
            yield Live(
                Address(self.name, (name,)),
                fields,
                flow.get("id"),
                builtin=bool(flow.get("builtIn")),
                fingerprints=flow_swap.fingerprints(name, export.get("attributes") or {}),
            )

    def wrong_names(self, want: Declared) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Sub-flows and settings have aliases, too: an import takes more of them than the Admin API."""
        yield from super().wrong_names(want)
        for path, step in flat(want.fields.get("executions")):
            for field, rule in (("flow", "sub-flow"), ("configAlias", "execution-config")):
                if (name := step.get(field)) and (wrong := RULES[rule].wrong(name)):
                    yield (*_place(path), field), wrong

    def maps(self, address: Address, fields: Mapping[str, Any], ask: Ask) -> Iterator[Map]:
        for path, step in flat(fields.get("executions")):
            yield from map_at(
                (*_place(path), "config"), key_types.AUTHENTICATOR, step.get("authenticator"), step.get("config")
            )

    def read_lists(self, look: Look, wanted: Wanted, export: Export) -> Export:
        flows = look.get("authentication", "flows")
        names = {alias for (alias,) in wanted.names(self.name)}
        if names & {_UNLISTED, ""}:
            flows += _unlisted(look)
        declared = [flow for flow in flows if final_name(flow["alias"]) in names]
        found = look.side_by_side(partial(_gather_flow, look, flow) for flow in declared)
        # Sub-flows of others are unseen; whoever declares those flows looks into them.
        return {
            "authenticationFlows": flows + [sub for subs, _ in found for sub in subs],
            "authenticatorConfig": [config for _, configs in found for config in configs],
        }

    def left_over_of(self, address: Address) -> Address | None:
        return Address(self.name, (final_name(address.name),)) if is_temporary(address.name) else None

    def compare(self, want: Declared, have: Live) -> list[FieldChange]:
        """The differences of a flow: its outline where that changes, else each requirement and config."""
        found = [
            FieldChange(name, have.fields.get(name), want.fields[name])
            for name in ("description", "providerId")
            if name in want.fields and (want.fields[name] or "") != (have.fields.get(name) or "")
        ]
        if have.fields.get("alias", want.address.name) != want.address.name:
            found.append(FieldChange("alias", have.fields["alias"], want.address.name))
        if want.fields.get("executions") is None:
            return found
        wanted, living = list(flat(want.fields["executions"])), list(flat(have.fields["executions"]))
        if [_same(path, step) for path, step in wanted] != [_same(path, step) for path, step in living]:
            found.append(FieldChange("executions", outline(living), outline(wanted), Compare.LIST))
            return found
        for (path, declared), (_, live) in zip(wanted, living, strict=True):
            found += _compare_step(declared, live, have.fingerprints.get(flow_swap.place(path), ""))
        return found

    def resolved(self, want: Declared, around: Around) -> Declared:
        if want.fields.get("steps") is None:
            return want
        fields = {name: value for name, value in want.fields.items() if name != "steps"}
        return replace(want, fields={**fields, "executions": flow_steps.laid_over(want, around.live(want.address))})

    def places(self, path: str) -> Iterable[tuple[str, ...]]:
        key = path.partition(".config.")[2]
        return (("executions",) * depth + ("config", key) for depth in range(1, _DEEPEST))

    def takes_secret(self, path: tuple[str | int, ...]) -> bool:
        return "config" in path[:-1]

    def told(self, name: str, value: Any) -> Any:
        return outline(list(flat(value))) if name == "executions" and value else value

    def problems(self, want: Declared, have: Live | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if have and have.address == want.address:
            yield from self._kept_secrets(want, have)
        if have is None and want.fields.get("executions") is None:
            yield (), f"flow {want.address.name!r} is new and has no executions", "write its executions"
        elif have and have.builtin and any(c.path == "executions" for c in self.compare(want, have)):
            told = f"the built-in flow {want.address.name!r} can't get other executions or another order"
            yield ("executions",), told, "declare a flow of your own and bind it, such as browserFlow: my-browser"

    def _kept_secrets(self, want: Declared, have: Live) -> Iterator[tuple[tuple[str, ...], str, str]]:
        if not any(change.path in ("executions", "providerId") for change in self.compare(want, have)):
            return
        declared = [one for _, one in flat(want.fields.get("executions"))]
        said = {(key, one.get("authenticator")) for one in declared for key in one.get("config") or ()}
        for _, step in flat(have.fields["executions"]):
            for key, value in (step.get("config") or {}).items():
                if value == MASK and (key, step.get("authenticator")) not in said:
                    told = f"the flow has to be built anew, and the secret {key} of {_label(step)} can't be read"
                    yield ("executions",), told, f"write config: {{{key}: $(env:…)}} at that execution"

    def birth(self, desired: Desired, fresh: Mapping[Address, Live]) -> tuple[dict[str, Any], frozenset[Address]]:
        flows = {address: live for address, live in fresh.items() if address.kind == self.name}
        declared = {address: want for address, want in desired.resources.items() if address in flows}
        older = {a: want for a, want in declared.items() if any(map(_fixed, self.compare(want, flows[a])))}
        older |= {a: want for a, want in desired.resources.items() if a in _FORMER}
        absent = flows.keys() & desired.absent.keys()
        if not (older or absent):
            return {}, frozenset()
        # What is declared first: a sub-flow of an older one must not become a newer one's of the same alias.
        fields: list[tuple[str, Mapping[str, Any]]] = []
        fields += [(a.name, {**(flows[a].fields if a in flows else {}), **want.fields}) for a, want in older.items()]
        fields += [(a.name, live.fields) for a, live in flows.items() if a not in {*older, *absent}]
        return flow_creation.representations(fields), frozenset({*older, *absent})

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        return flow_swap.replace(want, None, around)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        if any(field.path in ("executions", "providerId") for field in change.fields):
            forgotten = flow_swap.moved_fingerprints(change.renamed_from.name, have) if change.renamed_from else ()
            return (*flow_swap.replace(want, have, around), *forgotten)
        return flow_swap.in_place(change, want, have)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return flow_swap.remove(have, around)

    def locate(self, look: Look, address: Address) -> str:
        flows = look.get("authentication", "flows") or ()
        found = next((flow for flow in flows if flow["alias"] == address.name), None)
        if found is None:
            # A sub-flow that no execution holds yet is in no list: only the export tells it.
            flows = look.export().get("authenticationFlows") or ()
            found = next((flow for flow in flows if flow["alias"] == address.name), None)
        return str(found["id"]) if found else ""


_FORMER = frozenset({Address("flow", ("http challenge",))})
"""What an older Keycloak built in, and this one does not: as such it can only come with its realm."""


def _fixed(change: FieldChange) -> bool:
    """Whether a built-in flow can't be changed so."""
    return change.path == "executions" or change.path.endswith("description")


class Executions(Kind):
    """An execution, only as an id: the flow's alias, and its place as indices from the top."""

    name, title, owned = "execution", "execution", False
    of = "id"

    def parse_export(self, export: Export) -> Iterator[Live]:
        return iter(())

    def locate(self, look: Look, address: Address) -> str:
        alias, *path = address.names
        here: list[int] = []
        for execution in look.get("authentication", "flows", alias, "executions") or ():
            level = execution["level"]
            here = [*here[:level], (here[level] + 1 if len(here) > level else 0)]
            if here == [int(index) for index in path]:
                return str(execution.get(self.of) or "")
        return ""


class ExecutionConfigs(Executions):
    """The settings of an execution, only as an id."""

    name, title = "execution-config", "settings of execution"
    of = "authenticationConfig"


Step = Mapping[str, Any]


def flat(steps: Sequence[Step] | None, above: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Step]]:
    """Every step with its indices from the top, in order."""
    for index, step in enumerate(steps or ()):
        yield (*above, index), step
        yield from flat(step.get("executions"), (*above, index))


def _place(path: tuple[int, ...]) -> Path:
    """Return the path of a step below its flow, from its indices."""
    return tuple(part for index in path for part in ("executions", index))


def outline(steps: Sequence[tuple[tuple[int, ...], Step]]) -> list[str]:
    """The steps as a person reads them, one line each."""
    return [f"{'  ' * (len(path) - 1)}{_label(step)} {step['requirement']}" for path, step in steps]


def _label(step: Step) -> str:
    return final_name(step["flow"]) + ":" if step.get("flow") else str(step["authenticator"])


def _same(path: tuple[int, ...], step: Step) -> tuple[Any, ...]:
    """What makes two steps the same one: the place, what it runs, and for a sub-flow its type."""
    sub = step.get("flow")
    return (path, step.get("authenticator"), final_name(sub) if sub else None,
            (step.get("providerId") or "basic-flow") if sub else None)  # fmt: skip


def _compare_step(want: Step, have: Step, fingerprint: str) -> Iterator[FieldChange]:
    label = f"executions.{_label(want).rstrip(':')}"
    if want["requirement"] != have["requirement"]:
        yield FieldChange(f"{label}.requirement", have["requirement"], want["requirement"])
    if "description" in want and (want["description"] or "") != (have.get("description") or ""):
        yield FieldChange(f"{label}.description", have.get("description"), want["description"])
    if want.get("configAlias") and want["configAlias"] != have.get("configAlias"):
        yield FieldChange(f"{label}.configAlias", have.get("configAlias"), want["configAlias"])
    live, declared = have.get("config") or {}, want.get("config") or {}
    for key, value in declared.items():
        kept = live.get(key) or ""
        if kept == MASK:
            # Not only secrets: every key that the authenticator doesn't declare reads back as a mask (26.7.3).
            same = flow_swap.settings(declared).matches(fingerprint)
        else:
            plain = (value.reveal() if isinstance(value, Secret) else value) or ""
            same = kept == plain or is_same_json(kept, value)
        if not same and isinstance(value, Secret):
            unread = kept == MASK and not fingerprint
            yield FieldChange(f"{label}.config.{key}", HIDDEN if kept else None, HIDDEN, Compare.SECRET, unread=unread)
        elif not same:
            yield FieldChange(f"{label}.config.{key}", HIDDEN if kept == MASK else kept or None, value)


def _steps(flow: Mapping[str, Any], flows: Mapping[str, Any], configs: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    steps = flow.get("authenticationExecutions") or ()
    for step in sorted(steps, key=lambda step: step.get("priority") or 0):
        # The priority is kept only to be sent back: what is compared, planned and told is the order.
        made: dict[str, Any] = {"requirement": step["requirement"], "priority": step.get("priority") or 0}
        if step.get("authenticator"):
            made["authenticator"] = step["authenticator"]
        if sub := step.get("flowAlias"):
            below = flows.get(sub, {})
            made |= {"flow": sub, "id": below.get("id"), "providerId": below.get("providerId")}
            made |= {"description": below.get("description"), "executions": _steps(below, flows, configs)}
        if alias := step.get("authenticatorConfig"):
            made |= {"configAlias": alias, "config": (configs.get(alias) or {}).get("config") or {}}
        found.append(made)
    return found


def _unlisted(look: Look) -> list[dict[str, Any]]:
    """The flow that is in the export and in no list, from its steps; nothing where the realm has it not (26.7.3)."""
    steps = look.get("authentication", "flows", _UNLISTED, "executions")
    if steps is None:
        return []
    kept = ("requirement", "priority")
    executions = [{"authenticator": one["providerId"], **{key: one[key] for key in kept}} for one in steps]
    told = {"alias": _UNLISTED, "description": "SAML ECP Profile Authentication Flow", "providerId": "basic-flow"}
    return [{**told, "topLevel": True, "builtIn": True, "authenticationExecutions": executions}]


def _gather_flow(look: Look, flow: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The sub-flows and settings below a top-level flow, for an account that may not export."""
    executions = look.get("authentication", "flows", flow["alias"], "executions")
    if executions is None:
        # Asked for by alias alone; one with a slash leads nowhere (26.7.3, by experiment).
        told = f"The executions of the flow {flow['alias']!r} can't be read by its name."
        raise Forbidden(told, advice="An account that may export sees them.")
    subs = look.side_by_side(
        partial(look.get, "authentication", "flows", one["flowId"]) for one in executions if one.get("flowId")
    )
    ids = [one["authenticationConfig"] for one in executions if one.get("authenticationConfig")]
    configs = look.side_by_side(partial(look.get, "authentication", "config", one) for one in ids)
    return subs, configs
