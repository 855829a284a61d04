"""What is asked of the servers: the same requests, over the same prepared keyspace, for each of them."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.wire import request

KEYS = 10_000
"""Different keys (or fields) a workload touches: the range redis-benchmark draws __rand_int__ from."""

RANDOM = b"__rand_int__"
VALUE = b"xxx"
CLIENTS = 50
ROUND_TRIP = 6.5
COMMAND = 0.35


def nothing(_requests: int) -> Iterable[bytes]:
    """Prepare nothing: the workload starts on an empty keyspace."""
    return ()


def existing_keys(_requests: int) -> Iterator[bytes]:
    """Every key a GET can draw."""
    return (request(b"SET", b"key:%012d" % index, VALUE) for index in range(KEYS))


def existing_fields(_requests: int) -> Iterator[bytes]:
    """Every field an HGET can draw."""
    return (request(b"HSET", b"hash", b"field:%012d" % index, VALUE) for index in range(KEYS))


def few_hundred_elements(_requests: int) -> Iterator[bytes]:
    """One list, three times as long as the range that is read."""
    yield request(b"RPUSH", b"list", *[b"element:%03d" % index for index in range(300)])


def enough_elements(requests: int) -> Iterator[bytes]:
    """One list that as many pops do not empty (each client may send one pipeline more than asked)."""
    bunch = request(b"RPUSH", b"list", *[VALUE] * 1_000)
    return (bunch for _ in range(requests // 1_000 + 10))


def enough_members(requests: int) -> Iterator[bytes]:
    """A set and a sorted set that as many pops do not empty."""
    for start in range(0, requests + 10_000, 1_000):
        members = [b"member:%d" % number for number in range(start, start + 1_000)]
        yield request(b"SADD", b"set", *members)
        yield request(b"ZADD", b"zset", *(word for member in members for word in (b"1", member)))


@dataclass(frozen=True)
class Workload:
    """One request, sent over and over, and the keyspace it needs.

    `cost` is what the command takes on redis-server beyond a plain GET, in µs. It sizes a run, nothing else.
    """

    name: str
    argv: tuple[bytes, ...]
    prepare: Callable[[int], Iterable[bytes]] = nothing
    cost: float = 0.0

    @property
    def option(self) -> str:
        """The name as the command line takes it: "SET EX" is set-ex."""
        return self.name.lower().replace(" ", "-")

    def requests_for(self, seconds: float, pipeline: int) -> int:
        """How many requests keep redis-server busy for about that long."""
        micros = ROUND_TRIP / pipeline + COMMAND + self.cost
        return int(seconds * 1e6 / micros)

    def sample(self, count: int, random: Random) -> list[bytes]:
        """Encode that many requests, with the random parts drawn as redis-benchmark draws them."""
        return [request(*[_drawn(word, random) for word in self.argv]) for _ in range(count)]


WORKLOADS = (
    Workload("GET", (b"GET", b"key:" + RANDOM), existing_keys),
    Workload("SET", (b"SET", b"key:" + RANDOM, VALUE)),
    Workload("INCR", (b"INCR", b"counter:" + RANDOM)),
    Workload("LPUSH", (b"LPUSH", b"list", VALUE)),
    Workload("RPOP", (b"RPOP", b"list"), enough_elements),
    Workload("HSET", (b"HSET", b"hash", b"field:" + RANDOM, VALUE)),
    Workload("MSET", (b"MSET", *(b"key:" + RANDOM, VALUE) * 10), cost=2.5),
    Workload("LRANGE", (b"LRANGE", b"list", b"0", b"99"), few_hundred_elements, cost=6.0),
    Workload("SET EX", (b"SET", b"key:" + RANDOM, VALUE, b"EX", b"3600")),
    Workload("PUBLISH", (b"PUBLISH", b"channel", VALUE)),
)

PING = Workload("PING", (b"PING",))

TYPES = (
    Workload("SADD", (b"SADD", b"set", b"member:" + RANDOM)),
    Workload("SPOP", (b"SPOP", b"set"), enough_members),
    Workload("ZADD", (b"ZADD", b"zset", RANDOM, b"member:" + RANDOM), cost=0.5),
    Workload("ZPOPMIN", (b"ZPOPMIN", b"zset"), enough_members),
    Workload("XADD", (b"XADD", b"stream", b"*", b"field", VALUE), cost=0.5),
    Workload("HGET", (b"HGET", b"hash", b"field:" + RANDOM), existing_fields),
    Workload("SETBIT", (b"SETBIT", b"bits", b"12345", b"1")),
    Workload("PFADD", (b"PFADD", b"hll", b"element:" + RANDOM)),
)
"""Commands of further types, measured at one pipeline depth and outside of the means."""

SEVERAL_KEYS = (
    Workload("MGET", (b"MGET", *(b"key:" + RANDOM,) * 10), existing_keys, cost=2.5),
    Workload("DEL", (b"DEL", *(b"key:" + RANDOM,) * 4), existing_keys),
)
"""Commands with several keys, which only `profile_hot_path` measures."""


def _script(name: str, code: bytes, *arguments: bytes, cost: float) -> Workload:
    """EVALSHA of a script with one key."""

    def prepare(requests: int) -> Iterator[bytes]:
        yield request(b"SCRIPT", b"LOAD", code)
        yield from existing_keys(requests)

    digest = hashlib.sha1(code, usedforsecurity=False).hexdigest().encode()
    return Workload(name, (b"EVALSHA", digest, b"1", b"key:" + RANDOM, *arguments), prepare, cost)


SCRIPTS = (
    _script("script GET", b"return redis.call('GET', KEYS[1])", cost=1.4),
    _script("script SET", b"return redis.call('SET', KEYS[1], ARGV[1])", VALUE, cost=1.8),
    _script(
        "script of 20 calls", b"for i = 1, 10 do redis.call('SET', KEYS[1], i) redis.call('GET', KEYS[1]) end", cost=12
    ),
)
"""Scripts by their digest, measured at one pipeline depth and outside of the means."""

DEEPEST_PIPELINE = 100
AT_DEEPEST = ("GET", "SET")


def workloads_at(pipeline: int) -> tuple[Workload, ...]:
    """All workloads, but at the deepest pipeline only the two that show what it brings."""
    if pipeline < DEEPEST_PIPELINE:
        return WORKLOADS
    return tuple(workload for workload in WORKLOADS if workload.name in AT_DEEPEST)


@dataclass(frozen=True)
class Dataset:
    """Keys that fill a server, to see what each takes; `one` encodes the request of the n-th key."""

    name: str
    share: float
    one: Callable[[int], bytes]

    def keys(self, most: int) -> int:
        """How many keys to load when the largest dataset has `most`."""
        return int(most * self.share)

    def load(self, most: int) -> Iterator[bytes]:
        """Encode the requests that fill a server."""
        return map(self.one, range(self.keys(most)))


def _string(length: int) -> Callable[[int], bytes]:
    value = b"x" * length
    return lambda index: request(b"SET", b"key:%012d" % index, value)


def _volatile(index: int) -> bytes:
    return request(b"SET", b"key:%012d" % index, b"x" * 32, b"EX", b"86400")


def small_hash(index: int) -> bytes:
    """A hash of four short fields."""
    return request(b"HSET", b"hash:%012d" % index, b"id", b"%d" % index, *b"name xxxxxxxx mail xxxxxxxx age 42".split())


def _small_list(index: int) -> bytes:
    return request(b"RPUSH", b"list:%012d" % index, b"%d" % index, b"xxxxxxxx", b"xxxxxxxx", b"xxxxxxxx")


DATASETS = (
    Dataset("string of 3 bytes", 1.0, _string(3)),
    Dataset("string of 32 bytes", 1.0, _string(32)),
    Dataset("string of 100 bytes", 1.0, _string(100)),
    Dataset("volatile string of 32 bytes", 1.0, _volatile),
    Dataset("hash of 4 fields", 0.1, small_hash),
    Dataset("list of 4 elements", 0.1, _small_list),
)


def _record(index: int) -> bytes:
    names = b"id name mail age city country phone created updated status".split()
    return request(b"HSET", b"record:%012d" % index, *(word for name in names for word in (name, b"%d" % index)))


COLLECTIONS = (
    Dataset("list", 1.0, lambda index: request(b"RPUSH", b"list", b"element:%08d" % index)),
    Dataset("hash", 1.0, lambda index: request(b"HSET", b"hash", b"field:%08d" % index, b"value:%08d" % index)),
    Dataset("set", 1.0, lambda index: request(b"SADD", b"set", b"member:%08d" % index)),
    Dataset("sorted set", 1.0, lambda index: request(b"ZADD", b"zset", b"%d" % index, b"member:%08d" % index)),
    Dataset("stream", 1.0, lambda index: request(b"XADD", b"stream", b"*", b"field", b"value:%08d" % index)),
    Dataset("hashes of 10 short fields", 0.1, _record),
    Dataset("sets of 4 integers", 0.1, lambda index: request(
        b"SADD", b"set:%012d" % index, b"1", b"20", b"300", b"4000",
    )),
    Dataset("sorted sets of 4 members", 0.1, lambda index: request(
        b"ZADD", b"zset:%012d" % index, b"1", b"alice", b"2", b"bob", b"3", b"carol", b"4", b"dave",
    )),
)  # fmt: skip
"""Large collections, by the element, and small ones, by the key."""


def mixed_keyspace(keys: int) -> Iterator[bytes]:
    """Strings and, for one key in ten, a small hash: what the pauses are measured over."""
    string = _string(32)
    return (small_hash(index) if index % 10 == 0 else string(index) for index in range(keys))


def _drawn(word: bytes, random: Random) -> bytes:
    return word.replace(RANDOM, b"%012d" % random.randrange(KEYS)) if RANDOM in word else word
