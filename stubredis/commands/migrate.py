"""MIGRATE: keys move to another server, by RESTORE there and DEL here.

Redis stands still until the other server has answered. Here the client waits as if it were blocked, and all others are
served. So a key may change before the other server has it: such a key is not deleted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from stubredis import errors
from stubredis.arguments import integer
from stubredis.client import Client
from stubredis.command import WRITE, group
from stubredis.dispatch import release
from stubredis.errors import CommandError
from stubredis.keyspace import GENERIC, Database
from stubredis.protocol.encoder import RESP2
from stubredis.protocol.replies import OK, Block, Reply, status
from stubredis.rdb.payload import dump

command = group("generic")

NO_KEY = status(b"NOKEY")
DEFAULT_TIMEOUT = 1000
FAILED = b"IOERR error or timeout %b"

NOT_HERE = b"ERR MIGRATE is not possible in a transaction or a script"
CHANGED = b"ERR some keys have changed meanwhile: the target instance has them as they were, and they stay here"
WITH_KEYS = b"ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"


class Options:
    """The options of MIGRATE."""

    __slots__ = ("copy", "keys", "login", "replace")

    def __init__(self, key: bytes, words: Sequence[bytes]) -> None:
        self.copy = self.replace = False
        self.login: Sequence[bytes] = ()
        """What follows AUTH in the request to the target."""
        self.keys: Sequence[bytes] = (key,)
        place = 0
        while place < len(words):
            option, rest = words[place].upper(), words[place + 1 :]
            place += 1
            if option == b"COPY":
                self.copy = True
            elif option == b"REPLACE":
                self.replace = True
            elif option in (b"AUTH", b"AUTH2"):
                count = 1 if option == b"AUTH" else 2
                if len(rest) < count:
                    raise CommandError(errors.SYNTAX)
                self.login = rest[:count]
                place += count
            elif option == b"KEYS":
                if key:
                    raise CommandError(WITH_KEYS)
                self.keys = rest
                break
            else:
                raise CommandError(errors.SYNTAX)


class Sent(NamedTuple):
    """A key as the target gets it."""

    key: bytes
    payload: bytes
    deadline: int | None


@command(
    'MIGRATE host port <key | ""> destination-db timeout [COPY] [REPLACE] [AUTH password | AUTH2 username password] '
    "[KEYS key [key ...]]",
    WRITE,
    since="2.6.0",
    complexity="O(N) for N bytes of payload, here and on the target.",
    categories="dangerous",
    key_access="RW access delete; RW access delete incomplete",
)
def migrate(client: Client, host: bytes, port: bytes, key: bytes, db: bytes, timeout: bytes, *words: bytes) -> Reply:
    """Move keys to another server."""
    options = Options(key, words)
    patience = integer(timeout)
    target_db = integer(db)
    source = client.db
    version = client.server.emulated.payload_version
    sent = []
    for name in options.keys:
        value = source.lookup_read(name)
        if value is not None:
            sent.append(Sent(name, dump(value, version), source.deadlines.get(name)))
    if not sent:
        return NO_KEY
    requests: list[Sequence[bytes]] = [(b"AUTH", *options.login)] if options.login else []
    requests.append((b"SELECT", b"%d" % target_db))
    preliminary = len(requests)
    now = source.keyspace.now()
    for name, payload, deadline in sent:
        ttl = 0 if deadline is None else max(deadline - now, 1)
        requests.append((b"RESTORE", name, b"%d" % ttl, payload, *[b"REPLACE"] * options.replace))

    def done(lines: list[bytes], failed: bytes) -> None:
        reply = outcome(source, sent, lines[:preliminary], lines[preliminary:], failed, version, copy=options.copy)
        if client.waiting is not None and client.waiting.block is block:  # otherwise it has not waited for the end
            release(client, reply)

    block = Block((), None, CommandError(FAILED % b"reading to target instance"), at_once=CommandError(NOT_HERE))
    seconds = (patience if patience > 0 else DEFAULT_TIMEOUT) / 1000
    client.server.exchange(client, block, host, number_of(port), encoded(requests), len(requests), seconds, done)
    return block


def number_of(port: bytes) -> int:
    """Read the number that a word begins with, 0 if there is none, as C's atoi."""
    match = re.match(rb"\s*([+-]?\d{1,9})", port)
    return int(match[1]) if match else 0


def encoded(requests: Sequence[Sequence[bytes]]) -> bytes:
    """Encode requests for the target."""
    pieces: list[bytes] = []
    for request in requests:
        RESP2[tuple](pieces, request)
    return b"".join(pieces)


def outcome(
    db: Database, sent: Sequence[Sent], preliminary: Sequence[bytes], restored: Sequence[bytes], failed: bytes,
    version: int, *, copy: bool,
) -> Reply:  # fmt: skip
    """Delete the keys that the target has, unless they are to be copied, and return the reply to the client."""
    refusals = [line for line in (*preliminary, *restored) if line.startswith(b"-")]
    let_in = not any(line.startswith(b"-") for line in preliminary)
    moved = []
    changed = False
    for (key, payload, deadline), line in zip(sent, restored, strict=False):
        if copy or not let_in or line.startswith(b"-") or (value := db.lookup_write(key)) is None:
            continue
        if db.deadlines.get(key) == deadline and dump(value, version) == payload:
            db.delete(key)
            db.changed(key, b"del", GENERIC)
            moved.append(key)
        else:
            changed = True
    effects = db.keyspace.effects
    if effects.changed:
        effects.rewrite(b"DEL", *moved)
        effects.record(db.index, [])
    if refusals:
        return CommandError(b"ERR Target instance replied with error: " + refusals[0][1:])
    if failed:
        return CommandError(FAILED % failed)
    return CommandError(CHANGED) if changed else OK
