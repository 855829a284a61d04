"""Strings in the keyspace, as the commands on strings, bitmaps and HyperLogLogs read and change them.

A string is `bytes`. One that a command changes in place becomes a `bytearray` and remains one, so that only the first
change copies it.
"""

from __future__ import annotations

from stubredis.client import Client
from stubredis.errors import STRING_TOO_LONG, WRONG_TYPE, CommandError
from stubredis.keyspace import Database

String = bytes | bytearray
STRINGS = frozenset((bytes, bytearray))


def read(db: Database, key: bytes) -> String | None:
    """Return the string that a key holds, to be read only."""
    return checked(db.lookup_read(key))


def to_change(db: Database, key: bytes) -> String | None:
    """Return the string that a key holds, to be changed."""
    return checked(db.lookup_write(key))


def checked(value: object) -> String | None:
    """Return a value that is a string, or None; CommandError WRONGTYPE for any other."""
    if value is None or type(value) is bytes or type(value) is bytearray:
        return value
    raise CommandError(WRONG_TYPE)


def check_length(client: Client, length: int) -> None:
    """Refuse a string that would become longer than a request may be."""
    if length > client.server.config.proto_max_bulk_len:
        raise CommandError(STRING_TOO_LONG)


def in_place(db: Database, key: bytes, value: String) -> bytearray:
    """Return the string of a key in the form that can be changed in place."""
    if type(value) is not bytearray:
        db.values[key] = value = bytearray(value)
    return value


def with_room(db: Database, key: bytes, value: String | None, length: int) -> bytearray:
    """Return the string of a key to be changed in place, filled up with zero bytes to a length if it is shorter."""
    if value is None:
        string = bytearray(length)
        db.add(key, string)
        return string
    string = in_place(db, key, value)
    if len(string) < length:
        string.extend(bytes(length - len(string)))
    return string
