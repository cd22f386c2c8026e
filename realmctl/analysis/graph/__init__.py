"""A realm's files as a graph of who gets what: made whole, cut to a selection, and folded.

Pure. Must not know about: servers, how a graph is drawn.
"""

from realmctl.analysis.graph.construction import build_picture
from realmctl.analysis.graph.folding import fold_picture
from realmctl.analysis.graph.selection import select_part

__all__ = ["build_picture", "fold_picture", "select_part"]
