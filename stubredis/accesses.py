"""When keys were last used, or how often: what OBJECT IDLETIME and OBJECT FREQ tell.

To note every access costs time and memory, and on most servers nobody asks. So databases note accesses only from
the first question on: until then a database is of the class Database, afterwards of RecordingDatabase, and the code of
the one that nobody asks stays as it is. A key that has not been used since then counts as used at that moment.

An LRU or LFU policy with a limit of memory needs them always, but not exactly. Then databases stay as they are, and
sessions note the first words of all requests of a chunk when it has been executed, in the Uses of the database. For
LRU this is so as long as the policy is the only one who asks.

Redis has the same room in each value for the one or the other: with an LFU policy (`maxmemory-policy`) how often a key
is used, otherwise when.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from stubredis.command import Command, Handler
from stubredis.frequencies import MINUTE, NEW, Frequencies, decayed, grown, record
from stubredis.keyspace import Database
from stubredis.protocol.replies import Reply
from stubredis.uses import Times

if TYPE_CHECKING:
    from stubredis.client import Client
    from stubredis.server import Server

V = TypeVar("V")


class Accesses:
    """What a server knows about the use of its keys.

    A record is a moment in milliseconds; with an LFU policy it is a minute, shifted by eight bits, and a counter.
    """

    __slots__ = ("_by_frequency", "_plain", "_server", "_since", "recording")

    def __init__(self, server: Server) -> None:
        self._server = server
        self.recording = False
        self._plain: dict[Command, tuple[Handler, Handler]] = {}
        """The handlers of commands as they are where sessions do not."""
        self._by_frequency = False
        self._since = 0

    @property
    def by_chunk(self) -> bool:
        """Whether sessions note the uses of each chunk."""
        return self._server.keyspace.databases[0].uses is not None

    def policy_changed(self) -> None:
        """Heed a new policy or limit: what was recorded for another kind of policy means nothing any more.

        Frequencies grow slowly, so they are recorded as soon as a policy needs them, the times once there is a limit.
        """
        config = self._server.config
        policy = config.maxmemory_policy
        by_frequency = policy.endswith("lfu")
        changed = by_frequency != self._by_frequency
        by_chunk = bool(config.maxmemory) and (by_frequency or (policy.endswith("lru") and not self.recording))
        if changed or by_chunk != self.by_chunk:
            if changed:
                self._forget()
            self._by_frequency = by_frequency
            if by_chunk:
                self._note_by_chunk()
            elif by_frequency or self.recording:
                self._begin()
            else:
                self._forget()

    def idle_seconds(self, database: Database, key: bytes) -> int | None:
        """Return for how long a key has not been used; None with an LFU policy."""
        if self._by_frequency:
            return None
        self.record()
        return self._now() // 1000 - database.accesses.get(key, self._since) // 1000

    def frequency(self, database: Database, key: bytes) -> int | None:
        """Return the logarithmic counter of how often a key is used; None without an LFU policy."""
        return self._counter(database, key) if self._by_frequency else None

    def restore(self, database: Database, key: bytes, idle_seconds: int | None, frequency: int | None) -> None:
        """Set what is told of a key, as far as it is what the policy is about."""
        if self._by_frequency:
            if frequency is not None:
                self._set(database, key, record(self._minute(), frequency))
        elif idle_seconds is not None:
            self.record()
            database.accesses[key] = self._now() - idle_seconds * 1000

    def record(self) -> None:
        """Note all accesses from now on."""
        if not self.recording:
            self._begin()

    def _begin(self) -> None:
        """Let databases note all accesses. What is known stays true."""
        self.recording = True
        if self.by_chunk:
            self._keep()
            self._end_noting()
        else:
            self._forget()
        for database in self._server.keyspace.databases:
            database.__class__ = RecordingDatabase
            database.observe()
        self._server.keyspace.accesses = self

    def _forget(self) -> None:
        """Forget what is known."""
        self._end_noting()
        self._since = self._now()
        for database in self._server.keyspace.databases:
            database.accesses = {}

    def disuse(self, database: Database, key: bytes) -> int:
        """Return a number that is the higher, the less a key is used: what LRU and LFU policies go by."""
        if self._by_frequency:
            return -self._counter(database, key)
        known = self._known(database, key)
        return -(self._since if known is None else known)

    def forget(self, database: Database, key: bytes) -> None:
        """Forget a key that is gone."""
        database.accesses.pop(key, None)
        if database.uses is not None:
            database.uses.forget(key)

    # By chunk

    def _note_by_chunk(self) -> None:
        if not self._by_frequency:
            self._since = self._now()
        if self.recording:
            self.recording = False
            for database in self._server.keyspace.databases:
                database.__class__ = Database
                database.observe()
        now = self._now()
        for database in self._server.keyspace.databases:
            if self._by_frequency:
                known = dict.fromkeys(database.values, record(self._since // MINUTE, NEW)) | database.accesses
                database.uses = Frequencies(self._server.config, now, known)
            else:
                database.uses = Times(self._since)
            database.accesses = {}
        for name, command in self._server.commands.items():
            if name.islower() and command.usage.keys:
                self._plain[command] = command.handler, command.plain
                command.plain = self._noting(command, command.plain)
                if not command.usage.has_one_key_first:
                    command.handler = self._noting(command, command.handler, first_is_noted=True)

    def _keep(self) -> None:
        """Take over what is known from uses by chunk."""
        for database in self._server.keyspace.databases:
            known = [(key, self._known(database, key)) for key in database.values]
            database.accesses = {key: value for key, value in known if value is not None}

    def _end_noting(self) -> None:
        for command, (handler, plain) in self._plain.items():
            command.handler, command.plain = handler, plain
        self._plain.clear()
        for database in self._server.keyspace.databases:
            database.uses = None

    def tidy(self) -> None:
        """Forget the words that are no keys, once they have become many."""
        for database in self._server.keyspace.databases:
            if database.uses is not None:
                database.uses.tidy(database.values)

    def _noting(self, command: Command, handler: Handler, *, first_is_noted: bool = False) -> Handler:
        """Note the keys of a command that has them elsewhere, or is not executed by chunk."""
        usage = command.usage
        words_of_keys = usage.key_slice
        if words_of_keys is not None:
            start, stop, step = words_of_keys.start - 1, words_of_keys.stop, words_of_keys.step
            if first_is_noted and start == 0:
                start += step
            words_of_keys = slice(start, stop - 1 if stop is not None and stop > 0 else stop, step)

        def call(client: Client, *words: bytes) -> Reply:
            keys: Sequence[bytes]
            if words_of_keys is not None:
                keys = words[words_of_keys]
            else:
                try:
                    keys = [words[at - 1] for at in usage.positions((b"", *words)) if at > 1 or not first_is_noted]
                except ValueError:  # the handler refuses it, too
                    keys = ()
            if not client.no_touch:
                uses = client.db.uses
                assert uses is not None
                uses.use(keys, self._now())
            return handler(client, *words)

        return call

    # One by one

    def used(self, known: int | None) -> int:
        """Return the record of a key that is used now and had this one."""
        if not self._by_frequency:
            return self._now()
        minute, config = self._minute(), self._server.config
        counter = decayed(record(self._since // MINUTE, NEW) if known is None else known, minute, config)
        return record(minute, grown(counter, 1, config))

    def new(self) -> int:
        """Return the record of a new key."""
        return record(self._minute(), NEW) if self._by_frequency else self._now()

    def are_exempt(self) -> bool:
        """Tell whether what is executed does not count as use, after CLIENT NO-TOUCH."""
        client = self._server.current
        return client is not None and client.no_touch and (client.command is None or client.command.name != "touch")

    def _now(self) -> int:
        return self._server.keyspace.now()

    def _minute(self) -> int:
        return self._now() // MINUTE

    def _known(self, database: Database, key: bytes) -> int | None:
        """Return the record of a key as it is now."""
        return database.accesses.get(key) if database.uses is None else database.uses.of(key, self._now())

    def _set(self, database: Database, key: bytes, known: int) -> None:
        if database.uses is None:
            database.accesses[key] = known
        else:
            database.uses.set(key, known, self._now())

    def _counter(self, database: Database, key: bytes) -> int:
        """Return the counter of a key as it is now."""
        known = self._known(database, key)
        if known is None:
            known = record(self._since // MINUTE, NEW)
        return decayed(known, self._minute(), self._server.config)


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

    def _note(self, key: bytes) -> None:
        accesses = self.keyspace.accesses
        if not accesses.are_exempt():
            self.accesses[key] = accesses.used(self.accesses.get(key))
