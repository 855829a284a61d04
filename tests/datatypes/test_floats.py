"""Doubles as they are printed, and long doubles as they are read, added and printed.

The sums were read off INCRBYFLOAT of Valkey 9.1 on x86-64; tests/differential/ compares made-up ones.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.floats import LARGEST, LongDouble, format_double, long_double
from stubredis.errors import CommandError

ERROR = b"ERR no number"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, b"0"),
        (-0.0, b"-0"),
        (3.0, b"3"),
        (-1.5, b"-1.5"),
        (0.1 + 0.2, b"0.30000000000000004"),
        (2.0**62, b"4611686018427387904"),
        (2.0**63, b"9223372036854776000"),
        (1e17, b"100000000000000000"),
        (1e20, b"1e+20"),
        (1.5e300, b"1.5e+300"),
        (123456.789, b"123456.789"),
        (12345.678901234, b"1.2345678901234e+4"),
        (0.000123, b"0.000123"),
        (0.0001234567, b"1.234567e-4"),
        (1e-7, b"1e-7"),
        (-5e-324, b"-5e-324"),
        (math.inf, b"inf"),
        (-math.inf, b"-inf"),
        (math.nan, b"nan"),
    ],
)
def test_doubles(value: float, text: bytes) -> None:
    assert format_double(value) == text


@given(st.floats(allow_nan=False))
def test_a_printed_double_reads_back_the_same(value: float) -> None:
    assert float(format_double(value)) == value


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        (b"10.5", b"0.1", b"10.6"),
        (b"0", b"-1e-20", b"0"),
        (b"-0", b"-0.0", b"0"),
        (b"+.5", b"5.", b"5.5"),
        (b"3", b"0x1.8p1", b"6"),
        (b"3", b"-0X10", b"-13"),
        (b"1e3", b"0e99999999999999999999", b"1000"),
        (b"1e3", b"0x0p99999999999999999999", b"1000"),
        (b"18446744073709551615", b"0", b"18446744073709551615"),
        (b"18446744073709551617", b"0", b"18446744073709551616"),
        (b"18446744073709551619", b"0", b"18446744073709551620"),
        (b"0", b"3e-4951", b"0"),
        (b"5" * 5000 + b"e-5000", b"0", b"0.55555555555555556"),
    ],
)
def test_sums(first: bytes, second: bytes, total: bytes) -> None:
    assert bytes(long_double(first, ERROR) + long_double(second, ERROR)) == total


@pytest.mark.parametrize(
    "text",
    [
        b"", b".", b"-", b"x", b"1x", b" 1", b"1 ", b"1_0", b"1e", b"0x", b"0x.p1", b"nan", b"infinit", b"1\0",
        b"1e5000", b"1e-5000", b"1e-4951", b"1e99999999999999999999", b"1.19e4932", b"0x1p16384",
        b"0x1p99999999999999999999", b"1" * 5120,
    ],
)  # fmt: skip
def test_what_is_no_number(text: bytes) -> None:
    with pytest.raises(CommandError) as caught:
        long_double(text, ERROR)
    assert caught.value.text == ERROR


@pytest.mark.parametrize("text", [b"inf", b"-Infinity", b"+INF"])
def test_infinity_is_read_and_passed_on(text: bytes) -> None:
    infinity = long_double(text, ERROR)
    assert not infinity.finite
    assert not (infinity + LongDouble(1, 0)).finite


def test_a_sum_becomes_infinite_above_the_largest_number() -> None:
    assert LARGEST.finite
    assert len(bytes(LARGEST)) == 4933
    assert not (LARGEST + LARGEST).finite
    assert (LARGEST + LongDouble(1, 0)).finite


NUMBERS = [
    b"-inf",
    b"-1e4932",
    b"-1",
    b"-0.5",
    b"0",
    b"1e-4000",
    b"0.1",
    b"1",
    b"18446744073709551616",
    b"1e4932",
    b"inf",
]


@pytest.mark.parametrize("place", range(len(NUMBERS)))
def test_order(place: int) -> None:
    number = long_double(NUMBERS[place], ERROR)
    below = [long_double(text, ERROR) < number for text in NUMBERS]
    assert below == [other < place for other in range(len(NUMBERS))]


def test_differences() -> None:
    assert bytes(long_double(b"0.3", ERROR) - long_double(b"0.1", ERROR)) == b"0.2"
    assert bytes(LARGEST - LARGEST) == b"0"
    infinity = long_double(b"inf", ERROR)
    assert -infinity < -LARGEST
    assert LongDouble(1, 0) - infinity < -LARGEST
    assert -LARGEST - LARGEST < -LARGEST


@given(st.integers(-(2**64), 2**64), st.integers(-(2**64), 2**64))
def test_integers_of_64_bits_are_exact(first: int, second: int) -> None:
    total = long_double(b"%d" % first, ERROR) + long_double(b"%d" % second, ERROR)
    if abs(first + second) <= 2**64:
        assert bytes(total) == b"%d" % (first + second)
