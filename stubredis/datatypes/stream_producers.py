"""The producers of a stream that may send an entry twice: which of their entries the stream has got already."""

from __future__ import annotations

from hashlib import blake2b

from stubredis.datatypes.sizes import block, blocks
from stubredis.datatypes.stream_ids import GREATEST_SEQUENCE

LONGEST_DURATION = 86_400
MOST_ENTRIES = 10_000
REMEMBERED = 112
"""The bytes of an id that a producer gave, and of the one that its entry got."""


class Producers:
    """By producer, the ids that it gave to its last entries, and the ids that these entries got."""

    __slots__ = ("_ids", "added", "duplicates", "duration", "most")

    def __init__(self) -> None:
        self.duration = 100
        """For how many seconds an id is remembered, counted from the time in the entry's id."""
        self.most = 100
        """How many ids of a producer are remembered."""
        self.added = self.duplicates = 0
        self._ids: dict[bytes, dict[bytes, int]] = {}

    def copy(self) -> Producers:
        """Return an independent copy."""
        twin = Producers()
        twin.duration, twin.most, twin.added, twin.duplicates = self.duration, self.most, self.added, self.duplicates
        twin._ids = {producer: dict(ids) for producer, ids in self._ids.items()}
        return twin

    def memory(self, samples: int) -> int:
        """Return the bytes that the ids take (sizes.py)."""
        ids = self._ids
        size = block(self) + block(ids)
        return size + blocks(ids.values(), len(ids), samples, lambda given: block(given) + len(given) * REMEMBERED)

    def find(self, producer: bytes, given: bytes, now: int) -> int | None:
        """Return the id of the entry to which a producer gave an id of its own, or None."""
        ids = self._ids.get(producer)
        if ids is None:
            return None
        self._expire(ids, now)
        return ids.get(given)

    def remember(self, producer: bytes, given: bytes, entry_id: int) -> None:
        """Note an entry; the oldest of its producer is forgotten if there are too many."""
        ids = self._ids.setdefault(producer, {})
        ids[given] = entry_id
        self.added += 1
        if len(ids) > self.most:
            del ids[next(iter(ids))]

    def expire(self, now: int) -> None:
        """Forget what is older than `duration`."""
        for producer, ids in list(self._ids.items()):
            self._expire(ids, now)
            if not ids:
                del self._ids[producer]

    def _expire(self, ids: dict[bytes, int], now: int) -> None:
        oldest = (now - self.duration * 1000) << 64 | GREATEST_SEQUENCE
        while ids and next(iter(ids.values())) <= oldest:
            del ids[next(iter(ids))]

    def forget(self) -> None:
        """Forget all that producers have added."""
        self._ids.clear()

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def tracked(self) -> int:
        """How many entries are remembered."""
        return sum(map(len, self._ids.values()))


def content_id(fields: tuple[bytes, ...]) -> bytes:
    """Make an id of the contents of an entry; the order of its fields makes no difference."""
    pairs = sorted(zip(fields[::2], fields[1::2], strict=True))
    digest = blake2b(digest_size=16)
    for field, value in pairs:
        digest.update(b"%d:%b%d:%b" % (len(field), field, len(value), value))
    return digest.digest()
