"""The nodes of a stream: up to a hundred entries each, packed while nobody uses them.

Redis keeps a node as a listpack and ends it when it has so many entries, or so many bytes. Bytes are counted
here as a listpack would count them, because trimming shows where a node ends. The exact count is put off: each new
entry is counted with the most that it can take, and only when that reaches the limit the entries are measured.
"""

from __future__ import annotations

import marshal
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import chain, groupby, repeat
from typing import Any

from stubredis.datatypes.sizes import ENTRY_ID, block, blocks

Fields = tuple[bytes, ...]
"""The fields and values of an entry, in turns."""

LISTPACK_LIMIT = 1 << 30
"""The most bytes of a node, whatever the configuration says."""

MARSHAL_VERSION = 2
"""Later versions look for equal objects, which costs more than it saves here."""

SEQUENCE = 2**64 - 1

EMPTY_LISTPACK = 7
OVERHEAD = 26
"""What an entry takes at most besides its words: flags, both halves of its id, the numbers of fields and elements."""
OFTEN = 2**23 << 64
"""Within so many milliseconds, some hours, an entry with few fields takes no more than this."""
LARGE = 2048
"""An entry with more bytes, or fields, is measured at once."""


class Node:
    """A piece of a stream. While it is closed, its ids and entries exist in packed form only."""

    __slots__ = (
        "_closed", "_measured", "_packed", "_removed", "_unmeasured", "_usual", "deleted", "entries", "fields", "first",
        "ids", "last", "size",
    )  # fmt: skip

    def __init__(self, first: int, fields: Fields) -> None:
        self.first = self.last = first
        """The ids that the first and the last entry have, or had."""
        self.fields = fields
        """The fields that the first entry has, or had: entries with the same ones take less room."""
        self.deleted = 0
        """How many entries were removed: they take room as before."""
        self.ids: list[int] = []
        self.entries: list[Fields] = []
        self._packed: bytes | None = None
        self._closed = -1
        """How many entries there are while it is closed, -1 while it is open."""
        self.size = EMPTY_LISTPACK + 2 * 3 + integer_size(len(fields)) + sum(map(word_size, fields))
        """The bytes that a listpack would have, at most."""
        self._usual = first + OFTEN
        self._measured = self.size
        self._unmeasured = 0
        """Where the entries begin that are counted with the most that they can take."""
        self._removed: list[tuple[int, Fields]] = []
        """Such entries that were removed."""

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self.ids) if self._closed < 0 else self._closed

    @property
    def is_open(self) -> bool:
        """Whether `ids` and `entries` can be used."""
        return self._closed < 0

    def open(self) -> None:
        """Make `ids` and `entries` usable."""
        if self._closed >= 0:
            assert self._packed is not None
            self.ids, fields, values = marshal.loads(self._packed)
            self.entries = values if fields is None else _entries(fields, values)
            self._closed = -1
            self._unmeasured = len(self.ids)

    def close(self) -> None:
        """Keep nothing but the packed form."""
        if self._packed is None:
            self._packed = marshal.dumps((self.ids, *_columns(self.entries)), MARSHAL_VERSION)
        self._closed = len(self.ids)
        self.ids, self.entries, self._removed = [], [], []

    def memory(self, samples: int) -> int:
        """Return the bytes that the node takes (sizes.py); an open one has words as objects."""
        size = block(self) + (0 if self._packed is None else block(self._packed))
        if self.ids:
            count = len(self.ids)
            size += block(self.ids) + block(self.entries) + count * ENTRY_ID
            size += blocks(self.entries, count, samples, lambda words: block(words) + sum(map(block, words)))
        return size

    def copy(self) -> Node:
        """Return an independent node of the same entries."""
        twin = Node(self.first, self.fields)
        for name in ("last", "deleted", "size", "_packed", "_closed", "_measured", "_unmeasured"):
            setattr(twin, name, getattr(self, name))
        twin.ids, twin.entries, twin._removed = self.ids[:], self.entries[:], self._removed[:]
        return twin

    # Adding and removing, while the node is open

    def append(self, entry_id: int, fields: Fields, size: int) -> None:
        """Add an entry whose words have `size` bytes."""
        self.ids.append(entry_id)
        self.entries.append(fields)
        self.last = entry_id
        self._packed = None
        count = 2 * len(fields)
        if size + count < LARGE and entry_id < self._usual:
            # A long word takes two bytes more, a thirty-second of its length.
            self.size += size + count + (size >> 5) + OVERHEAD
        else:
            self._measure()

    def remove(self, start: int, stop: int) -> None:
        """Remove the entries at indexes from `start` to before `stop`."""
        unmeasured = max(start, self._unmeasured)
        if unmeasured < stop:
            self._removed += zip(self.ids[unmeasured:stop], self.entries[unmeasured:stop], strict=True)
        self._unmeasured -= max(min(stop, self._unmeasured) - start, 0)
        del self.ids[start:stop]
        del self.entries[start:stop]
        self.deleted += stop - start
        self._packed = None

    # Measuring

    def is_full(self, size: int, limit: int) -> bool:
        """Tell whether an entry whose words have `size` bytes must begin a new node; a limit of 0 is the highest."""
        limit = min(limit or LISTPACK_LIMIT, LISTPACK_LIMIT)
        if self.size + size >= limit:
            self._measure()
        return self.size + size >= limit

    def _measure(self) -> None:
        """Count the entries that were not counted exactly (streamAppendItem in Redis' t_stream.c)."""
        ids, entries = self.ids[self._unmeasured :], self.entries[self._unmeasured :]
        if self._removed:
            removed_ids, removed = zip(*self._removed, strict=True)
            ids += removed_ids
            entries += removed
            self._removed.clear()
        first, sequence = self.first >> 64, self.first & SEQUENCE
        total = integers_size([(entry_id >> 64) - first for entry_id in ids])
        total += integers_size([(entry_id & SEQUENCE) - sequence for entry_id in ids])
        # All words at once, for that costs less than those of one entry after another.
        words: list[bytes] = []
        for fields in entries:
            names = fields[::2]
            count = len(names)
            if names == self.fields:
                total += 2 + integer_size(count + 3)
                words += fields[1::2]
            else:
                total += 2 + integer_size(count) + integer_size(2 * count + 4)
                words += fields
        total += words_size(words)
        self._measured += total
        self.size = self._measured
        self._unmeasured = len(self.ids)


