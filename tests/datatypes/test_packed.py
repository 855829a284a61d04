"""Packed collections: what was packed comes out, in its order and encoding, and what does not fit is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.hashes import Hash
from stubredis.datatypes.lists import List, PackedList
from stubredis.datatypes.packed import LONGEST_WORD, MOST_WORDS
from stubredis.datatypes.sets import INTSET, LISTPACK, Set
from stubredis.datatypes.sorted_sets import SortedSet

WORD = st.binary(max_size=80)
INTEGER = st.integers(-(2**63), 2**63 - 1).map(lambda number: b"%d" % number)


@given(st.lists(st.binary(max_size=LONGEST_WORD), max_size=20))
def test_the_same_words_come_out(words: list[bytes]) -> None:
    packed = PackedList.of(words)
    assert packed is not None
    assert packed.words == words
    assert all(type(word) is bytes for word in packed.words)
    assert packed.copy() is packed


@pytest.mark.parametrize("words", [[b""] * MOST_WORDS, [b"x" * LONGEST_WORD] * MOST_WORDS])
def test_what_just_fits(words: list[bytes]) -> None:
    packed = PackedList.of(words)
    assert packed is not None
    assert packed.words == words


@pytest.mark.parametrize("words", [[b""] * (MOST_WORDS + 1), [b"short", b"x" * (LONGEST_WORD + 1)]])
def test_what_does_not_fit(words: list[bytes]) -> None:
    assert PackedList.of(words) is None


def unpacked(value: Any) -> Any:
    """Pack and unpack a value, unless it is too large for that."""
    packed = value.pack()
    if packed is None:
        return value
    result = packed.unpack()
    assert type(result) is packed.kind is type(value)
    assert result is not value
    return result


@given(st.lists(WORD), st.lists(WORD))
def test_lists(left: list[bytes], right: list[bytes]) -> None:
    value = List()
    value.push_right(right)
    value.push_left(left)
    assert list(unpacked(value)) == [*reversed(left), *right]


@given(st.lists(st.tuples(WORD, WORD)))
def test_hashes(fields: list[tuple[bytes, bytes]]) -> None:
    value = Hash()
    for name, text in fields:
        value.set(name, text)
    result = unpacked(value)
    assert list(result.items()) == list(value.items())
    assert result.encoding == value.encoding


@given(st.lists(st.one_of(WORD, INTEGER)), st.sampled_from([INTSET, LISTPACK]))
def test_sets(members: list[bytes], encoding: bytes) -> None:
    value = Set(members, encoding)
    result = unpacked(value)
    assert list(result) == list(value)
    assert result.encoding == value.encoding


@given(st.lists(st.tuples(WORD, st.floats(allow_nan=False))))
def test_sorted_sets(pairs: list[tuple[bytes, float]]) -> None:
    value = SortedSet(pairs)
    result = unpacked(value)
    assert list(result) == list(value)
    assert result.scores == value.scores
    assert result.encoding == value.encoding


@pytest.mark.parametrize(
    "value",
    [
        List([b"x"] * 300),
        Hash((b"%d" % number, b"x") for number in range(200)),
        Hash([(b"field", b"x" * 65)]),
        Set([b"x" * 65]),
        SortedSet([(b"x" * 65, 1.0)]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_large_stays_as_it_is(value: Any) -> None:
    assert value.pack() is None


def test_a_hash_with_deadlines_stays_as_it_is() -> None:
    value = Hash([(b"field", b"value")])
    value.expire([b"field"], 1_700_000_000_000)
    assert value.pack() is None
    value.persist(b"field")
    assert value.pack() is None  # Redis keeps it in another encoding from now on
