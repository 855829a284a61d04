"""Commands that wait for lists: who is served, in which order, and what ends the waiting."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import generated
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, on, raw

Words = tuple[Word, ...]

BLOCKED: list[Words] = [
    ("BLPOP", "l", "m", 0),
    ("BRPOP", "l", 0),
    ("BLMOVE", "l", "d", "LEFT", "RIGHT", 0),
    ("BRPOPLPUSH", "l", "d", 0),
    ("BLMPOP", 0, 2, "l", "m", "LEFT"),
    ("BLMPOP", 0, 1, "l", "RIGHT", "COUNT", 2),
]
AS_A_WHOLE = {"redis-7.0": "serves the key that became ready first; since 7.2 the request is tried again as a whole"}


@pytest.mark.parametrize("words", BLOCKED)
def test_served_at_once(compare: Comparison, words: Words) -> None:
    compare([("RPUSH", "l", "1", "2", "3"), words])


@pytest.mark.parametrize("words", BLOCKED)
def test_served_by_a_push(compare: Comparison, words: Words) -> None:
    compare([begin(*words), on("b", "RPUSH", "l", "1", "2", "3"), expect()])


@pytest.mark.parametrize("words", BLOCKED)
def test_wrong_types(compare: Comparison, words: Words) -> None:
    compare([("SET", "l", "x"), words])


@pytest.mark.parametrize("words", BLOCKED)
def test_another_type_does_not_wake(compare: Comparison, words: Words) -> None:
    another = [on("b", "SET", "l", "x"), on("b", "APPEND", "l", "y"), arrived(), on("b", "DEL", "l"), arrived()]
    compare([begin(*words), *another, on("b", "LPUSH", "l", "y"), expect()])


def test_a_wrong_type_among_several_keys(compare: Comparison) -> None:
    compare([("SET", "s", "x"), ("RPUSH", "l", "1"), ("BLPOP", "l", "s", 0), ("BLPOP", "missing", "s", "l", 0)])
    compare(
        [begin("BLPOP", "s", "l", 0), on("b", "SET", "s", "x"), on("b", "RPUSH", "l", "1"), expect()],
        differs=AS_A_WHOLE,
    )


def test_a_destination_of_a_wrong_type(compare: Comparison) -> None:
    compare([("SET", "d", "x"), begin("BLMOVE", "l", "d", "LEFT", "LEFT", 0), on("b", "RPUSH", "l", "1"), expect()])
    compare([("SET", "d", "x"), ("RPUSH", "l", "1"), ("BRPOPLPUSH", "l", "d", 0)])


@pytest.mark.parametrize(
    "words",
    [
        ("BLPOP", "l", 0.02),
        ("BRPOP", "l", "m", "0.02"),
        ("BLMOVE", "l", "d", "LEFT", "LEFT", 0.02),
        ("BRPOPLPUSH", "l", "d", "2e-2"),
        ("BLMPOP", 0.02, 1, "l", "LEFT"),
        ("BLPOP", "l", "0x0.05p0"),
    ],
)
def test_timeout(compare: Comparison, words: Words) -> None:
    compare([begin(*words), elapse(20), expect(), ("PING",)])


@pytest.mark.parametrize("seconds", ["x", "-1", "nan", "", " 1", "1 ", "1x", "-0.5", "1,5", "1e", "1_0", "--1"])
def test_bad_timeouts(compare: Comparison, seconds: str) -> None:
    compare(
        [("BLPOP", "l", seconds), ("BLMPOP", seconds, 1, "l", "LEFT"), ("BLMOVE", "l", "d", "LEFT", "LEFT", seconds)]
    )


@pytest.mark.parametrize(
    "seconds", ["inf", "-inf", "1e300", "-1e300", "9223372036854775807", "9223372036854775", "9223372036854776"]
)
def test_timeouts_that_are_too_long(compare: Comparison, seconds: str) -> None:
    compare([("BLPOP", "l", seconds)], oracles=("valkey-9.1", "redis-8.2"))


@pytest.mark.parametrize(
    "words",
    [
        ("BLPOP",),
        ("BLPOP", "l"),
        ("BRPOP", "l"),
        ("BLMPOP", 0, 0, "l", "LEFT"),
        ("BLMPOP", 0, 1, "l"),
        ("BLMPOP", 0, 1, "l", "FOO"),
        ("BLMPOP", 0, 2, "l", "LEFT"),
        ("BLMPOP", "x", 0, "l", "LEFT"),
        ("BLMPOP", "x", 1, "l", "LEFT", "COUNT", 0),
        ("BLMPOP", 0, 1, "l", "LEFT", "COUNT", 0),
        ("BLMPOP", 0, 1, "l", "LEFT", "COUNT", 1, "COUNT", 1),
        ("BLMOVE", "l", "d", "FOO", "LEFT", "x"),
        ("BLMOVE", "l", "d", "LEFT", "FOO", "x"),
        ("BLMOVE", "l", "d", "LEFT", "LEFT"),
        ("BRPOPLPUSH", "l", "d"),
    ],
)
def test_bad_requests(compare: Comparison, words: Words) -> None:
    compare([words])


@pytest.mark.parametrize(
    "words", [("BLPOP", "s", "x"), ("BLMOVE", "s", "d", "LEFT", "LEFT", "-1"), ("BLMPOP", "x", 1, "s", "LEFT")]
)
def test_timeouts_are_read_before_keys(compare: Comparison, words: Words) -> None:
    compare([("SET", "s", "x"), words])


def test_in_the_order_of_arrival(compare: Comparison) -> None:
    compare(
        [
            on("a", begin("BLPOP", "l", 0)),
            on("b", begin("BRPOP", "l", 0)),
            on("c", begin("BLPOP", "m", "l", 0)),
            on("d", "RPUSH", "l", "1", "2"),
            expect("a"),
            expect("b"),
            arrived("c"),
            on("d", "RPUSH", "l", "3"),
            expect("c"),
        ]
    )


def test_the_first_key_that_is_ready(compare: Comparison) -> None:
    compare([("RPUSH", "m", "1"), ("BLPOP", "l", "m", "n", 0)])
    compare(
        [
            begin("BLPOP", "l", "m", 0),
            on("b", "MULTI"),
            on("b", "RPUSH", "m", "1"),
            on("b", "RPUSH", "l", "2"),
            on("b", "EXEC"),
            expect(),
        ],
        differs=AS_A_WHOLE,
    )


def test_the_same_key_twice(compare: Comparison) -> None:
    compare([begin("BLPOP", "l", "l", 0), on("b", "RPUSH", "l", "1", "2"), expect(), ("LRANGE", "l", 0, -1)])


def test_transactions(compare: Comparison) -> None:
    multi, execute = on("b", "MULTI"), on("b", "EXEC")
    compare([begin("BLPOP", "l", 0), multi, on("b", "RPUSH", "l", "1"), on("b", "LPUSH", "l", "0"), execute, expect()])
    compare([begin("BLPOP", "l", 0), multi, on("b", "RPUSH", "l", "1"), on("b", "DEL", "l"), execute, arrived()])


def test_nothing_waits_in_a_transaction(compare: Comparison) -> None:
    compare(
        [("RPUSH", "one", "1"), ("MULTI",), *BLOCKED, ("BLPOP", "missing", "one", 0), ("BLPOP", "l", "x"), ("EXEC",)]
    )


def test_chains(compare: Comparison) -> None:
    compare(
        [
            on("a", begin("BLMOVE", "l", "m", "LEFT", "RIGHT", 0)),
            on("b", begin("BLMOVE", "m", "n", "LEFT", "RIGHT", 0)),
            on("c", begin("BLPOP", "n", 0)),
            on("d", "RPUSH", "l", "1"),
            expect("a"),
            expect("b"),
            expect("c"),
        ]
    )
    compare([begin("BLMOVE", "l", "l", "LEFT", "RIGHT", 0), on("b", "RPUSH", "l", "1", "2"), expect()])


def test_circles(compare: Comparison) -> None:
    compare(
        [
            on("a", begin("BRPOPLPUSH", "l", "m", 0)),
            on("b", begin("BRPOPLPUSH", "m", "l", 0)),
            on("c", "RPUSH", "l", "1"),
            expect("a"),
            expect("b"),
        ]
    )


@pytest.mark.parametrize(
    "steps",
    [
        [("RENAME", "other", "l")],
        [("COPY", "other", "l")],
        [("SET", "l", "x"), ("RENAME", "other", "l")],
        [("SET", "l", "x"), ("COPY", "other", "l", "REPLACE")],
        [("SELECT", 1), ("RPUSH", "l", "1"), ("MOVE", "l", 0)],
        [("SELECT", 1), ("RPUSH", "l", "1"), ("SWAPDB", 0, 1)],
        [("SELECT", 1), ("RPUSH", "l", "1"), ("COPY", "l", "l", "DB", 0)],
        [("LMOVE", "other", "l", "LEFT", "LEFT")],
        [("LINSERT", "other", "BEFORE", "1", "0"), ("RENAMENX", "other", "l")],
    ],
)
def test_other_ways_to_become_ready(compare: Comparison, steps: list[Words]) -> None:
    compare([on("b", "RPUSH", "other", "1"), begin("BLPOP", "l", 0), *[on("b", *words) for words in steps], expect()])


def test_databases_are_swapped_below_the_waiting(compare: Comparison) -> None:
    compare(
        [
            begin("BLPOP", "l", 0),
            on("b", "SWAPDB", 0, 1),
            on("b", "SELECT", 1),
            on("b", "RPUSH", "l", "1"),
            arrived(),
            on("b", "SWAPDB", 0, 1),
            expect(),
        ]
    )


def test_requests_behind_a_blocking_one(compare: Comparison) -> None:
    pipeline: Step = raw(b"BLPOP l 0\r\nSET k v\r\nGET k\r\n", replies=0)
    compare([begin(pipeline), on("b", "GET", "k"), on("b", "RPUSH", "l", "1"), expect("a", 3)])
    twice: Step = raw(b"BLPOP l 0\r\nBLPOP m 0.02\r\nPING\r\n", replies=0)
    compare([begin(twice), on("b", "RPUSH", "l", "1"), expect(), elapse(20), expect("a", 2)])


def test_requests_behind_are_executed_after_those_of_the_server_of_elements(compare: Comparison) -> None:
    waiting: Step = raw(b"BLPOP l 0\r\nGET k\r\n", replies=0)
    compare([begin(waiting), on("b", raw(b"RPUSH l 1\r\nSET k v\r\n", replies=2)), expect("a", 2)])


def test_nobody_is_unblocked(compare: Comparison) -> None:
    compare([begin("BLPOP", "l", 0), on("b", "CLIENT", "UNBLOCK", 0), on("b", "RPUSH", "l", "1"), expect()])


def test_without_a_reply(compare: Comparison) -> None:
    skipped: Step = raw(b"CLIENT REPLY SKIP\r\nBLPOP l 0\r\nPING\r\n", replies=0)
    compare([begin(skipped), on("b", "RPUSH", "l", "1"), expect()])


CLIENTS = st.sampled_from("abc")
LISTS = st.sampled_from(["k", "l", "m"])
END = st.sampled_from(["LEFT", "RIGHT"])
REQUESTS = st.one_of(
    st.tuples(st.sampled_from(["BLPOP", "BRPOP"]), LISTS, LISTS, st.just(0)),
    st.tuples(st.just("BLMOVE"), LISTS, LISTS, END, END, st.just(0)),
    st.tuples(st.just("BRPOPLPUSH"), LISTS, LISTS, st.just(0)),
    st.tuples(st.just("BLMPOP"), st.just(0), st.just(2), LISTS, LISTS, END, st.just("COUNT"), st.integers(1, 3)),
)
CAUSES = st.one_of(
    st.tuples(st.sampled_from(["LPUSH", "RPUSH"]), LISTS, *[st.sampled_from("xyz")] * 3),
    st.tuples(st.just("LPUSH"), LISTS, st.sampled_from("xyz")),
    st.tuples(st.just("LMOVE"), LISTS, LISTS, END, END),
    st.tuples(st.just("RENAME"), LISTS, LISTS),
    st.tuples(st.just("SET"), LISTS, st.just("string")),
    st.tuples(st.just("DEL"), LISTS),
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
    compare(chain.from_iterable(steps), oracles=("valkey-9.1", "redis-8.2"))
