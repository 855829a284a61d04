"""How often something took how long, in buckets that are about one percent wide, as Redis keeps it.

A duration of n bits is known by its first eight bits. The reports say the longest duration of a bucket.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

DIGITS = 8
"""Bits by which a duration is known."""
SHORTEST, LONGEST = 1, 10**9
"""Durations that are told apart, in nanoseconds."""
UNSETTLED = 4096
"""So many different durations may be without a bucket."""
DRAWN = 128
"""So many durations at least stand for all that are added at once."""


class Histogram(dict[int, int]):
    """Counts by the longest duration of each bucket, in nanoseconds.

    To find the bucket of each duration would cost more than all else that is done with it. So of many durations some
    stand for all. They are first counted as they are, and `settle` finds buckets for those that were there, each once.
    """

    __slots__ = ("_unsettled",)

    def __init__(self) -> None:
        self._unsettled: dict[int, Counter[int]] = {}
        """Durations by how many calls each of them stands for."""

    def add(self, nanoseconds: int, count: int = 1) -> None:
        """Count a duration."""
        bucket = longest_like(nanoseconds)
        self[bucket] = self.get(bucket, 0) + count

    def add_all(self, durations: Sequence[int], calls: int) -> None:
        """Count durations that stand for so many calls. They are not in the histogram before it is settled."""
        drawn = durations[:: max(len(durations) // DRAWN, 1)]
        weight, heavier = divmod(calls, len(drawn))
        self._count(weight, drawn[heavier:])
        self._count(weight + 1, drawn[:heavier])
        if sum(map(len, self._unsettled.values())) > UNSETTLED:
            self.settle()

    def _count(self, weight: int, durations: Sequence[int]) -> None:
        if durations:
            self._unsettled.setdefault(weight, Counter()).update(durations)

    def settle(self) -> None:
        """Count all durations that were added by their buckets."""
        for weight, durations in self._unsettled.items():
            for nanoseconds, count in durations.items():
                self.add(nanoseconds, weight * count)
        self._unsettled.clear()

    def percentiles(self, percentiles: Sequence[float]) -> list[int]:
        """Return, for each percentile, the duration that this share of all does not exceed, in nanoseconds."""
        buckets = sorted(self)
        total = sum(self.values())
        found = []
        for percentile in percentiles:
            wanted = max(int(min(percentile, 100) / 100 * total + 0.5), 1)
            for bucket in buckets:
                wanted -= self[bucket]
                if wanted <= 0:
                    found.append(bucket)
                    break
        return found

    def cumulative(self) -> dict[int, int]:
        """Return how many did not take longer than one, two, four and so on microseconds, where this grows."""
        shown: dict[int, int] = {}
        total = seen = 0
        bound = 1024
        for bucket in sorted(self):
            while bucket > longest_like(bound):
                if total > seen:
                    shown[_shown(bound)] = seen = total
                bound *= 2
            total += self[bucket]
        if total > seen:
            shown[_shown(bound)] = total
        return shown


def _shown(bound: int) -> int:
    """Return the microseconds that stand for a bound of LATENCY HISTOGRAM."""
    return (longest_like(bound) if bound < LONGEST else bound) // 1000


def longest_like(nanoseconds: int) -> int:
    """Return the longest duration that is not told apart from this one."""
    if nanoseconds < SHORTEST:
        return SHORTEST
    nanoseconds = min(nanoseconds, LONGEST)
    shift = nanoseconds.bit_length() - DIGITS
    return nanoseconds if shift <= 0 else nanoseconds | (1 << shift) - 1
