"""Strings: values that are bytes. A string that was changed in place is a bytearray."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stubredis import arguments, errors
from stubredis.arguments import MAX_INTEGER, MIN_INTEGER, integer
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.floats import long_double
from stubredis.datatypes.lcs import Table
from stubredis.errors import SYNTAX, WRONG_TYPE, CommandError
from stubredis.keyspace import EXPIRED, GENERIC, STRING, Database
from stubredis.protocol.replies import OK, Reply
from stubredis.strings import STRINGS, String, check_length, checked, in_place, read, to_change, with_room

command = group("string")

EXPIRY = "[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"
RELATIVE_UNITS = (b"EX", b"PX")
UNITS = (*RELATIVE_UNITS, b"EXAT", b"PXAT")


# Getting


@command("GET key", READONLY | FAST, since="1.0.0")
def get(client: Client, key: bytes) -> Reply:
    """Return the string value of a key."""
    db = client.db
    value = db.values.get(key)
    if type(value) is bytes and key not in db.deadlines:  # most often: what `lookup_read` does then
        db.hits += 1
        return value
    value = db.lookup_read(key)
    if value is None or type(value) is bytes or type(value) is bytearray:
        return value
    raise CommandError(WRONG_TYPE)


@command("MGET key [key ...]", READONLY | FAST, since="1.0.0", complexity="O(N) for N keys.")
def mget(client: Client, *keys: bytes) -> Reply:
    """Return the string values of several keys; other types count as missing."""
    lookup = client.db.lookup_read
    return [value if type(value := lookup(key)) in STRINGS else None for key in keys]


@command("STRLEN key", READONLY | FAST, since="2.2.0", key_access="RO")
def strlen(client: Client, key: bytes) -> Reply:
    """Return the length of a string in bytes."""
    return len(read(client.db, key) or b"")


@command("GETRANGE key start end", READONLY, since="2.4.0", complexity="O(N) for N returned bytes.")
def getrange(client: Client, key: bytes, start: bytes, end: bytes) -> Reply:
    """Return a part of a string, both ends included."""
    first, last = integer(start), integer(end)
    value = read(client.db, key) or b""
    if first < 0 and last < 0 and first > last:
        return b""
    length = len(value)
    first = max(first + length, 0) if first < 0 else first
    last = max(last + length, 0) if last < 0 else last
    if type(value) is bytearray:
        return bytes(memoryview(value)[first : last + 1])  # a slice of a view is not a copy yet
    return value[first : last + 1]


@command(
    "SUBSTR key start end", READONLY, since="1.0.0", complexity="O(N) for N returned bytes.", replaced_by="GETRANGE"
)
def substr(client: Client, key: bytes, start: bytes, end: bytes) -> Reply:
    """Return a part of a string, both ends included."""
    return getrange(client, key, start, end)


# Setting


class Options:
    """The options of SET, GETEX and MSETEX, as the request gives them."""

    __slots__ = ("compare", "condition", "get", "keep_ttl", "persist", "time", "unit")

    def __init__(self, words: Sequence[bytes], *, allowed: frozenset[bytes]) -> None:
        """Read the options among the allowed ones. Raises CommandError for a combination that makes no sense."""
        self.condition = b""
        self.compare = b""
        self.get = self.keep_ttl = self.persist = False
        self.unit = b""
        self.time = b""
        rest = iter(words)
        for word in rest:
            option = word.upper()
            timed = self.unit or self.keep_ttl or self.persist
            if option not in allowed:
                raise CommandError(SYNTAX)
            if option in (b"NX", b"XX") and self.condition in (b"", option):
                self.condition = option
            elif option == b"IFEQ" and not self.condition:
                self.condition, self.compare = option, value_of(rest)
            elif option == b"GET":
                self.get = True
            elif option == b"KEEPTTL" and not self.unit and not self.persist:
                self.keep_ttl = True
            elif option == b"PERSIST" and not self.unit and not self.keep_ttl:
                self.persist = True
            elif option in UNITS and (not timed or self.unit == option):
                self.unit, self.time = option, value_of(rest)
            else:
                raise CommandError(SYNTAX)

    def deadline(self, now: int, name: str) -> int | None:
        """The deadline in ms, None if none is given. Raises CommandError for one that is out of the range."""
        return arguments.expire_at(self.time, self.unit, now, name) if self.unit else None


SET_OPTIONS = frozenset((b"NX", b"XX", b"IFEQ", b"GET", b"KEEPTTL", *UNITS))
GETEX_OPTIONS = frozenset((b"PERSIST", *UNITS))
MSETEX_OPTIONS = frozenset((b"NX", b"XX", b"KEEPTTL", *UNITS))


def value_of(rest: Iterator[bytes]) -> bytes:
    """Return the word behind an option."""
    for word in rest:
        return word
    raise CommandError(SYNTAX)


@command(
    f"SET key value [NX | XX | IFEQ comparison-value] [GET] {EXPIRY}",
    WRITE | DENYOOM,
    since="1.0.0",
    key_access="RW access update variable_flags",
)
def set_(client: Client, key: bytes, value: bytes, *options: bytes) -> Reply:
    """Set the string value of a key, whatever it held before."""
    db = client.db
    if not options:
        if db.observed or key in db.deadlines:
            db.store(key, value)
            db.changed(key, b"set", STRING)
        else:  # most often: what the two do then
            db.values[key] = value
            db.dirty += 1
        return OK
    if len(options) == 2 and (unit := options[0].upper()) in RELATIVE_UNITS:  # by far the most frequent options
        now = db.keyspace.now()
        deadline = arguments.expire_at(options[1], unit, now, "set")
        if db.observed or db.deadlines.get(key, now) < now:
            store(db, key, value, deadline, now, keep_ttl=False)
            client.server.effects.rewrite(b"SET", key, value, b"PXAT", b"%d" % deadline)
        else:  # most often: what `store` does then
            db.values[key] = value
            db.deadlines.set(key, deadline, now)
            db.dirty += 1
        return OK
    return set_with(client, key, value, Options(options, allowed=SET_OPTIONS), "set", done=OK, refused=None)


def set_with(
    client: Client, key: bytes, value: bytes, options: Options, name: str, *, done: Reply, refused: Reply
) -> Reply:
    """Set a key under conditions. With GET the old value is the reply, whether the key is set or not."""
    db = client.db
    now = db.keyspace.now()
    deadline = options.deadline(now, name)
    if options.get:
        # The reply may be the very value that is replaced now; it stays as it is, since it leaves the keyspace.
        done = refused = read(db, key)
    present = db.lookup_write(key)
    if (options.condition == b"NX" and present is not None) or (options.condition == b"XX" and present is None):
        return refused
    if options.condition == b"IFEQ" and checked(present) != options.compare:
        return refused
    if deadline is not None and deadline <= now:
        if present is not None:
            expire_now(client, key)
        return done
    store(db, key, value, deadline, now, keep_ttl=options.keep_ttl)
    if deadline is not None:
        client.server.effects.rewrite(b"SET", key, value, b"PXAT", b"%d" % deadline)
    elif options.get:
        client.server.effects.rewrite(b"SET", key, value, *[b"KEEPTTL"] * options.keep_ttl)
    return done


def expire_now(client: Client, key: bytes) -> None:
    """Remove a key because a request gave it a deadline in the past: Valkey takes this for an expiry."""
    db = client.db
    db.delete(key)
    db.keyspace.expired += 1
    db.changed(key, b"expired", EXPIRED)
    client.server.effects.rewrite(b"UNLINK", key)


def store(db: Database, key: bytes, value: bytes, deadline: int | None, now: int, *, keep_ttl: bool) -> None:
    """Set a key and its deadline."""
    db.store(key, value, keep_ttl=keep_ttl or deadline is not None)
    db.changed(key, b"set", STRING)
    if deadline is not None:
        db.deadlines.set(key, deadline, now)
        db.changed(key, b"expire", GENERIC, 0)


@command("SETNX key value", WRITE | DENYOOM | FAST, since="1.0.0", key_access="OW insert", replaced_by="SET with NX")
def setnx(client: Client, key: bytes, value: bytes) -> Reply:
    """Set the string value of a key that does not exist."""
    if client.db.lookup_write(key) is not None:
        return 0
    client.db.add(key, value)
    client.db.changed(key, b"set", STRING)
    return 1


@command("SETEX key seconds value", WRITE | DENYOOM, since="2.0.0", key_access="OW update", replaced_by="SET with EX")
def setex(client: Client, key: bytes, seconds: bytes, value: bytes) -> Reply:
    """Set the string value of a key and its time to live in seconds."""
    options = Options((b"EX", seconds), allowed=SET_OPTIONS)
    return set_with(client, key, value, options, "setex", done=OK, refused=None)


@command(
    "PSETEX key milliseconds value", WRITE | DENYOOM, since="2.6.0", key_access="OW update", replaced_by="SET with PX"
)
def psetex(client: Client, key: bytes, milliseconds: bytes, value: bytes) -> Reply:
    """Set the string value of a key and its time to live in milliseconds."""
    options = Options((b"PX", milliseconds), allowed=SET_OPTIONS)
    return set_with(client, key, value, options, "psetex", done=OK, refused=None)


@command(
    "GETSET key value", WRITE | DENYOOM | FAST, since="1.0.0", key_access="RW access update", replaced_by="SET with GET"
)
def getset(client: Client, key: bytes, value: bytes) -> Reply:
    """Set the string value of a key and return the old one."""
    old = read(client.db, key)
    client.db.store(key, value)
    client.db.changed(key, b"set", STRING)
    client.server.effects.rewrite(b"SET", key, value)
    return old


@command("GETDEL key", WRITE | FAST, since="6.2.0", key_access="RW access delete")
def getdel(client: Client, key: bytes) -> Reply:
    """Return the string value of a key and delete the key."""
    value = read(client.db, key)
    if value is not None:
        client.db.delete(key)
        client.db.changed(key, b"del", GENERIC)
        client.server.effects.rewrite(b"DEL", key)
    return value


@command(
    "GETEX key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
    WRITE | FAST,
    since="6.2.0",
    key_access="RW access update",
)
def getex(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the string value of a key and change its time to live."""
    db = client.db
    options = Options(words, allowed=GETEX_OPTIONS)
    value = read(db, key)
    if value is None:
        return None
    now = db.keyspace.now()
    deadline = options.deadline(now, "getex")
    if deadline is not None and deadline <= now:
        expire_now(client, key)
    elif deadline is not None:
        db.deadlines.set(key, deadline, now)
        db.changed(key, b"expire", GENERIC)
        client.server.effects.rewrite(b"PEXPIREAT", key, b"%d" % deadline)
    elif options.persist and key in db.deadlines:
        db.deadlines.clear(key)
        db.changed(key, b"persist", GENERIC)
        client.server.effects.rewrite(b"PERSIST", key)
    return value


