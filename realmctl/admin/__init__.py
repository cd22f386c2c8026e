"""The only room that speaks HTTP: logging in, sending, waiting and asking again, and telling what went wrong.

Must not know about: what realms are made of, plans, YAML, printing.
"""

from __future__ import annotations

from realmctl.admin.answers import Answer
from realmctl.admin.api import Admin
from realmctl.admin.raw import Raw, Seen
from realmctl.admin.settings import Connection, connection, web_address
from realmctl.admin.unreached import Setting
from realmctl.admin.web import Web

__all__ = ["Admin", "Answer", "Connection", "Raw", "Seen", "Setting", "Web", "connection", "web_address"]
