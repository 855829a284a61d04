"""Keys whatever they hold: existence, names, times to live, scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stubredis import arguments, errors
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.glob import matcher
from stubredis.errors import CommandError, printed
from stubredis.keyspace import GENERIC, TYPE_NAMES, Database
from stubredis.protocol.replies import OK, Reply, status

command = group("generic")

TYPES = {kind: status(name) for kind, name in TYPE_NAMES.items()}
NO_TYPE = status(b"none")


# Existence


def delete(client: Client, keys: Sequence[bytes]) -> int:
    """Delete keys and return how many there were."""
    db = client.db
    deleted = 0
    for key in keys:
        if db.lookup_write(key) is not None:
            db.delete(key)
            db.changed(key, b"del", GENERIC)
            deleted += 1
    return deleted


@command("DEL key [key ...]", WRITE, since="1.0.0", complexity="O(N) for N keys.", key_access="RM delete")
def del_(client: Client, *keys: bytes) -> Reply:
    """Delete keys."""
    return delete(client, keys)


@command("UNLINK key [key ...]", WRITE | FAST, since="4.0.0", complexity="O(N) for N keys.", key_access="RM delete")
def unlink(client: Client, *keys: bytes) -> Reply:
    """Delete keys; their memory is freed in the same step as by DEL."""
    return delete(client, keys)


@command("EXISTS key [key ...]", READONLY | FAST, since="1.0.0", complexity="O(N) for N keys.", key_access="RO")
def exists(client: Client, *keys: bytes) -> Reply:
    """Count the keys that exist, one that is named twice twice."""
    look = client.db.look
    return sum(look(key) is not None for key in keys)


@command("TOUCH key [key ...]", READONLY | FAST, since="3.2.1", complexity="O(N) for N keys.", key_access="RO")
def touch(client: Client, *keys: bytes) -> Reply:
    """Mark keys as used and count those that exist."""
    lookup = client.db.lookup_read
    return sum(lookup(key) is not None for key in keys)


@command("TYPE key", READONLY | FAST, since="1.0.0", key_access="RO")
def type_(client: Client, key: bytes) -> Reply:
    """Tell the type of the value of a key."""
    return TYPES.get(type(client.db.look(key)), NO_TYPE)


@command("KEYS pattern", READONLY, since="1.0.0", complexity="O(N) for N keys in the database.", categories="dangerous")
def keys(client: Client, pattern: bytes) -> Reply:
    """List the keys that match a pattern."""
    db = client.db
    found = list(db.values if pattern == b"*" else filter(matcher(pattern), db.values))
    return [key for key in found if not db.is_expired(key)] if db.deadlines else found


@command("RANDOMKEY", READONLY, since="1.0.0")
def randomkey(client: Client) -> Reply:
    """Return any key."""
    return client.db.random_key()


@command(
    "SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]", READONLY,
    since="2.8.0", complexity="O(1) for every call, O(N) for a complete iteration of N keys.",
)  # fmt: skip
def scan(client: Client, cursor: bytes, *words: bytes) -> Reply:
    """Go on with a scan of the keys."""
    db = client.db
    position = arguments.scan_cursor(cursor)
    options = arguments.scan_options(words, command="SCAN")
    following, found = db.keyspace.scans.step((db.index, None), db.values, position, options.count)
    found = options.matching(found)
    if options.type is not None:
        found = [key for key in found if TYPE_NAMES[type(db.values[key])] == options.type]
    if db.deadlines:
        found = [key for key in found if not db.expire_if_due(key)]
    return [b"%d" % following, found]


# Time to live


INCOMPATIBLE_WITH_NX = b"ERR NX and XX, GT or LT options at the same time are not compatible"
INCOMPATIBLE_GT_LT = b"ERR GT and LT options at the same time are not compatible"


def expire_conditions(options: Sequence[bytes]) -> set[bytes]:
    """Read NX, XX, GT and LT; repeating one makes no difference."""
    conditions = set()
    for option in options:
        if option.upper() not in (b"NX", b"XX", b"GT", b"LT"):
            raise CommandError(b"ERR Unsupported option %b" % printed(option))
        conditions.add(option.upper())
    if b"NX" in conditions and len(conditions) > 1:
        raise CommandError(INCOMPATIBLE_WITH_NX)
    if conditions >= {b"GT", b"LT"}:
        raise CommandError(INCOMPATIBLE_GT_LT)
    return conditions


def permitted(conditions: set[bytes], present: int | None, deadline: int) -> bool:
    """Tell whether a key may get a deadline instead of its present one; having none is like having an infinite one."""
    if present is None:
        return not conditions & {b"XX", b"GT"}
    if b"NX" in conditions:
        return False
    return (b"GT" not in conditions or deadline > present) and (b"LT" not in conditions or deadline < present)


def set_deadline(client: Client, key: bytes, word: bytes, options: Sequence[bytes], *, unit: bytes, name: str) -> int:
    """Do what EXPIRE and its kind do, with a time in the unit of EX, PX, EXAT or PXAT; tells whether that was done."""
    db = client.db
    conditions = expire_conditions(options)
    now = db.keyspace.now()
    deadline = arguments.deadline(arguments.integer(word), unit, now, name)
    if db.lookup_write(key) is None or not permitted(conditions, db.deadlines.get(key), deadline):
        return 0
    effects = client.server.effects
    if deadline > now:
        db.deadlines.set(key, deadline, now)
        db.changed(key, b"expire", GENERIC)
        effects.rewrite(b"PEXPIREAT", key, b"%d" % deadline, *options)
    else:
        db.delete(key)
        db.changed(key, b"del", GENERIC)  # no expiry to Redis; Valkey takes it for one
        effects.rewrite(b"UNLINK", key)
    return 1


@command("EXPIRE key seconds [NX | XX | GT | LT]", WRITE | FAST, since="1.0.0", newer={"7.0.0": "NX XX GT LT"})
def expire(client: Client, key: bytes, seconds: bytes, *options: bytes) -> Reply:
    """Set the time to live of a key in seconds."""
    return set_deadline(client, key, seconds, options, unit=b"EX", name="expire")


@command("PEXPIRE key milliseconds [NX | XX | GT | LT]", WRITE | FAST, since="2.6.0", newer={"7.0.0": "NX XX GT LT"})
def pexpire(client: Client, key: bytes, milliseconds: bytes, *options: bytes) -> Reply:
    """Set the time to live of a key in milliseconds."""
    return set_deadline(client, key, milliseconds, options, unit=b"PX", name="pexpire")


@command(
    "EXPIREAT key unix-time-seconds [NX | XX | GT | LT]", WRITE | FAST, since="1.2.0", newer={"7.0.0": "NX XX GT LT"}
)
def expireat(client: Client, key: bytes, seconds: bytes, *options: bytes) -> Reply:
    """Set the deadline of a key as a Unix time in seconds."""
    return set_deadline(client, key, seconds, options, unit=b"EXAT", name="expireat")


@command(
    "PEXPIREAT key unix-time-milliseconds [NX | XX | GT | LT]",
    WRITE | FAST,
    since="2.6.0",
    newer={"7.0.0": "NX XX GT LT"},
)
def pexpireat(client: Client, key: bytes, milliseconds: bytes, *options: bytes) -> Reply:
    """Set the deadline of a key as a Unix time in milliseconds."""
    return set_deadline(client, key, milliseconds, options, unit=b"PXAT", name="pexpireat")


NO_KEY, NO_DEADLINE = -2, -1


def deadline_of(client: Client, key: bytes) -> int:
    """Return the deadline of a key in ms, NO_KEY or NO_DEADLINE."""
    if client.db.look(key) is None:
        return NO_KEY
    return client.db.deadlines.get(key, NO_DEADLINE)


@command("PTTL key", READONLY | FAST, since="2.6.0")
def pttl(client: Client, key: bytes) -> Reply:
    """Return the time to live of a key in milliseconds."""
    deadline = deadline_of(client, key)
    return deadline if deadline < 0 else max(deadline - client.db.keyspace.now(), 0)


@command("TTL key", READONLY | FAST, since="1.0.0")
def ttl(client: Client, key: bytes) -> Reply:
    """Return the time to live of a key in seconds, rounded to the nearest."""
    deadline = deadline_of(client, key)
    return deadline if deadline < 0 else (max(deadline - client.db.keyspace.now(), 0) + 500) // 1000


@command("PEXPIRETIME key", READONLY | FAST, since="7.0.0")
def pexpiretime(client: Client, key: bytes) -> Reply:
    """Return the deadline of a key as a Unix time in milliseconds."""
    return deadline_of(client, key)


@command("EXPIRETIME key", READONLY | FAST, since="7.0.0")
def expiretime(client: Client, key: bytes) -> Reply:
    """Return the deadline of a key as a Unix time in seconds, rounded to the nearest."""
    deadline = deadline_of(client, key)
    return deadline if deadline < 0 else (deadline + 500) // 1000


@command("PERSIST key", WRITE | FAST, since="2.2.0")
def persist(client: Client, key: bytes) -> Reply:
    """Take the time to live of a key away."""
    db = client.db
    if db.lookup_write(key) is None or key not in db.deadlines:
        return 0
    db.deadlines.clear(key)
    db.changed(key, b"persist", GENERIC)
    return 1


# Names and copies


def put(db: Database, key: bytes, value: Any, deadline: int | None) -> None:
    """Store a value under a key that does not exist, with its deadline."""
    db.add(key, value)
    if deadline is not None:
        db.deadlines.set(key, deadline, db.keyspace.now())


def rename_key(client: Client, key: bytes, newkey: bytes, *, overwrite: bool) -> bool:
    """Give a key another name; tells whether that was done."""
    db = client.db
    value = db.lookup_write(key)
    if value is None:
        raise CommandError(errors.NO_SUCH_KEY)
    if key == newkey:
        return False
    overwritten = db.lookup_write(newkey)
    if overwritten is not None:
        if not overwrite:
            return False
        db.delete(newkey)
    deadline = db.deadlines.get(key)
    db.delete(key)
    put(db, newkey, value, deadline)
    db.changed(key, b"rename_from", GENERIC)
    db.changed(newkey, b"rename_to", GENERIC, 0)
    if overwritten is not None:
        db.overwritten(newkey, overwritten, value)
    return True


@command("RENAME key newkey", WRITE, since="1.0.0", key_access="RW access delete; OW update")
def rename(client: Client, key: bytes, newkey: bytes) -> Reply:
    """Give a key another name, whatever had that name before."""
    rename_key(client, key, newkey, overwrite=True)
    return OK


@command("RENAMENX key newkey", WRITE | FAST, since="1.0.0", key_access="RW access delete; OW insert")
def renamenx(client: Client, key: bytes, newkey: bytes) -> Reply:
    """Give a key another name that no key has."""
    return int(rename_key(client, key, newkey, overwrite=False))


@command(
    "COPY source destination [DB destination-db] [REPLACE]", WRITE | DENYOOM,
    since="6.2.0", complexity="O(N) for a collection of N elements.", key_access="RO access; OW update",
)  # fmt: skip
def copy(client: Client, source: bytes, destination: bytes, *words: bytes) -> Reply:
    """Copy the value of a key to another key, also of another database."""
    db = target = client.db
    replace = False
    rest = iter(words)
    for word in rest:
        match word.upper():
            case b"REPLACE":
                replace = True
            case b"DB":
                number = next(rest, None)
                if number is None:
                    raise CommandError(errors.SYNTAX)
                target = db.keyspace.database(arguments.database_number(number))
            case _:
                raise CommandError(errors.SYNTAX)
    if target is db and source == destination:
        raise CommandError(errors.SAME_OBJECT)
    value = db.lookup_read(source)
    if value is None:
        return 0
    overwritten = target.lookup_write(destination)
    if overwritten is not None:
        if not replace:
            return 0
        target.delete(destination)
    put(target, destination, value if type(value) is bytes else value.copy(), db.deadlines.get(source))
    target.changed(destination, b"copy_to", GENERIC)
    if overwritten is not None:
        target.overwritten(destination, overwritten, value)
    return 1


@command("MOVE key db", WRITE | FAST, since="1.0.0", key_access="RW access update")
def move(client: Client, key: bytes, db: bytes) -> Reply:
    """Move a key to another database."""
    source = client.db
    target = source.keyspace.database(arguments.database_number(db))
    if source is target:
        raise CommandError(errors.SAME_OBJECT)
    value = source.lookup_write(key)
    if value is None or target.lookup_write(key) is not None:
        return 0
    deadline = source.deadlines.get(key)
    source.delete(key)
    put(target, key, value, deadline)
    source.changed(key, b"move_from", GENERIC)
    target.changed(key, b"move_to", GENERIC, 0)
    return 1