@command("DELIFEQ key value", WRITE | FAST, since="9.0.0", key_access="RM delete")
def delifeq(client: Client, key: bytes, value: bytes) -> Reply:
    """Delete a key that holds a certain string."""
    present = to_change(client.db, key)
    if present is None or present != value:
        return 0
    client.db.delete(key)
    client.db.changed(key, b"del", GENERIC)
    client.server.effects.rewrite(b"DEL", key)
    return 1


# Several keys at once


def store_all(db: Database, words: Sequence[bytes], name: str) -> None:
    """Set keys, which `words` gives in turns with their values; they lose their deadlines."""
    if db.observed or db.deadlines or len(words) % 2:
        for key, value in pairs(words, name):
            db.store(key, value)
            db.changed(key, b"set", STRING)
    else:
        db.values.update(zip(words[::2], words[1::2], strict=True))
        db.dirty += len(words) // 2


def pairs(words: Sequence[bytes], name: str) -> list[tuple[bytes, bytes]]:
    """Read key and value in turns."""
    if len(words) % 2:
        raise errors.wrong_arity(name)
    return list(zip(words[::2], words[1::2], strict=True))


@command(
    "MSET key value [key value ...]",
    WRITE | DENYOOM,
    since="1.0.1",
    key_access="OW update",
    complexity="O(N) for N keys.",
)
def mset(client: Client, *words: bytes) -> Reply:
    """Set the string values of several keys."""
    store_all(client.db, words, "mset")
    return OK


