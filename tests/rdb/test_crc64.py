"""The checksum: a known value, a slow computation bit by bit, and data that comes in pieces."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stubredis.rdb.crc64 import crc64
from tests.programs import IN_CI

untimed = settings(deadline=None, derandomize=IN_CI)

REFLECTED = int(f"{0xAD93D23594C935A9:064b}"[::-1], 2)


def bit_by_bit(data: bytes) -> int:
    remainder = 0
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = remainder >> 1 ^ REFLECTED * (remainder & 1)
    return remainder


def test_the_check_value_of_the_polynomial() -> None:
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA


@untimed
@given(st.binary(max_size=300))
def test_short_data(data: bytes) -> None:
    assert crc64(data) == bit_by_bit(data)


@pytest.mark.parametrize("size", [8191, 8192, 8193, 65536 + 100])
def test_long_data(size: int) -> None:
    data = random.Random(size).randbytes(size)
    assert crc64(data) == bit_by_bit(data)


@pytest.mark.parametrize("size", [10_000, 100_000, (1 << 20) + 4095, 3 << 20])
@pytest.mark.parametrize("cut", [0, 1, 9_999])
def test_pieces(size: int, cut: int) -> None:
    data = random.Random(size).randbytes(size)
    assert crc64(data[cut:], crc64(data[:cut])) == crc64(data)
    assert crc64(memoryview(data)[cut:], crc64(bytearray(data[:cut]))) == crc64(data)


def test_a_changed_bit_in_long_data() -> None:
    data = bytearray(1 << 20)
    data[1 << 19] = 1
    assert crc64(data) != crc64(bytes(1 << 20)) == 0
