"""WAIT and WAITAOF where there are no replicas and no files."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Word, begin, elapse, expect, on

Words = tuple[Word, ...]
NEWER = ("valkey-9.1", "redis-8.2")
HUGE = 2**63 - 1


@pytest.mark.parametrize(
    "words",
    [
        ("WAIT", 0, 0), ("WAIT", -1, 0), ("WAIT", -HUGE - 1, 0), ("WAIT", 0, 1000), ("WAIT", "x", 0), ("WAIT", 1, "x"), ("WAIT", 1, -1), ("WAIT", "x", -1),
        ("WAIT", 1, "1.5"), ("WAIT", 1, ""), ("WAIT", HUGE + 1, 0), ("WAIT", 1, HUGE + 1), ("WAIT", 0, -1), ("WAIT", 0, "x"),
        ("WAIT", 1), ("WAIT",), ("WAIT", 1, 2, 3), ("wait", 0, 0),
    ],
)  # fmt: skip
def test_wait(compare: Comparison, words: Words) -> None:
    compare([words])


@pytest.mark.parametrize(
    "words",
    [
        ("WAITAOF", 0, 0, 0), ("WAITAOF", 1, 0, 0), ("WAITAOF", 2, 0, 0), ("WAITAOF", -1, 0, 0), ("WAITAOF", "x", 0, 0), ("WAITAOF", 0, -1, 0),
        ("WAITAOF", 0, "x", 0), ("WAITAOF", 0, HUGE + 1, 0), ("WAITAOF", 0, 0, -1), ("WAITAOF", 0, 0, "x"), ("WAITAOF", 0, 0, HUGE), ("WAITAOF", 1, 1, -1),
        ("WAITAOF", "x", "x", "x"), ("WAITAOF", 1, "x", "x"), ("WAITAOF", 1, 1, 0), ("WAITAOF", 0, 0), ("WAITAOF",), ("WAITAOF", 0, 0, 0, 0),
    ],
)  # fmt: skip
def test_waitaof(compare: Comparison, words: Words) -> None:
    compare([words], oracles=NEWER)


def test_a_timeout_that_is_too_long(compare: Comparison) -> None:
    compare([("WAIT", 1, HUGE)], oracles=NEWER)


@pytest.mark.parametrize("words", [("WAIT", 1, 20), ("WAIT", 3, 20)])
def test_waiting_ends_at_the_timeout(compare: Comparison, words: Words) -> None:
    compare([("SET", "k", "v"), begin(*words), on("b", "GET", "k"), elapse(20), expect(), ("PING",)])


def test_waiting_for_files_ends_at_the_timeout(compare: Comparison) -> None:
    compare(
        [("SET", "k", "v"), begin("WAITAOF", 0, 1, 20), on("b", "GET", "k"), elapse(20), expect(), ("PING",)],
        oracles=NEWER,
    )
