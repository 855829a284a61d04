"""Payloads for RESTORE, put together by hand."""

from __future__ import annotations

from stubredis.rdb.crc64 import crc64

OLDEST = 9
"""A version of the format that every server knows."""


def sealed(body: bytes, version: int = OLDEST) -> bytes:
    """Add version and checksum to what a payload says."""
    body += version.to_bytes(2, "little")
    return body + crc64(body).to_bytes(8, "little")


STRING = sealed(b"\x00\x01v")
LIST = sealed(b"\x01\x01\x01a")
