"""The only room that speaks HTTP: logging in, sending, waiting and asking again, and telling what went wrong.

Must not know about: what realms are made of, plans, YAML, printing.
"""

from __future__ import annotations

from realmctl.keycloak.admin.answers import Answer
from realmctl.keycloak.admin.api import Admin
from realmctl.keycloak.admin.connection_errors import AddressSetting
from realmctl.keycloak.admin.connection_settings import Connection, connection, web_address
from realmctl.keycloak.admin.other_servers import Web
from realmctl.keycloak.admin.raw_requests import Raw, Seen

__all__ = ["AddressSetting", "Admin", "Answer", "Connection", "Raw", "Seen", "Web", "connection", "web_address"]
