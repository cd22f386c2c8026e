"""A realm's files as a graph of who gets what: `draw` makes it whole, `ask` takes a part, `fold` makes it small.

Pure. Must not know about: servers, how a graph is drawn.
"""

from realmctl.picture.ask import asked
from realmctl.picture.draw import drawn
from realmctl.picture.fold import folded

__all__ = ["asked", "drawn", "folded"]
