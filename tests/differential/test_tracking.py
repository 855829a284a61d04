"""CLIENT TRACKING in all its modes, and the messages that it sends."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Step, Word, arrived, begin, elapse, expect, masked, on, raw, replies, unordered

Case = list[tuple[Word, ...] | Step]
SINCE_7_2 = ("valkey-9.1", "redis-8.2")


def resp3(*clients: str) -> Case:
    return [on(client, masked(rb"(?s).+", "HELLO", "3")) for client in clients]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("x",),
        ("ON", "x"),
        ("OFF", "x"),
        ("OFF",),
        ("ON", "REDIRECT"),
        ("ON", "PREFIX"),
        ("ON", "REDIRECT", "x"),
        ("ON", "REDIRECT", "0"),
        ("ON", "REDIRECT", "-1"),
        ("ON", "REDIRECT", "100000"),
        ("ON", "PREFIX", "x"),
        ("OFF", "PREFIX", "x"),
        ("x", "REDIRECT", "100000"),
        ("x", "PREFIX", "x"),
        ("ON", "BCAST", "OPTIN"),
        ("ON", "BCAST", "OPTOUT"),
        ("ON", "BCAST", "OPTOUT", "OPTIN"),
        ("ON", "OPTOUT", "OPTIN"),
        ("ON", "OPTIN"),
        ("ON", "OPTOUT", "NOLOOP"),
        ("on", "optin", "noloop", "optin"),
        ("ON", "BCAST", "PREFIX", "foo", "PREFIX", "bar", "NOLOOP"),
        ("ON", "BCAST", "PREFIX", "foo", "PREFIX", "fo"),
        ("ON", "BCAST", "PREFIX", "fo", "PREFIX", "foo"),
        ("ON", "BCAST", "PREFIX", "fo", "PREFIX", "x", "PREFIX", ""),
        ("ON", "BCAST", "PREFIX", "fo", "PREFIX", "fo"),
        ("ON", "BCAST", "PREFIX", ""),
        ("ON", "BCAST"),
        ("OFF", "BCAST", "OPTIN"),
    ],
)
def test_options(compare: Comparison, words: tuple[str, ...]) -> None:
    compare(
        [
            ("CLIENT", "TRACKING", *words),
            unordered("CLIENT", "TRACKINGINFO"),
            ("CLIENT", "GETREDIR"),
            ("CLIENT", "CACHING", "YES"),
            ("CLIENT", "CACHING", "NO"),
            ("CLIENT", "CACHING", "x"),
            unordered("CLIENT", "TRACKINGINFO"),
            unordered("CLIENT", "TRACKINGINFO"),
            ("PING",),
            unordered("CLIENT", "TRACKINGINFO"),
        ]
    )


@pytest.mark.parametrize("words", [("CACHING",), ("CACHING", "YES", "x"), ("GETREDIR", "x"), ("TRACKINGINFO", "x")])
def test_number_of_words(compare: Comparison, words: tuple[str, ...]) -> None:
    compare([("CLIENT", *words)])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("BCAST",), ()),
        ((), ("BCAST",)),
        (("OPTIN",), ("OPTOUT",)),
        (("OPTOUT",), ("OPTIN",)),
        (("OPTIN",), ()),
        (("OPTIN", "NOLOOP"), ("OPTIN",)),
        (("BCAST", "PREFIX", "a"), ("BCAST", "PREFIX", "b")),
        (("BCAST", "PREFIX", "ab", "PREFIX", "c"), ("BCAST", "PREFIX", "abc")),
        (("BCAST", "PREFIX", "ab", "PREFIX", "c"), ("BCAST", "PREFIX", "d", "PREFIX", "c")),
        (("BCAST", "PREFIX", "ab"), ("BCAST",)),
        (("BCAST",), ("BCAST", "PREFIX", "a")),
        (("BCAST",), ("BCAST",)),
    ],
)
def test_changing_the_mode(compare: Comparison, first: tuple[str, ...], second: tuple[str, ...]) -> None:
    compare(
        [
            ("CLIENT", "TRACKING", "ON", *first),
            ("CLIENT", "TRACKING", "ON", *second),
            unordered("CLIENT", "TRACKINGINFO"),
            ("CLIENT", "TRACKING", "OFF"),
            unordered("CLIENT", "TRACKINGINFO"),
            ("CLIENT", "TRACKING", "ON", *second),
            ("RESET",),
            unordered("CLIENT", "TRACKINGINFO"),
        ]
    )


def test_a_client_is_told_once_of_a_key_it_has_read(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON"),
            ("GET", "k"),
            ("MGET", "k", "l", "m"),
            on("b", "SET", "k", "1"),
            expect("a"),
            on("b", "SET", "k", "2"),
            arrived("a"),
            on("b", "MSET", "m", "1", "l", "2"),
            expect("a", 2),
            ("GET", "k"),
            on("b", "DEL", "k"),
            expect("a"),
            ("SET", "n", "1"),
            on("b", "SET", "n", "2"),
            arrived("a"),
        ]
    )


@pytest.mark.parametrize(
    "words",
    [
        ("LRANGE", "k", "0", "-1"),
        ("HGET", "k", "f"),
        ("EXISTS", "k", "x"),
        ("TYPE", "k"),
        ("TTL", "k"),
        ("OBJECT", "ENCODING", "k"),
        ("SORT_RO", "k"),
        ("SORT", "k"),
        ("XREAD", "STREAMS", "k", "0"),
        ("ZUNION", "2", "x", "k"),
        ("SINTERCARD", "1", "k"),
        ("WATCH", "k"),
        ("TOUCH", "k"),
        ("DUMP", "k"),
        ("SCAN", "0"),
        ("KEYS", "*"),
        ("RANDOMKEY",),
        ("GETEX", "k"),
        ("GET", "k", "x"),
    ],
)
def test_which_commands_read(compare: Comparison, words: tuple[str, ...]) -> None:
    compare(
        [
            on("b", "RPUSH", "k", "1"),
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON"),
            masked(rb"(?s).+", *words),
            on("b", "RPUSH", "k", "2"),
            arrived("a"),
        ]
    )


def test_own_changes_are_told_behind_the_reply(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON"),
            ("MGET", "k", "l"),
            replies(2, "SET", "k", "1"),
            ("GET", "k"),
            ("MULTI",),
            ("SET", "k", "1"),
            ("INCR", "l"),
            replies(3, "EXEC"),
            ("MGET", "k", "l"),
            raw(b"SET k 1\r\nPING\r\nSET l 2\r\n", 5),
        ]
    )


def test_noloop(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON", "NOLOOP"),
            ("MGET", "k", "l"),
            ("SET", "k", "1"),
            on("b", "SET", "k", "1"),
            on("b", "SET", "l", "1"),
            expect("a"),
            ("PING",),
        ]
    )


def test_keys_are_names_in_any_database(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON"),
            ("GET", "k"),
            on("b", "SELECT", "3"),
            on("b", "SET", "k", "1"),
            expect("a"),
            ("GET", "k"),
            on("b", "SWAPDB", "0", "3"),
            arrived("a"),
        ]
    )


def test_opt_in(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON", "OPTIN"),
            ("GET", "k"),
            ("CLIENT", "CACHING", "YES"),
            ("CLIENT", "GETNAME"),
            ("GET", "l"),
            ("GET", "m"),
            on("b", "MSET", "k", "1", "l", "1", "m", "1"),
            arrived("a"),
            ("CLIENT", "CACHING", "YES"),
            ("NOSUCH",),
            ("GET", "l"),
            ("CLIENT", "CACHING", "YES"),
            ("MULTI",),
            ("GET", "k"),
            ("GET", "m"),
            ("EXEC",),
            ("GET", "l"),
            on("b", "MSET", "k", "1", "l", "1", "m", "1"),
            arrived("a"),
        ]
    )


def test_opt_out(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON", "OPTOUT"),
            ("GET", "k"),
            ("CLIENT", "CACHING", "NO"),
            ("GET", "l"),
            ("GET", "m"),
            on("b", "MSET", "k", "1", "l", "1", "m", "1"),
            arrived("a"),
        ]
    )


def test_broadcast(compare: Comparison) -> None:
    compare(
        [
            *resp3("a", "n"),
            ("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "u:", "PREFIX", "o:"),
            on("n", "CLIENT", "TRACKING", "ON", "BCAST", "NOLOOP"),
            on("b", "SET", "u:1", "1"),
            expect("a"),
            expect("n"),
            on("b", "SET", "x", "1"),
            expect("n"),
            arrived("a"),
            on("b", "MSET", "u:2", "1", "u:1", "2", "x", "1", "u:3", "1"),
            expect("a"),
            expect("n"),
            on("n", "SET", "o:1", "x"),
            expect("a"),
            arrived("n"),
            on("b", raw(b"SET u:9 1\r\nSET u:1 1\r\nPING\r\n", 3)),
            expect("a"),
            expect("n"),
            raw(b"SET u:9 1\r\nPING\r\nSET u:1 1\r\n", 4),
            expect("n"),
            ("CLIENT", "TRACKING", "OFF"),
            on("b", "SET", "u:1", "1"),
            arrived("a"),
        ]
    )


@pytest.mark.parametrize("mode", [(), ("BCAST",), ("NOLOOP",), ("OPTIN",), ("BCAST", "PREFIX", "x")])
@pytest.mark.parametrize("flush", ["FLUSHALL", "FLUSHDB"])
def test_flush(compare: Comparison, mode: tuple[str, ...], flush: str) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON", *mode),
            ("GET", "k"),
            on("b", flush),
            expect("a"),
            replies(2, flush),
            ("MULTI",),
            (flush,),
            ("GET", "k"),
            replies(2, "EXEC"),
            on("b", "SET", "k", "1"),
            arrived("a"),
        ],
        differs={"redis-8.2": "frees memory in a thread, and replies to FLUSHALL and FLUSHDB when that is done"},
    )


def test_expired_keys(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            on("b", "SET", "k", "1", "PX", "30"),
            ("CLIENT", "TRACKING", "ON", "NOLOOP"),
            ("GET", "k"),
            elapse(200),
            expect("a"),
        ]
    )


@pytest.mark.parametrize("how", ["XREAD", "BLPOP"])
def test_blocked_commands(compare: Comparison, how: str) -> None:
    request = ("XREAD", "BLOCK", "0", "STREAMS", "s", "0") if how == "XREAD" else ("BLPOP", "l", "0")
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON"),
            begin(*request),
            on("b", "XADD", "s", "1-1", "f", "v"),
            on("b", "RPUSH", "l", "a", "b"),
            arrived("a"),
            on("b", "XADD", "s", "2-1", "f", "v"),
            on("b", "RPUSH", "l", "a", "b"),
            arrived("a"),
        ],
        differs={"redis-7.0": "does not remember what served a blocked client"} if how == "XREAD" else None,
    )


def test_without_replies(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CLIENT", "TRACKING", "ON"),
            ("GET", "k"),
            replies(0, "CLIENT", "REPLY", "OFF"),
            on("b", "SET", "k", "1"),
            expect("a"),
        ]
    )
