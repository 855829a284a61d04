"""Reader: the elements of a payload one after the other, every length checked."""

from __future__ import annotations

import re
import struct

from stubredis.rdb import lzf

NO_COUNT = 2**64 - 1
"""A number that no count can be: Redis has it for errors, and for what is not known."""

_DOUBLE = struct.Struct("<d")

# What scanf accepts at the beginning of a text.
_DECIMAL = re.compile(rb"\s*([+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?))", re.IGNORECASE)


class BadDataError(Exception):
    """A payload that is no value."""


class Reader:
    """A place in a payload. Each method reads what comes next, or raises BadDataError if it is something else."""

    __slots__ = ("data", "place")

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data = data
        self.place = place

    def take(self, count: int) -> bytes:
        """Read so many bytes."""
        start = self.place
        self.place = end = start + count
        if end > len(self.data):
            raise BadDataError
        return self.data[start:end]

    def byte(self) -> int:
        """Read one byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Read an unsigned integer of 64 bits in one to nine bytes.

        The mark of an encoded string is a number of 6 bits to Redis, wherever no string is expected.
        """
        first = self.byte()
        kind = first >> 6
        if kind == 1:
            return (first & 0x3F) << 8 | self.byte()
        if first == 0x80:
            return int.from_bytes(self.take(4), "big")
        if first == 0x81:
            return int.from_bytes(self.take(8), "big")
        if kind == 2:
            raise BadDataError
        return first & 0x3F

    def count(self) -> int:
        """Read how many elements follow."""
        count = self.number()
        if count == NO_COUNT:
            raise BadDataError
        return count

    def string(self) -> bytes:
        """Read a string in any form: as it is, as an integer, compressed."""
        data, place = self.data, self.place
        first = data[place] if place < len(data) else self.byte()
        if first < 0x40:  # most are short
            self.place = place + 1
            return self.take(first)
        if first < 0xC0:
            return self.take(self.count())
        self.place = place + 1
        match first & 0x3F:
            case 0 | 1 | 2 as width:
                return b"%d" % int.from_bytes(self.take(1 << width), "little", signed=True)
            case 3:
                packed_length, length = self.count(), self.count()
                text = lzf.decompress(self.take(packed_length), length)
                if len(text) != length:
                    raise BadDataError
                return text
        raise BadDataError

    def milliseconds(self) -> int:
        """Read a time."""
        return int.from_bytes(self.take(8), "little", signed=True)

    def double(self) -> float:
        """Read a double of eight bytes."""
        number: float = _DOUBLE.unpack(self.take(8))[0]
        return number

    def printed_double(self) -> float:
        """Read a double in the old form: a length and a decimal number."""
        length = self.byte()
        if length in _SPECIAL_DOUBLES:
            return _SPECIAL_DOUBLES[length]
        number = decimal(self.take(length))
        if number is None:
            raise BadDataError
        return number


_SPECIAL_DOUBLES = {253: float("nan"), 254: float("inf"), 255: float("-inf")}


def decimal(text: bytes) -> float | None:
    """Read the number that a text begins with, as C does; None if there is none."""
    match = _DECIMAL.match(text)
    return float(match[1]) if match else None
