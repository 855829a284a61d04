"""CONFIG: reading and changing parameters, and every way to get it wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.parameters import NAMES
from tests.differential.comparison import Comparison
from tests.differential.generated import cases, command, generated
from tests.differential.resp import parse_all
from tests.differential.sides import Oracle
from tests.differential.steps import Step, Word, fields

#: Parameters that a case changes, to see that errors change nothing.
WATCHED = ("timeout", "maxmemory", "tcp-keepalive", "save")

SETTINGS: list[tuple[Word, ...]] = [
    ("timeout",),
    ("timeout", 10),
    ("TIMEOUT", 10),
    ("timeout", 0),
    ("timeout", "x"),
    ("timeout", ""),
    ("timeout", -1),
    ("timeout", 2147483647),
    ("timeout", 2147483648),
    ("timeout", "010"),
    ("timeout", "+1"),
    ("timeout", "1 "),
    ("timeout", 2**64),
    ("timeout", "1k"),
    ("nosuch", 1),
    ("nosuch",),
    ("timeout", 1, "maxmemory"),
    ("timeout", 1, "timeout", 2),
    ("timeout", 1, "TIMEOUT", 2),
    ("timeout", 5, "nosuch", 1),
    ("nosuch", 1, "nosuch2", 1),
    ("timeout", "x", "nosuch", 1),
    ("timeout", "x", "databases", 1),
    ("nosuch", 1, "databases", 2),
    ("databases", 2, "nosuch", 1),
    ("timeout", 1, "databases", 2),
    ("timeout", 7, "maxmemory", "x"),
    ("maxmemory", "x", "timeout", "x"),
    ("Timeout", "x"),
    ("timeout", 7, "maxmemory", "1mb", "tcp-keepalive", 5),
    ("tcp-keepalive", -1),
    ("databases", 2),
    ("tcp-backlog", 5),
    ("unixsocket", "x"),
    ("unixsocketperm", 700),
    ("logfile", "x"),
    ("daemonize", "yes"),
    ("dir", "/nonexistent"),
    ("DIR", "."),
    ("dbfilename", "a/b"),
    ("maxclients", 0),
    ("maxclients", "x"),
    ("maxclients", 2**32),
    ("maxclients", 100),
    ("proto-max-bulk-len", 1),
    ("proto-max-bulk-len", "1mb"),
    ("proto-max-bulk-len", "2M"),
    ("proto-max-bulk-len", "-1"),
    ("proto-max-bulk-len", "1mx"),
    ("client-query-buffer-limit", 1),
    ("client-query-buffer-limit", "1gB"),
    ("maxmemory", -1),
    ("maxmemory", "x"),
    ("maxmemory", ""),
    ("maxmemory", "100%"),
    ("maxmemory", "1.5mb"),
    ("maxmemory", "1 mb"),
    ("maxmemory", "mb"),
    ("maxmemory", "1b"),
    ("maxmemory", "1k"),
    ("maxmemory", "2KB"),
    ("maxmemory", "3Gb"),
    ("maxmemory", "1xb"),
    ("maxmemory", "010"),
    ("maxmemory-policy", "nosuch"),
    ("maxmemory-policy", "ALLKEYS-LRU"),
    ("maxmemory-policy", ""),
    ("appendonly", "maybe"),
    ("appendonly", "NO"),
    ("protected-mode", "1"),
    ("protected-mode", "No"),
    ("loglevel", "WARNING"),
    ("save", "x"),
    ("save", "1 2 3"),
    ("save", "1 x"),
    ("save", "0 1"),
    ("save", "1 0"),
    ("save", "1 -1"),
    ("save", "-1 1"),
    ("save", "3600 1 300 10"),
    ("save", ""),
    ("client-output-buffer-limit", "normal 1 2"),
    ("client-output-buffer-limit", "foo 1 2 3"),
    ("client-output-buffer-limit", "master 1 2 3"),
    ("client-output-buffer-limit", "normal x 2 3"),
    ("client-output-buffer-limit", "normal 1 x 3"),
    ("client-output-buffer-limit", "normal 1 2 x"),
    ("client-output-buffer-limit", "normal 1 2 -1"),
    ("client-output-buffer-limit", "normal 1 2 1.5"),
    ("client-output-buffer-limit", "Replica 1kb 2 3"),
    ("client-output-buffer-limit", "slave 1 2 3 slave 5 6 7"),
    ("client-output-buffer-limit", "normal 0 0 0 pubsub 1mb 1k 60"),
]


@pytest.mark.parametrize("words", SETTINGS, ids=lambda words: " ".join(map(str, words)))
def test_set(compare: Comparison, words: tuple[Word, ...]) -> None:
    names = [str(name) for name in words[::2] if name not in ("databases", "dir", "DIR", "logfile", "unixsocket")]
    compare(
        [
            ("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0"),
            ("CONFIG", "SET", *words),
            fields("CONFIG", "GET", *WATCHED),
            fields("CONFIG", "GET", *names, "nosuch"),
        ]
    )


def test_log_levels(compare: Comparison) -> None:
    compare([("CONFIG", "SET", "loglevel", "loud")], differs={"redis-7.0": "it does not know the level `nothing` yet"})


@pytest.mark.parametrize(
    "words",
    [
        (
            "CONFIG",
            "CONFIG",
        ),
        (
            "CONFIG",
            "NOSUCH",
        ),
        (
            "CONFIG",
            "GET",
        ),
        ("CONFIG", "GET", "nosuch"),
        ("CONFIG", "GET", ""),
        ("CONFIG", "GET", "databases"),
        ("CONFIG", "GET", "DATABASES", "databases", "data*"),
        ("CONFIG", "GET", "time[o]u?", "nosuch", "MAXMEMORY-p*"),
        ("CONFIG", "GET", "[", "timeout"),
        ("CONFIG", "GET", b"\xff", "timeout"),
        (
            "CONFIG",
            "SET",
        ),
        (
            "CONFIG",
            "RESETSTAT",
        ),
        ("CONFIG", "resetstat", "x"),
        ("CONFIG", "HELP", "x"),
    ],
)
def test_one_request(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([fields(*words)])


@generated
@given(
    steps=cases(
        command("CONFIG", "SET", "timeout", st.sampled_from([0, 1, 10, -1, "x"])),
        command("CONFIG", "SET", "maxmemory", st.sampled_from([0, "1k", "x"]), "timeout", st.sampled_from([2, "x"])),
        command("CONFIG", "SET", "save", st.sampled_from(["", "1 1", "1", "2 3 4 5"])),
        command("CONFIG", "SET", "timeout", 3, st.sampled_from(["timeout", "nosuch", "databases", "appendonly"]), "no"),
    )
)
def test_any_settings(compare: Comparison, steps: list[Step]) -> None:
    compare([*steps, fields("CONFIG", "GET", *WATCHED)])


#: Why the default of a parameter is not that of Redis.
OTHER_DEFAULTS = {
    "bind": "only the machine itself",
    "client-output-buffer-limit": "normal clients have a limit too",
    "dir": "depends on the place where a server is started",
    "logfile": "an oracle logs elsewhere",
    "maxclients": "Redis lowers it to the number of files it may open",
    "enable-debug-command": "an oracle is started with it",
    "port": "an oracle has a port of its own",
    "protected-mode": "an oracle is started without it",
    "save": "nothing is written unless asked",
}


#: What CONFIG GET of Redis 8.2 does not show, and why we do.
NOT_LISTED_THERE = {
    "commandlog-execution-slower-than": "Valkey's name",
    "commandlog-large-reply-max-len": "Valkey's",
    "commandlog-large-request-max-len": "Valkey's",
    "commandlog-reply-larger-than": "Valkey's",
    "commandlog-request-larger-than": "Valkey's",
    "commandlog-slow-execution-max-len": "Valkey's name",
    "emulate": "our own",
    "io-threads-do-reads": "Redis 8 has dropped it",
    "active-defrag-cycle-us": "Valkey's",
    "availability-zone": "Valkey's",
    "cluster-announce-client-ipv4": "Valkey's",
    "cluster-announce-client-ipv6": "Valkey's",
    "cluster-announce-client-port": "Valkey's",
    "cluster-announce-client-tls-port": "Valkey's",
    "cluster-blacklist-ttl": "Valkey's",
    "cluster-config-save-behavior": "Valkey's",
    "cluster-databases": "Valkey's",
    "cluster-manual-failover-timeout": "Valkey's",
    "cluster-slot-migration-log-max-len": "Valkey's",
    "dual-channel-replication-enabled": "Valkey's",
    "extended-redis-compatibility": "Valkey's",
    "hash-seed": "Valkey's",
    "import-mode": "Valkey's",
    "log-format": "Valkey's",
    "log-timestamp-format": "Valkey's",
    "mptcp": "Valkey's",
    "prefetch-batch-max-size": "Valkey's",
    "primaryauth": "Valkey's name",
    "primaryuser": "Valkey's name",
    "rdb-version-check": "Valkey's",
    "rdma-bind": "Valkey's",
    "rdma-completion-vector": "Valkey's",
    "rdma-port": "Valkey's",
    "rdma-rx-size": "Valkey's",
    "repl-mptcp": "Valkey's",
    "slot-migration-max-failover-repl-bytes": "Valkey's",
    "tls-auth-clients-user": "Valkey's",
    "tls-auto-reload-interval": "Valkey's",
    "unixsocketgroup": "Valkey's",
}


@pytest.mark.needs("redis-server 8.2")
def test_defaults(redis_8_2_oracle: Oracle) -> None:
    """Every parameter is one of the real server's, with the same default where there is no reason for another."""
    redis_8_2_oracle.reset()
    (_, content), *_ = parse_all(redis_8_2_oracle.ask([(b"CONFIG", b"GET", b"*")])[0])
    assert isinstance(content, list)
    words = [word for _, word in content]
    theirs = dict(zip(words[::2], words[1::2], strict=True))
    ours = {
        name.encode(): parameter.kind.format(parameter.default).encode()
        for name, parameter in NAMES.items()
        if not parameter.hidden
    }
    assert {name.decode() for name in ours.keys() - theirs.keys()} == NOT_LISTED_THERE.keys()
    others = {name.decode() for name, value in ours.items() if value != theirs.get(name, value)}
    assert others <= OTHER_DEFAULTS.keys()


