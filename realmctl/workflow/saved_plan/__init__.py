"""Saved plans: what a reviewer saw, in a file that proves which files it was made of.

A saved plan declares nothing. `apply FILE` loads the files again, and refuses if anything is not as the plan says.
Must not know about: how plans are made or shown, printing.
"""

from __future__ import annotations

from realmctl.workflow.saved_plan.document import FORMAT
from realmctl.workflow.saved_plan.file import SavedPlan, is_saved, load, save
from realmctl.workflow.saved_plan.sources import Sources, sources_of

__all__ = ["FORMAT", "SavedPlan", "Sources", "is_saved", "load", "save", "sources_of"]
