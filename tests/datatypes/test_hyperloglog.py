"""HyperLogLogs against a list of registers. That the strings are Redis' own is compared in tests/differential/."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stubredis.datatypes import hyperloglog
from stubredis.datatypes.hyperloglog import EMPTY, REGISTERS, HyperLogLog, registers_of
from stubredis.errors import CommandError
from tests.programs import IN_CI

#: No time limit for an example, and the same examples in every run of CI.
unhurried = settings(deadline=None, derandomize=IN_CI)

ANY_REGISTERS = st.integers(0, 2**32).map(lambda seed: bytes(random.Random(seed).choices(range(64), k=REGISTERS)))


@pytest.mark.parametrize(
    ("element", "value"),
    [
        # The registers that Redis chooses for elements of all lengths are compared in tests/differential/.
        (b"", 0xD8DFEA6585BC9732),
        (b"a", 0x53D2470A9B43B1A7),
        (b"12345678", 0x95EBB86389132953),
        (b"123456789 abcdef", 0x2B4FE37A789AEAC1),
    ],
)
def test_hash(element: bytes, value: int) -> None:
    assert hyperloglog.hash_of(element) == value


@unhurried
@given(ANY_REGISTERS)
def test_packing(registers: bytes) -> None:
    packed = hyperloglog.pack(registers)
    assert len(packed) == REGISTERS * 6 // 8
    assert int.from_bytes(packed, "little") >> 6 * 1000 & 63 == registers[1000]
    assert hyperloglog.unpack(packed) == registers


@unhurried
@given(ANY_REGISTERS, ANY_REGISTERS)
def test_highest(first: bytes, second: bytes) -> None:
    assert hyperloglog.highest(first, second) == bytes(map(max, first, second))


@unhurried
@given(ANY_REGISTERS)
def test_histogram(registers: bytes) -> None:
    assert hyperloglog.histogram(registers) == [registers.count(value) for value in range(64)]


INDEXES = st.one_of(st.integers(0, 40), st.integers(0, REGISTERS - 1), st.integers(REGISTERS - 40, REGISTERS - 1))
RAISED = st.lists(st.tuples(INDEXES, st.one_of(st.integers(1, 3), st.integers(1, 33))), max_size=80)


@unhurried
@given(RAISED, st.sampled_from([3000, 60]), st.booleans())
def test_set(raised: list[tuple[int, int]], sparse_max_bytes: int, dense: bool) -> None:
    sketch = HyperLogLog(bytearray(EMPTY), sparse_max_bytes)
    if dense:
        sketch.become_dense()
    registers = bytearray(REGISTERS)
    for index, value in raised:
        assert sketch.set(index, value) is (value > registers[index])
        registers[index] = max(value, registers[index])
        assert dense or hyperloglog.is_dense(sketch.string) or len(sketch.string) <= sparse_max_bytes
    assert registers_of(sketch.string) == registers
    number = sketch.count()
    assert number == hyperloglog.estimate(hyperloglog.histogram(registers)) == sketch.cached
    sketch.forget()
    assert sketch.cached is None
    sketch.become_dense()
    assert registers_of(sketch.string) == registers
    assert sketch.count() == number


@unhurried
@given(RAISED, RAISED)
def test_merge(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    sketches = [HyperLogLog(bytearray(EMPTY), 200) for _ in range(2)]
    for sketch, raised in zip(sketches, (first, second), strict=True):
        for index, value in raised:
            sketch.set(index, value)
    registers = [registers_of(sketch.string) for sketch in sketches]
    sketches[0].merge(registers[1])
    assert registers_of(sketches[0].string) == bytes(map(max, *registers))


@pytest.mark.parametrize("number", [1, 10, 1000, 50_000])
def test_estimates_are_near(number: int) -> None:
    sketch = HyperLogLog(bytearray(EMPTY))
    for element in range(number):
        assert sketch.add(b"%d" % element) in (True, False)
        assert not sketch.add(b"%d" % element)
    assert abs(sketch.count() - number) <= math.ceil(4 * 1.04 / math.sqrt(REGISTERS) * number)


def test_a_string_changed_by_somebody_else_is_read_again() -> None:
    sketch = HyperLogLog(bytearray(EMPTY))
    sketch.set(5, 1)
    sketch.string[:] = EMPTY
    assert sketch.set(5, 1)
    assert registers_of(sketch.string)[:7] == b"\0\0\0\0\0\1\0"


def test_many_sketches_side_by_side() -> None:
    sketches = [HyperLogLog(bytearray(EMPTY)) for _ in range(100)]
    places = [[random.randrange(REGISTERS) for _ in range(5)] for _ in sketches]
    for turn in range(5):
        for sketch, indexes in zip(sketches, places, strict=True):
            sketch.set(indexes[turn], 1)
    for sketch, indexes in zip(sketches, places, strict=True):
        assert sum(registers_of(sketch.string)) == len(set(indexes))


@pytest.mark.parametrize("body", [b"", b"\x7f\xfe", b"\x7f\xff\x00", b"\x7f\xfe\x81", b"\x40\x00" * 20_000, b"\x40"])
def test_damage_is_found(body: bytes) -> None:
    sketch = HyperLogLog(bytearray(EMPTY[:16] + body))
    for use in (sketch.count, sketch.become_dense):
        with pytest.raises(CommandError, match="INVALIDOBJ"):
            use()
    assert sketch.string == EMPTY[:16] + body
    with pytest.raises(CommandError, match="INVALIDOBJ"):
        HyperLogLog(bytearray(EMPTY[:16] + b"\x7f\xfd\x40")).set(REGISTERS - 2, 1)
