"""What an execution unit has caused and has not been dealt with yet.

A unit is one request of a client, a transaction, a script, or a slice of active expiry. While it runs, the
keyspace notes here which keys became ready for blocked clients, and dispatch which commands must reach
persistence and replicas. Dispatch settles all of it when the outermost unit ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stubredis.client import Client
    from stubredis.keyspace import Database

Argv = list[bytes]
Subscriber = Callable[[list[tuple[int, Argv]]], None]


class Effects:
    """The effects of the current unit. `pending` is the one test that dispatch makes on its way."""

    __slots__ = ("changed", "cooling", "muted", "pending", "propagated", "pushes", "ready", "rewritten", "subscribers")

    def __init__(self) -> None:
        self.pending = False
        self.muted = False
        """Whether a script has asked that what it changes is not propagated."""
        self.changed = False
        """Whether the running command has changed a key that somebody subscribes to."""
        self.ready: dict[tuple[Database, bytes], None] = {}
        """Keys that changed while clients wait for them, in the order of their first change."""
        self.pushes: list[tuple[Client, object]] = []
        """Messages for the client that runs the unit: they follow its reply."""
        self.cooling: list[Database] = []
        """Databases that have values to pack, which must not happen while a command runs."""
        self.subscribers: list[Subscriber] = []
        """Called with (database number, argv) pairs once a unit ends: persistence and replication."""
        self.propagated: list[tuple[int, Argv]] = []
        self.rewritten: list[Argv] | None = None
        """What the running command wants propagated instead of its own argv."""

    def key_ready(self, database: Database, key: bytes) -> None:
        """Note that clients blocked on this key may be served when the unit ends."""
        self.ready[database, key] = None
        self.pending = True

    def to_cool(self, database: Database) -> None:
        """Let a database pack what is cold when the unit ends."""
        self.cooling.append(database)
        self.pending = True

    def cool(self) -> None:
        """Pack what is cold."""
        for database in self.cooling:
            database.cool()
        self.cooling.clear()

    def rewrite(self, *argv: bytes) -> None:
        """Propagate this command instead of the request, because repeating the request would do another thing.

        The second call within a command adds to the first: `SPOP` becomes one `SREM`, a moving pop a pop and
        a push.
        """
        if self.subscribers:
            self.rewritten = [*(self.rewritten or ()), list(argv)]
            self.changed = self.pending = True

    def rewrite_to_nothing(self) -> None:
        """Propagate nothing for this command: what it ran has been noted already."""
        if self.subscribers:
            self.rewritten = []
            self.changed = self.pending = True

    def record(self, index: int, argv: Argv) -> None:
        """Note what a command of database `index` has changed, as its argv or as what it was rewritten to."""
        if not self.muted:
            for words in [argv] if self.rewritten is None else self.rewritten:
                self.propagated.append((index, words))
        self.rewritten = None
        self.changed = False
        self.pending = True

    def deliver(self) -> None:
        """Hand the propagated commands of the finished unit to the subscribers."""
        propagated, self.propagated = self.propagated, []
        for subscriber in self.subscribers:
            subscriber(propagated)
