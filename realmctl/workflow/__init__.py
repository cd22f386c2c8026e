"""The ways through the rooms, for several realms at once: plans, drift, and what else is asked of a realm.

Must not know about: terminals, output formats, exit codes.
"""

from __future__ import annotations

from realmctl.workflow.comparison_base import Base, BaseVariables, Compared, compared_with, read_base
from realmctl.workflow.drift import SIDE_BY_SIDE, RealmFiles, Watched, drift_explained, drift_of, taken_over
from realmctl.workflow.plan import (
    ApplyOptions,
    Planned,
    PlanOptions,
    Say,
    apply_realms,
    guard_realms,
    linted,
    load_realms,
    plan_realm,
    plan_realms,
    undos_of,
)
from realmctl.workflow.realm_reports import audit_realm, export_files, export_realm, verdicts_of

__all__ = [
    "SIDE_BY_SIDE",
    "ApplyOptions",
    "Base",
    "BaseVariables",
    "Compared",
    "PlanOptions",
    "Planned",
    "RealmFiles",
    "Say",
    "Watched",
    "apply_realms",
    "audit_realm",
    "compared_with",
    "drift_explained",
    "drift_of",
    "export_files",
    "export_realm",
    "guard_realms",
    "linted",
    "load_realms",
    "plan_realm",
    "plan_realms",
    "read_base",
    "taken_over",
    "undos_of",
    "verdicts_of",
]
