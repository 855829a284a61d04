"""Values as payloads: DUMP writes one, RESTORE makes a key of it."""

from __future__ import annotations

from collections.abc import Sequence

from stubredis import errors
from stubredis.arguments import integer
from stubredis.client import Client
from stubredis.command import ASKING, DENYOOM, READONLY, WRITE, group
from stubredis.errors import CommandError
from stubredis.keyspace import GENERIC
from stubredis.protocol.replies import OK, Reply
from stubredis.rdb.payload import ForeignPayloadError, dump, restore
from stubredis.rdb.reader import BadDataError

command = group("generic")
server_command = group("server")


@command(
    "DUMP key", READONLY,
    since="2.6.0", complexity="O(1) to access the key, O(N) to serialize a value of N bytes.",
)  # fmt: skip
def dump_(client: Client, key: bytes) -> Reply:
    """Return the value of a key as a payload that RESTORE understands."""
    value = client.db.lookup_read(key)
    return None if value is None else dump(value, client.server.emulated.payload_version)


class Options:
    """The options of RESTORE."""

    __slots__ = ("absolute", "frequency", "idle_seconds", "replace")

    def __init__(self, words: Sequence[bytes]) -> None:
        self.replace = self.absolute = False
        self.idle_seconds: int | None = None
        self.frequency: int | None = None
        rest = iter(words)
        for word in rest:
            option = word.upper()
            if option == b"REPLACE":
                self.replace = True
            elif option == b"ABSTTL":
                self.absolute = True
            elif option == b"IDLETIME" and self.frequency is None and (value := next(rest, None)) is not None:
                self.idle_seconds = integer(value)
                if self.idle_seconds < 0:
                    raise CommandError(b"ERR Invalid IDLETIME value, must be >= 0")
            elif option == b"FREQ" and self.idle_seconds is None and (value := next(rest, None)) is not None:
                self.frequency = integer(value)
                if not 0 <= self.frequency <= 255:
                    raise CommandError(b"ERR Invalid FREQ value, must be >= 0 and <= 255")
            else:
                raise CommandError(errors.SYNTAX)


RESTORE = "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]"
COMPLEXITY = "O(1) to create the key, O(N) to read a payload of N bytes, O(N*log(N)) for a sorted set of N members."


@command(
    f"RESTORE {RESTORE}", WRITE | DENYOOM,
    since="2.6.0", complexity=COMPLEXITY, categories="dangerous", key_access="OW update",
)  # fmt: skip
def restore_(client: Client, key: bytes, ttl: bytes, serialized_value: bytes, *words: bytes) -> Reply:
    """Create a key from a payload that DUMP returned."""
    options = Options(words)
    db = client.db
    if not options.replace and db.lookup_write(key) is not None:
        raise CommandError(b"BUSYKEY Target key name already exists.")
    deadline = integer(ttl)
    if deadline < 0:
        raise CommandError(b"ERR Invalid TTL value, must be >= 0")
    try:
        value = restore(serialized_value)
    except ForeignPayloadError:
        raise CommandError(b"ERR DUMP payload version or checksum are wrong") from None
    except BadDataError:
        raise CommandError(b"ERR Bad data format") from None
    now = db.keyspace.now()
    if deadline and not options.absolute:
        deadline += now
        if deadline >= 2**63:
            deadline -= 2**64  # as in Redis, where the sum overflows and lies in the past
    replaced = db.lookup_write(key)
    if replaced is not None:
        db.delete(key)
    effects = client.server.effects
    if deadline and deadline <= now:
        if replaced is not None:
            db.changed(key, b"del", GENERIC)
            effects.rewrite(b"DEL", key)
        return OK
    db.add(key, value)
    if deadline:
        db.deadlines.set(key, deadline, now)
        if not options.absolute:
            effects.rewrite(b"RESTORE", key, b"%d" % deadline, serialized_value, *words, b"ABSTTL")
    client.server.accesses.restore(db, key, options.idle_seconds, options.frequency)
    db.changed(key, b"restore", GENERIC)
    if replaced is not None:
        db.overwritten(key, replaced, value)
    return OK


@server_command(
    f"RESTORE-ASKING {RESTORE}", WRITE | DENYOOM | ASKING,
    since="3.0.0", complexity=COMPLEXITY, categories="keyspace dangerous", key_access="OW update",
)  # fmt: skip
def restore_asking(client: Client, key: bytes, ttl: bytes, serialized_value: bytes, *words: bytes) -> Reply:
    """Create a key from a payload, in a cluster even while its slot is imported."""
    return restore_(client, key, ttl, serialized_value, *words)