@command(
    "MSETNX key value [key value ...]",
    WRITE | DENYOOM,
    since="1.0.1",
    key_access="OW insert",
    complexity="O(N) for N keys.",
)
def msetnx(client: Client, *words: bytes) -> Reply:
    """Set the string values of several keys if none of them exists."""
    db = client.db
    values = pairs(words, "msetnx")
    if any(db.lookup_write(key) is not None for key, _ in values):
        return 0
    store_all(db, words, "msetnx")
    return 1


@command(
    "MSETEX numkeys key value [key value ...] [NX | XX] "
    "[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    WRITE | DENYOOM,
    since="9.1.0",
    key_access="OW update",
    complexity="O(N) for N keys.",
)
def msetex(client: Client, numkeys: bytes, *words: bytes) -> Reply:
    """Set the string values of several keys, with one time to live and one condition for all."""
    db = client.db
    bad_number = b"ERR invalid numkeys value or out of range"
    number = arguments.integer_between(numkeys, 1, 2**31 - 1, bad_number)
    if 2 * number > len(words):
        raise CommandError(SYNTAX)
    values = pairs(words[: 2 * number], "msetex")
    options = Options(words[2 * number :], allowed=MSETEX_OPTIONS)
    now = db.keyspace.now()
    deadline = options.deadline(now, "msetex")
    if options.condition:
        wanted = options.condition == b"XX"
        if any((db.lookup_write(key) is not None) is not wanted for key, _ in values):
            return 0
    for key, value in values:
        store(db, key, value, deadline, now, keep_ttl=options.keep_ttl)
    if deadline is not None:
        condition = [options.condition] if options.condition else []
        rewritten = (numkeys, *words[: 2 * number], *condition, b"PXAT", b"%d" % deadline)
        client.server.effects.rewrite(b"MSETEX", *rewritten)
    return 1


