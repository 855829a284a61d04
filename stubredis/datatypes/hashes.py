"""The value of a hash key: fields with their values, and with deadlines if they have any.

Nothing here knows the time: whoever reads a hash with deadlines first takes out what has expired (`pop_due`).
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from heapq import heapify, heappop, heappush
from itertools import chain

from stubredis.datatypes.limits import limits
from stubredis.datatypes.packed import MOST_WORDS, Packed
from stubredis.datatypes.sample import Sample

LISTPACK, LISTPACK_EX, HASHTABLE = b"listpack", b"listpackex", b"hashtable"

STALE = 64
"""So many entries of a heap that no longer hold are never worth a sweep."""

MANY = 32
"""Once a field in so many is found to have expired, it pays to look at all of them."""

SHARED_NAMES = 1 << 14


class _Names(dict[bytes, bytes]):
    """The names of fields, each of them once: a million hashes of one kind share their names.

    Only as many as may be in use at the same time: when they get too many, all are forgotten. The hashes keep
    what they have.
    """

    __slots__ = ()

    def __missing__(self, name: bytes) -> bytes:
        if len(self) >= SHARED_NAMES:
            self.clear()
        self[name] = name
        return name


shared_name = _Names().__getitem__


class FieldDeadlines(dict[bytes, int]):
    """The deadlines of a hash's volatile fields in milliseconds. Use `set` and `clear`, and read as from any dict."""

    __slots__ = ("_heap",)

    def __init__(self, deadlines: Iterable[tuple[bytes, int]] = ()) -> None:
        super().__init__(deadlines)
        self._heap: list[tuple[int, bytes]] = []
        """All deadlines, and some that no longer hold, but never at the top."""
        self._sweep()

    @property
    def earliest(self) -> int:
        """The earliest deadline; there is one."""
        return self._heap[0][0]

    def set(self, field: bytes, deadline: int) -> None:
        """Give a field a deadline, whether it had one or not."""
        if self.get(field) != deadline:
            self[field] = deadline
            heappush(self._heap, (deadline, field))
            self._settle()

    def clear(self, field: bytes) -> None:  # type: ignore[override]  # of one field, and never of all
        """Take the deadline of a volatile field away; KeyError if it has none."""
        del self[field]
        self._settle()

    def pop_due(self, now: int, limit: int) -> list[bytes]:
        """Remove and return fields whose deadline has passed, the earliest ones, at most `limit`."""
        due: list[bytes] = []
        while self and self._heap[0][0] < now and len(due) < limit:
            if len(self) < len(due) * MANY and len(due) + len(self) <= limit:
                # So many at once are found faster without the heap.
                rest = [field for field, deadline in self.items() if deadline < now]
                for field in rest:
                    del self[field]
                self._sweep()
                return due + rest
            field = self._heap[0][1]
            due.append(field)
            self.clear(field)
        return due

    def _settle(self) -> None:
        """Keep an entry that holds at the top of the heap, and the number of the others within bounds."""
        heap = self._heap
        if len(heap) > 2 * len(self) + STALE:
            self._sweep()
        while heap and self.get(heap[0][1]) != heap[0][0]:
            heappop(heap)

    def _sweep(self) -> None:
        self._heap[:] = [(deadline, field) for field, deadline in self.items()]
        heapify(self._heap)


