"""Just enough of RESP2 and RESP3 to tell where a reply ends and to compare replies loosely.

The project's own protocol code is what is being tested, so none of it is used here.
"""

from __future__ import annotations

from typing import TypeAlias

#: A reply as (type, content): the first byte, and bytes, a list of replies or, for a null, None.
Tree: TypeAlias = tuple[bytes, "bytes | list[Tree] | None"]

LINES = b"+-:,#(_"
BULKS = b"$!="
#: How many replies make up one element of an aggregate; an attribute also has the reply it is about.
AGGREGATES = {b"*": 1, b"~": 1, b">": 1, b"%": 2, b"|": 2}


class IncompleteError(Exception):
    """The bytes end before the reply does."""


def encode(words: tuple[bytes, ...]) -> bytes:
    """Return a request as the clients send it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


def parse(data: bytes, start: int = 0) -> tuple[Tree, int]:
    """Return the reply that begins at `start`, and where it ends."""
    line_end = data.find(b"\r\n", start)
    if line_end < 0:
        raise IncompleteError
    kind, line, end = data[start : start + 1], data[start + 1 : line_end], line_end + 2
    if kind in LINES:
        return (kind, line), end
    if int(line) < 0:
        return (kind, None), end
    if kind in BULKS:
        length = int(line)
        if len(data) < end + length + 2:
            raise IncompleteError
        return (kind, data[end : end + length]), end + length + 2
    children = []
    for _ in range(int(line) * AGGREGATES[kind] + (kind == b"|")):
        child, end = parse(data, end)
        children.append(child)
    return (kind, children), end


def parse_all(data: bytes) -> list[Tree]:
    """Return every reply in `data`, which ends with the last of them."""
    replies, end = [], 0
    while end < len(data):
        reply, end = parse(data, end)
        replies.append(reply)
    return replies


class ReplyBuffer:
    """Received bytes, taken out again reply by reply."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, data: bytes) -> None:
        self._data += data

    def take(self, count: int) -> bytes | None:
        """Return the bytes of the first `count` replies, or None while they are not all here."""
        end = 0
        try:
            for _ in range(count):
                _, end = parse(self._data, end)
        except IncompleteError:
            return None
        return self._cut(end)

    def take_all(self) -> bytes:
        return self._cut(len(self._data))

    def _cut(self, end: int) -> bytes:
        taken, self._data = self._data[:end], self._data[end:]
        return taken
