"""Workflows (WorkflowRepresentation): what Keycloak does to users by itself, and when.

No export shows them (26.7.3). Must not know about: what a step's type takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field, create_model

from realmctl.keycloak.kinds.admin_events import NO_EVENTS
from realmctl.keycloak.kinds.base import Around, Export, Kind, Look
from realmctl.keycloak.kinds.null_values import ways
from realmctl.keycloak.kinds.omission import ID, MOMENT, Omission
from realmctl.keycloak.kinds.request_parts import body_of, merge
from realmctl.model.address import Address
from realmctl.model.change import Change, Id, Request
from realmctl.model.fields import Owned, Resource
from realmctl.model.objects import Declared, Live


class _WorkflowStep(Resource):
    uses: str = Field(description="What it does: notify-user, disable-user, set-user-attribute…")
    after: str | None = Field(None, description="How long after the step before: 5d, 12h, 30m, or milliseconds.")
    priority: str | None = None


class _Workflow(Owned):
    enabled: bool | None = None
    schedule: dict[str, Any] | None = Field(None, description="{after: 1d, batchSize: 100}: for those already there.")
    concurrency: dict[str, Any] | None = Field(None, description="{cancelInProgress: …, restartInProgress: …}")


# Keycloak's names `if`, `with` and `on` are words of Python or of old YAML, hence models made by a call.
_STEP: dict[str, Any] = {"with": (dict[str, Any] | None, Field(None, description="The step's own settings."))}
WorkflowStep = create_model("WorkflowStep", __base__=_WorkflowStep, __doc__="A step of a workflow.", **_STEP)

_WORKFLOW: dict[str, Any] = {
    "on": (str | None, Field(None, description="The event that starts it, such as user_created.")),
    "if": (str | None, Field(None, description="The condition, such as has-role('a').")),
    "steps": (list[WorkflowStep] | None, Field(None, description="What happens, in order; the whole list.")),
}
Workflow = create_model("Workflow", __base__=_Workflow, __doc__="A workflow.", **_WORKFLOW)


class Workflows(Kind):
    """A workflow. PUT replaces it whole, and gives its steps new ids (26.7.3)."""

    name, title, field = "workflow", "workflow", "workflows"
    listed_after = "organization"
    model: ClassVar[type[Owned]] = Workflow
    structural = frozenset({"on", "if", "uses", "after", "priority", "schedule", "concurrency"})
    omitted: ClassVar[Mapping[str, Omission]] = {
        "id": ID,
        "state": MOMENT,
        "config": Omission("Holds what the other fields say, by other names.", decided=False),
    }
    emptied_by = ways(left_out=("on", "if", "schedule", "concurrency"))
    admin_events = NO_EVENTS

    def read_apart(self, look: Look) -> dict[str, Any]:
        return {"workflows": look.listed("workflows")}

    def parse_export(self, export: Export) -> Iterator[Live]:
        for one in export.get("workflows") or ():
            steps = [
                {key: value for key, value in step.items() if key not in _GIVEN} for step in one.get("steps") or ()
            ]
            fields = {**{key: value for key, value in one.items() if key not in _GIVEN}, "steps": steps}
            yield Live(Address(self.name, (one["name"],)), fields, one.get("id"))

    def create(self, want: Declared, around: Around) -> tuple[Request, ...]:
        return (Request("POST", ("workflows",), body_of(want, "name"), creates=want.address),)

    def update(self, change: Change, want: Declared, have: Live, around: Around) -> tuple[Request, ...]:
        return (merge(("workflows", Id(want.address)), self.patch(change, want)),)

    def delete(self, have: Live, around: Around) -> tuple[Request, ...]:
        return (Request("DELETE", ("workflows", Id(have.address))),)

    def locate(self, look: Look, address: Address) -> str:
        return next((str(one["id"]) for one in look.listed("workflows") if one["name"] == address.name), "")


_GIVEN = frozenset({"id", "scheduledAt", "executionStatus", "status", "state"})
"""What the server says of a workflow's course."""