class Hash(dict[bytes, bytes]):
    """Fields and their values, in the order of Redis as long as the hash is small.

    That is the order in which the fields came, unless fields have had deadlines: then volatile fields come first,
    the earliest deadline before the others, and one that loses its deadline goes to the end.

    Read it as a dict. Change it by `set`, `set_all`, `replace`, `remove` and `expire`, which look after encoding and
    deadlines. There is nothing to look after in a large hash (`sample`) without deadlines: it may be changed as a dict.
    """

    __slots__ = ("deadlines", "sample")

    def __init__(self, fields: dict[bytes, bytes] | Iterable[tuple[bytes, bytes]] = ()) -> None:
        if fields:
            self.update(fields)
        self.deadlines: FieldDeadlines | None = None
        """None until the first field gets a deadline. A hash whose fields have lost theirs keeps an empty one."""
        self.sample: Sample | None = None
        """What random fields are chosen from; None as long as the hash is small."""

    @property
    def encoding(self) -> bytes:
        """The encoding that Redis would use; what has become a hashtable stays one."""
        if self.is_small:
            return LISTPACK if self.deadlines is None else LISTPACK_EX
        return HASHTABLE

    @property
    def is_small(self) -> bool:
        """Whether Redis would keep the hash as a listpack."""
        # A hash that was built at once has not been looked at yet.
        if self.sample is None and (
            len(self) > limits.hash_fields or not (are_short(self) and are_short(self.values()))
        ):
            self.grow()
        return self.sample is None

    def grow(self) -> None:
        """Stop being small, for ever."""
        if self.sample is None:
            self.sample = Sample()

    def pack(self) -> PackedHash | None:
        """Return the hash in one object, or None if it is too large for that or has, or had, volatile fields."""
        if self.deadlines is not None or 2 * len(self) > MOST_WORDS or not self.is_small:
            return None
        return PackedHash.of([*chain.from_iterable(self.items())])

    def copy(self) -> Hash:
        """Return an independent hash of the same fields, deadlines and encoding."""
        copied = Hash(self)
        if self.deadlines is not None:
            copied.deadlines = FieldDeadlines(self.deadlines.items())
        if self.sample is not None:
            copied.grow()
        return copied

    # Setting

    def set(self, field: bytes, value: bytes) -> None:
        """Set a field; its deadline ends."""
        if self.sample is None:
            if len(field) > limits.hash_length or len(value) > limits.hash_length:
                self.sample = Sample()
            elif field not in self:
                field = shared_name(field)
                if len(self) >= limits.hash_fields:
                    self.sample = Sample()
        if self.deadlines and field in self.deadlines:
            self.persist(field)
        self[field] = value

    def set_all(self, words: Sequence[bytes]) -> None:
        """Set the fields that are given in turns with their values; their deadlines end."""
        names, values = words[::2], words[1::2]
        if self.sample is None and (len(names) > limits.hash_fields or not are_short(words)):
            self.grow()
        if self.deadlines:
            for name, value in zip(names, values, strict=True):
                self.set(name, value)
        elif self.sample is not None:
            self.update(zip(names, values))  # noqa: B905  (strict is slow)
        else:
            self.update(zip(map(shared_name, names), values))  # noqa: B905
            if len(self) > limits.hash_fields:
                self.grow()

    def replace(self, field: bytes, value: bytes) -> None:
        """Set a field, which keeps its deadline."""
        if self.deadlines and field in self.deadlines:
            if len(value) > limits.hash_length:
                self.grow()
            self[field] = value
        else:
            self.set(field, value)

    def remove(self, field: bytes) -> bytes | None:
        """Remove a field and return its value, or None if it is not there."""
        if self.deadlines and field in self.deadlines:
            self.deadlines.clear(field)
        return self.pop(field, None)

    # Deadlines

    def volatile(self) -> FieldDeadlines:
        """Return the deadlines of the fields, to give some to them."""
        if self.deadlines is None:
            self.deadlines = FieldDeadlines()
        return self.deadlines

    def expire(self, fields: Sequence[bytes], deadline: int) -> None:
        """Give fields that exist a deadline."""
        deadlines = self.volatile()
        for field in fields:
            deadlines.set(field, deadline)
        if fields and self.is_small:
            self._move_forward(fields, deadline)

    def persist(self, field: bytes) -> None:
        """Take the deadline of a volatile field away."""
        assert self.deadlines is not None
        self.deadlines.clear(field)
        if self.sample is None:
            self[field] = self.pop(field)

    def pop_due(self, now: int, limit: int) -> list[bytes]:
        """Remove and return fields whose deadline has passed, at most `limit`."""
        if not self.deadlines:
            return []
        due = self.deadlines.pop_due(now, limit)
        for field in due:
            del self[field]
        return due

    def _move_forward(self, fields: Sequence[bytes], deadline: int) -> None:
        """Put fields that have got this deadline into their place: each of them before all of later deadlines or none.

        Redis puts a field also before those of the same deadline, which turns the order around.
        """
        assert self.deadlines is not None
        moved = dict.fromkeys(reversed(fields))
        behind = [field for field in self if field not in moved and self.deadlines.get(field, deadline) >= deadline]
        for field in (*moved, *behind):
            self[field] = self.pop(field)

    # Choosing at random

    def choose(self, version: int) -> bytes:
        """Return any field; there is one. `version` changes whenever fields come."""
        return random.choice(list(self)) if self.sample is None else self.sample.choose(self, version)

    def choose_several(self, count: int, version: int) -> list[bytes]:
        """Return this many fields, with repetitions."""
        if self.sample is None or count > len(self):
            return random.choices(list(self), k=count)
        choose = self.sample.choose
        return [choose(self, version) for _ in range(count)]

    def choose_different(self, count: int, version: int) -> list[bytes]:
        """Return this many different fields, all if there are not more."""
        if count >= len(self):
            return list(self)
        if self.sample is None or count * 3 > len(self):
            return random.sample(list(self), count)
        chosen: dict[bytes, None] = {}
        for _ in range(10 * count):  # two thirds of them are wasted at worst
            chosen[self.sample.choose(self, version)] = None
            if len(chosen) == count:
                return list(chosen)
        return random.sample(list(self), count)


class PackedHash(Packed):
    """A small hash in one object."""

    __slots__ = ()

    kind = Hash

    def unpack(self) -> Hash:
        words = self.words
        return Hash(zip(map(shared_name, words[::2]), words[1::2]))  # noqa: B905  (strict is slow)


def are_short(words: Collection[bytes]) -> bool:
    """Tell whether Redis would keep all these words in a listpack."""
    return not words or max(map(len, words)) <= limits.hash_length
