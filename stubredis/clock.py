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
        """Return the Unix time in microseconds, for TIME and for durations."""
        return time.time_ns() // 1_000


class ManualClock(Clock):
    """A clock that stands still until `advance` moves it."""

    __slots__ = ("_now",)

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def microseconds(self) -> int:
        return self._now * 1_000

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
