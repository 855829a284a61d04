"""How often something took how long, in buckets that are about one percent wide, as Redis keeps it.

A duration of n bits is known by its first eight bits. The reports say the longest duration of a bucket.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

DIGITS = 8
"""Bits by which a duration is known."""
SHORTEST, LONGEST = 1, 10**9
"""Durations that are told apart, in nanoseconds."""


class Histogram(dict[int, int]):
    """Counts by the longest duration of each bucket, in nanoseconds."""

    __slots__ = ()

    def add(self, nanoseconds: int, count: int = 1) -> None:
        """Count a duration."""
        bucket = longest_like(nanoseconds)
        self[bucket] = self.get(bucket, 0) + count

    def add_all(self, durations: list[int]) -> None:
        """Count many durations, which takes less time than to count them one by one."""
        durations.sort()
        low = 0
        while low < len(durations):
            bucket = longest_like(durations[low])
            high = len(durations) if bucket >= LONGEST else bisect_right(durations, bucket, low)
            self[bucket] = self.get(bucket, 0) + high - low
            low = high

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
