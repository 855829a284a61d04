"""Publish and subscribe: channels, patterns and shard channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stubredis.client import Client
from stubredis.command import (
    FAST,
    LOADING,
    MAY_REPLICATE,
    NOSCRIPT,
    PUBSUB,
    STALE,
    SUBSCRIBER,
    container,
    group,
)
from stubredis.datatypes.glob import matcher
from stubredis.errors import CommandError
from stubredis.protocol.replies import Push, Replies, Reply
from stubredis.pubsub import Subscribers, subscribe, unsubscribe

command = group("pubsub")
container(
    "PUBSUB",
    "pubsub",
    since="2.8.0",
    help_since="6.2.0",
    summary="Look at the state of publish and subscribe",
)

SUBSCRIBE = PUBSUB | NOSCRIPT | LOADING | STALE | SUBSCRIBER
PUBLISH = PUBSUB | LOADING | STALE | FAST | MAY_REPLICATE
INSPECT = PUBSUB | LOADING | STALE


def add(
    client: Client,
    kind: bytes,
    subscribers: Subscribers,
    subscriptions: dict[bytes, None],
    names: Sequence[bytes],
    count: Callable[[Client], int],
) -> Replies:
    """Subscribe to each name; the confirmations tell how many subscriptions the client has then."""
    replies = Replies()
    for name in names:
        subscribe(subscribers, subscriptions, client, name)
        replies.append(Push((kind, name, count(client))))
    client.subscriptions_changed()
    return replies


def remove(
    client: Client,
    kind: bytes,
    subscribers: Subscribers,
    subscriptions: dict[bytes, None],
    names: Sequence[bytes],
    count: Callable[[Client], int],
) -> Replies:
    """Unsubscribe from each name, from all without names; one confirmation names nothing if there are none."""
    replies = Replies()
    for name in names or list(subscriptions):
        unsubscribe(subscribers, subscriptions, client, name)
        replies.append(Push((kind, name, count(client))))
    client.subscriptions_changed()
    return replies or Replies([Push((kind, None, count(client)))])


def channels_and_patterns(client: Client) -> int:
    """What SUBSCRIBE and PSUBSCRIBE count together."""
    return len(client.channels) + len(client.patterns)


def shard_channels(client: Client) -> int:
    """What SSUBSCRIBE counts."""
    return len(client.shard_channels)


@command(
    "SUBSCRIBE channel [channel ...]",
    SUBSCRIBE,
    since="2.0.0",
    complexity="O(N) where N is the number of channels.",
)
def subscribe_(client: Client, *channels: bytes) -> Reply:
    """Listen to the messages of channels."""
    subscribers = client.server.pubsub.channels
    return add(client, b"subscribe", subscribers, client.channels, channels, channels_and_patterns)


@command(
    "UNSUBSCRIBE [channel [channel ...]]",
    SUBSCRIBE,
    since="2.0.0",
    complexity="O(N) where N is the number of channels.",
)
def unsubscribe_(client: Client, *channels: bytes) -> Reply:
    """Stop listening to channels, to all if none is named."""
    subscribers = client.server.pubsub.channels
    return remove(client, b"unsubscribe", subscribers, client.channels, channels, channels_and_patterns)


@command(
    "PSUBSCRIBE pattern [pattern ...]",
    SUBSCRIBE,
    since="2.0.0",
    complexity="O(N) where N is the number of patterns.",
)
def psubscribe(client: Client, *patterns: bytes) -> Reply:
    """Listen to the messages of all channels that match patterns."""
    subscribers = client.server.pubsub.patterns
    return add(client, b"psubscribe", subscribers, client.patterns, patterns, channels_and_patterns)


@command(
    "PUNSUBSCRIBE [pattern [pattern ...]]",
    SUBSCRIBE,
    since="2.0.0",
    complexity="O(N) where N is the number of patterns.",
)
def punsubscribe(client: Client, *patterns: bytes) -> Reply:
    """Stop listening to patterns, to all if none is named."""
    subscribers = client.server.pubsub.patterns
    return remove(client, b"punsubscribe", subscribers, client.patterns, patterns, channels_and_patterns)


@command(
    "SSUBSCRIBE shardchannel [shardchannel ...]",
    SUBSCRIBE,
    since="7.0.0",
    complexity="O(N) where N is the number of channels.",
)
def ssubscribe(client: Client, *channels: bytes) -> Reply:
    """Listen to the messages of shard channels."""
    subscribers = client.server.pubsub.shard_channels
    return add(client, b"ssubscribe", subscribers, client.shard_channels, channels, shard_channels)


@command(
    "SUNSUBSCRIBE [shardchannel [shardchannel ...]]",
    SUBSCRIBE,
    since="7.0.0",
    complexity="O(N) where N is the number of channels.",
)
def sunsubscribe(client: Client, *channels: bytes) -> Reply:
    """Stop listening to shard channels, to all if none is named."""
    subscribers = client.server.pubsub.shard_channels
    return remove(client, b"sunsubscribe", subscribers, client.shard_channels, channels, shard_channels)


@command(
    "PUBLISH channel message",
    PUBLISH,
    since="2.0.0",
    complexity="O(N+M) with N subscribers and M patterns in all.",
)
def publish(client: Client, channel: bytes, message: bytes) -> Reply:
    """Send a message to a channel."""
    return client.server.pubsub.publish(channel, message)


@command("SPUBLISH shardchannel message", PUBLISH, since="7.0.0", complexity="O(N) with N subscribers.")
def spublish(client: Client, channel: bytes, message: bytes) -> Reply:
    """Send a message to a shard channel."""
    return client.server.pubsub.publish_to_shard(channel, message)


def active(subscribers: Subscribers, patterns: Sequence[bytes], subcommand: bytes) -> list[bytes]:
    """The names that have subscribers and match the pattern, if there is one."""
    if len(patterns) > 1:
        text = b"ERR unknown subcommand or wrong number of arguments for '%b'. Try PUBSUB HELP."
        raise CommandError(text % subcommand)
    if not patterns:
        return list(subscribers)
    matches = matcher(patterns[0])
    return [name for name in subscribers if matches(name)]


def counts(subscribers: Subscribers, names: Sequence[bytes]) -> list[bytes | int]:
    """Each name and how many subscribe to it, in a flat list in both protocol versions."""
    return [word for name in names for word in (name, len(subscribers.get(name, ())))]


@command("PUBSUB CHANNELS [pattern]", INSPECT, since="2.8.0", complexity="O(N) where N is the number of channels.")
def pubsub_channels(client: Client, *patterns: bytes) -> Reply:
    """List the channels that have subscribers."""
    return active(client.server.pubsub.channels, patterns, b"channels")


@command("PUBSUB NUMSUB [channel [channel ...]]", INSPECT, since="2.8.0", complexity="O(N) for N channels.")
def pubsub_numsub(client: Client, *channels: bytes) -> Reply:
    """Count the subscribers of channels."""
    return counts(client.server.pubsub.channels, channels)


@command("PUBSUB NUMPAT", INSPECT, since="2.8.0")
def pubsub_numpat(client: Client) -> Reply:
    """Count the different patterns that are subscribed to."""
    return len(client.server.pubsub.patterns)


@command(
    "PUBSUB SHARDCHANNELS [pattern]",
    INSPECT,
    since="7.0.0",
    complexity="O(N) where N is the number of channels.",
)
def pubsub_shardchannels(client: Client, *patterns: bytes) -> Reply:
    """List the shard channels that have subscribers."""
    return active(client.server.pubsub.shard_channels, patterns, b"shardchannels")


@command(
    "PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]",
    INSPECT,
    since="7.0.0",
    complexity="O(N) for N channels.",
)
def pubsub_shardnumsub(client: Client, *channels: bytes) -> Reply:
    """Count the subscribers of shard channels."""
    return counts(client.server.pubsub.shard_channels, channels)
