"""Witness: a server without sockets, and all that its requests cause besides their replies."""

from __future__ import annotations

from collections.abc import Iterable

import stubredis
from stubredis.clock import ManualClock
from stubredis.effects import Argv
from stubredis.keyspace import OVERWRITTEN, TYPE_CHANGED, Database
from stubredis.session import Session


class Witness:
    """A server in the state that some requests have brought about, and what others cause from then on."""

    def __init__(self, start: Iterable[bytes] = ()) -> None:
        self.clock = ManualClock()
        self.server = stubredis.Server(clock=self.clock)
        self.client = self.server.connect()
        for line in start:
            self.ask(line)
        self.events: list[bytes] = []
        """`event key`, with `@number` behind it in other databases than 0. Those that every replaced value has in Redis
        8.2 are left out; tests/differential/test_notifications.py compares them."""
        self.propagated: list[bytes] = []
        self._dirty = self.server.keyspace.dirty
        keyspace = self.server.keyspace
        keyspace.observers.append(self._note_event)
        self.server.effects.subscribers.append(self._note_unit)
        for database in keyspace.databases:
            database.observe()

    @property
    def changes(self) -> int:
        """What has been added to the number of changes since the last save."""
        return self.server.keyspace.dirty - self._dirty

    def ask(self, line: bytes, client: Session | None = None) -> bytes:
        """Send a request and return its reply as it is on the wire."""
        client = client or self.client
        client.receive(line + b"\r\n")
        return client.take_output()

    def elapse(self, milliseconds: int) -> None:
        """Let time pass, and the server do its periodic work at the moments at which it asks for it."""
        alarm = self.server.keyspace.alarm
        end = self.clock.now() + milliseconds
        while alarm.at is not None and alarm.at <= end:
            self.clock.advance(max(alarm.at - self.clock.now(), 0))
            self.server.tick()
        self.clock.advance(end - self.clock.now())

    def _note_event(self, database: Database, key: bytes, event: bytes, kind: bytes) -> None:
        if kind not in (OVERWRITTEN, TYPE_CHANGED):
            self.events.append(b"%b %b" % (event, key) + (b"@%d" % database.index) * (database.index > 0))

    def _note_unit(self, commands: list[tuple[int, Argv]]) -> None:
        self.propagated += [b" ".join(argv) for _, argv in commands]
