"""Keyspace notifications: events of keys, published to the channels `__keyspace@N__:key` and `__keyevent@N__:event`.

`notify-keyspace-events` says which: `K` and `E` choose the channels, the other letters the classes of events. The
keyspace is observed only while both are asked for, so that nobody pays for what nobody hears.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from stubredis.keyspace import Database, Keyspace
from stubredis.pubsub import PubSub


class Notifications:
    """Publishes the events of a keyspace."""

    __slots__ = ("_by_event", "_by_key", "_classes", "_keyspace", "_pubsub")

    def __init__(self, keyspace: Keyspace, pubsub: PubSub) -> None:
        self._keyspace = keyspace
        self._pubsub = pubsub
        self._classes: frozenset[bytes] = frozenset()
        self._by_key = self._by_event = False

    def choose(self, letters: AbstractSet[str]) -> None:
        """Publish what these letters of `notify-keyspace-events` ask for, from now on."""
        self._by_key = "K" in letters
        self._by_event = "E" in letters
        self._classes = frozenset(letter.encode() for letter in letters - {"K", "E"})
        observers = self._keyspace.observers
        if self._publish in observers:
            observers.remove(self._publish)
        if (self._by_key or self._by_event) and self._classes:
            observers.append(self._publish)
        for database in self._keyspace.databases:
            database.observe()

    def _publish(self, database: Database, key: bytes, event: bytes, kind: bytes) -> None:
        pubsub = self._pubsub
        if kind not in self._classes or not (pubsub.channels or pubsub.patterns):
            return
        if self._by_key:
            pubsub.publish(b"__keyspace@%d__:%b" % (database.index, key), event)
        if self._by_event:
            pubsub.publish(b"__keyevent@%d__:%b" % (database.index, event), key)
