"""Which renderer makes which picture. Must not know about: where the graph comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from realmctl.model.access_graph import Picture


def show_graph(picture: Picture, output: str) -> str:
    """The picture in the format asked for; what is too large to be looked at is folded."""
    from realmctl.analysis.graph import fold_picture

    if output == "mermaid":
        from realmctl.render.graph_mermaid import mermaid

        return mermaid(fold_picture(picture))
    if output == "html":
        from realmctl.render.graph_html import html

        return html(picture, fold_picture(picture))
    from realmctl.render.graph_svg import svg

    return svg(fold_picture(picture))
