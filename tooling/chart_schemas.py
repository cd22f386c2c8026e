"""The part of the charts' schemas that is render's: `python -m tooling.chart_schemas` writes it into them.

Helm reads no schema that is in another file, so each chart of the realm's values holds a copy. Must not know about: the
charts' own values.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from realmctl.integrations.gateway.values import KEY, schema

CHARTS = Path(__file__).parents[1] / "charts"
OF_THE_REALM = ("gateway", "oauth2-proxy")
"""The charts that take the gateway's values."""


def path_of(chart: str) -> Path:
    """A chart's schema."""
    return CHARTS / chart / "values.schema.json"


def read(chart: str) -> dict[str, Any]:
    """The schema as it is checked in."""
    found: dict[str, Any] = json.loads(path_of(chart).read_text(encoding="utf-8"))
    return found


def with_published(own: dict[str, Any]) -> dict[str, Any]:
    """A chart's schema with what render's says today."""
    found = schema()
    return {**own, "properties": {**own["properties"], KEY: found["properties"][KEY]}, "$defs": found["$defs"]}


def main() -> None:
    """Writes the copies anew."""
    for chart in OF_THE_REALM:
        text = json.dumps(with_published(read(chart)), indent=2, ensure_ascii=False) + "\n"
        path_of(chart).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
