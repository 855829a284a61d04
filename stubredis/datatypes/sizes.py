"""How many bytes values take: what the interpreter has allocated for them.

Each type of value with parts says so itself (`memory`). Where there are many parts, some of them stand for all, as in
Redis' MEMORY USAGE: `samples` is how many, 0 is all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from sys import getsizeof
from typing import Any, TypeVar

from stubredis.datatypes.packed import Packed

T = TypeVar("T")

ALIGNMENT = 16
"""Python allocates multiples of this."""
PLACE = 72
"""What a place in a dict takes on average, as a dict is between a third and two thirds full."""
NUMBER = 32
"""An integer or a float."""
TUPLE = 64
"""A tuple of two or three."""
ENTRY_ID = 48
"""The id of an entry of a stream: an integer of 128 bits."""

PLAIN = frozenset({bytes, bytearray, int})


def block(thing: object) -> int:
    """Return the bytes of one object, without those that it refers to."""
    return getsizeof(thing) + ALIGNMENT - 1 & -ALIGNMENT


def blocks(things: Iterable[T], count: int, samples: int, size: Callable[[T], int] = block) -> int:
    """Return the bytes of as many objects as `count`, of which the first ones stand for all."""
    if not samples or count <= samples:
        return sum(map(size, things))
    return sum(map(size, islice(things, samples))) * count // samples


def size_of(value: Any, samples: int) -> int:
    """Return the bytes of the value of a key."""
    if type(value) in PLAIN or isinstance(value, Packed):
        return block(value)
    size: int = value.memory(samples)
    return size
