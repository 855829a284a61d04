"""MULTI, EXEC, DISCARD, WATCH and UNWATCH."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, on, raw, replies, step

AS_REDIS = {"valkey-9.1": "refuses MULTI and WATCH inside a transaction before they are called, and aborts it"}


@pytest.mark.parametrize(
    "words",
    [
        ("MULTI", "x"),
        ("EXEC",),
        ("EXEC", "x"),
        ("DISCARD",),
        ("DISCARD", "x"),
        ("WATCH",),
        ("UNWATCH",),
        ("UNWATCH", "x"),
    ],
)
def test_outside_of_a_transaction(compare: Comparison, words: tuple[str, ...]) -> None:
    compare([words])


def test_queue_and_execute(compare: Comparison) -> None:
    compare(
        [
            ("MULTI",),
            ("SET", "k", "1"),
            on("b", "GET", "k"),
            ("GET", "k"),
            ("get", "missing"),
            ("EXEC",),
            on("b", "GET", "k"),
            ("EXEC",),
        ]
    )


def test_discard(compare: Comparison) -> None:
    compare([("MULTI",), ("SET", "k", "1"), ("DISCARD",), ("GET", "k"), ("EXEC",)])


def test_empty_transaction(compare: Comparison) -> None:
    compare([("MULTI",), ("EXEC",)])


def test_error_while_executing_does_not_stop_the_rest(compare: Comparison) -> None:
    compare([("MULTI",), ("SET", "k", "x"), ("INCR", "k"), ("LPUSH", "k", "x"), ("SET", "l", "y"), ("EXEC",)])


@pytest.mark.parametrize("refused", [("NOSUCHCOMMAND", "a"), ("GET",), ("CLIENT", "NOSUCH"), ("CLIENT", "SETNAME")])
def test_refused_while_queueing(compare: Comparison, refused: tuple[str, ...]) -> None:
    compare([("MULTI",), ("SET", "k", "1"), refused, ("EXEC",), ("GET", "k"), ("MULTI",), ("EXEC",)])


def test_nested_multi_and_watch(compare: Comparison) -> None:
    case = [("MULTI",), ("MULTI",), ("WATCH", "k"), ("PING",), ("EXEC",)]
    compare(case, differs=AS_REDIS)


def test_watch_inside_does_nothing(compare: Comparison) -> None:
    compare([("MULTI",), ("WATCH", "k"), ("EXEC",)], differs=AS_REDIS)


def test_unwatch_is_queued(compare: Comparison) -> None:
    compare([("WATCH", "k"), ("SET", "k", "1"), ("MULTI",), ("UNWATCH",), ("PING",), ("EXEC",)])


@pytest.mark.parametrize(
    "change",
    [
        ("SET", "k", "2"),
        ("SET", "k", "1"),
        ("DEL", "k"),
        ("DEL", "missing"),
        ("APPEND", "k", ""),
        ("EXPIRE", "k", 100),
        ("PERSIST", "k"),
        ("RENAME", "k", "l"),
        ("GET", "k"),
        ("FLUSHDB",),
        ("FLUSHALL",),
        ("SWAPDB", 0, 1),
        ("SET", "l", "1"),
    ],
)
def test_watched_key_and_a_change_by_another_client(compare: Comparison, change: tuple[str | int, ...]) -> None:
    compare([("SET", "k", "1"), ("WATCH", "k"), on("b", *change), ("MULTI",), ("SET", "x", "1"), ("EXEC",)])


def test_watch_of_a_missing_key(compare: Comparison) -> None:
    compare([("WATCH", "k"), on("b", "SET", "k", "1"), ("MULTI",), ("PING",), ("EXEC",)])
    compare([("WATCH", "k"), on("b", "FLUSHALL"), ("MULTI",), ("PING",), ("EXEC",)])


def test_own_change_fails_too(compare: Comparison) -> None:
    compare([("WATCH", "k", "l"), ("SET", "l", "1"), ("MULTI",), ("PING",), ("EXEC",)])


def test_watch_ends_with_unwatch_exec_and_discard(compare: Comparison) -> None:
    for end in [("UNWATCH",)], [("MULTI",), ("EXEC",)], [("MULTI",), ("DISCARD",)]:
        compare([("WATCH", "k"), *end, on("b", "SET", "k", "1"), ("MULTI",), ("PING",), ("EXEC",)])


def test_watch_is_of_the_selected_database(compare: Comparison) -> None:
    compare([("WATCH", "k"), on("b", "SELECT", 1), on("b", "SET", "k", "1"), ("MULTI",), ("PING",), ("EXEC",)])
    compare([("SELECT", 1), ("WATCH", "k"), ("SELECT", 0), ("SET", "k", 1), ("MULTI",), ("PING",), ("EXEC",)])


def test_select_in_a_transaction(compare: Comparison) -> None:
    compare([("MULTI",), ("SELECT", 1), ("SET", "k", "1"), ("SELECT", 0), ("GET", "k"), ("EXEC",), ("GET", "k")])


def test_protocol_changes_in_the_middle(compare: Comparison) -> None:
    compare([("MULTI",), ("GET", "a"), ("RESET",), ("GET", "a")])


def test_blocking_commands_do_not_block(compare: Comparison) -> None:
    compare(
        [
            ("MULTI",),
            ("BLPOP", "k", 0),
            ("BLMOVE", "k", "l", "LEFT", "RIGHT", 0),
            ("BLMPOP", 0, 1, "k", "LEFT"),
            ("BRPOPLPUSH", "k", "l", 0),
            ("EXEC",),
        ]
    )


def test_subscribe_and_publish_inside(compare: Comparison) -> None:
    case = [("MULTI",), ("SUBSCRIBE", "a", "b"), ("PUBLISH", "a", "x"), replies(3, "EXEC")]
    compare(case, oracles=("valkey-9.1", "redis-8.2"))  # Redis 7.0 sends the message before the replies


def test_pipelined(compare: Comparison) -> None:
    compare([raw(b"MULTI\r\nSET k 1\r\nINCR k\r\nEXEC\r\nGET k\r\n", replies=5)])


@generated
@given(
    steps=st.lists(
        st.one_of(
            cases(
                command("SET", KEYS, VALUES),
                command("INCR", KEYS),
                command("GET", KEYS),
                command("DEL", KEYS),
                command("EXEC"),
                command("DISCARD"),
            ).map(lambda steps: [step("MULTI"), *steps]),
            cases(command("WATCH", KEYS), command("UNWATCH"), command("SET", KEYS, VALUES)),
            cases(command("SET", KEYS, VALUES), command("DEL", KEYS)).map(lambda steps: [on("b", it) for it in steps]),
        ),
        min_size=1,
        max_size=4,
    ).map(lambda parts: [it for part in parts for it in part] + [step("DISCARD")])
)
def test_any_transactions(compare: Comparison, steps: list[Step]) -> None:
    # A MULTI within a transaction is where Redis and Valkey differ.
    inside = False
    case = []
    for it in steps:
        if it.client == "a" and it.text in ("MULTI", "EXEC", "DISCARD"):
            if it.text == "MULTI" and inside:
                continue
            inside = it.text == "MULTI"
        if inside and it.text.startswith("WATCH"):
            continue
        case.append(it)
    compare(case)
