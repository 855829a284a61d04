"""Active expiry: in time, never early, in slices, and without a trace when it is done."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from stubredis.clock import ManualClock
from stubredis.effects import Effects
from stubredis.expiry import SLICE, SPARE_BUCKETS, expire_cycle
from stubredis.keyspace import Database, Keyspace
from tests.programs import IN_CI

DELAY = 64
"""How long an expired key may stay if nobody touches it, in milliseconds."""

KEYS = st.sampled_from([b"k%d" % number for number in range(8)])
#: Times to live around all that may matter to the wheel: its spans, and what is over already.
TIMES = st.one_of(
    st.integers(-100, 300),
    st.integers(4_000, 4_200),
    st.integers(262_000, 262_300),
    st.integers(-10_000, 2_000_000),
    st.integers(0, 2**62),
)


class Clockwork:
    """A keyspace whose periodic work is done whenever its alarm asks for it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.keyspace = Keyspace(2, self.clock, Effects())
        self.cycles = 0

    @property
    def db(self) -> Database:
        return self.keyspace.databases[0]

    def add(self, key: bytes, milliseconds: int) -> None:
        """Give a key a time to live, and a value if it has none."""
        self.db.values[key] = b"v"
        self.db.deadlines.set(key, self.clock.now() + milliseconds, self.clock.now())

    def cycle(self) -> None:
        self.keyspace.alarm.at = None
        expire_cycle(self.keyspace)
        self.cycles += 1

    def run(self, milliseconds: int) -> None:
        """Let time pass."""
        end = self.clock.now() + milliseconds
        while (at := self.keyspace.alarm.at) is not None and at <= end:
            self.clock.advance(max(at - self.clock.now(), 0))
            self.cycle()
        self.clock.advance(end - self.clock.now())


@pytest.fixture
def clockwork() -> Clockwork:
    return Clockwork()


class AnyDeadlines(RuleBasedStateMachine):
    """Deadlines that come, move and go, on a clock that may be late, or set back."""

    @initialize()
    def start(self) -> None:
        self.clockwork = Clockwork()
        self.expected: dict[bytes, int] = {}
        """The deadlines of the keys that nobody has deleted."""

    @rule(key=KEYS, milliseconds=TIMES)
    def expire(self, key: bytes, milliseconds: int) -> None:
        self.clockwork.add(key, milliseconds)
        self.expected[key] = self.clockwork.clock.now() + milliseconds

    @rule(key=KEYS)
    def persist(self, key: bytes) -> None:
        if key in self.clockwork.db.deadlines:
            self.clockwork.db.deadlines.clear(key)
        self.expected.pop(key, None)

    @rule(key=KEYS)
    def delete(self, key: bytes) -> None:
        self.clockwork.db.delete(key)
        self.expected.pop(key, None)

    @rule()
    def swap(self) -> None:
        self.clockwork.keyspace.swap(*self.clockwork.keyspace.databases)
        self.clockwork.keyspace.databases.reverse()

    @rule(milliseconds=st.one_of(st.integers(0, 200), st.integers(0, 10_000), st.integers(0, 1_000_000)))
    def run(self, milliseconds: int) -> None:
        self.clockwork.run(milliseconds)
        now = self.clockwork.clock.now()
        for key in [key for key, deadline in self.expected.items() if deadline + DELAY <= now]:
            assert key not in self.clockwork.db.values
            del self.expected[key]

    @rule(milliseconds=st.integers(0, 300_000))
    def be_busy(self, milliseconds: int) -> None:
        """Let time pass without any periodic work: something else keeps the server busy."""
        self.clockwork.clock.advance(milliseconds)

    @rule(milliseconds=st.integers(0, 300_000))
    def set_the_clock_back(self, milliseconds: int) -> None:
        self.clockwork.clock.advance(-milliseconds)

    @rule()
    def look_too_often(self) -> None:
        self.clockwork.cycle()

    @invariant()
    def nothing_expires_early(self) -> None:
        now = self.clockwork.clock.now()
        for key, deadline in self.expected.items():
            if deadline >= now:
                # Unless the clock was set back meanwhile.
                assert key in self.clockwork.db.deadlines or key not in self.clockwork.db.values

    @invariant()
    def empty_buckets_do_not_pile_up(self) -> None:
        deadlines = self.clockwork.db.deadlines
        assert deadlines.buckets <= 2 * len(deadlines) + SPARE_BUCKETS + 1
        assert deadlines.buckets >= bool(deadlines)

    @invariant()
    def nothing_is_left_of_the_last_key(self) -> None:
        if not self.clockwork.db.deadlines:
            assert self.clockwork.db.deadlines.buckets == 0


AnyDeadlines.TestCase.settings = settings(deadline=None, derandomize=IN_CI, max_examples=200, stateful_step_count=40)
TestAnyDeadlines = AnyDeadlines.TestCase
