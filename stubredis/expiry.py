"""Deadlines of keys, and the active expire cycle that removes what nobody touches.

Redis samples random volatile keys ten times a second, for its hash table gives no order. Here the deadlines
stand in a timer wheel: buckets of keys, each bucket a span of time, narrow for the near future and wide for the
far one. A bucket is opened when its time has come; keys of a wide bucket that are not due yet move to a
narrower one. So an idle server sleeps until something is really due, a key vanishes at most a bucket's
width after its deadline, and the work is proportional to the keys that expire.

A cycle touches at most `SLICE` keys of a database and leaves the rest for the next turn of the event loop: a
million keys with one deadline delay nobody.

Keys whose deadline is moved or taken away leave empty buckets behind. They cost nothing when their time comes, but
that may be far away, so they are swept away once they are more than the volatile keys.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from stubredis.clock import Alarm

if TYPE_CHECKING:
    from stubredis.keyspace import Keyspace

SHIFTS = (6, 12, 18)
"""Bucket widths as powers of two: 64 ms, 4 s, 262 s. Each serves deadlines up to 64 widths away, the last all."""

NEAR, FAR = 1 << SHIFTS[1], 1 << SHIFTS[2]

SLICE = 200

SPARE_BUCKETS = 64
"""So many empty buckets are never worth a sweep, as long as there are volatile keys."""


class Deadlines(dict[bytes, int]):
    """The deadlines of a database's volatile keys, in milliseconds, each also filed in a bucket of the wheel.

    Use `set` and `clear`, and read as from any dict.
    """

    __slots__ = ("_alarm", "_due", "_wheels")

    def __init__(self, alarm: Alarm) -> None:
        super().__init__()
        self._alarm = alarm
        self._wheels: tuple[dict[int, set[bytes]], ...] = tuple({} for _ in SHIFTS)
        self._due: list[tuple[int, int, int]] = []
        """A heap of (when a bucket opens, wheel, number of the bucket)."""

    @property
    def buckets(self) -> int:
        """The number of buckets, with the empty ones."""
        return len(self._due)

    def set(self, key: bytes, deadline: int, now: int) -> None:
        """Give a key a deadline, whether it had one or not."""
        old = self.get(key)
        self[key] = deadline | 0  # a sum has room for a carry that it does not need: 16 bytes a key
        level, number = _place(deadline, now)
        bucket = self._wheels[level].get(number)
        if old is not None:
            if bucket is not None and key in bucket:  # as when a session is extended again and again
                return
            self._take_out(key, old)
        if bucket is None:
            self._open(level, number, key)
        else:
            bucket.add(key)

    def clear(self, key: bytes) -> None:  # type: ignore[override]  # of one key, and never of all
        """Take the deadline of a volatile key away; KeyError if it has none."""
        self._take_out(key, self.pop(key))

    def due(self, now: int, limit: int) -> list[bytes]:
        """Open what has its time, at most `limit` keys, and return those whose deadline has passed.

        They stay here until they are cleared. The alarm is set for whatever comes next, now if more is due.
        """
        keys: list[bytes] = []
        while self._due and self._due[0][0] <= now and limit:
            _, level, number = self._due[0]
            bucket = self._wheels[level].get(number, set())
            while bucket and limit:
                limit -= 1
                key = bucket.pop()
                if self[key] < now:
                    keys.append(key)
                else:
                    self._file(key, self[key], now)
            if not bucket:
                heappop(self._due)
                self._wheels[level].pop(number, None)
        if self._due:
            self._alarm.request(self._due[0][0])
        return keys

    def _file(self, key: bytes, deadline: int, now: int) -> None:
        level, number = _place(deadline, now)
        bucket = self._wheels[level].get(number)
        if bucket is None:
            self._open(level, number, key)
        else:
            bucket.add(key)

    def _open(self, level: int, number: int, key: bytes) -> None:
        """Begin a bucket with a key."""
        self._wheels[level][number] = {key}
        opens = _opens(level, number)
        heappush(self._due, (opens, level, number))
        self._alarm.request(opens)

    def _take_out(self, key: bytes, deadline: int) -> None:
        for level in (2, 1, 0):  # most keys wait in the wide buckets
            bucket = self._wheels[level].get(deadline >> SHIFTS[level])
            if bucket is not None and key in bucket:
                bucket.remove(key)
                break
        if len(self._due) > (2 * len(self) + SPARE_BUCKETS if self else 0):
            self._sweep()

    def _sweep(self) -> None:
        """Remove the empty buckets."""
        self._wheels = tuple({number: keys for number, keys in wheel.items() if keys} for wheel in self._wheels)
        self._due = [
            (_opens(level, number), level, number) for level in range(len(SHIFTS)) for number in self._wheels[level]
        ]
        heapify(self._due)


def _place(deadline: int, now: int) -> tuple[int, int]:
    """Where a deadline is filed: the wheel, and the number of the bucket in it."""
    distance = deadline - now
    if distance >= FAR:
        return 2, deadline >> SHIFTS[2]
    if distance >= NEAR:
        return 1, deadline >> SHIFTS[1]
    return 0, deadline >> SHIFTS[0]


def _opens(level: int, number: int) -> int:
    """When a bucket opens: the narrowest when all its keys are due, the others when the first may be."""
    return (number + (level == 0)) << SHIFTS[level]


def expire_cycle(keyspace: Keyspace) -> None:
    """Remove keys, and fields of hashes, whose deadline has passed, a bounded number at a time."""
    now = keyspace.now()
    for database in keyspace.databases:
        if database.deadlines:
            for key in database.deadlines.due(now, SLICE):
                database.expire(key)
        if database.field_deadlines:
            left = SLICE
            for key in database.field_deadlines.due(now, SLICE):
                left -= database.expire_some_fields(key, max(left, 1))
