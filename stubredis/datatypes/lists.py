"""The value of a list key: a double-ended queue with fast indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class List:
    """Elements in order, kept as two arrays that grow away from each other.

    Both ends push and pop in constant time, any index is reached in constant time, and a range is two slices.
    When one side runs empty, half of the other moves over, so that a queue costs a few copied pointers an
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
        return List(self)

    def push_left(self, elements: Iterable[bytes]) -> None:
        """Insert each element at the head, one after the other."""
        self._left.extend(elements)

    def push_right(self, elements: Iterable[bytes]) -> None:
        """Append each element at the tail."""
        self._right.extend(elements)

    def pop_left(self) -> bytes:
        """Remove and return the head; IndexError when the list is empty."""
        if not self._left:
            self._move(self._right, self._left)
        return self._left.pop()

    def pop_right(self) -> bytes:
        """Remove and return the tail; IndexError when the list is empty."""
        if not self._right:
            self._move(self._left, self._right)
        return self._right.pop()

    @staticmethod
    def _move(source: list[bytes], destination: list[bytes]) -> None:
        half = (len(source) + 1) // 2
        destination.extend(source[:half])
        destination.reverse()
        del source[:half]

    def slice(self, start: int, stop: int) -> list[bytes]:
        """Return the elements from index `start` to before `stop`, both within 0 and the length."""
        left = len(self._left)
        if start >= left:
            return self._right[start - left : stop - left]
        if stop <= left:
            return self._left[left - stop : left - start][::-1]
        return self._left[: left - start][::-1] + self._right[: stop - left]

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
        left = len(self._left)
        del self._left[max(left - stop, 0) : max(left - start, 0)]
        del self._right[max(start - left, 0) : max(stop - left, 0)]

    def replace(self, elements: Iterable[bytes]) -> None:
        """Take these elements instead of the present ones."""
        self._left = []
        self._right = list(elements)
