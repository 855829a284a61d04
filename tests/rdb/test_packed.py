"""Listpacks, ziplists, zipmaps and intsets: what was packed comes back, and whatever is not sound is refused."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stubredis.datatypes.listpack_size import HEADER_AND_END, packed_size
from stubredis.rdb import intset, listpack, ziplist
from stubredis.rdb.reader import BadDataError
from tests.programs import IN_CI

untimed = settings(deadline=None, derandomize=IN_CI)

EDGES = [
    power + step for bits in (7, 12, 15, 16, 23, 31, 63) for power in (1 << bits, -1 << bits) for step in (-1, 0, 1)
]
INTEGERS = st.one_of(st.sampled_from(EDGES), st.integers(-300, 300)).filter(lambda value: -(2**63) <= value < 2**63)
ELEMENTS = st.one_of(
    INTEGERS.map(lambda value: b"%d" % value),
    st.binary(max_size=80),
    st.sampled_from([b"", b"-", b"-0", b"01", b"+1", b" 1", b"1_0", b"9" * 19, b"9" * 21]),
    st.sampled_from([63, 64, 4095, 4096, 16378, 16379, 20_000]).map(lambda size: b"x" * size),
)


@untimed
@given(st.lists(ELEMENTS, max_size=20))
def test_listpack(elements: list[bytes]) -> None:
    packed = listpack.encode(elements)
    assert listpack.decode(packed) == elements
    assert len(packed) == HEADER_AND_END + sum(map(packed_size, elements))


def test_a_listpack_of_very_many() -> None:
    elements = [b"x"] * 70_000
    packed = listpack.encode(elements)
    assert packed[4:6] == b"\xff\xff"
    assert listpack.decode(packed) == elements


def test_a_listpack_of_a_huge_element() -> None:
    elements = [b"x" * 2_100_000, b"y"]
    assert listpack.decode(listpack.encode(elements)) == elements


@untimed
@given(st.lists(INTEGERS, min_size=1, max_size=20, unique=True).map(sorted))
def test_intset(numbers: list[int]) -> None:
    assert intset.decode(intset.encode(numbers)) == numbers


# What nothing writes any more, written here as Redis did.


def as_ziplist(elements: list[bytes | int]) -> bytes:
    body = b""
    before = 0
    start = 10
    for element in elements:
        start = 10 + len(body)
        entry = bytes((before,)) if before < 254 else b"\xfe" + struct.pack("<I", before)
        if isinstance(element, bytes):
            size = len(element)
            short = bytes((size,)) if size < 64 else struct.pack(">H", 0x4000 | size)
            entry += (short if size < 16384 else b"\x80" + struct.pack(">I", size)) + element
        elif 0 <= element <= 12:
            entry += bytes((0xF1 + element,))
        else:
            for mark, width in ((0xFE, 1), (0xC0, 2), (0xF0, 3), (0xD0, 4), (0xE0, 8)):
                with contextlib.suppress(OverflowError):
                    entry += bytes((mark,)) + element.to_bytes(width, "little", signed=True)
                    break
        body += entry
        before = len(entry)
    return struct.pack("<IIH", 11 + len(body), start, len(elements)) + body + b"\xff"


@untimed
@given(st.lists(st.one_of(ELEMENTS, INTEGERS), max_size=20))
def test_ziplist(elements: list[bytes | int]) -> None:
    words = [element if isinstance(element, bytes) else b"%d" % element for element in elements]
    assert ziplist.decode(as_ziplist(elements)) == words


def as_zipmap(words: list[bytes], spare: int) -> bytes:
    def length(word: bytes) -> bytes:
        return bytes((len(word),)) if len(word) < 254 else b"\xfe" + struct.pack("<I", len(word))

    pairs = zip(words[::2], words[1::2], strict=True)
    body = b"".join(length(name) + name + length(text) + bytes((spare,)) + text + bytes(spare) for name, text in pairs)
    return bytes((min(len(words) // 2, 254),)) + body + b"\xff"


@pytest.mark.parametrize("spare", [0, 1, 4])
@untimed
@given(words=st.lists(st.binary(max_size=300), min_size=1, max_size=10).map(lambda words: words * 2))
def test_zipmap(spare: int, words: list[bytes]) -> None:
    assert ziplist.decode_zipmap(as_zipmap(words, spare)) == words


SOUND: list[tuple[Callable[[bytes], object], bytes]] = [
    (listpack.decode, listpack.encode([b"a", b"1", b"-5000", b"70000", b"x" * 100, b"9" * 18, b"y" * 5000])),
    (ziplist.decode, as_ziplist([b"a", 1, -5000, 70000, b"x" * 300, 2**40, b"y" * 20_000, 3])),
    (ziplist.decode_zipmap, as_zipmap([b"a", b"1", b"x" * 300, b""], 1)),
    (intset.decode, intset.encode([-5, 1, 70000])),
]


@pytest.mark.parametrize(("decode", "packed"), SOUND, ids=["listpack", "ziplist", "zipmap", "intset"])
@untimed
@given(data=st.data())
def test_damaged(decode: Callable[[bytes], object], packed: bytes, data: st.DataObject) -> None:
    damaged = bytearray(packed)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.one_of(st.integers(0, 30), st.integers(0, len(packed)))) % len(damaged)
        damaged[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    with contextlib.suppress(BadDataError):  # anything else that is raised is a fault
        decode(bytes(damaged))


@pytest.mark.parametrize(("decode", "packed"), SOUND, ids=["listpack", "ziplist", "zipmap", "intset"])
def test_cut_off(decode: Callable[[bytes], object], packed: bytes) -> None:
    for size in [*range(60), *range(len(packed) - 60, len(packed))]:
        with pytest.raises(BadDataError):
            decode(packed[: max(size, 0) % len(packed)])


@pytest.mark.parametrize(
    "packed", [struct.pack("<II", 2, 0), struct.pack("<IIhh", 2, 2, 1, 1), struct.pack("<II", 3, 1)]
)
def test_bad_intsets(packed: bytes) -> None:
    with pytest.raises(BadDataError):
        intset.decode(packed)
