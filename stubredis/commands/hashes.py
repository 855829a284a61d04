"""Hashes: fields with values of their own below one key."""

from __future__ import annotations

from stubredis.arguments import MAX_INTEGER, MIN_INTEGER, integer, scan_cursor, scan_options
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.floats import long_double
from stubredis.datatypes.hashes import Hash
from stubredis.datatypes.limits import limits
from stubredis.errors import NAN_OR_INFINITY, NOT_A_FLOAT, OVERFLOW, SYNTAX, CommandError, wrong_arity
from stubredis.keyspace import HASH, Database
from stubredis.protocol.replies import OK, Pairs, Reply

command = group("hash")

MOST_RANDOM_FIELDS = 10_000_000
"""The most fields that HRANDFIELD repeats: the reply is built in memory, which must not be exhausted by a request."""


def fields_to_change(db: Database, key: bytes) -> Hash:
    """Return the hash of a key, which is created if it does not exist."""
    value = db.write(key, Hash)
    if value is not None and value.deadlines:
        value = db.write_hash(key)
    if value is None:
        value = Hash()
        db.add(key, value)
    return value


def set_fields(client: Client, key: bytes, field: bytes, value: bytes, more: tuple[bytes, ...], name: str) -> int:
    """Set fields, which `more` gives in turns with their values; return how many are new."""
    if len(more) % 2:
        raise wrong_arity(name)
    db = client.db
    fields = fields_to_change(db, key)
    before = len(fields)
    if more:
        fields.set_all((field, value, *more))
    else:
        fields.set(field, value)
    db.changed(key, b"hset", HASH, 1 + len(more) // 2)
    return len(fields) - before


@command(
    "HSET key field value [field value ...]", WRITE | DENYOOM | FAST, since="2.0.0", complexity="O(N) for N fields."
)
def hset(client: Client, key: bytes, field: bytes, value: bytes, *more: bytes) -> Reply:
    """Set fields of a hash."""
    if not more:
        db = client.db
        fields = db.write(key, Hash)
        # Most often there is nothing to look after: the hash is large, or the field is there and the value is short.
        if (
            fields is not None
            and not fields.deadlines
            and (fields.sample is not None or (field in fields and len(value) <= limits.hash_length))
        ):
            before = len(fields)
            fields[field] = value
            db.changed(key, b"hset", HASH)
            return len(fields) - before
    return set_fields(client, key, field, value, more, "hset")


@command(
    "HMSET key field value [field value ...]", WRITE | DENYOOM | FAST,
    since="2.0.0", complexity="O(N) for N fields.", replaced_by="HSET",
)  # fmt: skip
def hmset(client: Client, key: bytes, field: bytes, value: bytes, *more: bytes) -> Reply:
    """Set fields of a hash."""
    set_fields(client, key, field, value, more, "hmset")
    return OK


@command("HSETNX key field value", WRITE | DENYOOM | FAST, since="2.0.0", key_access="RW insert")
def hsetnx(client: Client, key: bytes, field: bytes, value: bytes) -> Reply:
    """Set a field of a hash unless it exists."""
    fields = fields_to_change(client.db, key)
    if field in fields:
        return 0
    fields.set(field, value)
    client.db.changed(key, b"hset", HASH)
    return 1


@command("HGET key field", READONLY | FAST, since="2.0.0")
def hget(client: Client, key: bytes, field: bytes) -> Reply:
    """Return the value of a field."""
    fields = client.db.read(key, Hash)
    if fields is not None and fields.deadlines:
        fields = client.db.live(key, fields)
    return None if fields is None else fields.get(field)


@command("HMGET key field [field ...]", READONLY | FAST, since="2.0.0", complexity="O(N) for N fields.")
def hmget(client: Client, key: bytes, *fields: bytes) -> Reply:
    """Return the values of several fields."""
    value = client.db.read_hash(key)
    if value is None:
        return [None] * len(fields)
    return [value.get(field) for field in fields]


@command("HGETALL key", READONLY, since="2.0.0", complexity="O(N) for a hash of N fields.")
def hgetall(client: Client, key: bytes) -> Reply:
    """Return all fields and their values."""
    return client.db.read_hash(key) or {}


@command("HKEYS key", READONLY, since="2.0.0", complexity="O(N) for a hash of N fields.")
def hkeys(client: Client, key: bytes) -> Reply:
    """Return all fields."""
    return list(client.db.read_hash(key) or ())


@command("HVALS key", READONLY, since="2.0.0", complexity="O(N) for a hash of N fields.")
def hvals(client: Client, key: bytes) -> Reply:
    """Return the values of all fields."""
    return list((client.db.read_hash(key) or {}).values())


@command("HLEN key", READONLY | FAST, since="2.0.0", key_access="RO")
def hlen(client: Client, key: bytes) -> Reply:
    """Count the fields of a hash."""
    return len(client.db.read_hash(key) or ())


@command("HEXISTS key field", READONLY | FAST, since="2.0.0", key_access="RO")
def hexists(client: Client, key: bytes, field: bytes) -> Reply:
    """Tell whether a field exists."""
    return int(field in (client.db.read_hash(key) or ()))


@command("HSTRLEN key field", READONLY | FAST, since="3.2.0", key_access="RO")
def hstrlen(client: Client, key: bytes, field: bytes) -> Reply:
    """Return the length of a field's value in bytes."""
    fields = client.db.read_hash(key)
    return 0 if fields is None else len(fields.get(field, b""))


@command(
    "HDEL key field [field ...]", WRITE | FAST, since="2.0.0", key_access="RW delete", complexity="O(N) for N fields."
)
def hdel(client: Client, key: bytes, *fields: bytes) -> Reply:
    """Remove fields; the key goes with the last one."""
    value = client.db.write_hash(key)
    if value is None:
        return 0
    removed = sum(value.remove(field) is not None for field in fields)
    if removed:
        client.db.shrunk(key, value, b"hdel", HASH, removed)
    return removed


@command("HINCRBY key field increment", WRITE | DENYOOM | FAST, since="2.0.0", key_access="RW access update")
def hincrby(client: Client, key: bytes, field: bytes, increment: bytes) -> Reply:
    """Add to the integer in a field, which is 0 if it does not exist."""
    amount = integer(increment)
    value = client.db.write_hash(key)
    old = b"0" if value is None else value.get(field, b"0")
    total = integer(old, b"ERR hash value is not an integer") + amount
    if not MIN_INTEGER <= total <= MAX_INTEGER:
        raise CommandError(OVERFLOW)
    fields_to_change(client.db, key).replace(field, b"%d" % total)
    client.db.changed(key, b"hincrby", HASH)
    return total


@command("HINCRBYFLOAT key field increment", WRITE | DENYOOM | FAST, since="2.6.0", key_access="RW access update")
def hincrbyfloat(client: Client, key: bytes, field: bytes, increment: bytes) -> Reply:
    """Add to the floating point number in a field, which is 0 if it does not exist."""
    amount = long_double(increment, NOT_A_FLOAT)
    if not amount.finite:
        raise CommandError(b"ERR value is NaN or Infinity")
    value = client.db.write_hash(key)
    old = b"0" if value is None else value.get(field, b"0")
    total = long_double(old, b"ERR hash value is not a float") + amount
    if not total.finite:
        raise CommandError(NAN_OR_INFINITY)
    text = bytes(total)
    fields = fields_to_change(client.db, key)
    fields.replace(field, text)
    client.db.changed(key, b"hincrbyfloat", HASH)
    if fields.deadlines and field in fields.deadlines:
        client.server.effects.rewrite(b"HSETEX", key, b"KEEPTTL", b"FIELDS", b"1", field, text)
    else:
        client.server.effects.rewrite(b"HSET", key, field, text)
    return text


@command("HRANDFIELD key [count [WITHVALUES]]", READONLY, since="6.2.0", complexity="O(N) for N returned fields.")
def hrandfield(client: Client, key: bytes, *options: bytes) -> Reply:
    """Return random fields: different ones for a positive count, with repetitions for a negative one."""
    if not options:
        value = client.db.read_hash(key)
        return None if value is None else value.choose(client.db.dirty)
    count = integer(options[0])
    if count == MIN_INTEGER:
        raise CommandError(b"ERR value is out of range, value must between %d and %d" % (-MAX_INTEGER, MAX_INTEGER))
    if len(options) > 2 or (len(options) == 2 and options[1].upper() != b"WITHVALUES"):
        raise CommandError(SYNTAX)
    with_values = len(options) == 2
    if (with_values and abs(count) > MAX_INTEGER // 2) or -count > MOST_RANDOM_FIELDS:
        raise CommandError(b"ERR value is out of range")
    value = client.db.read_hash(key)
    if not value or not count:
        return []
    version = client.db.dirty
    fields = value.choose_several(-count, version) if count < 0 else value.choose_different(count, version)
    return Pairs((field, value[field]) for field in fields) if with_values else fields


@command(
    "HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]", READONLY,
    since="2.8.0", newer={"7.4.0 valkey-8.0.0": "NOVALUES"},
    complexity="O(1) for every call, O(N) for a complete iteration of N fields.",
)  # fmt: skip
def hscan(client: Client, key: bytes, cursor: bytes, *words: bytes) -> Reply:
    """Go on with a scan of the fields of a hash."""
    position = scan_cursor(cursor)
    value = client.db.read_hash(key)
    if value is None:
        return [b"0", []]
    options = scan_options(words, command="HSCAN")
    count = len(value) if value.is_small else options.count
    following, fields = client.db.keyspace.scans.step((client.db.index, key), value, position, count)
    fields = options.matching(fields)
    found = fields if options.only_names else [word for field in fields for word in (field, value[field])]
    return [b"%d" % following, found]
