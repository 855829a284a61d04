"""The names of the ways in which Redis would keep a value."""

from __future__ import annotations

from typing import Any

from stubredis.datatypes.listpack_size import as_integer

LONGEST_EMBEDDED = 44
"""Up to this length Redis keeps a string in one piece with what it knows about it."""


def encoding_of(value: Any) -> bytes:
    """Return Redis' name for the way in which it would keep a value."""
    if type(value) is bytearray:  # a string that was changed in place
        return b"raw"
    if type(value) is bytes:
        if as_integer(value) is not None:
            return b"int"
        return b"embstr" if len(value) <= LONGEST_EMBEDDED else b"raw"
    encoding: bytes = value.encoding
    return encoding
