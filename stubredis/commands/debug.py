"""DEBUG: what tests and developers ask of a server and no application should. `enable-debug-command` allows it."""

from __future__ import annotations

import logging
import re
import secrets
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from stubredis import digest
from stubredis.arguments import integer, integer_between
from stubredis.client import Client
from stubredis.command import ADMIN, LOADING, NOSCRIPT, STALE, group
from stubredis.datatypes.encodings import encoding_of
from stubredis.datatypes.glob import matcher
from stubredis.datatypes.hashes import Hash
from stubredis.datatypes.sets import Set
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.datatypes.vector_sets import VectorSet
from stubredis.errors import NO_SUCH_KEY, NOT_POSITIVE, CommandError, printed
from stubredis.kinds import memory
from stubredis.protocol.replies import OK, BigNumber, Distinct, Push, Raw, Replies, Reply, Verbatim, status
from stubredis.rdb.payload import dump, restore
from stubredis.rdb.snapshot import SnapshotError
from stubredis.usage import parse

command = group("server")
logger = logging.getLogger("stubredis")

H = TypeVar("H", bound=Callable[..., Reply])


class Form(NamedTuple):
    """One subcommand: its handler, usage line and summary, and how many words a request has."""

    handler: Callable[..., Reply]
    line: str
    summary: str
    minimum: int
    maximum: int | None


FORMS: dict[bytes, Form] = {}


def debug(line: str) -> Callable[[H], H]:
    """Declare a subcommand by its usage line. COMMAND does not know them one by one, as in Redis."""

    def declare(handler: H) -> H:
        usage = parse(f"DEBUG {line}")
        name, _, _ = line.partition(" ")
        FORMS[name.encode()] = Form(handler, line, (handler.__doc__ or "").strip(), usage.minimum, usage.maximum)
        return handler

    return declare


NOT_ALLOWED = (
    b'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local'
    b" connection, otherwise you need to set this option in the configuration file, and then restart the server."
)


@command(
    "DEBUG subcommand [arg [arg ...]]", ADMIN | NOSCRIPT | LOADING | STALE,
    since="1.0.0", complexity="Depends on the subcommand.",
)  # fmt: skip
def debug_(client: Client, subcommand: bytes, *words: bytes) -> Reply:
    """Look behind the scenes, and bring about rare states."""
    allowed = client.server.config.enable_debug_command
    if allowed == "no" or (allowed == "local" and not client.is_local):
        raise CommandError(NOT_ALLOWED)
    form = FORMS.get(subcommand.upper())
    count = len(words) + 2
    if form is None or count < form.minimum or (form.maximum is not None and count > form.maximum):
        message = b"ERR unknown subcommand or wrong number of arguments for '%b'. Try DEBUG HELP."
        raise CommandError(message % printed(subcommand[:128]))
    return form.handler(client, *words)


