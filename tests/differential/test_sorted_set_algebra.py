"""Unions, intersections and differences of sorted sets, and of sets among them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word

Words = tuple[Word, ...]

START: list[Words] = [
    ("ZADD", "y", "1", "a", "2", "b", "3", "c", "inf", "i", "-inf", "j"),
    ("ZADD", "z", "10", "b", "20", "c", "30", "d", "-inf", "i", "inf", "j", "0", "zero"),
    ("ZADD", "one", "5", "b"),
    ("SADD", "set", "b", "d", "x"),
    ("SADD", "numbers", "1", "2", "3"),
    ("SET", "s", "string"),
]
EVERY = ("valkey-9.1", "redis-7.0", "redis-8.2")

GREATEST, LEAST = 2**63 - 1, -(2**63)
COMBINING = ("ZUNION", "ZINTER")
READING = (*COMBINING, "ZDIFF")
STORING = ("ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE")

INPUTS: list[Words] = [
    ("y",), ("z",), ("set",), ("numbers",), ("missing",), ("y", "z"), ("z", "y"), ("y", "y"), ("y", "missing"), ("missing", "y"), ("y", "set"),
    ("set", "y"), ("set", "numbers"), ("set", "set"), ("y", "z", "set"), ("one", "set", "y", "z"), ("missing", "missing"), ("y", "z", "y"), ("z", "one"),
    ("one", "z"), ("set", "missing", "z"),
]  # fmt: skip
OPTIONS: list[Words] = [
    (), ("WEIGHTS",), ("AGGREGATE", "SUM"), ("AGGREGATE", "min"), ("aggregate", "MAX"),
]  # fmt: skip
WEIGHTS: tuple[Word, ...] = ("2", "-1.5", "0", "inf")


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("keys", INPUTS, ids=" ".join)
def test_read(compare: Comparison, name: str, keys: Words) -> None:
    case = [(name, len(keys), *keys, *more) for more in [(), ("WITHSCORES",), ("withscores", "WITHSCORES")]]
    compare([*START, *case], oracles=EVERY)


@pytest.mark.parametrize("name", COMBINING)
@pytest.mark.parametrize("keys", INPUTS, ids=" ".join)
@pytest.mark.parametrize("aggregate", [(), ("AGGREGATE", "SUM"), ("AGGREGATE", "min"), ("aggregate", "MAX")])
def test_weights_and_aggregates(compare: Comparison, name: str, keys: Words, aggregate: Words) -> None:
    weighted = [("WEIGHTS", *(WEIGHTS * 2)[start : start + len(keys)]) for start in range(len(WEIGHTS))]
    case = [(name, len(keys), *keys, *weights, *aggregate, "WITHSCORES") for weights in [(), *weighted]]
    case += [(f"{name}STORE", "new", len(keys), *keys, *aggregate, *weights) for weights in [(), *weighted]]
    compare([*START, *case], oracles=EVERY)


@pytest.mark.parametrize("name", STORING)
@pytest.mark.parametrize("destination", ["new", "y", "set", "s", ""])
@pytest.mark.parametrize("keys", INPUTS[:12], ids=" ".join)
def test_store(compare: Comparison, name: str, destination: str, keys: Words) -> None:
    compare([*START, ("EXPIRE", destination, 100), (name, destination, len(keys), *keys)])


@pytest.mark.parametrize("keys", INPUTS, ids=" ".join)
def test_count_of_an_intersection(compare: Comparison, keys: Words) -> None:
    limits: list[Words] = [(), *(("LIMIT", limit) for limit in (0, 1, 2, 100, GREATEST)), ("limit", 1, "LIMIT", 0)]
    compare([*START, *[("ZINTERCARD", len(keys), *keys, *limit) for limit in limits]], oracles=EVERY)


@pytest.mark.parametrize("name", [*READING, *STORING, "ZINTERCARD"])
def test_bad_requests(compare: Comparison, name: str) -> None:
    head: Words = (name, "new") if name in STORING else (name,)
    numbers = (0, -1, 3, 100, GREATEST, LEAST, "x", "", "1.5", "+1", 2**63)
    case: list[Words] = [
        (name,),
        (*head, 1),
        head,
        (*head, 2, "y", "z", "FOO"),
        (*head, 2, "y", "s"),
        (*head, 2, "s", "y", "FOO"),
    ]
    case += [(*head, number, "y", "z") for number in numbers]
    case += [(*head, number, "s", "z") for number in (0, 3, "x")]
    options: list[Words] = [
        ("WEIGHTS",), ("WEIGHTS", 1), ("WEIGHTS", 1, "x"), ("WEIGHTS", 1, "nan"), ("WEIGHTS", "x"), ("WEIGHTS", 1, 2, 3), ("WEIGHTS", 1, 2),
        ("WEIGHTS", 1, "WITHSCORES"), ("WEIGHTS", 1, 2, "WEIGHTS", 3, 4), ("AGGREGATE",), ("AGGREGATE", "FOO"), ("AGGREGATE", "SUM", "MIN"),
        ("AGGREGATE", "MIN", "AGGREGATE", "MAX"), ("WITHSCORES",), ("WITHSCORES", "FOO"), ("LIMIT",), ("LIMIT", 1), ("LIMIT", -1), ("LIMIT", "x"), ("LIMIT", ""),
        ("LIMIT", 1, "FOO"), ("FOO", 1), ("",), ("WEIGHTS", 1, " 2"), ("WEIGHTS", "inf", "-inf"), ("WITHSCORES", "AGGREGATE", "MAX", "WEIGHTS", 1, 1),
    ]  # fmt: skip
    case += [(*head, 2, *keys, *option) for keys in (("y", "z"), ("y", "missing"), ("y", "s")) for option in options]
    compare([*START, *case], oracles=EVERY)


@pytest.mark.parametrize("aggregate", ["SUM", "MIN", "MAX"])
def test_sums_are_rounded_in_the_order_of_sizes(compare: Comparison, aggregate: str) -> None:
    sources = [
        ("ZADD", f"k{number}", "1e16", "a", "1", "b", *["0", "c", "0", "d"][: 2 * (number % 3)]) for number in range(3)
    ]
    sources += [("ZADD", "k3", "1", "a"), ("ZADD", "k4", "-1e16", "a", "inf", "b"), ("ZADD", "k5", "-inf", "b")]
    keys = [f"k{number}" for number in range(6)]
    case = [
        ("ZUNION", 6, *order, "AGGREGATE", aggregate, "WITHSCORES") for order in (keys, keys[::-1], keys[3:] + keys[:3])
    ]
    compare([*sources, *case])


def test_large_inputs(compare: Comparison) -> None:
    sources: list[Words] = [
        ("ZADD", f"k{step}", *(word for number in range(0, 900, step) for word in (number / 4, f"m{number}")))
        for step in (1, 2, 3)
    ]
    names = product(("UNION", "INTER", "DIFF"), [("k1", "k2", "k3"), ("k3", "k2"), ("k2", "set", "k1"), ("set", "k3")])
    case: list[Words] = [("SADD", "set", *(f"m{number}" for number in range(0, 900, 5)))]
    for name, keys in names:
        case += [
            (f"Z{name}", len(keys), *keys, "WITHSCORES"),
            (f"Z{name}STORE", "new", len(keys), *keys),
            ("ZREVRANGE", "new", 0, 20),
        ]
    compare([*sources, *case, ("ZINTERCARD", 3, "k1", "k2", "k3"), ("ZINTERCARD", 3, "k1", "k2", "k3", "LIMIT", 7)])


MEMBERS = st.sampled_from("abcd")
SCORES = st.sampled_from(["-inf", "-1", "0", "0.5", "2", "inf"])
AGGREGATES = st.sampled_from(["SUM", "MIN", "MAX"])
NAMES = st.sampled_from(COMBINING)
STORES = st.sampled_from(["ZUNIONSTORE", "ZINTERSTORE"])


@generated
@given(
    steps=cases(
        command("ZADD", KEYS, SCORES, MEMBERS, SCORES, MEMBERS, SCORES, MEMBERS),
        command("ZADD", KEYS, SCORES, MEMBERS, SCORES, MEMBERS),
        command("ZREM", KEYS, MEMBERS),
        command("SADD", KEYS, MEMBERS, MEMBERS),
        command(NAMES, 2, KEYS, KEYS, "WEIGHTS", SCORES, SCORES, "AGGREGATE", AGGREGATES, "WITHSCORES"),
        command(NAMES, 3, KEYS, KEYS, KEYS, "WITHSCORES"),
        command("ZDIFF", 2, KEYS, KEYS, "WITHSCORES"),
        command(STORES, KEYS, 2, KEYS, KEYS, "WEIGHTS", SCORES, SCORES, "AGGREGATE", AGGREGATES),
        command("ZDIFFSTORE", KEYS, 2, KEYS, KEYS),
        command("ZINTERCARD", 2, KEYS, KEYS, "LIMIT", st.integers(0, 3)),
        command("SET", KEYS, "string"),
        command("DEL", KEYS),
        command("EXPIREAT", KEYS, st.sampled_from([1, 4102444800])),
    )
)
def test_any_algebra(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
