"""Strings: values that are bytes. A string that was changed in place is a bytearray."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from stubredis import arguments, errors
from stubredis.arguments import MAX_INTEGER, MIN_INTEGER, integer
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes.floats import LARGEST, long_double
from stubredis.datatypes.lcs import Table
from stubredis.datatypes.xxh3 import xxh3
from stubredis.errors import SYNTAX, WRONG_TYPE, CommandError
from stubredis.keyspace import GENERIC, STRING, Database
from stubredis.protocol.replies import OK, Reply
from stubredis.strings import STRINGS, String, check_length, checked, in_place, read, to_change, with_room

command = group("string")

EXPIRY = "[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"
CONDITION = "IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest"
COMPARISONS = (b"IFEQ", b"IFNE", b"IFDEQ", b"IFDNE")
RELATIVE_UNITS = (b"EX", b"PX")
UNITS = (*RELATIVE_UNITS, b"EXAT", b"PXAT")


# Getting


@command("GET key", READONLY | FAST, since="1.0.0")
def get(client: Client, key: bytes) -> Reply:
    """Return the string value of a key."""
    db = client.db
    value = db.values.get(key)
    if type(value) is bytes and not db.observed and key not in db.deadlines:  # most often: what `lookup_read` does then
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


def hexadecimal_digest(value: String) -> bytes:
    return b"%016x" % xxh3(value)


@command("DIGEST key", READONLY | FAST, since="8.4.0", complexity="O(N) for N bytes.")
def digest(client: Client, key: bytes) -> Reply:
    """Return the hash of a string, which the conditions of SET and DELEX take."""
    value = read(client.db, key)
    return None if value is None else hexadecimal_digest(value)


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
            elif option in COMPARISONS and not self.condition:
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


SET_OPTIONS = frozenset((b"NX", b"XX", *COMPARISONS, b"GET", b"KEEPTTL", *UNITS))
GETEX_OPTIONS = frozenset((b"PERSIST", *UNITS))
MSETEX_OPTIONS = frozenset((b"NX", b"XX", b"KEEPTTL", *UNITS))


def value_of(rest: Iterator[bytes]) -> bytes:
    """Return the word behind an option."""
    for word in rest:
        return word
    raise CommandError(SYNTAX)


def meets(value: String | None, condition: bytes, comparison: bytes) -> bool:
    """Tell whether a string, or that there is none, meets one of the conditions that compare it."""
    if condition in (b"IFEQ", b"IFNE"):
        equal = value == comparison
    elif value is None:
        equal = False
    elif len(comparison) != 16:
        raise CommandError(b"ERR must be exactly 16 hexadecimal characters")
    else:
        equal = hexadecimal_digest(value) == comparison.lower()
    return equal is (condition in (b"IFEQ", b"IFDEQ"))


@command(
    f"SET key value [NX | XX | {CONDITION}] [GET] {EXPIRY}",
    WRITE | DENYOOM,
    since="1.0.0",
    newer={"valkey-8.1.0": "IFEQ", "8.4.0": "IFNE IFDEQ IFDNE"},
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
    found = Options(options, allowed=SET_OPTIONS)
    if found.get and found.condition == b"NX" and client.server.emulated.before_7:
        raise CommandError(SYNTAX)
    return set_with(client, key, value, found, "set", done=OK, refused=None)


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
    if options.condition in COMPARISONS and not meets(checked(present), options.condition, options.compare):
        return refused
    store(db, key, value, deadline, now, keep_ttl=options.keep_ttl)
    if deadline is not None:
        client.server.effects.rewrite(b"SET", key, value, b"PXAT", b"%d" % deadline)
    elif options.get:
        client.server.effects.rewrite(b"SET", key, value, *[b"KEEPTTL"] * options.keep_ttl)
    return done


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
        db.delete(key)
        db.changed(key, b"del", GENERIC)
        client.server.effects.rewrite(b"UNLINK", key)
    elif deadline is not None:
        db.deadlines.set(key, deadline, now)
        db.changed(key, b"expire", GENERIC)
        client.server.effects.rewrite(b"PEXPIREAT", key, b"%d" % deadline)
    elif options.persist and key in db.deadlines:
        db.deadlines.clear(key)
        db.changed(key, b"persist", GENERIC)
        client.server.effects.rewrite(b"PERSIST", key)
    return value


@command("DELIFEQ key value", WRITE | FAST, since="valkey-9.0.0", key_access="RM delete")
def delifeq(client: Client, key: bytes, value: bytes) -> Reply:
    """Delete a key that holds a certain string."""
    present = to_change(client.db, key)
    if present is None or present != value:
        return 0
    client.db.delete(key)
    client.db.changed(key, b"del", GENERIC)
    client.server.effects.rewrite(b"DEL", key)
    return 1


@command(
    f"DELEX key [{CONDITION}]",
    WRITE | FAST,
    since="8.4.0",
    key_access="RW delete variable_flags",
    complexity="O(1), with a digest O(N) for N bytes.",
)
def delex(client: Client, key: bytes, *words: bytes) -> Reply:
    """Delete a key whatever it holds, or only if it holds a string that meets a condition."""
    if len(words) not in (0, 2):
        raise errors.wrong_arity("delex")
    db = client.db
    present = db.lookup_write(key)
    if present is None:
        return 0
    if words:
        condition, comparison = words[0].upper(), words[1]
        if type(present) not in STRINGS:
            raise CommandError(b"ERR Key should be of string type if conditions are specified")
        if condition not in COMPARISONS:
            raise CommandError(b"ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE")
        if not meets(present, condition, comparison):
            return 0
    db.delete(key)
    db.changed(key, b"del", GENERIC)
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
    since="8.4.0 valkey-9.1.0",
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
    value = db.values.get(key)
    if type(value) is not int or db.observed or key in db.deadlines:  # otherwise it is a counter that nobody waits for
        value = db.lookup_write(key)
        if value is None:
            db.add(key, amount)
            db.changed(key, b"incrby", STRING)
            return amount
        value = integer(value if type(value) is bytes else bytes(checked(value) or b""))
    total = value + amount
    if not MIN_INTEGER <= total <= MAX_INTEGER:
        raise CommandError(errors.OVERFLOW)
    db.values[key] = total
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
    if value is None:
        db.add(key, text)
    else:
        db.values[key] = text
    db.changed(key, b"incrbyfloat", STRING)
    client.server.effects.rewrite(b"SET", key, text, b"KEEPTTL")
    return text


class NumberKind(NamedTuple):
    """What INCREX adds up: integers, or long doubles."""

    read: Callable[[bytes, bytes], Any]
    """Reads a word, or raises CommandError with a text."""
    lowest: Any
    highest: Any
    description: bytes
    """What a word is not that cannot be read."""
    excess: bytes
    """What a number would do that is beyond the lowest or the highest."""
    event: bytes

    def named(self, word: bytes, name: bytes) -> Any:
        """Read a word to which the error gives a name."""
        return self.read(word, b"ERR %b is not %b" % (name, self.description))

    def beyond(self, number: Any) -> bool:
        return bool(number < self.lowest or self.highest < number)


INTEGERS = NumberKind(integer, MIN_INTEGER, MAX_INTEGER, b"an integer or out of range", b"overflow", b"incrby")
FLOATS = NumberKind(long_double, -LARGEST, LARGEST, b"a valid float", b"be Infinity", b"incrbyfloat")


INCREX_PLACES = {
    **dict.fromkeys((b"BYINT", b"BYFLOAT"), b"increment"),
    **dict.fromkeys((*UNITS, b"PERSIST"), b"expiration"),
    **{option: option for option in (b"LBOUND", b"UBOUND", b"SATURATE", b"ENX")},
}
"""The options of INCREX, each with the place that it takes: those that exclude each other take the same."""


class BoundedIncrement:
    """What the options of INCREX ask for."""

    __slots__ = ("amount", "bounds", "deadline", "keep_deadline", "kind", "persist", "saturate")

    def __init__(self, words: Sequence[bytes], now: int) -> None:
        """Raises CommandError for what makes no sense; numbers are looked at last."""
        given: dict[bytes, tuple[bytes, bytes]] = {}
        rest = iter(words)
        for word in rest:
            option = word.upper()
            place = INCREX_PLACES.get(option)
            if place is None or place in given:
                raise CommandError(SYNTAX)
            given[place] = option, b"" if option in (b"SATURATE", b"PERSIST", b"ENX") else value_of(rest)
        unit, time = given.get(b"expiration", (b"", b""))
        self.saturate = b"SATURATE" in given
        self.persist = unit == b"PERSIST"
        self.keep_deadline = b"ENX" in given
        if self.keep_deadline and self.persist:
            raise CommandError(SYNTAX)
        if self.keep_deadline and not unit:
            raise CommandError(b"ERR ENX flag requires an expiration")

        by, amount = given.get(b"increment", (b"BYINT", b"1"))
        self.kind = kind = INTEGERS if by == b"BYINT" else FLOATS
        self.amount = kind.named(amount, b"Increment")
        if kind.beyond(self.amount):
            raise CommandError(b"ERR BYFLOAT increment cannot be Infinity")
        low = kind.named(given[b"LBOUND"][1], b"LBOUND") if b"LBOUND" in given else kind.lowest
        high = kind.named(given[b"UBOUND"][1], b"UBOUND") if b"UBOUND" in given else kind.highest
        if high < low:
            raise CommandError(b"ERR LBOUND can't be greater than UBOUND")
        self.bounds = low, high
        self.deadline = arguments.expire_at(time, unit, now, "increx") if unit in UNITS else None

    def add_to(self, value: String | None) -> tuple[Any, Any, Any]:
        """Return the number in a string, 0 without one, the sum, and what of the increment it contains.

        The sum is None if it is out of bounds and may not stop there.
        """
        kind = self.kind
        old = kind.named(b"0" if value is None else bytes(value), b"value")
        if kind.beyond(old):
            raise CommandError(b"ERR value cannot be Infinity")
        total = old + self.amount
        low, high = self.bounds
        if total < low or high < total:
            if not self.saturate:
                return old, None, old - old
            total = low if total < low else high
        added = total - old
        if kind.beyond(added):
            raise CommandError(b"ERR applied increment would %b" % kind.excess)
        return old, total, added


@command(
    "INCREX key [BYFLOAT float | BYINT integer] [SATURATE] [LBOUND lowerbound] [UBOUND upperbound] "
    "[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] [ENX]",
    WRITE | DENYOOM | FAST,
    since="8.8.0",
    key_access="RW access update",
)
def increx(client: Client, key: bytes, *words: bytes) -> Reply:
    """Add to the number that a key holds, within bounds, and change its time to live.

    Returns the new number and what was added. If the sum is out of bounds, nothing changes, or with SATURATE the bound
    takes its place.
    """
    db, effects = client.db, client.server.effects
    now = db.keyspace.now()
    increment = BoundedIncrement(words, now)
    value = to_change(db, key)
    old, total, added = increment.add_to(value)
    if total is None:
        return [old, added]
    deadline = increment.deadline
    if increment.keep_deadline and key in db.deadlines:
        deadline = None
    if deadline is not None and deadline <= now:
        if value is not None:
            db.delete(key)
            db.changed(key, b"del", GENERIC)
            effects.rewrite(b"UNLINK", key)
        return [total, added]
    text = bytes(total) if increment.kind is FLOATS else b"%d" % total
    if value is None:
        db.add(key, text)
    else:
        db.values[key] = text
    db.changed(key, increment.kind.event, STRING)
    if deadline is not None:
        db.deadlines.set(key, deadline, now)
        db.changed(key, b"expire", GENERIC, 0)
        effects.rewrite(b"SET", key, text, b"PXAT", b"%d" % deadline)
    elif increment.persist and key in db.deadlines:
        db.deadlines.clear(key)
        db.changed(key, b"persist", GENERIC, 0)
        effects.rewrite(b"SET", key, text)
    else:
        effects.rewrite(b"SET", key, text, b"KEEPTTL")
    return [total, added]


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
