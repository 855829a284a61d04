"""LZF: what was compressed comes back, and damaged texts give nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stubredis.rdb.lzf import Compressor, decompress
from tests.programs import IN_CI

untimed = settings(deadline=None, derandomize=IN_CI)


def compress(text: bytes) -> bytes | None:
    return Compressor().compress(text)


TEXTS = st.one_of(
    st.text(alphabet="ab", min_size=21, max_size=2000).map(str.encode),
    st.lists(st.sampled_from([b"hello ", b"world", b"0123456789", b"\x00", b"{'key': "]), min_size=5).map(b"".join),
    st.tuples(st.binary(min_size=1, max_size=40), st.integers(1, 300)).map(lambda pair: pair[0] * pair[1]),
    st.binary(min_size=21, max_size=400),
)


@untimed
@given(TEXTS)
def test_round_trip(text: bytes) -> None:
    packed = compress(text)
    if packed is not None:
        assert len(packed) <= len(text) - 4
        assert decompress(packed, len(text)) == text


@pytest.mark.parametrize("text", [b"a" * 100, b"hello world, " * 1000, bytes(1 << 20), b"ab" * 15])
def test_repetitions_become_short(text: bytes) -> None:
    packed = compress(text)
    assert packed is not None
    assert len(packed) < len(text) / 2
    assert decompress(packed, len(text)) == text


@pytest.mark.parametrize("text", [bytes(range(256)), b"abcdefghijklmnopqrstuvwxyz", b"", b"aaaa"])
def test_what_does_not_become_shorter(text: bytes) -> None:
    assert compress(text) is None


def test_patience_ends() -> None:
    compressor = Compressor(patience=150)
    assert compressor.compress(b"hello, " * 20) is not None
    assert 0 < compressor.patience < 150
    assert compressor.compress(bytes(range(200)) * 3) is None
    assert compressor.patience == 0
    assert compressor.compress(b"hello, " * 20) is None


@untimed
@given(TEXTS, st.data())
def test_damaged(text: bytes, data: st.DataObject) -> None:
    packed = bytearray(compress(text) or text)
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    assert len(decompress(bytes(packed), len(text))) <= len(text)


@pytest.mark.parametrize(
    "packed",
    [
        b"\x01a",  # fewer bytes to copy than it says
        b"\x20\x00",  # goes back behind the beginning
        b"\x00a\x20\x01",
        b"\x00a\x20",  # no distance
        b"\x00a\xe0",  # no length
        b"\x00a\xe0\x05",
        b"\x00a\x40\x00\x00b",  # longer than it should be
    ],
)
def test_nothing_comes_of(packed: bytes) -> None:
    assert decompress(packed, 5) == b""


def test_a_repetition_of_itself() -> None:
    assert decompress(b"\x01ab\xe0\x00\x01", 11) == b"abababababa"
