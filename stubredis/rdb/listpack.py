"""Listpacks: small collections in one piece, as Redis keeps them in memory and writes them.

Six bytes of header (the size of the whole, the number of elements), the elements, and the byte 255. Each element is
an integer in the shortest of seven forms or a string in one of three; behind it its length, to be read backwards.
"""

from __future__ import annotations

from collections.abc import Iterable

from stubredis.datatypes.listpack_size import as_integer, back_length_size
from stubredis.rdb.reader import BadDataError

HEADER = 6
END = 0xFF
UNCOUNTED = 0xFFFF
"""The number of elements when they are too many for the header."""

_INTEGER_BYTES = {0xF1: 2, 0xF2: 3, 0xF3: 4, 0xF4: 8}


def encode(elements: Iterable[bytes]) -> bytes:
    """Return the listpack of these elements."""
    pieces = [b""]
    for element in elements:
        body = _encoded(element)
        pieces.append(body)
        pieces.append(_BACK[len(body)] if len(body) < len(_BACK) else _back_length(len(body)))
    count = len(pieces) // 2
    size = HEADER + sum(map(len, pieces)) + 1
    pieces[0] = size.to_bytes(4, "little") + min(count, UNCOUNTED).to_bytes(2, "little")
    pieces.append(b"\xff")
    return b"".join(pieces)


def _encoded(element: bytes) -> bytes:
    value = as_integer(element)
    if value is not None:
        if 0 <= value < 128:
            return bytes((value,))
        if -4096 <= value < 4096:
            return (value & 0x1FFF | 0xC000).to_bytes(2, "big")
        for kind, width in _INTEGER_BYTES.items():
            if -1 << 8 * width - 1 <= value < 1 << 8 * width - 1:
                return bytes((kind,)) + value.to_bytes(width, "little", signed=True)
    length = len(element)
    if length < 64:
        return bytes((0x80 | length,)) + element
    if length < 4096:
        return (0xE000 | length).to_bytes(2, "big") + element
    return b"\xf0" + length.to_bytes(4, "little") + element


def _back_length(length: int) -> bytes:
    """Return the length of an element as it stands behind it: seven bits a byte, and a bit for "more before"."""
    septets = [length >> 7 * place & 0x7F | 0x80 for place in reversed(range(back_length_size(length)))]
    septets[0] &= 0x7F
    return bytes(septets)


_BACK = tuple(_back_length(length) for length in range(256))


def decode(data: bytes) -> list[bytes]:
    """Return the elements of a listpack, integers as texts. Raises BadDataError unless it is sound throughout."""
    last = len(data) - 1
    if last < HEADER or int.from_bytes(data[:4], "little") != len(data) or data[last] != END:
        raise BadDataError
    elements: list[bytes] = []
    place = HEADER
    # Whatever a length says, what it leads to is in the data, or a comparison below fails.
    while (kind := data[place]) != END:
        if kind < 0x80:
            length = 1
            element = _SMALL[kind]
        elif kind < 0xC0:
            length = 1 + (kind & 0x3F)
            element = data[place + 1 : place + length]
        elif kind < 0xE0:
            length = 2
            value = (kind & 0x1F) << 8 | data[place + 1]
            element = b"%d" % (value - 8192 if value >= 4096 else value)
        elif kind < 0xF0:
            length = 2 + ((kind & 0x0F) << 8 | data[place + 1])
            element = data[place + 2 : place + length]
        elif kind == 0xF0:
            length = 5 + int.from_bytes(data[place + 1 : place + 5], "little")
            element = data[place + 5 : place + length]
        elif kind in _INTEGER_BYTES:
            length = 1 + _INTEGER_BYTES[kind]
            element = b"%d" % int.from_bytes(data[place + 1 : place + length], "little", signed=True)
        else:
            raise BadDataError
        back = _BACK[length] if length < len(_BACK) else _back_length(length)
        place += length
        following = place + len(back)
        if following > last or (data[place:following] != back and not _leads_back(data, following - 1, length)):
            raise BadDataError
        place = following
        elements.append(element)
    count = int.from_bytes(data[4:6], "little")
    if place != last or (count != UNCOUNTED and count != len(elements)):
        raise BadDataError
    return elements


_SMALL = tuple(b"%d" % value for value in range(128))


def _leads_back(data: bytes, place: int, length: int) -> bool:
    """Tell whether a length that is not spelled as usual, read backwards from `place`, is this one nevertheless."""
    value = 0
    for shift in range(0, 35, 7):
        value |= (data[place] & 0x7F) << shift
        if data[place] < 0x80:
            return value == length
        place -= 1
    return False
