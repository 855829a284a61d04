"""Whether a command's cost grows with the size of what it works on: operations on collections of three sizes.

An operation leaves the size as it found it, so one that removes an element also adds one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.wire import request

SIZES = (1_000, 100_000, 1_000_000)
BUNCH = 500
"""Elements a request of the preparation adds."""

Prepare = Callable[[int], Iterable[bytes]]
"""The requests that make a collection of this size."""
Operate = Callable[[int, Random], tuple[bytes, ...]]
"""The requests of one operation on a collection of this size."""


@dataclass(frozen=True)
class Operation:
    """What is done over and over, and to what."""

    name: str
    prepare: Prepare
    operate: Operate

    def requests(self, size: int, count: int) -> Iterator[tuple[bytes, ...]]:
        """The requests of so many operations."""
        random = Random(size)
        return (self.operate(size, random) for _ in range(count))


def _bunches(size: int, head: tuple[bytes, ...], words: Callable[[int], tuple[bytes, ...]]) -> Iterator[bytes]:
    for start in range(0, size, BUNCH):
        yield request(*head, *(word for index in range(start, min(start + BUNCH, size)) for word in words(index)))


def _list(size: int) -> Iterable[bytes]:
    return _bunches(size, (b"RPUSH", b"list"), lambda index: (b"element:%08d" % index,))


def _set(size: int) -> Iterable[bytes]:
    return _bunches(size, (b"SADD", b"set"), lambda index: (b"member:%08d" % index,))


def _sorted_set(size: int) -> Iterable[bytes]:
    return _bunches(size, (b"ZADD", b"zset"), lambda index: (b"%d" % (index * 7919 % size), b"member:%08d" % index))


def _hash(size: int) -> Iterable[bytes]:
    return _bunches(size, (b"HSET", b"hash"), lambda index: (b"field:%08d" % index, b"value"))


def _stream(size: int) -> Iterable[bytes]:
    yield request(b"XGROUP", b"CREATE", b"stream", b"group", b"0", b"MKSTREAM")
    for index in range(size):
        yield request(b"XADD", b"stream", b"%d-1" % (index + 1), b"field", b"value")


def _string(size: int) -> Iterable[bytes]:
    return [request(b"SETRANGE", b"string", b"%d" % (size * 100), b"x")]


def _keys(size: int) -> Iterable[bytes]:
    return _bunches(size, (b"MSET",), lambda index: (b"key:%08d" % index, b"value"))


def _pick(kind: bytes, size: int, random: Random) -> bytes:
    return b"%b:%08d" % (kind, random.randrange(size))


def _position(size: int, random: Random) -> bytes:
    return b"%d" % random.randrange(size)


def _range(size: int, random: Random) -> tuple[bytes, bytes]:
    start = random.randrange(max(size - 10, 1))
    return b"%d" % start, b"%d" % (start + 9)


OPERATIONS = (
    Operation("LPUSH, RPOP", _list, lambda _size, _random: (
        request(b"LPUSH", b"list", b"element:x"), request(b"RPOP", b"list"),
    )),
    Operation("LINDEX", _list, lambda size, random: (request(b"LINDEX", b"list", _position(size, random)),)),
    Operation("LRANGE of 10", _list, lambda size, random: (request(b"LRANGE", b"list", *_range(size, random)),)),
    Operation("SADD, SPOP", _set, lambda size, random: (
        request(b"SADD", b"set", b"new:%012d" % random.randrange(10**12)), request(b"SPOP", b"set"),
    )),
    Operation("ZADD", _sorted_set, lambda size, random: (
        request(b"ZADD", b"zset", _position(size, random), _pick(b"member", size, random)),
    )),
    Operation("ZADD, ZRANK", _sorted_set, lambda size, random: (
        request(b"ZADD", b"zset", _position(size, random), _pick(b"member", size, random)),
        request(b"ZRANK", b"zset", _pick(b"member", size, random)),
    )),
    Operation("ZRANGE of 10", _sorted_set, lambda size, random: (request(b"ZRANGE", b"zset", *_range(size, random)),)),
    Operation("ZPOPMIN, ZADD", _sorted_set, lambda size, random: (
        request(b"ZPOPMIN", b"zset"),
        request(b"ZADD", b"zset", _position(size, random), b"new:%012d" % random.randrange(10**12)),
    )),
    Operation("XADD MAXLEN", _stream, lambda size, _random: (
        request(b"XADD", b"stream", b"MAXLEN", b"~", b"%d" % size, b"*", b"field", b"value"),
    )),
    Operation("XRANGE of 10", _stream, lambda size, random: (
        request(b"XRANGE", b"stream", _position(size, random), b"+", b"COUNT", b"10"),
    )),
    Operation("XADD, XREADGROUP", _stream, lambda size, _random: (
        request(b"XADD", b"stream", b"MAXLEN", b"~", b"%d" % size, b"*", b"field", b"value"),
        request(b"XREADGROUP", b"GROUP", b"group", b"consumer", b"NOACK", b"COUNT", b"1", b"STREAMS", b"stream", b">"),
    )),
    Operation("HSET", _hash, lambda size, random: (
        request(b"HSET", b"hash", _pick(b"field", size, random), b"other"),
    )),
    Operation("HGET", _hash, lambda size, random: (request(b"HGET", b"hash", _pick(b"field", size, random)),)),
    Operation("APPEND", _string, lambda _size, _random: (request(b"APPEND", b"string", b"0123456789"),)),
    Operation("SETRANGE", _string, lambda size, random: (
        request(b"SETRANGE", b"string", _position(size, random), b"0123456789"),
    )),
    Operation("SETBIT", _string, lambda size, random: (request(b"SETBIT", b"string", _position(size, random), b"1"),)),
)  # fmt: skip

SCAN = Operation("SCAN step", _keys, lambda _size, _random: ())
"""The one operation whose request depends on the reply before it."""
