"""Fields with a time to live: effects, active and lazy expiry. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from stubredis.expiry import SLICE
from tests.commands.witness import Witness

FAR = 4102444800000
START = (
    b"HSET h a 1 b 2",
    b"HSET t a 1 b 2 c 3",
    b"HPEXPIREAT t %d FIELDS 1 a" % (FAR + 123),
    b"SET s string",
)
DELAY = 64
"""How long an expired field may stay if nobody touches it, in milliseconds."""


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Redis 8.2, which sends an HDEL
# for each field, names fields to HGETEX that do not exist, and keeps the conditions of HSETEX.
CHANGES = [
    (b"HEXPIREAT h 4102444800 FIELDS 1 a", b"hexpire h", 1, b"HPEXPIREAT h 4102444800000 FIELDS 1 a"),
    (b"HPEXPIREAT h 4102444800123 FIELDS 2 a x", b"hexpire h", 1, b"HPEXPIREAT h 4102444800123 FIELDS 1 a"),
    (b"HEXPIREAT h 4102444800 NX FIELDS 2 a b", b"hexpire h", 2, b"HPEXPIREAT h 4102444800000 NX FIELDS 2 a b"),
    (b"HEXPIREAT t 4102444800 NX FIELDS 2 a b", b"hexpire t", 1, b"HPEXPIREAT t 4102444800000 NX FIELDS 1 b"),
    (b"HEXPIREAT t 4102444801 GT FIELDS 3 a b x", b"hexpire t", 1, b"HPEXPIREAT t 4102444801000 GT FIELDS 1 a"),
    (b"HEXPIREAT t 4102444800 GT FIELDS 3 a b x", b"", 0, b""),
    (b"HEXPIREAT t 4102444800 LT FIELDS 3 a b x", b"hexpire t", 2, b"HPEXPIREAT t 4102444800000 LT FIELDS 2 a b"),
    (b"HEXPIREAT h 4102444800 FIELDS 2 a a", b"hexpire h", 2, b"HPEXPIREAT h 4102444800000 FIELDS 2 a a"),
    (b"HEXPIRE h 100 FIELDS 1 a", b"hexpire h", 1, b"HPEXPIREAT h %d FIELDS 1 a"),
    (b"HPEXPIRE h 100000 FIELDS 1 a", b"hexpire h", 1, b"HPEXPIREAT h %d FIELDS 1 a"),
    (b"HEXPIREAT t 1 FIELDS 3 a b x", b"hdel t", 2, b"HDEL t a b"),
    (b"HEXPIREAT t 1 XX FIELDS 3 a b x", b"hdel t", 1, b"HDEL t a"),
    (b"HEXPIREAT t 1 FIELDS 2 a a", b"hdel t", 1, b"HDEL t a"),
    (b"HEXPIREAT t 1 FIELDS 3 a b c", b"hdel t, del t", 3, b"HDEL t a b c"),
    (b"HPEXPIRE t 0 FIELDS 1 a", b"hdel t", 1, b"HDEL t a"),
    (b"HEXPIREAT h 4102444800 FIELDS 1 x", b"", 0, b""),
    (b"HEXPIREAT missing 4102444800 FIELDS 1 x", b"", 0, b""),
    (b"HPERSIST t FIELDS 3 a b x", b"hpersist t", 1, b"HPERSIST t FIELDS 3 a b x"),
    (b"HPERSIST t FIELDS 1 b", b"", 0, b""),
    (b"HPERSIST missing FIELDS 1 b", b"", 0, b""),
    (b"HTTL t FIELDS 1 a", b"", 0, b""),
    (b"HTTL missing FIELDS 1 a", b"keymiss missing", 0, b""),
    (b"HGETEX t FIELDS 2 a b", b"", 0, b""),
    (b"HGETEX missing FIELDS 2 a b", b"", 0, b""),
    (b"HGETEX t EXAT 4102444800 FIELDS 3 a b x", b"hexpire t", 2, b"HPEXPIREAT t 4102444800000 FIELDS 2 a b"),
    (b"HGETEX t EXAT 4102444800 FIELDS 1 x", b"", 0, b""),
    (b"HGETEX t EX 100 FIELDS 1 b", b"hexpire t", 1, b"HPEXPIREAT t %d FIELDS 1 b"),
    (b"HGETEX t PERSIST FIELDS 3 a b x", b"hpersist t", 1, b"HPERSIST t FIELDS 3 a b x"),
    (b"HGETEX t PERSIST FIELDS 1 b", b"", 0, b""),
    (b"HGETEX t PXAT 1 FIELDS 2 a b", b"hdel t", 2, b"HDEL t a b"),
    (b"HGETEX t PXAT 1 FIELDS 3 a b c", b"hdel t, del t", 3, b"HDEL t a b c"),
    (b"HGETEX t PXAT 1 FIELDS 1 x", b"", 0, b""),
    (b"HGETDEL t FIELDS 2 a x", b"hdel t", 1, b"HDEL t a x"),
    (b"HGETDEL t FIELDS 1 x", b"", 0, b""),
    (b"HGETDEL t FIELDS 3 a b c", b"hdel t, del t", 3, b"HDEL t a b c"),
    (b"HGETDEL missing FIELDS 1 a", b"", 0, b""),
    (b"HSETEX t FIELDS 2 a 1 n 2", b"hset t", 2, b"HSETEX t FIELDS 2 a 1 n 2"),
    (b"HSETEX t FNX FIELDS 1 n 2", b"hset t", 1, b"HSETEX t FNX FIELDS 1 n 2"),
    (b"HSETEX new FIELDS 2 a 1 n 2", b"new new, hset new", 2, b"HSETEX new FIELDS 2 a 1 n 2"),
    (b"HSETEX t PXAT %d FIELDS 2 a 1 n 2" % FAR, b"hset t, hexpire t", 2, b"HSETEX t PXAT %d FIELDS 2 a 1 n 2" % FAR),
    (b"HSETEX new EX 100 FIELDS 1 a 1", b"new new, hset new, hexpire new", 1, b"HSETEX new PXAT %d FIELDS 1 a 1"),
    (b"HSETEX t FXX PXAT %d FIELDS 1 a 1" % FAR, b"hset t, hexpire t", 1, b"HSETEX t PXAT %d FIELDS 1 a 1" % FAR),
    (b"HSETEX t FXX EXAT 4102444800 FIELDS 2 a 1 n 2", b"", 0, b""),
    (b"HSETEX t KEEPTTL FIELDS 2 a 1 n 2", b"hset t", 2, b"HSETEX t KEEPTTL FIELDS 2 a 1 n 2"),
    (b"HSETEX t PXAT 1 FIELDS 2 a 1 n 2", b"hset t, hdel t", 2, b"HDEL t a n"),
    (b"HSETEX t PXAT 1 FIELDS 3 a 1 b 2 c 3", b"hset t, hdel t, del t", 3, b"HDEL t a b c"),
    (b"HSETEX new PXAT 1 FIELDS 1 a 1", b"new new, hset new, hdel new, del new", 1, b"HDEL new a"),
    (b"HSETEX new FXX FIELDS 1 a 1", b"", 0, b""),
    (b"HINCRBY t a 5", b"hincrby t", 1, b"HINCRBY t a 5"),
    (b"HINCRBYFLOAT t a 0.5", b"hincrbyfloat t", 1, b"HSETEX t KEEPTTL FIELDS 1 a 1.5"),
    (b"HINCRBYFLOAT t b 0.5", b"hincrbyfloat t", 1, b"HSET t b 2.5"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    deadline = b"%d" % (witness.clock.now() + 100_000)
    assert witness.propagated == ([propagated.replace(b"%d", deadline)] if propagated else [])


@pytest.mark.parametrize(
    "line",
    [
        b"HEXPIRE h x FIELDS 1 a", b"HEXPIRE h 100 FIELDS 2 a", b"HEXPIRE s 100 FIELDS 1 a", b"HPERSIST t FIELDS 2 a",
        b"HGETEX t EX 0 FIELDS 2 a", b"HGETEX t PERSIST FIELDS 2 a", b"HGETDEL t FIELDS 2 a", b"HSETEX t FIELDS 2 a 1",
        b"HSETEX new EX -1 FIELDS 1 a 1", b"HSETEX s FIELDS 1 a 1",
    ],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = dict(witness.client.db.values)
    assert witness.ask(line).startswith(b"-")
    assert witness.client.db.values == before
    assert (witness.events, witness.changes) == ([], 0)


def test_requests_that_only_read_are_counted(witness: Witness) -> None:
    keyspace = witness.server.keyspace
    for line in (
        b"HTTL h FIELDS 1 a",
        b"HPTTL h FIELDS 1 a",
        b"HEXPIRETIME h FIELDS 1 a",
        b"HPEXPIRETIME h FIELDS 1 a",
    ):
        witness.ask(line)
        witness.ask(line.replace(b" h", b" missing"))
    for line in (
        b"HEXPIRE h 100 FIELDS 1 a",
        b"HPERSIST h FIELDS 1 a",
        b"HGETEX h FIELDS 1 a",
        b"HGETDEL h FIELDS 1 a",
    ):
        witness.ask(line)
        witness.ask(line.replace(b" h", b" missing"))
    assert (keyspace.hits, keyspace.misses) == (4, 4)


# Lazy expiry: no time for periodic work, so that the fields are still there when they are looked for


def expired(*lines: bytes) -> Witness:
    """A server with fields whose deadlines have passed, where nobody has looked at them yet."""
    witness = Witness((*lines, b"HPEXPIRE h 20 FIELDS 2 a b"))
    witness.clock.advance(21)
    return witness


#: Each command, its reply when a and b of h have expired while c has not, and its events besides `hexpired h`.
LAZILY = [
    (b"HGET h a", b"$-1\r\n", []),
    (b"HMGET h a c", b"*2\r\n$-1\r\n$1\r\n3\r\n", []),
    (b"HGETALL h", b"*2\r\n$1\r\nc\r\n$1\r\n3\r\n", []),
    (b"HKEYS h", b"*1\r\n$1\r\nc\r\n", []),
    (b"HVALS h", b"*1\r\n$1\r\n3\r\n", []),
    (b"HLEN h", b":1\r\n", []),
    (b"HEXISTS h a", b":0\r\n", []),
    (b"HSTRLEN h a", b":0\r\n", []),
    (b"HRANDFIELD h 10", b"*1\r\n$1\r\nc\r\n", []),
    (b"HSCAN h 0", b"*2\r\n$1\r\n0\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n", []),
    (b"HTTL h FIELDS 2 a c", b"*2\r\n:-2\r\n:-1\r\n", []),
    (b"HSET h a 5", b":1\r\n", [b"hset h"]),
    (b"HSET h a 5 c 5", b":1\r\n", [b"hset h"]),
    (b"HSETNX h a 5", b":1\r\n", [b"hset h"]),
    (b"HINCRBY h a 5", b":5\r\n", [b"hincrby h"]),
    (b"HINCRBYFLOAT h a 5", b"$1\r\n5\r\n", [b"hincrbyfloat h"]),
    (b"HDEL h a", b":0\r\n", []),
    (b"HEXPIRE h 100 FIELDS 2 a c", b"*2\r\n:-2\r\n:1\r\n", [b"hexpire h"]),
    (b"HPERSIST h FIELDS 2 a c", b"*2\r\n:-2\r\n:-1\r\n", []),
    (b"HGETEX h PERSIST FIELDS 1 a", b"*1\r\n$-1\r\n", []),
    (b"HGETDEL h FIELDS 1 a", b"*1\r\n$-1\r\n", []),
    (b"HSETEX h FXX FIELDS 1 a 5", b":0\r\n", []),
    (b"HSETEX h KEEPTTL FIELDS 1 a 5", b":1\r\n", [b"hset h"]),
]


@pytest.mark.parametrize(("line", "reply", "events"), LAZILY, ids=lambda value: str(value)[2:-1])
def test_an_expired_field_is_never_seen(line: bytes, reply: bytes, events: list[bytes]) -> None:
    witness = expired(b"HSET h a 1 b 2 c 3")
    assert witness.ask(line) == reply
    assert witness.events == [b"hexpired h", *events]
    assert sorted(witness.propagated[0].split()[2:]) == [b"a", b"b"]
    assert witness.propagated[0].startswith(b"HDEL h ")
    assert len(witness.propagated) == 1 + len(events)
    assert witness.client.db.values[b"h"][b"c"]


@pytest.mark.parametrize("line", [line for line, _, _ in LAZILY])
def test_the_key_goes_with_its_last_field(line: bytes) -> None:
    witness = expired(b"HSET h a 1 b 2")
    witness.ask(line)
    assert witness.events[:2] == [b"hexpired h", b"del h"]
    assert witness.events[2:3] in ([], [b"new h"])
    assert bool(witness.changes) == bool(witness.events[2:])
    assert witness.server.keyspace.expired_fields == 2
    assert not witness.client.db.field_deadlines


@pytest.mark.parametrize("line", [b"EXISTS h", b"TYPE h", b"TTL h", b"DBSIZE", b"SCAN 0", b"KEYS *", b"RANDOMKEY"])
def test_commands_for_all_types_do_not_look_at_fields(line: bytes) -> None:
    """As in Redis: active expiry removes the key a moment later."""
    witness = expired(b"HSET h a 1 b 2")
    present = Witness((b"HSET h a 1 b 2",)).ask(line)
    assert witness.ask(line) == present
    assert witness.events == []


def test_a_field_lives_through_its_last_millisecond() -> None:
    witness = Witness((b"HSET h a 1 b 2", b"HPEXPIRE h 20 FIELDS 1 a"))
    witness.clock.advance(20)
    assert witness.ask(b"HGET h a") == b"$1\r\n1\r\n"
    assert witness.ask(b"HPTTL h FIELDS 1 a") == b"*1\r\n:0\r\n"
    witness.clock.advance(1)
    assert witness.ask(b"HGET h a") == b"$-1\r\n"


def test_time_stands_still_in_a_transaction() -> None:
    witness = Witness((b"HSET h a 1 b 2", b"HPEXPIRE h 20 FIELDS 1 a", b"MULTI", b"HGET h a"))
    witness.clock.advance(21)
    assert witness.ask(b"EXEC") == b"*1\r\n$-1\r\n"
    assert witness.events == [b"hexpired h"]


def test_fields_are_hidden_but_not_removed_during_a_pause() -> None:
    witness = Witness((b"HSET h a 1 b 2", b"HPEXPIRE h 20 FIELDS 1 a", b"CLIENT PAUSE 1000 WRITE"))
    witness.elapse(500)
    assert witness.ask(b"HGETALL h") == b"*2\r\n$1\r\nb\r\n$1\r\n2\r\n"
    assert witness.ask(b"HGET h a") == b"$-1\r\n"
    assert witness.ask(b"HLEN h") == b":1\r\n"
    assert witness.ask(b"HTTL h FIELDS 2 a b") == b"*2\r\n:-2\r\n:-1\r\n"
    assert witness.events == witness.propagated == []
    witness.ask(b"CLIENT UNPAUSE")
    witness.elapse(DELAY)
    assert witness.events == [b"hexpired h"]


# Active expiry


def test_fields_vanish_by_themselves() -> None:
    witness = Witness((b"HSET h a 1 b 2 c 3", b"HPEXPIRE h 20 FIELDS 1 a", b"HPEXPIRE h 5000 FIELDS 1 b"))
    witness.elapse(20 + DELAY)
    assert witness.client.db.values[b"h"] == {b"b": b"2", b"c": b"3"}
    assert witness.events == [b"hexpired h"]
    assert witness.propagated == [b"HDEL h a"]
    witness.elapse(5000)
    assert witness.client.db.values[b"h"] == {b"c": b"3"}
    assert witness.server.keyspace.alarm.at is None
    assert not witness.client.db.field_deadlines


def test_the_key_vanishes_with_the_last_field() -> None:
    witness = Witness((b"HSET h a 1 b 2", b"HPEXPIRE h 20 FIELDS 2 a b"))
    witness.elapse(20 + DELAY)
    assert witness.ask(b"DBSIZE") == b":0\r\n"
    assert witness.events == [b"hexpired h", b"del h"]
    assert witness.propagated[0].startswith(b"HDEL h ")
    assert witness.changes == 0
    assert b"expired_subkeys:2\r\n" in witness.ask(b"INFO stats")


@pytest.mark.parametrize(
    ("lines", "present"),
    [
        ((b"RENAME h k",), {b"k": [b"b"]}),
        ((b"COPY h k",), {b"h": [b"b"], b"k": [b"b"]}),
        ((b"COPY h k", b"HPERSIST h FIELDS 1 a"), {b"h": [b"b", b"a"], b"k": [b"b"]}),
        ((b"COPY h k", b"DEL h"), {b"k": [b"b"]}),
        ((b"SET k x", b"COPY h k REPLACE", b"DEL h"), {b"k": [b"b"]}),
        ((b"SET k x", b"RENAME h k"), {b"k": [b"b"]}),
        ((b"MOVE h 1", b"SELECT 1"), {b"h": [b"b"]}),
        ((b"COPY h h DB 1", b"DEL h", b"SELECT 1"), {b"h": [b"b"]}),
        ((b"SWAPDB 0 1", b"SELECT 1"), {b"h": [b"b"]}),
        ((b"DEL h", b"HSET h a 1"), {b"h": [b"a"]}),
        ((b"SET h x", b"DEL h", b"HSET h a 1"), {b"h": [b"a"]}),
        ((b"FLUSHDB", b"HSET h a 1"), {b"h": [b"a"]}),
        ((b"FLUSHALL", b"HSET h a 1"), {b"h": [b"a"]}),
        ((b"HSET h a 2",), {b"h": [b"b", b"a"]}),
        ((b"HDEL h a", b"HSET h a 2"), {b"h": [b"b", b"a"]}),
        ((b"HGETDEL h FIELDS 1 a", b"HSET h a 2"), {b"h": [b"b", b"a"]}),
        ((b"HINCRBY h a 1",), {b"h": [b"b"]}),
        ((b"HSETEX h KEEPTTL FIELDS 1 a 1",), {b"h": [b"b"]}),
        ((b"HEXPIRE h 100 FIELDS 1 a", b"HPEXPIRE h 20 FIELDS 1 b"), {b"h": [b"a"]}),
        ((b"HSETEX n PX 20 FIELDS 2 a 1 b 1", b"HPERSIST n FIELDS 1 a"), {b"h": [b"b"], b"n": [b"a"]}),
        ((b"HGETEX h PX 20 FIELDS 1 b",), {}),
    ],
)  # fmt: skip
def test_deadlines_go_where_the_hash_goes(lines: tuple[bytes, ...], present: dict[bytes, list[bytes]]) -> None:
    witness = Witness((b"HSET h a 1 b 2", b"HPEXPIRE h 20 FIELDS 1 a", *lines))
    witness.elapse(20 + DELAY)
    assert {key: list(value) for key, value in witness.client.db.values.items()} == present
    witness.elapse(100_000)
    for database in witness.server.keyspace.databases:
        assert not database.field_deadlines
    assert witness.server.keyspace.alarm.at is None


def test_what_is_overwritten_is_looked_at_once_in_vain() -> None:
    witness = Witness((b"HSET h a 1", b"HPEXPIRE h 20 FIELDS 1 a", b"SET h x"))
    witness.elapse(20 + DELAY)
    assert witness.events == []
    assert not witness.client.db.field_deadlines


def test_a_cycle_is_bounded(witness: Witness) -> None:
    count = 3 * SLICE
    words = b" ".join(b"f%d v" % number for number in range(count))
    names = b" ".join(b"f%d" % number for number in range(count))
    for key in (b"first", b"second"):
        witness.ask(b"HSET %b %b" % (key, words))
        witness.ask(b"HPEXPIRE %b 100 FIELDS %d %b" % (key, count, names))
    witness.clock.advance(100 + DELAY)
    left = 2 * count
    while left:
        witness.server.tick()
        now_left = sum(len(witness.client.db.values.get(key, ())) for key in (b"first", b"second"))
        assert 0 < left - now_left <= SLICE + 1
        left = now_left
    assert witness.events.count(b"del first") == witness.events.count(b"del second") == 1


def test_a_large_hash_of_many_deadlines() -> None:
    """Each field goes in its time, and looking at the hash in between takes no more than what has expired."""
    witness = Witness()
    for number in range(2000):
        witness.ask(b"HSETEX h PX %d FIELDS 1 f%d v" % (number + 1, number))
    for elapsed in range(0, 2000, 100):
        assert witness.ask(b"HLEN h") == b":%d\r\n" % (2000 - max(elapsed - 1, 0))
        witness.clock.advance(100)
    witness.elapse(2000)
    assert witness.ask(b"EXISTS h") == b":0\r\n"
