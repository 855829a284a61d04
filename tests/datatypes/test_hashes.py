"""The value of a hash key against a model: a list of fields in the order of Redis, which is compared elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stubredis.datatypes import hashes
from stubredis.datatypes.hashes import HASHTABLE, LISTPACK, LISTPACK_EX, STALE, FieldDeadlines, Hash
from tests.programs import IN_CI

LONG = b"x" * 65
FIELDS = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
SEVERAL = st.lists(FIELDS, min_size=1, max_size=4)
VALUES = st.sampled_from([b"", b"1", b"word"])
TIMES = st.integers(1, 6)
NOTHING = 10**6


class AnyHash(RuleBasedStateMachine):
    """Any changes to a hash that stays small, unless it is told to grow."""

    @initialize()
    def start(self) -> None:
        self.value = Hash()
        self.model: list[tuple[bytes, bytes, int]] = []
        """(field, value, deadline or NOTHING), in the order of Redis."""
        self.volatile = False
        self.large = False

    def find(self, field: bytes) -> tuple[bytes, bytes, int] | None:
        return next((row for row in self.model if row[0] == field), None)

    def put(self, field: bytes, value: bytes, *, keep: bool = False) -> None:
        row = self.find(field)
        if row is None:
            self.model.append((field, value, NOTHING))
        elif keep or row[2] == NOTHING:
            self.model[self.model.index(row)] = (field, value, row[2])
        else:
            self.model.remove(row)
            self.model.append((field, value, NOTHING))

    @rule(field=FIELDS, value=VALUES)
    def set(self, field: bytes, value: bytes) -> None:
        self.value.set(field, value)
        self.put(field, value)

    @rule(fields=SEVERAL, value=VALUES)
    def set_all(self, fields: list[bytes], value: bytes) -> None:
        self.value.set_all([word for field in fields for word in (field, value)])
        for field in fields:
            self.put(field, value)

    @rule(field=FIELDS, value=VALUES)
    def replace(self, field: bytes, value: bytes) -> None:
        self.value.replace(field, value)
        self.put(field, value, keep=True)

    @rule(field=FIELDS)
    def remove(self, field: bytes) -> None:
        row = self.find(field)
        assert self.value.remove(field) == (row and row[1])
        if row:
            self.model.remove(row)

    @rule(fields=SEVERAL, deadline=TIMES)
    def expire(self, fields: list[bytes], deadline: int) -> None:
        fields = [field for field in fields if field in self.value]
        self.value.expire(fields, deadline)
        self.volatile = True
        for field in fields:
            row = self.find(field)
            assert row
            self.model.remove(row)
            place = next((at for at, other in enumerate(self.model) if other[2] >= deadline), len(self.model))
            self.model.insert(place, (field, row[1], deadline))

    @precondition(lambda self: self.value.deadlines)
    @rule(data=st.data())
    def persist(self, data: st.DataObject) -> None:
        field = data.draw(st.sampled_from(sorted(self.value.deadlines or ())))
        self.value.persist(field)
        row = self.find(field)
        assert row
        self.model.remove(row)
        self.model.append((field, row[1], NOTHING))

    @rule(now=TIMES, limit=st.integers(1, 3))
    def expire_some(self, now: int, limit: int) -> None:
        due = self.value.pop_due(now, limit)
        expired = sorted(row[2] for row in self.model if row[2] < now)
        assert sorted(row[2] for row in self.model if row[0] in due) == expired[:limit], "the earliest ones"
        self.model = [row for row in self.model if row[0] not in due]

    @rule(now=TIMES)
    def expire_all(self, now: int) -> None:
        due = self.value.pop_due(now, NOTHING)
        assert sorted(due) == sorted(row[0] for row in self.model if row[2] < now)
        self.model = [row for row in self.model if row[0] not in due]

    @rule()
    def grow(self) -> None:
        self.value.grow()
        self.large = True

    @rule()
    def go_on_with_a_copy(self) -> None:
        original, self.value = self.value, self.value.copy()
        original.set_all([b"a", b"other", b"b", b"other"])
        original.expire([b"a"], 1)

    @invariant()
    def the_same_fields(self) -> None:
        fields = [(field, value) for field, value, _ in self.model]
        if self.large:
            assert sorted(self.value.items()) == sorted(fields)
        else:
            assert list(self.value.items()) == fields
        assert len(self.value) == len(fields)
        assert bool(self.value) == bool(fields)

    @invariant()
    def the_same_deadlines(self) -> None:
        deadlines = {field: deadline for field, _, deadline in self.model if deadline != NOTHING}
        assert (self.value.deadlines or {}) == deadlines
        if self.value.deadlines:
            assert self.value.deadlines.earliest == min(deadlines.values())

    @invariant()
    def the_encoding_of_redis(self) -> None:
        assert self.value.encoding == (HASHTABLE if self.large else LISTPACK_EX if self.volatile else LISTPACK)


AnyHash.TestCase.settings = settings(deadline=None, derandomize=IN_CI, max_examples=100, stateful_step_count=30)
TestAnyHash = AnyHash.TestCase


# Encodings


def filled(count: int) -> Hash:
    value = Hash()
    value.set_all([word for number in range(count) for word in (b"%d" % number, b"v")])
    return value


@pytest.mark.parametrize("volatile", [False, True])
def test_a_hash_is_small_up_to_512_fields(volatile: bool) -> None:
    value = filled(512)
    if volatile:
        value.expire([b"0"], 1)
    assert value.encoding == (LISTPACK_EX if volatile else LISTPACK)
    value.set(b"0", b"other")
    assert value.encoding == (LISTPACK_EX if volatile else LISTPACK)
    value.set(b"512", b"v")
    assert value.encoding == HASHTABLE
    value.remove(b"0")
    value.remove(b"1")
    assert value.encoding == HASHTABLE
    assert value.copy().encoding == HASHTABLE


@pytest.mark.parametrize("field", [b"f", b"new", LONG])
@pytest.mark.parametrize("value", [LONG, b"v"])
def test_long_words_make_a_hash_large_for_ever(field: bytes, value: bytes) -> None:
    changes = (
        lambda hash_: hash_.set(field, value),
        lambda hash_: hash_.set_all([b"g", b"v", field, value]),
        lambda hash_: hash_.replace(field, value),
    )
    for change in changes:
        for volatile in ([], [b"f"]):
            hash_ = filled(3)
            hash_.set(b"f", b"x" * 64)
            hash_.expire(volatile, 1)
            change(hash_)
            hash_.set_all([field, b"short"])
            hash_.remove(field)
            assert hash_.encoding == (HASHTABLE if LONG in (field, value) else LISTPACK_EX)


def test_many_words_at_once_make_a_hash_large() -> None:
    assert filled(513).encoding == HASHTABLE
    value = Hash()
    value.set_all([b"f", b"v"] * 512)
    assert value.encoding == LISTPACK
    value.set_all([b"f", b"v"] * 513)  # Redis does not look whether they are different
    assert value.encoding == HASHTABLE


@pytest.mark.parametrize(
    ("pairs", "encoding"),
    [
        ([], LISTPACK), ([(b"f", b"v")], LISTPACK), ([(b"f", LONG)], HASHTABLE), ([(LONG, b"v")], HASHTABLE),
        ([(b"%d" % number, b"v") for number in range(512)], LISTPACK),
        ([(b"%d" % number, b"v") for number in range(513)], HASHTABLE),
    ],
)  # fmt: skip
def test_a_hash_that_is_built_at_once(pairs: list[tuple[bytes, bytes]], encoding: bytes) -> None:
    value = Hash(pairs)
    assert list(value.items()) == pairs
    assert value.deadlines is None
    assert value.encoding == encoding
    assert Hash(iter(pairs)).copy() == value


# Shared names


def test_hashes_share_the_names_of_their_fields() -> None:
    first, second = Hash(), Hash()
    first.set(b"a name", b"v")
    second.set_all([bytes(bytearray(b"a name")), b"v", bytes(bytearray(b"other name")), b"v"])
    first.set(bytes(bytearray(b"other name")), b"v")
    assert [id(name) for name in first] == [id(name) for name in second]


def test_only_so_many_names_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "SHARED_NAMES", 3)
    names = hashes._Names()
    for number in range(10):
        name = names[b"%d" % number]
        assert names[bytes(bytearray(name))] is name
        assert len(names) <= 3


# Deadlines


def test_deadlines_that_move_again_and_again_leave_nothing_behind() -> None:
    deadlines = FieldDeadlines()
    for number in range(10_000):
        deadlines.set(b"%d" % (number % 10), number)
        assert len(deadlines._heap) <= 2 * len(deadlines) + STALE + 1
    assert deadlines.earliest == 9990
    for field in list(deadlines):
        deadlines.clear(field)
    assert not deadlines
    assert deadlines._heap == []


@pytest.mark.parametrize("limit", [150, 10**6])
@pytest.mark.parametrize("expired", [0, 1, 149, 1000])
def test_many_fields_that_expire_at_once(expired: int, limit: int) -> None:
    deadlines = FieldDeadlines((b"%d" % number, number) for number in range(1000))
    due = deadlines.pop_due(expired, limit)
    assert len(set(due)) == len(due) == min(expired, limit)
    assert sorted(deadlines.values()) == list(range(len(due), 1000))
    assert not deadlines or deadlines.earliest == len(due)


# Choosing at random


@pytest.mark.parametrize("large", [False, True])
def test_random_fields(large: bool) -> None:
    value = filled(400)
    if large:
        value.grow()
    assert value.choose(0) in value
    assert set(value.choose_several(30, 0)) <= value.keys()
    assert len(value.choose_several(5000, 0)) == 5000
    for count in (1, 100, 300, 399):
        chosen = value.choose_different(count, 0)
        assert len(set(chosen)) == len(chosen) == count
        assert set(chosen) <= value.keys()
    assert value.choose_different(400, 0) == value.choose_different(10_000, 0) == list(value)


def test_random_fields_of_a_large_hash_are_found_although_the_sample_is_old() -> None:
    value = filled(2000)
    value.choose(0)
    for number in range(1990):
        value.remove(b"%d" % number)
    value.set_all([word for number in range(5000, 6000) for word in (b"%d" % number, b"v")])
    # The version that was told is wrong, as it may be once the hash is in another database.
    assert len(set(value.choose_different(200, 0))) == 200
