"""What is known of the use of keys where it is noted by chunks of requests: the interface, and the times for LRU."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from array import array
from collections.abc import Iterable, Mapping, Sequence, Sized

from stubredis.datatypes.sizes import NUMBER, PLACE

RECORD = PLACE + NUMBER
"""The bytes of a record in a dict of them."""
EACH = 16_384
"""So many requests of a period are noted one by one: of a second for LRU, of a minute for LFU."""
SECOND = 1000
SHARE = 2
"""One in so many of the other chunks is noted, if they have several requests."""
CLOCKS = 4
"""So many clocks there are for a key at least."""
FEWEST = 1 << 14
"""So many clocks a database has that is empty."""


class Uses(ABC):
    """Records of the use of keys. Moments are in milliseconds."""

    __slots__ = ()

    @abstractmethod
    def note(self, requests: Sequence[Sequence[bytes]], now: int, keys: Sized) -> None:
        """Note that some of the keys are used: those of requests, as far as these have them as their first words.

        Words that are no keys are noted as well. To look at them would cost every request more than they do.
        """

    @abstractmethod
    def use(self, keys: Iterable[bytes], now: int) -> None:
        """Note that keys are used."""

    @abstractmethod
    def of(self, key: bytes, now: int) -> int | None:
        """Return the record of a key, with all uses until now, or None if nothing is known."""

    @abstractmethod
    def set(self, key: bytes, known: int, now: int) -> None:
        """Replace the record of a key."""

    @abstractmethod
    def forget(self, key: bytes) -> None:
        """Forget a key that is gone."""

    @abstractmethod
    def tidy(self, keys: Mapping[bytes, object]) -> None:
        """Forget the words that are not among the keys, if they are many."""

    @abstractmethod
    def clear(self) -> None:
        """Forget everything."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The bytes that it takes because of the keys."""


class Times(Uses):
    """When keys were last used, by the second as in Redis (LRU_CLOCK_RESOLUTION): a table of clocks.

    Redis has a clock in each object. Here values have no room for one, and another table of all keys would be as dear
    as the first one, in memory and time. So keys share clocks: the hash of a key says which is its own. A key whose
    clock another one has set may stay though it could go; none goes for being forgotten.

    To set a clock takes a tenth of a request. Where there are very many within a second, those that are noted are
    drawn by lot: what is in use will be noted soon.
    """

    __slots__ = ("_clocks", "_left", "_mask", "_second", "_since")

    def __init__(self, since: int) -> None:
        self._since = self._second = since // SECOND
        self._left = EACH
        """How many requests of this second will still be noted one by one."""
        self.clear()

    def note(self, requests: Sequence[Sequence[bytes]], now: int, keys: Sized) -> None:
        if self._mask < len(keys) * CLOCKS:
            self._grow(len(keys))
        clocks, mask, second = self._clocks, self._mask, now // SECOND
        if len(requests) > 1:
            if second != self._second:
                self._second, self._left = second, EACH
            self._left -= len(requests)
            if self._left < 0 and random.random() * SHARE >= 1:
                return
        try:
            for argv in requests:
                clocks[hash(argv[1]) & mask] = second
        except IndexError:  # one of them is a single word
            self.use([argv[1] for argv in requests if len(argv) > 1], now)

    def use(self, keys: Iterable[bytes], now: int) -> None:
        for key in keys:
            self.set(key, now, now)

    def of(self, key: bytes, now: int) -> int:
        return self._clocks[hash(key) & self._mask] * SECOND

    def set(self, key: bytes, known: int, now: int) -> None:
        self._clocks[hash(key) & self._mask] = known // SECOND

    def forget(self, key: bytes) -> None:
        """A key that is gone has no room to give back."""

    def tidy(self, keys: Mapping[bytes, object]) -> None:
        """Words that are no keys take no room."""

    def clear(self) -> None:
        self._clocks = array("I", [self._since]) * FEWEST
        self._mask = FEWEST - 1

    @property
    def size(self) -> int:
        return max(len(self._clocks) - FEWEST, 0) * self._clocks.itemsize

    def _grow(self, keys: int) -> None:
        """Have more clocks: each becomes several, which show what it has shown."""
        while len(self._clocks) <= keys * CLOCKS:
            self._clocks *= 2
        self._mask = len(self._clocks) - 1
