"""Requests over HTTP/2 as bytes, with fields as they are: no library writes the ones that nobody should send.

By RFC 9113 (frames) and RFC 7541 (fields, each written out). Must not know about: connections, what is answered.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

Fields = Sequence[tuple[str, str]]

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS = 0, 1, 4
_END_STREAM, _END_HEADERS = 1, 4


def request(fields: Fields, body: bytes = b"") -> bytes:
    """A whole connection: its beginning, and one request. A body is sent whatever the fields say of it."""
    head = b"".join(b"\0" + _text(name) + _text(value) for name, value in fields)
    said = _frame(_SETTINGS, 0, 0, b"")
    said += _frame(_HEADERS, _END_HEADERS | (0 if body else _END_STREAM), 1, head)
    return _PREFACE + said + (_frame(_DATA, _END_STREAM, 1, body) if body else b"")


def _frame(kind: int, flags: int, stream: int, content: bytes) -> bytes:
    return struct.pack(">I", len(content))[1:] + struct.pack(">BBI", kind, flags, stream) + content


def _text(value: str) -> bytes:
    data = value.encode("latin-1")
    if len(data) < 127:
        return bytes([len(data)]) + data
    rest, written = len(data) - 127, b"\x7f"
    while rest >= 128:
        written += bytes([rest % 128 + 128])
        rest //= 128
    return written + bytes([rest]) + data
