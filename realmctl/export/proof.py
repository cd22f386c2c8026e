"""The proof of an export: its files are loaded as anybody would load them, and planned against what they were made of.

Must not know about: how the files were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from realmctl.config.inputs.variable_access import ALLOW_VARIABLE
from realmctl.config.loader import RealmConfig, load
from realmctl.engine.plan.comparison import compare
from realmctl.engine.plan.dangling_references import LostNames
from realmctl.engine.plan.plan import make_plan
from realmctl.errors import BadConfig, Finding, Refused
from realmctl.export.secrets import Variable
from realmctl.keycloak.fresh_realm import fresh
from realmctl.model import output
from realmctl.model.change import Change, FieldChange
from realmctl.model.fields import Compare
from realmctl.model.objects import Desired, Snapshot
from realmctl.model.secret import HIDDEN


@dataclass(frozen=True, slots=True)
class Proof:
    """`findings` are errors of the files, `changes` what a plan would do; both are empty where the proof holds."""

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    config: RealmConfig | None = None

    @property
    def holds(self) -> bool:
        """Whether the files say exactly what is live."""
        return not self.findings and not self.changes


def prove(
    texts: Mapping[str, str],
    variables: list[Variable],
    snapshot: Snapshot,
    *,
    whole: bool,
    others: Mapping[str, str],
    beside: Mapping[str, str] | None = None,
) -> Proof:
    """Loads the files with the variables set and plans them against the snapshot; `others` is the environment.

    `beside` are texts of further files by their path: those that the files refer to.

    What a snapshot that isn't `whole` lacks of Keycloak's own is taken to be there.

    A secret that the server hides can't be compared, and counts as equal.
    """
    if not whole:
        snapshot = replace(snapshot, objects={**fresh(snapshot.version), **snapshot.objects})
    environ = {key: value for key, value in others.items() if key != ALLOW_VARIABLE}
    environ |= {one.name: one.value.reveal() if one.value else "hidden" for one in variables}
    with TemporaryDirectory() as folder:
        for name, text in {**texts, **(beside or {})}.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            output.write(path, text)
        try:
            (config,) = load([folder], environ=environ)
            plan = make_plan(compare(config.desired, snapshot))
            lost = _lost_elsewhere(config.desired, snapshot) if whole else ()
        except BadConfig as error:
            return Proof(findings=tuple(one for one in error.findings if one.severity == "error"))
        except Refused as error:
            return Proof(findings=(Finding("refused", error.message, None, error.advice),))
    changes = tuple(change for change in plan.changes if not change.fields or not all(map(_hidden, change.fields)))
    return Proof(findings=lost, changes=changes, config=config)


def _lost_elsewhere(desired: Desired, snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return the texts for which an apply to a server without this realm is refused, under the rules that accept them.

    Keycloak takes a text that leads nowhere, and a plan of the realm that has it already does not mind.
    """
    absent = replace(Snapshot.absent(snapshot.realm, snapshot.version), unseen_kinds=snapshot.unseen_kinds)
    names = LostNames(compare(desired, absent), lambda _: False)
    return tuple(
        replace(one, rule=_ACCEPTED_AS.get(one.rule, one.rule), message=f"{whose}: {one.message}")
        for whose, one in names.by_object()
    )


_ACCEPTED_AS = {"unknown-reference": "config-reference"}
"""By the rule of a plan's finding: the rule that a file accepts."""


def _hidden(field: FieldChange) -> bool:
    return field.compare is Compare.SECRET and field.old == HIDDEN
