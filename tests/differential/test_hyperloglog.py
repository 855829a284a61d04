"""HyperLogLogs: every command and option, and what is wrong with them. The strings are the same byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, raw, step

EVERY = ("valkey-9.1", "redis-7.0", "redis-8.2")

FAR = 4102444800  # a Unix time in seconds that no test reaches
OUTDATED = bytes(7) + b"\x80"


def sketch(encoding: int, registers: bytes, estimate: bytes = OUTDATED) -> bytes:
    return b"HYLL" + bytes((encoding, 0, 0, 0)) + estimate + registers


def dense(registers: bytes, estimate: bytes = OUTDATED) -> bytes:
    """Return a dense one in which these six-bit integers are repeated, packed as four in three bytes."""
    return sketch(0, (registers * 12288)[:12288], estimate)


def members(first: int, last: int, prefix: str = "member:") -> list[Word]:
    return [f"{prefix}{number}" for number in range(first, last)]


START: list[tuple[Word, ...]] = [
    ("PFADD", "h", "a", "b", "c"),
    ("PFADD", "g", *members(0, 100)),
    ("PFADD", "dense", *members(50, 60)),
    ("PFDEBUG", "TODENSE", "dense"),
    ("PFADD", "counted", "x", "y"),
    ("PFCOUNT", "counted"),
    ("PFADD", "t", "z"),
    ("EXPIRE", "t", 1000),
    ("SET", "s", "string"),
    ("SET", "n", "10"),
    ("RPUSH", "l", "a"),
]


@pytest.mark.parametrize(
    "request_words",
    [
        ("PFADD", "h"), ("PFADD", "h", "a"), ("PFADD", "h", "d", "e", "d"), ("PFADD", "new"), ("PFADD", "new", "a", "a"), ("PFADD", "h", ""),
        ("PFADD", "dense", "member:50"), ("PFADD", "dense", "other"), ("PFADD", "counted"), ("PFADD", "counted", "x"), ("PFADD", "counted", "z"),
        ("PFADD", "t", "other"), ("PFADD", "s", "a"), ("PFADD", "n", "a"), ("PFADD", "l", "a"), ("PFADD",), ("PFADD", "", "a"),
        ("PFADD", b"\x00\xff", b"\x00", b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\r\n"),
        ("PFCOUNT", "h"), ("PFCOUNT", "g"), ("PFCOUNT", "dense"), ("PFCOUNT", "counted"), ("PFCOUNT", "missing"), ("PFCOUNT", "t"), ("PFCOUNT", "s"),
        ("PFCOUNT", "l"), ("PFCOUNT",), ("PFCOUNT", "h", "g"), ("PFCOUNT", "h", "missing"), ("PFCOUNT", "missing", "missing"), ("PFCOUNT", "g", "dense", "h"),
        ("PFCOUNT", "h", "h"), ("PFCOUNT", "h", "s"), ("PFCOUNT", "s", "l"), ("PFCOUNT", "missing", "l"),
        ("PFMERGE", "h"), ("PFMERGE", "new"), ("PFMERGE", "new", "missing"), ("PFMERGE", "new", "h"), ("PFMERGE", "new", "h", "g"), ("PFMERGE", "h", "g"),
        ("PFMERGE", "g", "h"), ("PFMERGE", "h", "dense"), ("PFMERGE", "dense", "h"), ("PFMERGE", "new", "dense", "h"), ("PFMERGE", "counted", "counted"),
        ("PFMERGE", "h", "h"), ("PFMERGE", "t", "h"), ("PFMERGE", "s", "h"), ("PFMERGE", "h", "s"), ("PFMERGE", "new", "l"), ("PFMERGE", "l", "h"), ("PFMERGE",),
        ("PFDEBUG", "GETREG", "h"), ("PFDEBUG", "getreg", "dense"), ("PFDEBUG", "DECODE", "h"), ("PFDEBUG", "DECODE", "g"), ("PFDEBUG", "DECODE", "dense"),
        ("PFDEBUG", "ENCODING", "h"), ("PFDEBUG", "encoding", "dense"), ("PFDEBUG", "TODENSE", "h"), ("PFDEBUG", "TODENSE", "dense"), ("PFDEBUG", "TODENSE", "counted"),
        ("PFDEBUG", "FOO", "h"), ("PFDEBUG", "FOO", "missing"), ("PFDEBUG", "FOO", "l"), ("PFDEBUG", "GETREG", "s"), ("PFDEBUG", "GETREG", "missing"),
        ("PFDEBUG", "GETREG", "l"), ("PFDEBUG", "GETREG"), ("PFDEBUG", "GETREG", "h", "x"), ("PFDEBUG",),
        ("PFSELFTEST",), ("PFSELFTEST", "x"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([*START, request_words], oracles=EVERY)


@pytest.mark.parametrize("length", range(33))
def test_hashes_of_all_lengths(compare: Comparison, length: int) -> None:
    elements = [bytes((number * 7 + place * 11) % 256 for place in range(length)) for number in range(20)]
    compare([("PFADD", "h", *elements), ("PFCOUNT", "h"), ("PFDEBUG", "DECODE", "h")])


@pytest.mark.parametrize("count", [1, 7, 500])
def test_from_sparse_to_dense(compare: Comparison, count: int) -> None:
    case: list[tuple[Word, ...]] = []
    for first in range(0, 3000 if count > 1 else 150, count):
        case.append(("PFADD", "h", *members(first, first + count)))
        if first % (count * 9) == 0:
            case += [("GET", "h"), ("PFDEBUG", "ENCODING", "h"), ("PFCOUNT", "h"), ("GET", "h"), ("STRLEN", "h")]
    compare(case, oracles=EVERY)


def test_a_value_that_the_sparse_encoding_does_not_know(compare: Comparison) -> None:
    """One element in four thousand millions has it; here it comes from another sketch."""
    high = dense(b"\x00" * 12285 + b"\x00\x00\x84")  # the last register is 33
    case = [
        ("SET", "high", high),
        ("PFADD", "h", "a"),
        ("PFMERGE", "h", "high"),
        ("PFCOUNT", "h"),
        ("PFDEBUG", "GETREG", "h"),
    ]
    compare(case, oracles=EVERY)


@pytest.mark.parametrize(
    "counts", [(10, 10), (300, 300), (900, 900), (1400, 10), (10, 1400), (1000, 3000), (3000, 1000)]
)
def test_merging(compare: Comparison, counts: tuple[int, int]) -> None:
    first, second = counts
    compare(
        [
            ("PFADD", "a", *members(0, first)), ("PFADD", "b", *members(first // 2, first // 2 + second)), ("PFCOUNT", "a", "b"),
            ("PFMERGE", "new", "a", "b"), ("GET", "new"), ("PFMERGE", "a", "b"), ("GET", "a"), ("PFCOUNT", "a"), ("PFMERGE", "b"), ("GET", "b"),
            ("PFMERGE", "new", "new"), ("PFADD", "new", *members(5000, 5100)), ("PFCOUNT", "new"), ("PFCOUNT", "new", "a", "b"),
        ],
        oracles=EVERY,
    )  # fmt: skip


def test_large_numbers(compare: Comparison) -> None:
    case: list[tuple[Word, ...]] = []
    for first in range(0, 100_000, 5000):
        case += [("PFADD", "h", *members(first, first + 5000)), ("PFCOUNT", "h")]
    compare([*case, ("GET", "h")])


def test_the_longest_sparse_string_is_the_configured_one(compare: Comparison) -> None:
    case: list[tuple[Word, ...]] = [
        ("CONFIG", "GET", "hll-sparse-max-bytes"),
        ("CONFIG", "SET", "hll-sparse-max-bytes", 100),
    ]
    case += [("PFADD", "h", *members(first, first + 3)) for first in range(0, 60, 3)]
    compare([*case, ("PFDEBUG", "ENCODING", "h"), ("CONFIG", "SET", "hll-sparse-max-bytes", 3000), ("PFADD", "h", "a")])


SPARSE_EMPTY = b"\x7f\xff"
DAMAGED = {
    "too short for a header": b"HYLL",
    "header only": sketch(1, b""),
    "other magic": b"HYLO" + sketch(1, SPARSE_EMPTY)[4:],
    "unknown encoding": sketch(2, SPARSE_EMPTY),
    "dense and too short": sketch(0, bytes(12287)),
    "dense and too long": sketch(0, bytes(12289)),
    "too few registers": sketch(1, b"\x7f\xfe"),
    "far too few registers": sketch(1, b"\x80"),
    "too many zeros": sketch(1, SPARSE_EMPTY + b"\x00"),
    "too many long zeros": sketch(1, SPARSE_EMPTY + SPARSE_EMPTY),
    "a value ends behind the last register": sketch(1, b"\x7f\xfe" + b"\x81"),
    "a long run too many": sketch(1, b"\x80" + SPARSE_EMPTY + b"\x80"),
}
PECULIAR = {
    "runs that could be shorter": sketch(1, b"\x40\x00" * 16384),
    "short runs of zeros": sketch(1, b"\x3f" * 256),
    "runs of the same value side by side": sketch(1, b"\x80\x80\x80\x80\x7f\xfb"),
    "nothing but values": sketch(1, b"\x87" * 4096),
    "longest runs": sketch(1, b"\xff" * 4096),
    "zeros between values": sketch(1, b"\x80\x00\x80\x00\x40\x00\x80\x00" + b"\x80" * 3 + b"\x7f\xf5"),
    "sparse and estimated": sketch(1, SPARSE_EMPTY, b"\x07" + bytes(7)),
    "dense and estimated": dense(b"\x00", b"\xff" * 7 + b"\x7f"),
    "other bytes in the header": b"HYLL\x01abc" + OUTDATED[:7] + b"\xff" + SPARSE_EMPTY,
    "no elements": dense(b"\x00"),
    "registers of 1": dense(b"\x41\x10\x04"),
    "registers of 50": dense(b"\xb2\x2c\xcb"),
    "registers of 51": dense(b"\xf3\x3c\xcf"),
    "registers of 52": dense(b"\x34\x4d\xd3"),
    "registers of 63": dense(b"\xff"),
    "many values": dense(bytes(range(256))),
    "few values": dense(b"\x00\x01\x02\x30\x40\x05\x00\x70\x08"),
}
USES: list[tuple[Word, ...]] = [
    ("PFCOUNT", "h"), ("GET", "h"), ("PFDEBUG", "DECODE", "h"), ("PFCOUNT", "h", "other"), ("PFMERGE", "new", "other", "h"), ("PFADD", "h"),
    ("PFMERGE", "other", "h"), ("PFMERGE", "h", "other"), ("GET", "h"), ("PFDEBUG", "TODENSE", "h"), ("PFDEBUG", "GETREG", "h"), ("PFCOUNT", "h"),
]  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_strings(compare: Comparison, name: str) -> None:
    compare(
        [("SET", "h", DAMAGED[name]), ("PFADD", "other", "a", "b"), *USES, ("PFDEBUG", "ENCODING", "h")], oracles=EVERY
    )


def test_adding_to_damaged_strings(compare: Comparison) -> None:
    """Redis finds out only where it meets the damage: elements before it are added."""
    case: list[tuple[Word, ...]] = []
    for name in ("too few registers", "far too few registers", "too many zeros", "a long run too many"):
        case += [
            ("SET", "h", DAMAGED[name]),
            ("PFADD", "h", *members(0, 3)),
            ("GET", "h"),
            ("PFADD", "h", *members(3, 9)),
            ("GET", "h"),
        ]
    compare(case, oracles=EVERY)


@pytest.mark.parametrize("name", PECULIAR)
def test_peculiar_strings(compare: Comparison, name: str) -> None:
    adds: list[tuple[Word, ...]] = [("PFADD", "h", *members(first, first + 5)) for first in range(0, 50, 5)]
    compare([("SET", "h", PECULIAR[name]), ("PFADD", "other", "a", "b"), *adds, ("GET", "h"), *USES], oracles=EVERY)


@pytest.mark.parametrize("name", PECULIAR)
def test_uses_of_peculiar_strings(compare: Comparison, name: str) -> None:
    compare([("SET", "h", PECULIAR[name]), ("PFADD", "other", *members(0, 9)), *USES], oracles=EVERY)


def test_changes_by_other_commands(compare: Comparison) -> None:
    """The string is an ordinary one: what others write to it is seen."""
    compare(
        [
            ("PFADD", "h", "a", "b"), ("GETRANGE", "h", 0, 3), ("COPY", "h", "copy"), ("PFADD", "h", "c"), ("PFCOUNT", "copy"), ("PFCOUNT", "h"),
            ("SETRANGE", "h", 16, SPARSE_EMPTY), ("PFADD", "h", "a"), ("PFCOUNT", "h"), ("APPEND", "copy", "x"), ("PFCOUNT", "copy"), ("PFADD", "copy", "d"),
            ("PFCOUNT", "copy"), ("SETBIT", "copy", 39, 0), ("PFCOUNT", "copy"), ("BITOP", "OR", "both", "h", "h"), ("PFCOUNT", "both"), ("PFADD", "both", "e"),
            ("TYPE", "h"), ("RENAME", "both", "moved"), ("PFCOUNT", "moved"), ("INCR", "moved"), ("SET", "h", "x"), ("PFADD", "h", "a"),
        ],
        oracles=EVERY,
    )  # fmt: skip


def test_a_sketch_that_changes_after_it_was_read(compare: Comparison) -> None:
    compare([("PFADD", "h", "a"), raw(b"GET h\nPFADD h b\nPFCOUNT h\nGET h\n", replies=4)])


def test_counting_is_a_change_once(compare: Comparison) -> None:
    transaction: list[tuple[Word, ...]] = [("WATCH", "h"), ("PFCOUNT", "h"), ("MULTI",), ("PING",), ("EXEC",)]
    compare([("PFADD", "h", "a"), *transaction, *transaction], oracles=EVERY)


ELEMENTS = st.integers(0, 400).map(lambda number: f"element:{number}")
SOME = st.integers(0, 4000)


@st.composite
def additions(draw: st.DrawFn) -> Step:
    first = draw(SOME)
    return step("PFADD", draw(KEYS), *members(first, first + draw(st.sampled_from([1, 2, 10, 100, 700])), "element:"))


@generated
@given(
    steps=cases(
        additions(),
        additions(),
        command("PFADD", KEYS, ELEMENTS, ELEMENTS),
        command("PFADD", KEYS),
        command("PFCOUNT", KEYS),
        command("PFCOUNT", KEYS, KEYS),
        command("PFMERGE", KEYS, KEYS),
        command("PFMERGE", KEYS, KEYS, KEYS),
        command("PFDEBUG", "TODENSE", KEYS),
        command("PFDEBUG", "DECODE", KEYS),
        command("SETRANGE", KEYS, st.integers(14, 40), st.binary(max_size=2)),
        command("APPEND", KEYS, st.binary(max_size=1)),
        command("STRLEN", KEYS),
        command("COPY", KEYS, KEYS),
        command("RENAME", KEYS, KEYS),
        command("DEL", KEYS),
        command("EXPIREAT", KEYS, st.sampled_from([1, FAR])),
    )
)
def test_any_sketches(compare: Comparison, steps: list[Step]) -> None:
    compare(steps, oracles=("redis-8.2",))


def test_an_opcode_that_the_end_cuts_in_two(compare: Comparison) -> None:
    compare([("PFADD", "h", "a"), ("APPEND", "h", b"\x61"), ("PFDEBUG", "DECODE", "h")])
