"""The digest of values and of all data, as Redis computes it: equal data have equal digests on every server.

What has an order is mixed in, one after the other; what has none is combined by exclusive or.
"""

from __future__ import annotations

from hashlib import sha1
from typing import TYPE_CHECKING, Any

from stubredis.datatypes.floats import format_double
from stubredis.datatypes.hashes import Hash
from stubredis.datatypes.lists import List
from stubredis.datatypes.sets import Set
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.datatypes.stream_ids import GREATEST
from stubredis.datatypes.streams import Stream

if TYPE_CHECKING:
    from stubredis.keyspace import Database, Keyspace

EMPTY = bytes(20)
_TYPE_NUMBERS: dict[type, int] = {List: 1, Set: 2, SortedSet: 3, Hash: 4, Stream: 6}
_STRING, _MODULE = 0, 5


def add(digest: bytes, data: bytes | bytearray) -> bytes:
    """Combine a digest with data whose order does not matter."""
    return (int.from_bytes(digest, "big") ^ int.from_bytes(sha1(data).digest(), "big")).to_bytes(20, "big")


def mix(digest: bytes, *pieces: bytes | bytearray) -> bytes:
    """Combine a digest with data whose order matters."""
    for data in pieces:
        digest = sha1(add(digest, data)).digest()
    return digest


def of_all(keyspace: Keyspace) -> bytes:
    """Return the digest of all keys of all databases."""
    digest = EMPTY
    for database in keyspace.databases:
        if database.values:
            digest = mix(digest, database.index.to_bytes(4, "big"))
            for key in list(database.values):
                digest = add(digest, of_key(mix(EMPTY, key), database, key))
    return digest


def of_key(digest: bytes, database: Database, key: bytes) -> bytes:
    """Combine a digest with the value of a key, and with whether it has a deadline."""
    value = database.peek(key)
    if value is None:
        return digest
    digest = of_value(digest, value)
    return add(digest, b"!!expire!!") if key in database.deadlines else digest


def of_value(digest: bytes, value: Any) -> bytes:
    """Combine a digest with a value."""
    if isinstance(value, (bytes, bytearray)):
        return mix(digest, _STRING.to_bytes(4, "big"), value)
    digest = mix(digest, _TYPE_NUMBERS.get(type(value), _MODULE).to_bytes(4, "big"))
    if isinstance(value, List):
        digest = mix(digest, *value)
    elif isinstance(value, Set):
        for member in value:
            digest = add(digest, member)
    elif isinstance(value, SortedSet):
        for member, score in value.scores.items():
            digest = add(digest, mix(EMPTY, member, format_double(score)))
    elif isinstance(value, Hash):
        for field, text in value.items():
            pair = mix(EMPTY, field, text)
            if value.deadlines and field in value.deadlines:
                pair = add(pair, b"!!hexpire!!")
            digest = add(digest, pair)
    elif isinstance(value, Stream):
        for entry_id, words in value.range(0, GREATEST):
            milliseconds, sequence = divmod(entry_id, 1 << 64)
            digest = mix(digest, b"%d.%d" % (milliseconds, sequence), *words)
    return digest
