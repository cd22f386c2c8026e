"""What was found, for people (text), programs (JSON), the Azure CLI (commands) and Prometheus (metrics).

Must not know about: how anything was found.
"""

from __future__ import annotations

from realmctl.entra.report.commands import commands
from realmctl.entra.report.document import document
from realmctl.entra.report.metrics import metrics
from realmctl.entra.report.text import text

__all__ = ["commands", "document", "metrics", "text"]
