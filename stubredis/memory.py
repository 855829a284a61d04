"""Memory: how many bytes the data take, and what happens when they are more than `maxmemory`.

`used` is what the data and the buffers of clients take, not the interpreter: nobody's limit is about that. It is an
estimate, made whenever it may have changed by much. In between it can only grow by what is received, and what that
becomes is bounded too: `allowance` is how many bytes may come until the next look. So a server with a limit makes
one comparison for a chunk of requests. What makes more of its words than they are, as SETRANGE and COPY do, uses up the
allowance.

Where less is left than a chunk may bring, its requests are executed one by one (the gate OVER_MEMORY), and so are those
of all clients while there is too much. Then each request first has keys evicted, or is refused.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable
from itertools import islice
from sys import getsizeof
from typing import TYPE_CHECKING, Any

from stubredis.client import OVER_MEMORY, Client
from stubredis.command import DENYOOM, Command, Handler
from stubredis.datatypes.census import WHOLE
from stubredis.datatypes.sizes import NUMBER, PLACE
from stubredis.eviction import Evictions
from stubredis.keyspace import Database
from stubredis.latency import EVICTION_CYCLE
from stubredis.process import give_back, resident_memory
from stubredis.uses import RECORD

if TYPE_CHECKING:
    from stubredis.server import Server

logger = logging.getLogger("stubredis")

DATABASE = 4096
"""What an empty database takes."""
DEADLINE = 2 * PLACE + NUMBER
"""What a deadline takes, with its place in the timer wheel."""
TRACKED = 2 * PLACE
"""What it takes to know who reads a key."""
SPARE = 64
"""So many places of a table are nothing to give back."""
CLIENTS = 256
"""So many clients are looked at; they stand for all."""

EXPANSION = 16
"""A byte that is received becomes this many at most: a number of one digit in a large set takes 7 bytes in a request
and more than a hundred in memory."""
PRECISION = 10
"""Where there are many keys, so that `used` is an estimate, 1/2**10 of the limit may always be received."""
MARGIN = 8
"""Evicting goes on until 1/2**8 of the limit is free, so that it need not begin again at once."""
WIDEST_MARGIN = 1 << 20
LOOK_AT_CLOCK = 16
"""After so many evictions it is time to see how long they have taken."""
ANYTHING = 1 << 62

MAKERS = (
    "append", "bitfield", "bitop", "copy", "debug", "eval", "evalsha", "fcall", "geosearchstore", "georadius",
    "georadiusbymember", "pfmerge", "restore", "sdiffstore", "setbit", "setrange", "sinterstore", "sort",
    "sunionstore", "zdiffstore", "zinterstore", "zrangestore", "zunionstore",
)  # fmt: skip
"""Commands that make more than they are given."""


class Memory:
    """The memory of a server's data, and its limit."""

    __slots__ = (
        "_exceeded_since", "_known", "_plain", "_server", "allowance", "evictions", "interpreter", "is_over", "peak",
        "peak_at", "used",
    )  # fmt: skip

    def __init__(self, server: Server) -> None:
        self._server = server
        self.evictions = Evictions(server)
        self.used = self.peak = self.startup
        """The bytes that were used when it was measured last, and the most that were ever measured."""
        self.peak_at = server.started_at
        self.interpreter = resident_memory()
        """The bytes of the process before it had any data."""
        self.allowance = ANYTHING
        """How many bytes may be received until `used` must be looked at again."""
        self.is_over = False
        """Whether all clients pass the gate OVER_MEMORY."""
        self._known: tuple[int, ...] | None = None
        """What `used` is about; see `_version`."""
        self._exceeded_since: int | None = None
        self._plain: dict[Command, tuple[Handler, Handler]] = {}
        """The handlers of the makers, while there is a limit."""

    # Measuring

    @property
    def startup(self) -> int:
        """The bytes that an empty server uses."""
        return len(self._server.keyspace.databases) * DATABASE

    def measure(self) -> int:
        """Estimate how many bytes are used."""
        keyspace = self._server.keyspace
        server = self._server
        server.accesses.tidy()
        self._known = self._version()
        self.used = self.overhead + sum([
            database.census.total(database.values) for database in keyspace.databases if database.values
        ])  # fmt: skip
        if self.used > self.peak:
            self.peak, self.peak_at = self.used, self._server.clock.now()
        return self.used

    @property
    def _is_estimate(self) -> bool:
        return any(len(database.values) > WHOLE for database in self._server.keyspace.databases)

    def refresh(self) -> int:
        """Measure if anything has changed."""
        return self.used if self._version() == self._known else self.measure()

    def _version(self) -> tuple[int, ...]:
        """Numbers of which one is another after each change."""
        keyspace = self._server.keyspace
        keys = sum([len(database.values) for database in keyspace.databases])
        return keyspace.dirty, keyspace.expired, keyspace.expired_fields, keys, len(self._server.clients)

    @property
    def overhead(self) -> int:
        """The bytes that are not keys and values: tables and clients."""
        server = self._server
        tables = sum([self.main_table(each) + self.expires_table(each) for each in server.keyspace.databases])
        return self.startup + tables + len(server.tracking.table) * TRACKED + self.clients

    @property
    def clients(self) -> int:
        """The bytes of all clients and their buffers."""
        clients = self._server.clients
        size = sum([client.memory for client in islice(clients.values(), CLIENTS)])
        return size if len(clients) <= CLIENTS else size * len(clients) // CLIENTS

    @staticmethod
    def main_table(database: Database) -> int:
        """The bytes of the table of a database, with what is known about the use of its keys."""
        uses = 0 if database.uses is None else database.uses.size
        return len(database.values) * PLACE + len(database.accesses) * RECORD + uses

    @staticmethod
    def expires_table(database: Database) -> int:
        """The bytes of the deadlines of a database."""
        return (len(database.deadlines) + len(database.field_deadlines)) * DEADLINE

    def purge(self) -> None:
        """Give back what is free: the rooms of tables that have shrunk, and free memory of the process."""
        for database in self._server.keyspace.databases:
            if getsizeof(database.values) > 2 * PLACE * (len(database.values) + SPARE):
                database.values = database.values.copy()
        gc.collect()
        give_back()

    # The limit

    def limit_changed(self) -> None:
        """Heed a new `maxmemory`."""
        server = self._server
        limit = server.config.maxmemory
        self._known = None
        self.allowance = 0 if limit else ANYTHING
        if limit:
            self._watch_makers(True)
        server.accesses.policy_changed()
        if not limit:  # what was put around handlers last is taken away first
            self._watch_makers(False)
        if limit and self.refresh() > limit:
            logger.warning(
                "The new maxmemory (%d) is less than what is used (%d): keys will be evicted, or writes refused",
                limit,
                self.used,
            )
        self._close_gates(bool(limit) and self.used > limit)

    def policy_changed(self) -> None:
        """Heed a new `maxmemory-policy`."""
        self.evictions.forget()
        self._server.accesses.policy_changed()
        if self.is_over:
            self._server.keyspace.alarm.request(self._server.clock.now())

    def expect(self, client: Client, size: int) -> None:
        """Look whether there is room for a chunk of requests, which has used up the allowance."""
        if not self.is_over:
            self.make_room()
        if not self.is_over:
            self.allowance -= size
            if self.allowance < 0:  # then its requests must be looked at one by one
                self.allowance += size
                client.gates |= OVER_MEMORY

    def admits(self, client: Client, command: Command, argv: list[bytes]) -> bool:
        """Evict what has to go before a request is executed or queued, and tell whether it may be."""
        if not self.is_over:
            self.allowance -= sum(map(len, argv)) + 8 * len(argv)
        if (self.is_over or self.allowance < 0) and not self.make_room():
            queued = command.name == "exec" and any(each.flags & DENYOOM for each, _ in client.queue)
            return not (command.flags & DENYOOM or queued)
        return True

    def make_room(self) -> bool:
        """Evict keys if too much is used; tells whether the data may grow.

        They may if evicting takes so long that it has to be gone on with later.
        """
        limit = self._server.config.maxmemory
        self.refresh()
        evictable = self.used <= limit or self._evict(limit)
        self._close_gates(self.used > limit)
        return evictable

    def _evict(self, limit: int) -> bool:
        """Evict keys until less than the limit is used, for a while; tells whether there is anything left to evict."""
        server = self._server
        now, evict = server.timing.now, self.evictions.evict
        started, seconds = now(), self.evictions.seconds
        goal = limit - min(limit >> MARGIN, WIDEST_MARGIN)
        for count, size in enumerate(evict(), 1):
            self.used -= size
            if self.used <= goal and self.measure() <= limit:
                break
            if count % LOOK_AT_CLOCK == 0 and seconds is not None and now() - started >= seconds * 1e9:
                server.keyspace.alarm.request(server.clock.now())
                break
        else:  # there is nothing left to evict
            return self.measure() <= limit
        server.timing.spike(EVICTION_CYCLE, now() - started)
        return True

    def go_on(self) -> None:
        """Go on with evicting, as periodic work."""
        if self.is_over and self._server.config.maxmemory_policy != "noeviction":
            self.make_room()

    def _close_gates(self, closed: bool) -> None:
        limit = self._server.config.maxmemory
        least = limit >> PRECISION if self._is_estimate else 0
        self.allowance = max((limit - self.used) // EXPANSION, least) if limit else ANYTHING
        if closed == self.is_over:
            return
        self.is_over = closed
        now = self._server.clock.now()
        if closed:
            self._exceeded_since = now
        elif self._exceeded_since is not None:
            self._server.stats.eviction_exceeded += now - self._exceeded_since
            self._exceeded_since = None
        current = self._server.current
        is_charged = current is not None and bool(current.gates & OVER_MEMORY)
        self._server.set_gate_of_all(OVER_MEMORY, closed)
        if current is not None and is_charged:  # its other requests have still to be looked at
            current.set_gate(OVER_MEMORY, True)

    @property
    def exceeded_for(self) -> int:
        """For how many milliseconds there has been too much."""
        return 0 if self._exceeded_since is None else self._server.clock.now() - self._exceeded_since

    # What makes more of its words than they are

    def _watch_makers(self, watched: bool) -> None:
        if not watched:
            for command, (handler, plain) in self._plain.items():
                command.handler, command.plain = handler, plain
            self._plain.clear()
        elif not self._plain:
            for maker in {*self._server.commands.values()}:  # one may have been renamed
                if maker.name in MAKERS or maker.name == "exec":
                    self._plain[maker] = maker.handler, maker.plain
                    around = self._charged if maker.name == "exec" else self._noticed
                    maker.handler, maker.plain = around(maker.handler), around(maker.plain)

    def _noticed(self, handler: Handler) -> Handler:
        def call(client: Any, *words: bytes) -> Any:
            self.allowance = -1
            return handler(client, *words)

        return call

    def _charged(self, handler: Handler) -> Handler:
        def call(client: Any, *words: bytes) -> Any:
            self.allowance -= client.queued_bytes
            return handler(client, *words)

        return call

    def note(self, database: Database, keys: Iterable[bytes]) -> None:
        """Measure the values of keys for which much was received."""
        for key in keys:
            database.census.note(key, database.values)
        self.allowance = -1
