"""How often keys are used, for an LFU policy: the logarithmic counters of Redis, which are worked out late.

A counter grows by chance, and less likely the higher it is; for each `lfu-decay-time` minutes without use it is one
less. To work it out takes as long as some requests. So uses are only counted when they happen, and what they do to a
counter is worked out when somebody asks for it, or, in slices, once the minute is over in which they happened: within
a minute it does not matter when.

Even to count a use takes a tenth of a request. What grows by chance need not know of each: where there are very many
within a minute, some chunks of requests are drawn by lot, and count for all.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence, Sized
from math import log
from typing import TYPE_CHECKING

from stubredis.uses import EACH, RECORD, Uses

if TYPE_CHECKING:
    from stubredis.config import Config

NEW = 5
"""What a key starts with, so that new keys are not the first to be evicted."""
MOST = 255
MINUTE = 60_000
SHARE = 8
"""One in so many of the chunks beyond EACH is drawn."""
SPARE = 1024
"""So many words that are no keys are never many."""
SLICE = 4096
"""For so many keys of former minutes counters are worked out then."""


def record(minute: int, counter: int) -> int:
    """Return what is kept of a key: its counter, and when it was worked out."""
    return minute << 8 | counter


def decayed(known: int, minute: int, config: Config) -> int:
    """Return the counter of a record as it is in a minute."""
    minutes = config.lfu_decay_time
    periods = (minute - (known >> 8)) // minutes if minutes else 0
    return max((known & 0xFF) - periods, 0)


def grown(counter: int, uses: int, config: Config) -> int:
    """Return a counter after some uses. How many it takes to the next step is drawn at once."""
    factor = config.lfu_log_factor
    while uses > 0 and counter < MOST:
        chance = 1 / (max(counter - NEW, 0) * factor + 1)
        uses -= 1 if chance == 1 else int(log(1 - random.random()) / log(1 - chance)) + 1
        counter += uses >= 0
    return counter


class Frequencies(Uses):
    """How often the keys of a database are used: their records, and the uses that are not in them yet."""

    __slots__ = ("_config", "_drawn", "_ends", "_former", "_left", "_minute", "_uses", "records")

    def __init__(self, config: Config, now: int, known: Mapping[bytes, int]) -> None:
        self._config = config
        self.records = dict(known)
        self._former: deque[tuple[int, int, Counter[bytes]]] = deque()
        """Uses by earlier minutes, the oldest first: the minute, what each of them counts, and the uses by keys."""
        self._begin(now)

    def _begin(self, now: int) -> None:
        self._minute = now // MINUTE
        self._ends = (self._minute + 1) * MINUTE
        self._left = EACH
        """How many requests of this minute will still be counted one by one."""
        self._uses: Counter[bytes] = Counter()
        self._drawn: Counter[bytes] = Counter()
        """Uses in this minute: those that were counted one by one, and those of chunks that were drawn."""

    def note(self, requests: Sequence[Sequence[bytes]], now: int, keys: Sized) -> None:
        if now >= self._ends:
            self._turn(now)
        self._left -= len(requests)
        if self._left >= 0:
            self._uses.update([argv[1] for argv in requests if len(argv) > 1])
        elif random.random() * SHARE < 1:
            self._drawn.update([argv[1] for argv in requests if len(argv) > 1])

    def use(self, keys: Iterable[bytes], now: int) -> None:
        if now >= self._ends:
            self._turn(now)
        self._uses.update(keys)

    def of(self, key: bytes, now: int) -> int | None:
        if now >= self._ends:
            self._turn(now)
        for minute, weight, uses in (*self._former, *self._current):
            if key in uses:
                self._use(key, minute, uses.pop(key) * weight)
        return self.records.get(key)

    def set(self, key: bytes, known: int, now: int) -> None:
        self.of(key, now)  # what was counted of it before is over
        self.records[key] = known

    def forget(self, key: bytes) -> None:
        self.records.pop(key, None)

    def tidy(self, keys: Mapping[bytes, object]) -> None:
        if self._count > len(keys) * 3 // 2 + SPARE:
            for known in (self.records, *[uses for _, _, uses in (*self._former, *self._current)]):
                for word in [word for word in known if word not in keys]:
                    del known[word]

    def clear(self) -> None:
        self.records.clear()
        self._former.clear()
        self._uses.clear()
        self._drawn.clear()

    @property
    def size(self) -> int:
        return self._count * RECORD

    @property
    def _current(self) -> tuple[tuple[int, int, Counter[bytes]], ...]:
        return (self._minute, 1, self._uses), (self._minute, SHARE, self._drawn)

    @property
    def _count(self) -> int:
        """For how many words something is known; those that are in several places count several times."""
        return len(self.records) + sum([len(uses) for _, _, uses in (*self._former, *self._current)])

    def _turn(self, now: int) -> None:
        self._former.extend(self._current)
        self._begin(now)
        self._settle(SLICE)

    def _settle(self, count: int) -> None:
        while self._former and count:
            minute, weight, uses = self._former[0]
            for _ in range(min(count, len(uses))):
                key, number = uses.popitem()
                self._use(key, minute, number * weight)
                count -= 1
            if not uses:
                self._former.popleft()

    def _use(self, key: bytes, minute: int, uses: int) -> None:
        known = self.records.get(key)
        if known is None:  # the first use has made it
            counter, uses = NEW, uses - 1
        else:
            counter = decayed(known, minute, self._config)
        self.records[key] = record(minute, grown(counter, uses, self._config))
