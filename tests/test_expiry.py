"""Active expiry: in time, never early, in slices, and without a trace when it is done."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from stubredis.clock import ManualClock
from stubredis.effects import Effects
from stubredis.expiry import SHIFTS, SLICE, SPARE_BUCKETS, expire_cycle
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
        self.clockwork.keyspace.observers.append(self.expired)
        self.clockwork.db.observe()
        self.deadlines: dict[bytes, int] = {}
        """What the deadlines should be."""

    def expired(self, _db: Database, key: bytes, event: bytes, _kind: bytes) -> None:
        assert event == b"expired"
        assert self.deadlines.pop(key) < self.clockwork.clock.now(), "too early"

    @rule(key=KEYS, milliseconds=TIMES)
    def expire(self, key: bytes, milliseconds: int) -> None:
        self.clockwork.add(key, milliseconds)
        self.deadlines[key] = self.clockwork.clock.now() + milliseconds

    @rule(key=KEYS)
    def persist(self, key: bytes) -> None:
        if key in self.clockwork.db.deadlines:
            self.clockwork.db.deadlines.clear(key)
            del self.deadlines[key]

    @rule(key=KEYS)
    def delete(self, key: bytes) -> None:
        self.clockwork.db.delete(key)
        self.deadlines.pop(key, None)

    @rule(milliseconds=st.one_of(st.integers(0, 200), st.integers(0, 10_000), st.integers(0, 1_000_000)))
    def run(self, milliseconds: int) -> None:
        self.clockwork.run(milliseconds)
        late = self.clockwork.clock.now() - DELAY
        assert all(deadline > late for deadline in self.deadlines.values())

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
    def every_deadline_is_known(self) -> None:
        assert dict(self.clockwork.db.deadlines) == self.deadlines

    @invariant()
    def empty_buckets_do_not_pile_up(self) -> None:
        deadlines = self.clockwork.db.deadlines
        assert bool(deadlines) <= deadlines.buckets <= 2 * len(deadlines) + SPARE_BUCKETS + 1
        assert deadlines or deadlines.buckets == 0


AnyDeadlines.TestCase.settings = settings(deadline=None, derandomize=IN_CI, max_examples=200, stateful_step_count=40)
TestAnyDeadlines = AnyDeadlines.TestCase


@pytest.mark.parametrize("milliseconds", [0, 1, 63, 64, 100, 4095, 4096, 4097, 262_143, 262_144, 262_145, 10**9])
def test_a_key_lives_through_its_last_millisecond_and_not_much_longer(clockwork: Clockwork, milliseconds: int) -> None:
    clockwork.add(b"k", milliseconds)
    clockwork.run(milliseconds)
    assert b"k" in clockwork.db.values
    clockwork.run(DELAY)
    assert clockwork.db.values == clockwork.db.deadlines == {}
    assert clockwork.keyspace.expired == 1


@pytest.mark.parametrize("width", [1 << shift for shift in SHIFTS])
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_deadline_at_the_edge_of_a_bucket(clockwork: Clockwork, width: int, offset: int) -> None:
    now = clockwork.clock.now()
    milliseconds = (now // width + 4) * width + offset - now
    clockwork.add(b"k", milliseconds)
    clockwork.run(milliseconds)
    assert b"k" in clockwork.db.values
    clockwork.run(DELAY)
    assert not clockwork.db.values


def test_no_work_is_asked_for_when_no_key_is_volatile(clockwork: Clockwork) -> None:
    assert clockwork.keyspace.alarm.at is None
    for milliseconds in (1, 5_000, 300_000, 10**9):
        clockwork.add(b"%d" % milliseconds, milliseconds)
    clockwork.run(10**9 + DELAY)
    assert clockwork.db.deadlines.buckets == 0
    assert clockwork.keyspace.alarm.at is None


def test_a_key_that_is_deleted_in_time_costs_one_look_at_most(clockwork: Clockwork) -> None:
    clockwork.add(b"k", 5_000)
    clockwork.db.delete(b"k")
    clockwork.run(10**6)
    assert clockwork.cycles <= 1
    assert clockwork.keyspace.alarm.at is None


@pytest.mark.parametrize("milliseconds", [10, 6_000, 600_000])
def test_looks_are_few(clockwork: Clockwork, milliseconds: int) -> None:
    """A key moves from wider buckets to narrower ones: each move is one look, and the last one is the end."""
    clockwork.add(b"k", milliseconds)
    clockwork.run(10**6)
    assert clockwork.cycles <= 3


@pytest.mark.parametrize("step", [1, 1_000, 10**6])
def test_times_to_live_that_are_renewed_again_and_again_leave_nothing_behind(clockwork: Clockwork, step: int) -> None:
    for number in range(1000):
        clockwork.add(b"k", 1_000 + step * number)
    assert clockwork.db.deadlines.buckets <= SPARE_BUCKETS + 3


def test_a_cycle_is_bounded_and_asks_for_the_next_at_once(clockwork: Clockwork) -> None:
    count = 5 * SLICE
    for number in range(count):
        clockwork.add(b"%d" % number, 1_000)
    clockwork.clock.advance(1_000 + DELAY)
    while clockwork.db.values:
        before = len(clockwork.db.values)
        clockwork.cycle()
        assert 0 < before - len(clockwork.db.values) <= SLICE
        at = clockwork.keyspace.alarm.at
        assert (at is not None and at <= clockwork.clock.now()) == bool(clockwork.db.values)


def test_moving_keys_to_narrower_buckets_is_bounded_as_well(clockwork: Clockwork) -> None:
    count = 5 * SLICE
    for number in range(count):
        clockwork.add(b"%d" % number, 6_000)
    clockwork.run(6_000 + DELAY)
    assert not clockwork.db.values
    # Each key is touched once to be moved and once to be removed.
    assert clockwork.cycles >= 2 * count / SLICE


def test_every_database_has_its_share(clockwork: Clockwork) -> None:
    for database in clockwork.keyspace.databases:
        for number in range(SLICE + 1):
            database.values[b"%d" % number] = b"v"
            database.deadlines.set(b"%d" % number, clockwork.clock.now(), clockwork.clock.now())
    clockwork.clock.advance(DELAY)
    clockwork.cycle()
    assert [len(database.values) for database in clockwork.keyspace.databases] == [1, 1]


def test_deadlines_go_with_their_keys_when_databases_are_swapped(clockwork: Clockwork) -> None:
    clockwork.add(b"k", 1_000)
    first, second = clockwork.keyspace.databases
    clockwork.keyspace.swap(first, second)
    assert b"k" in second.values
    clockwork.run(1_000 + DELAY)
    assert not second.values
