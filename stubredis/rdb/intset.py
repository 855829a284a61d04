"""Intsets: sets of integers in rising order, all of the same width."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise

from stubredis.rdb.reader import BadDataError

_FORMATS = {2: "h", 4: "i", 8: "q"}


def encode(numbers: Sequence[int]) -> bytes:
    """Return the intset of these integers, which are in rising order."""
    width = next(width for width in _FORMATS if -1 << 8 * width - 1 <= numbers[0] and numbers[-1] < 1 << 8 * width - 1)
    return struct.pack(f"<II{len(numbers)}{_FORMATS[width]}", width, len(numbers), *numbers)


def decode(data: bytes) -> list[int]:
    """Return the integers of an intset. Raises BadDataError unless it is sound, and not empty."""
    if len(data) < 8:
        raise BadDataError
    width, count = struct.unpack_from("<II", data)
    if width not in _FORMATS or not count or len(data) != 8 + count * width:
        raise BadDataError
    numbers = list(struct.unpack_from(f"<{count}{_FORMATS[width]}", data, 8))
    if any(number >= following for number, following in pairwise(numbers)):
        raise BadDataError
    return numbers
