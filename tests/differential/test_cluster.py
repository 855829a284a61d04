"""CLUSTER and what goes with it on a server that is no node of a cluster."""

from __future__ import annotations

from tests.differential.comparison import Comparison

REDIS = ("redis-8.2", "redis-7.0")


def test_everything_is_refused(compare: Comparison) -> None:
    compare(
        [("CLUSTER", "ADDSLOTS", 1, 2), ("CLUSTER", "ADDSLOTSRANGE", 1, 2), ("CLUSTER", "BUMPEPOCH"),
         ("CLUSTER", "COUNT-FAILURE-REPORTS", "x"), ("CLUSTER", "COUNTKEYSINSLOT", 1), ("CLUSTER", "DELSLOTS", "x"),
         ("CLUSTER", "DELSLOTSRANGE", 1, 2), ("CLUSTER", "FAILOVER"), ("CLUSTER", "FLUSHSLOTS"), ("CLUSTER", "FORGET", "x"),
         ("CLUSTER", "GETKEYSINSLOT", 1, 2), ("CLUSTER", "HELP"), ("CLUSTER", "INFO"), ("CLUSTER", "LINKS"),
         ("CLUSTER", "MEET", "h", 1), ("CLUSTER", "MYID"), ("CLUSTER", "NODES"), ("CLUSTER", "REPLICAS", "x"),
         ("CLUSTER", "REPLICATE", "x"), ("CLUSTER", "RESET"), ("CLUSTER", "SAVECONFIG"), ("CLUSTER", "SET-CONFIG-EPOCH", 1),
         ("CLUSTER", "SETSLOT", 1, "STABLE"), ("CLUSTER", "SHARDS"), ("CLUSTER", "SLAVES", "x"), ("CLUSTER", "SLOTS"),
         ("ASKING",), ("CLUSTER",), ("CLUSTER", "NOSUCH"), ("CLUSTER", "SLOTS", "x"), ("CLUSTER", "KEYSLOT"), ("ASKING", "x"),
         ("INFO", "cluster")]
    )  # fmt: skip


def test_what_valkey_answers_all_the_same(compare: Comparison) -> None:
    compare([("READONLY",), ("READWRITE",), ("CLUSTER", "KEYSLOT", "k"), ("READONLY", "x")], oracles=REDIS)


def test_what_came_later(compare: Comparison) -> None:
    compare([("CLUSTER", "MYSHARDID"), ("CLUSTER", "SLOT-STATS", "SLOTSRANGE", 1, 2)], oracles=("redis-8.2",))


def test_in_a_transaction_and_in_scripts(compare: Comparison) -> None:
    compare(
        [("MULTI",), ("CLUSTER", "INFO"), ("EXEC",), ("MULTI",), ("ASKING",), ("EXEC",),
         ("EVAL", "return redis.pcall('cluster', 'info')['err']", 0), ("EVAL", "return redis.pcall('asking')['err']", 0)],
        oracles=REDIS,
    )  # fmt: skip
