"""PING, ECHO, AUTH, HELLO, SELECT, QUIT and RESET."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Step, Word, closed, error_kind, masked, on, raw, replies

Case = list[tuple[Word, ...] | Step]

#: What HELLO says of the server itself, and its number of the client.
SERVER = rb"(?<=server\r\n\$~\r\n)\w+|(?<=version\r\n\$~\r\n)[\d.]+|(?<=id\r\n:)\d+|(?<=modules\r\n)\*[\s\S]*"


def hello(*words: Word) -> Step:
    return masked(SERVER, "HELLO", *words)


@pytest.mark.parametrize(
    "request_words",
    [
        ("PING",),
        ("ping", "hello"),
        ("PING", ""),
        ("PING", "too", "many"),
        ("ECHO", b"\x00\r\n\xff"),
        ("ECHO",),
        ("ECHO", "a", "b"),
        ("SELECT",),
        ("SELECT", 0),
        ("SELECT", 15),
        ("SELECT", 16),
        ("SELECT", -1),
        ("SELECT", "01"),
        ("SELECT", "x"),
        ("SELECT", ""),
        ("SELECT", 2147483648),
        ("SELECT", -2147483649),
        ("SELECT", 99999999999999999999),
        ("SELECT", 1, 2),
        ("AUTH",),
        ("AUTH", "x"),
        ("AUTH", ""),
        ("AUTH", "default", "x"),
        ("AUTH", "default", ""),
        ("AUTH", "DEFAULT", "x"),
        ("AUTH", "nobody", "x"),
        ("AUTH", "a", "b", "c"),
        ("AUTH", "a", "b", "c", "d", "e", "f"),
        ("HELLO", "x"),
        ("HELLO", ""),
        ("HELLO", 1),
        ("HELLO", 4),
        ("HELLO", -1),
        ("HELLO", "03"),
        ("HELLO", 99999999999999999999),
        ("HELLO", 4, "SETNAME", "a b"),
        ("HELLO", 2, "foo"),
        ("HELLO", 2, "AUTH"),
        ("HELLO", 2, "AUTH", "a"),
        ("HELLO", 2, "AUTH", "a", "b"),
        ("HELLO", 2, "auth", "default", "x", "y"),
        ("HELLO", 2, "SETNAME"),
        ("HELLO", 2, "SETNAME", "a b"),
        ("HELLO", 2, "SETNAME", "a\n"),
        ("HELLO", 3, "SETNAME", "a", "SETNAME"),
        ("RESET",),
        ("RESET", "x"),
        ("TIME", "x"),
    ],
)
def test_one_request(compare: Comparison, request_words: tuple[Word, ...]) -> None:
    compare([request_words])


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([hello(2), ("PING",)], id="2"),
        pytest.param([hello(3), ("GET", "missing"), hello(), hello(2), ("GET", "missing")], id="there and back"),
        pytest.param([hello()], id="nothing changes"),
        pytest.param([hello(3, "setname", "a", "SETNAME", "b"), ("CLIENT", "GETNAME")], id="the last name counts"),
        pytest.param([hello(3, "AUTH", "default", "x", "SETNAME", "n"), ("CLIENT", "GETNAME")], id="with a user"),
        pytest.param(
            [("CLIENT", "SETNAME", "n"), hello(2, "SETNAME", ""), ("CLIENT", "GETNAME")], id="an empty name is none"
        ),
        pytest.param([("MULTI",), ("HELLO", 3), ("GET", "missing"), masked(SERVER, "EXEC")], id="queued"),
        pytest.param([hello(3), replies(1, "SUBSCRIBE", "c"), hello(2), ("GET", "missing")], id="a subscriber"),
    ],
)
def test_hello(compare: Comparison, steps: Case) -> None:
    compare(steps)


def test_a_refused_hello_changes_nothing(compare: Comparison) -> None:
    compare(
        [
            ("CLIENT", "SETNAME", "before"),
            ("HELLO", 3, "SETNAME", "after", "AUTH", "nobody", "x"),
            ("CLIENT", "GETNAME"),
            ("GET", "missing"),
        ],
        differs={"redis-7.0": "it gives the name while it reads the words"},
    )


def with_password(*steps: tuple[Word, ...] | Step) -> Case:
    """Let client a set a password while it is connected; the others come later."""
    return [("CONFIG", "SET", "requirepass", "secret"), *steps, ("CONFIG", "SET", "requirepass", "")]


@pytest.mark.parametrize("protocol", [2])
@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(with_password(("GET", "k"), ("AUTH", "wrong"), ("GET", "k")), id="who was there stays"),
        pytest.param(
            with_password(
                on("b", "GET", "k"),
                on("b", "PING"),
                on("b", error_kind("HELLO", 3)),
                on("b", error_kind("HELLO")),
                on("b", "HELLO", 9),
                on("b", "MULTI"),
                on("b", "RESET"),
                on("b", "CLIENT", "ID"),
                on("b", "AUTH", "wrong"),
                on("b", "AUTH", "default", "wrong"),
                on("b", "AUTH", "nobody", "secret"),
                on("b", "AUTH", "a", "b", "c"),
                on("b", "GET", "k"),
                on("b", "AUTH", "secret"),
                on("b", "GET", "k"),
                on("b", "AUTH", "wrong"),
                on("b", "GET", "k"),
            ),
            id="who comes later",
        ),
        pytest.param(with_password(on("b", "AUTH", "default", "secret"), on("b", "GET", "k")), id="two words"),
        pytest.param(
            with_password(on("b", hello(3, "AUTH", "default", "secret")), on("b", "GET", "k")), id="hello with a user"
        ),
        pytest.param(
            with_password(on("b", "HELLO", 3, "AUTH", "default", "wrong"), on("b", "GET", "k")), id="hello in vain"
        ),
        pytest.param(with_password(on("b", "QUIT"), closed("b")), id="quit"),
        pytest.param(
            with_password(on("b", "AUTH", "secret"), on("b", "RESET"), on("b", "GET", "k")), id="reset forgets"
        ),
        pytest.param(
            [
                ("CONFIG", "SET", "requirepass", "secret"),
                on("b", "GET", "k"),
                ("CONFIG", "SET", "requirepass", ""),
                on("b", "GET", "k"),
            ],
            id="no password any more",
        ),
        pytest.param(
            [
                ("CONFIG", "SET", "requirepass", b"p\xc3\xa4ss \xff"),
                on("b", "AUTH", b"p\xc3\xa4ss \xff"),
                ("CONFIG", "GET", "requirepass"),
                ("CONFIG", "SET", "requirepass", ""),
            ],
            id="any bytes",
        ),
    ],
)
def test_passwords(compare: Comparison, steps: Case) -> None:
    compare(steps)


@pytest.mark.parametrize("protocol", [2])
def test_strangers_learn_nothing_about_commands(compare: Comparison) -> None:
    compare(
        with_password(
            on("b", "NOSUCH"),
            on("b", "GET"),
            on("b", "CLIENT"),
            on("b", "CLIENT", "NOSUCH"),
            on("b", "AUTH"),
            on("b", "RESET", "x"),
        ),
        differs=dict.fromkeys(("redis-7.0", "redis-8.2"), "it tells anybody which commands it does not know"),
    )


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([("QUIT",), closed()], id="quit"),
        pytest.param([("QUIT", "now", "please"), closed()], id="quit with words"),
        pytest.param([raw(b"QUIT\r\nSET k v\r\n"), closed()], id="nothing after quit"),
        pytest.param([("MULTI",), ("SET", "k", "v"), ("QUIT",), closed()], id="quit is not queued"),
        pytest.param([replies(1, "SUBSCRIBE", "c"), ("QUIT",), closed()], id="a subscriber quits"),
        pytest.param([("MULTI",), ("SET", "k", "v"), ("RESET",), ("EXEC",), ("GET", "k")], id="reset in a transaction"),
        pytest.param(
            [("WATCH", "k"), ("RESET",), on("b", "SET", "k", "v"), ("MULTI",), ("GET", "k"), ("EXEC",)],
            id="reset forgets watches",
        ),
        pytest.param(
            [("SELECT", 3), ("SET", "k", "v"), ("RESET",), ("GET", "k"), ("DBSIZE",)],
            id="reset selects database 0",
        ),
        pytest.param(
            [
                ("CLIENT", "SETNAME", "n"),
                replies(1, "SUBSCRIBE", "c"),
                replies(1, "PSUBSCRIBE", "*"),
                ("RESET",),
                on("b", "PUBLISH", "c", "m"),
                ("CLIENT", "GETNAME"),
                ("GET", "missing"),
            ],
            id="reset forgets name, subscriptions and RESP3",
        ),
        pytest.param(
            [replies(0, "CLIENT", "REPLY", "OFF"), replies(0, "PING"), ("RESET",), ("PING",)],
            id="reset lets replies through",
        ),
    ],
)
def test_quit_and_reset(compare: Comparison, steps: Case) -> None:
    compare(steps)


def test_ping_of_a_subscriber(compare: Comparison) -> None:
    compare(
        [
            replies(1, "SUBSCRIBE", "c"),
            ("PING",),
            ("PING", b"m\x00"),
            ("PING", "a", "b"),
            ("ECHO", "x"),
            ("SELECT", 1),
            ("CLIENT", "ID", "x"),
            replies(1, "UNSUBSCRIBE", "c"),
            ("PING",),
        ]
    )


def test_a_value_is_seen_by_every_client(compare: Comparison) -> None:
    compare(
        [
            ("SET", "k", "v"),
            on("b", "GET", "k"),
            on("b", "SET", "k", 2, "EX", 1000),
            ("GET", "k"),
            on("b", "SELECT", 1),
            on("b", "GET", "k"),
            on("c", "GET", "k"),
        ]
    )


def test_inline_requests(compare: Comparison) -> None:
    compare([raw(b'SET k "a b"\r\n'), raw(b"GET k\nPING\r\n", replies=2), ("GET", "k")])
