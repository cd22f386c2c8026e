"""A real Keycloak on this machine: a container where an engine answers, else the official distribution run by Java.

`up`, `down` and `status` are all there is. Must not know about: realms, plans, the command line; it prints nothing.
"""

from __future__ import annotations

from realmctl.keycloak.local.server import LocalServer, Runtime, down, status, up
from realmctl.keycloak.local.versions import KEYCLOAK

__all__ = ["KEYCLOAK", "LocalServer", "Runtime", "down", "status", "up"]