# Counting


def add(client: Client, key: bytes, amount: int) -> int:
    """Add to the integer that a key holds, 0 if it does not exist."""
    db = client.db
    value = db.lookup_write(key)
    if value is None:
        total = amount
        db.add(key, b"%d" % total)
    else:
        total = integer(value if type(value) is bytes else bytes(checked(value) or b"")) + amount
        if not MIN_INTEGER <= total <= MAX_INTEGER:
            raise CommandError(errors.OVERFLOW)
        db.values[key] = b"%d" % total
    db.changed(key, b"incrby", STRING)
    return total


@command("INCR key", WRITE | DENYOOM | FAST, since="1.0.0", key_access="RW access update")
def incr(client: Client, key: bytes) -> Reply:
    """Add one to the integer that a key holds."""
    return add(client, key, 1)


@command("DECR key", WRITE | DENYOOM | FAST, since="1.0.0", key_access="RW access update")
def decr(client: Client, key: bytes) -> Reply:
    """Subtract one from the integer that a key holds."""
    return add(client, key, -1)


@command("INCRBY key increment", WRITE | DENYOOM | FAST, since="1.0.0", key_access="RW access update")
def incrby(client: Client, key: bytes, increment: bytes) -> Reply:
    """Add to the integer that a key holds."""
    return add(client, key, integer(increment))


