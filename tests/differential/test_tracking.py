"""CLIENT TRACKING in all its modes, and the messages that it sends."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import (
    Step,
    Word,
    arrived,
    begin,
    elapse,
    expect,
    inline,
    masked,
    on,
    raw,
    replies,
    step,
    unordered,
)

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


NUMBERS = rb":\d+"


@pytest.mark.parametrize("mode", ["", "BCAST", "NOLOOP", "BCAST NOLOOP PREFIX k"])
@pytest.mark.parametrize("version", ["2", "3"])
def test_redirection(compare: Comparison, mode: str, version: str) -> None:
    compare(
        [
            *resp3("r"),
            on("r", masked(rb"(?s).+", "HELLO", version)),
            on("r", "PING"),
            on("a", "PING"),
            inline(f"CLIENT TRACKING ON REDIRECT <id of r> {mode}"),
            masked(NUMBERS, "CLIENT", "GETREDIR"),
            ("GET", "k"),
            on("b", "SET", "k", "1"),
            arrived("r"),
            on("r", "SUBSCRIBE", "other"),
            ("GET", "k"),
            on("b", "SET", "k", "1"),
            arrived("r"),
            ("GET", "k"),
            ("SET", "k", "2"),
            arrived("r"),
            on("b", "FLUSHALL"),
            # Real servers send the null of the protocol that the redirecting client speaks.
            masked(rb"\$-1|_", arrived("r")),
        ]
    )


def test_the_redirected_client_changes_a_key_itself(compare: Comparison) -> None:
    compare(
        [
            *resp3("r"),
            on("a", "PING"),
            inline("CLIENT TRACKING ON REDIRECT <id of r> NOLOOP"),
            ("GET", "k"),
            on("r", replies(2, "SET", "k", "1")),
            ("PING",),
        ],
        oracles=SINCE_7_2,
    )


@pytest.mark.parametrize("version", ["2", "3"])
@pytest.mark.parametrize("mode", ["", "BCAST"])
def test_broken_redirection(compare: Comparison, mode: str, version: str) -> None:
    compare(
        [
            on("r", "PING"),
            masked(rb"(?s).+", "HELLO", version),
            inline(f"CLIENT TRACKING ON REDIRECT <id of r> {mode}"),
            ("GET", "k"),
            on("b", inline("CLIENT KILL ID <id of r>")),
            masked(rb"(?s).+", "CLIENT", "INFO"),
            masked(NUMBERS, "CLIENT", "TRACKINGINFO"),
            on("b", "SET", "k", "1"),
            masked(NUMBERS, arrived("a")),
            masked(NUMBERS, "CLIENT", "TRACKINGINFO"),
            ("CLIENT", "TRACKING", "ON", *mode.split()),
            ("CLIENT", "TRACKINGINFO"),
        ]
    )


def test_one_redirection_only(compare: Comparison) -> None:
    compare(
        [
            on("r", "PING"),
            inline("CLIENT TRACKING ON REDIRECT <id of r> REDIRECT <id of a>"),
            inline("CLIENT TRACKING ON REDIRECT <id of a>"),
            ("GET", "k"),
            on("r", "SET", "k", "1"),
        ]
    )


def test_limit_of_the_table(compare: Comparison) -> None:
    compare(
        [
            *resp3("a"),
            ("CONFIG", "SET", "tracking-table-max-keys", "1"),
            ("CLIENT", "TRACKING", "ON"),
            ("GET", "k"),
            ("GET", "k"),
            on("a", masked(rb"\r\n[kl]\r\n", "GET", "l")),
            masked(rb"\r\n[kl]\r\n", replies(2, "PING")),
            ("CONFIG", "SET", "tracking-table-max-keys", "0"),
            ("MGET", "m", "n", "o", "p"),
            ("PING",),
        ]
    )


def same_figures(ours: bytes, theirs: bytes) -> bool:
    """Compare only what INFO tells of tracking."""
    own, others = (re.findall(rb"tracking_\w+:\d+", reply) for reply in (ours, theirs))
    return own == others != []


def test_figures(compare: Comparison) -> None:
    def info(section: str) -> Step:
        return replace(step("INFO", section), agree=same_figures)

    compare(
        [
            ("CLIENT", "TRACKING", "ON"),
            on("b", "CLIENT", "TRACKING", "ON"),
            on("c", "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x", "PREFIX", "y"),
            on("d", "CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "x"),
            ("MGET", "k", "l"),
            on("b", "GET", "l"),
            on("c", "GET", "m"),
            info("clients"),
            info("stats"),
            on("c", "SET", "l", "1"),
            arrived("a"),
            arrived("b"),
            info("stats"),
            on("c", "RESET"),
            on("d", "CLIENT", "TRACKING", "OFF"),
            info("clients"),
            info("stats"),
        ],
        oracles=SINCE_7_2,
    )
