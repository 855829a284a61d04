"""Bitmaps: effects, refused requests, lookups, and changes in place. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

START = (b'SET k "\\x0f\\xff"', b"SET other value", b"RPUSH l a", b"SET t volatile PXAT 4102444800000")


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1.
CHANGES = [
    (b"SETBIT k 0 1", b"setbit k", 1, True),
    (b"SETBIT k 4 1", b"", 0, False),
    (b"SETBIT k 100 0", b"setbit k", 1, True),
    (b"SETBIT new 0 0", b"new new, setbit new", 1, True),
    (b"GETBIT missing 0", b"keymiss missing", 0, False),
    (b"BITCOUNT missing", b"keymiss missing", 0, False),
    (b"BITPOS missing 0", b"keymiss missing", 0, False),
    (b"BITOP AND k k other", b"set k", 1, True),
    (b"BITOP AND t k other", b"set t", 1, True),
    (b"BITOP NOT new k", b"new new, set new", 1, True),
    (b"BITOP AND l k", b"set l", 1, True),
    (b"BITOP AND k missing", b"keymiss missing, del k", 1, True),
    (b"BITOP AND new missing", b"keymiss missing", 0, False),
    (b"BITFIELD k GET u8 0", b"", 0, False),
    (b"BITFIELD missing GET u8 0", b"keymiss missing", 0, False),
    (b"BITFIELD missing", b"keymiss missing", 0, False),
    (b"BITFIELD_RO missing GET u8 0", b"keymiss missing", 0, False),
    (b"BITFIELD k SET u8 0 15", b"", 0, False),
    (b"BITFIELD k SET u8 0 16 SET u8 8 1 SET u8 8 1", b"setbit k", 2, True),
    (b"BITFIELD k SET u8 80 0 SET u8 0 15", b"setbit k", 2, True),
    (b"BITFIELD k OVERFLOW FAIL INCRBY u8 8 1", b"", 0, False),
    (b"BITFIELD new INCRBY u8 0 1", b"new new, setbit new", 1, True),
    (b"BITFIELD new OVERFLOW FAIL SET u8 0 256", b"new new", 0, False),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bool) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == [line] * propagated


@pytest.mark.parametrize(
    "line",
    [
        b"SETBIT l 0 1", b"SETBIT new 0 2", b"SETBIT new -1 1", b"BITOP AND k other l", b"BITOP DIFF k other",
        b"BITFIELD l SET u8 0 1", b"BITFIELD new SET u8 0 1 SET u8 0 x", b"BITFIELD_RO new SET u8 0 1",
    ],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = dict(witness.client.db.values)
    assert witness.ask(line).startswith(b"-")
    assert witness.client.db.values == before
    assert (witness.events, witness.changes) == ([], 0)


@pytest.mark.parametrize(
    ("line", "hits", "misses"),
    [
        (b"GETBIT k 0", 1, 0), (b"BITCOUNT missing", 0, 1), (b"BITPOS k 1", 1, 0),
        (b"BITFIELD k GET u8 0 GET u8 8", 1, 0), (b"BITFIELD missing", 0, 1), (b"BITFIELD k GET u8 0 SET u8 0 1", 0, 0),
        (b"BITOP AND k k other missing", 2, 1), (b"SETBIT k 0 1", 0, 0), (b"BITFIELD_RO missing GET u8 0", 0, 1),
    ],
)  # fmt: skip
def test_hits_and_misses(witness: Witness, line: bytes, hits: int, misses: int) -> None:
    keyspace = witness.server.keyspace
    witness.ask(line)
    assert (keyspace.hits, keyspace.misses) == (hits, misses)


@pytest.mark.parametrize(
    ("line", "kept"), [(b"SETBIT t 1 0", True), (b"BITFIELD t SET u8 0 1", True), (b"BITOP NOT t k", False)]
)
def test_whether_a_time_to_live_is_kept(witness: Witness, line: bytes, kept: bool) -> None:
    witness.ask(line)
    assert (b"t" in witness.client.db.deadlines) is kept


def test_only_the_first_change_copies_the_string() -> None:
    witness = Witness((b"SET k a", b"SETBIT k 1 0"))
    value = witness.client.db.values[b"k"]
    for line in (b"SETBIT k 100 1", b"BITFIELD k SET u8 200 1", b"APPEND k x", b"SETRANGE k 2 y"):
        witness.ask(line)
    assert witness.client.db.values[b"k"] is value


def test_the_longest_string_is_the_configured_one() -> None:
    witness = Witness((b"SETBIT k 7 0",))
    witness.server.config.proto_max_bulk_len = 5
    error = b"-ERR bit offset is not an integer or out of range\r\n"
    for line in (b"SETBIT k 40 1", b"GETBIT k 40", b"BITFIELD k GET u1 40", b"BITFIELD k SET u8 #5 1"):
        assert witness.ask(line) == error
    assert witness.ask(b"SETBIT k 39 1") == b":0\r\n"
    assert witness.ask(b"BITFIELD k SET u16 39 1") == b"*1\r\n:32768\r\n"
