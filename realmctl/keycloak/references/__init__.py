"""References by text inside an object's config: what they are, where they lead, and what a rename makes of them.

Pure. Must not know about: files, requests, plans.
"""

from __future__ import annotations

from realmctl.keycloak.references.mention import Mention, mentions
from realmctl.keycloak.references.names import Names, possible, role_splits, spell_reference
from realmctl.keycloak.references.targets import changed_targets, follow_renames, named_targets, targets, with_text

__all__ = [
    "Mention",
    "Names",
    "changed_targets",
    "follow_renames",
    "mentions",
    "named_targets",
    "possible",
    "role_splits",
    "spell_reference",
    "targets",
    "with_text",
]
