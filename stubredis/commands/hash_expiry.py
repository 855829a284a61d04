"""Fields of hashes that live for a time only.

Redis and Valkey agree on what these commands do, but not on how they word errors: these are Redis' own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stubredis.arguments import MAX_INTEGER, integer, integer_between
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.hashes import Hash
from stubredis.errors import CommandError, invalid_expire_time, printed, wrong_arity
from stubredis.keyspace import HASH
from stubredis.protocol.replies import Reply

command = group("hash")

FIELDS = "FIELDS numfields field [field ...]"
CONDITION = "[NX | XX | GT | LT]"

CONDITIONS = frozenset((b"NX", b"XX", b"GT", b"LT"))
SECONDS, MILLISECONDS, AT_SECONDS, AT_MILLISECONDS = UNITS = (b"EX", b"PX", b"EXAT", b"PXAT")

NO_FIELD, NO_DEADLINE, REFUSED, DONE, EXPIRED_AT_ONCE = -2, -1, 0, 1, 2

LATEST = 2**46 - 1
"""The latest deadline of a field, in ms: Redis keeps it in 46 bits."""

MOST_FIELDS = 2**31 - 1

FIELDS_MISSING = b"ERR Mandatory argument FIELDS is missing or not at the right position"
NUMFIELDS_MISMATCH = b"ERR The `numfields` parameter must match the number of arguments"
NUMFIELDS_NOT_POSITIVE = b"ERR Number of fields must be a positive integer"
NUMFIELDS_OF_EXPIRE = b"ERR Parameter `numFields` should be greater than 0"
NUMFIELDS_OF_HSETEX = b"ERR invalid number of fields"
NEGATIVE_TIME = b"ERR invalid expire time, must be >= 0"
TWO_FIELD_CONDITIONS = b"ERR Only one of FXX or FNX arguments can be specified"
TWO_KEY_CONDITIONS = b"ERR Only one of XX or NX arguments can be specified"
TWO_TIMES = b"ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"


def named_fields(words: Sequence[bytes], number_error: bytes = NUMFIELDS_NOT_POSITIVE) -> Sequence[bytes]:
    """Read `FIELDS numfields field [field ...]`, which must be all of the words."""
    if words[0].upper() != b"FIELDS":
        raise CommandError(FIELDS_MISSING)
    if integer_between(words[1], 1, MAX_INTEGER, number_error) != len(words) - 2:
        raise CommandError(NUMFIELDS_MISMATCH)
    return words[2:]


def field_deadline(word: bytes, unit: bytes, now: int, name: str) -> int:
    """Read a time in the unit of EX, PX, EXAT or PXAT: the deadline in ms, which may have passed."""
    value = integer(word)
    if value < 0:
        raise CommandError(NEGATIVE_TIME)
    if unit in (SECONDS, AT_SECONDS):
        value *= 1000
    if unit in (SECONDS, MILLISECONDS):
        value += now
    if value > LATEST:
        raise invalid_expire_time(name)
    return value


# Setting deadlines


def permitted(condition: bytes, present: int | None, deadline: int) -> bool:
    """Tell whether a field may get a deadline instead of its present one; to have none is to have an infinite one."""
    if condition == b"NX":
        return present is None
    if condition == b"LT":
        return present is None or deadline < present
    return not condition or (present is not None and (condition == b"XX" or deadline > present))


def expire(
    client: Client, key: bytes, value: Hash, fields: Sequence[bytes], deadline: int, condition: bytes = b""
) -> list[int]:
    """Give fields of a hash a deadline, or remove them if it has passed; return what became of each.

    Only the removal is propagated from here.
    """
    db = client.db
    at_once = deadline <= db.keyspace.now()
    deadlines = value.volatile()
    results = []
    for field in fields:
        if field not in value:
            results.append(NO_FIELD)
        elif not permitted(condition, deadlines.get(field), deadline):
            results.append(REFUSED)
        elif at_once:
            value.remove(field)
            results.append(EXPIRED_AT_ONCE)
        else:
            deadlines.set(field, deadline)
            results.append(DONE)
    done = [field for field, result in zip(fields, results, strict=True) if result > REFUSED]
    if done and at_once:
        db.keyspace.expired_fields += len(done)
        db.shrunk(key, value, b"hdel", HASH, len(done))
        client.server.effects.rewrite(b"HDEL", key, *done)
    elif done:
        value.expire(done, deadline)
        db.file_fields(key, value)
        db.changed(key, b"hexpire", HASH, len(done))
    return results


def propagate_deadline(
    client: Client, key: bytes, fields: Sequence[bytes], results: Sequence[int], deadline: int, *condition: bytes
) -> None:
    """Propagate the deadline for those fields that have got it."""
    done = [field for field, result in zip(fields, results, strict=True) if result == DONE]
    if done:
        client.server.effects.rewrite(
            b"HPEXPIREAT", key, b"%d" % deadline, *condition, b"FIELDS", b"%d" % len(done), *done
        )


def set_deadline(client: Client, key: bytes, time: bytes, words: Sequence[bytes], unit: bytes, name: str) -> list[int]:
    """Do what HEXPIRE and its kind do."""
    value = client.db.write_hash(key)
    deadline = field_deadline(time, unit, client.db.keyspace.now(), name)
    condition = words[:1] if words[0].upper() in CONDITIONS else ()
    fields = named_fields(words[len(condition) :], NUMFIELDS_OF_EXPIRE)
    if value is None:
        return [NO_FIELD] * len(fields)
    results = expire(client, key, value, fields, deadline, b"".join(condition).upper())
    propagate_deadline(client, key, fields, results, deadline, *condition)
    return results


@command(
    f"HEXPIRE key seconds {CONDITION} {FIELDS}",
    WRITE | FAST,
    since="7.4.0 valkey-9.0.0",
    complexity="O(N) for N fields.",
)
def hexpire(client: Client, key: bytes, seconds: bytes, *words: bytes) -> Reply:
    """Set the time to live of fields in seconds."""
    return set_deadline(client, key, seconds, words, SECONDS, "hexpire")


@command(
    f"HPEXPIRE key milliseconds {CONDITION} {FIELDS}",
    WRITE | FAST,
    since="7.4.0 valkey-9.0.0",
    complexity="O(N) for N fields.",
)
def hpexpire(client: Client, key: bytes, milliseconds: bytes, *words: bytes) -> Reply:
    """Set the time to live of fields in milliseconds."""
    return set_deadline(client, key, milliseconds, words, MILLISECONDS, "hpexpire")


@command(
    f"HEXPIREAT key unix-time-seconds {CONDITION} {FIELDS}",
    WRITE | FAST, since="7.4.0 valkey-9.0.0", complexity="O(N) for N fields.",
)  # fmt: skip
def hexpireat(client: Client, key: bytes, seconds: bytes, *words: bytes) -> Reply:
    """Set the deadline of fields as a Unix time in seconds."""
    return set_deadline(client, key, seconds, words, AT_SECONDS, "hexpireat")


@command(
    f"HPEXPIREAT key unix-time-milliseconds {CONDITION} {FIELDS}",
    WRITE | FAST, since="7.4.0 valkey-9.0.0", complexity="O(N) for N fields.",
)  # fmt: skip
def hpexpireat(client: Client, key: bytes, milliseconds: bytes, *words: bytes) -> Reply:
    """Set the deadline of fields as a Unix time in milliseconds."""
    return set_deadline(client, key, milliseconds, words, AT_MILLISECONDS, "hpexpireat")


# Asking for deadlines


def deadlines_of(client: Client, key: bytes, words: Sequence[bytes]) -> list[int]:
    """Return the deadline of each field in ms, or NO_FIELD or NO_DEADLINE."""
    value = client.db.read_hash(key)
    fields = named_fields(words)
    if value is None:
        return [NO_FIELD] * len(fields)
    deadlines: dict[bytes, int] = value.deadlines or {}
    return [deadlines.get(field, NO_DEADLINE) if field in value else NO_FIELD for field in fields]


def in_seconds(times: Sequence[int]) -> list[int]:
    """Turn milliseconds into seconds, rounded up; what is negative is no time."""
    return [time if time < 0 else (time + 999) // 1000 for time in times]


def times_left(client: Client, key: bytes, words: Sequence[bytes]) -> list[int]:
    """Return the time to live of each field in ms, or NO_FIELD or NO_DEADLINE."""
    deadlines = deadlines_of(client, key, words)
    now = client.db.keyspace.now()
    return [deadline if deadline < 0 else max(deadline - now, 0) for deadline in deadlines]


@command(f"HTTL key {FIELDS}", READONLY | FAST, since="7.4.0 valkey-9.0.0", complexity="O(N) for N fields.")
def httl(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the time to live of fields in seconds, rounded up."""
    return in_seconds(times_left(client, key, words))


