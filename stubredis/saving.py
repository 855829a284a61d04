"""SAVE, BGSAVE and the start from a file: the snapshots of a server.

A snapshot in the background is made in slices between the requests, key by key. What changes meanwhile is told by the
commands that are propagated, and made again. Once nothing is left the records are those of one moment: nobody touches
them any more, and a thread writes them into the file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from stubredis.command import requested
from stubredis.datatypes.vector_sets import VectorSet
from stubredis.files import replace_file
from stubredis.keyspace import PACKED, Database
from stubredis.rdb import snapshot, values
from stubredis.rdb.snapshot import Library, SnapshotError
from stubredis.versions import COMPATIBLE_WITH

if TYPE_CHECKING:
    from stubredis.effects import Argv
    from stubredis.server import Server

logger = logging.getLogger("stubredis")

SLICE = 3_000_000
"""Nanoseconds of one slice."""
KEYS_BETWEEN_LOOKS = 16
"""So many keys are recorded between two looks at the time."""
AGAIN_AFTER = 5_000
"""Milliseconds after a failure within which nothing is saved by itself."""
LOOKS_EVERY = 1_000
"""Milliseconds between looks whether a save point is reached."""
FLUSHES = frozenset({"flushall", "flushdb", "swapdb"})
"""What changes all keys of a database."""

PARTS = 256
"""Into so many the records of a database are divided, for a dict that grows stops everything while it is moved."""

Records = dict[bytes, bytes]


class Copy:
    """The records of all keys, in the making."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._version = server.emulated.payload_version
        self.dirty = server.keyspace.dirty
        """The changes up to the last slice."""
        self.started_at = server.clock.now()
        self._parts: list[list[Records]] = []
        """The records of each database, divided by the hash of the key."""
        self._left: list[tuple[Database, list[bytes]]] = []
        self.begin()

    def begin(self) -> None:
        """Begin anew."""
        databases = self._server.keyspace.databases
        self._parts = [[{} for _ in range(PARTS)] for _ in databases]
        self._left = [(database, list(database.values)) for database in databases if database.values]

    def heed(self, propagated: list[tuple[int, Argv]]) -> None:
        """Note which keys have changed."""
        for index, argv in propagated:
            command = requested(self._server.commands, argv)
            if command is None or command.name in FLUSHES:
                self.begin()
                continue
            try:
                keys = [argv[position] for position in command.usage.positions(argv)]
            except ValueError:
                keys = []
            databases = self._server.keyspace.databases
            # Some commands move keys between databases.
            concerned = databases if command.name in ("move", "copy") else [databases[index]]
            self._left += [(database, keys.copy()) for database in concerned]

    def go_on(self, nanoseconds: int | None = None) -> bool:
        """Record keys for a time, or as long as it takes; tell whether all are recorded. Raises SnapshotError."""
        now = self._server.timing.now
        end = None if nanoseconds is None else now() + nanoseconds
        while self._left:
            database, keys = self._left[-1]
            while keys:
                some = keys[-KEYS_BETWEEN_LOOKS:]
                del keys[-KEYS_BETWEEN_LOOKS:]
                for key in some:
                    self._record(database, key)
                if end is not None and now() >= end:
                    return False
            self._left.pop()
        self.dirty = self._server.keyspace.dirty
        return True

    def _record(self, database: Database, key: bytes) -> None:
        value = database.values.get(key)
        records = self._parts[database.index][hash(key) % PARTS]
        if value is None:
            records.pop(key, None)
            return
        if type(value) in PACKED:
            value = b"%d" % value if type(value) is int else value.unpack()
        elif type(value) is VectorSet:
            raise SnapshotError("vector sets cannot be saved: their format is that of a module")
        records[key] = snapshot.key_record(key, value, database.deadlines.get(key), self._version)

    def clear(self) -> None:
        """Forget all records."""
        for parts in self._parts:
            for part in parts:
                part.clear()

    def pieces(self, used_memory: int, codes: list[bytes]) -> Iterator[bytes]:
        """Return the contents of the file."""
        databases = [list(chain.from_iterable(part.values() for part in parts)) for parts in self._parts]
        has_field_deadlines = any(
            record[_form_at(record)] in values.NEWEST_FORMS for records in databases for record in records
        )
        yield snapshot.head(
            values.VERSION_OF_FIELD_DEADLINES if has_field_deadlines else self._version,
            {
                b"redis-ver": COMPATIBLE_WITH.encode(),
                b"redis-bits": b"64",
                b"ctime": b"%d" % (self.started_at // 1000),
                b"used-mem": b"%d" % used_memory,
                b"aof-base": b"0",
            },
        )
        yield from map(snapshot.library_record, codes)
        for number, records in enumerate(databases):
            if records:
                yield snapshot.database_head(number, records)
                yield from records


def _form_at(record: bytes) -> int:
    """Return where a record has the form of its value."""
    return 9 if record[0] == snapshot.DEADLINE else 0


class Saving:
    """When a server was saved, and how that went."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.last = server.started_at
        """When the data were saved last, or the server began."""
        self.saves = self.loaded = self.expired = 0
        """How often data were saved; how many keys were loaded at the start, and how many had expired."""
        self.succeeded = True
        """Whether the last snapshot in the background was written."""
        self.seconds = -1
        """How long it took."""
        self._saved_dirty = 0
        self._tried_at = 0
        self._copy: Copy | None = None
        self._is_writing = False
        server.config.on_change["save"] = self.plan

    @property
    def path(self) -> Path:
        config = self._server.config
        return Path(config.dir) / config.dbfilename

    @property
    def changes(self) -> int:
        """The changes since the data were saved."""
        return self._server.keyspace.dirty - self._saved_dirty

    @property
    def started_at(self) -> int | None:
        """When the snapshot that is being made was begun, if there is one."""
        return None if self._copy is None else self._copy.started_at

    # At once

    def save(self) -> None:
        """Write a snapshot before anything else happens. Raises SnapshotError and OSError."""
        self.cancel()
        copy = Copy(self._server)
        copy.go_on()
        replace_file(*self._contents(copy))
        self._done(copy)

    def _contents(self, copy: Copy) -> tuple[Path, Iterator[bytes]]:
        server = self._server
        if not server.config.dbfilename:
            raise SnapshotError("there is no dbfilename")
        pieces = copy.pieces(server.memory.used, server.scripting.codes)
        return self.path, snapshot.sealed(pieces, checked=server.config.rdbchecksum)

    def _done(self, copy: Copy) -> None:
        self._saved_dirty = copy.dirty
        self.last = self._server.clock.now()
        self.saves += 1
        self.succeeded = True
        logger.warning("DB saved on disk")

    # In the background

    def begin(self) -> None:
        """Begin to make a snapshot in the background."""
        server = self._server
        self._copy = copy = Copy(server)
        self._tried_at = server.clock.now()
        server.effects.subscribers.append(copy.heed)
        self._observe()
        server.keyspace.alarm.request(server.clock.now())

    def go_on(self) -> None:
        """Do a slice of what is to be done, and begin a snapshot where a save point is reached."""
        copy = self._copy
        if copy is None:
            self._begin_if_due()
        elif not self._is_writing:
            try:
                if not copy.go_on(SLICE):
                    self._server.keyspace.alarm.request(self._server.clock.now() + 1)
                    return
                self._stop_listening(copy)
                self._write_in_background(copy)
            except (SnapshotError, OSError) as error:
                self._failed(error)

    def _write_in_background(self, copy: Copy) -> None:
        path, pieces = self._contents(copy)

        def written(error: Exception | None) -> None:
            if self._copy is not copy:  # it was cancelled
                return
            if error is None:
                self._finished(copy)
            else:
                self._failed(error)

        self._is_writing = True

        def write() -> None:
            replace_file(path, pieces)
            copy.clear()  # here, for it takes its time

        self._server.in_background(write, written)

    def _finished(self, copy: Copy) -> None:
        self.seconds = (self._server.clock.now() - copy.started_at) // 1000
        self._done(copy)
        self._copy, self._is_writing = None, False

    def _failed(self, error: Exception) -> None:
        logger.warning("Background saving error: %s", error)
        self.succeeded = False
        self.cancel()

    def cancel(self) -> bool:
        """Give up the snapshot that is being made; tell whether there was one."""
        copy, self._copy, self._is_writing = self._copy, None, False
        if copy is not None:
            self._stop_listening(copy)
        return copy is not None

    def _stop_listening(self, copy: Copy) -> None:
        if copy.heed in self._server.effects.subscribers:
            self._server.effects.subscribers.remove(copy.heed)
            self._observe()

    def _observe(self) -> None:
        for database in self._server.keyspace.databases:
            database.observe()

    # By itself

    def plan(self) -> None:
        """Look now and then whether a save point is reached, if there are any."""
        if self._server.config.save:
            self._server.keyspace.alarm.request(self._server.clock.now() + LOOKS_EVERY)

    def _begin_if_due(self) -> None:
        points = self._server.config.save
        if not points:
            return
        now = self._server.clock.now()
        if self.succeeded or now - self._tried_at > AGAIN_AFTER:
            for seconds, changes in zip(points[::2], points[1::2], strict=True):
                if self.changes >= max(int(changes), 1) and now - self.last > int(seconds) * 1000:
                    logger.warning("%s changes in %s seconds. Saving...", changes, seconds)
                    self.begin()
                    break
        self.plan()

    # The start

    def load(self) -> None:
        """Read the snapshot into the databases, which are empty, if there is one. Raises SnapshotError and OSError."""
        server = self._server
        if not server.config.dbfilename or not self.path.exists():
            return
        self.loaded = self.expired = 0
        now = server.clock.now()
        databases = server.keyspace.databases
        for record in snapshot.read(self.path.read_bytes()):
            if isinstance(record, Library):
                server.scripting.libraries.load(record.code, replace=True)
                continue
            number, key, value, deadline = record
            if number >= len(databases):
                raise SnapshotError(f"it has a database {number}, and there are {len(databases)}")
            database = databases[number]
            if deadline is not None and deadline < now:
                self.expired += 1
                continue
            if key in database.values:
                raise SnapshotError(f"it has {key!r} twice")
            database.add(key, value)
            if deadline is not None:
                database.deadlines.set(key, deadline, now)
            self.loaded += 1
            if server.effects.cooling:
                server.effects.cool()
        logger.warning("Done loading RDB, keys loaded: %d, keys expired: %d.", self.loaded, self.expired)
