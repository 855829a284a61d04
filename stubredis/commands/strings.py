"""Strings: values that are bytes. A string that was changed in place is a bytearray."""

from __future__ import annotations

from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.errors import WRONG_TYPE, CommandError
from stubredis.keyspace import STRING
from stubredis.protocol.replies import OK, Reply

command = group("string")


@command("GET key", READONLY | FAST, since="1.0.0")
def get(client: Client, key: bytes) -> Reply:
    """Return the string value of a key."""
    value = client.db.lookup_read(key)
    if value is None or type(value) is bytes or type(value) is bytearray:
        return value
    raise CommandError(WRONG_TYPE)


@command(
    "SET key value [NX | XX | IFEQ comparison-value] [GET] "
    "[EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
    WRITE | DENYOOM,
    since="1.0.0",
)
def set_(client: Client, key: bytes, value: bytes, *options: bytes) -> Reply:
    """Set the string value of a key, whatever it held before."""
    db = client.db
    if not options:
        db.store(key, value)
        db.changed(key, b"set", STRING)
        return OK
    raise NotImplementedError
