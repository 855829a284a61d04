"""What a server says that has no replicas, no modules and no files: ROLE, FAILOVER, MODULE, BGSAVE and the like."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Word, near, step


@pytest.mark.parametrize(
    "words",
    [
        ("ROLE", "x"),
        ("REPLICAOF", "NO", "ONE"),
        ("REPLICAOF", "no", "one"),
        ("REPLICAOF", "host", "port"),
        ("REPLICAOF", "host", 70000),
        ("REPLICAOF", "host"),
        ("SLAVEOF", "NO", "ONE"),
        ("SLAVEOF", "host", "port"),
        ("FAILOVER",),
        ("FAILOVER", "ABORT"),
        ("FAILOVER", "ABORT", "ABORT"),
        ("FAILOVER", "NOSUCH"),
        ("FAILOVER", "TO", "host"),
        ("FAILOVER", "TO", "host", "port"),
        ("FAILOVER", "TO", "host", 1),
        ("FAILOVER", "TO", "host", 1, "FORCE"),
        ("FAILOVER", "TO", "host", 1, "FORCE", "TIMEOUT", 100),
        ("FAILOVER", "TO", "host", 1, "TO", "host", 1),
        ("FAILOVER", "TIMEOUT", 0),
        ("FAILOVER", "TIMEOUT", -1),
        ("FAILOVER", "TIMEOUT", "x"),
        ("FAILOVER", "TIMEOUT", 10),
        ("FAILOVER", "TIMEOUT"),
        ("FAILOVER", "FORCE"),
        ("FAILOVER", "FORCE", "FORCE"),
        ("MODULE",),
        ("MODULE", "NOSUCH"),
        ("MODULE", "LIST", "x"),
        ("MODULE", "LOAD", "/nosuch"),
        ("MODULE", "LOAD"),
        ("MODULE", "LOADEX", "/nosuch"),
        ("MODULE", "LOADEX", "/nosuch", "CONFIG", "a"),
        ("MODULE", "UNLOAD", "nosuch"),
        ("SAVE", "x"),
        ("BGSAVE", "NOSUCH"),
        ("BGSAVE", "SCHEDULE", "x"),
        ("BGREWRITEAOF", "x"),
        ("LASTSAVE", "x"),
        ("LOLWUT", "VERSION", "x"),
    ],
    ids=lambda words: " ".join(map(str, words)),
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words])


def test_role(compare: Comparison) -> None:
    """The offset counts what has been propagated to replicas, of which the oracles had some in other tests or not."""
    compare([near(2**62, "ROLE")])


def test_module_list(compare: Comparison) -> None:
    compare([("MODULE", "LIST")], oracles=("redis-7.0",))


def test_lastsave(compare: Comparison) -> None:
    compare([near(10**6, "LASTSAVE")])


def test_bgsave_cancel(compare: Comparison) -> None:
    compare([("BGSAVE", "CANCEL")], oracles=("valkey-9.1",))


@pytest.mark.parametrize("words", [("LOLWUT",), ("LOLWUT", "VERSION", 5), ("LOLWUT", "version", 5, 3, 2)])
def test_lolwut(compare: Comparison, words: tuple[Word, ...]) -> None:
    """It is text for people, and another one each time."""
    compare([replace(step(*words), agree=lambda ours, theirs: ours[:1] == theirs[:1] and len(ours) > 20)])
