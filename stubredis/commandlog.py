"""The logs of remarkable requests: slow ones, and those with a large request or reply."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice

MOST_WORDS = 32
LONGEST_WORD = 128


@dataclass(frozen=True, slots=True)
class Logged:
    """One request of a log: when it was, its measure in microseconds or bytes, its words, and whose it was."""

    id: int
    second: int
    measure: int
    words: list[bytes]
    address: bytes
    name: bytes


class CommandLog:
    """The newest requests that were worth logging. Numbers go on after a reset, as in Redis."""

    __slots__ = ("_logged", "_next_id")

    def __init__(self) -> None:
        self._logged: deque[Logged] = deque()
        self._next_id = 0

    def __len__(self) -> int:
        return len(self._logged)

    def add(self, second: int, measure: int, argv: list[bytes], address: bytes, name: bytes, limit: int) -> None:
        """Log a request, and forget the oldest ones beyond the limit."""
        self._logged.appendleft(Logged(self._next_id, second, measure, trimmed(argv), address, name))
        self._next_id += 1
        self.trim(limit)

    def trim(self, limit: int) -> None:
        """Forget the oldest requests beyond the limit."""
        while len(self._logged) > limit:
            self._logged.pop()

    def newest(self, count: int) -> list[Logged]:
        """Return the newest requests, the last one first; all of them for -1."""
        return list(self._logged if count == -1 else islice(self._logged, count))

    def clear(self) -> None:
        """Forget all requests."""
        self._logged.clear()


def trimmed(argv: list[bytes]) -> list[bytes]:
    """Return the words of a request as a log keeps them: not too many, none too long."""
    more = len(argv) - MOST_WORDS + 1
    shown = [
        word
        if len(word) <= LONGEST_WORD
        else b"%b... (%d more bytes)" % (word[:LONGEST_WORD], len(word) - LONGEST_WORD)
        for word in argv[:MOST_WORDS]
    ]
    if more > 1:
        shown[-1] = b"... (%d more arguments)" % more
    return shown
