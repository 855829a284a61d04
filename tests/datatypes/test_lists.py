"""The value of a list key against a plain Python list, and what its two arrays are for."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stubredis.datatypes import lists
from stubredis.datatypes.lists import List
from tests.programs import IN_CI

ELEMENTS = st.sampled_from([b"", b"a", b"b", b"c"])
SEVERAL = st.lists(ELEMENTS, max_size=12)


class AnyList(RuleBasedStateMachine):
    """Any changes to a list that counts as long, and is searched in pieces, from a few elements on."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(lists, "SMALL", 4)
        self.patch.setattr(lists, "CHUNK", 3)

    def teardown(self) -> None:
        self.patch.undo()

    @initialize(elements=SEVERAL)
    def fill(self, elements: list[bytes]) -> None:
        self.value = List(elements)
        self.model = list(elements)

    def bounds(self, data: st.DataObject) -> tuple[int, int]:
        start = data.draw(st.integers(0, len(self.model)), "start")
        return start, data.draw(st.integers(start, len(self.model)), "stop")

    @rule(elements=SEVERAL)
    def push_left(self, elements: list[bytes]) -> None:
        self.model[:0] = elements[::-1]
        assert self.value.push_left(elements) == len(self.model)

    @rule(elements=SEVERAL)
    def push_right(self, elements: list[bytes]) -> None:
        self.model += elements
        assert self.value.push_right(elements) == len(self.model)

    @precondition(lambda self: self.model)
    @rule()
    def pop_left(self) -> None:
        assert self.value.pop_left() == self.model.pop(0)

    @precondition(lambda self: self.model)
    @rule()
    def pop_right(self) -> None:
        assert self.value.pop_right() == self.model.pop()

    @precondition(lambda self: not self.model)
    @rule()
    def pop_from_nothing(self) -> None:
        for pop in (self.value.pop_left, self.value.pop_right):
            with pytest.raises(IndexError):
                pop()

    @rule(data=st.data())
    def slice(self, data: st.DataObject) -> None:
        start, stop = self.bounds(data)
        assert self.value.slice(start, stop) == self.model[start:stop]

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        start, stop = self.bounds(data)
        self.value.delete(start, stop)
        del self.model[start:stop]

    @rule(count=st.integers(0, 12), at_head=st.booleans())
    def delete_at_an_end(self, count: int, at_head: bool) -> None:
        length = len(self.model)
        count = min(count, length)
        start, stop = (0, count) if at_head else (length - count, length)
        self.value.delete(start, stop)
        del self.model[start:stop]

    @rule(data=st.data(), element=ELEMENTS)
    def insert(self, data: st.DataObject, element: bytes) -> None:
        index = data.draw(st.integers(0, len(self.model)))
        self.value.insert(index, element)
        self.model.insert(index, element)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), element=ELEMENTS)
    def set(self, data: st.DataObject, element: bytes) -> None:
        index = data.draw(st.integers(0, len(self.model) - 1))
        self.value[index] = self.model[index] = element

    @rule(element=ELEMENTS, limit=st.integers(0, 40), from_tail=st.booleans())
    def find(self, element: bytes, limit: int, from_tail: bool) -> None:
        seen = (self.model[::-1] if from_tail else self.model)[:limit]
        expected = [distance for distance, other in enumerate(seen) if other == element]
        assert list(self.value.find(element, limit, from_tail=from_tail)) == expected

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        indexes = [index for index in range(len(self.model)) if data.draw(st.booleans())]
        self.value.remove(indexes)
        self.model = [element for index, element in enumerate(self.model) if index not in indexes]

    @rule()
    def go_on_with_a_copy(self) -> None:
        original, self.value = self.value, self.value.copy()
        original.push_left([b"not in the copy"])

    @invariant()
    def same(self) -> None:
        assert list(self.value) == self.model
        assert len(self.value) == len(self.model)
        assert [self.value[index] for index in range(len(self.model))] == self.model


AnyList.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=IN_CI)
TestAnyList = AnyList.TestCase


class Counting(List):
    """A list that counts how often it is cut anew."""

    __slots__ = ("cuts",)

    def __init__(self, count: int) -> None:
        super().__init__(b"%d" % number for number in range(count))
        self.cuts = 0

    def _cut(self, index: int) -> None:
        self.cuts += 1
        super()._cut(index)


LENGTH = 4096
HALVINGS = LENGTH.bit_length()


@pytest.mark.parametrize("at_head", [True, False])
def test_elements_are_popped_after_few_cuts(at_head: bool) -> None:
    value = Counting(0)
    elements = [b"%d" % number for number in range(LENGTH)]
    if at_head:
        value.push_right(elements)
    else:
        value.push_left(elements)
    assert [value.pop_left() if at_head else value.pop_right() for _ in elements] == elements
    assert 0 < value.cuts <= HALVINGS


@pytest.mark.parametrize("at_head", [True, False])
def test_ends_are_deleted_after_few_cuts(at_head: bool) -> None:
    value = Counting(LENGTH)
    value.push_left(b"%d" % number for number in range(LENGTH))
    while length := len(value):
        start, stop = (0, 2) if at_head else (length - 2, length)
        value.delete(start, stop)
    assert 0 < value.cuts <= HALVINGS


def test_a_list_of_limited_length_is_seldom_cut() -> None:
    value = Counting(LENGTH)
    for _ in range(2 * LENGTH):
        value.push_left([b"new"])
        value.delete(LENGTH, LENGTH + 1)
    assert 0 < value.cuts <= 4


# Encodings


@pytest.mark.parametrize(
    ("elements", "encoding"),
    [
        ([], b"listpack"),
        ([b"x" * 8185], b"listpack"),
        ([b"x" * 8186], b"quicklist"),
        ([b"x" * 8177, b"y"], b"listpack"),
        ([b"x" * 8178, b"y"], b"quicklist"),
        ([b"7"] * 4093, b"listpack"),
        ([b"7"] * 4094, b"quicklist"),
        ([b"7"] * 1_000_000, b"quicklist"),
        ([b"-5000"] * 2000, b"listpack"),
        ([b"-5000"] * 2050, b"quicklist"),
    ],
)
def test_encoding(elements: list[bytes], encoding: bytes) -> None:
    assert List(elements).encoding == encoding
    assert List(elements).copy().encoding == encoding
