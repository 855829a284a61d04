"""Ziplists and zipmaps: what listpacks were before Redis 7.0 and Redis 2.6. They are read only."""

from __future__ import annotations

from stubredis.rdb.reader import BadDataError

_HEADER = 10
_END = 0xFF
_FAR = 0xFE
_INTEGER_BYTES = {0xC0: 2, 0xD0: 4, 0xE0: 8, 0xF0: 3, 0xFE: 1}


def decode(data: bytes) -> list[bytes]:
    """Return the elements of a ziplist, integers as texts. Raises BadDataError unless it is sound throughout."""
    last = len(data) - 1
    if last < _HEADER or int.from_bytes(data[:4], "little") != len(data) or data[last] != _END:
        raise BadDataError
    tail = int.from_bytes(data[4:8], "little")
    if tail > last:
        raise BadDataError
    elements: list[bytes] = []
    before = 0  # the size of the element before
    place = _HEADER
    while data[place] != _END:
        start = place
        element, place = _element(data, place, last, before)
        before = place - start
        elements.append(element)
    count = int.from_bytes(data[8:10], "little")
    if place != last or (elements and place - before != tail) or count not in (len(elements), 0xFFFF):
        raise BadDataError
    return elements


def _element(data: bytes, place: int, last: int, before: int) -> tuple[bytes, int]:
    """Return the element at a place, and the place behind it."""
    if data[place] < _FAR:
        told, place = data[place], place + 1
    else:
        told, place = int.from_bytes(data[place + 1 : place + 5], "little"), place + 5
    if told != before or place > last:
        raise BadDataError
    kind = data[place]
    if kind in _INTEGER_BYTES:
        start, end = place + 1, place + 1 + _INTEGER_BYTES[kind]
    elif 0xF1 <= kind <= 0xFD:
        return b"%d" % ((kind & 0x0F) - 1), _within(place + 1, last)
    elif kind < 0x40:
        start, end = place + 1, place + 1 + kind
    elif kind < 0x80:
        start = _within(place + 2, last)
        end = start + ((kind & 0x3F) << 8 | data[place + 1])
    elif kind < 0xC0:
        start = _within(place + 5, last)
        end = start + int.from_bytes(data[place + 1 : place + 5], "big")
    else:
        raise BadDataError
    element = data[start : _within(end, last)]
    return b"%d" % int.from_bytes(element, "little", signed=True) if kind in _INTEGER_BYTES else element, end


def _within(place: int, last: int) -> int:
    if place > last:
        raise BadDataError
    return place


def decode_zipmap(data: bytes) -> list[bytes]:
    """Return the fields and values of a zipmap in turns. Raises BadDataError unless it is sound, and not empty."""
    last = len(data) - 1
    if last < 1 or data[last] != _END:
        raise BadDataError
    elements: list[bytes] = []
    place = 1
    while data[place] != _END:
        start, end = _text(data, place, last)
        elements.append(data[start:end])
        start, end = _text(data, end, last)
        # The first byte of a value tells how much unused space follows it.
        elements.append(data[start + 1 : end + 1])
        place = _within(end + 1 + data[start], last)
    if not elements or data[0] not in (len(elements) // 2, _FAR):
        raise BadDataError
    return elements


def _text(data: bytes, place: int, last: int) -> tuple[int, int]:
    """Return where a text of a zipmap starts and ends."""
    if data[place] < _FAR:
        start, length = place + 1, data[place]
    else:
        start, length = place + 5, int.from_bytes(data[place + 1 : place + 5], "little")
    return _within(start, last), _within(start + length, last)
