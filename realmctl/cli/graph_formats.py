"""Which renderer makes which picture. Must not know about: where the graph comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realmctl.model.access_graph import Picture


def shown(picture: Picture, output: str) -> str:
    """The picture in the format asked for; what is too large to be looked at is folded."""
    from realmctl.analysis.graph import folded

    if output == "mermaid":
        from realmctl.render.graph_mermaid import mermaid

        return mermaid(folded(picture))
    if output == "html":
        from realmctl.render.graph_html import html

        return html(picture, folded(picture))
    from realmctl.render.graph_svg import svg

    return svg(folded(picture))
