"""CONFIG: reading and changing parameters, and every way to get it wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.config import TABLE
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
    "save": "there are no snapshots",
}


@pytest.mark.needs("valkey")
def test_defaults(valkey_oracle: Oracle) -> None:
    """Every parameter is one of the real server's, with the same default where there is no reason for another."""
    valkey_oracle.reset()
    (_, content), *_ = parse_all(valkey_oracle.ask([(b"CONFIG", b"GET", b"*")])[0])
    assert isinstance(content, list)
    words = [word for _, word in content]
    theirs = dict(zip(words[::2], words[1::2], strict=True))
    ours = {name.encode(): parameter.kind.format(parameter.default).encode() for name, parameter in TABLE.items()}
    assert ours.keys() <= theirs.keys()
    others = {name.decode() for name, value in ours.items() if value != theirs[name]}
    assert others <= OTHER_DEFAULTS.keys()
