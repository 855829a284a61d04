"""Random elements of a dict or set that changes, where nothing can be reached by its index.

All classes keep a list of the elements beside it. A Sample looks at the collection now and then, which costs those
who change it nothing: for RANDOMKEY. So does a Round, which comes by all elements in turn: to measure and to evict. An
Urn is told of every change, so it is always fair: for the elements of a key.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable

from stubredis.datatypes.sizes import block

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

    def memory(self) -> int:
        """Return the bytes that the list takes (sizes.py)."""
        return block(self._elements)

    def _take(self, collection: Collection[bytes], version: int) -> None:
        self._elements = list(collection)
        self._version = version
        self._calls = 0


class Round:
    """The elements of a collection that changes, one after another in random order, and then all over again.

    What is gone is left out, what is new comes in the next round. The list is made again once a round, which makes a
    draw cheap however large the collection is.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: list[bytes] = []

    def draw(self, collection: Collection[bytes], count: int) -> list[bytes]:
        """Return the next elements, fewer if there are no more."""
        left = self._left
        if len(left) > 2 * len(collection):  # most of them are gone
            left.clear()
        drawn: list[bytes] = []
        is_new = False
        while len(drawn) < count:
            if not left:
                if is_new:
                    break
                left = self._left = list(collection)
                is_new = True
                continue
            place = int(random.random() * len(left))
            element = left[place]
            left[place] = left[-1]
            left.pop()
            if element in collection:
                drawn.append(element)
        return drawn


class Urn:
    """The elements of a collection, drawn at random in constant time, each as likely as any other.

    What is discarded cannot be found in the list, so it stays there for a while and is drawn in vain. It is thrown
    out when it is half of the list, so that a draw takes two tries on average at the most.
    """

    __slots__ = ("_elements", "_gone")

    def __init__(self, elements: Iterable[bytes]) -> None:
        self._elements = list(elements)
        self._gone: set[bytes] = set()

    def memory(self) -> int:
        """Return the bytes that the list and what is in vain take (sizes.py)."""
        return block(self._elements) + block(self._gone)

    def put(self, element: bytes) -> None:
        """Add an element that is not in the urn."""
        if element in self._gone:
            self._gone.remove(element)
        else:
            self._elements.append(element)

    def discard(self, element: bytes) -> None:
        """Remove an element that is in the urn."""
        gone = self._gone
        gone.add(element)
        if 2 * len(gone) > len(self._elements):
            self._elements = [element for element in self._elements if element not in gone]
            gone.clear()

    def draw(self) -> bytes:
        """Return an element of an urn that is not empty."""
        elements, gone = self._elements, self._gone
        while True:
            element = elements[int(random.random() * len(elements))]
            if element not in gone:
                return element

    def take(self) -> bytes:
        """Remove and return an element of an urn that is not empty."""
        elements, gone = self._elements, self._gone
        while True:
            place = int(random.random() * len(elements))
            element = elements[place]
            last = elements.pop()
            if place < len(elements):
                elements[place] = last
            if element not in gone:
                return element
            gone.remove(element)
