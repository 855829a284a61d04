"""Reading everything a server holds by ordinary commands, to compare what a case has left behind."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from tests.differential.resp import Tree, encode, parse
from tests.differential.sides import Connection

DATABASES = 16
#: How much the time that a case takes may show in a remaining time to live, in milliseconds.
TTL_TOLERANCE = 10_000

CONTENT = {
    b"string": (b"GET",),
    b"list": (b"LRANGE", b"0", b"-1"),
    b"set": (b"SMEMBERS",),
    b"hash": (b"HGETALL",),
    b"zset": (b"ZRANGE", b"0", b"-1", b"WITHSCORES"),
    b"stream": (b"XRANGE", b"-", b"+"),
    b"vectorset": (b"VCARD",),  # real servers return the elements in no order; cases look at their vectors
}


class Key(NamedTuple):
    """What is compared of one key."""

    type: bytes
    content: Any
    pttl: int


Keys: TypeAlias = dict[tuple[int, bytes], Key]


def read_keyspace(connection: Connection) -> Keys:
    """Read every key of every database over a RESP2 connection."""
    numbers = [b"%d" % number for number in range(DATABASES)]
    sizes = _ask(connection, *[request for n in numbers for request in ((b"SELECT", n), (b"DBSIZE",))])[1::2]
    keys: Keys = {}
    for number in (n for n, size in zip(numbers, sizes, strict=True) if size != b"0"):
        _, names = _ask(connection, (b"SELECT", number), (b"KEYS", b"*"))
        keys |= {(int(number), name): _read_key(connection, name) for name in names}
    return keys


def differences(ours: Keys, theirs: Keys) -> list[tuple[str, Key | None, Key | None]]:
    """Return each key that is not the same on both sides, by its name for people."""
    places = sorted(ours.keys() | theirs.keys())
    both = [(number, key, ours.get((number, key)), theirs.get((number, key))) for number, key in places]
    return [
        (f"key {key!r} of database {number}", our_key, their_key)
        for number, key, our_key, their_key in both
        if not _same(our_key, their_key)
    ]


def _read_key(connection: Connection, key: bytes) -> Key:
    kind, pttl = _ask(connection, (b"TYPE", key), (b"PTTL", key))
    command, *options = CONTENT[kind]
    (content,) = _ask(connection, (command, key, *options))
    if kind == b"set":
        content = sorted(content)
    elif kind == b"hash":
        content = sorted(zip(content[::2], content[1::2], strict=True))
    return Key(kind, content, int(pttl))


def _same(ours: Key | None, theirs: Key | None) -> bool:
    if ours is None or theirs is None or ours[:2] != theirs[:2]:
        return ours == theirs
    low, high = sorted((ours.pttl, theirs.pttl))
    return low == high or (low >= 0 and high - low <= TTL_TOLERANCE)


def _ask(connection: Connection, *requests: tuple[bytes, ...]) -> list[Any]:
    """Return the replies as plain values."""
    connection.send(b"".join(map(encode, requests)))
    return [_plain(parse(connection.read(1))[0]) for _ in requests]


def _plain(tree: Tree) -> Any:
    kind, content = tree
    assert kind != b"-", f"the keyspace cannot be read: {content!r}"
    return [_plain(child) for child in content] if isinstance(content, list) else content