#: Settings that change what the machine of the real server does, or that it applies at once.
LEFT_ALONE = {
    "maxmemory",
    "notify-keyspace-events",
    "port",
    "bind",
    "protected-mode",
    "appendonly",
    "requirepass",
    "maxclients",
    "oom-score-adj",
}
VALUES = ("", "x!", "yes", "-1", "0", "1", "100", "64kb", "99999999999999999", "18446744073709551616", "no", "YES")


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name in NAMES
        if name not in LEFT_ALONE
        and (name not in NOT_LISTED_THERE or name == "io-threads-do-reads")
        and not name.startswith(("tls-", "enable-debug"))
    ),
)
@pytest.mark.parametrize("protocol", [2])
def test_round_trips(compare: Comparison, name: str) -> None:
    """Good and bad values: what is answered, and what is kept."""
    steps: list[tuple[Word, ...]] = []
    for value in VALUES:
        if name in ("client-query-buffer-limit", "proto-max-bulk-len", "timeout") and value != "x!":
            continue
        steps += [("CONFIG", "SET", name, value)]
        if name not in OTHER_DEFAULTS:
            steps += [("CONFIG", "GET", name)]
    compare(steps, oracles=("redis-7.0",) if name == "io-threads-do-reads" else ("redis-8.2",))


