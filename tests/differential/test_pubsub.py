"""Channels, patterns and shard channels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import cases, command, generated
from tests.differential.steps import Step, arrived, expect, on, raw, replies, unordered

SINCE_7_2 = ("valkey-9.1", "redis-8.2")
"""In Redis 7.0 a message to the publisher itself comes before the reply; since 7.2 it comes behind it."""


@pytest.mark.parametrize(
    "words",
    [
        ("SUBSCRIBE",),
        ("PSUBSCRIBE",),
        ("SSUBSCRIBE",),
        ("UNSUBSCRIBE",),
        ("PUNSUBSCRIBE",),
        ("SUNSUBSCRIBE",),
        ("PUBLISH", "a"),
        ("PUBLISH", "a", "b", "c"),
        ("PUBLISH", "a", "b"),
        ("SPUBLISH", "a"),
        ("SPUBLISH", "a", "b"),
        ("PUBSUB",),
        ("PUBSUB", "NOSUCH"),
        ("PUBSUB", "CHANNELS"),
        ("PUBSUB", "NUMSUB"),
        ("PUBSUB", "NUMSUB", "a", "a", "b"),
        ("PUBSUB", "NUMPAT"),
        ("PUBSUB", "NUMPAT", "x"),
        ("PUBSUB", "SHARDCHANNELS"),
        ("PUBSUB", "SHARDCHANNELS", "x*"),
        ("PUBSUB", "SHARDNUMSUB"),
        ("PUBSUB", "SHARDNUMSUB", "a"),
    ],
)
def test_without_subscribers(compare: Comparison, words: tuple[str, ...]) -> None:
    compare([words])


@pytest.mark.parametrize("words", [("PUBSUB", "channels", "a", "b"), ("PUBSUB", "shardchannels", "a", "b")])
def test_too_many_words_for_pubsub_channels(compare: Comparison, words: tuple[str, ...]) -> None:
    compare([words])


def test_message_reaches_subscribers(compare: Comparison) -> None:
    compare(
        [
            replies(2, "SUBSCRIBE", "a", "b"),
            replies(1, on("b", "SUBSCRIBE", "a")),
            on("c", "PUBLISH", "a", b"\x00binary\r\n"),
            expect("a"),
            expect("b"),
            on("c", "PUBLISH", "b", ""),
            expect("a"),
            on("c", "PUBLISH", "nobody", "x"),
            on("c", "PUBSUB", "NUMSUB", "a", "b", "c"),
            unordered(on("c", "PUBSUB", "CHANNELS")),
            unordered(on("c", "PUBSUB", "CHANNELS", "[b-z]")),
        ]
    )


def test_patterns(compare: Comparison) -> None:
    compare(
        [
            replies(1, "PSUBSCRIBE", "n?ws.*"),
            replies(1, "SUBSCRIBE", "news.de"),
            on("b", "PUBLISH", "news.de", "x"),
            expect("a", 2),
            on("b", "PUBLISH", "nws.de", "x"),
            on("b", "PUBSUB", "NUMPAT"),
            replies(1, "PUNSUBSCRIBE", "n?ws.*"),
            on("b", "PUBLISH", "news.de", "y"),
            expect("a"),
            on("b", "PUBSUB", "NUMPAT"),
        ]
    )


def test_counts_of_subscriptions(compare: Comparison) -> None:
    compare(
        [
            replies(2, "SUBSCRIBE", "a", "a"),
            replies(2, "PSUBSCRIBE", "a*", "b*"),
            replies(1, "SSUBSCRIBE", "a"),
            replies(2, "UNSUBSCRIBE", "nosuch", "a"),
            replies(1, "UNSUBSCRIBE"),
            replies(1, "PUNSUBSCRIBE", "b*"),
            replies(1, "SUNSUBSCRIBE"),
            replies(1, "SUNSUBSCRIBE"),
            replies(1, "PUNSUBSCRIBE"),
            ("PING",),
        ]
    )


def test_shard_channels_are_apart(compare: Comparison) -> None:
    compare(
        [
            replies(1, "SSUBSCRIBE", "a"),
            replies(1, on("b", "SUBSCRIBE", "a")),
            on("c", "SPUBLISH", "a", "shard"),
            expect("a"),
            on("c", "PUBLISH", "a", "channel"),
            expect("b"),
            on("c", "PUBSUB", "SHARDNUMSUB", "a"),
            on("c", "PUBSUB", "SHARDCHANNELS", "?"),
        ]
    )


@pytest.mark.parametrize("protocol", [2])
@pytest.mark.parametrize(
    "words",
    [
        ("GET", "k"),
        ("MULTI",),
        ("PUBLISH", "a", "x"),
        ("CLIENT", "ID"),
        ("HELLO", "3"),
        ("NOSUCH",),
        ("GET",),
        ("PING",),
        ("PING", "x"),
        ("PING", "x", "y"),
        ("RESET",),
        ("QUIT",),
    ],
)
def test_what_a_resp2_subscriber_may_do(compare: Comparison, words: tuple[str, ...]) -> None:
    compare([replies(1, "SUBSCRIBE", "a"), words])


@pytest.mark.parametrize("protocol", [2])
def test_a_resp2_client_leaves_the_mode_with_its_last_subscription(compare: Comparison) -> None:
    compare([replies(1, "SUBSCRIBE", "a"), replies(1, "UNSUBSCRIBE"), ("GET", "k"), ("PING",)])
    compare(
        [
            replies(1, "PSUBSCRIBE", "a"),
            replies(1, "SSUBSCRIBE", "b"),
            replies(1, "PUNSUBSCRIBE"),
            ("GET", "k"),
        ]
    )
    compare([replies(1, "SUBSCRIBE", "a"), ("RESET",), ("GET", "k"), on("b", "PUBLISH", "a", "x")])


@pytest.mark.parametrize("protocol", [3])
def test_a_resp3_subscriber_may_do_anything(compare: Comparison) -> None:
    compare([replies(1, "SUBSCRIBE", "a"), ("SET", "k", "v"), ("GET", "k"), ("PING",), ("PING", "x")])


@pytest.mark.parametrize("protocol", [3])
def test_a_message_to_oneself_follows_the_reply(compare: Comparison) -> None:
    compare(
        [
            replies(1, "SUBSCRIBE", "a"),
            replies(1, "PSUBSCRIBE", "*"),
            replies(3, "PUBLISH", "a", "x"),
            raw(b"PUBLISH a 1\r\nPING\r\n", replies=4),
        ],
        oracles=SINCE_7_2,
    )


def test_a_closed_subscriber_is_gone(compare: Comparison) -> None:
    compare([replies(1, "SUBSCRIBE", "a"), ("QUIT",), on("b", "PUBLISH", "a", "x"), on("b", "PUBSUB", "CHANNELS")])


CHANNELS = st.sampled_from(["a", "b", "ab", "*", ""])


@generated
@given(
    steps=cases(
        command("SUBSCRIBE", CHANNELS),
        command("PSUBSCRIBE", "*"),
        command("SSUBSCRIBE", CHANNELS),
        command("UNSUBSCRIBE", CHANNELS),
        command("PUNSUBSCRIBE", st.sampled_from(["*", "a"])),
        command("SUNSUBSCRIBE", CHANNELS),
        command("PUBLISH", CHANNELS, "x").map(lambda it: on("b", it)),
        command("SPUBLISH", CHANNELS, "x").map(lambda it: on("b", it)),
    )
)
def test_any_subscriptions(compare: Comparison, steps: list[Step]) -> None:
    # One pattern only: where several match, messages come in the order of a hash table.
    compare([each for it in steps for each in ([replies(1, it)] if it.client == "a" else [it, arrived("a")])])
