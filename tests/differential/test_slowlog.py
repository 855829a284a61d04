"""SLOWLOG and COMMANDLOG: the requests that are kept, how they are shown, and all errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.differential.comparison import Comparison
from tests.differential.resp import Tree, parse_all
from tests.differential.steps import Step, Word, on, step

ONLY_VALKEY = ("valkey-9.1",)
LOG_ALL = ("CONFIG", "SET", "slowlog-log-slower-than", 0)


def requests(*words: Word) -> Step:
    """Compare the words and names of the logged requests; times and addresses are each server's own."""

    def shown(reply: bytes) -> list[object]:
        ((_, logged),) = parse_all(reply)
        assert isinstance(logged, list)
        numbers = [int(content[0][1]) for _, content in logged]
        assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1)), "they are numbered in order"
        return [comparable(each) for each in logged]

    def comparable(logged: Tree) -> object:
        _, content = logged
        assert isinstance(content, list)
        _, second, measure, argv, address, name = content
        assert second[0] == measure[0] == b":"
        assert address[0] == b"$"
        return argv, name

    return replace(step(*words), agree=lambda ours, theirs: shown(ours) == shown(theirs))


@pytest.mark.parametrize(
    "words",
    [
        ("SLOWLOG",),
        ("SLOWLOG", "NOSUCH"),
        ("SLOWLOG", "GET"),
        ("SLOWLOG", "GET", 0),
        ("SLOWLOG", "GET", -1),
        ("SLOWLOG", "GET", -2),
        ("SLOWLOG", "GET", "x"),
        ("SLOWLOG", "GET", 1, 2),
        ("SLOWLOG", "LEN"),
        ("SLOWLOG", "LEN", 1),
        ("SLOWLOG", "RESET"),
        ("SLOWLOG", "RESET", 1),
        ("SLOWLOG", "HELP", 1),
    ],
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words])


@pytest.mark.parametrize(
    "words",
    [
        ("COMMANDLOG", "NOSUCH"),
        ("COMMANDLOG", "GET", 10),
        ("COMMANDLOG", "GET", 10, "slow"),
        ("COMMANDLOG", "GET", -1, "LARGE-request"),
        ("COMMANDLOG", "GET", -2, "slow"),
        ("COMMANDLOG", "GET", "x", "slow"),
        ("COMMANDLOG", "GET", "x", "nosuch"),
        ("COMMANDLOG", "GET", 10, "nosuch"),
        ("COMMANDLOG", "LEN", "large-reply"),
        ("COMMANDLOG", "LEN", "nosuch"),
        ("COMMANDLOG", "LEN"),
        ("COMMANDLOG", "RESET", "slow"),
        ("COMMANDLOG", "RESET", "nosuch"),
    ],
)
def test_one_request_to_valkey(compare: Comparison, words: tuple[Word, ...]) -> None:
    resets = [("COMMANDLOG", "RESET", kind) for kind in ("slow", "large-request", "large-reply")]
    compare([*resets, words], oracles=ONLY_VALKEY)


@pytest.mark.parametrize("threshold", [0, 1])
def test_what_is_logged(compare: Comparison, threshold: int) -> None:
    compare(
        [
            ("CLIENT", "SETNAME", "me"),
            ("CONFIG", "SET", "slowlog-log-slower-than", threshold),
            ("DEBUG", "SLEEP", "0.001"),
            ("CONFIG", "SET", "slowlog-log-slower-than", -1),
            requests("SLOWLOG", "GET", 1) if threshold else ("PING",),
            ("DEBUG", "SLEEP", "0.001"),
            ("SLOWLOG", "RESET"),
            ("SLOWLOG", "LEN"),
        ]
    )


