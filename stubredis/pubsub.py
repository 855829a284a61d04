"""Channels, patterns and shard channels, and who subscribes to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stubredis.datatypes.glob import matcher
from stubredis.protocol.replies import Push

if TYPE_CHECKING:
    from stubredis.client import Client

Subscribers = dict[bytes, dict["Client", None]]


class PubSub:
    """The subscriptions of all clients of a server. What a client subscribes to also stands in the client."""

    __slots__ = ("channels", "patterns", "shard_channels")

    def __init__(self) -> None:
        self.channels: Subscribers = {}
        self.patterns: Subscribers = {}
        self.shard_channels: Subscribers = {}

    def publish(self, channel: bytes, message: bytes) -> int:
        """Send a message to the subscribers of a channel and of matching patterns; return how many got it."""
        receivers = 0
        subscribers = self.channels.get(channel)
        if subscribers:
            _send(subscribers, Push((b"message", channel, message)))
            receivers = len(subscribers)
        for pattern, subscribers in self.patterns.items():
            if matcher(pattern)(channel):
                _send(subscribers, Push((b"pmessage", pattern, channel, message)))
                receivers += len(subscribers)
        return receivers

    def publish_to_shard(self, channel: bytes, message: bytes) -> int:
        """Send a message to the subscribers of a shard channel; return how many got it."""
        subscribers = self.shard_channels.get(channel)
        if not subscribers:
            return 0
        _send(subscribers, Push((b"smessage", channel, message)))
        return len(subscribers)

    def forget(self, client: Client) -> None:
        """End all subscriptions of a client."""
        for subscribers, subscriptions in (
            (self.channels, client.channels),
            (self.patterns, client.patterns),
            (self.shard_channels, client.shard_channels),
        ):
            for name in list(subscriptions):
                unsubscribe(subscribers, subscriptions, client, name)


def _send(subscribers: dict[Client, None], push: Push) -> None:
    for client in subscribers:
        client.push(push)


def subscribe(subscribers: Subscribers, subscriptions: dict[bytes, None], client: Client, name: bytes) -> None:
    """Add a client to a channel or pattern; nothing happens if it is there already."""
    subscriptions[name] = None
    subscribers.setdefault(name, {})[client] = None


def unsubscribe(subscribers: Subscribers, subscriptions: dict[bytes, None], client: Client, name: bytes) -> None:
    """Take a client from a channel or pattern; nothing happens if it is not there."""
    if name in subscriptions:
        del subscriptions[name]
        del subscribers[name][client]
        if not subscribers[name]:
            del subscribers[name]
