"""A realm's files as a graph of who gets what: made whole, cut to a selection, and folded.

Pure. Must not know about: servers, how a graph is drawn.
"""

from realmctl.analysis.graph.construction import drawn
from realmctl.analysis.graph.folding import folded
from realmctl.analysis.graph.selection import asked

__all__ = ["asked", "drawn", "folded"]
