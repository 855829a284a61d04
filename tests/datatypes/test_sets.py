"""The value of a set key against a plain set, the encodings it takes and keeps, and its random members."""

from __future__ import annotations

import random
from collections import Counter
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stubredis.datatypes.limits import limits
from stubredis.datatypes.sets import (
    HASHTABLE,
    INTSET,
    LISTPACK,
    Set,
    common_members,
    count_difference,
    count_union,
    difference,
    intersection,
    is_integer,
    union,
)
from tests.programs import IN_CI

INTEGERS = st.integers(-3, 20).map(lambda number: b"%d" % number)
MEMBERS = st.one_of(INTEGERS, st.sampled_from([b"", b"a", b"b", b"c", b"07", b"-0", b"long", b"longer"]))
SEVERAL = st.lists(MEMBERS, max_size=14)


def lower_thresholds(patch: pytest.MonkeyPatch) -> None:
    """Let all thresholds be reached with a few members."""
    patch.setattr(limits, "intset_members", 10)
    patch.setattr(limits, "set_members", 6)
    patch.setattr(limits, "set_length", 4)


@pytest.fixture
def low_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    lower_thresholds(monkeypatch)


class AnySet(RuleBasedStateMachine):
    """Any changes to a set, whose thresholds are a few members."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        lower_thresholds(self.patch)

    def teardown(self) -> None:
        self.patch.undo()

    @initialize(members=SEVERAL)
    def fill(self, members: list[bytes]) -> None:
        self.value = Set(members)
        self.model = dict.fromkeys(members)
        self.highest = INTSET

    @rule(member=MEMBERS)
    def add(self, member: bytes) -> None:
        assert self.value.add(member) == (member not in self.model)
        self.model[member] = None

    @rule(members=SEVERAL)
    def update(self, members: list[bytes]) -> None:
        new = len(set(members) - self.model.keys())
        assert self.value.update(iter(members)) == new
        self.model.update(dict.fromkeys(members))

    @rule(members=SEVERAL.filter(bool))
    def expect(self, members: list[bytes]) -> None:
        self.value.expect(members)

    @rule(member=MEMBERS)
    def discard(self, member: bytes) -> None:
        assert self.value.discard(member) == (member in self.model)
        self.model.pop(member, None)

    @rule(members=SEVERAL)
    def remove(self, members: list[bytes]) -> None:
        assert self.value.remove(members) == len(self.model.keys() & set(members))
        for member in members:
            self.model.pop(member, None)

    @precondition(lambda self: self.model)
    @rule()
    def choose(self) -> None:
        assert self.value.random() in self.model
        assert self.model.keys() >= set(self.value.random_with_repetitions(5))

    @rule(count=st.integers(0, 20))
    def sample(self, count: int) -> None:
        chosen = self.value.sample(count)
        assert len(set(chosen)) == len(chosen) == min(count, len(self.model))
        assert self.model.keys() >= set(chosen)

    @precondition(lambda self: self.model)
    @rule()
    def pop(self) -> None:
        member = self.value.pop()
        assert member in self.model
        del self.model[member]

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def pop_many(self, data: st.DataObject) -> None:
        count = data.draw(st.integers(0, len(self.model) - 1))
        members = self.value.pop_many(count)
        assert len(set(members)) == len(members) == count
        assert self.model.keys() >= set(members)
        self.highest = INTSET  # nearly all of a hashtable may have gone, which makes a new one
        for member in members:
            del self.model[member]

    @rule()
    def copy(self) -> None:
        copied, self.value = self.value, self.value.copy()
        assert list(copied) == list(self.value)
        assert copied.encoding == self.value.encoding
        copied.add(b"only in the original")

    @invariant()
    def is_the_same(self) -> None:
        if self.value.encoding == INTSET:
            assert list(self.value) == sorted(self.model, key=int)
        assert set(self.value) == self.model.keys()
        assert len(self.value) == len(self.model)
        assert all(member in self.value for member in self.model)

    @invariant()
    def fits_its_encoding(self) -> None:
        rising = [INTSET, LISTPACK, HASHTABLE]
        assert rising.index(self.value.encoding) >= rising.index(self.highest)
        self.highest = self.value.encoding
        if self.highest == INTSET:
            assert len(self.model) <= 10
            assert all(map(is_integer, self.model))
        if self.highest == LISTPACK:
            assert len(self.model) <= 6
            assert all(len(member) <= 4 for member in self.model)


TestAnySet = AnySet.TestCase
TestAnySet.settings = settings(deadline=None, derandomize=IN_CI, max_examples=60, stateful_step_count=30)


@pytest.mark.parametrize("text", [b"0", b"1", b"-1", b"10", b"-100", b"9223372036854775807", b"-9223372036854775808"])
def test_integers(text: bytes) -> None:
    assert is_integer(text)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"-", b"-0", b"+1", b"01", b"1 ", b" 1", b"1\n", b"1.0", b"x", b"1_0", b"1" * 20,
        b"9223372036854775808", b"-9223372036854775809",
    ],
)  # fmt: skip
def test_no_integers(text: bytes) -> None:
    assert not is_integer(text)


def numbers(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def texts(count: int) -> list[bytes]:
    return [b"m%d" % number for number in range(count)]


@pytest.mark.parametrize(
    ("members", "encoding"),
    [
        ([], INTSET), (numbers(512), INTSET), (numbers(513), HASHTABLE), (texts(1), LISTPACK), (texts(128), LISTPACK),
        (texts(129), HASHTABLE), ([b"m" * 64], LISTPACK), ([b"m" * 65], HASHTABLE), ([b"1", b"m"], LISTPACK),
        ([*numbers(127), b"m"], LISTPACK), ([*numbers(128), b"m"], HASHTABLE), ([b"m", *numbers(127)], LISTPACK),
    ],
)  # fmt: skip
def test_encoding_of_members(members: list[bytes], encoding: bytes) -> None:
    value = Set(members)
    assert value.encoding == encoding
    assert set(value) == set(members)


@pytest.mark.parametrize(
    ("before", "added", "encoding"),
    [
        ([], [b"1"] * 512, INTSET), ([], [b"1"] * 513, HASHTABLE),
        ([], [b"m"] * 128, LISTPACK), ([], [b"m"] * 129, HASHTABLE),
        ([b"1"], [b"m"] * 512, LISTPACK), ([b"1"], [b"m"] * 513, HASHTABLE), ([b"m"], [b"1"] * 129, HASHTABLE),
    ],
)  # fmt: skip
def test_encoding_for_the_words_of_a_request(before: list[bytes], added: list[bytes], encoding: bytes) -> None:
    """It depends on how many there are, although they are not distinct."""
    value = Set(before)
    value.expect(added)
    value.update(added)
    assert value.encoding == encoding


def test_an_encoding_is_kept() -> None:
    value = Set(texts(129))
    value.remove(texts(128))
    assert (len(value), value.encoding, value.copy().encoding) == (1, HASHTABLE, HASHTABLE)
    value = Set([b"m", b"1"])
    value.discard(b"m")
    assert (list(value), value.encoding) == ([b"1"], LISTPACK)


def test_order() -> None:
    value = Set([b"10", b"-5", b"9"])
    assert list(value) == [b"-5", b"9", b"10"]
    value.update([b"7", b"b", b"8", b"a"])
    assert list(value) == [b"-5", b"7", b"9", b"10", b"b", b"8", b"a"]


@pytest.mark.parametrize(("count", "encoding"), [(833, HASHTABLE), (900, LISTPACK), (999, LISTPACK)])
def test_a_new_set_is_made_where_nearly_all_of_a_hashtable_goes(count: int, encoding: bytes) -> None:
    value = Set(texts(1000))
    members = value.pop_many(count)
    assert value.encoding == encoding
    assert {*members, *value} == set(texts(1000))


def test_memory_of_removed_members_is_returned() -> None:
    value = Set(texts(10_000))
    before = value._members.__sizeof__()
    for _ in range(9_990):
        value.pop()
    assert value._members.__sizeof__() < before // 50
    assert len(list(value)) == 10


# Members at random


@pytest.mark.parametrize(
    "members", [numbers(10), texts(10), [*texts(9), b"m" * 65]], ids=["intset", "listpack", "hashtable"]
)
def test_all_members_have_the_same_chance(members: list[bytes]) -> None:
    random.seed(1)
    value = Set(members)
    counts = Counter(value.random() for _ in range(10_000))
    counts.update(value.random_with_repetitions(10_000))
    counts.update(value.sample(1)[0] for _ in range(10_000))
    for _ in range(10_000):
        member = value.pop()
        value.add(member)
        counts[member] += 1
    for _ in range(5_000):
        popped = value.pop_many(2)
        value.update(popped)
        counts.update(popped)
    assert counts.keys() == set(members)
    # The standard deviation of each count is 67.
    assert all(4_700 < count < 5_300 for count in counts.values())


# Several sets


@pytest.mark.usefixtures("low_thresholds")
@settings(deadline=None, derandomize=IN_CI)
@given(parts=st.lists(SEVERAL, min_size=1, max_size=4), limit=st.integers(1, 12))
def test_operations(parts: list[list[bytes]], limit: int) -> None:
    values = [Set(part) for part in parts]
    models = [set(part) for part in parts]
    common = reduce(set.intersection, models)
    own = reduce(set.difference, models)
    assert set(common_members(values)) == set(intersection(values)) == common
    assert set(union(values)) == set().union(*models)
    assert count_union(values) == len(set().union(*models))
    assert set(difference(values[0], values[1:])) == own
    assert count_difference(values[0], values[1:], limit) == min(len(own), limit)
    assert not difference(values[0], values)
    assert [set(value) for value in values] == models


def test_an_intersection_comes_in_the_order_of_the_smallest_set() -> None:
    assert list(common_members([Set(texts(200)), Set([b"m7", b"x", b"m3"])])) == [b"m7", b"m3"]


def test_an_intersection_takes_the_smallest_encoding() -> None:
    value = Set([b"x", *numbers(600)])
    other = Set([b"y", *numbers(500)])
    assert (value.encoding, other.encoding) == (HASHTABLE, HASHTABLE)
    assert intersection([value, other]).encoding == INTSET


def test_a_difference_keeps_the_encoding_of_a_set_that_is_copied() -> None:
    first = Set([b"x", *numbers(599)])
    assert difference(first, [Set(numbers(100))] * 6).encoding == HASHTABLE
    assert difference(first, [Set(numbers(599))]).encoding == LISTPACK
