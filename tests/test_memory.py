"""Limits of memory: when writes are refused, what is evicted, and what INFO and MEMORY tell."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

import stubredis
from stubredis.clock import ManualClock
from stubredis.config import Config
from stubredis.datatypes.census import WHOLE, Census, cost
from stubredis.session import LimitedSession, Session
from tests.commands.witness import Witness
from tests.differential.resp import encode

OOM = b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"
MEGABYTE = 1 << 20


@pytest.fixture(autouse=True)
def always_the_same_choice() -> Iterator[None]:
    random.seed(20)
    yield
    random.seed()


def limited(limit: str, policy: str = "noeviction", *start: bytes) -> Witness:
    """A server with a limit, in which some keys may have been set before."""
    return Witness((*start, b"CONFIG SET maxmemory-policy %b maxmemory %b" % (policy.encode(), limit.encode())))


def fill(witness: Witness, count: int = 100_000, size: int = 100, prefix: bytes = b"k") -> int:
    """Set keys until that is refused, and return how many were set."""
    for number in range(count):
        reply = witness.ask(b"SET %b%d %b" % (prefix, number, b"x" * size))
        if reply == OOM:
            return number
        assert reply == b"+OK\r\n"
    return count


def keys(witness: Witness) -> set[bytes]:
    return {key for database in witness.server.keyspace.databases for key in database.values}


# Refusing


@pytest.mark.parametrize("limit", [100_000, MEGABYTE, 3 * MEGABYTE])
def test_writes_are_refused_once_the_data_take_too_much(limit: int) -> None:
    witness = limited(str(limit))
    fill(witness)
    memory = witness.server.memory
    assert limit < memory.measure() < limit * 1.02
    assert witness.ask(b"GET k0") == b"$100\r\n%b\r\n" % (b"x" * 100)
    assert witness.ask(b"RPUSH l x") == OOM
    assert memory.is_over


def test_the_same_writes_are_refused_each_time() -> None:
    assert fill(limited("300kb")) == fill(limited("300kb"))


@pytest.mark.parametrize(
    "free", [b"DEL k1 k2 k3", b"FLUSHALL", b"FLUSHDB", b"UNLINK k1 k2 k3", b"CONFIG SET maxmemory 1mb"]
)
def test_what_is_freed_can_be_used(free: bytes) -> None:
    witness = limited("200kb")
    fill(witness)
    witness.ask(free)
    assert witness.ask(b"SET k v") == b"+OK\r\n"


def test_what_expires_can_be_used() -> None:
    witness = limited("200kb", "noeviction", b"SET volatile %b PX 1000" % (b"x" * 10_000))
    fill(witness)
    witness.elapse(2000)
    assert witness.ask(b"SET k v") == b"+OK\r\n"


def test_without_a_limit_everything_goes_on() -> None:
    witness = limited("1")
    assert witness.ask(b"SET k v") == OOM
    witness.ask(b"CONFIG SET maxmemory 0")
    assert witness.ask(b"SET k v") == b"+OK\r\n"
    assert type(witness.client) is Session
    assert not witness.client.gates


def test_a_large_value_is_noticed_at_once() -> None:
    witness = limited("1mb")
    assert witness.ask(b"SET k %b" % (b"x" * 5 * MEGABYTE)) == b"+OK\r\n"
    assert witness.ask(b"SET k2 v") == OOM


def test_a_large_value_among_many_is_noticed_at_once() -> None:
    """It comes in pieces, as from a socket."""
    witness = limited("3mb")
    fill(witness, 5_000)
    request = b"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$5000000\r\n%b\r\n" % (b"x" * 5_000_000)
    for start in range(0, len(request), 1 << 16):
        witness.client.receive(request[start : start + (1 << 16)])
    assert witness.client.take_output() == b"+OK\r\n"
    assert witness.ask(b"SET k2 v") == OOM
    witness.ask(b"DEL big")
    assert witness.ask(b"SET k2 v") == b"+OK\r\n"


@pytest.mark.parametrize(
    ("start", "line"),
    [
        (b"PING", b"SETRANGE k 2000000 x"),
        (b"PING", b"SETBIT k 16000000 1"),
        (b"SET s %b" % (b"x" * 700_000), b"COPY s k"),
        (b"SET s %b" % (b"x" * 700_000), b"BITOP NOT k s"),
        (b"SADD s %b" % b" ".join(b"%d" % number for number in range(6_000)), b"SUNIONSTORE k s"),
        (b"RPUSH s %b" % b" ".join(b"%d" % number for number in range(12_000)), b"SORT s STORE k"),
        (b"SET s x", b"EVAL \"redis.call('SET', 'k', string.rep('x', 2000000))\" 0"),
    ],
)
def test_what_commands_make_is_noticed_at_once(start: bytes, line: bytes) -> None:
    witness = limited("1mb", "noeviction", start)
    assert not witness.ask(line).startswith(b"-")
    assert witness.ask(b"SET x y") == OOM


@pytest.mark.parametrize("line", [b"SETRANGE k 2000000 x", b"COPY s k", b"BITOP NOT k s"])
@pytest.mark.parametrize("together", [False, True])
def test_what_commands_make_for_a_user_with_prefixes_is_noticed_at_once(line: bytes, together: bool) -> None:
    witness = limited("1mb", "noeviction", b"SET s %b" % (b"x" * 700_000))
    witness.ask(b"ACL SETUSER u on nopass ~k* ~s* +@all")
    witness.ask(b"AUTH u x")
    requests = [encode(each.split()) for each in (line, b"SET k2 y")]
    for chunk in [b"".join(requests)] if together else requests:
        witness.client.receive(chunk)
    if together:
        witness.client.receive(requests[1])
    assert witness.client.take_output().endswith(OOM)


def test_what_a_renamed_command_makes_is_noticed_at_once() -> None:
    config = Config()
    config.load(b"maxmemory 1mb\nrename-command SETRANGE fill\n", "r.conf")
    client = stubredis.Server(config).connect()
    client.receive(b"FILL k 2000000 x\r\n")
    client.receive(b"SET k v\r\n")
    assert client.take_output() == b":2000001\r\n" + OOM


def test_a_pipeline_is_refused_within() -> None:
    """What is left of the pipeline, and its replies, take memory as well."""
    witness = limited("1mb")
    pieces = [
        b"".join(b"SET k%d %b\r\n" % (n, b"x" * 100) for n in range(start, start + 500))
        for start in range(0, 9000, 500)
    ]
    for piece in pieces:
        witness.client.receive(piece)
    replies = witness.client.take_output()
    count = replies.count(b"+OK")
    assert OOM in replies
    assert 0.8 * fill(limited("1mb")) < count < 1.02 * fill(limited("1mb"))


def test_one_client_fills_what_another_is_refused() -> None:
    witness = limited("200kb")
    other = witness.server.connect()
    fill(witness)
    assert witness.ask(b"SET k v", other) == OOM
    assert witness.ask(b"SET k v", witness.server.connect()) == OOM
    witness.ask(b"FLUSHALL", other)
    assert witness.ask(b"SET k v") == b"+OK\r\n"


def test_collections_count_as_what_they_take() -> None:
    witness = limited("300kb")
    for command in (b"RPUSH l %d", b"SADD s %d", b"ZADD z 1 %d", b"HSET h %d v", b"XADD x * f %d"):
        witness.ask(b"FLUSHALL")
        for number in range(20_000):
            if witness.ask(command % number) == OOM:
                break
        else:
            pytest.fail(f"{command!r} is never refused")


# Transactions and waiting clients


def test_transactions() -> None:
    witness = limited("1", "noeviction", b"SET k v")
    witness.ask(b"MULTI")
    assert witness.ask(b"GET k") == b"+QUEUED\r\n"
    assert witness.ask(b"SET k w") == OOM
    assert witness.ask(b"EXEC").startswith(b"-EXECABORT")
    other = witness.server.connect()
    witness.ask(b"CONFIG SET maxmemory 0")
    witness.ask(b"MULTI", other)
    witness.ask(b"SET k w", other)
    witness.ask(b"CONFIG SET maxmemory 1")
    assert witness.ask(b"EXEC", other).startswith(b"-EXECABORT Transaction discarded because of: OOM command not")
    assert witness.ask(b"GET k") == b"$1\r\nv\r\n"


def test_a_waiting_client_is_refused_when_it_is_served() -> None:
    witness = limited("0")
    other = witness.server.connect()
    witness.ask(b"BLMOVE from to LEFT RIGHT 0", other)
    witness.ask(b"MULTI")
    witness.ask(b"CONFIG SET maxmemory 1")
    witness.ask(b"RPUSH from x")
    witness.ask(b"EXEC")
    assert other.take_output() == OOM
    assert witness.ask(b"LLEN from") == b":1\r\n"


# Evicting


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
@pytest.mark.parametrize("limit", [200_000, 2 * MEGABYTE])
def test_writes_go_on_while_keys_are_evicted(policy: str, limit: int) -> None:
    witness = limited(str(limit), policy)
    assert fill(witness, 12_000) == 12_000
    assert limit * 0.9 < witness.server.memory.measure() < limit * 1.02
    evicted = witness.server.keyspace.evicted
    assert len(keys(witness)) + evicted == 12_000
    assert witness.events.count(b"new k0") == 1


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
def test_only_volatile_keys_are_evicted(policy: str) -> None:
    witness = limited("200kb", policy)
    for number in range(100):
        witness.ask(b"SET p%d %b" % (number, b"x" * 100))
        witness.ask(b"SET v%d %b PX 100000" % (number, b"x" * 100))
    fill(witness)
    assert not {b"v%d" % number for number in range(100)} & keys(witness)
    assert {b"p%d" % number for number in range(100)} <= keys(witness)
    assert witness.server.keyspace.evicted == 100


def test_the_earliest_deadlines_go_first() -> None:
    witness = limited("200kb", "volatile-ttl")
    for number in range(500):
        witness.ask(b"SET v%d x PX %d" % (number, 1_000_000 + number * 1000))
    fill(witness, 200)
    left = sorted(int(key[1:]) for key in keys(witness) if key.startswith(b"v"))
    assert 50 < len(left) < 450
    assert sum(number >= 500 - len(left) for number in left) > 0.85 * len(left)


@pytest.mark.parametrize("asked", [False, True])
def test_what_was_used_lately_stays(asked: bool) -> None:
    """Of 1000 keys one half is read, and then half of all have to go. Somebody may have asked for idle times, too."""
    witness = limited("10mb", "allkeys-lru")
    fill(witness, 1_000)
    if asked:
        witness.ask(b"OBJECT IDLETIME k0")
    witness.elapse(60_000)
    for number in range(0, 1_000, 2):
        witness.ask(b"GET k%d" % number)
    witness.elapse(1_000)
    witness.ask(b"CONFIG SET maxmemory %d" % (witness.server.memory.measure() - 500 * 270))
    witness.ask(b"SET last x")
    left = keys(witness) - {b"last"}
    assert 450 < len(left) < 560
    used = sum(int(key[1:]) % 2 == 0 for key in left)
    assert used > 0.85 * len(left)


def test_commands_with_several_keys_use_all_of_them() -> None:
    witness = limited("10mb", "allkeys-lru")
    fill(witness, 100)
    witness.elapse(60_000)
    witness.ask(b"MGET %b" % b" ".join(b"k%d" % number for number in range(0, 100, 2)))
    witness.ask(b"MULTI")
    witness.ask(b"GET k1")
    witness.ask(b"EXEC")
    uses, now = witness.server.keyspace.databases[0].uses, witness.clock.now()
    assert uses is not None
    used = {key for key in keys(witness) if (uses.of(key, now) or 0) >= now - 1_000}
    expected = {b"k1"} | {b"k%d" % n for n in range(0, 100, 2)}
    assert used >= expected
    assert len(used - expected) <= 2  # which share a clock with one of these


def test_what_is_used_most_stays() -> None:
    witness = limited("10mb", "allkeys-lfu")
    fill(witness, 1_000)
    for _ in range(5):
        for number in range(0, 1_000, 2):
            witness.ask(b"GET k%d" % number)
    witness.ask(b"CONFIG SET maxmemory %d" % (witness.server.memory.measure() - 400 * 270))
    witness.ask(b"SET last x")
    left = keys(witness) - {b"last"}
    used = sum(int(key[1:]) % 2 == 0 for key in left)
    assert used > 470


def test_a_random_policy_evicts_from_all_databases() -> None:
    witness = Witness()
    for number in range(4):
        witness.ask(b"SELECT %d" % number)
        fill(witness, 50)
    witness.ask(
        b"CONFIG SET maxmemory-policy allkeys-random maxmemory %d" % (witness.server.memory.measure() - 80 * 270)
    )
    witness.ask(b"PING")
    left = [len(database.values) for database in witness.server.keyspace.databases[:4]]
    assert all(20 <= count <= 40 for count in left)


def test_nothing_left_to_evict() -> None:
    witness = limited("1", "allkeys-lru", b"SET a 1", b"SET b 2")
    assert witness.ask(b"SET c 3") == OOM
    assert keys(witness) == set()


def test_evicting_is_told_and_propagated() -> None:
    witness = Witness((b"SET keep x", b"SET go x PX 100000"))
    witness.ask(b"CONFIG SET maxmemory-policy volatile-ttl maxmemory 1")
    assert witness.ask(b"SET more x") == OOM
    assert (witness.events, witness.propagated, witness.changes) == ([b"evicted go"], [b"DEL go"], 0)
    witness.ask(b"CONFIG SET maxmemory 0")
    witness.ask(b"SET go x PX 100000")
    witness.ask(b"CONFIG SET maxmemory 1 lazyfree-lazy-eviction yes")
    witness.ask(b"PING")
    assert witness.propagated[-1] == b"UNLINK go"


def test_a_watched_key_that_is_evicted_fails_the_transaction() -> None:
    witness = Witness((b"SET k x",))
    witness.ask(b"WATCH k")
    other = witness.server.connect()
    witness.ask(b"CONFIG SET maxmemory-policy allkeys-random maxmemory 1", other)
    witness.ask(b"PING", other)
    witness.ask(b"CONFIG SET maxmemory 0", other)
    witness.ask(b"MULTI")
    assert witness.ask(b"EXEC") == b"*-1\r\n"


class Slow(ManualClock):
    """Time passes with each look at it."""

    __slots__ = ()

    def nanoseconds(self) -> int:  # type: ignore[override]
        self.advance(1)
        return super().nanoseconds()


def test_evicting_that_takes_long_is_gone_on_with_later() -> None:
    server = stubredis.Server(clock=Slow())
    client = server.connect()
    for number in range(1_000):
        client.receive(b"SET k%d x\r\n" % number)
    client.receive(b"CONFIG SET maxmemory-policy allkeys-random maxmemory 100kb\r\n")
    client.take_output()
    client.receive(b"SET more x\r\n")
    assert client.take_output() == b"+OK\r\n"  # as there is something to evict
    assert server.memory.is_over
    assert server.keyspace.evicted == 16
    for _ in range(100):
        server.tick()
    assert not server.memory.is_over
    assert server.keyspace.evicted > 300


# Clients


def test_the_largest_client_is_disconnected() -> None:
    witness = Witness((b"CONFIG SET maxmemory-clients 1mb",))
    server = witness.server
    clients = [server.connect() for _ in range(4)]
    witness.ask(b"CLIENT NO-EVICT ON", clients[0])
    for client in clients:
        client.receive(b"*2\r\n$3\r\nGET\r\n$900000\r\n" + b"x" * (200_000 if client is clients[1] else 300_000))
    clients[0].receive(b"x" * 500_000)
    assert [client.id in server.clients for client in clients] == [True, True, False, False]
    assert info(witness, b"stats")[b"evicted_clients"] == b"2"
    witness.ask(b"CONFIG SET maxmemory-clients 0")
    assert type(witness.client) is Session


def test_clients_may_take_a_part_of_the_limit() -> None:
    witness = Witness((b"CONFIG SET maxmemory 10mb maxmemory-clients 5%",))
    other = witness.server.connect()
    other.receive(b"*2\r\n$3\r\nGET\r\n$900000\r\n" + b"x" * 500_000)
    assert other.id in witness.server.clients
    other.receive(b"x" * 40_000)
    assert other.id not in witness.server.clients
    assert witness.ask(b"PING") == b"+PONG\r\n"


# Accounting


def test_a_census_of_many_is_near_the_truth() -> None:
    values = {b"key%d" % number: b"x" * (number % 1000) for number in range(20_000)}
    census = Census()
    truth = sum(cost(key, value) for key, value in values.items())
    for _ in range(50):
        assert census.total(values) == pytest.approx(truth, rel=0.1)
    few = dict(list(values.items())[:WHOLE])
    assert census.total(few) == sum(cost(key, value) for key, value in few.items())


def test_a_census_takes_an_exception_for_one() -> None:
    values: dict[bytes, bytes] = {b"key%d" % number: b"x" * 100 for number in range(5_000)}
    values[b"large"] = b"x" * 10_000_000
    census = Census()
    truth = sum(cost(key, value) for key, value in values.items())
    census.note(b"large", values)
    for _ in range(100):
        assert census.total(values) == pytest.approx(truth, rel=0.05)
    del values[b"large"]
    assert census.total(values) == pytest.approx(truth - 10_000_000, rel=0.05)


def test_sessions_are_charged_only_while_there_is_a_limit() -> None:
    witness = limited("10mb")
    assert type(witness.client) is LimitedSession
    assert type(witness.server.connect()) is LimitedSession
    witness.ask(b"CONFIG SET maxmemory 0")
    assert {type(client) for client in witness.server.clients.values()} == {Session}


def test_handlers_are_what_they_were_once_the_limit_is_gone() -> None:
    witness = Witness()
    commands = witness.server.commands
    before = {name: (command.handler, command.plain) for name, command in commands.items()}
    witness.ask(b"CONFIG SET maxmemory 1gb maxmemory-policy allkeys-lru")
    assert commands[b"setrange"].handler is not before[b"setrange"][0]
    witness.ask(b"CONFIG SET maxmemory-policy allkeys-lfu")
    witness.ask(b"CONFIG SET maxmemory 2gb maxmemory-policy volatile-lru")
    witness.ask(b"CONFIG SET maxmemory 0")
    assert {name: (command.handler, command.plain) for name, command in commands.items()} == before


# What is told


def info(witness: Witness, section: bytes) -> dict[bytes, bytes]:
    lines = witness.ask(b"INFO " + section).split(b"\r\n")
    return dict(line.split(b":", 1) for line in lines if b":" in line)


def test_info() -> None:
    witness = limited("100kb", "allkeys-random")
    fill(witness, 1_000)
    fields = info(witness, b"memory")
    used = int(fields[b"used_memory"])
    assert 90_000 < used <= 102_400
    assert used == int(fields[b"used_memory_overhead"]) + int(fields[b"used_memory_dataset"])
    assert int(fields[b"used_memory_peak"]) >= used
    assert (fields[b"maxmemory"], fields[b"maxmemory_human"]) == (b"102400", b"100.00K")
    assert fields[b"maxmemory_policy"] == b"allkeys-random"
    assert float(fields[b"mem_fragmentation_ratio"]) > 0
    assert int(info(witness, b"stats")[b"evicted_keys"]) == witness.server.keyspace.evicted > 0
    witness.ask(b"CONFIG RESETSTAT")
    assert info(witness, b"stats")[b"evicted_keys"] == b"0"


def test_for_how_long_there_was_too_much() -> None:
    witness = limited("1")
    witness.elapse(1_000)
    stats = info(witness, b"stats")
    assert (stats[b"current_eviction_exceeded_time"], stats[b"total_eviction_exceeded_time"]) == (b"1000", b"1000")
    witness.ask(b"CONFIG SET maxmemory 0")
    witness.elapse(1_000)
    stats = info(witness, b"stats")
    assert (stats[b"current_eviction_exceeded_time"], stats[b"total_eviction_exceeded_time"]) == (b"0", b"1000")


@pytest.mark.parametrize(
    "line",
    [
        b"SET k %b", b"RPUSH k %b", b"SADD k %b", b"HSET k f %b", b"ZADD k 1 %b", b"XADD k * f %b", b"APPEND k %b",
    ],
)  # fmt: skip
def test_usage_grows_with_the_value(line: bytes) -> None:
    witness = Witness()
    sizes = []
    for length in (10, 1_000, 100_000):
        witness.ask(b"DEL k")
        witness.ask(line % (b"x" * length))
        sizes.append(int(witness.ask(b"MEMORY USAGE k")[1:]))
    assert sizes[0] < 1_000 < sizes[1] < 2_000
    assert 100_000 < sizes[2] < 102_000


def test_usage_of_many_elements() -> None:
    witness = Witness()
    for number in range(1_000):
        witness.ask(b"RPUSH l %b" % (b"x" * number))
    first, every = (int(witness.ask(b"MEMORY USAGE l SAMPLES %d" % count)[1:]) for count in (1, 0))
    assert first < 100_000
    assert 500_000 < every < 600_000


def test_usage_of_other_values() -> None:
    witness = Witness((
        b"VADD v VALUES 3 1 2 3 a", b"XADD x 1-1 f v", b"XGROUP CREATE x g 0", b"XREADGROUP GROUP g c STREAMS x >",
        b"HSET h f v", b"HEXPIRE h 100 FIELDS 1 f", b"INCR n", b"ZADD z 1 a 2 b", b"ZRANGE z 0 -1",
    ))  # fmt: skip
    for key in (b"v", b"x", b"h", b"n", b"z"):
        assert 100 < int(witness.ask(b"MEMORY USAGE " + key)[1:]) < 5_000


def test_an_expired_key_takes_nothing() -> None:
    witness = Witness((b"SET k v PX 1",))
    witness.clock.advance(5)
    assert witness.ask(b"MEMORY USAGE k") == b"$-1\r\n"


def test_the_doctor() -> None:
    witness = Witness()
    assert b"too little" in witness.ask(b"MEMORY DOCTOR")
    for number in range(10):
        witness.ask(b"SET k%d %b" % (number, b"x" * MEGABYTE))
    witness.ask(b"INFO memory")
    witness.ask(b"DEL k1 k2 k3 k4")
    assert b"Peak: the data have taken 10.0" in witness.ask(b"MEMORY DOCTOR")


def test_purging_keeps_the_data() -> None:
    witness = Witness()
    fill(witness, 1_000)
    witness.ask(b"DEL %b" % b" ".join(b"k%d" % number for number in range(990)))
    table = witness.server.keyspace.databases[0].values.__sizeof__()
    assert witness.ask(b"MEMORY PURGE") == b"+OK\r\n"
    assert witness.server.keyspace.databases[0].values.__sizeof__() < table
    assert witness.ask(b"DBSIZE") == b":10\r\n"
