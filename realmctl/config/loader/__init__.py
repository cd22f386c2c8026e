"""The only room that reads YAML: files of a realm, with their places → what is desired.

Must not know about: HTTP, printing, what a live server holds.
"""

from __future__ import annotations

from realmctl.config.inputs.file_access import is_kept
from realmctl.config.loader.interpolated_text import Private, Text, reference_of
from realmctl.config.loader.interpolation import Assumed, resolve, resolve_option
from realmctl.config.loader.realm import RealmConfig, load
from realmctl.config.loader.variables import read_variables

__all__ = [
    "Assumed",
    "Private",
    "RealmConfig",
    "Text",
    "is_kept",
    "load",
    "read_variables",
    "reference_of",
    "resolve",
    "resolve_option",
]
