"""How the sorts of things in a picture are told apart, and in which order they stand.

Must not know about: output formats.
"""

from __future__ import annotations

from realmctl.model.access_graph import Sort

CLASSES = {
    Sort.LOGIN: "who",
    Sort.EVERYBODY: "who",
    Sort.USER: "who",
    Sort.CLIENT: "who",
    Sort.GROUP: "group",
    Sort.ROLE: "role",
    Sort.CLAIM: "token",
    Sort.AUDIENCE: "token",
    Sort.RULE: "open",
    Sort.SERVICE: "open",
}
"""What is drawn alike."""

COLUMNS = (
    (Sort.LOGIN, Sort.EVERYBODY, Sort.USER, Sort.CLIENT),
    (Sort.GROUP,),
    (Sort.ROLE,),
    (Sort.CLAIM, Sort.AUDIENCE),
    (Sort.RULE,),
    (Sort.SERVICE,),
)
"""From left to right: each of these has columns of its own."""
