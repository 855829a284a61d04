"""The nodes of a stream: up to a hundred entries each, packed while nobody uses them.

Redis keeps a node as a listpack and ends it when it has so many entries, or so many bytes. Bytes are counted
here as a listpack would count them, because trimming shows where a node ends. The exact count is put off: each new
entry is counted with the most that it can take, and only when that reaches the limit the entries are measured.
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from itertools import chain, groupby, repeat
from typing import Any

Fields = tuple[bytes, ...]
"""The fields and values of an entry, in turns."""

LISTPACK_LIMIT = 1 << 30
"""The most bytes of a node, whatever the configuration says."""

MARSHAL_VERSION = 2
"""Later versions look for equal objects, which costs more than it saves here."""

SEQUENCE = 2**64 - 1

EMPTY_LISTPACK = 7
MOST_OVERHEAD = 32
"""What an entry takes at most besides its words: flags, both halves of its id, the numbers of fields and elements."""


class Node:
    """A piece of a stream. While it is closed, its ids and entries exist in packed form only."""

    __slots__ = (
        "_measured", "_packed", "_unmeasured", "count", "deleted", "entries", "fields", "first", "ids", "last", "size",
    )  # fmt: skip

    def __init__(self, first: int, fields: Fields) -> None:
        self.first = self.last = first
        """The ids that the first and the last entry have, or had."""
        self.fields = fields
        """The fields that the first entry has, or had: entries with the same ones take less room."""
        self.count = 0
        self.deleted = 0
        """How many entries were removed: they take room as before."""
        self._measured = EMPTY_LISTPACK + 2 * 3 + integer_size(len(fields)) + sum(map(word_size, fields))
        self._unmeasured: list[tuple[int, Fields]] = []
        self.size = self._measured
        """The bytes that a listpack would have, at most."""
        self.ids: list[int] = []
        self.entries: list[Fields] = []
        self._packed: bytes | None = None

    def copy(self) -> Node:
        """Return an independent node of the same entries."""
        twin = Node(self.first, self.fields)
        twin.last, twin.count, twin.deleted, twin.size = self.last, self.count, self.deleted, self.size
        twin._measured, twin._unmeasured = self._measured, self._unmeasured[:]
        twin.ids, twin.entries, twin._packed = self.ids[:], self.entries[:], self._packed
        return twin

    @property
    def is_open(self) -> bool:
        """Whether `ids` and `entries` can be used."""
        return len(self.ids) == self.count

    def open(self) -> None:
        """Make `ids` and `entries` usable."""
        if self._packed is not None and len(self.ids) != self.count:
            self.ids, fields, values = marshal.loads(self._packed)
            self.entries = values if fields is None else _entries(fields, values)

    def close(self) -> None:
        """Keep nothing but the packed form."""
        if self._packed is None:
            self._packed = marshal.dumps((self.ids, *_columns(self.entries)), MARSHAL_VERSION)
        self.ids, self.entries, self._unmeasured = [], [], []

    # Adding and removing, while the node is open

    def append(self, entry_id: int, fields: Fields, size: int) -> None:
        """Add an entry whose words have `size` bytes."""
        self.ids.append(entry_id)
        self.entries.append(fields)
        self._unmeasured.append((entry_id, fields))
        # A long word takes up to ten bytes more, but no more than a thirty-second of its length.
        self.size += size + (size >> 5) + 2 * len(fields) + MOST_OVERHEAD
        self.count += 1
        self.last = entry_id
        self._packed = None

    def remove(self, start: int, stop: int) -> None:
        """Remove the entries at indexes from `start` to before `stop`."""
        del self.ids[start:stop]
        del self.entries[start:stop]
        self.count -= stop - start
        self.deleted += stop - start
        self._packed = None

    # Measuring

    def is_full(self, size: int, limit: int) -> bool:
        """Tell whether an entry whose words have `size` bytes must begin a new node; a limit of 0 is the highest."""
        limit = min(limit or LISTPACK_LIMIT, LISTPACK_LIMIT)
        if self.size + size >= limit and self._unmeasured:
            self._measured += sum(self._size_of(entry_id, fields) for entry_id, fields in self._unmeasured)
            self._unmeasured.clear()
            self.size = self._measured
        return self.size + size >= limit

    def _size_of(self, entry_id: int, fields: Fields) -> int:
        """Measure an entry as part of a listpack (streamAppendItem in Redis' t_stream.c)."""
        count = len(fields) // 2
        size = 2 + integer_size(_signed((entry_id >> 64) - (self.first >> 64)))
        size += integer_size(_signed((entry_id & SEQUENCE) - (self.first & SEQUENCE)))
        if fields[::2] == self.fields:
            return size + sum(map(word_size, fields[1::2])) + integer_size(count + 3)
        return size + integer_size(count) + sum(map(word_size, fields)) + integer_size(2 * count + 4)


def integer_size(value: int) -> int:
    """The bytes of an integer in a listpack, with the length that stands behind each element."""
    if 0 <= value <= 127:
        return 2
    bits = (value if value >= 0 else ~value).bit_length()
    return 3 if bits <= 12 else 4 if bits <= 15 else 5 if bits <= 23 else 6 if bits <= 31 else 10


def word_size(word: bytes) -> int:
    """The bytes of a word in a listpack, which keeps what is spelled like an integer as one."""
    length = len(word)
    if length <= 20 and (word.isdigit() or (word[:1] == b"-" and word[1:].isdigit())):
        value = int(word)
        if b"%d" % value == word and -(2**63) <= value < 2**63:
            return integer_size(value)
    size = length + (1 if length < 64 else 2 if length < 4096 else 5)
    return size + (1 if size <= 127 else 2 if size < 16383 else 3 if size < 2097151 else 4 if size < 268435455 else 5)


def _signed(value: int) -> int:
    """Take the lower 64 bits for a signed integer."""
    return (value + 2**63) % 2**64 - 2**63


# Packing


def _columns(entries: list[Fields]) -> tuple[Fields | None, Any]:
    """Return the fields that all entries have in common, and a list of the values of each; or None and the entries."""
    width = len(entries[0]) if entries else 0
    if not width or set(map(len, entries)) != {width}:
        return None, entries
    words = list(chain.from_iterable(entries))
    for index in range(0, width, 2):
        if words[index::width].count(words[index]) != len(entries):
            return None, entries
    return entries[0][::2], [words[index::width] for index in range(1, width, 2)]


def _entries(fields: Fields, values: list[list[bytes]]) -> list[Fields]:
    """Put together again what `_columns` has taken apart."""
    columns = chain.from_iterable((repeat(field), column) for field, column in zip(fields, values, strict=True))
    return list(zip(*columns, strict=False))


# The radix tree that Redis has over its nodes


def tree_nodes(firsts: Sequence[int], depth: int = 0) -> int:
    """Count the nodes of a radix tree of these ids, sixteen bytes each, below their first `depth` bytes.

    An id ends in a leaf. A branch is a node, and so is each chain of bytes without a branch.
    """
    if len(firsts) < 2:
        return 1 + (bool(firsts) and depth < 16)
    shared = (128 - (firsts[0] ^ firsts[-1]).bit_length()) // 8
    branches = groupby(firsts, key=lambda first: first >> (120 - 8 * shared))
    return 1 + (shared > depth) + sum(tree_nodes(list(below), shared + 1) for _, below in branches)