@command("DECRBY key decrement", WRITE | DENYOOM | FAST, since="1.0.0", key_access="RW access update")
def decrby(client: Client, key: bytes, decrement: bytes) -> Reply:
    """Subtract from the integer that a key holds."""
    amount = integer(decrement)
    if amount == MIN_INTEGER:
        raise CommandError(b"ERR decrement would overflow")
    return add(client, key, -amount)


@command("INCRBYFLOAT key increment", WRITE | DENYOOM | FAST, since="2.6.0", key_access="RW access update")
def incrbyfloat(client: Client, key: bytes, increment: bytes) -> Reply:
    """Add to the floating point number that a key holds."""
    db = client.db
    value = to_change(db, key)
    old = long_double(b"0" if value is None else bytes(value), errors.NOT_A_FLOAT)
    total = old + long_double(increment, errors.NOT_A_FLOAT)
    if not total.finite:
        raise CommandError(errors.NAN_OR_INFINITY)
    text = bytes(total)
    db.store(key, text, keep_ttl=True)
    db.changed(key, b"incrbyfloat", STRING)
    client.server.effects.rewrite(b"SET", key, text, b"KEEPTTL")
    return text


# Changing in place


@command("APPEND key value", WRITE | DENYOOM | FAST, since="2.0.0", key_access="RW insert")
def append(client: Client, key: bytes, value: bytes) -> Reply:
    """Append to the string that a key holds."""
    db = client.db
    present = to_change(db, key)
    if present is None:
        db.add(key, value)
        length = len(value)
    else:
        length = len(present) + len(value)
        check_length(client, length)
        in_place(db, key, present).extend(value)
    db.changed(key, b"append", STRING)
    return length


@command("SETRANGE key offset value", WRITE | DENYOOM, since="2.2.0", complexity="O(N) for N bytes of the value.")
def setrange(client: Client, key: bytes, offset: bytes, value: bytes) -> Reply:
    """Overwrite a part of a string, which is filled up with zero bytes where it is too short."""
    db = client.db
    start = integer(offset)
    if start < 0:
        raise CommandError(errors.OFFSET_OUT_OF_RANGE)
    present = to_change(db, key)
    if not value:
        return len(present or b"")
    check_length(client, start + len(value))
    string = with_room(db, key, present, start + len(value))
    string[start : start + len(value)] = value
    db.changed(key, b"setrange", STRING)
    return len(string)


# Comparing


@command(
    "LCS key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]", READONLY,
    since="7.0.0", complexity="O(N*M) for strings of N and M bytes.",
)  # fmt: skip
def lcs(client: Client, key1: bytes, key2: bytes, *words: bytes) -> Reply:
    """Find the longest common subsequence of two strings."""
    values = [client.db.lookup_read(key) for key in (key1, key2)]
    if not all(value is None or isinstance(value, String) for value in values):
        raise CommandError(b"ERR The specified keys must contain string values")
    first, second = (bytes(value or b"") for value in values)
    length_only = indexes = with_length = False
    shortest = 0
    rest = iter(words)
    for word in rest:
        match word.upper():
            case b"LEN":
                length_only = True
            case b"IDX":
                indexes = True
            case b"WITHMATCHLEN":
                with_length = True
            case b"MINMATCHLEN":
                shortest = integer(value_of(rest))
            case _:
                raise CommandError(SYNTAX)
    if length_only and indexes:
        raise CommandError(b"ERR If you want both the length and indexes, please just use IDX.")
    if 4 * (len(first) + 1) * (len(second) + 1) > client.server.config.proto_max_bulk_len:
        raise CommandError(b"ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
    table = Table(first, second, lines=not length_only)
    if length_only:
        return table.length
    common, matches = table.walk()
    if not indexes:
        return common
    shown = []
    for (start, end), (other_start, other_end) in matches:
        if end - start + 1 >= shortest:
            shown.append([[start, end], [other_start, other_end], *[end - start + 1] * with_length])
    return {b"matches": shown, b"len": table.length}
