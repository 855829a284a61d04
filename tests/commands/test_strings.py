"""What commands on strings cause besides their replies, and values that change in place."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

START = (b"SET k value", b"SET n 10", b"SET t volatile PXAT 4102444800000")
FAR = 1_700_000_100_000


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1; where
# Redis 8.2 has other events, which it has for a deadline in the past, they are those of Redis.
CHANGES = [
    (b"SET k v", b"set k", 1, b"SET k v"),
    (b"SET new v", b"new new, set new", 1, b"SET new v"),
    (b"SET t v", b"set t", 1, b"SET t v"),
    (b"SET k v NX", b"", 0, b""),
    (b"SET k v XX", b"set k", 1, b"SET k v XX"),
    (b"SET k v IFEQ other", b"", 0, b""),
    (b"SET k v IFEQ value", b"set k", 1, b"SET k v IFEQ value"),
    (b"SET k v GET", b"set k", 1, b"SET k v"),
    (b"SET new v GET", b"keymiss new, new new, set new", 1, b"SET new v"),
    (b"SET t v GET KEEPTTL", b"set t", 1, b"SET t v KEEPTTL"),
    (b"SET k v EX 100", b"set k, expire k", 1, b"SET k v PXAT %d" % FAR),
    (b"SET k v NX EX 100", b"", 0, b""),
    (b"SET k v XX GET PX 100000", b"set k, expire k", 1, b"SET k v PXAT %d" % FAR),
    (b"SET k v EXAT 4102444800", b"set k, expire k", 1, b"SET k v PXAT 4102444800000"),
    (b"SET k v PXAT 1", b"set k, expire k", 1, b"SET k v PXAT 1"),
    (b"SET k v EXAT 1 GET", b"set k, expire k", 1, b"SET k v PXAT 1000"),
    (b"SET new v PXAT 1", b"new new, set new, expire new", 1, b"SET new v PXAT 1"),
    (b"SETNX new v", b"new new, set new", 1, b"SETNX new v"),
    (b"SETNX k v", b"", 0, b""),
    (b"SETEX k 100 v", b"set k, expire k", 1, b"SET k v PXAT %d" % FAR),
    (b"PSETEX k 100000 v", b"set k, expire k", 1, b"SET k v PXAT %d" % FAR),
    (b"GETSET k v", b"set k", 1, b"SET k v"),
    (b"GETDEL k", b"del k", 1, b"DEL k"),
    (b"GETDEL missing", b"keymiss missing", 0, b""),
    (b"GETEX k", b"", 0, b""),
    (b"GETEX k EX 100", b"expire k", 1, b"PEXPIREAT k %d" % FAR),
    (b"GETEX k PXAT 1", b"del k", 1, b"UNLINK k"),
    (b"GETEX t PERSIST", b"persist t", 1, b"PERSIST t"),
    (b"GETEX k PERSIST", b"", 0, b""),
    (b"DELIFEQ k value", b"del k", 1, b"DEL k"),
    (b"DELIFEQ k other", b"", 0, b""),
    (b"MSET k 1 n 2", b"set k, set n", 2, b"MSET k 1 n 2"),
    (b"MSETNX a 1 a 2", b"new a, set a, set a", 2, b"MSETNX a 1 a 2"),
    (b"MSETNX a 1 k 2", b"", 0, b""),
    (b"MSETEX 1 k v KEEPTTL", b"set k", 1, b"MSETEX 1 k v KEEPTTL"),
    (b"MSETEX 2 k 1 n 2 XX EX 100", b"set k, expire k, set n, expire n", 2, b"MSETEX 2 k 1 n 2 XX PXAT %d" % FAR),
    (b"INCR n", b"incrby n", 1, b"INCR n"),
    (b"DECRBY new 3", b"new new, incrby new", 1, b"DECRBY new 3"),
    (b"INCRBYFLOAT n 0.5", b"incrbyfloat n", 1, b"SET n 10.5 KEEPTTL"),
    (b"INCRBYFLOAT new 1e3", b"new new, incrbyfloat new", 1, b"SET new 1000 KEEPTTL"),
    (b'APPEND k ""', b"append k", 1, b"APPEND k "),
    (b"APPEND new x", b"new new, append new", 1, b"APPEND new x"),
    (b"SETRANGE k 2 x", b"setrange k", 1, b"SETRANGE k 2 x"),
    (b"SETRANGE new 2 x", b"new new, setrange new", 1, b"SETRANGE new 2 x"),
    (b'SETRANGE k 2 ""', b"", 0, b""),
    (b"INCR k", b"", 0, b""),
    (b"MGET k missing", b"keymiss missing", 0, b""),
    (b"STRLEN missing", b"keymiss missing", 0, b""),
    (b"LCS k missing", b"keymiss missing", 0, b""),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([propagated] if propagated else [])


@pytest.mark.parametrize(
    ("line", "hits", "misses"),
    [
        (b"GET k", 1, 0), (b"GET missing", 0, 1), (b"MGET k missing k", 2, 1), (b"STRLEN k", 1, 0),
        (b"GETRANGE missing 0 1", 0, 1), (b"LCS k missing", 1, 1), (b"SET k v", 0, 0), (b"SET k v NX", 0, 0),
        (b"SET k v IFEQ value", 0, 0), (b"SET k v GET", 1, 0), (b"GETSET missing v", 0, 1), (b"GETDEL k", 1, 0),
        (b"GETEX missing", 0, 1), (b"DELIFEQ k value", 0, 0), (b"APPEND k x", 0, 0), (b"INCR n", 0, 0),
    ],
)  # fmt: skip
def test_hits_and_misses(witness: Witness, line: bytes, hits: int, misses: int) -> None:
    keyspace = witness.server.keyspace
    before = keyspace.hits, keyspace.misses
    witness.ask(line)
    assert (keyspace.hits - before[0], keyspace.misses - before[1]) == (hits, misses)


# Time


@pytest.mark.parametrize("line", [b"SET k v PX 100", b"PSETEX k 100 v", b"GETEX k PX 100", b"MSETEX 1 k v PX 100"])
def test_a_key_lives_to_the_end_of_its_last_millisecond(line: bytes) -> None:
    witness = Witness((b"SET k v", line))
    witness.clock.advance(100)
    assert witness.ask(b"GET k") == b"$1\r\nv\r\n"
    witness.clock.advance(1)
    assert witness.ask(b"GET k") == b"$-1\r\n"
    assert (witness.events, witness.changes) == ([b"expired k", b"keymiss k"], 0)
    assert witness.propagated == [b"UNLINK k"]


def test_a_key_set_with_a_past_deadline_expires_when_its_turn_comes(witness: Witness) -> None:
    witness.ask(b"SET k v PXAT 1")
    assert witness.ask(b"DBSIZE") == b":3\r\n"
    witness.elapse(0)
    assert witness.ask(b"DBSIZE") == b":2\r\n"
    assert witness.events == [b"set k", b"expire k", b"expired k"]
    assert witness.server.keyspace.expired == 1


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (b"APPEND k 1", True), (b"INCR k", True), (b"INCRBYFLOAT k 0.5", True), (b"SETRANGE k 0 x", True),
        (b"SET k 1 KEEPTTL", True), (b"GETEX k", True), (b"MSETEX 1 k 1 KEEPTTL", True), (b"SET k 1", False),
        (b"SET k 1 GET", False), (b"GETSET k 1", False), (b"MSET k 1", False), (b"MSETEX 1 k 1", False),
        (b"GETEX k PERSIST", False),
    ],
)  # fmt: skip
def test_whether_a_time_to_live_is_kept(line: bytes, kept: bool) -> None:
    witness = Witness((b"SET k 1 EX 100", line))
    assert witness.client.db.deadlines == ({b"k": FAR} if kept else {})


# Changes in place


def test_a_reply_is_not_changed_by_later_requests_of_the_same_chunk() -> None:
    witness = Witness((b"SET k a", b"APPEND k b"))
    witness.client.receive(b"GET k\r\nMGET k k\r\nAPPEND k c\r\nGET k\r\n")
    before, after = b"$2\r\nab\r\n", b"$3\r\nabc\r\n"
    assert witness.client.take_output() == before + b"*2\r\n" + before + before + b":3\r\n" + after


def test_only_the_first_change_copies_the_string() -> None:
    witness = Witness((b"SET k a", b"APPEND k b"))
    value = witness.client.db.values[b"k"]
    witness.ask(b"APPEND k c")
    witness.ask(b"SETRANGE k 5 d")
    assert witness.client.db.values[b"k"] is value
    assert value == b"abc\0\0d"


def test_the_longest_string_is_the_configured_one() -> None:
    witness = Witness((b"SET k abc",))
    witness.server.config.proto_max_bulk_len = 5
    error = b"-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
    for line in (b"APPEND k def", b"SETRANGE k 4 xx", b"SETRANGE new 5 x"):
        assert witness.ask(line) == error
    assert witness.ask(b"APPEND k de") == b":5\r\n"


def test_lcs_needs_no_table_of_all_pairs() -> None:
    first, second = b"abcdefghij" * 1000, b"acegibdfhj" * 1000
    witness = Witness((b"SET a " + first, b"SET b " + second))
    common = witness.ask(b"LCS a b").split(b"\r\n")[1]
    assert witness.ask(b"LCS a b LEN") == b":%d\r\n" % len(common)
    for string in (first, second):
        rest = iter(string)
        assert all(byte in rest for byte in common)
