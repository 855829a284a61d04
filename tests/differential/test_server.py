"""INFO, TIME and SHUTDOWN. CONFIG and COMMAND have files of their own."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.differential.comparison import Comparison
from tests.differential.resp import parse_all
from tests.differential.steps import Step, Word, begin, elapse, expect, on, raw, replies, shape, step

Case = list[tuple[Word, ...] | Step]

ONLY_REDIS = ("redis-7.0",)


@pytest.mark.parametrize(
    "words",
    [
        ("TIME", "x"),
        ("SHUTDOWN", "FOO"),
        ("SHUTDOWN", "NOSAVE", "SAVE"),
        ("SHUTDOWN", "SAVE", "now", "nosave"),
        ("SHUTDOWN", "ABORT"),
        ("shutdown", "abort", "ABORT"),
        ("SHUTDOWN", "ABORT", "NOW"),
        ("SHUTDOWN", "FORCE", "ABORT"),
        ("SHUTDOWN", "SAFE", "ABORT"),
        ("SHUTDOWN", "FAILOVER", "ABORT"),
        ("SHUTDOWN", "a", "b", "c", "d", "e", "f", "g"),
        ("INFO", "nosuch"),
        ("INFO", ""),
        ("INFO", "nosuch", "neither"),
    ],
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([words])


def test_time(compare: Comparison) -> None:
    compare([shape("TIME")])


def test_shutdown_is_not_for_transactions(compare: Comparison) -> None:
    compare(
        [("MULTI",), ("SHUTDOWN", "ABORT"), ("EXEC",)],
        differs={"valkey-9.1": "the error names the command"},
    )


Fields = dict[str, str]


def sections(reply: bytes) -> dict[str, Fields]:
    """Read INFO: its sections by their titles, each with its fields."""
    ((kind, content),) = parse_all(reply)
    assert kind in (b"$", b"=")
    assert isinstance(content, bytes)
    text = content.decode().removeprefix("txt:")
    found = {}
    for section in text.removesuffix("\r\n").split("\r\n\r\n") if text else []:
        title, *lines = section.split("\r\n")
        found[title] = dict(line.split(":", 1) for line in lines)
    return found


#: Sections of Valkey's, and of Redis 8.2, that are not here.
FOREIGN = {"# TLS", "# Scripting Engines", "# Cluster Info", "# Threads", "# Keysizes"}


def titles(*words: Word) -> Step:
    """Compare which sections come, in which order, and the type of the reply."""

    def agree(ours: bytes, theirs: bytes) -> bool:
        expected = [title for title in sections(theirs) if title not in FOREIGN]
        return ours[:1] == theirs[:1] and list(sections(ours)) == expected

    return replace(step(*words), agree=agree)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("default",),
        ("DEFAULT", "commandstats"),
        ("all",),
        ("EVERYTHING",),
        ("all", "nosuch"),
        *[(name,) for name in ("server", "clients", "memory", "persistence", "stats", "replication", "cpu")],
        *[(name,) for name in ("modules", "commandstats", "errorstats", "cluster", "keyspace")],
        ("Keyspace", "CPU"),
        ("cpu", "nosuch", "keyspace", "cpu"),
        ("sentinel",),
    ],
    ids=" ".join,
)
def test_sections(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([("SET", "k", "v"), titles("INFO", *words)])


#: Fields of ours that Redis has not.
OUR_OWN = {"stubredis_version", "python_version", "used_memory_interpreter"}
#: Fields that only later versions than 7.0 have, and Valkey.
LATER = {
    "pubsub_clients", "watching_clients", "total_watched_keys", "total_blocking_keys",
    "total_blocking_keys_on_nokey", "client_query_buffer_limit_disconnections", "client_output_buffer_limit_disconnections", "expired_subkeys",
    "acl_access_denied_auth", "acl_access_denied_cmd", "acl_access_denied_key", "acl_access_denied_channel",
    "used_memory_peak_time", "allocator_muzzy", "mem_replica_full_sync_buffer", "mem_overhead_db_hashtable_rehashing",
    "evicted_scripts",
}  # fmt: skip


def test_fields_are_those_of_redis(compare: Comparison) -> None:
    """No field is made up, and each stands in its section and in the order of Redis."""

    def agree(ours: bytes, theirs: bytes) -> bool:
        our_sections, their_sections = sections(ours), sections(theirs)
        for title, fields in our_sections.items():
            if title in ("# Commandstats", "# Errorstats", "# Keyspace"):
                continue
            known = [name for name in fields if name not in OUR_OWN | LATER]
            assert known == [name for name in their_sections[title] if name in known], title
        return True

    compare([replace(step("INFO", "everything"), agree=agree)], oracles=ONLY_REDIS)


#: Fields that have the same value everywhere after the same steps.
#: `rdb_last_bgsave_time_sec` is not among them: a real server that is shared by all tests keeps it once it has saved, as it
#: does when a case about save points lasts long enough.
SAME = {
    "clients_in_timeout_table", "total_blocking_keys_on_nokey", "cluster_connections", "hz", "configured_hz",
    "rdb_last_bgsave_status", "rdb_saves", "aof_last_write_status", "total_forks",
    "latest_fork_usec", "unexpected_error_replies", "sync_full", "evicted_clients", "repl_backlog_histlen",
    "arch_bits", "redis_mode", "process_supervised", "blocked_clients", "pubsub_clients",
    "watching_clients", "total_watched_keys", "total_blocking_keys", "maxmemory", "maxmemory_human",
    "maxmemory_policy", "loading", "async_loading", "rdb_bgsave_in_progress", "aof_enabled",
    "aof_rewrite_in_progress", "expired_keys", "evicted_keys", "keyspace_hits", "keyspace_misses",
    "pubsub_channels", "pubsub_patterns", "pubsubshard_channels", "total_error_replies", "rejected_connections",
    "client_query_buffer_limit_disconnections", "client_output_buffer_limit_disconnections", "role",
    "connected_slaves", "master_failover_state", "master_replid2", "second_repl_offset",
    "repl_backlog_active", "cluster_enabled",
}  # fmt: skip

#: What only the real server counts, or what only Valkey or Redis 8.2 tells.
NOT_HERE = re.compile(
    r"usec=\d+,usec_per_call=[\d.]+,|,(keys_with_volatile_items|subexpiry)=\d+|(?<=avg_ttl=)\d+",
)


def figures(*words: Word) -> Step:
    """Compare the figures of INFO that are the same everywhere."""

    def agree(ours: bytes, theirs: bytes) -> bool:
        our_sections, their_sections = sections(ours), sections(theirs)
        return comparable(our_sections, their_sections) == comparable(their_sections, our_sections)

    return replace(step(*words), agree=agree)


COUNTED = ["get", "set", "incr", "lpush", "blpop", "exec", "multi", "ping", "echo", "auth", "select", "client|kill"]


def comparable(found: dict[str, Fields], others: dict[str, Fields]) -> dict[str, Fields]:
    """Select what must be the same on another side, which need not have all of these figures."""
    figures = {}
    for title in found.keys() & others.keys():
        if title in ("# Errorstats", "# Keyspace"):
            names = set(found[title])
        elif title == "# Commandstats":  # the harness itself makes other requests
            names = {f"cmdstat_{name}" for name in COUNTED}
        else:
            names = SAME & others[title].keys()
        figures[title] = {name: NOT_HERE.sub("", found[title][name]) for name in names & found[title].keys()}
    return figures


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([], id="nothing"),
        pytest.param(
            [("SET", "a", 1), ("GET", "a"), ("GET", "b"), ("SELECT", 3), ("SET", "c", 1)], id="hits and misses"
        ),
        pytest.param([("SET", "a", 1, "EX", 1000), ("SET", "b", 1), ("SELECT", 9), ("SET", "c", 1, "EX", 9)], id="ttl"),
        pytest.param(
            [("SET", "a", 1, "PX", 1), begin("BLPOP", "x", 0.01), elapse(11), expect(), ("GET", "a")], id="expired"
        ),
        pytest.param([("GET",), ("NOSUCH",), ("CLIENT", "KILL", "x"), ("CLIENT", "KILL")], id="errors of requests"),
        pytest.param(
            [("SET", "a", "x"), ("INCR", "a"), ("LPUSH", "a", 1), ("AUTH", "nobody", "x")], id="errors of calls"
        ),
        pytest.param([("MULTI",), ("GET",), ("EXEC",), ("EXEC",)], id="errors of transactions"),
        pytest.param([("MULTI",), ("GET", "a"), ("INCR", "b"), ("EXEC",)], id="calls of a transaction"),
        pytest.param(
            [on("b", replies(2, "SUBSCRIBE", "x", "y")), on("c", replies(1, "SUBSCRIBE", "x"))], id="channels"
        ),
        pytest.param(
            [on("b", replies(1, "PSUBSCRIBE", "x")), on("c", replies(1, "SSUBSCRIBE", "x"))], id="subscribers"
        ),
        pytest.param([on("b", begin("BLPOP", "x", 0)), ("LPUSH", "x", 1), expect("b")], id="served"),
        pytest.param([on("b", begin("BLPOP", "x", 0.001)), elapse(2), expect("b")], id="timed out"),
        pytest.param([("WATCH", "a", "b"), on("b", "WATCH", "b")], id="watched"),
        pytest.param(
            [("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")], id="limit of memory"
        ),
        pytest.param([raw(b"PING\r\nECHO 1\r\nGET a\r\n", replies=3)], id="pipeline"),
        pytest.param([("GET", "a"), ("NOSUCH",), ("CONFIG", "RESETSTAT")], id="reset"),
    ],
)
def test_figures(compare: Comparison, steps: Case) -> None:
    compare([*steps, on("z", figures("INFO", "everything"))])


def test_figures_of_blocked_clients(compare: Comparison) -> None:
    blocked = [on("b", begin("BLPOP", "x", "y", 0)), on("c", begin("BLPOP", "x", 0))]
    compare(
        [*blocked, on("z", figures("INFO", "everything"))],
        differs={"redis-7.0": "it counts a call before it is served"},
    )
