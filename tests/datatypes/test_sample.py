"""Samples and urns: every element has its chance, gone ones never come, and large collections are seldom listed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from stubredis.datatypes.sample import Sample, Urn


class Counted(dict[bytes, None]):
    """A dict that counts how many elements were listed."""

    listed = 0

    def __iter__(self) -> Iterator[bytes]:
        self.listed += len(self)
        return super().__iter__()


@pytest.fixture(autouse=True)
def the_same_choices_in_every_run() -> None:
    random.seed(1)


def elements(*numbers: int) -> Counted:
    return Counted.fromkeys(b"%d" % number for number in numbers)


def test_all_elements_have_the_same_chance() -> None:
    collection = elements(*range(10))
    sample = Sample()
    counts = Counter(sample.choose(collection, version=1) for _ in range(10_000))
    assert counts.keys() == collection.keys()
    # The standard deviation of each count is 30.
    assert all(850 < count < 1150 for count in counts.values())


def test_what_was_removed_is_not_chosen() -> None:
    collection = elements(*range(100))
    sample = Sample()
    sample.choose(collection, version=1)
    for number in range(99):
        del collection[b"%d" % number]
    assert {sample.choose(collection, version=1) for _ in range(100)} == {b"99"}


def test_what_was_added_to_a_small_collection_can_be_chosen_at_once() -> None:
    collection = elements(1)
    sample = Sample()
    sample.choose(collection, version=1)
    collection.update(elements(2))
    assert {sample.choose(collection, version=2) for _ in range(100)} == {b"1", b"2"}


def test_a_large_collection_is_not_listed_at_every_call() -> None:
    collection = elements(*range(20_000))
    sample = Sample()
    for version in range(100):
        collection[b"new %d" % version] = None
        sample.choose(collection, version)
    assert collection.listed < 6 * len(collection)


def test_a_quiet_collection_is_listed_once() -> None:
    collection = elements(*range(10))
    sample = Sample()
    for _ in range(100):
        sample.choose(collection, version=1)
    assert collection.listed == 10


def test_all_elements_of_an_urn_have_the_same_chance_whatever_happened_to_them() -> None:
    urn = Urn(elements(*range(10)))
    for number in (1, 2, 3):
        urn.discard(b"%d" % number)
    urn.put(b"2")
    urn.put(b"new")
    urn.put(urn.take())
    counts = Counter(urn.draw() for _ in range(9_000))
    assert counts.keys() == elements(0, 2, 4, 5, 6, 7, 8, 9).keys() | {b"new"}
    # The standard deviation of each count is 30.
    assert all(850 < count < 1150 for count in counts.values())


def test_an_urn_is_emptied_in_any_order() -> None:
    urn = Urn(elements(*range(100)))
    for number in range(0, 100, 3):
        urn.discard(b"%d" % number)
    taken = [urn.take() for _ in range(66)]
    assert sorted(map(int, taken)) == [number for number in range(100) if number % 3]


def test_what_is_gone_is_at_most_half_of_an_urn() -> None:
    urn = Urn(elements(*range(1000)))
    for number in range(999):
        urn.discard(b"%d" % number)
        assert 2 * len(urn._gone) <= len(urn._elements)
    assert urn.draw() == b"999"
