"""Packed: a small collection in one object, as Redis' listpack is one block of memory.

An object of Python costs 33 to 60 bytes more than its content, which is most of what a small collection costs. So
the keyspace packs small collections that have not been used for a while, and unpacks one when it is used.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate, pairwise
from typing import Any, ClassVar, Self

MOST_WORDS = 255
LONGEST_WORD = 255


class Packed(bytes):
    """Words one behind the other: their number, the length of each, and then the words themselves.

    The number and the lengths take one byte each. A subclass says which type of value it is.
    """

    __slots__ = ()

    kind: ClassVar[type]
    """The type of the value."""

    @classmethod
    def of(cls, words: Collection[bytes]) -> Self | None:
        """Pack words, or return None if they are too many or too long."""
        if len(words) > MOST_WORDS:
            return None
        try:
            return cls(b"".join((bytes((len(words), *map(len, words))), *words)))
        except ValueError:  # a length that is no byte
            return None

    @property
    def words(self) -> list[bytes]:
        """The words that were packed."""
        start = self[0] + 1
        return [self[begin:end] for begin, end in pairwise(accumulate(self[1:start], initial=start))]

    def unpack(self) -> Any:
        """Return the value."""
        return self.kind(self.words)

    def copy(self) -> Self:
        """Return the same, which never changes."""
        return self
