"""Commands that wait for sorted sets: who is served, in which order, and what ends the waiting."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import generated
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, on

Words = tuple[Word, ...]

BLOCKED: list[Words] = [
    ("BZPOPMIN", "z", "y", 0),
    ("BZPOPMAX", "z", 0),
    ("BZMPOP", 0, 2, "z", "y", "MIN"),
    ("BZMPOP", 0, 1, "z", "max", "COUNT", 2),
]
EVERY = ("valkey-9.1", "redis-7.0", "redis-8.2")
AS_A_WHOLE = {"redis-7.0": "serves the key that became ready first; since 7.2 the request is tried again as a whole"}
ADD: Words = ("ZADD", "z", 1, "a", 2, "b", 3.5, "c")


@pytest.mark.parametrize("words", BLOCKED)
def test_served_at_once(compare: Comparison, words: Words) -> None:
    compare([ADD, words, words, ("EXISTS", "z")], oracles=EVERY)
    compare([("ZADD", "y", 1, "a"), ("ZADD", "z", 1, "b"), words])


@pytest.mark.parametrize("words", BLOCKED)
@pytest.mark.parametrize("cause", [ADD, ("ZINCRBY", "z", "inf", "a"), ("ZADD", "z", "INCR", 3, "x")])
def test_served_by_an_addition(compare: Comparison, words: Words, cause: Words) -> None:
    compare([begin(*words), on("b", *cause), expect()], oracles=EVERY)


@pytest.mark.parametrize("words", BLOCKED)
def test_wrong_types(compare: Comparison, words: Words) -> None:
    compare([("SET", "z", "x"), words])
    compare([("RPUSH", "z", "x"), words])


@pytest.mark.parametrize("words", BLOCKED)
def test_another_type_does_not_wake(compare: Comparison, words: Words) -> None:
    another = [
        on("b", "SET", "z", "x"),
        on("b", "DEL", "z"),
        on("b", "RPUSH", "z", "x"),
        arrived(),
        on("b", "DEL", "z"),
        arrived(),
    ]
    compare([begin(*words), *another, on("b", *ADD), expect()])


def test_a_wrong_type_among_several_keys(compare: Comparison) -> None:
    compare([("SET", "s", "x"), ADD, ("BZPOPMIN", "z", "s", 0), ("BZPOPMIN", "missing", "s", "z", 0)])
    compare([begin("BZPOPMIN", "s", "z", 0), on("b", "SET", "s", "x"), on("b", *ADD), expect()], differs=AS_A_WHOLE)


@pytest.mark.parametrize(
    "words", [("BZPOPMIN", "z", 0.02), ("BZPOPMAX", "z", "y", "2e-2"), ("BZMPOP", 0.02, 1, "z", "MIN")]
)
def test_timeout(compare: Comparison, words: Words) -> None:
    compare([begin(*words), elapse(20), expect(), ("PING",)])


@pytest.mark.parametrize("seconds", ["x", "-1", "nan", "", " 1", "-0.5"])
def test_bad_timeouts(compare: Comparison, seconds: str) -> None:
    case: list[Words] = [("SET", "s", "x")]
    for key in ("z", "s"):
        case += [("BZPOPMIN", key, seconds), ("BZPOPMAX", key, seconds), ("BZMPOP", seconds, 1, key, "MIN")]
    compare(case)


@pytest.mark.parametrize(
    "words",
    [
        ("BZPOPMIN",), ("BZPOPMIN", "z"), ("BZPOPMAX", "z"), ("BZMPOP", 0), ("BZMPOP", 0, 1, "z"), ("BZMPOP", 0, 0, "z", "MIN"),
        ("BZMPOP", 0, 1, "z", "FOO"), ("BZMPOP", 0, 2, "z", "MIN"), ("BZMPOP", "x", 0, "z", "MIN"), ("BZMPOP", "x", 1, "z", "MIN", "COUNT", 0),
        ("BZMPOP", 0, 1, "z", "MIN", "COUNT", 0), ("BZMPOP", 0, 1, "z", "MIN", "COUNT", 1, "COUNT", 1), ("BZMPOP", 0, 1, "z", "MIN", "COUNT"),
        ("BZMPOP", 0, 1, "z", "MIN", "FOO", 1), ("BZMPOP", 0, "x", "z", "MIN"), ("BZMPOP", 0, 1, "z", "MIN", "COUNT", "x"),
    ],
)  # fmt: skip
def test_bad_requests(compare: Comparison, words: Words) -> None:
    compare([words], oracles=EVERY)


def test_in_the_order_of_arrival(compare: Comparison) -> None:
    compare(
        [
            on("a", begin("BZPOPMIN", "z", 0)),
            on("b", begin("BZPOPMAX", "z", 0)),
            on("c", begin("BZMPOP", 0, 2, "y", "z", "MIN", "COUNT", 5)),
            on("d", begin("BZPOPMIN", "z", 0)),
            on("e", "ZADD", "z", 1, "a", 2, "b", 3, "c", 4, "d"),
            expect("a"),
            expect("b"),
            expect("c"),
            arrived("d"),
            on("e", "ZADD", "z", 5, "e"),
            expect("d"),
        ]
    )


def test_lists_and_sorted_sets_with_the_same_key(compare: Comparison) -> None:
    compare(
        [
            on("a", begin("BLPOP", "k", 0)),
            on("b", begin("BZPOPMIN", "k", 0)),
            on("c", "ZADD", "k", 1, "m"),
            arrived("a"),
            expect("b"),
            on("c", "RPUSH", "k", "m"),
            expect("a"),
        ]
    )


def test_transactions(compare: Comparison) -> None:
    multi, execute = on("b", "MULTI"), on("b", "EXEC")
    compare(
        [
            begin("BZPOPMIN", "z", 0),
            multi,
            on("b", "ZADD", "z", 2, "a"),
            on("b", "ZADD", "z", 1, "a", 3, "b"),
            execute,
            expect(),
        ]
    )
    compare([begin("BZPOPMIN", "z", 0), multi, on("b", *ADD), on("b", "DEL", "z"), execute, arrived()])
    compare(
        [
            begin("BZPOPMIN", "z", 0),
            multi,
            on("b", *ADD),
            on("b", "DEL", "z"),
            on("b", "SET", "z", "x"),
            execute,
            arrived(),
        ]
    )
    compare(
        [
            ("ZADD", "one", 1, "x"),
            ("MULTI",),
            *BLOCKED,
            ("BZPOPMIN", "missing", "one", 0),
            ("BZPOPMAX", "z", "x"),
            ("EXEC",),
        ]
    )


@pytest.mark.parametrize(
    "steps",
    [
        [("RENAME", "other", "z")],
        [("COPY", "other", "z")],
        [("SET", "z", "x"), ("RENAME", "other", "z")],
        [("ZRANGESTORE", "z", "other", 0, -1)],
        [("ZUNIONSTORE", "z", 1, "other")],
        [("ZINTERSTORE", "z", 2, "other", "other")],
        [("ZDIFFSTORE", "z", 2, "other", "missing")],
        [("SELECT", 1), ("ZADD", "z", 1, "m"), ("MOVE", "z", 0)],
        [("SELECT", 1), ("ZADD", "z", 1, "m"), ("SWAPDB", 0, 1)],
    ],
)
@pytest.mark.parametrize("words", BLOCKED)
def test_other_ways_to_become_ready(compare: Comparison, words: Words, steps: list[Words]) -> None:
    compare([on("b", "ZADD", "other", 1, "m"), begin(*words), *[on("b", *cause) for cause in steps], expect()])


def test_the_same_key_twice(compare: Comparison) -> None:
    compare([begin("BZPOPMIN", "z", "z", 0), on("b", *ADD), expect()])


def test_unblocked(compare: Comparison) -> None:
    for how in (("TIMEOUT",), ("ERROR",), ()):
        begun = [("CLIENT", "SETNAME", "waiting"), begin("BZPOPMIN", "z", 0)]
        compare([*begun, on("b", "CLIENT", "UNBLOCK", 0, *how), on("b", *ADD), expect()])


CLIENTS = st.sampled_from("abc")
NAMES = st.sampled_from(["x", "y", "z"])
END = st.sampled_from(["MIN", "MAX"])
REQUESTS = st.one_of(
    st.tuples(st.sampled_from(["BZPOPMIN", "BZPOPMAX"]), NAMES, NAMES, st.just(0)),
    st.tuples(st.just("BZMPOP"), st.just(0), st.just(2), NAMES, NAMES, END, st.just("COUNT"), st.integers(1, 3)),
    st.tuples(st.just("BLPOP"), NAMES, st.just(0)),
)
SCORES, MEMBERS = st.integers(-2, 2), st.sampled_from("abcd")
CAUSES = st.one_of(
    st.tuples(st.just("ZADD"), NAMES, SCORES, MEMBERS, SCORES, MEMBERS),
    st.tuples(st.just("ZADD"), NAMES, SCORES, MEMBERS),
    st.tuples(st.just("ZREM"), NAMES, MEMBERS),
    st.tuples(st.just("ZUNIONSTORE"), NAMES, st.just(2), NAMES, NAMES),
    st.tuples(st.just("RENAME"), NAMES, NAMES),
    st.tuples(st.just("RPUSH"), NAMES, st.just("element")),
    st.tuples(st.just("DEL"), NAMES),
)


def transaction(several: list[Words]) -> list[Step]:
    return [on("d", *words) for words in [("MULTI",), *several, ("EXEC",)]]


def requests_that_block(client: str, words: Words) -> list[Step]:
    """Return the steps of a request that may block, or stand behind one that does."""
    return [arrived(client), on(client, begin(*words))]


@generated
@given(
    steps=st.lists(
        st.one_of(
            st.builds(requests_that_block, CLIENTS, REQUESTS),
            CAUSES.map(lambda words: [on("d", *words)]),
            st.lists(CAUSES, max_size=4).map(transaction),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_anybody_waits_for_anything(compare: Comparison, steps: list[list[Step]]) -> None:
    compare(chain.from_iterable(steps), oracles=("valkey-9.1",))