@debug("HELP")
def help_(client: Client) -> Reply:
    """Show the subcommands."""
    lines = ["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for form in FORMS.values():
        lines += [form.line, f"    {form.summary}"]
    return [status(line.encode()) for line in lines]


# The process


@debug("SLEEP seconds")
def sleep(client: Client, seconds: bytes) -> Reply:
    """Let the whole server stand still."""
    number = re.match(rb"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", seconds)
    client.server.clock.sleep(max(float(number[0]), 0.0) if number else 0.0)
    return OK


@debug("SET-ACTIVE-EXPIRE <0 | 1>")
def set_active_expire(client: Client, flag: bytes) -> Reply:
    """Let keys expire without being touched, or not."""
    client.server.active_expiry = is_set(flag)
    return resumed(client)


@debug("PAUSE-CRON <0 | 1>")
def pause_cron(client: Client, flag: bytes) -> Reply:
    """Stop periodic work, which is active expiry and closing idle clients, or go on with it."""
    client.server.cron_paused = is_set(flag)
    return resumed(client)


def is_set(flag: bytes) -> bool:
    """Read a flag as atoi does: what is no number is 0."""
    number = re.match(rb"\s*[+-]?\d+", flag)
    return bool(number and int(number[0]))


def resumed(client: Client) -> Reply:
    """Look at once for periodic work that has had to wait."""
    alarm = client.server.keyspace.alarm
    alarm.request(client.server.clock.now())
    return OK


@debug("LOG message")
def log(client: Client, message: bytes) -> Reply:
    """Write a message to the server's log."""
    logger.warning("DEBUG LOG: %s", message.decode(errors="backslashreplace"))
    return OK


@debug("CHANGE-REPL-ID")
def change_repl_id(client: Client) -> Reply:
    """Take another replication id."""
    logger.warning("Changing replication IDs after receiving change-repl-id")
    client.server.replication_id = secrets.token_hex(20)
    return OK


@debug("REPLICATE word [word ...]")
def replicate(client: Client, *words: bytes) -> Reply:
    """Send a command to replicas and files that is not executed here."""
    effects = client.server.effects
    if effects.subscribers:
        effects.propagated.append((client.db.index, list(words)))
        effects.pending = True
    return OK


@debug("DICT-RESIZING <0 | 1>")
def dict_resizing(client: Client, flag: bytes) -> Reply:
    """Accepted for the sake of tests that were written for Redis: there is no such table here."""
    return OK


@debug("QUICKLIST-PACKED-THRESHOLD size")
def quicklist_packed_threshold(client: Client, size: bytes) -> Reply:
    """Accepted for the same reason: lists have no nodes."""
    try:
        limit = memory(size.decode("latin-1"))
    except ValueError:
        limit = -1
    if not 0 <= limit <= 1 << 32:
        raise CommandError(b"ERR argument must be a memory value bigger than 1 and smaller than 4gb")
    return OK


# Values


def value_of(client: Client, key: bytes) -> Any:
    """Return the value of a key as it is, without counting as use."""
    value = client.db.peek(key)
    if value is None:
        raise CommandError(NO_SUCH_KEY)
    return value


LRU_BITS = 24


@debug("OBJECT key [FAST]")
def object_(client: Client, key: bytes, *_fast: bytes) -> Reply:
    """Tell how the value of a key is kept and when it was used."""
    value = value_of(client, key)
    idle = client.server.accesses.idle_seconds(client.db, key) or 0
    second = client.server.keyspace.now() // 1000 - idle
    # A payload has the type, the version and the checksum beside what Redis would save of the value.
    size = 0 if type(value) is VectorSet else len(dump(value)) - 11
    text = b"Value at:%#x refcount:1 encoding:%b serializedlength:%d lru:%d lru_seconds_idle:%d"
    return status(text % (id(value), encoding_of(value), size, second & ((1 << LRU_BITS) - 1), idle))


@debug("SDSLEN key")
def sdslen(client: Client, key: bytes) -> Reply:
    """Tell the lengths of a key and its string, and the memory that both take."""
    value = value_of(client, key)
    if not isinstance(value, (bytes, bytearray)) or encoding_of(value) == b"int":
        raise CommandError(b"ERR Not an sds encoded string.")
    spare = value.__alloc__() - len(value) - 1 if isinstance(value, bytearray) and len(value) else 0
    text = b"key_sds_len:%d, key_sds_avail:0, key_zmalloc: %d, val_sds_len:%d, val_sds_avail:%d, val_zmalloc: %d"
    return status(text % (len(key), sys.getsizeof(key), len(value), max(spare, 0), sys.getsizeof(value)))


@debug("HTSTATS dbid [FULL]")
def htstats(client: Client, dbid: bytes, *_full: bytes) -> Reply:
    """Tell how many keys a database has, and how many of them expire."""
    number = integer(dbid)
    databases = client.server.keyspace.databases
    if not 0 <= number < len(databases):
        raise CommandError(b"ERR Out of range database")
    database = databases[number]
    text = table_stats("Dictionary HT", len(database.values)) + table_stats("Expires HT", len(database.deadlines))
    return Verbatim(text.encode())


@debug("HTSTATS-KEY key [FULL]")
def htstats_key(client: Client, key: bytes, *_full: bytes) -> Reply:
    """Tell how many elements a large set, hash or sorted set has."""
    value = value_of(client, key)
    if not isinstance(value, (Set, Hash, SortedSet)) or encoding_of(value) not in (b"hashtable", b"skiplist"):
        raise CommandError(b"ERR The value stored at the specified key is not represented using an hash table")
    return Verbatim(table_stats("", len(value)).encode())


def table_stats(title: str, count: int) -> str:
    """Describe a table of so many elements."""
    heading = f"[{title}]\n" if title else ""
    return heading + (f"Hash table 0 stats (main hash table):\n number of elements: {count}\n" if count else "")


@debug("DIGEST")
def digest_(client: Client) -> Reply:
    """Return a hash of all data, which is the same on every server with the same data."""
    return status(digest.of_all(client.server.keyspace).hex().encode())


@debug("DIGEST-VALUE key [key ...]")
def digest_value(client: Client, *keys: bytes) -> Reply:
    """Return a hash of the value of each key."""
    return [status(digest.of_key(digest.EMPTY, client.db, key).hex().encode()) for key in keys]


@debug("POPULATE count [prefix] [size]")
def populate(client: Client, count: bytes, prefix: bytes = b"key", size: bytes = b"0") -> Reply:
    """Create strings `key:0`, `key:1` and so on, as far as there are no such keys. They are not propagated."""
    number = integer_between(count, 0, 2**63 - 1, NOT_POSITIVE)
    length = integer_between(size, 0, 2**63 - 1, NOT_POSITIVE)
    db = client.db
    for index in range(number):
        key = b"%b:%d" % (prefix, index)
        if db.lookup_write(key) is not None:
            continue
        value = b"value:%d" % index
        db.add(key, value[:length].ljust(length, b"\0") if length else value)
        db.touch(key)
        if key in db.waiters:
            client.server.effects.key_ready(db, key)
    return OK


RELOAD_OPTIONS = {b"MERGE", b"NOFLUSH", b"NOSAVE"}


@debug("RELOAD [option [option ...]]")
def reload(client: Client, *words: bytes) -> Reply:
    """Write all values as a snapshot would have them, and read them again."""
    options = {word.upper() for word in words}
    if not options <= RELOAD_OPTIONS:
        raise CommandError(b"ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.")
    if b"NOSAVE" in options:
        load_snapshot(client, keep=bool(options & {b"MERGE", b"NOFLUSH"}))
        return OK
    for database in client.server.keyspace.databases:
        for key in list(database.values):
            value = database.peek(key)
            if value is not None and type(value) is not VectorSet:
                database.values[key] = restore(dump(value))
        for key in list(database.watchers):
            database.touch(key)
    return OK


def load_snapshot(client: Client, *, keep: bool) -> None:
    """Read the file of the last snapshot, in place of all keys or beside them."""
    saving = client.server.saving
    try:
        if not saving.path.exists():
            raise SnapshotError("there is no such file")
        if not keep:
            for database in client.server.keyspace.databases:
                database.clear()
        saving.load()
    except (SnapshotError, OSError) as error:
        logger.warning("Error trying to load the RDB dump: %s", error)
        raise CommandError(b"ERR Error trying to load the RDB dump, check server logs.") from None


@debug("STRINGMATCH-LEN pattern string")
def stringmatch_len(client: Client, pattern: bytes, string: bytes) -> Reply:
    """Tell whether a string matches a pattern of KEYS."""
    return int(bool(matcher(pattern)(string)))


# Replies


@debug("ERROR string")
def error(client: Client, string: bytes) -> Reply:
    """Return an error with this text."""
    return CommandError(string)


BIG_NUMBER = BigNumber(b"1234567999999999999999999999999999999")
BEHIND_ATTRIBUTE = b"Some real reply following the attribute"
BEHIND_PUSH = b"Some real reply following the push reply"
TYPES = "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"


@debug("PROTOCOL type")
def protocol(client: Client, kind: bytes) -> Reply:
    """Return a reply of a type."""
    is_resp3 = client.resp == 3
    match kind.lower():
        case b"string":
            return b"Hello World"
        case b"integer":
            return 12345
        case b"double":
            return 3.141
        case b"bignum":
            return BIG_NUMBER
        case b"null":
            return None
        case b"array":
            return [0, 1, 2]
        case b"set":
            return Distinct([0, 1, 2])
        case b"map":
            return {0: False, 1: True, 2: False}
        case b"attrib" if is_resp3:
            attribute = b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"
            return Raw([attribute, b"$%d\r\n%b\r\n" % (len(BEHIND_ATTRIBUTE), BEHIND_ATTRIBUTE)])
        case b"attrib":
            return BEHIND_ATTRIBUTE
        case b"push":
            if not is_resp3:
                raise CommandError(b"ERR RESP2 is not supported by this command")
            return Replies([BEHIND_PUSH, Push([b"server-cpu-usage", 42])])
        case b"verbatim":
            return Verbatim(b"This is a verbatim\nstring")
        case b"true":
            return True
        case b"false":
            return False
    raise CommandError(b"ERR Wrong protocol type name. Please use one of the following: " + TYPES.encode())
