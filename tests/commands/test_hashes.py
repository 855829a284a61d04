"""Hashes: effects, lookups, random fields and scans. Replies are compared in tests/differential/."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.commands.witness import Witness

START = (b"HSET h f value n 10", b"SET s string")


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1.
CHANGES = [
    (b"HSET h f v", b"hset h", 1, b"HSET h f v"),
    (b"HSET new a 1 b 2 a 3", b"new new, hset new", 3, b"HSET new a 1 b 2 a 3"),
    (b"HMSET h a 1 b 2", b"hset h", 2, b"HMSET h a 1 b 2"),
    (b"HSETNX h a 1", b"hset h", 1, b"HSETNX h a 1"),
    (b"HSETNX new a 1", b"new new, hset new", 1, b"HSETNX new a 1"),
    (b"HSETNX h f 1", b"", 0, b""),
    (b"HDEL h f x", b"hdel h", 1, b"HDEL h f x"),
    (b"HDEL h f n", b"hdel h, del h", 2, b"HDEL h f n"),
    (b"HDEL h x", b"", 0, b""),
    (b"HDEL missing x", b"", 0, b""),
    (b"HINCRBY h n 5", b"hincrby h", 1, b"HINCRBY h n 5"),
    (b"HINCRBY new n 5", b"new new, hincrby new", 1, b"HINCRBY new n 5"),
    (b"HINCRBYFLOAT h n 0.25", b"hincrbyfloat h", 1, b"HSET h n 10.25"),
    (b"HINCRBYFLOAT new n 1e2", b"new new, hincrbyfloat new", 1, b"HSET new n 100"),
    (b"HGETALL h", b"", 0, b""),
    (b"HGET missing f", b"keymiss missing", 0, b""),
    (b"HMGET missing f", b"keymiss missing", 0, b""),
    (b"HSCAN missing 0", b"keymiss missing", 0, b""),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([propagated] if propagated else [])


@pytest.mark.parametrize(
    "line", [b"HSET s f v", b"HSET h a 1 b", b"HMSET new a 1 b", b"HINCRBY new f x", b"HINCRBYFLOAT new f inf"]
)
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = dict(witness.client.db.values)
    assert witness.ask(line).startswith(b"-")
    assert witness.client.db.values == before
    assert (witness.events, witness.changes) == ([], 0)


@pytest.mark.parametrize(
    "line",
    [b"HGET h f", b"HMGET h f x", b"HGETALL h", b"HKEYS h", b"HVALS h", b"HLEN h", b"HSTRLEN h f", b"HEXISTS h x",
     b"HRANDFIELD h", b"HRANDFIELD h 2", b"HSCAN h 0"],
)  # fmt: skip
def test_a_key_is_looked_up_once(witness: Witness, line: bytes) -> None:
    keyspace = witness.server.keyspace
    witness.ask(line)
    witness.ask(line.replace(b" h", b" missing"))
    assert (keyspace.hits, keyspace.misses) == (1, 1)


def test_maps_and_pairs() -> None:
    witness = Witness((b"HSET h f v",))
    field = b"$1\r\nf\r\n$1\r\nv\r\n"
    assert witness.ask(b"HGETALL h") == b"*2\r\n" + field
    assert witness.ask(b"HRANDFIELD h -2 WITHVALUES") == b"*4\r\n" + field * 2
    witness.ask(b"HELLO 3")
    assert witness.ask(b"HGETALL h") == b"%1\r\n" + field
    assert witness.ask(b"HGETALL missing") == b"%0\r\n"
    assert witness.ask(b"HRANDFIELD h -2 WITHVALUES") == b"*2\r\n" + (b"*2\r\n" + field) * 2


# Choosing at random


def fields(reply: bytes) -> list[bytes]:
    return reply.split(b"\r\n")[2::2]


def test_all_fields_are_chosen_equally_often() -> None:
    witness = Witness((b"HSET h a 1 b 2 c 3",))
    chosen = Counter(fields(witness.ask(b"HRANDFIELD h -3000")))
    assert chosen.keys() == {b"a", b"b", b"c"}
    # The standard deviation of each count is 26: six of them do not happen by chance.
    assert all(abs(count - 1000) < 160 for count in chosen.values())


def test_different_fields_of_a_large_hash() -> None:
    witness = Witness((hset(1000),))
    chosen = fields(witness.ask(b"HRANDFIELD h 700"))
    assert len(set(chosen)) == len(chosen) == 700


# Scanning


def hset(count: int, value: bytes = b"v", prefix: bytes = b"f") -> bytes:
    return b"HSET h " + b" ".join(b"%b%d %b" % (prefix, number, value) for number in range(count))


def scan(witness: Witness, cursor: bytes, options: bytes) -> tuple[bytes, list[bytes]]:
    words = witness.ask(b"HSCAN h %b %b" % (cursor, options)).split(b"\r\n")
    return words[2], words[5::2]


@pytest.mark.parametrize(("count", "value"), [(512, b"v"), (1, b"v" * 64)])
def test_a_small_hash_is_scanned_at_once(count: int, value: bytes) -> None:
    cursor, found = scan(Witness((hset(count, value),)), b"0", b"COUNT 1")
    assert cursor == b"0"
    assert len(found) == 2 * count


@pytest.mark.parametrize(("count", "value"), [(513, b"v"), (20, b"v" * 65)])
def test_a_large_hash_is_scanned_in_steps(count: int, value: bytes) -> None:
    witness = Witness((hset(count, value),))
    cursor, found = scan(witness, b"0", b"COUNT 7 NOVALUES")
    assert len(found) == 7
    witness.ask(hset(1000, prefix=b"new"))
    witness.ask(b"HDEL h f0")
    while cursor != b"0":
        cursor, more = scan(witness, cursor, b"COUNT 7 NOVALUES")
        found += more
    assert set(found) >= {b"f%d" % number for number in range(1, count)}
