"""What was found, for people (text), programs (JSON), the Azure CLI (commands) and Prometheus (metrics).

Must not know about: how anything was found.
"""

from __future__ import annotations

from realmctl.render.entra.commands import commands
from realmctl.render.entra.document import document
from realmctl.render.entra.metrics import metrics
from realmctl.render.entra.text import text

__all__ = ["commands", "document", "metrics", "text"]
