"""Addresses of the gateway's stand."""

from __future__ import annotations

import ipaddress
import sys

import pytest

from tooling.gateway.stand.loopback import Slice


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives all of 127.0.0.0/8 to loopback")
def test_there_is_an_address_for_every_pod_of_many_doors() -> None:
    own = Slice()
    try:
        found = [ipaddress.ip_address(own.address()) for _ in range(2_000)]
    finally:
        own.release()
    assert len(set(found)) == len(found)
    assert all(one.is_loopback for one in found)
