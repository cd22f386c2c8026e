"""A realm's files as a graph of who gets what: `draw` makes it whole, `ask` takes a part, `fold` makes it small.

Pure. Must not know about: servers, how a graph is drawn.
"""

from realmctl.analysis.graph.construction import build_picture
from realmctl.analysis.graph.folding import fold_picture
from realmctl.analysis.graph.selection import select_part

__all__ = ["build_picture", "fold_picture", "select_part"]
