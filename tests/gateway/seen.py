"""What can be seen of a stand from behind: what the echo told and logged, and what lies in Redis.

Must not know about: single tests.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import requests

from tooling.gateway.stand.stand import Stand


def header(seen: Mapping[str, Any], name: str) -> str | None:
    """The one value of a header that the echo saw; None where it saw none."""
    values = seen["headers"].get(name)
    assert values is None or len(values) == 1, f"{name} came {len(values)} times"
    return values[0] if values else None


def who(page: requests.Response) -> str:
    """The address of whom the echo was told it is; "" where somebody was not let in."""
    return (header(page.json(), "x-auth-request-email") or "") if page.status_code == 200 else ""


def redis(stand: Stand, *words: str) -> list[str]:
    """What Redis answers to a command, in lines, as it stands on the wire."""
    password = stand.secrets.value("redis-password")
    where = next(pod for pod in stand.cluster.pods if pod.image == "redis")
    with socket.create_connection((where.inside, 6379), timeout=10) as connection:
        for said in (("AUTH", password), words, ("QUIT",)):
            connection.sendall(f"*{len(said)}\r\n".encode() + b"".join(f"${len(w)}\r\n{w}\r\n".encode() for w in said))
        found = b""
        while more := connection.recv(65536):
            found += more
    lines = found.decode("latin-1").split("\r\n")
    assert lines[0] == "+OK", lines[0]
    return lines[1:-2]


def sessions(stand: Stand) -> set[str]:
    """The keys of the sessions in Redis."""
    return {
        line for line in redis(stand, "SCAN", "0", "COUNT", "10000") if line and line[0] not in "*$+" and line != "0"
    }


def arrived(stand: Stand, mark: str) -> list[str]:
    """The request lines with `mark` in them that reached an echo's own program, whatever stood before it."""
    logs = sorted(stand.folder.glob("pods/echo-*/log"))
    assert logs, "no echo has a log"
    lines = "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in logs).splitlines()
    return [line.partition('"')[2].rpartition('"')[0] for line in lines if mark in line]
