"""Packed collections: the same words come out, and what does not fit is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.lists import List, PackedList
from stubredis.datatypes.packed import LONGEST_WORD, MOST_WORDS

WORDS = st.lists(st.binary(max_size=LONGEST_WORD), max_size=20)


@given(WORDS)
def test_the_same_words_come_out(words: list[bytes]) -> None:
    packed = PackedList.of(words)
    assert packed is not None
    assert packed.words == words
    assert all(type(word) is bytes for word in packed.words)


@pytest.mark.parametrize("words", [[b""] * MOST_WORDS, [b"x" * LONGEST_WORD] * MOST_WORDS])
def test_what_just_fits(words: list[bytes]) -> None:
    packed = PackedList.of(words)
    assert packed is not None
    assert packed.words == words


@pytest.mark.parametrize("words", [[b""] * (MOST_WORDS + 1), [b"short", b"x" * (LONGEST_WORD + 1)]])
def test_what_does_not_fit(words: list[bytes]) -> None:
    assert PackedList.of(words) is None


def test_a_value_is_packed_and_unpacked() -> None:
    value = List()
    value.push_right([b"b", b"c"])
    value.push_left([b"a"])
    packed = value.pack()
    assert packed is not None
    unpacked = packed.unpack()
    assert type(unpacked) is packed.kind is List
    assert list(unpacked) == [b"a", b"b", b"c"]
    assert packed.copy() is packed
