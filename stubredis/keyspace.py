"""The numbered databases: values, deadlines, and the one call that says a key has changed.

Commands come here for every access to a key. How a value is used is the business of its type and commands.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from stubredis.clock import Alarm, Clock
from stubredis.datatypes.census import Census
from stubredis.datatypes.hashes import Hash, PackedHash
from stubredis.datatypes.lists import List, PackedList
from stubredis.datatypes.sample import Sample
from stubredis.datatypes.scan import Scans
from stubredis.datatypes.sets import PackedIntset, PackedSet, Set
from stubredis.datatypes.sorted_sets import PackedSortedSet, SortedSet
from stubredis.datatypes.streams import Stream
from stubredis.datatypes.vector_sets import VectorSet
from stubredis.effects import Effects
from stubredis.errors import DB_INDEX_OUT_OF_RANGE, WRONG_TYPE, CommandError
from stubredis.expiry import Deadlines

if TYPE_CHECKING:
    from stubredis.accesses import Accesses
    from stubredis.client import Client
    from stubredis.uses import Uses

V = TypeVar("V")

TYPE_NAMES: dict[type, bytes] = {
    bytes: b"string",
    bytearray: b"string",
    int: b"string",
    List: b"list",
    Set: b"set",
    SortedSet: b"zset",
    Hash: b"hash",
    Stream: b"stream",
    VectorSet: b"vectorset",
}

PACKABLE: frozenset[type] = frozenset({List, Set, Hash, SortedSet})
PACKED: dict[type, type] = {
    packed: packed.kind for packed in (PackedList, PackedSet, PackedIntset, PackedHash, PackedSortedSet)
} | {int: bytes}
"""The forms in which values are kept that no command sees, and the types as which they are seen."""
TYPE_NAMES |= {packed: TYPE_NAMES[kind] for packed, kind in PACKED.items()}
WARM, BATCH = 4096, 256
"""So many keys of a database whose collections were made or unpacked last stay as they are. What comes to more is
packed, if it is small, as many as this at a time."""

# The classes of keyspace events, by their letter in `notify-keyspace-events`.
GENERIC, STRING, LIST, SET, HASH, SORTED_SET, STREAM = b"g", b"$", b"l", b"s", b"h", b"z", b"t"
EXPIRED, EVICTED, NEW, KEY_MISS = b"x", b"e", b"n", b"m"
OVERWRITTEN, TYPE_CHANGED = b"o", b"c"

_TRIES = 100

Observer = Callable[["Database", bytes, bytes, bytes], None]
"""Called with the database, the key, the event and its class."""


class Database:
    """One numbered database.

    Strings are `bytes`, or a `bytearray` once a command has changed them in place. Counters are kept as `int`, and
    small collections that are not in use in one packed object; lookups return what they stand for.
    """

    __slots__ = (
        "accesses", "census", "deadlines", "dirty", "field_deadlines", "hits", "index", "keyspace", "misses",
        "observed", "sample", "uses", "values", "waiters", "warm", "watchers",
    )  # fmt: skip

    def __init__(self, index: int, keyspace: Keyspace) -> None:
        self.index = index
        self.keyspace = keyspace
        self.values: dict[bytes, Any] = {}
        self.deadlines = Deadlines(keyspace.alarm)
        self.field_deadlines = Deadlines(keyspace.alarm)
        """By the keys of hashes with volatile fields: when the first of them may expire; see `file_fields`."""
        self.sample = Sample()
        """What RANDOMKEY chooses from."""
        self.census = Census()
        """What the keys and values take in memory."""
        self.warm: list[bytes] = []
        """The keys whose collections were made or unpacked last, in this order."""
        self.watchers: dict[bytes, dict[Client, None]] = {}
        """Clients that WATCH a key."""
        self.waiters: dict[bytes, dict[Client, None]] = {}
        """Clients blocked on a key, in the order of their arrival."""
        self.accesses: dict[bytes, int] = {}
        """When or how often keys were used, if each access is recorded (accesses.py)."""
        self.uses: Uses | None = None
        """The same if accesses are noted by chunk."""
        self.dirty = 0
        """Changes since the server started."""
        self.hits = self.misses = 0
        """How often a command found, and did not find, a key to read."""
        self.observed = False
        """Whether anybody has to hear of a change; kept by `observe`."""

    def lookup_read(self, key: bytes) -> Any:
        """Return the value of a key that a command only reads, or None."""
        if key in self.deadlines and self.expire_if_due(key):
            value = None
        else:
            value = self.values.get(key)
        if value is None:
            self.misses += 1
            if self.observed:
                self.keyspace.notify(self, key, b"keymiss", KEY_MISS)
        else:
            self.hits += 1
            if type(value) in PACKED:
                return self._unpack(key, value)
        return value

    look = lookup_read
    """The same for a command that does not use the value, such as EXISTS and TTL: no access is recorded."""

    def peek(self, key: bytes) -> Any:
        """Return the value of a key or None, so that nobody hears of it: for commands about how a value is kept."""
        value: Any = None if key in self.deadlines and self.expire_if_due(key) else self.values.get(key)
        if value is None:
            self.misses += 1
        else:
            self.hits += 1
        return value if type(value) not in PACKED else b"%d" % value if type(value) is int else value.unpack()

    def lookup_write(self, key: bytes) -> Any:
        """Return the value of a key that a command may change, or None."""
        if key in self.deadlines and self.expire_if_due(key):
            return None
        value: Any = self.values.get(key)
        return self._unpack(key, value) if type(value) in PACKED else value

    def read(self, key: bytes, kind: type[V]) -> V | None:
        """Return the value of a key that must be of a type, or None; CommandError WRONGTYPE otherwise."""
        value = self.lookup_read(key)
        if value is not None and type(value) is not kind:
            raise CommandError(WRONG_TYPE)
        return value

    def write(self, key: bytes, kind: type[V]) -> V | None:
        """Like `read`, for a command that may change the value."""
        if key in self.deadlines and self.expire_if_due(key):
            return None
        value = self.values.get(key)
        if value is not None and type(value) is not kind:
            if PACKED.get(type(value)) is not kind:
                raise CommandError(WRONG_TYPE)
            return self._unpack(key, value)  # type: ignore[no-any-return]
        return value

    def kind(self, key: bytes) -> type | None:
        """Return the type of the value that a key holds, or None; whether it has expired is not looked at."""
        value = self.values.get(key)
        return None if value is None else PACKED.get(type(value), type(value))

    def _unpack(self, key: bytes, packed: Any) -> Any:
        if type(packed) is int:
            return b"%d" % packed
        value = self.values[key] = packed.unpack()
        self._warm_up(key)
        return value

    def _warm_up(self, key: bytes) -> None:
        self.warm.append(key)
        if len(self.warm) == WARM + BATCH:
            self.keyspace.effects.to_cool(self)

    def cool(self) -> None:
        """Pack what has not been used for a while. No command may be running, which could hold on to a value."""
        values = self.values
        cold = len(self.warm) - WARM
        for key in self.warm[:cold]:
            value: Any = values.get(key)
            if type(value) in PACKABLE:
                packed = value.pack()
                if packed is not None:
                    values[key] = packed
        del self.warm[:cold]

    def read_hash(self, key: bytes) -> Hash | None:
        """Like `read`, for a hash, without the fields that have expired."""
        value = self.read(key, Hash)
        return self.live(key, value) if value is not None and value.deadlines else value

    def write_hash(self, key: bytes) -> Hash | None:
        """Like `write`, for a hash, without the fields that have expired."""
        value = self.write(key, Hash)
        if value is not None and value.deadlines and self.expire_fields(key, value) and not value:
            return None
        return value

    def add(self, key: bytes, value: Any) -> None:
        """Store the value of a key that does not exist."""
        self.values[key] = value
        if type(value) in PACKABLE:
            self._warm_up(key)
        if type(value) is Hash and value.deadlines:
            self.file_fields(key, value)
        if self.observed:
            self.keyspace.notify(self, key, b"new", NEW)

    def store(self, key: bytes, value: Any, *, keep_ttl: bool = False) -> None:
        """Store a value whatever the key held before; its time to live ends unless it is kept."""
        if key in self.deadlines:
            expired = self.expire_if_due(key)
            if key in self.deadlines and (expired or not keep_ttl):
                self.deadlines.clear(key)
        old = self.values.get(key) if self.observed else None
        self.values[key] = value
        if type(value) in PACKABLE:
            self._warm_up(key)
        if self.observed:
            if old is None:
                self.keyspace.notify(self, key, b"new", NEW)
            else:
                self.overwritten(key, old, value)

    def overwritten(self, key: bytes, old: Any, new: Any) -> None:
        """Say that a value has taken the place of another; the change itself says `changed`."""
        if self.observed:
            self.keyspace.notify(self, key, b"overwritten", OVERWRITTEN)
            if TYPE_NAMES[type(old)] != TYPE_NAMES[type(new)]:
                self.keyspace.notify(self, key, b"type_changed", TYPE_CHANGED)

    def delete(self, key: bytes) -> bool:
        """Remove a key; tells whether it was there. The caller says `changed`."""
        if key in self.deadlines:
            self.deadlines.clear(key)
        if key in self.field_deadlines:
            self.field_deadlines.clear(key)
        return self.values.pop(key, None) is not None

    def changed(self, key: bytes, event: bytes, kind: bytes, count: int = 1) -> None:
        """Say that a key has changed: the one call that watches, blocked clients, events and tracking hear.

        `event` and `kind` are the keyspace event's name and class, `count` what it adds to the number of
        changes since the last save.
        """
        self.dirty += count
        if self.observed:
            self._tell(key, event, kind)

    def changed_silently(self, key: bytes, count: int = 1) -> None:
        """Say that a key has changed in a way that no event tells of, which must be propagated all the same."""
        self.dirty += count
        self.touch(key)
        if self.keyspace.invalidate is not None:
            self.keyspace.invalidate(key, GENERIC)
        if self.keyspace.effects.subscribers:
            self.keyspace.effects.changed = self.keyspace.effects.pending = True

    def changed_beside(self, key: bytes, event: bytes | None, kind: bytes, count: int = 1) -> None:
        """Like `changed`, for what stands beside the contents of a key, as the consumer groups of a stream do.

        Transactions that watch the key and blocked clients do not care for it.
        """
        self.dirty += count
        if self.observed:
            if event is not None:
                self.keyspace.notify(self, key, event, kind)
            if self.keyspace.effects.subscribers:
                self.keyspace.effects.changed = self.keyspace.effects.pending = True

    def shrunk(self, key: bytes, value: Any, event: bytes, kind: bytes, count: int = 1) -> None:
        """Say that elements were removed, and remove the key with the last of them."""
        self.dirty += count
        if self.observed:
            self._tell(key, event, kind)
        if not value:
            self.delete(key)
            self.changed(key, b"del", GENERIC, 0)

    def store_result(self, key: bytes, value: Any, event: bytes, kind: bytes, count: int = 1) -> None:
        """Store the elements that a command has computed and say so; without any, remove the key."""
        if value:
            self.store(key, value)
            self.changed(key, event, kind, count)
        elif self.delete(key):  # as Redis does even with a key that has expired
            self.changed(key, b"del", GENERIC)

    def touch(self, key: bytes) -> None:
        """Let the transactions that watch a key fail, as `changed` does, without an event."""
        for client in self.watchers.get(key, ()):
            if client.watched[self, key] and key not in self.values:
                # It had expired before it was watched and is removed only now: to the client nothing has changed.
                client.watched[self, key] = False
            else:
                client.watch_failed = True

    def _tell(self, key: bytes, event: bytes, kind: bytes) -> None:
        if key in self.watchers:
            self.touch(key)
        if key in self.waiters:
            self.keyspace.effects.key_ready(self, key)
        self.keyspace.notify(self, key, event, kind)
        if self.keyspace.invalidate is not None:
            self.keyspace.invalidate(key, kind)
        if self.keyspace.effects.subscribers:
            self.keyspace.effects.changed = self.keyspace.effects.pending = True

    def observe(self) -> None:
        """Work out `observed` again, after clients began or ended to watch, to wait or to listen."""
        self.observed = bool(
            self.watchers
            or self.waiters
            or self.keyspace.observers
            or self.keyspace.invalidate
            or self.keyspace.effects.subscribers
        )

    def is_expired(self, key: bytes) -> bool:
        """Tell whether the deadline of a key has passed, without removing the key.

        In its last millisecond a key still exists (keyIsExpired in Redis' db.c).
        """
        deadline = self.deadlines.get(key)
        return deadline is not None and deadline < self.keyspace.now()

    def expire_if_due(self, key: bytes) -> bool:
        """Remove a key whose deadline has passed (lazy expiry); tells whether it did."""
        if not self.is_expired(key):
            return False
        if not self.keyspace.expiry_paused:
            self.expire(key)
        return True

    def expire(self, key: bytes) -> None:
        """Remove a key because its deadline has passed."""
        self.keyspace.expired += 1
        self._lose(key, b"expired", EXPIRED, b"UNLINK")

    def evict(self, key: bytes, name: bytes) -> None:
        """Remove a key because memory is short, which is propagated as the command of this name."""
        self.keyspace.evicted += 1
        self.census.gone(key)
        self._lose(key, b"evicted", EVICTED, name)

    def _lose(self, key: bytes, event: bytes, kind: bytes, name: bytes) -> None:
        self.delete(key)
        effects = self.keyspace.effects
        changed = effects.changed
        self.changed(key, event, kind, 0)
        if effects.subscribers:
            # It is not the running request, which may only read, that has to be propagated for this.
            effects.changed = changed
            effects.propagated.append((self.index, [name, key]))
            effects.pending = True

    # Fields that expire

    def file_fields(self, key: bytes, value: Hash) -> None:
        """Let active expiry know of the volatile fields of a hash.

        It may know of a deadline that no longer holds, for a key that exists: then it looks once in vain.
        """
        assert value.deadlines
        earliest = value.deadlines.earliest
        if earliest < self.field_deadlines.get(key, earliest + 1):
            self.field_deadlines.set(key, earliest, self.keyspace.now())

    def live(self, key: bytes, value: Hash) -> Hash | None:
        """Return a hash that has volatile fields without those that have expired, None if no field is left."""
        if not self.keyspace.expiry_paused:
            self.expire_fields(key, value)
            return value or None
        assert value.deadlines is not None
        now = self.keyspace.now()
        deadline_of = value.deadlines.get
        return Hash((field, text) for field, text in value.items() if deadline_of(field, now) >= now) or None

    def expire_fields(self, key: bytes, value: Hash, limit: int = sys.maxsize) -> int:
        """Remove fields whose deadline has passed, at most `limit`, and the key with the last one; count them."""
        due = value.pop_due(self.keyspace.now(), limit)
        if due:
            self.keyspace.expired_fields += len(due)
            effects = self.keyspace.effects
            changed = effects.changed
            self.shrunk(key, value, b"hexpired", HASH, 0)
            if effects.subscribers:
                effects.changed = changed
                effects.propagated.append((self.index, [b"HDEL", key, *due]))
                effects.pending = True
        return len(due)

    def expire_some_fields(self, key: bytes, limit: int) -> int:
        """Remove what has expired of a hash that active expiry was told of, and file it anew; count the fields."""
        value = self.values.get(key)
        count = self.expire_fields(key, value, limit) if type(value) is Hash else 0
        if key in self.field_deadlines:  # it is not if the last field has gone
            if type(value) is Hash and value.deadlines:
                self.field_deadlines.set(key, value.deadlines.earliest, self.keyspace.now())
            else:
                self.field_deadlines.clear(key)
        return count

    def keys(self) -> Iterator[bytes]:
        """The keys that have not expired. The database must not change meanwhile."""
        if not self.deadlines:
            return iter(self.values)
        return (key for key in self.values if not self.is_expired(key))

    def random_key(self) -> bytes | None:
        """Return any key, all with the same chance (see Sample), or None if there is none."""
        for _ in range(_TRIES):
            if not self.values:
                return None
            key = self.sample.choose(self.values, self.dirty)
            if not self.expire_if_due(key):
                return key
        keys = list(self.keys())  # nearly everything has expired, and maybe must not be removed during a pause
        return random.choice(keys) if keys else None

    def clear(self) -> int:
        """Remove all keys and return how many there were, which is the number of changes."""
        values, self.values = self.values, {}
        self.warm = []
        self.accesses.clear()
        if self.uses is not None:
            self.uses.clear()
        self.deadlines = Deadlines(self.keyspace.alarm)
        self.field_deadlines = Deadlines(self.keyspace.alarm)
        self.sample, self.census = Sample(), Census()
        self.keyspace.scans.forget(self.index)
        for key in self.watchers:
            if key in values:
                self.touch(key)
        for key in self.waiters:
            if key in values:
                self.keyspace.effects.key_ready(self, key)
        self.dirty += len(values)
        return len(values)


class Keyspace:
    """All databases of a server, and what they share."""

    __slots__ = (
        "accesses", "alarm", "clock", "databases", "effects", "evicted", "expired", "expired_fields",
        "expiry_paused", "frozen", "invalidate", "observers", "scans", "wakeups",
    )  # fmt: skip

    def __init__(self, count: int, clock: Clock, effects: Effects) -> None:
        self.clock = clock
        self.effects = effects
        self.accesses: Accesses
        """What databases record accesses for, once they do."""
        self.alarm = Alarm()
        self.frozen: int | None = None
        """The time at which the requests of a chunk are executed, None between them. It is read once for all of them:
        that is cheaper, and no key expires in the middle of a transaction or script."""
        self.expiry_paused = False
        """Whether expired keys stay where they are, although nobody sees them: during CLIENT PAUSE."""
        self.observers: list[Observer] = []
        self.invalidate: Callable[[bytes, bytes], None] | None = None
        """Called with each key that has changed and the class of the event, while clients track keys."""
        self.expired = self.expired_fields = self.evicted = 0
        self.scans = Scans()
        self.wakeups: dict[tuple[Database, bytes], int] = {}
        """Keys that are ready for blocked clients at a moment, although nothing changes."""
        self.databases = [Database(index, self) for index in range(count)]

    def database(self, number: int) -> Database:
        """Return the database of a number; CommandError if there is none."""
        if not 0 <= number < len(self.databases):
            raise CommandError(DB_INDEX_OUT_OF_RANGE)
        return self.databases[number]

    def now(self) -> int:
        """The time in milliseconds, which stands still while requests are executed."""
        return self.clock.now() if self.frozen is None else self.frozen

    def ready_at(self, database: Database, key: bytes, moment: int) -> None:
        """Let the clients that are blocked on a key be tried again at a moment, at the latest."""
        self.wakeups[database, key] = min(moment, self.wakeups.get((database, key), moment))
        self.alarm.request(moment)

    def wake_due(self, now: int) -> None:
        """Note the keys whose moment has come as ready, and set the alarm for the others."""
        for (database, key), moment in list(self.wakeups.items()):
            if moment > now:
                self.alarm.request(moment)
            else:
                del self.wakeups[database, key]
                if key in database.waiters:
                    self.effects.key_ready(database, key)

    def notify(self, database: Database, key: bytes, event: bytes, kind: bytes) -> None:
        """Tell all observers of a keyspace event."""
        for observer in self.observers:
            observer(database, key, event, kind)

    @property
    def hits(self) -> int:
        """How often a command found the key that it wanted to read."""
        return sum(database.hits for database in self.databases)

    @property
    def misses(self) -> int:
        """How often a command did not find the key that it wanted to read."""
        return sum(database.misses for database in self.databases)

    def reset_counters(self) -> None:
        """Set the counters of INFO back to zero."""
        self.expired = self.expired_fields = self.evicted = 0
        for database in self.databases:
            database.hits = database.misses = 0

    @property
    def dirty(self) -> int:
        """Changes in all databases since the server started."""
        return sum(database.dirty for database in self.databases)

    def swap(self, first: Database, second: Database) -> None:
        """Exchange the contents of two databases; clients stay with the numbers they selected."""
        first.values, second.values = second.values, first.values
        first.deadlines, second.deadlines = second.deadlines, first.deadlines
        first.warm, second.warm = second.warm, first.warm
        first.accesses, second.accesses = second.accesses, first.accesses
        first.uses, second.uses = second.uses, first.uses
        first.field_deadlines, second.field_deadlines = second.field_deadlines, first.field_deadlines
        first.census, second.census = second.census, first.census
        for database in (first, second):
            database.sample = Sample()
            for key in database.watchers:
                if key in first.values or key in second.values:
                    database.touch(key)
            for key in database.waiters:
                if key in first.values or key in second.values:
                    self.effects.key_ready(database, key)
