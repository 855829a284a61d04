"""MONITOR."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.differential import agreement
from tests.differential.comparison import Comparison
from tests.differential.steps import Step, Word, arrived, begin, closed, inline, on, replies, step

Case = list[tuple[Word, ...] | Step]
TIME_AND_ADDRESS = rb"\d+\.\d{6} \[(?=\d+ )|(?<=\d )127\.0\.0\.1:\d+(?=\])|(?<=\d )(?=\])"


def shown(given: Step) -> Step:
    """Disregard when requests were executed, and from where."""
    return replace(given, agree=agreement.same_but_for(TIME_AND_ADDRESS))


def watched(*requests: tuple[Word, ...] | Step) -> Case:
    """Show requests of client "a" to a client that watches."""
    case: Case = [on("m", "MONITOR"), on("a", replace(step("PING"), agree=agreement.same_shape))]
    for request in requests:
        case += [request, shown(arrived("m"))]
    return case


@pytest.mark.parametrize(
    "words",
    [
        ("SET", "a b", b'x"\\\n\r\t\x07\x08\x1b\x00\x7f\xff'),
        ("set", "k", ""),
        ("SET", "k", "12"),
        ("NOSUCH", "x"),
        ("GET",),
        ("CLIENT", "GETNAME"),
        ("CLIENT", "KILL", "ID", "99999"),
        ("CONFIG", "GET", "nosuch"),
        ("CLIENT", "NO-EVICT", "off"),
        ("AUTH", "secret"),
        ("AUTH", "user", "secret"),
        ("HELLO", "3", "AUTH", "user", "secret"),
        ("HELLO", "2", "SETNAME", "x", "AUTH", "user", "secret"),
        ("MIGRATE", "127.0.0.1", "1", "x", "0", "10", "AUTH", "secret"),
        ("MIGRATE", "127.0.0.1", "1", "x", "0", "10", "REPLACE", "AUTH2", "user", "secret"),
        ("MIGRATE", "127.0.0.1", "1", "AUTH", "0", "10"),
        ("SELECT", "3"),
        ("INFO", "nosuch"),
        ("SHUTDOWN", "ABORT"),
        ("PUBLISH", "a", "b"),
        ("OBJECT", "ENCODING", "x"),
        ("RESET",),
        ("EXEC",),
    ],
)
def test_what_is_shown(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare(watched(words))


def test_transactions(compare: Comparison) -> None:
    compare(
        watched(
            ("MULTI",),
            ("SET", "k", "1"),
            ("LPUSH", "k", "1"),
            ("SELECT", "2"),
            ("GET", "k"),
            ("EXEC",),
            ("MULTI",),
            ("GET",),
            ("EXEC",),
            ("MULTI",),
            ("DISCARD",),
            ("MULTI",),
            ("MONITOR",),
            ("EXEC",),
        )
    )


def test_blocking(compare: Comparison) -> None:
    compare(watched(begin("BLPOP", "l", "0"), on("b", "RPUSH", "l", "1"), ("PING",)))


def test_a_monitor_may_do_little(compare: Comparison) -> None:
    compare(
        [
            ("MONITOR",),
            replies(0, "MONITOR"),
            shown(replies(2, "PING")),
            ("GET", "x"),
            ("SET", "x", "1"),
            ("PUBLISH", "x", "1"),
            ("CONFIG", "GET", "nosuch"),
            shown(replies(2, "MULTI")),
            ("GET", "x"),
            shown(replies(2, "PING")),
            shown(replies(2, "EXEC")),
        ]
    )


def test_reset_ends_it(compare: Comparison) -> None:
    compare(
        [("MONITOR",), on("b", "PING"), shown(arrived("a")), ("RESET",), on("b", "PING"), arrived("a"), ("GET", "x")]
    )


def test_quit_ends_it(compare: Comparison) -> None:
    compare([("MONITOR",), replace(step("QUIT"), closes=True), on("b", "PING")])


def test_its_flags_and_class(compare: Comparison) -> None:
    compare(
        [
            ("MONITOR",),
            on("b", inline("CLIENT KILL TYPE replica ID <id of a>")),
            on("b", inline("CLIENT KILL TYPE pubsub ID <id of a>")),
            on("b", inline("CLIENT KILL TYPE normal ID <id of a>")),
            shown(closed("a")),
        ]
    )


def test_too_many_words(compare: Comparison) -> None:
    compare([("MONITOR", "x")])
