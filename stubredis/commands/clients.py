"""CLIENT: looking at connections, naming, silencing, pausing and ending them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stubredis import errors
from stubredis.arguments import MAX_INTEGER, integer
from stubredis.client import Client
from stubredis.command import ADMIN, ALLOW_BUSY, LOADING, NO_MULTI, NOSCRIPT, STALE, container, group
from stubredis.dispatch import release
from stubredis.errors import SYNTAX, CommandError
from stubredis.protocol.replies import NO_REPLY, OK, Reply, Verbatim

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


def check_text(text: bytes, error: bytes) -> None:
    """Refuse what would break the lines of CLIENT LIST."""
    if not all(0x21 <= byte <= 0x7E for byte in text):
        raise CommandError(error)


@command("CLIENT SETNAME connection-name", SELF, since="2.6.9")
def setname(client: Client, name: bytes) -> Reply:
    """Give this connection a name."""
    check_text(name, errors.INVALID_CLIENT_NAME)
    client.name = name
    return OK


@command("CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>", SELF, since="7.2.0")
def setinfo(client: Client, attribute: bytes, value: bytes) -> Reply:
    """Tell the server about the client library."""
    option = attribute.lower()
    if option not in (b"lib-name", b"lib-ver"):
        raise CommandError(b"ERR Unrecognized option '%b'" % attribute)
    check_text(value, b"ERR %b cannot contain spaces, newlines or special characters." % option)
    if option == b"lib-name":
        client.library_name = value
    else:
        client.library_version = value
    return OK


# What a client is


def flags(client: Client) -> bytes:
    """The state of a client in letters (getClientFlags in Redis' networking.c)."""
    letters = (
        (b"P", client.kind == "pubsub"),
        (b"x", client.in_transaction),
        (b"b", client.waiting is not None or client.postponed is not None),
        (b"d", client.watch_failed),
        (b"c", client.closing),
        (b"U", client.address.endswith(b":0") and client.address.startswith(b"/")),
        (b"e", client.no_evict),
        (b"T", client.no_touch),
    )
    return b"".join(letter for letter, shown in letters if shown) or b"N"


def line(client: Client) -> bytes:
    """Describe a client as CLIENT LIST does: the fields of Redis 7.2 that have a meaning here."""
    now = client.server.clock.seconds()
    queued = sum(len(word) for _, argv in client.queue for word in argv)
    unsent = sum(map(len, client.output))
    fields: dict[str, bytes | int | str] = {
        "id": client.id,
        "addr": client.address,
        "laddr": client.local_address,
        "fd": client.file_number,
        "name": client.name,
        "age": int(now - client.connected_at),
        "idle": int(now - client.last_seen),
        "flags": flags(client),
        "db": client.db.index,
        "sub": len(client.channels),
        "psub": len(client.patterns),
        "ssub": len(client.shard_channels),
        "multi": len(client.queue) if client.in_transaction else -1,
        "watch": len(client.watched),
        "qbuf": client.buffered,
        "qbuf-free": 0,
        "argv-mem": 0,
        "multi-mem": queued,
        "rbs": 0,
        "rbp": 0,
        "obl": unsent,
        "oll": 0,
        "omem": client.unsent,
        "tot-mem": client.buffered + queued + unsent + client.unsent,
        "events": "r",
        "cmd": client.command.name if client.command else "NULL",
        "user": client.user,
        "redir": -1,
        "resp": client.resp,
        "lib-name": client.library_name,
        "lib-ver": client.library_version,
    }
    shown = (value if isinstance(value, bytes) else str(value).encode() for value in fields.values())
    return b" ".join(b"%b=%b" % (name.encode(), value) for name, value in zip(fields, shown, strict=True)) + b"\n"


@command("CLIENT INFO", ANYTIME, since="6.2.0")
def info(client: Client) -> Reply:
    """Describe this connection."""
    return Verbatim(line(client))


# Filters of CLIENT LIST and CLIENT KILL

Test = Callable[[Client], bool]


def type_of(client: Client) -> bytes:
    return client.kind.encode()


def client_type(word: bytes) -> bytes:
    """Read a type of clients; there are no replicas and no masters here."""
    name = {b"replica": b"slave", b"primary": b"master"}.get(word.lower(), word.lower())
    if name not in (b"normal", b"pubsub", b"slave", b"master"):
        raise CommandError(b"ERR Unknown client type '%b'" % word)
    return name


def user(client: Client, word: bytes) -> bytes:
    """Read the name of a user that exists."""
    if word != b"default":
        raise CommandError(b"ERR No such user '%b'" % word)
    return word


def filter_test(client: Client, name: bytes, word: bytes) -> Test:
    """Return the test of one filter with one value."""
    now = client.server.clock.seconds()
    match name:
        case b"TYPE":
            kind = client_type(word)
            return lambda other: type_of(other) == kind
        case b"USER":
            owner = user(client, word)
            return lambda other: other.user == owner
        case b"ADDR":
            return lambda other: other.address == word
        case b"LADDR":
            return lambda other: other.local_address == word
        case b"IP":
            return lambda other: other.address.rpartition(b":")[0].strip(b"[]") == word
        case b"NAME":
            return lambda other: other.name == word
        case b"LIB-NAME":
            return lambda other: other.library_name == word
        case b"LIB-VER":
            return lambda other: other.library_version == word
        case b"FLAGS":
            return lambda other: set(word) <= set(flags(other))
        case b"DB":
            number = database_number(client, word)
            return lambda other: other.db.index == number
        case b"MAXAGE":
            age = positive(word, b"maxage")
            return lambda other: now - other.connected_at >= age
        case b"IDLE":
            idle = positive(word, b"idle")
            return lambda other: now - other.last_seen >= idle
        case b"CAPA":
            return lambda other: set(word) <= set(other.capabilities)
    raise CommandError(SYNTAX)


def positive(word: bytes, name: bytes) -> int:
    """Read a number of seconds."""
    value = integer(word, b"ERR %b is not an integer or out of range" % name)
    if value <= 0:
        raise CommandError(b"ERR %b should be greater than 0" % name)
    return value


def database_number(client: Client, word: bytes) -> int:
    number = integer(word, b"ERR DB is not an integer or out of range")
    if not 0 <= number < len(client.server.keyspace.databases):
        raise CommandError(b"ERR DB number should be between 0 and %d" % (len(client.server.keyspace.databases) - 1))
    return number


def client_ids(words: list[bytes], bad_id: bytes) -> list[int]:
    """Take the numbers of clients from the front of the words, at least one."""
    ids = []
    while words and (not ids or words[0].isdigit()):
        number = integer(words.pop(0), bad_id)
        if number <= 0:
            raise CommandError(bad_id)
        ids.append(number)
    if not ids:
        raise CommandError(SYNTAX)
    return ids


def filters(client: Client, words: Iterable[bytes], bad_id: bytes) -> tuple[list[Test], bool | None]:
    """Read filters: the tests that a client must pass, and what SKIPME says."""
    rest = list(words)
    tests: list[Test] = []
    skip_me = None
    while rest:
        name = rest.pop(0).upper()
        negated = name.startswith(b"NOT-")
        name = name.removeprefix(b"NOT-")
        if not rest:
            raise CommandError(SYNTAX)
        if name == b"ID":
            test = id_test(client_ids(rest, bad_id))
        elif name == b"SKIPME" and not negated:
            skip_me = {b"YES": True, b"NO": False}.get(rest.pop(0).upper())
            if skip_me is None:
                raise CommandError(SYNTAX)
            continue
        elif name == b"MAXAGE" and negated:
            raise CommandError(SYNTAX)
        else:
            test = filter_test(client, name, rest.pop(0))
        tests.append(negation(test) if negated else test)
    return tests, skip_me


def id_test(ids: list[int]) -> Test:
    return lambda other: other.id in ids


def negation(test: Test) -> Test:
    return lambda other: not test(other)


FILTERS = (
    "[ID client-id [client-id ...]] [TYPE <NORMAL | MASTER | PRIMARY | SLAVE | REPLICA | PUBSUB>] [USER username] "
    "[ADDR ip:port] [LADDR ip:port] [SKIPME <YES | NO>] [MAXAGE maxage] [NAME name] [IDLE idle] [FLAGS flags] "
    "[LIB-NAME lib-name] [LIB-VER lib-ver] [DB db] [CAPA capa] [IP ip] "
    "[NOT-ID not-client-id [not-client-id ...]] [NOT-TYPE <NORMAL | MASTER | PRIMARY | SLAVE | REPLICA | PUBSUB>] "
    "[NOT-USER not-username] [NOT-ADDR ip:port] [NOT-LADDR ip:port] [NOT-NAME not-name] [NOT-FLAGS not-flags] "
    "[NOT-LIB-NAME not-lib-name] [NOT-LIB-VER not-lib-ver] [NOT-DB not-db] [NOT-CAPA not-capa] [NOT-IP not-ip]"
)


KILL_FILTERS = FILTERS.replace("] [", "] | [")


@command(f"CLIENT LIST {FILTERS}", OTHERS, since="2.4.0", complexity="O(N) for N clients.")
def list_(client: Client, *words: bytes) -> Reply:
    """Describe all connections, or those that pass filters."""
    tests, skip_me = filters(client, words, b"ERR Invalid client ID")
    lines = [
        line(other)
        for other in client.server.clients.values()
        if all(test(other) for test in tests) and not (skip_me and other is client)
    ]
    return Verbatim(b"".join(lines))


@command(f"CLIENT KILL <ip:port | <{KILL_FILTERS}> [<{KILL_FILTERS}> ...]>", OTHERS, since="2.4.0", complexity="O(N) for N clients.")
def kill(client: Client, *words: bytes) -> Reply:
    """End connections: the one of an address, or those that pass filters."""
    if len(words) == 1:
        for other in client.server.clients.values():
            if other.address == words[0]:
                other.close()
                return OK
        raise CommandError(b"ERR No such client")
    tests, skip_me = filters(client, words, b"ERR client-id should be greater than 0")
    victims = [
        other
        for other in client.server.clients.values()
        if all(test(other) for test in tests) and (skip_me is False or other is not client)
    ]
    for other in victims:
        other.close()
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


@command("CLIENT CAPA capability [capability ...]", SELF, since="8.0.0")
def capa(client: Client, *capabilities: bytes) -> Reply:
    """Tell the server what the client is able to do; what it does not know it ignores."""
    if b"REDIRECT" in {capability.upper() for capability in capabilities}:
        client.capabilities = b"r"
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


@command("CLIENT UNBLOCK client-id [TIMEOUT | ERROR]", OTHERS, since="5.0.0")
def unblock(client: Client, number: bytes, reason: bytes = b"TIMEOUT") -> Reply:
    """End the waiting of a blocked client, as if its timeout had passed or with an error."""
    if reason.upper() not in (b"TIMEOUT", b"ERROR"):
        raise CommandError(b"ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
    other = client.server.clients.get(integer(number))
    if other is None or other.waiting is None:
        return 0
    by_error = reason.upper() == b"ERROR"
    release(other, CommandError(errors.UNBLOCKED) if by_error else other.waiting.block.otherwise)
    return 1


@command("CLIENT PAUSE timeout [WRITE | ALL]", OTHERS, since="3.0.0")
def pause(client: Client, milliseconds: bytes, mode: bytes = b"ALL") -> Reply:
    """Hold back the requests of all clients for a time, or only those that write."""
    if mode.upper() not in (b"WRITE", b"ALL"):
        raise CommandError(b"ERR CLIENT PAUSE mode must be WRITE or ALL")
    duration = integer(milliseconds, errors.TIMEOUT_NOT_AN_INTEGER)
    if duration < 0:
        raise CommandError(errors.TIMEOUT_NEGATIVE)
    now = client.server.clock.now()
    if duration > MAX_INTEGER - now:
        raise CommandError(errors.TIMEOUT_OUT_OF_RANGE)
    client.server.pause(now + duration, writes_only=mode.upper() == b"WRITE")
    return OK


@command("CLIENT UNPAUSE", OTHERS, since="6.2.0")
def unpause(client: Client) -> Reply:
    """End a pause before its time."""
    client.server.unpause()
    return OK
