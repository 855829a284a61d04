"""The value of a list key: a double-ended queue with fast indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stubredis.datatypes.limits import limits
from stubredis.datatypes.listpack_size import HEADER_AND_END, packed_size
from stubredis.datatypes.packed import MOST_WORDS, Packed

SMALL = 64
"""Up to this length it is cheaper to shift an array than to cut the list anew."""

CHUNK = 1024
"""How many elements a search looks at before it may stop."""


class List:
    """Elements in order, kept as two arrays that grow away from each other.

    Both ends push and pop in constant time, any index is reached in constant time, and a range is two slices.
    When one side runs empty, the list is cut in two halves again, so that a queue costs a few copied pointers an
    element. Insertions in the middle shift pointers, as in one array.
    """

    __slots__ = ("_left", "_right")

    def __init__(self, elements: Iterable[bytes] = ()) -> None:
        self._left: list[bytes] = []  # in reverse order: its last element is the head of the list
        self._right: list[bytes] = list(elements)

    def __len__(self) -> int:
        return len(self._left) + len(self._right)

    def __iter__(self) -> Iterator[bytes]:
        yield from reversed(self._left)
        yield from self._right

    def copy(self) -> List:
        """Return an independent list of the same elements."""
        return List(self.slice(0, len(self)))

    def pack(self) -> PackedList | None:
        """Return the list in one object, or None if it is too large for that."""
        return PackedList.of(self.slice(0, len(self))) if len(self) <= MOST_WORDS else None

    @property
    def encoding(self) -> bytes:
        """The encoding that Redis would use for such a list, had it grown at its tail; worked out anew each time."""
        if len(self) * 2 <= limits.list_bytes and len(self) <= limits.list_elements:
            size = HEADER_AND_END
            for element in self:
                if size + len(element) > limits.list_bytes:
                    break
                size += packed_size(element)
            else:
                return b"listpack"
        return b"quicklist"

    def push_left(self, elements: Iterable[bytes]) -> int:
        """Insert each element at the head, one after the other, and return the length."""
        left = self._left
        left.extend(elements)
        return len(left) + len(self._right)

    def push_right(self, elements: Iterable[bytes]) -> int:
        """Append each element at the tail, and return the length."""
        right = self._right
        right.extend(elements)
        return len(self._left) + len(right)

    def pop_left(self) -> bytes:
        """Remove and return the head; IndexError when the list is empty."""
        if not self._left:
            if len(self._right) <= SMALL:
                return self._right.pop(0)
            self._cut(len(self._right) // 2)
        return self._left.pop()

    def pop_right(self) -> bytes:
        """Remove and return the tail; IndexError when the list is empty."""
        if not self._right:
            if len(self._left) <= SMALL:
                return self._left.pop(0)
            self._cut(len(self._left) // 2)
        return self._right.pop()

    def _cut(self, index: int) -> None:
        """Let the left array end, and the right one begin, at an index."""
        elements = self.slice(0, len(self))
        self._right = elements[index:]
        del elements[index:]
        elements.reverse()
        self._left = elements

    def slice(self, start: int, stop: int) -> list[bytes]:
        """Return the elements from index `start` to before `stop`, both within 0 and the length."""
        left = len(self._left)
        if start >= left:
            return self._right[start - left : stop - left]
        if stop <= left:
            elements = self._left[left - stop : left - start]
            elements.reverse()
            return elements
        elements = self._left[: left - start]
        elements.reverse()
        elements += self._right[: stop - left]
        return elements

    def __getitem__(self, index: int) -> bytes:
        """Return the element at an index from 0 to the length - 1."""
        left = len(self._left)
        return self._left[left - 1 - index] if index < left else self._right[index - left]

    def __setitem__(self, index: int, element: bytes) -> None:
        left = len(self._left)
        if index < left:
            self._left[left - 1 - index] = element
        else:
            self._right[index - left] = element

    def insert(self, index: int, element: bytes) -> None:
        """Insert so that the element has this index, from 0 to the length."""
        left = len(self._left)
        if index < left:
            self._left.insert(left - index, element)
        else:
            self._right.insert(index - left, element)

    def delete(self, start: int, stop: int) -> None:
        """Delete the elements from index `start` to before `stop`, both within 0 and the length."""
        left, length = len(self._left), len(self)
        # What is deleted at an end comes off the end of an array, which shifts nothing, for this time and the next.
        if length > SMALL:
            if start == 0 and stop > left:
                self._cut(max(stop, length // 2))
            elif stop == length and start < left:
                self._cut(min(start, length // 2))
            left = len(self._left)
        del self._left[max(left - stop, 0) : max(left - start, 0)]
        del self._right[max(start - left, 0) : max(stop - left, 0)]

    def find(self, element: bytes, limit: int, *, from_tail: bool = False) -> Iterator[int]:
        """Yield how far from the head, or from the tail, equal elements stand, the nearest first.

        At most `limit` elements are looked at. The list must not change meanwhile.
        """
        length = len(self)
        limit = min(limit, length)
        for start in range(0, limit, CHUNK):
            stop = min(start + CHUNK, limit)
            chunk = self.slice(length - stop, length - start)[::-1] if from_tail else self.slice(start, stop)
            place = -1
            for _ in range(chunk.count(element)):
                place = chunk.index(element, place + 1)
                yield start + place

    def remove(self, indexes: list[int]) -> None:
        """Remove the elements at these indexes, which are in rising order."""
        if len(indexes) == 1:
            self.delete(indexes[0], indexes[0] + 1)
            return
        elements = self.slice(0, len(self))
        kept: list[bytes] = []
        start = 0
        for index in indexes:
            kept += elements[start:index]
            start = index + 1
        self._left = []
        self._right = kept + elements[start:]


class PackedList(Packed):
    """A small list in one object."""

    __slots__ = ()

    kind = List
