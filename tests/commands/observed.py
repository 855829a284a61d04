"""A server whose effects are written down: what a request causes besides its reply."""

from __future__ import annotations

from typing import NamedTuple

from stubredis import ManualClock, Server
from stubredis.effects import Argv
from stubredis.keyspace import Database

NOW = 1_700_000_000_000


class Caused(NamedTuple):
    """What one request caused."""

    events: str
    """Keyspace events in their order, those of other keys than the first as `event:key`."""
    dirty: int
    propagated: list[str]


class Observed:
    """A server with one client, which is fed with requests written as text, their words parted by blanks."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.server = Server(clock=self.clock)
        self.client = self.server.connect()
        self._events: list[tuple[bytes, bytes]] = []
        self._propagated: list[tuple[int, Argv]] = []
        keyspace = self.server.keyspace
        keyspace.observers.append(self._hear)
        keyspace.effects.subscribers.append(self._propagated.extend)
        for database in keyspace.databases:
            database.observe()

    def _hear(self, _database: Database, key: bytes, event: bytes, _kind: bytes) -> None:
        if event not in (b"new", b"keymiss"):
            self._events.append((event, key))

    def __call__(self, request: str) -> bytes:
        """Return the encoded reply to a request."""
        words = [b"" if word == '""' else word.encode() for word in request.split()]
        bulks = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
        self.client.receive(b"*%d\r\n%b" % (len(words), bulks))
        return self.client.take_output()

    def caused(self, request: str) -> Caused:
        """Run a request that is no error and return what it caused."""
        self._events.clear()
        self._propagated.clear()
        dirty = self.server.keyspace.dirty
        reply = self(request)
        assert not reply.startswith(b"-"), reply
        key = request.split()[1].encode()
        events = [event if name == key else event + b":" + name for event, name in self._events]
        return Caused(
            b" ".join(events).decode(),
            self.server.keyspace.dirty - dirty,
            [b" ".join(argv).decode() for _, argv in self._propagated],
        )

    def looked_up(self, request: str) -> tuple[int, int]:
        """Run a request and return by how much it raised `keyspace_hits` and `keyspace_misses`."""
        keyspace = self.server.keyspace
        hits, misses = keyspace.hits, keyspace.misses
        self(request)
        return keyspace.hits - hits, keyspace.misses - misses
