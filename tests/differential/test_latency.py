"""LATENCY: events, their history, and the histograms of commands."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.differential.comparison import Comparison
from tests.differential.resp import Tree, parse_all
from tests.differential.steps import Step, Word, near, step

MONITOR = ("CONFIG", "SET", "latency-monitor-threshold", 20)
SPIKE = ("DEBUG", "SLEEP", "0.03")


@pytest.mark.parametrize(
    "words",
    [
        ("LATENCY",),
        ("LATENCY", "NOSUCH"),
        ("LATENCY", "LATEST", "x"),
        ("LATENCY", "HISTORY"),
        ("LATENCY", "HISTORY", "nosuch"),
        ("LATENCY", "GRAPH", "nosuch"),
        ("LATENCY", "GRAPH"),
        ("LATENCY", "DOCTOR", "x"),
        ("LATENCY", "RESET", "nosuch"),
        ("LATENCY", "HISTOGRAM", "nosuch"),
        ("LATENCY", "HISTOGRAM", "nosuch", "get|x", "client|nosuch"),
        ("LATENCY", "HELP", "x"),
    ],
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words])


def test_spikes(compare: Comparison) -> None:
    compare(
        [
            MONITOR,
            replace(step("LATENCY", "RESET"), agree=lambda ours, theirs: True),
            SPIKE,
            near(1000, "LATENCY", "HISTORY", "command"),
            ("LATENCY", "RESET", "command", "nosuch"),
            ("LATENCY", "HISTORY", "command"),
        ]
    )


def test_latest(compare: Comparison) -> None:
    compare(
        [
            MONITOR,
            replace(step("LATENCY", "RESET"), agree=lambda ours, theirs: True),
            SPIKE,
            near(1000, "LATENCY", "LATEST"),
        ],
        differs={"valkey-9.1": "it shows the sum and the number of the spikes, too"},
    )


def test_graph(compare: Comparison) -> None:
    """One spike has a column of its own; its height does not depend on how long it was."""

    def plain(reply: bytes) -> bytes:
        return re.sub(rb"[$=]\d+|\d+(?= ms)|(?<=\n)[0-9](?=\n)", b"", reply)

    graph = replace(step("LATENCY", "GRAPH", "command"), agree=lambda ours, theirs: plain(ours) == plain(theirs))
    compare([MONITOR, replace(step("LATENCY", "RESET"), agree=lambda ours, theirs: True), SPIKE, graph])


def test_doctor(compare: Comparison) -> None:
    """Its words are our own; it is text for people."""
    verbatim = replace(step("LATENCY", "DOCTOR"), agree=lambda ours, theirs: ours[:1] == theirs[:1])
    compare([verbatim, MONITOR, verbatim, SPIKE, verbatim])


def histograms(*words: Word) -> Step:
    """Compare the commands and the number of their calls, and that the last bucket has all of them."""

    def shown(reply: bytes) -> object:
        ((kind, content),) = parse_all(reply)
        assert isinstance(content, list)
        return kind, sorted(map(one, content[::2], content[1::2]), key=repr)

    def one(name: Tree, histogram: Tree) -> object:
        kind, content = histogram
        assert isinstance(content, list)
        calls_name, calls, buckets_name, (buckets_kind, buckets) = content
        assert isinstance(buckets, list)
        assert buckets[-1] == calls
        return name, kind, calls_name, calls, buckets_name, buckets_kind

    return replace(step(*words), agree=lambda ours, theirs: shown(ours) == shown(theirs))


def test_histogram(compare: Comparison) -> None:
    compare(
        [
            ("SET", "k", "x"),
            ("INCR", "k"),
            ("GET",),
            ("MULTI",),
            ("SET", "k", 1),
            ("EXEC",),
            ("SLOWLOG", "LEN"),
            histograms("LATENCY", "HISTOGRAM", "set", "INCR", "get", "exec", "slowlog|len", "nosuch"),
            histograms("LATENCY", "HISTOGRAM", "SLOWLOG"),
            ("CONFIG", "RESETSTAT"),
            ("LATENCY", "HISTOGRAM", "set", "incr"),
            ("CONFIG", "SET", "latency-tracking", "no"),
            ("INCR", "k"),
            ("LATENCY", "HISTOGRAM", "incr"),
        ]
    )


def test_latencystats(compare: Comparison) -> None:
    """The names of the percentiles are those of the parameter."""

    def names(reply: bytes) -> list[bytes]:
        return sorted(re.sub(rb"=[\d.]+", b"", line) for line in reply.split(b"\r\n") if b"usec_incr" in line)

    info = replace(step("INFO", "latencystats"), agree=lambda ours, theirs: names(ours) == names(theirs))
    compare(
        [
            ("INCR", "k"),
            info,
            ("CONFIG", "SET", "latency-tracking-info-percentiles", "50 99.99 100 0.1"),
            info,
            ("CONFIG", "SET", "latency-tracking-info-percentiles", ""),
            info,
        ]
    )