def integer_size(value: int) -> int:
    """The bytes of an integer in a listpack, with the length that stands behind each element."""
    if 0 <= value <= 127:
        return 2
    bits = (value if value >= 0 else ~value).bit_length()
    return 3 if bits <= 12 else 4 if bits <= 15 else 5 if bits <= 23 else 6 if bits <= 31 else 10


def integers_size(values: list[int]) -> int:
    """The bytes of many differences of 64-bit numbers, which listpacks keep as signed integers."""
    values.sort()
    if not values or values[0] < 0 or values[-1] >= 2**63:
        return sum(integer_size((value + 2**63) % 2**64 - 2**63) for value in values)
    larger = [len(values) - bisect_right(values, most) for most in (127, 4095, 2**15 - 1, 2**23 - 1, 2**31 - 1)]
    return 2 * len(values) + sum(larger) + 3 * larger[-1]


def word_size(word: bytes) -> int:
    """The bytes of a word in a listpack, which keeps what is spelled like an integer as one."""
    length = len(word)
    if length <= 20 and (word.isdigit() or (word[:1] == b"-" and word[1:].isdigit())):
        value = int(word)
        if b"%d" % value == word and -(2**63) <= value < 2**63:
            return integer_size(value)
    size = length + (1 if length < 64 else 2 if length < 4096 else 5)
    return size + (1 if size <= 127 else 2 if size < 16383 else 3 if size < 2097151 else 4 if size < 268435455 else 5)


_LIKE_INTEGER = re.compile(rb"^-?\d{1,20}$", re.MULTILINE)


def words_size(words: list[bytes]) -> int:
    """The bytes of many words: all at once, except for those that are long, or all if they break into lines."""
    if not words:
        return 0
    large = 0
    if max(map(len, words)) > 63:
        large = sum([word_size(word) for word in words if len(word) > 63])
        words = [word for word in words if len(word) <= 63]
    lines = b"\n".join(words)
    if lines.count(b"\n") >= len(words):
        return large + sum(map(word_size, words))
    integers = _LIKE_INTEGER.findall(lines)
    return (
        large
        + len(lines)
        + len(words)
        + 1
        + sum(map(word_size, integers))
        - sum(map(len, integers))
        - 2 * len(integers)
    )


# Packing


def _columns(entries: list[Fields]) -> tuple[Fields | None, Any]:
    """Return the fields that all entries have in common, and a list of the values of each; or None and the entries."""
    try:
        columns = list(zip(*entries, strict=True))
    except ValueError:  # not all have as many
        return None, entries
    if not all(column.count(column[0]) == len(entries) for column in columns[::2]):
        return None, entries
    return tuple([column[0] for column in columns[::2]]), columns[1::2]


def _entries(fields: Fields, values: list[Fields]) -> list[Fields]:
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
