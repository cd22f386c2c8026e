"""Saved plans: what a reviewer saw, in a file that proves which files it was made of.

A saved plan declares nothing. `apply FILE` loads the files again, and refuses if anything is not as the plan says.
Must not know about: how plans are made or shown, printing.
"""

from __future__ import annotations

from realmctl.savedplan.document import FORMAT
from realmctl.savedplan.saved import SavedPlan, is_saved, load, save
from realmctl.savedplan.sources import Sources, sources_of

__all__ = ["FORMAT", "SavedPlan", "Sources", "is_saved", "load", "save", "sources_of"]
