"""Faults between realmctl and a real Keycloak: a proxy that loses, delays and refuses requests as told."""

from __future__ import annotations

from tests.support.faults.proxy import BEFORE, COMMITTED, FaultProxy

__all__ = ["BEFORE", "COMMITTED", "FaultProxy"]
