"""Census: how many bytes the keys and values of a database take, judged by some of them.

To know it exactly would cost every change of a value a look at its size. So a few values are measured whenever somebody
asks, others each time, until all have had their turn. Small databases are measured as a whole.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Any

from stubredis.datatypes.sample import Round
from stubredis.datatypes.sizes import size_of

SAMPLES = 5
"""So many parts of a value stand for all of them."""
WHOLE = 512
"""So many keys are all measured."""
AT_FIRST, EACH_TIME, REMEMBERED = 1024, 128, 4096
"""How many of a larger database are measured, and how many of the last sizes make the mean."""
LARGE = 64 * 1024
OUTSTANDING = 40
"""A value is an exception if it is large and so many times larger than the mean: it stands for itself only."""


class Census:
    """The sizes that were found in a database, whose keys and values are given with each call."""

    __slots__ = ("_exceptions", "_exceptions_size", "_round", "_sizes", "_sum")

    def __init__(self) -> None:
        self._round = Round()
        self._sizes: deque[int] = deque()
        self._sum = 0
        self._exceptions: dict[bytes, int] = {}
        self._exceptions_size = 0

    def total(self, values: Mapping[bytes, Any]) -> int:
        """Measure some values, and return the bytes of all of them with their keys."""
        if len(values) <= WHOLE:
            return sum([cost(key, value) for key, value in values.items()])
        for key in list(islice(self._exceptions, EACH_TIME)):
            self.note(key, values)
        sizes = self._sizes
        count = EACH_TIME if len(sizes) >= AT_FIRST else AT_FIRST
        drawn = [(key, cost(key, values[key])) for key in self._round.draw(values, count)]
        mean = (self._sum + sum(size for _, size in drawn)) / (len(sizes) + len(drawn))
        limit = max(OUTSTANDING * mean, LARGE)
        for key, size in drawn:
            if size > limit:
                self.note(key, values)
            elif key not in self._exceptions:
                sizes.append(size)
                self._sum += size
        while len(sizes) > REMEMBERED:
            self._sum -= sizes.popleft()
        usual = self._sum / len(sizes) if sizes else mean
        return self._exceptions_size + round((len(values) - len(self._exceptions)) * usual)

    def note(self, key: bytes, values: Mapping[bytes, Any]) -> None:
        """Measure a value that may be large."""
        self._exceptions_size -= self._exceptions.pop(key, 0)
        value = values.get(key)
        if value is not None and (size := cost(key, value)) >= LARGE:
            self._exceptions[key] = size
            self._exceptions_size += size

    def gone(self, key: bytes) -> None:
        """Forget a key that was removed."""
        self._exceptions_size -= self._exceptions.pop(key, 0)


def cost(key: bytes, value: Any, samples: int = SAMPLES) -> int:
    """Return the bytes of a key and its value."""
    if type(value) is bytes:  # block() of both
        return (len(key) + 48 & -16) + (len(value) + 48 & -16)
    return (len(key) + 48 & -16) + size_of(value, samples)
