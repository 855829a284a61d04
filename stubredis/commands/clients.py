"""CLIENT: looking at connections, naming, silencing, pausing and ending them.

CLIENT TRACKING and what belongs to it is in tracking.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from stubredis import errors
from stubredis.arguments import MAX_INTEGER, integer, plain_text
from stubredis.client import Client
from stubredis.command import ADMIN, ALLOW_BUSY, LOADING, NO_MULTI, NOSCRIPT, STALE, container, group
from stubredis.dispatch import release
from stubredis.errors import SYNTAX, CommandError, printed
from stubredis.protocol.replies import NO_REPLY, OK, Reply, Verbatim
from stubredis.versions import NewerFields

command = group("connection")
container("CLIENT", "connection", since="2.4.0", help_since="5.0.0", summary="Look at and change connections")

ANYTIME = NOSCRIPT | LOADING | STALE
SELF = ANYTIME | ALLOW_BUSY
OTHERS = ANYTIME | ADMIN


# What a client is called


@command("CLIENT ID", SELF, since="5.0.0")
def id_(client: Client) -> Reply:
    """Return the number of this connection."""
    return client.id


@command("CLIENT GETNAME", SELF, since="2.6.9")
def getname(client: Client) -> Reply:
    """Return the name of this connection."""
    return client.name or None


@command("CLIENT SETNAME connection-name", SELF, since="2.6.9")
def setname(client: Client, name: bytes) -> Reply:
    """Give this connection a name."""
    client.name = plain_text(name, errors.INVALID_CLIENT_NAME)
    return OK


@command("CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>", SELF, since="7.2.0")
def setinfo(client: Client, attribute: bytes, value: bytes) -> Reply:
    """Tell the server about the client library."""
    option = attribute.lower()
    if option not in (b"lib-name", b"lib-ver"):
        raise CommandError(b"ERR Unrecognized option '%b'" % printed(attribute))
    plain_text(value, b"ERR %b cannot contain spaces, newlines or special characters." % attribute)
    if option == b"lib-name":
        client.library_name = value
    else:
        client.library_version = value
    return OK


# What a client is

LETTERS = b"bcdeirtuxABEIMNOPRSTU"
"""All flags that Valkey knows: FLAGS refuses others."""


def flags(client: Client) -> bytes:
    """The state of a client in letters (catClientInfoString in Valkey's networking.c)."""
    mode = client.tracking
    letters = (
        (b"O", client.monitors),
        (b"P", client.kind == "pubsub"),
        (b"x", client.in_transaction),
        (b"b", client.waiting is not None or client.postponed is not None),
        (b"t", mode is not None),
        (b"R", mode is not None and mode.broken),
        (b"B", mode is not None and mode.broadcast),
        (b"d", client.watch_failed),
        (b"c", client.closing),
        (b"U", client.address.startswith(b"/")),
        (b"e", client.no_evict),
        (b"T", client.no_touch),
    )
    return b"".join(letter for letter, shown in letters if shown) or b"N"


NEWER = NewerFields(
    {
        "7.0.0": "ssub multi-mem rbs rbp resp",
        "7.2.0": "lib-name lib-ver",
        "7.4.0 valkey-8.0.0": "watch",
        "8.0.0": "io-thread",
        "8.2.0 valkey-8.1.0": "tot-net-in tot-net-out tot-cmds",
        "valkey-8.1.0": "capa",
    }
)
"""What newer servers say of a client."""


def line(client: Client) -> bytes:
    """Describe a client with the fields of Redis 8.2, or of the server to stand for: some clients refuse others.

    Buffers of a fixed size do not exist here: what `rbs` and `rbp` say of them is 0. Replies that the socket does not
    take are in one piece.
    """
    now = client.server.clock.now()
    held = client.postponed or (client.waiting.argv if client.waiting is not None else [])
    fields: dict[str, bytes | int | str] = {
        "id": client.id,
        "addr": client.address,
        "laddr": client.local_address,
        "fd": client.file_number,
        "name": client.name,
        "age": (now - client.connected_at) // 1000,
        "idle": (now - client.last_seen) // 1000,
        "flags": flags(client),
        "capa": client.capabilities,
        "db": client.db.index,
        "sub": len(client.channels),
        "psub": len(client.patterns),
        "ssub": len(client.shard_channels),
        "multi": len(client.queue) if client.in_transaction else -1,
        "watch": len(client.watched),
        "qbuf": client.buffered,
        "qbuf-free": 0,
        "argv-mem": sum(map(len, held)),
        "multi-mem": client.queued_bytes,
        "rbs": 0,
        "rbp": 0,
        "obl": sum(map(len, client.output)),
        "oll": 1 if client.unsent else 0,
        "omem": client.unsent,
        "tot-mem": client.memory,
        "events": "rw" if client.unsent else "r",
        "cmd": client.command.name if client.command else "NULL",
        "user": client.user.name,
        "redir": -1 if client.tracking is None else client.tracking.redirect,
        "resp": client.resp,
        "lib-name": client.library_name,
        "lib-ver": client.library_version,
        "io-thread": 0,
        "tot-net-in": client.input_bytes,
        "tot-net-out": client.output_bytes,
        "tot-cmds": client.requests,
    }
    fields = NEWER.known(client.server.emulated, fields)
    shown = (value if isinstance(value, bytes) else str(value).encode() for value in fields.values())
    return b" ".join(b"%b=%b" % (name.encode(), value) for name, value in zip(fields, shown, strict=True)) + b"\n"


@command("CLIENT INFO", ANYTIME, since="6.2.0")
def info(client: Client) -> Reply:
    """Describe this connection."""
    return Verbatim(line(client))


# Filters of CLIENT LIST and CLIENT KILL: each reads its value at once and returns the test of a client

Test = Callable[[Client], bool]
Filter = Callable[[Client, bytes, bytes], Test]
"""Called with the client that asks, the value, and the name of the filter for its errors."""


def by_type(client: Client, word: bytes, name: bytes) -> Test:
    kinds = {b"normal": "normal", b"pubsub": "pubsub", b"master": "", b"primary": "", b"slave": "", b"replica": ""}
    kind = kinds.get(word.lower())
    if kind is None:
        raise CommandError(b"ERR Unknown client type '%b'" % printed(word))
    return lambda other: other.kind == kind


def by_user(client: Client, word: bytes, name: bytes) -> Test:
    user = client.server.acl.users.get(word)
    if user is None:
        raise CommandError(b"ERR No such user '%b'" % printed(word))
    return lambda other: other.user is user


def by_flags(client: Client, word: bytes, name: bytes) -> Test:
    check_letters(word, LETTERS, b"flags", name)
    return lambda other: set(word) <= set(flags(other))


def by_capabilities(client: Client, word: bytes, name: bytes) -> Test:
    check_letters(word, b"r", b"capa", name)
    return lambda other: set(word) <= set(other.capabilities)


def check_letters(word: bytes, known: bytes, what: bytes, name: bytes) -> None:
    """Refuse a value with other letters than the known ones."""
    if not set(word) <= set(known):
        where = name if name.startswith(b"NOT-") else b"provided"
        raise CommandError(b"ERR Unknown %b found in the %b filter: %b" % (what, where, printed(word)))


def by_database(client: Client, word: bytes, name: bytes) -> Test:
    last = len(client.server.keyspace.databases) - 1
    number = integer(word, b"ERR %b is not an integer or out of range" % name)
    if not 0 <= number <= last:
        raise CommandError(b"ERR %b number should be between 0 and %d" % (name, last))
    return lambda other: other.db.index == number


def seconds(word: bytes, name: bytes) -> int:
    """Read a number of seconds above 0."""
    value = integer(word, b"ERR %b is not an integer or out of range" % name.lower())
    if value <= 0:
        raise CommandError(b"ERR %b should be greater than 0" % name.lower())
    return value


def by_age(client: Client, word: bytes, name: bytes) -> Test:
    since = client.server.clock.now() - seconds(word, name) * 1000
    return lambda other: other.connected_at <= since


def by_idle_time(client: Client, word: bytes, name: bytes) -> Test:
    since = client.server.clock.now() - seconds(word, name) * 1000
    return lambda other: other.last_seen <= since


def by_text(text: Callable[[Client], bytes]) -> Filter:
    # An empty value is no name: nobody has it, not even those without a name.
    return lambda client, word, name: lambda other: text(other) == word != b""


def ip(client: Client) -> bytes:
    return client.address.rpartition(b":")[0].strip(b"[]")


FILTERS: dict[bytes, Filter] = {
    b"TYPE": by_type,
    b"USER": by_user,
    b"ADDR": by_text(lambda client: client.address),
    b"LADDR": by_text(lambda client: client.local_address),
    b"NAME": by_text(lambda client: client.name),
    b"FLAGS": by_flags,
    b"LIB-NAME": by_text(lambda client: client.library_name),
    b"LIB-VER": by_text(lambda client: client.library_version),
    b"DB": by_database,
    b"CAPA": by_capabilities,
    b"IP": by_text(ip),
}
"""Those that can be negated with NOT-, beside ID."""

ONLY_POSITIVE: dict[bytes, Filter] = {b"MAXAGE": by_age, b"IDLE": by_idle_time}


class Filters(NamedTuple):
    """The filters of a request: the last one of each name, and what SKIPME says."""

    tests: dict[bytes, Test]
    skip_me: bool | None

    def matching(self, client: Client, skip_me: bool) -> list[Client]:
        """The clients that pass all tests; `skip_me` is the default of SKIPME."""
        skipped = client if (skip_me if self.skip_me is None else self.skip_me) else None
        return [
            other
            for other in client.server.clients.values()
            if other is not skipped and all(test(other) for test in self.tests.values())
        ]


def filters(client: Client, words: Sequence[bytes], client_ids: Callable[[Sequence[bytes]], list[int]]) -> Filters:
    """Read filters; the numbers behind ID have different errors in LIST and KILL."""
    tests: dict[bytes, Test] = {}
    ids: dict[bytes, set[int]] = {b"ID": set(), b"NOT-ID": set()}
    skip_me = None
    at = 0
    while at < len(words):
        name = words[at].upper()
        values = words[at + 1 :]
        plain = name.removeprefix(b"NOT-")
        if not values:
            raise CommandError(SYNTAX)
        at += 2
        if plain == b"ID":
            found = client_ids(values)
            ids[name].update(found)
            at += len(found) - 1
        elif name == b"SKIPME":
            skip_me = {b"YES": True, b"NO": False}.get(values[0].upper())
            if skip_me is None:
                raise CommandError(SYNTAX)
        elif plain in FILTERS:
            test = FILTERS[plain](client, values[0], name)
            tests[name] = test if name == plain else negation(test)
        elif name in ONLY_POSITIVE:
            tests[name] = ONLY_POSITIVE[name](client, values[0], name)
        else:
            raise CommandError(SYNTAX)
    if ids[b"ID"]:
        tests[b"ID"] = lambda other: other.id in ids[b"ID"]
    if ids[b"NOT-ID"]:
        tests[b"NOT-ID"] = lambda other: other.id not in ids[b"NOT-ID"]
    return Filters(tests, skip_me)


def negation(test: Test) -> Test:
    return lambda other: not test(other)


def leading_integers(words: Sequence[bytes]) -> list[int]:
    """Read integers as far as they go."""
    found: list[int] = []
    for word in words:
        try:
            found.append(integer(word))
        except CommandError:
            break
    return found


def ids_to_list(words: Sequence[bytes]) -> list[int]:
    found = leading_integers(words)
    if not found:
        raise CommandError(b"ERR Invalid client ID")
    return found


def ids_to_kill(words: Sequence[bytes]) -> list[int]:
    found = leading_integers(words)
    if not found or min(found) < 1:
        raise CommandError(b"ERR client-id should be greater than 0")
    return found


def filter_usages(*first: str, types: str) -> list[str]:
    """The filters as a usage line names them, after those that come first."""
    options = "USER username/ADDR ip:port/LADDR ip:port/SKIPME YES | NO/MAXAGE maxage/NAME name/IDLE idle/FLAGS flags"
    options += "/LIB-NAME lib-name/LIB-VER lib-ver/DB db/CAPA capa/IP ip"
    options += f"/NOT-TYPE {types}/NOT-ID not-client-id [not-client-id ...]/NOT-USER not-username/NOT-ADDR ip:port"
    options += "/NOT-LADDR ip:port/NOT-NAME not-name/NOT-FLAGS not-flags/NOT-LIB-NAME not-lib-name"
    options += "/NOT-LIB-VER not-lib-ver/NOT-DB not-db/NOT-CAPA not-capa/NOT-IP not-ip"
    return [f"[{option}]" for option in (*first, *options.split("/"))]


ID = "ID client-id [client-id ...]"
LISTED_TYPES = "NORMAL | MASTER | REPLICA | PUBSUB"
KILLED_TYPES = "NORMAL | MASTER | PRIMARY | SLAVE | REPLICA | PUBSUB"
LIST_FILTERS = " ".join(filter_usages(f"TYPE {LISTED_TYPES}", ID, types=LISTED_TYPES))
KILL_FILTERS = " | ".join(filter_usages(ID, f"TYPE {KILLED_TYPES}", types=KILLED_TYPES))


FILTERS_OF_VALKEY = (
    "NAME IDLE FLAGS LIB-NAME LIB-VER DB CAPA IP NOT-TYPE NOT-ID NOT-USER NOT-ADDR NOT-LADDR NOT-NAME NOT-FLAGS "
    "NOT-LIB-NAME NOT-LIB-VER NOT-DB NOT-CAPA NOT-IP"
)
NEWER_LIST_FILTERS = {"valkey-8.1.0": "USER ADDR LADDR SKIPME MAXAGE", "valkey-9.0.0": FILTERS_OF_VALKEY}
NEWER_KILL_FILTERS = {
    "valkey-8.0.0": "PRIMARY",
    "7.4.0 valkey-8.0.0": "MAXAGE",
    "valkey-9.0.0": FILTERS_OF_VALKEY,
}


@command(
    f"CLIENT LIST {LIST_FILTERS}", OTHERS, since="2.4.0", newer=NEWER_LIST_FILTERS, complexity="O(N) for N clients."
)
def list_(client: Client, *words: bytes) -> Reply:
    """Describe all connections, or those that pass filters."""
    return Verbatim(b"".join(map(line, filters(client, words, ids_to_list).matching(client, skip_me=False))))


@command(
    f"CLIENT KILL <ip:port | <{KILL_FILTERS}> [<{KILL_FILTERS}> ...]>",
    OTHERS,
    since="2.4.0",
    newer=NEWER_KILL_FILTERS,
    complexity="O(N) for N clients.",
)
def kill(client: Client, *words: bytes) -> Reply:
    """End connections: the one of an address, or those that pass filters."""
    server = client.server
    if len(words) == 1:
        for other in server.clients.values():
            if other.address == words[0] != b"":
                server.kill(other)
                return OK
        raise CommandError(b"ERR No such client")
    victims = filters(client, words, ids_to_kill).matching(client, skip_me=True)
    for victim in victims:
        server.kill(victim)
    return len(victims)


# How a client is treated


def switch(word: bytes) -> bool:
    """Read ON or OFF."""
    if word.upper() not in (b"ON", b"OFF"):
        raise CommandError(SYNTAX)
    return word.upper() == b"ON"


@command("CLIENT NO-EVICT <ON | OFF>", OTHERS | ALLOW_BUSY, since="7.0.0")
def no_evict(client: Client, on: bytes) -> Reply:
    """Spare this connection when memory for clients runs short."""
    client.no_evict = switch(on)
    return OK


@command("CLIENT NO-TOUCH <ON | OFF>", SELF, since="7.2.0")
def no_touch(client: Client, on: bytes) -> Reply:
    """Let the commands of this connection not count as use of a key."""
    client.no_touch = switch(on)
    return OK


@command("CLIENT CAPA capability [capability ...]", SELF, since="valkey-8.0.0")
def capa(client: Client, *capabilities: bytes) -> Reply:
    """Tell the server what the client is able to do; what it does not know it ignores."""
    if b"REDIRECT" in {capability.upper() for capability in capabilities}:
        client.capabilities = b"r"
    return OK


@command("CLIENT IMPORT-SOURCE <ON | OFF>", ANYTIME, since="valkey-8.1.0")
def import_source(client: Client, on: bytes) -> Reply:
    """Mark this connection as the source of an import, while the server is in import mode."""
    if on.upper() != b"OFF":
        raise CommandError(b"ERR Server is not in import mode")
    return OK


@command("CLIENT REPLY <ON | OFF | SKIP>", SELF | NO_MULTI, since="3.2.0")
def reply(client: Client, mode: bytes) -> Reply:
    """Send replies, send none, or leave out the next one."""
    match mode.upper():
        case b"ON":
            client.reply_off = False
            client.choose_encoder()
            return OK
        case b"OFF":
            client.reply_off = True
            client.choose_encoder()
            return NO_REPLY
        case b"SKIP":
            client.skip_reply()
            return NO_REPLY
    raise CommandError(SYNTAX)


WRONG_NUMBER = b"ERR unknown subcommand or wrong number of arguments for '%b'. Try CLIENT HELP."


@command("CLIENT UNBLOCK client-id [TIMEOUT | ERROR]", OTHERS, since="5.0.0", complexity="O(log N) for N clients.")
def unblock(client: Client, *words: bytes) -> Reply:
    """End the waiting of a blocked client, as if its timeout had passed or with an error."""
    if len(words) > 2:
        raise CommandError(WRONG_NUMBER % b"unblock")
    reason = words[1].upper() if len(words) == 2 else b"TIMEOUT"
    if reason not in (b"TIMEOUT", b"ERROR"):
        raise CommandError(b"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    other = client.server.clients.get(integer(words[0]))
    if other is None or other.waiting is None:
        return 0
    release(other, CommandError(errors.UNBLOCKED) if reason == b"ERROR" else other.waiting.block.otherwise)
    return 1


@command("CLIENT PAUSE timeout [WRITE | ALL]", OTHERS, since="3.0.0")
def pause(client: Client, *words: bytes) -> Reply:
    """Hold back the requests of all clients for a time, or only those that write."""
    if len(words) > 2:
        raise CommandError(WRONG_NUMBER % b"pause")
    mode = words[1].upper() if len(words) == 2 else b"ALL"
    if mode not in (b"WRITE", b"ALL"):
        raise CommandError(b"ERR CLIENT PAUSE mode must be WRITE or ALL")
    duration = integer(words[0], errors.TIMEOUT_NOT_AN_INTEGER)
    if duration < 0:
        raise CommandError(errors.TIMEOUT_NEGATIVE)
    now = client.server.clock.now()
    if duration > MAX_INTEGER - now:
        raise CommandError(errors.TIMEOUT_OUT_OF_RANGE)
    client.server.pause(now + duration, writes_only=mode == b"WRITE")
    return OK


@command("CLIENT UNPAUSE", OTHERS, since="6.2.0", complexity="O(N) for N clients that wait.")
def unpause(client: Client) -> Reply:
    """End a pause before its time."""
    client.server.unpause()
    return OK
