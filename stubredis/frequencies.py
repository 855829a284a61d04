"""How often keys are used, for an LFU policy: the logarithmic counters of Redis, which are worked out late.

A counter grows by chance, and less likely the higher it is; for each `lfu-decay-time` minutes without use it is one
less. To work it out takes as long as some requests. So uses are only listed when they happen, counted by the thousand,
and what they do to a counter is worked out when somebody asks for it, or, in slices, once the minute is over in which
they happened: within a minute it does not matter when.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Container, Iterable, Mapping
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stubredis.config import Config

NEW = 5
"""What a key starts with, so that new keys are not the first to be evicted."""
MOST = 255
MINUTE = 60_000
LISTED = 1024
"""So many uses are counted at once."""
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


class Frequencies(dict[bytes, int]):
    """The records of the keys of a database, and the uses that are not in them yet."""

    __slots__ = ("_config", "_former", "_minute", "_uses", "listed", "minute_ends")

    def __init__(self, config: Config, now: int, known: Mapping[bytes, int] | None = None) -> None:
        super().__init__(known or {})
        self._config = config
        self.listed: list[bytes] = []
        """Keys in the order of their uses."""
        self._minute = now // MINUTE
        self.minute_ends = (self._minute + 1) * MINUTE
        """When the uses that come are of another minute than those that are listed, in milliseconds."""
        self._uses: Counter[bytes] = Counter()
        """Uses in the same minute as those that are listed."""
        self._former: deque[tuple[int, Counter[bytes]]] = deque()
        """Uses by earlier minutes, the oldest first."""

    def use(self, keys: Iterable[bytes], now: int) -> None:
        """Note that keys are used at a moment in milliseconds."""
        if now >= self.minute_ends or len(self.listed) >= LISTED:
            self.count(now)
        self.listed += keys

    def count(self, now: int) -> None:
        """Count the uses that are listed, and let a new minute begin if it is time."""
        self._uses.update(self.listed)
        self.listed.clear()
        if now >= self.minute_ends:
            if self._uses:
                self._former.append((self._minute, self._uses))
                self._uses = Counter()
            self._minute = now // MINUTE
            self.minute_ends = (self._minute + 1) * MINUTE
        if self._former:
            self._settle(SLICE)

    def of(self, key: bytes, now: int) -> int | None:
        """Return the record of a key, all uses included."""
        self.count(now)
        for minute, uses in (*self._former, (self._minute, self._uses)):
            if key in uses:
                self._use(key, minute, uses.pop(key))
        return self.get(key)

    def settle(self, now: int) -> None:
        """Put all uses into the records."""
        self.count(now)
        self._former.append((self._minute, self._uses))
        self._uses = Counter()
        self._settle(self.waiting)

    @property
    def waiting(self) -> int:
        """For how many keys there are uses beside the records, those of several minutes more than once."""
        return len(self._uses) + sum([len(uses) for _, uses in self._former])

    def keep(self, keys: Container[bytes]) -> None:
        """Forget all but these keys."""
        for word in [word for word in self if word not in keys]:
            del self[word]
        for _, uses in (*self._former, (0, self._uses)):
            for word in [word for word in uses if word not in keys]:
                del uses[word]

    def clear(self) -> None:
        super().clear()
        self.listed.clear()
        self._uses.clear()
        self._former.clear()

    def _settle(self, count: int) -> None:
        while self._former and count:
            minute, uses = self._former[0]
            for _ in range(min(count, len(uses))):
                key, number = uses.popitem()
                self._use(key, minute, number)
                count -= 1
            if not uses:
                self._former.popleft()

    def _use(self, key: bytes, minute: int, uses: int) -> None:
        known = self.get(key)
        if known is None:  # the first use has made it
            counter, uses = NEW, uses - 1
        else:
            counter = decayed(known, minute, self._config)
        self[key] = record(minute, grown(counter, uses, self._config))
