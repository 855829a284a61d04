"""Scans: the guarantee over a changing collection, and the bounds."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from stubredis.datatypes.scan import Owner, Scans
from tests.programs import IN_CI

KEYS: Owner = (0, None)
SNAPSHOTS, ELEMENTS = 2, 40


def elements(count: int) -> dict[bytes, None]:
    return dict.fromkeys(b"%d" % number for number in range(count))


def scan(scans: Scans, collection: dict[bytes, None], count: int, owner: Owner = KEYS) -> list[bytes]:
    """Return what a scan returns that nothing disturbs."""
    cursor, found = scans.step(owner, collection, 0, count)
    while cursor:
        cursor, more = scans.step(owner, collection, cursor, count)
        found += more
    return found


class UnderWay:
    """A scan by a client: what it has got, and what it must have got at the end."""

    def __init__(self, owner: Owner, collection: dict[bytes, None]) -> None:
        self.owner = owner
        self.cursor = 0
        self.expected = set(collection)
        self.found: set[bytes] = set()


class AnyScans(RuleBasedStateMachine):
    """Several scans of two collections that change meanwhile, with less room for snapshots than scans."""

    @initialize(first=st.integers(0, 60), second=st.integers(0, 60))
    def fill(self, first: int, second: int) -> None:
        self.scans = Scans(SNAPSHOTS, ELEMENTS)
        self.collections: dict[Owner, dict[bytes, None]] = {KEYS: elements(first), (0, b"h"): elements(second)}
        self.under_way: list[UnderWay] = []

    @rule(owner=st.sampled_from([KEYS, (0, b"h")]), start=st.integers(0, 80), count=st.integers(1, 200))
    def insert(self, owner: Owner, start: int, count: int) -> None:
        """Insert a range of elements: many of them let the dict grow to another table."""
        self.collections[owner].update(dict.fromkeys(b"%d" % number for number in range(start, start + count)))

    @rule(owner=st.sampled_from([KEYS, (0, b"h")]), start=st.integers(0, 80), count=st.integers(1, 200))
    def delete(self, owner: Owner, start: int, count: int) -> None:
        for number in range(start, start + count):
            self.collections[owner].pop(b"%d" % number, None)
        for under_way in self.under_way:
            under_way.expected &= self.collections[under_way.owner].keys()

    @rule(owner=st.sampled_from([KEYS, (0, b"h")]))
    def start(self, owner: Owner) -> None:
        self.under_way.append(UnderWay(owner, self.collections[owner]))

    @rule(which=st.integers(0), count=st.integers(1, 30))
    def go_on(self, which: int, count: int) -> None:
        if not self.under_way:
            return
        under_way = self.under_way[which % len(self.under_way)]
        collection = self.collections[under_way.owner]
        under_way.cursor, found = self.scans.step(under_way.owner, collection, under_way.cursor, count)
        assert collection.keys() >= set(found)
        assert len(found) <= count or under_way.cursor == 0
        under_way.found |= set(found)
        if under_way.cursor == 0:
            assert under_way.found >= under_way.expected
            self.under_way.remove(under_way)

    @rule(which=st.integers(0))
    def abandon(self, which: int) -> None:
        if self.under_way:
            del self.under_way[which % len(self.under_way)]

    @rule()
    def flush(self) -> None:
        for collection in self.collections.values():
            collection.clear()
        for under_way in self.under_way:
            under_way.expected.clear()
        self.scans.forget(0)
        assert len(self.scans) == self.scans.elements == 0

    @invariant()
    def nothing_grows_without_bound(self) -> None:
        assert len(self.scans) <= SNAPSHOTS
        assert self.scans.elements <= ELEMENTS or len(self.scans) == 1

    @invariant()
    def cursors_are_exact_as_doubles(self) -> None:
        assert all(0 <= under_way.cursor < 2**53 for under_way in self.under_way)


AnyScans.TestCase.settings = settings(deadline=None, derandomize=IN_CI, max_examples=100, stateful_step_count=40)
TestAnyScans = AnyScans.TestCase


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 100, 2**63 - 1])
def test_a_quiet_collection_is_returned_in_order_and_once(count: int) -> None:
    scans = Scans()
    assert scan(scans, elements(10), count) == list(elements(10))
    assert len(scans) == scans.elements == 0


def test_a_collection_of_at_most_count_elements_needs_no_snapshot() -> None:
    scans = Scans()
    assert scans.step(KEYS, elements(5), 0, 5) == (0, list(elements(5)))
    assert scans.step(KEYS, {}, 0, 5) == (0, [])
    assert len(scans) == 0


def test_a_call_that_is_repeated_gives_the_same_elements() -> None:
    scans = Scans()
    cursor, _ = scans.step(KEYS, elements(10), 0, 3)
    assert scans.step(KEYS, elements(10), cursor, 3) == scans.step(KEYS, elements(10), cursor, 3)


def test_the_count_may_change_during_a_scan() -> None:
    scans = Scans()
    cursor, first = scans.step(KEYS, elements(10), 0, 3)
    end, rest = scans.step(KEYS, elements(10), cursor, 7)
    assert end == 0
    assert first + rest == list(elements(10))


def test_a_scan_whose_collection_becomes_empty_ends() -> None:
    scans = Scans()
    cursor, _ = scans.step(KEYS, elements(10), 0, 3)
    assert scans.step(KEYS, {}, cursor, 3) == (0, [])
    assert len(scans) == 0


@pytest.mark.parametrize("cursor", [1, 7, 2**32, 2**32 + 3, 2**52 - 1])
def test_an_unknown_cursor_starts_over(cursor: int) -> None:
    following, found = Scans().step(KEYS, elements(10), cursor, 3)
    assert found == list(elements(3))
    assert following


def test_a_cursor_is_of_no_use_for_another_collection() -> None:
    scans = Scans()
    cursor, _ = scans.step((0, b"h"), elements(10), 0, 3)
    for owner in ((0, b"g"), (1, b"h"), (0, None)):
        assert scans.step(owner, elements(10), cursor, 3)[1] == list(elements(3))
    assert scans.step((0, b"h"), elements(10), cursor, 3)[1] == list(elements(6))[3:]


@pytest.mark.parametrize("cursor", [2**52, 2**53, 2**64 - 1])
def test_any_cursor_of_64_bits_is_accepted(cursor: int) -> None:
    assert Scans().step(KEYS, elements(10), cursor, 3)[1][:3] == list(elements(3))


def test_the_least_recently_used_scan_is_the_first_to_start_over() -> None:
    scans = Scans(snapshots=2)
    collection = elements(10)
    first, _ = scans.step(KEYS, collection, 0, 3)
    second, _ = scans.step(KEYS, collection, 0, 3)
    scans.step(KEYS, collection, first, 1)
    scans.step(KEYS, collection, 0, 3)
    assert scans.step(KEYS, collection, first, 3)[1] == [b"3", b"4", b"5"]
    assert scans.step(KEYS, collection, second, 3)[1] == [b"0", b"1", b"2"]


def test_more_scans_than_there_is_room_for_come_to_an_end() -> None:
    scans = Scans(snapshots=2)
    collection = elements(10)
    under_way = [UnderWay(KEYS, collection) for _ in range(3)]
    for _ in range(30):  # ten calls each, and as many again after each of two losses
        for one in list(under_way):
            one.cursor, found = scans.step(KEYS, collection, one.cursor, 1)
            one.found |= set(found)
            if not one.cursor:
                assert one.found == one.expected
                under_way.remove(one)
    assert not under_way


def test_a_collection_larger_than_the_room_for_all_is_kept_alone() -> None:
    scans = Scans(elements=5)
    small, _ = scans.step((0, b"small"), elements(4), 0, 2)
    assert scan(scans, elements(100), 10) == list(elements(100))
    assert scans.step((0, b"small"), elements(4), small, 2)[1] == [b"0", b"1"]


def test_only_the_scans_of_a_flushed_database_are_forgotten() -> None:
    scans = Scans()
    for owner in ((0, None), (0, b"h"), (1, None)):
        scans.step(owner, elements(10), 0, 3)
    scans.forget(0)
    assert (len(scans), scans.elements) == (1, 10)


def test_numbers_of_snapshots_are_used_again_only_when_all_others_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stubredis.datatypes.scan._NUMBERS", 4)
    scans = Scans(snapshots=2)
    kept, _ = scans.step(KEYS, elements(10), 0, 3)
    for _ in range(6):
        following, _ = scans.step(KEYS, elements(10), kept, 3)
        other, _ = scans.step(KEYS, elements(10), 0, 3)
        assert following >> 32 == kept >> 32 != other >> 32