@command(f"HPTTL key {FIELDS}", READONLY | FAST, since="7.4.0 valkey-9.0.0", complexity="O(N) for N fields.")
def hpttl(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the time to live of fields in milliseconds."""
    return times_left(client, key, words)


@command(f"HEXPIRETIME key {FIELDS}", READONLY | FAST, since="7.4.0 valkey-9.0.0", complexity="O(N) for N fields.")
def hexpiretime(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the deadline of fields as a Unix time in seconds, rounded up."""
    return in_seconds(deadlines_of(client, key, words))


@command(f"HPEXPIRETIME key {FIELDS}", READONLY | FAST, since="7.4.0 valkey-9.0.0", complexity="O(N) for N fields.")
def hpexpiretime(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the deadline of fields as a Unix time in milliseconds."""
    return deadlines_of(client, key, words)


# Taking deadlines away


def persist(value: Hash, fields: Sequence[bytes]) -> list[int]:
    """Take the deadlines of fields away; return what became of each."""
    results = []
    for field in fields:
        if value.deadlines and field in value.deadlines:
            value.persist(field)
            results.append(DONE)
        else:
            results.append(NO_DEADLINE if field in value else NO_FIELD)
    return results


@command(f"HPERSIST key {FIELDS}", WRITE | FAST, since="7.4.0 valkey-9.0.0", complexity="O(N) for N fields.")
def hpersist(client: Client, key: bytes, *words: bytes) -> Reply:
    """Take the time to live of fields away."""
    value = client.db.write_hash(key)
    fields = named_fields(words)
    if value is None:
        return [NO_FIELD] * len(fields)
    results = persist(value, fields)
    if DONE in results:
        client.db.changed(key, b"hpersist", HASH)
    return results


# Together with values


@command(
    "HGETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] "
    + FIELDS,
    WRITE | FAST, since="8.0.0 valkey-9.0.0", complexity="O(N) for N fields.", key_access="RW access update",
)  # fmt: skip
def hgetex(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the values of fields and set or take away their time to live."""
    db = client.db
    value = db.write_hash(key)
    deadline = None
    option = words[0].upper()
    if option in UNITS:
        deadline = field_deadline(words[1], option, db.keyspace.now(), "hgetex")
        words = words[2:]
    elif option == b"PERSIST":
        words = words[1:]
    if len(words) < 2:
        raise wrong_arity("hgetex")
    fields = named_fields(words)
    if value is None:
        return [None] * len(fields)
    values = [value.get(field) for field in fields]
    if deadline is not None:
        results = expire(client, key, value, fields, deadline)
        propagate_deadline(client, key, fields, results, deadline)
        # A field that is removed because its deadline has passed can be read once.
        return [None if result == NO_FIELD else text for text, result in zip(values, results, strict=True)]
    if option == b"PERSIST":
        value.volatile()  # to Redis the hash is one with deadlines from now on
        persisted = persist(value, fields).count(DONE)
        if persisted:
            db.changed(key, b"hpersist", HASH, persisted)
            client.server.effects.rewrite(b"HPERSIST", key, *words)
    return values


@command(
    f"HGETDEL key {FIELDS}", WRITE | FAST,
    since="8.0.0 valkey-9.1.0", complexity="O(N) for N fields.", key_access="RW access delete",
)  # fmt: skip
def hgetdel(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the values of fields and remove them; the key goes with the last one."""
    value = client.db.write_hash(key)
    fields = named_fields(words)
    if value is None:
        return [None] * len(fields)
    values = [value.remove(field) for field in fields]
    removed = len(values) - values.count(None)
    if removed:
        client.db.shrunk(key, value, b"hdel", HASH, removed)
        client.server.effects.rewrite(b"HDEL", key, *fields)
    return values


class SetOptions:
    """What HSETEX is asked for."""

    __slots__ = ("data", "deadline", "field_condition", "keep_ttl", "key_condition")

    def __init__(self, words: Sequence[bytes], now: int) -> None:
        """Read the words behind the key. The fields with their values end them."""
        self.key_condition = self.field_condition = b""
        self.keep_ttl = False
        self.deadline: int | None = None
        self.data: Sequence[bytes] = ()
        """Fields and values in turns."""
        rest = iter(words)
        for word in rest:
            option = word.upper()
            if option in (b"FNX", b"FXX"):
                if self.field_condition:
                    raise CommandError(TWO_FIELD_CONDITIONS)
                self.field_condition = option
            elif option in (b"NX", b"XX"):
                if self.key_condition:
                    raise CommandError(TWO_KEY_CONDITIONS)
                self.key_condition = option
            elif option in UNITS or option == b"KEEPTTL":
                if self.keep_ttl or self.deadline is not None:
                    raise CommandError(TWO_TIMES)
                if option == b"KEEPTTL":
                    self.keep_ttl = True
                else:
                    self.deadline = field_deadline(following(rest), option, now, "hsetex")
            elif option == b"FIELDS":
                count = integer_between(following(rest), 1, MOST_FIELDS, NUMFIELDS_OF_HSETEX)
                self.data = tuple(rest)
                if len(self.data) != 2 * count:
                    raise wrong_arity("hsetex")
            else:
                raise CommandError(b"ERR unknown argument: %b" % printed(word))
        if not self.data:
            raise wrong_arity("hsetex")

    def permit(self, value: Hash | None) -> bool:
        """Tell whether the hash of the key, if there is one, meets the conditions."""
        if self.key_condition and (self.key_condition == b"NX") != (value is None):
            return False
        fields = self.data[::2]
        if self.field_condition == b"FXX":
            return value is not None and all(field in value for field in fields)
        return self.field_condition != b"FNX" or value is None or not any(field in value for field in fields)


def following(rest: Iterator[bytes]) -> bytes:
    """Return the word behind an option."""
    for word in rest:
        return word
    raise wrong_arity("hsetex")


@command(
    "HSETEX key [NX | XX] [FNX | FXX] "
    "[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL] "
    "FIELDS numfields field value [field value ...]",
    WRITE | DENYOOM | FAST, since="8.0.0 valkey-9.0.0", newer={"valkey-9.1.0": "NX XX"},
    complexity="O(N) for N fields.", key_access="RW insert",
)  # fmt: skip
def hsetex(client: Client, key: bytes, *words: bytes) -> Reply:
    """Set fields of a hash and their time to live, or keep it."""
    db = client.db
    options = SetOptions(words, db.keyspace.now())
    value = db.write_hash(key)
    if not options.permit(value):
        return 0
    if value is None:
        value = Hash()
        db.add(key, value)
    data, deadline = options.data, options.deadline
    if options.keep_ttl:
        for field, text in zip(data[::2], data[1::2], strict=True):
            value.replace(field, text)
    else:
        value.set_all(data)
    if deadline is None:
        db.changed(key, b"hset", HASH, len(data) // 2)
    else:
        db.changed(key, b"hset", HASH, 0)
        if DONE in expire(client, key, value, data[::2], deadline):
            numfields = b"%d" % (len(data) // 2)
            client.server.effects.rewrite(b"HSETEX", key, b"PXAT", b"%d" % deadline, b"FIELDS", numfields, *data)
    return 1
