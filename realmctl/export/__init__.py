"""An existing realm as the files that would declare it: minimal, split as a person would, proven by planning them.

Must not know about: terminals, the file system (but for the proof's own folder).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from realmctl.config.checks import ACCEPTABLE
from realmctl.engine.plan.diff import differences
from realmctl.engine.plan.inventory import BOOTSTRAP, held_by
from realmctl.engine.plan.ownership import holders
from realmctl.errors import Finding
from realmctl.export.declaration import Declaration, declare
from realmctl.export.folder import ENVIRONMENT, REALM_FILE, environment, files, filled_environment
from realmctl.export.foreign.substitutions import Assumptions
from realmctl.export.macro_recovery import recover_macros
from realmctl.export.not_exported import NOT_EXPORTED, not_exported
from realmctl.export.omission import Beyond
from realmctl.export.order import in_order
from realmctl.export.proof import Proof, prove
from realmctl.export.secrets import Variable
from realmctl.keycloak.kinds.registry import kinds
from realmctl.model.change import Change
from realmctl.model.objects import Desired, Inventory, Live, Snapshot
from realmctl.model.secret_values import reveal_secrets

__all__ = ["ENVIRONMENT", "Exported", "export"]

_NO_VERSION = (
    "Keycloak tells its version only to who may export (manage-realm and manage-clients): "
    "whether the realm lacks something that Keycloak makes itself is not known."
)
_TOLD = 3
"""Findings of one rule that a comment names."""
_ROUNDS = 5
"""How often what a check refuses is accepted, and the files are proven again."""


_ELSEWHERE = {
    "bad-name": "; rename it on the server and export again, or no other server can be made from these files",
    "config-reference": "; without this line, an apply to a server that lacks this realm is refused",
    "ambiguous-path": "; without this line, an apply to a server that lacks this realm is refused",
}
"""What follows from an accepted finding for an apply of the files somewhere else."""


@dataclass(frozen=True, slots=True)
class Exported:
    """The files by their path in the folder, the variables to set, and what could not be said.

    `values` is the text of a private file with what the server told of the variables. `findings` are errors that the
    files still have; `changes` is what a plan of them would do to the realm they were made of. Both are empty, unless
    something in the realm is beyond what files can say.
    """

    files: Mapping[str, str]
    variables: tuple[Variable, ...]
    values: str
    remarks: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    lost: tuple[Beyond, ...] = ()
    """What the realm has and the files do not say."""


def export(
    snapshot: Snapshot,
    *,
    whole: bool = True,
    environ: Mapping[str, str] | None = None,
    resolved: Snapshot | None = None,
    assumed: Assumptions | None = None,
    beyond: Sequence[Beyond] = (),
) -> Exported:
    """The files of a realm, as it was read from a server or a file (`realmctl.export.read`, `realmctl.export.stated`).

    `whole`: what the snapshot doesn't hold isn't there. `resolved` is the same realm with an `assumed` value for each
    reference, where it has any. `beyond` is what the realm has and no file can say.
    """
    snapshot, left_out = _without_accounts(snapshot)
    left_out += () if snapshot.version or not whole else (_NO_VERSION,)
    snapshot = replace(snapshot, inventory=Inventory())
    lived = resolved or snapshot
    others = {**(environ or {}), **(assumed.variables if assumed else {})}
    beside = assumed.files if assumed else {}
    declaration = declare(snapshot, whole=whole, from_server=assumed is None)
    frame: dict[str, Any] = {"realm": snapshot.realm}
    head = {REALM_FILE: [_origin(snapshot), *snapshot.unseen, *left_out]}

    def attempt(frame: dict[str, Any]) -> tuple[dict[str, str], Proof]:
        texts = files(declaration, frame=frame, head=head)
        proof = prove(texts, declaration.variables.found, lived, whole=whole, others=others, beside=beside)
        if proof.config and not in_order(declaration.sections, proof.config.desired, snapshot):
            return attempt(frame)
        return texts, proof

    texts, proof = _proven(declaration, frame, attempt)
    texts, proof = _in_words(declaration, frame, attempt, (texts, proof))
    said = {**texts, ENVIRONMENT: environment(declaration)} if declaration.variables.found else texts
    remarks = [f"{'.'.join(map(str, path)) or snapshot.realm}: {text}"
               for path, found in declaration.remarks.items() for text in found]  # fmt: skip
    unsaid = (*beyond, *declaration.lost)
    lost = [f"{one.address}: {one.text}" for one in unsaid]
    missing = not_exported(snapshot.realm, lost, (*snapshot.unseen, *left_out, *remarks), declaration.leftovers)
    return Exported(
        {**said, **({NOT_EXPORTED: missing} if missing else {})},
        tuple(declaration.variables.found),
        filled_environment(declaration),
        (*snapshot.unseen, *left_out, *remarks, *(f"not exported: {text}" for text in lost)),
        proof.findings,
        proof.changes,
        unsaid,
    )


def _without_accounts(snapshot: Snapshot) -> tuple[Snapshot, tuple[str, ...]]:
    """The realm without what `realmctl bootstrap` made, and a sentence on that: in files it would be refused."""
    theirs = held_by(BOOTSTRAP, snapshot.inventory.others)
    clients = sorted(address.name for address in theirs if address.kind == "client")
    if not clients:
        return snapshot, ()
    kept = {
        address: live for address, live in snapshot.objects.items() if theirs.isdisjoint({address, *holders(address)})
    }
    told = f"Left out: the clients {', '.join(clients)}, which `realmctl bootstrap` made, and makes again."
    return replace(snapshot, objects=kept), (told,)


def _origin(snapshot: Snapshot) -> str:
    version = f", Keycloak {snapshot.version}" if snapshot.version else ""
    return f"The realm {snapshot.realm}{version}: what differs from Keycloak's own defaults."


def _proven(
    declaration: Declaration,
    frame: dict[str, Any],
    attempt: Callable[[dict[str, Any]], tuple[dict[str, str], Proof]],
) -> tuple[dict[str, str], Proof]:
    """The files with their proof. What a check refuses, but the realm has, is accepted in the realm's own file."""
    for _ in range(_ROUNDS):
        texts, proof = attempt(frame)
        refused = {finding.rule for finding in proof.findings} & ACCEPTABLE
        if refused <= set(frame.get("accept", ())):
            break
        frame["accept"] = sorted({*frame.get("accept", ()), *refused})
        for rule in sorted(refused):
            messages = [one.message + _ELSEWHERE.get(rule, "") for one in proof.findings if one.rule == rule]
            for text in _counted(messages):
                declaration.remark(("accept",), f"{rule}: {text}")
    return texts, proof


