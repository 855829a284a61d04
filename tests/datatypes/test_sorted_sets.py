"""Sorted sets: any course of changes and queries gives what a plain dict, sorted for each query, gives."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stubredis.datatypes import ranking, sorted_sets
from stubredis.datatypes.sorted_sets import LexBound, SortedSet
from tests.programs import IN_CI

MEMBERS = st.one_of(st.binary(max_size=2), st.integers(0, 300).map(lambda number: b"m%d" % number))
SCORES = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1.5, math.inf, -math.inf]),
    st.floats(allow_nan=False),
    st.integers(-5, 5).map(float),
)
PAIRS = st.lists(st.tuples(MEMBERS, SCORES), max_size=40)
BOUNDS = st.one_of(
    st.builds(LexBound, st.sampled_from([-1, 1])),
    st.builds(LexBound, st.just(0), MEMBERS, st.booleans()),
)


@pytest.fixture(autouse=True, scope="module")
def small_limits() -> object:
    """Let a few members do what many do: be pending, fill chunks and blocks."""
    limits = pytest.MonkeyPatch()
    limits.setattr(sorted_sets, "SORTABLE", 20)
    limits.setattr(sorted_sets, "PENDING", 6)
    limits.setattr(ranking, "CHUNK", 6)
    limits.setattr(ranking, "FEWEST", 2)
    limits.setattr(ranking, "BLOCK", 3)
    yield
    limits.undo()


def is_between(member: bytes, low: LexBound, high: LexBound) -> bool:
    above = low.edge < 0 or (not low.edge and (member > low.member or (member == low.member and not low.exclusive)))
    return above and (
        high.edge > 0 or (not high.edge and (member < high.member or (member == high.member and not high.exclusive)))
    )


class AnySortedSet(RuleBasedStateMachine):
    """A sorted set and a dict that has to agree with it."""

    def __init__(self) -> None:
        super().__init__()
        self.value = SortedSet()
        self.model: dict[bytes, float] = {}

    @property
    def order(self) -> list[tuple[bytes, float]]:
        return sorted(self.model.items(), key=lambda pair: (pair[1], pair[0]))

    def span(self, data: st.DataObject) -> tuple[int, int]:
        start = data.draw(st.integers(0, len(self.model)))
        return start, data.draw(st.integers(start, len(self.model)))

    @initialize(pairs=PAIRS)
    def begin(self, pairs: list[tuple[bytes, float]]) -> None:
        self.value = SortedSet(pairs)
        self.model = dict(pairs)

    @rule(pairs=PAIRS)
    def set(self, pairs: list[tuple[bytes, float]]) -> None:
        for member, score in pairs:
            assert self.value.set(member, score) == self.model.get(member)
            if self.model.get(member) != score:
                self.model[member] = score

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        known = st.sampled_from(sorted(self.model)) if self.model else MEMBERS
        for member in data.draw(st.lists(known, max_size=12)):
            assert self.value.remove(member) == (self.model.pop(member, None) is not None)
        assert not self.value.remove(b"never there")

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        start, stop = self.span(data)
        gone = self.order[start:stop]
        assert self.value.delete(start, stop) == gone
        for member, _ in gone:
            del self.model[member]

    @rule()
    def delete_at_the_ends(self) -> None:
        for at_end in (False, True):
            if self.model:
                start = len(self.model) - 1 if at_end else 0
                [(member, _)] = self.value.delete(start, start + 1)
                assert member == self.order[start][0]
                del self.model[member]

    @rule(data=st.data())
    def slices(self, data: st.DataObject) -> None:
        start, stop = self.span(data)
        assert self.value.pairs(start, stop) == self.order[start:stop]
        assert self.value.members(start, stop) == [member for member, _ in self.order[start:stop]]

    @rule()
    def ranks(self) -> None:
        assert [self.value.rank(member) for member, _ in self.order] == list(range(len(self.model)))
        assert self.value.rank(b"never there") is None

    @rule(low=SCORES, high=SCORES, above_low=st.booleans(), below_high=st.booleans())
    def span_of_scores(self, low: float, high: float, above_low: bool, below_high: bool) -> None:
        start, stop = self.value.span_of_scores(low, high, above_low=above_low, below_high=below_high)
        expected = [
            pair
            for pair in self.order
            if (pair[1] > low if above_low else pair[1] >= low) and (pair[1] < high if below_high else pair[1] <= high)
        ]
        assert self.value.pairs(start, stop) == expected

    @precondition(lambda self: len(set(self.model.values())) <= 1)
    @rule(low=BOUNDS, high=BOUNDS, from_end=st.booleans())
    def span_of_members(self, low: LexBound, high: LexBound, from_end: bool) -> None:
        start, stop = self.value.span_of_members(low, high, from_end=from_end)
        assert self.value.members(start, stop) == [
            member for member in sorted(self.model) if is_between(member, low, high)
        ]

    @rule(count=st.integers(0, 60))
    def give_all_one_score(self, count: int) -> None:
        self.value = SortedSet((b"m%d" % number, 0.0) for number in range(count))
        self.model = {b"m%d" % number: 0.0 for number in range(count)}

    @rule()
    def move_all_to_one_score(self) -> None:
        for member in self.model:
            self.value.set(member, 1.0)
            self.value.rank(member)
        self.model = dict.fromkeys(self.model, 1.0)

    @rule(count=st.integers(0, 60))
    def choose(self, count: int) -> None:
        if self.model:
            chosen = self.value.random_members(count)
            assert len(chosen) == count
            assert set(chosen) <= self.model.keys()
            chosen = self.value.distinct_members(count)
            assert len(chosen) == len(set(chosen)) == min(count, len(self.model))
            assert set(chosen) <= self.model.keys()

    @rule()
    def go_on_with_a_copy(self) -> None:
        original, self.value = self.value, self.value.copy()
        original.set(b"not in the copy", 0.0)
        original.delete(0, len(original))

    @rule()
    def iterate(self) -> None:
        members = [member for member, _ in self.order]
        assert list(self.value) == members
        assert list(reversed(self.value)) == members[::-1]

    @invariant()
    def chunks_are_neither_large_nor_empty(self) -> None:
        if self.value._ranking is not None:
            sizes = self.value._ranking._sizes
            assert max(sizes) <= 2 * ranking.CHUNK
            assert len(sizes) == 1 or min(sizes) > 0

    @invariant()
    def same(self) -> None:
        assert len(self.value) == len(self.model)
        assert self.value.scores == self.model
        assert len(self.value._pending) <= max(8, len(self.model) // 2 + 12)


AnySortedSet.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=IN_CI)
TestAnySortedSet = AnySortedSet.TestCase


# The encoding


def test_many_members_make_a_skiplist_for_good() -> None:
    value = SortedSet((b"%d" % number, 0.0) for number in range(128))
    assert value.encoding == b"listpack"
    value.set(b"one more", 0.0)
    assert value.encoding == b"skiplist"
    value.delete(0, 100)
    assert value.encoding == value.copy().encoding == b"skiplist"


@pytest.mark.parametrize(("size", "encoding"), [(64, b"listpack"), (65, b"skiplist")])
def test_a_long_member_makes_a_skiplist(size: int, encoding: bytes) -> None:
    value = SortedSet()
    value.set(b"x" * size, 0.0)
    assert value.encoding == encoding
    assert SortedSet([(b"x" * size, 0.0)]).encoding == encoding


def test_many_pairs_in_one_request_make_a_skiplist() -> None:
    value = SortedSet()
    value.expect(128)
    assert value.encoding == b"listpack"
    value.expect(129)
    assert value.encoding == b"skiplist"


# Scores


def test_an_equal_score_changes_nothing() -> None:
    value = SortedSet([(b"m", 0.0)])
    assert value.set(b"m", -0.0) == 0.0
    assert math.copysign(1, value.scores[b"m"]) == 1


# Choosing at random


@pytest.mark.parametrize("count", [1, 100])
def test_all_members_are_chosen_equally_often(count: int) -> None:
    value = SortedSet((b"%d" % number, float(number)) for number in range(20))
    chosen = Counter(member for _ in range(6000 // count) for member in value.random_members(count))
    # The standard deviation of each count is 17: six of them do not happen by chance.
    assert len(chosen) == 20
    assert all(abs(times - 300) < 102 for times in chosen.values())


@pytest.mark.parametrize("count", [1, 10])
def test_all_members_are_chosen_equally_often_without_repetition(count: int) -> None:
    value = SortedSet((b"%d" % number, float(number)) for number in range(20))
    chosen = Counter(member for _ in range(6000 // count) for member in value.distinct_members(count))
    assert len(chosen) == 20
    assert all(abs(times - 300) < 102 for times in chosen.values())


# Walking over different scores, as a listpack is walked over


def test_members_of_different_scores_are_compared_one_after_another() -> None:
    value = SortedSet([(b"a", 1.0), (b"d", 2.0), (b"b", 3.0), (b"e", 4.0)])
    low, high = LexBound(0, b"b"), LexBound(0, b"e")
    assert value.span_of_members(low, high) == (1, 4)
    assert value.span_of_members(LexBound(0, b"c"), high, from_end=True) == (3, 4)
    assert value.span_of_members(LexBound(0, b"f"), high) == (0, 0)
