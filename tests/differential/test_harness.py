"""The harness itself, with a real server in our place: equal servers agree, and every difference is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.differential import agreement
from tests.differential.comparison import Comparison
from tests.differential.resp import IncompleteError, Tree, parse
from tests.differential.sides import Oracle
from tests.differential.steps import (
    Step,
    Word,
    arrived,
    begin,
    closed,
    elapse,
    error_kind,
    expect,
    fields,
    masked,
    near,
    on,
    raw,
    replies,
    shape,
    unordered,
)
from tests.processes import ServerProcess, real_server
from tests.programs import path_of

Case = list[tuple[Word, ...] | Step]


@pytest.fixture(scope="module")
def second_valkey() -> Iterator[ServerProcess]:
    with real_server(path_of("valkey")) as server:
        yield server


@pytest.fixture
def stand_in(second_valkey: ServerProcess) -> Iterator[Oracle]:
    oracle = Oracle("stand-in", second_valkey)
    yield oracle
    oracle.shut()


@pytest.fixture
def compare(stand_in: Oracle, oracles: dict[str, Oracle], protocol: int) -> Comparison:
    return Comparison(lambda: stand_in, oracles, protocol)


AGREEING: dict[str, Case] = {
    "blocked clients are served": [
        begin("BLPOP", "l", 0),
        on("b", begin("BLPOP", "l", 0)),
        on("c", "RPUSH", "l", 1, 2),
        expect("a"),
        expect("b"),
    ],
    "a blocking command need not block": [("RPUSH", "l", 1), begin("BLPOP", "l", 0), expect()],
    "a timeout passes": [begin("BLPOP", "l", 0.01), elapse(10), expect()],
    "nothing arrives": [begin("BLPOP", "l", 0), arrived(), on("b", "LPUSH", "l", "x"), arrived()],
    "messages are pushed": [replies(2, "SUBSCRIBE", "c1", "c2"), on("b", "PUBLISH", "c1", "m"), expect()],
    "the server closes": [raw(b"*1\r\n$-5\r\n"), closed()],
    "no reply": [replies(0, "CLIENT", "REPLY", "SKIP"), replies(0, "SET", "k", "v"), ("GET", "k")],
    "replies agree loosely": [
        ("SADD", "s", *range(200), "x"),
        unordered("SMEMBERS", "s"),
        ("EXPIRE", "s", 1000),
        near(5000, "PTTL", "s"),
        ("HSET", "h", *(f"f{n}" for n in range(200))),
        fields("HGETALL", "h"),
        shape("XADD", "x", "*", "f", "v"),
        ("DEL", "x"),
        masked(rb"\d+", "CLIENT", "ID"),
        error_kind("UNKNOWN"),
    ],
    "every type in any database": [
        ("SET", "string", "v", "EX", 1000),
        ("RPUSH", "list", 1, 2),
        ("SADD", "set", *range(200), "x"),
        ("SELECT", 9),
        ("HSET", "hash", *(f"f{n}" for n in range(200))),
        ("ZADD", "zset", 1, "m"),
        ("XADD", "stream", "1-1", "f", "v"),
    ],
}


@pytest.mark.parametrize("steps", AGREEING.values(), ids=AGREEING.keys())
def test_equal_servers_agree(compare: Comparison, steps: Case) -> None:
    compare(steps)


def test_a_case_leaves_nothing_to_the_next(compare: Comparison) -> None:
    compare(
        [
            on("b", "SUBSCRIBE", "c"),
            ("SELECT", 5),
            ("SET", "k", "v"),
            ("ACL", "SETUSER", "somebody", "on", "nopass"),
            ("CONFIG", "SET", "hash-max-listpack-entries", 7, "requirepass", "secret"),
        ]
    )
    compare(
        [
            ("SELECT", 5),
            ("DBSIZE",),
            ("ACL", "LIST"),
            ("GET", "k"),
            ("CONFIG", "GET", "hash-max-listpack-entries"),
            ("PUBLISH", "c", "m"),
        ],
        oracles=("valkey-9.1", "redis-7.0"),  # Redis 8.2 lists users otherwise
    )


def altered(oracle: Oracle, *request: bytes) -> Callable[[], Oracle]:
    """Return the oracle, with one request made before its next case begins."""

    def make() -> Oracle:
        reset = oracle.reset

        def reset_and_alter() -> None:
            reset()
            oracle.ask([request])

        oracle.reset = reset_and_alter  # type: ignore[method-assign]
        return oracle

    return make


@pytest.mark.parametrize(
    ("request_words", "steps", "told"),
    [
        ((b"SET", b"k", b"other"), [("GET", "k")], "step 1 of 1, client a: GET k"),
        ((b"SET", b"k", b"other"), [("PING",)], "key b'k' of database 0"),
        ((b"SET", b"k", b"v", b"EX", b"1000"), [("SET", "k", "v", "KEEPTTL")], "key b'k' of database 0"),
        ((b"RPUSH", b"l", b"x"), [begin("BLPOP", "l", 0)], "client a, not asked for"),
    ],
)
def test_differences_are_told(
    stand_in: Oracle,
    oracles: dict[str, Oracle],
    request_words: tuple[bytes, ...],
    steps: Case,
    told: str,
) -> None:
    compare = Comparison(altered(stand_in, *request_words), oracles, 2)
    with pytest.raises(pytest.fail.Exception, match=told):
        compare(steps)


def test_a_stated_difference_must_exist(stand_in: Oracle, oracles: dict[str, Oracle]) -> None:
    compare = Comparison(altered(stand_in, b"SET", b"k", b"v"), oracles, 2)
    compare([("GET", "k")], oracles=("valkey-9.1",), differs={"valkey-9.1": "the key is preset"})
    with pytest.raises(pytest.fail.Exception, match="no longer differs: nothing"):
        compare([("SET", "k", "v")], differs={"valkey-9.1": "nothing"})


@pytest.mark.parametrize(
    ("data", "tree"),
    [
        (b"+OK\r\n", (b"+", b"OK")),
        (b"$-1\r\n", (b"$", None)),
        (b"$3\r\n\r\n1\r\n", (b"$", b"\r\n1")),
        (b"_\r\n", (b"_", b"")),
        (b"*2\r\n:1\r\n*0\r\n", (b"*", [(b":", b"1"), (b"*", [])])),
        (b"%1\r\n+a\r\n#t\r\n", (b"%", [(b"+", b"a"), (b"#", b"t")])),
        (b"|1\r\n+a\r\n:1\r\n=7\r\ntxt:abc\r\n", (b"|", [(b"+", b"a"), (b":", b"1"), (b"=", b"txt:abc")])),
    ],
)
def test_replies_are_framed(data: bytes, tree: Tree) -> None:
    assert parse(data + b"+next\r\n") == (tree, len(data))
    for cut in range(len(data)):
        with pytest.raises(IncompleteError):
            parse(data[:cut])


@pytest.mark.parametrize(
    ("agree", "ours", "theirs", "agreed"),
    [
        (agreement.same_elements, b"*2\r\n:1\r\n:2\r\n", b"*2\r\n:2\r\n:1\r\n", True),
        (agreement.same_elements, b"*2\r\n:1\r\n:2\r\n", b"~2\r\n:2\r\n:1\r\n", False),
        (agreement.same_fields, b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", b"*4\r\n:3\r\n:4\r\n:1\r\n:2\r\n", True),
        (agreement.same_fields, b"*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", b"*4\r\n:1\r\n:4\r\n:3\r\n:2\r\n", False),
        (agreement.within(5), b":100\r\n", b":96\r\n", True),
        (agreement.within(5), b":100\r\n", b":94\r\n", False),
        (agreement.within(5), b":-1\r\n", b":-2\r\n", False),
        (agreement.within(5), b"*1\r\n:1\r\n", b"*2\r\n:1\r\n:1\r\n", False),
        (agreement.same_shape, b"$1\r\na\r\n", b"$2\r\nbc\r\n", True),
        (agreement.same_shape, b"$1\r\na\r\n", b"$-1\r\n", False),
        (agreement.same_error_kind, b"-ERR a\r\n", b"-ERR b\r\n", True),
        (agreement.same_error_kind, b"-ERR a\r\n", b"-NOAUTH a\r\n", False),
        (agreement.same_but_for(rb"id=\d+"), b"$5\r\nid=10\r\n", b"$4\r\nid=9\r\n", True),
        (agreement.same_but_for(rb"id=\d+"), b"$5\r\nid=10\r\n", b"$4\r\nno=9\r\n", False),
    ],
)
def test_loose_agreement(agree: agreement.Agreement, ours: bytes, theirs: bytes, agreed: bool) -> None:
    assert agree(ours, theirs) is agreed