def _in_words(
    declaration: Declaration,
    frame: Mapping[str, Any],
    attempt: Callable[[dict[str, Any]], tuple[dict[str, str], Proof]],
    plain: tuple[dict[str, str], Proof],
) -> tuple[dict[str, str], Proof]:
    """The same with the platform's words, where they then say all that the files say without them."""
    words, left = recover_macros(declaration.realm, declaration.sections)
    if not words or plain[1].config is None or not plain[1].holds:
        return plain
    before = declaration.sections
    declaration.sections = left
    texts, proof = attempt({**frame, **words})
    if proof.holds and proof.config and _says_all(proof.config.desired, plain[1].config.desired):
        return texts, proof
    declaration.sections = before
    return plain


def _says_all(more: Desired, less: Desired) -> bool:
    """Whether one realm declares everything that the other one does."""
    return less.absent.keys() <= more.absent.keys() and all(
        (found := more.resources.get(address)) is not None
        and not differences(kinds()[address.kind], want, Live(address, reveal_secrets(found.fields)))
        for address, want in less.resources.items()
    )


def _counted(messages: list[str]) -> list[str]:
    """The first few, and how many more."""
    return [*messages[:_TOLD], f"and {len(messages) - _TOLD} more"] if len(messages) > _TOLD else messages
