"""The elements of a payload, written in the form that Redis chooses."""

from __future__ import annotations

import struct
from collections.abc import Callable

from stubredis.datatypes.listpack_size import as_integer
from stubredis.rdb import lzf

String = Callable[[bytes | bytearray], bytes]
"""Writes a string: `Strings.write`."""

double = struct.Struct("<d").pack

_LONGEST_INTEGER = 11
SHORT = 21
"""Strings of fewer bytes are not compressed."""
_INTEGER_MARKS = ((b"\xc0", 1), (b"\xc1", 2), (b"\xc2", 4))


def number(value: int) -> bytes:
    """Write an unsigned integer of 64 bits."""
    if value < 1 << 6:
        return bytes((value,))
    if value < 1 << 14:
        return (value | 0x4000).to_bytes(2, "big")
    if value < 1 << 32:
        return b"\x80" + value.to_bytes(4, "big")
    return b"\x81" + value.to_bytes(8, "big")


def milliseconds(time: int) -> bytes:
    """Write a time."""
    return time.to_bytes(8, "little", signed=True)


class Strings:
    """Writes the strings of one payload. Long ones are compressed as long as the patience of the compressor lasts."""

    __slots__ = ("_compressor",)

    def __init__(self) -> None:
        self._compressor = lzf.Compressor()

    def write(self, text: bytes | bytearray) -> bytes:
        """Write a string: as an integer, compressed, or as it is."""
        length = len(text)
        if length <= _LONGEST_INTEGER:
            value = as_integer(bytes(text))
            if value is not None:
                for mark, width in _INTEGER_MARKS:
                    if -1 << 8 * width - 1 <= value < 1 << 8 * width - 1:
                        return mark + value.to_bytes(width, "little", signed=True)
        elif length >= SHORT:
            packed = self._compressor.compress(bytes(text))
            if packed is not None:
                return b"".join((b"\xc3", number(len(packed)), number(length), packed))
        return number(length) + text
