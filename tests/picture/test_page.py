"""The page about pictures shows the example's picture as it is."""

from __future__ import annotations

import re
from pathlib import Path

from realmctl.load import load
from realmctl.picture import drawn
from realmctl.render.picture_mermaid import mermaid
from tests.live.scene import EXAMPLE, EXAMPLE_ENVIRONMENT

PAGE = Path(__file__).parents[2] / "docs" / "pictures.md"


def test_the_picture_of_the_example_is_true() -> None:
    (config,) = load([EXAMPLE], environ=EXAMPLE_ENVIRONMENT)
    shown = re.findall(r"^```mermaid\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert shown == [mermaid(drawn(config))]
