"""When keys were last used, or how often: what OBJECT IDLETIME and OBJECT FREQ tell.

To note every access costs time and memory, and on most servers nobody asks. So databases note accesses only from
the first question on: until then a database is of the class Database, afterwards of RecordingDatabase, and the code of
the one that nobody asks stays as it is. A key that has not been used since then counts as used at that moment.

An LRU policy needs the times, but not exactly. As long as it is the only one who asks, sessions note the first words of
all requests of a chunk when it has been executed (`note`), and databases stay as they are.

Redis has the same room in each value for the one or the other: with an LFU policy (`maxmemory-policy`) how often a key
is used, otherwise when.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeVar

from stubredis.command import Command, Handler
from stubredis.keyspace import Database
from stubredis.protocol.replies import Reply

if TYPE_CHECKING:
    from stubredis.client import Client
    from stubredis.server import Server

V = TypeVar("V")

NEW_FREQUENCY = 5
"""What a key starts with, so that new keys are not the first to be evicted."""
MOST_FREQUENT = 255


class Accesses:
    """What a server knows about the use of its keys.

    A record is a second of the clock; with an LFU policy it is a minute, shifted by eight bits, and a counter.
    """

    __slots__ = ("_by_frequency", "_plain", "_server", "_since", "by_chunk", "recording")

    def __init__(self, server: Server) -> None:
        self._server = server
        self.recording = False
        self.by_chunk = False
        """Whether sessions note the keys of a chunk of requests at once, for an LRU policy."""
        self._plain: dict[Command, tuple[Handler, Handler]] = {}
        """The handlers of commands as they are without `by_chunk`."""
        self._by_frequency = False
        self._since = 0

    def policy_changed(self) -> None:
        """Heed a new policy or limit: what was recorded for another kind of policy means nothing any more.

        Frequencies grow slowly, so they are recorded as soon as a policy needs them, the times once there is a limit.
        """
        config = self._server.config
        policy = config.maxmemory_policy
        by_frequency = policy.endswith("lfu")
        if by_frequency != self._by_frequency:
            self._by_frequency = by_frequency
            if by_frequency or self.recording:
                self._begin()
        by_chunk = bool(config.maxmemory) and policy.endswith("lru") and not self.recording
        if by_chunk != self.by_chunk:
            self.by_chunk = by_chunk
            if by_chunk:
                self._since = self._seconds()
            self._watch_commands(by_chunk)

    def idle_seconds(self, database: Database, key: bytes) -> int | None:
        """Return for how long a key has not been used; None with an LFU policy."""
        if self._by_frequency:
            return None
        self.record()
        return self._seconds() - database.accesses.get(key, self._since)

    def frequency(self, database: Database, key: bytes) -> int | None:
        """Return the logarithmic counter of how often a key is used; None without an LFU policy."""
        return self._decayed(database.accesses.get(key)) if self._by_frequency else None

    def restore(self, database: Database, key: bytes, idle_seconds: int | None, frequency: int | None) -> None:
        """Set what is told of a key, as far as it is what the policy is about."""
        if self._by_frequency:
            if frequency is not None:
                database.accesses[key] = self._seconds() // 60 << 8 | frequency
        elif idle_seconds is not None:
            self.record()
            database.accesses[key] = self._seconds() - idle_seconds

    def record(self) -> None:
        """Note all accesses from now on."""
        if not self.recording:
            self._begin()

    def _begin(self) -> None:
        self.recording = True
        if self.by_chunk and not self._by_frequency:  # what is known stays true
            self.tidy(0)
        else:
            self._since = self._seconds()
            for database in self._server.keyspace.databases:
                database.accesses = {}
        if self.by_chunk:
            self.by_chunk = False
            self._watch_commands(False)
        for database in self._server.keyspace.databases:
            database.__class__ = RecordingDatabase
            database.observe()
        self._server.keyspace.accesses = self

    def disuse(self, database: Database, key: bytes) -> int:
        """Return a number that is the higher, the less a key is used: what LRU and LFU policies go by."""
        if self._by_frequency:
            return -self._decayed(database.accesses.get(key))
        return -database.accesses.get(key, self._since)

    # By chunk

    def note(self, database: Database, requests: list[list[bytes]], now: int) -> None:
        """Note that the keys of requests are used, as far as these have them as their first words.

        Words that are no keys are noted as well. To look at them would cost every request more than `tidy` does.
        """
        accesses = database.accesses
        try:
            for argv in requests:
                accesses[argv[1]] = now
        except IndexError:  # one of them is a single word
            accesses.update(dict.fromkeys([argv[1] for argv in requests if len(argv) > 1], now))

    def tidy(self, spare: int = 1024) -> None:
        """Forget the words that are no keys, once they have become many."""
        for database in self._server.keyspace.databases:
            accesses, values = database.accesses, database.values
            if len(accesses) > len(values) + (len(values) >> 1 if spare else 0) + spare:
                database.accesses = {key: second for key, second in accesses.items() if key in values}

    def _watch_commands(self, watched: bool) -> None:
        """Note the keys of commands that have them elsewhere, and of all that are not executed by chunk."""
        if not watched:
            for command, (handler, plain) in self._plain.items():
                command.handler, command.plain = handler, plain
            self._plain.clear()
            return
        for name, command in self._server.commands.items():
            if name.islower() and command.usage.keys:
                self._plain[command] = command.handler, command.plain
                command.plain = self._noting(command, command.plain)
                if not command.usage.has_one_key_first:
                    command.handler = self._noting(command, command.handler)

    def _noting(self, command: Command, handler: Handler) -> Handler:
        def call(client: Client, *words: bytes) -> Reply:
            try:
                positions = command.usage.positions((b"", *words))
            except ValueError:  # the handler refuses it, too
                positions = []
            if not client.no_touch:
                client.db.accesses.update(dict.fromkeys([words[at - 1] for at in positions], self._seconds()))
            return handler(client, *words)

        return call

    def used(self, record: int | None) -> int:
        """Return the record of a key that is used now and had this one."""
        now = self._seconds()
        if not self._by_frequency:
            return now
        return now // 60 << 8 | self._incremented(self._decayed(record))

    def new(self) -> int:
        """Return the record of a new key."""
        return self._seconds() // 60 << 8 | NEW_FREQUENCY if self._by_frequency else self._seconds()

    def are_exempt(self) -> bool:
        """Tell whether what is executed does not count as use, after CLIENT NO-TOUCH."""
        client = self._server.current
        return client is not None and client.no_touch and (client.command is None or client.command.name != "touch")

    def _seconds(self) -> int:
        return self._server.keyspace.now() // 1000

    def _decayed(self, record: int | None) -> int:
        """Return the counter of a record as it is now: one less for each `lfu-decay-time` minutes without use."""
        if record is None:
            record = self._since // 60 << 8 | NEW_FREQUENCY
        minutes = self._server.config.lfu_decay_time
        periods = (self._seconds() // 60 - (record >> 8)) // minutes if minutes else 0
        return max((record & 0xFF) - periods, 0)

    def _incremented(self, counter: int) -> int:
        """Return the counter after one more use: the higher it is, the less likely it grows."""
        if counter < MOST_FREQUENT:
            base = max(counter - NEW_FREQUENCY, 0)
            counter += random.random() * (base * self._server.config.lfu_log_factor + 1) < 1
        return counter


class RecordingDatabase(Database):
    """A database that notes accesses."""

    __slots__ = ()

    def lookup_read(self, key: bytes) -> Any:
        value = super().lookup_read(key)
        if value is not None:
            self._note(key)
        return value

    def lookup_write(self, key: bytes) -> Any:
        value = super().lookup_write(key)
        if value is not None:
            self._note(key)
        return value

    def write(self, key: bytes, kind: type[V]) -> V | None:
        try:
            return super().write(key, kind)
        finally:
            if key in self.values:  # a value of another type has been looked at, too
                self._note(key)

    def observe(self) -> None:
        self.observed = True  # so that no command takes its short way

    def add(self, key: bytes, value: Any) -> None:
        super().add(key, value)
        self.accesses[key] = self.keyspace.accesses.new()

    def store(self, key: bytes, value: Any, *, keep_ttl: bool = False) -> None:
        is_new = key not in self.values
        super().store(key, value, keep_ttl=keep_ttl)
        if is_new:
            self.accesses[key] = self.keyspace.accesses.new()
        else:
            self._note(key)

    def delete(self, key: bytes) -> bool:
        self.accesses.pop(key, None)
        return super().delete(key)

    def clear(self) -> int:
        self.accesses.clear()
        return super().clear()

    def _note(self, key: bytes) -> None:
        accesses = self.keyspace.accesses
        if not accesses.are_exempt():
            self.accesses[key] = accesses.used(self.accesses.get(key))