@pytest.mark.parametrize(
    "words",
    [
        ("shutdown-on-sigterm", "save nosave"),
        ("shutdown-on-sigterm", "force NOSAVE now"),
        ("shutdown-on-sigint", "default now"),
        ("hz", 0),
        ("hz", 9999),
        ("oom-score-adj-values", "1 2"),
        ("oom-score-adj-values", "1 2 x"),
        ("oom-score-adj-values", "1 2 3000"),
        ("oom-score-adj-values", "3 2 1"),
        ("oom-score-adj-values", " 1  2 3"),
        ("repl-backlog-size", 1),
        ("repl-backlog-size", 0),
        ("proc-title-template", "{x}"),
        ("proc-title-template", "{title"),
        ("proc-title-template", "a}"),
        ("locale-collate", "C"),
        ("locale-collate", "nosuch"),
        ("cluster-announce-hostname", "a" * 300),
        ("cluster-announce-hostname", "a_b"),
        ("cluster-announce-human-nodename", "a b"),
        ("cluster-announce-human-nodename", "a|b"),
        ("replica-priority", 1, "slave-priority", 2),
        ("slave-priority", "x"),
        ("slave-priority", 3, "slave-priority", 4),
        ("timeout", 1, "slave-priority", "x"),
        ("maxclients", -1),
        ("loadmodule", "x"),
        ("include", "x"),
        ("user", "x"),
        ("replicaof", "no one"),
        ("slaveof", "no one"),
    ],
)
def test_special_values(compare: Comparison, words: tuple[Word, ...]) -> None:
    names = [name for name in words[::2] if name != "maxclients"]
    compare([("CONFIG", "SET", *words), fields("CONFIG", "GET", *names, "timeout")], oracles=("redis-8.2",))


