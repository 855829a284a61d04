"""Whole databases: their size, their end, their exchange."""

from __future__ import annotations

from collections.abc import Sequence

from stubredis import errors
from stubredis.arguments import database_number
from stubredis.client import Client
from stubredis.command import FAST, READONLY, WRITE, group
from stubredis.errors import CommandError
from stubredis.protocol.replies import OK, Reply

command = group("server")


@command("DBSIZE", READONLY | FAST, since="1.0.0", categories="keyspace")
def dbsize(client: Client) -> Reply:
    """Count the keys of the selected database."""
    return len(client.db.values)


def check_mode(words: Sequence[bytes]) -> None:
    """Accept ASYNC or SYNC: both free the memory before the reply."""
    if len(words) > 1 or (words and words[0].upper() not in (b"ASYNC", b"SYNC")):
        raise CommandError(errors.SYNTAX)


@command(
    "FLUSHDB [ASYNC | SYNC]", WRITE,
    since="1.0.0", complexity="O(N) for N keys in the database.", categories="keyspace dangerous",
)  # fmt: skip
def flushdb(client: Client, *words: bytes) -> Reply:
    """Delete all keys of the selected database."""
    check_mode(words)
    client.db.clear()
    client.server.tracking.flushed()
    # Propagated even if there was nothing to delete, as Redis does: a copy that has gone astray is empty then, too.
    client.server.effects.rewrite(b"FLUSHDB", *words)
    return OK


@command(
    "FLUSHALL [ASYNC | SYNC]", WRITE,
    since="1.0.0", complexity="O(N) for N keys in all databases.", categories="keyspace dangerous",
)  # fmt: skip
def flushall(client: Client, *words: bytes) -> Reply:
    """Delete all keys of all databases."""
    check_mode(words)
    for database in client.server.keyspace.databases:
        database.clear()
    client.server.tracking.flushed()
    client.server.effects.rewrite(b"FLUSHALL", *words)
    return OK


@command("SWAPDB index1 index2", WRITE | FAST, since="4.0.0", categories="keyspace dangerous")
def swapdb(client: Client, index1: bytes, index2: bytes) -> Reply:
    """Exchange the contents of two databases."""
    keyspace = client.server.keyspace
    number1 = database_number(index1, b"ERR invalid first DB index")
    number2 = database_number(index2, b"ERR invalid second DB index")
    first, second = keyspace.database(number1), keyspace.database(number2)
    if first is not second:
        keyspace.swap(first, second)
    client.db.dirty += 1
    client.server.effects.rewrite(b"SWAPDB", index1, index2)
    return OK
