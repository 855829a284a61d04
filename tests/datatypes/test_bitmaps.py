"""Bitmaps against a list of bits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stubredis.datatypes import bitmaps
from tests.programs import IN_CI

#: No time limit for an example, and the same examples in every run of CI.
unhurried = settings(deadline=None, derandomize=IN_CI)

#: Short strings of any bytes, and long ones of few kinds of bytes, in which the pieces and blocks meet.
STRINGS = st.one_of(
    st.binary(min_size=1, max_size=20),
    st.lists(
        st.tuples(st.sampled_from([b"\x00", b"\xff", b"\x10", b"\xef"]), st.sampled_from([1, 4095, 4096, 70_000])),
        min_size=1,
        max_size=4,
    ).map(lambda runs: b"".join(byte * times for byte, times in runs)),
)


def digits(string: bytes) -> str:
    """Return the bits as a text of 0 and 1."""
    return "".join(f"{byte:08b}" for byte in string)


@st.composite
def ranges(draw: st.DrawFn) -> tuple[bytes, int, int]:
    string = draw(STRINGS)
    bits = st.integers(0, 8 * len(string) - 1)
    first, last = sorted((draw(bits), draw(bits)))
    return string, first, last


@unhurried
@given(ranges())
def test_count(case: tuple[bytes, int, int]) -> None:
    string, first, last = case
    assert bitmaps.count(string, first, last) == digits(string)[first : last + 1].count("1")


@unhurried
@given(ranges(), st.sampled_from([0, 1]))
def test_find(case: tuple[bytes, int, int], bit: int) -> None:
    string, first, last = case
    place = digits(string).find(str(bit), first, last + 1)
    assert bitmaps.find(string, bit, first, last) == (None if place < 0 else place)


@unhurried
@given(st.binary(min_size=1, max_size=9), st.data())
def test_single_bits(string: bytes, data: st.DataObject) -> None:
    bitmap = bytearray(string)
    bits = list(digits(string))
    for offset in data.draw(st.lists(st.integers(0, len(bits) - 1))):
        bit = data.draw(st.integers(0, 1))
        bitmaps.put(bitmap, offset, bit)
        bits[offset] = str(bit)
        assert bitmaps.get(bitmap, offset) == bit
    assert digits(bitmap) == "".join(bits)
    assert bitmaps.get(bitmap, len(bits)) == 0


COUNTED = {
    b"AND": lambda first, ones, count: ones == count,
    b"OR": lambda first, ones, count: ones > 0,
    b"XOR": lambda first, ones, count: ones % 2 == 1,
    b"DIFF": lambda first, ones, count: first and ones == 1,
    b"DIFF1": lambda first, ones, count: not first and ones > 0,
    b"ANDOR": lambda first, ones, count: first and ones > 1,
    b"ONE": lambda first, ones, count: ones == 1,
}
"""Whether a bit of the result is 1, by the first source's bit and the number of ones in that place."""


@unhurried
@given(st.sampled_from(sorted(COUNTED)), st.lists(STRINGS, min_size=2, max_size=4))
def test_combine(operation: bytes, sources: list[bytes]) -> None:
    length = max(map(len, sources))
    result = bitmaps.combine(operation, sources)
    assert len(result) == length
    padded = [source.ljust(length, b"\0") for source in sources]
    for at in {0, length - 1, length // 2, min(map(len, sources)) - 1, 65_535 % length, 65_536 % length}:
        columns = zip(*(digits(source[at : at + 1]) for source in padded), strict=True)
        expected = [COUNTED[operation](bits[0] == "1", bits.count("1"), len(bits)) for bits in columns]
        assert digits(result[at : at + 1]) == "".join(str(int(bit)) for bit in expected)


@unhurried
@given(STRINGS)
def test_invert(string: bytes) -> None:
    result = bitmaps.invert(bytearray(string))
    assert bitmaps.combine(b"XOR", [string, result]) == b"\xff" * len(string)


SIZES = st.one_of(
    st.tuples(st.integers(1, 64), st.just(True)),
    st.tuples(st.integers(1, 63), st.just(False)),
)


@unhurried
@given(st.binary(max_size=12), st.integers(0, 100), SIZES)
def test_get_integer(string: bytes, offset: int, size: tuple[int, bool]) -> None:
    bits, signed = size
    text = (digits(string) + "0" * 200)[offset : offset + bits]
    value = int(text, 2) - (signed and text[0] == "1") * 2**bits
    assert bitmaps.get_integer(string, offset, bits, signed=signed) == value


@unhurried
@given(st.binary(min_size=12, max_size=12), st.integers(0, 32), SIZES, st.integers(-(2**70), 2**70))
def test_put_integer(string: bytes, offset: int, size: tuple[int, bool], value: int) -> None:
    bits, signed = size
    bitmap = bytearray(string)
    bitmaps.put_integer(bitmap, offset, bits, value)
    kept = digits(string)
    assert digits(bitmap) == kept[:offset] + f"{value % 2**bits:0{bits}b}" + kept[offset + bits :]
    stored = bitmaps.get_integer(bitmap, offset, bits, signed=signed)
    assert stored == bitmaps.fit(value, bits, b"WRAP", signed=signed)


@unhurried
@given(SIZES, st.integers(-(2**65), 2**65))
def test_overflow(size: tuple[int, bool], value: int) -> None:
    bits, signed = size
    low = -(2 ** (bits - 1)) if signed else 0
    high = low + 2**bits - 1
    wrapped, nearest, failed = (bitmaps.fit(value, bits, how, signed=signed) for how in (b"WRAP", b"SAT", b"FAIL"))
    assert wrapped is not None
    assert low <= wrapped <= high
    assert (wrapped - value) % 2**bits == 0
    assert nearest == min(max(value, low), high)
    assert failed == (value if low <= value <= high else None)
