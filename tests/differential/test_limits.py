"""Limits of what a client may send and leave unread, and settings of the network, as real servers have them."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Word, arrived, begin, closed, fields, on, raw


@pytest.mark.parametrize(
    "data",
    [
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n",
        b"*3\r\n$3\r\nSET\r\n$1048577\r\n",
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2097152\r\n",
    ],
)
@pytest.mark.parametrize("protocol", [2])
def test_values_longer_than_the_limit(compare: Comparison, data: bytes) -> None:
    compare(
        [
            ("CONFIG", "SET", "proto-max-bulk-len", "1mb"),
            ("SET", "k", "x" * 2**20),
            on("b", raw(data)),
            closed("b"),
            ("CONFIG", "SET", "proto-max-bulk-len", "2mb"),
            ("SET", "k", "x" * (2**20 + 1)),
            ("STRLEN", "k"),
        ]
    )


@pytest.mark.parametrize("protocol", [2])
def test_values_that_commands_make_longer_than_the_limit(compare: Comparison) -> None:
    compare(
        [
            ("CONFIG", "SET", "proto-max-bulk-len", "1mb"),
            ("SETRANGE", "k", 2**20, "x"),
            ("SETRANGE", "k", 2**20 - 1, "x"),
            ("APPEND", "k", "x"),
            ("SETBIT", "k", 8 * 2**20, 1),
            ("STRLEN", "k"),
        ]
    )


@pytest.mark.parametrize(
    "data",
    [
        b"*11\r\n$4\r\nPING\r\n",
        b"*2\r\n$4\r\nAUTH\r\n$16385\r\n",
        b"*1000000\r\n",
        b"*10\r\n" + b"$1\r\nx\r\n" * 10,
    ],
)
@pytest.mark.parametrize("protocol", [2])
def test_requests_of_those_who_have_not_authenticated(compare: Comparison, data: bytes) -> None:
    compare(
        [
            ("CONFIG", "SET", "requirepass", "secret"),
            on("b", raw(data)),
            arrived("b") if data.startswith(b"*10\r") else closed("b"),
            ("CONFIG", "SET", "requirepass", ""),
        ],
        differs=dict.fromkeys(("redis-7.0", "redis-8.2"), "unknown commands are unknown also to strangers")
        if data.startswith(b"*10\r")
        else None,
    )


@pytest.mark.parametrize("protocol", [2])
def test_requests_behind_one_that_blocks(compare: Comparison) -> None:
    """They wait unread, up to the limit of the query buffer."""
    compare(
        [
            ("CONFIG", "SET", "client-query-buffer-limit", "1mb"),
            on("b", begin("BLPOP", "list", 0)),
            on("b", raw(b"*2\r\n$4\r\nECHO\r\n$100000\r\n%b\r\n" % bytes(100_000) * 12, replies=0)),
            closed("b"),
            ("RPUSH", "list", "x"),
            ("LLEN", "list"),
        ]
    )


@pytest.mark.parametrize("protocol", [2])
def test_requests_that_wait_for_exec(compare: Comparison) -> None:
    """They count as unread."""
    compare(
        [
            ("CONFIG", "SET", "client-query-buffer-limit", "1mb"),
            on("b", "MULTI"),
            *[on("b", "SET", "k", "x" * 100_000) for _ in range(10)],
            on("b", raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n%b\r\nPING\r\n" % bytes(100_000), replies=0)),
            closed("b"),
            ("EXISTS", "k"),
        ],
        differs={"redis-7.0": "it does not count them yet"},
    )


@pytest.mark.parametrize(
    "words",
    [
        ("port", -1),
        ("port", 65536),
        ("port", "x"),
        ("maxclients", 100_000_000, "timeout", "x"),
        ("unixsocket", "x", "port", "x"),
        ("unixsocketperm", "x"),
        ("bind-source-addr", "x"),
        ("socket-mark-id", 1),
        ("protected-mode", "maybe"),
        ("protected-mode", "yes"),
        ("tcp-keepalive", "x"),
        ("tls-cert-file", "/no/such"),
        ("tls-key-file", "/no/such", "tls-key-file-pass", "x"),
        ("tls-client-cert-file", "a", "tls-client-key-file", "b", "tls-client-key-file-pass", "c"),
        ("tls-ca-cert-file", "/no/such", "tls-ca-cert-dir", "/no/such"),
        ("tls-dh-params-file", "/no/such"),
        ("tls-auth-clients", "maybe"),
        ("tls-auth-clients", "OPTIONAL"),
        ("tls-protocols", "nonsense"),
        ("tls-ciphers", "nonsense", "tls-ciphersuites", "nonsense"),
        ("tls-prefer-server-ciphers", "maybe"),
        ("tls-session-caching", "maybe"),
        ("tls-session-cache-size", -1),
        ("tls-session-cache-size", 5, "tls-session-cache-timeout", 6),
        ("tls-replication", "maybe"),
        ("tls-cluster", "maybe"),
    ],
    ids=lambda words: " ".join(map(str, words)),
)
@pytest.mark.parametrize("protocol", [2])
def test_settings(compare: Comparison, words: tuple[Word, ...]) -> None:
    """Where TLS is off, what belongs to it is kept without a look at it. The oracles that lack TLS fall over `tls-port`."""
    compare(
        [
            ("CONFIG", "SET", *words),
            fields("CONFIG", "GET", *(name for name in words[::2] if name not in ("port", "unixsocket"))),
        ]
    )


@pytest.mark.parametrize(
    "words",
    [("tls-auth-clients-user", "x"), ("tls-auth-clients-user", "CN"), ("tls-auth-clients-user", "uri"),
     ("tls-auto-reload-interval", -1), ("unixsocketgroup", "x")],
)  # fmt: skip
@pytest.mark.parametrize("protocol", [2])
def test_settings_of_valkey(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([("CONFIG", "SET", *words), fields("CONFIG", "GET", words[0])], oracles=("valkey-9.1",))
