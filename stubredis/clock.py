"""The only source of time: integer milliseconds since the Unix epoch.

Everything that needs the time is given a clock, so that tests move it by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """The system's wall clock."""

    __slots__ = ()

    def now(self) -> int:
        """Return the Unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    def microseconds(self) -> int:
        """Return the Unix time in microseconds, for TIME."""
        return time.time_ns() // 1_000

    nanoseconds: Callable[[], int] = staticmethod(time.time_ns)
    """Return the Unix time in nanoseconds. One reading is the time of some requests and the beginning of their
    duration, which is why durations, too, are those of the wall clock."""

    def sleep(self, seconds: float) -> None:
        """Let time pass while nothing else happens in this process."""
        time.sleep(seconds)


class ManualClock(Clock):
    """A clock that stands still until `advance` moves it."""

    __slots__ = ("_now", "_remainder")

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._now = now
        self._remainder = 0  # nanoseconds that are no whole millisecond

    def now(self) -> int:
        return self._now

    def microseconds(self) -> int:
        return self._now * 1_000 + self._remainder // 1_000

    def nanoseconds(self) -> int:
        return self._now * 1_000_000 + self._remainder

    def sleep(self, seconds: float) -> None:
        milliseconds, self._remainder = divmod(self._remainder + round(seconds * 1e9), 1_000_000)
        self._now += milliseconds

    def advance(self, milliseconds: int) -> None:
        """Move the clock forward. Periodic work that becomes due runs at the server's next tick."""
        self._now += milliseconds


class Alarm:
    """The one timer of a server: remembers the earliest moment at which periodic work is due.

    Whoever has work for later calls `request`; the server's edge hears of an earlier moment through `moved`,
    sleeps until then and lets the work be done. Nothing requested means that an idle server sleeps for ever.
    """

    __slots__ = ("at", "moved")

    def __init__(self) -> None:
        self.at: int | None = None
        self.moved: Callable[[], None] = lambda: None

    def request(self, deadline: int) -> None:
        """Ask to be woken at `deadline`, in milliseconds of the clock."""
        if self.at is None or deadline < self.at:
            self.at = deadline
            self.moved()
