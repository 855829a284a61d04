"""DEBUG: what it tells, and what it does, as far as it is the same everywhere."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.resp import encode
from tests.differential.steps import Step, Word, masked, raw, replies, shape

Case = list[tuple[Word, ...] | Step]


@pytest.mark.parametrize(
    "words",
    [
        ("DEBUG",),
        ("DEBUG", "NOSUCH"),
        ("DEBUG", "SLEEP"),
        ("DEBUG", "SLEEP", 0),
        ("DEBUG", "sleep", "x"),
        ("DEBUG", "SLEEP", "0.001"),
        ("DEBUG", "OBJECT"),
        ("DEBUG", "OBJECT", "nosuch"),
        ("DEBUG", "SDSLEN", "nosuch"),
        ("DEBUG", "SET-ACTIVE-EXPIRE", 1),
        ("DEBUG", "SET-ACTIVE-EXPIRE", "x"),
        ("DEBUG", "SET-ACTIVE-EXPIRE"),
        ("DEBUG", "RELOAD", "NOSUCH"),
        ("DEBUG", "DIGEST"),
        ("DEBUG", "DIGEST", "x"),
        ("DEBUG", "DIGEST-VALUE", "nosuch"),
        ("DEBUG", "CHANGE-REPL-ID"),
        ("DEBUG", "ERROR", "FOO bar"),
        ("DEBUG", "ERROR", "two\r\nlines"),
        ("DEBUG", "LOG", "hello"),
        ("DEBUG", "POPULATE", "x"),
        ("DEBUG", "POPULATE", -1),
        ("DEBUG", "POPULATE", 1, "a", "x"),
        ("DEBUG", "POPULATE", 1, "a", 1, 1),
        ("DEBUG", "QUICKLIST-PACKED-THRESHOLD", 100),
        ("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "x"),
        ("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0b"),
        ("DEBUG", "PAUSE-CRON", 0),
        ("DEBUG", "REPLICATE", "all", "x"),
        ("DEBUG", "HTSTATS", 99),
        ("DEBUG", "HTSTATS", "x"),
        ("DEBUG", "HTSTATS-KEY", "nosuch"),
        ("DEBUG", "PROTOCOL", "nosuch"),
    ],
    ids=lambda words: " ".join(map(str, words)),
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words, ("DEBUG", "SET-ACTIVE-EXPIRE", 1)])  # what is no number turns it off, in the real servers too


def test_dict_resizing(compare: Comparison) -> None:
    compare([("DEBUG", "DICT-RESIZING", 1)], differs={"redis-7.0": "it does not have it"})


TYPES = ["string", "integer", "double", "bignum", "null", "array", "set", "map", "attrib", "verbatim", "TRUE", "false"]


@pytest.mark.parametrize("kind", TYPES)
def test_protocol(compare: Comparison, kind: str) -> None:
    if kind == "attrib":
        compare([raw(encode((b"DEBUG", b"PROTOCOL", b"attrib")), 1)])
    else:
        compare([("DEBUG", "PROTOCOL", kind)])


@pytest.mark.parametrize("protocol", [pytest.param(3, id="resp3")])
def test_push(compare: Comparison) -> None:
    compare([replies(2, "DEBUG", "PROTOCOL", "push")], differs={"redis-7.0": "the push comes before the reply"})


@pytest.mark.parametrize("protocol", [pytest.param(2, id="resp2")])
def test_push_is_for_resp3(compare: Comparison) -> None:
    compare([("DEBUG", "PROTOCOL", "push")])


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([("SET", "k", "abc")], id="string"),
        pytest.param([("SET", "k", 12345)], id="integer"),
        pytest.param([("SET", "k", "a"), ("APPEND", "k", "b")], id="changed string"),
        pytest.param([("RPUSH", "k", "a", 1, "b")], id="list"),
        pytest.param([("RPUSH", "k", *range(300))], id="long list"),
        pytest.param([("SADD", "k", 1, 2, 3)], id="intset"),
        pytest.param([("SADD", "k", "a", 2, "c")], id="set"),
        pytest.param([("SADD", "k", *[f"m{number}" for number in range(200)])], id="large set"),
        pytest.param([("ZADD", "k", 1, "a", 2.5, "b", "-inf", "c", 1e300, "d", 0.1, "e")], id="sorted set"),
        pytest.param(
            [("ZADD", "k", *[word for number in range(200) for word in (number / 3, f"m{number}")])],
            id="large sorted set",
        ),
        pytest.param([("HSET", "k", "a", 1, "b", "x")], id="hash"),
        pytest.param(
            [("HSET", "k", *[word for number in range(600) for word in (f"f{number}", number)])], id="large hash"
        ),
        pytest.param(
            [("XADD", "k", "1-1", "a", 1), ("XADD", "k", "5-0", "b", 2, "c", 3), ("XADD", "k", "5-7", "a", 1)],
            id="stream",
        ),
        pytest.param([("XADD", "k", "1-1", "a", 1), ("XDEL", "k", "1-1")], id="empty stream"),
        pytest.param([("SET", "k", "abc", "EX", 1000)], id="volatile"),
        pytest.param([("PFADD", "k", "a", "b")], id="hyperloglog"),
    ],
)
def test_digests(compare: Comparison, steps: Case, request: pytest.FixtureRequest) -> None:
    """Equal data have equal digests, also in another database and after a reload."""
    scores = "sorted set" in request.node.name
    compare(
        [
            *steps,
            ("DEBUG", "DIGEST-VALUE", "k", "nosuch", "k"),
            ("DEBUG", "DIGEST"),
            ("SET", "other", 1),
            ("DEBUG", "DIGEST"),
            ("DEBUG", "RELOAD"),
            ("DEBUG", "DIGEST"),
            ("MOVE", "k", 3),
            ("DEBUG", "DIGEST"),
            ("FLUSHALL",),
        ],
        differs={"redis-7.0": "it takes 17 digits of a score"} if scores else None,
    )


def test_digest_of_fields_that_expire(compare: Comparison) -> None:
    compare(
        [("HSET", "k", "a", 1, "b", 2), ("HEXPIRE", "k", 1000, "FIELDS", 1, "a"), ("DEBUG", "DIGEST-VALUE", "k")],
        oracles=("redis-8.2",),
    )


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([("SET", "k", "abc")], id="string"),
        pytest.param([("SET", "k", 12345)], id="integer"),
        pytest.param([("SADD", "k", 1, 2, 3)], id="intset"),
        pytest.param([("HSET", "k", "a", 1, "b", "x")], id="hash"),
        pytest.param([("ZADD", "k", 1, "a")], id="sorted set"),
    ],
)
def test_object(compare: Comparison, steps: Case) -> None:
    """All but the address and the clock is the same."""
    object_ = masked(rb"at:0x[0-9a-f]+|lru:\d+|lru_seconds_idle:\d+", "DEBUG", "OBJECT", "k")
    compare([*steps, object_])


def test_object_of_a_list(compare: Comparison) -> None:
    """Redis 7.0 has no lists that are a listpack."""
    object_ = masked(rb"at:0x[0-9a-f]+|lru:\d+|lru_seconds_idle:\d+", "DEBUG", "OBJECT", "k")
    compare([("RPUSH", "k", "a", 1, "b"), object_], oracles=("valkey-9.1", "redis-8.2"))


def test_object_of_a_long_string(compare: Comparison) -> None:
    """Its size is that of the compressed form. Valkey embeds longer strings."""
    object_ = masked(rb"at:0x[0-9a-f]+|lru:\d+|lru_seconds_idle:\d+", "DEBUG", "OBJECT", "k")
    compare([("SET", "k", "a" * 100), object_], oracles=("redis-7.0", "redis-8.2"))


def test_sdslen(compare: Comparison) -> None:
    """The lengths are the same, and memory is each server's own."""
    sdslen = masked(rb"avail:\d+,?|[a-z_]+alloc: ?\d+,?|(?<=len:\d),|(?<=len:\d\d),", "DEBUG", "SDSLEN", "k")
    compare([("SET", "k", "abc"), sdslen, ("SET", "k", "a" * 50), sdslen], oracles=("redis-7.0", "redis-8.2"))
    compare([("SET", "k", 12), ("DEBUG", "SDSLEN", "k"), ("DEL", "k"), ("RPUSH", "k", 1), ("DEBUG", "SDSLEN", "k")])


def test_populate(compare: Comparison) -> None:
    compare(
        [
            ("SET", "key:1", "mine"),
            ("DEBUG", "POPULATE", 3),
            ("DEBUG", "POPULATE", 2, "p"),
            ("DEBUG", "POPULATE", 2, "short", 3),
            ("DEBUG", "POPULATE", 2, "long", 10),
            ("DEBUG", "POPULATE", 0),
            ("DBSIZE",),
        ]
    )


def test_populate_is_a_change(compare: Comparison) -> None:
    compare([("WATCH", "key:0"), ("DEBUG", "POPULATE", 1), ("MULTI",), ("PING",), ("EXEC",)])


def test_table_statistics(compare: Comparison) -> None:
    compare([("SET", "k", 1), shape("DEBUG", "HTSTATS", 0), ("DEBUG", "HTSTATS-KEY", "k")])