def test_every_request(compare: Comparison) -> None:
    """Errors of calls are logged, those of requests are not; secrets are hidden; words are cut."""
    compare(
        [
            ("SET", "k", "x"),
            LOG_ALL,
            ("get", "k"),
            ("INCR", "k"),
            ("NOSUCH", "a"),
            ("GET",),
            ("SET", "k", "v" * 128),
            ("SET", "k", "v" * 129),
            ("RPUSH", "l", *range(29)),
            ("DEL", "l"),
            ("RPUSH", "l", *range(30)),
            ("DEL", "l"),
            ("RPUSH", "l", *range(31)),
            ("Config", "get", "save"),
            ("AUTH", "nobody", "secret"),
            on("b", "CLIENT", "SETNAME", "other"),
            on("b", "PING", "hello"),
            requests("SLOWLOG", "GET", -1),
            requests("SLOWLOG", "GET"),
            requests("SLOWLOG", "GET", 3),
        ]
    )


def test_transactions(compare: Comparison) -> None:
    compare([LOG_ALL, ("MULTI",), ("SET", "a", 1), ("GET", "a"), ("EXEC",), requests("SLOWLOG", "GET", 20)])


def test_length(compare: Comparison) -> None:
    compare(
        [
            ("CONFIG", "SET", "slowlog-max-len", 3),
            LOG_ALL,
            *[("ECHO", number) for number in range(5)],
            requests("SLOWLOG", "GET", 20),
            ("CONFIG", "SET", "slowlog-log-slower-than", -1),
            ("SLOWLOG", "LEN"),
            ("CONFIG", "SET", "slowlog-max-len", 0),
            ("PING",),
            ("CONFIG", "GET", "slowlog-max-len"),
        ]
    )


@pytest.mark.parametrize(
    "pair",
    [
        ("slowlog-log-slower-than", -2),
        ("slowlog-log-slower-than", "x"),
        ("slowlog-max-len", -1),
        ("latency-monitor-threshold", -1),
        ("latency-tracking", "maybe"),
        ("latency-tracking-info-percentiles", "50 x"),
        ("latency-tracking-info-percentiles", "50 101"),
        ("latency-tracking-info-percentiles", "-1"),
        ("latency-tracking-info-percentiles", "50 99.99 100 0.1"),
        ("latency-tracking-info-percentiles", ""),
        ("enable-debug-command", "no"),
    ],
    ids=lambda pair: " ".join(map(str, pair)),
)
def test_parameters(compare: Comparison, pair: tuple[str, Word]) -> None:
    compare([("CONFIG", "SET", *pair), ("CONFIG", "GET", pair[0])])


def test_aliases(compare: Comparison) -> None:
    compare(
        [
            ("CONFIG", "SET", "commandlog-execution-slower-than", 77),
            ("CONFIG", "GET", "slowlog-log-slower-than"),
            ("CONFIG", "GET", "commandlog-execution-slower-than"),
            ("CONFIG", "SET", "slowlog-max-len", 5),
            ("CONFIG", "GET", "commandlog-slow-execution-max-len"),
            ("CONFIG", "SET", "commandlog-request-larger-than", -2),
        ],
        oracles=ONLY_VALKEY,
    )


def test_large_requests_and_replies(compare: Comparison) -> None:
    """Both sizes are those of RESP, so they are the same everywhere."""

    def sizes(*words: Word) -> Step:
        def shown(reply: bytes) -> object:
            ((_, logged),) = parse_all(reply)
            assert isinstance(logged, list)
            return [content[2:4] for _, content in logged]

        return replace(step(*words), agree=lambda ours, theirs: shown(ours) == shown(theirs))

    compare(
        [
            ("SET", "k", "v" * 2000),
            ("COMMANDLOG", "RESET", "LARGE-REQUEST"),
            ("COMMANDLOG", "RESET", "LARGE-REPLY"),
            ("CONFIG", "SET", "commandlog-request-larger-than", 1000, "commandlog-reply-larger-than", 500),
            ("GET", "k"),
            ("SET", "k", "v" * 600),
            ("SET", "k", "v" * 1000),
            ("GET", "k"),
            ("LRANGE", "k", 0, -1),
            sizes("COMMANDLOG", "GET", -1, "LARGE-REQUEST"),
            sizes("COMMANDLOG", "GET", -1, "LARGE-REPLY"),
            ("COMMANDLOG", "LEN", "SLOW"),
        ],
        oracles=ONLY_VALKEY,
    )