def test_rewrite_without_a_file(compare: Comparison) -> None:
    compare([("CONFIG", "REWRITE"), ("CONFIG", "REWRITE", "x")])


def _add(key: str, *words: Word) -> list[tuple[Word, ...]]:
    return [*([words] if words else []), ("OBJECT", "ENCODING", key)]


@pytest.mark.parametrize("limit", [0, 1, 3, 5])
def test_limits_of_encodings(compare: Comparison, limit: int) -> None:
    steps: list[tuple[Word, ...]] = [
        (
            "CONFIG",
            "SET",
            "hash-max-listpack-entries",
            limit,
            "set-max-intset-entries",
            limit,
            "zset-max-ziplist-entries",
            limit,
        ),
        ("CONFIG", "SET", "set-max-listpack-entries", limit + 2, "list-max-listpack-size", limit),
    ]
    for number in range(7):
        steps += _add("h", "HSET", "h", f"f{number}", "v")
        steps += _add("i", "SADD", "i", number)
        steps += _add("s", "SADD", "s", f"m{number}")
        steps += _add("z", "ZADD", "z", number, f"m{number}")
        steps += _add("l", "RPUSH", "l", f"e{number}")
    for count in range(1, 8):
        words = [str(number) for number in range(count)]
        steps += [("DEL", "many"), ("SADD", "many", *words), ("OBJECT", "ENCODING", "many")]
        pairs = [word for number in words for word in (number, number)]
        steps += [("DEL", "many"), ("HSET", "many", *pairs), ("OBJECT", "ENCODING", "many")]
        steps += [("DEL", "many"), ("ZADD", "many", *pairs), ("OBJECT", "ENCODING", "many"), ("DEL", "many")]
    compare([*steps, ("FLUSHALL",)], oracles=("redis-8.2",))


@pytest.mark.parametrize("limit", [0, 2, 5])
def test_limits_of_lengths(compare: Comparison, limit: int) -> None:
    steps: list[tuple[Word, ...]] = [
        (
            "CONFIG",
            "SET",
            "hash-max-listpack-value",
            limit,
            "set-max-listpack-value",
            limit,
            "zset-max-listpack-value",
            limit,
        ),
    ]
    for length in range(1, 7):
        steps += [("DEL", "k"), ("HSET", "k", "f", "v" * length), ("OBJECT", "ENCODING", "k"), ("DEL", "k")]
        steps += [("SADD", "k", "v" * length), ("OBJECT", "ENCODING", "k"), ("DEL", "k")]
        steps += [("ZADD", "k", 1, "v" * length), ("OBJECT", "ENCODING", "k"), ("DEL", "k")]
    compare(steps, oracles=("redis-8.2",))
