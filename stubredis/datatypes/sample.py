"""Sample: random elements of a dict or set that changes, as RANDOMKEY needs them.

Nothing in a dict can be reached by its index, so a list of its elements is kept, which serves while it is good.
"""

from __future__ import annotations

import random
from collections.abc import Collection

_PERIOD = 1000
"""A list of n elements is made again after n / _PERIOD calls at the earliest: few calls pay, and little each."""
_TRIES = 16


class Sample:
    """The elements of one collection as they were a short while ago.

    Every element is as likely as any other, except that new ones in a collection of more than a thousand may have
    to wait for some more calls before they can be chosen. What is gone is never returned.
    """

    __slots__ = ("_calls", "_elements", "_version")

    def __init__(self) -> None:
        self._elements: list[bytes] = []
        self._version = -1
        self._calls = 0

    def choose(self, collection: Collection[bytes], version: int) -> bytes:
        """Return an element of the collection, which is not empty. `version` changes when elements are added."""
        self._calls += 1
        if version != self._version and self._calls * _PERIOD >= len(collection):
            self._take(collection, version)
        for _ in range(_TRIES if self._elements else 0):
            element = random.choice(self._elements)
            if element in collection:
                return element
        self._take(collection, version)
        return random.choice(self._elements)

    def _take(self, collection: Collection[bytes], version: int) -> None:
        self._elements = list(collection)
        self._version = version
        self._calls = 0
