"""What commands on keys cause besides their replies, and what time does to keys."""

from __future__ import annotations

import random

import pytest

from tests.commands.witness import Witness

START = (b"SET k v", b"SET other w", b"SET t volatile PXAT 4102444800000", b"RPUSH l a b", b"HSET h f v")
NOW = 1_700_000_000_000


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1; where
# Redis 8.2 has other events, which it has for a deadline in the past, they are those of Redis.
CHANGES = [
    (b"DEL k missing l k", b"del k, del l", 2, b"DEL k missing l k"),
    (b"UNLINK k other", b"del k, del other", 2, b"UNLINK k other"),
    (b"DEL missing", b"", 0, b""),
    (b"EXPIRE k 100", b"expire k", 1, b"PEXPIREAT k %d" % (NOW + 100_000)),
    (b"expire t 100 lt", b"expire t", 1, b"PEXPIREAT t %d lt" % (NOW + 100_000)),
    (b"PEXPIRE k 1 NX", b"expire k", 1, b"PEXPIREAT k %d NX" % (NOW + 1)),
    (b"EXPIREAT k 4102444800", b"expire k", 1, b"PEXPIREAT k 4102444800000"),
    (b"PEXPIREAT k 4102444800000", b"expire k", 1, b"PEXPIREAT k 4102444800000"),
    (b"EXPIRE k 100 XX", b"", 0, b""),
    (b"EXPIRE k 0", b"del k", 1, b"UNLINK k"),
    (b"PEXPIREAT t 1 LT", b"del t", 1, b"UNLINK t"),
    (b"EXPIRE missing 100", b"", 0, b""),
    (b"PERSIST t", b"persist t", 1, b"PERSIST t"),
    (b"PERSIST k", b"", 0, b""),
    (b"RENAME k new", b"new new, rename_from k, rename_to new", 1, b"RENAME k new"),
    (b"RENAME k l", b"new l, rename_from k, rename_to l", 1, b"RENAME k l"),
    (b"RENAME k k", b"", 0, b""),
    (b"RENAMENX k new", b"new new, rename_from k, rename_to new", 1, b"RENAMENX k new"),
    (b"RENAMENX k l", b"", 0, b""),
    (b"COPY k new", b"new new, copy_to new", 1, b"COPY k new"),
    (b"COPY k l REPLACE", b"new l, copy_to l", 1, b"COPY k l REPLACE"),
    (b"COPY k k DB 1", b"new k@1, copy_to k@1", 1, b"COPY k k DB 1"),
    (b"COPY k l", b"", 0, b""),
    (b"MOVE k 2", b"new k@2, move_from k, move_to k@2", 1, b"MOVE k 2"),
    (b"MOVE missing 2", b"", 0, b""),
    (b"EXISTS k missing", b"keymiss missing", 0, b""),
    (b"TOUCH k missing", b"keymiss missing", 0, b""),
    (b"TYPE missing", b"keymiss missing", 0, b""),
    (b"TTL missing", b"keymiss missing", 0, b""),
    (b"COPY missing new", b"keymiss missing", 0, b""),
    (b"KEYS *", b"", 0, b""),
    (b"SCAN 0", b"", 0, b""),
    (b"RANDOMKEY", b"", 0, b""),
    (b"FLUSHDB", b"", 5, b"FLUSHDB"),
    (b"FLUSHALL ASYNC", b"", 5, b"FLUSHALL ASYNC"),
    (b"FLUSHDB FOO", b"", 0, b""),
    (b"SWAPDB 0 1", b"", 1, b"SWAPDB 0 1"),
    (b"SWAPDB 0 0", b"", 1, b"SWAPDB 0 0"),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([propagated] if propagated else [])


def test_flushing_nothing_is_propagated_without_being_a_change() -> None:
    witness = Witness()
    witness.ask(b"FLUSHDB")
    assert (witness.propagated, witness.changes) == ([b"FLUSHDB"], 0)


def test_a_past_deadline_does_not_count_as_an_expiry(witness: Witness) -> None:
    witness.ask(b"EXPIRE k -1")
    assert witness.server.keyspace.expired == 0


@pytest.mark.parametrize(
    ("line", "hits", "misses"),
    [
        (b"EXISTS k missing k", 2, 1), (b"TOUCH k missing", 1, 1), (b"TYPE k", 1, 0), (b"TTL missing", 0, 1),
        (b"COPY k new", 1, 0), (b"DEL k missing", 0, 0), (b"EXPIRE missing 1", 0, 0), (b"RENAME k new", 0, 0),
        (b"MOVE missing 1", 0, 0), (b"KEYS *", 0, 0), (b"RANDOMKEY", 0, 0), (b"SCAN 0", 0, 0),
    ],
)  # fmt: skip
def test_hits_and_misses(witness: Witness, line: bytes, hits: int, misses: int) -> None:
    keyspace = witness.server.keyspace
    before = keyspace.hits, keyspace.misses
    witness.ask(line)
    assert (keyspace.hits - before[0], keyspace.misses - before[1]) == (hits, misses)


# Time


def test_a_time_to_live_runs_down(witness: Witness) -> None:
    assert witness.ask(b"EXPIRE k 10") == b":1\r\n"
    for milliseconds, seconds in ((0, 10), (499, 10), (2, 9), (9_000, 0)):
        witness.elapse(milliseconds)
        assert witness.ask(b"TTL k") == b":%d\r\n" % seconds
    assert witness.ask(b"PTTL k") == b":499\r\n"
    assert witness.ask(b"EXPIRETIME k") == b":%d\r\n" % (NOW // 1000 + 10)
    witness.elapse(499)
    assert witness.ask(b"PTTL k") == b":0\r\n"
    witness.elapse(1)
    assert witness.ask(b"PTTL k") == b":-2\r\n"


def test_keys_expire_although_nobody_touches_them(witness: Witness) -> None:
    for line in (b"PEXPIRE k 100", b"PEXPIRE l 5000", b"PEXPIRE h 300000", b"SELECT 3", b"SET k v PX 50"):
        witness.ask(line)
    witness.events.clear()
    witness.propagated.clear()
    sizes = []
    for milliseconds in (164, 4_900, 300_000):
        witness.elapse(milliseconds)
        sizes.append(len(witness.server.keyspace.databases[0].values))
    assert sizes == [4, 3, 2]
    assert witness.events == [b"expired k@3", b"expired k", b"expired l", b"expired h"]
    assert witness.propagated == [b"UNLINK k", b"UNLINK k", b"UNLINK l", b"UNLINK h"]
    assert witness.ask(b"DBSIZE") == b":0\r\n"


def test_an_expired_key_is_nowhere_to_be_seen_even_before_it_is_removed(witness: Witness) -> None:
    for key in (b"k", b"t", b"l", b"h"):
        witness.ask(b"PEXPIRE %b 10" % key)
    witness.clock.advance(11)
    assert witness.ask(b"KEYS *") == b"*1\r\n$5\r\nother\r\n"
    assert len(witness.server.keyspace.databases[0].values) == 5
    assert witness.ask(b"EXISTS k") == b":0\r\n"
    assert witness.ask(b"RENAME t new") == b"-ERR no such key\r\n"
    assert witness.ask(b"RANDOMKEY") == b"$5\r\nother\r\n"
    assert witness.ask(b"SCAN 0") == b"*2\r\n$1\r\n0\r\n*1\r\n$5\r\nother\r\n"
    assert witness.ask(b"DBSIZE") == b":1\r\n"


def test_a_scan_removes_only_expired_keys_that_it_would_have_returned(witness: Witness) -> None:
    witness.ask(b"PEXPIRE k 10")
    witness.clock.advance(11)
    witness.ask(b"SCAN 0 MATCH x*")
    assert witness.ask(b"DBSIZE") == b":5\r\n"
    witness.ask(b"SCAN 0 MATCH k*")
    assert witness.ask(b"DBSIZE") == b":4\r\n"


def test_a_key_does_not_expire_in_the_middle_of_a_transaction(witness: Witness) -> None:
    witness.ask(b"PEXPIRE k 10")
    for line in (b"MULTI", b"EXISTS k", b"PTTL k"):
        witness.ask(line)
    witness.clock.advance(10)
    assert witness.ask(b"EXEC") == b"*2\r\n:1\r\n:0\r\n"


def test_names_and_copies_keep_the_time_to_live(witness: Witness) -> None:
    witness.ask(b"PEXPIRE k 100")
    for line, key in ((b"RENAME k a", b"a"), (b"COPY a b", b"b"), (b"RENAME a other", b"other"), (b"RENAME l b", b"b")):
        assert witness.ask(line) in (b"+OK\r\n", b":1\r\n")
        assert witness.ask(b"PTTL " + key) == (b":-1\r\n" if line[7:8] == b"l" else b":100\r\n")
    witness.ask(b"MOVE other 1")
    witness.ask(b"SELECT 1")
    assert witness.ask(b"PTTL other") == b":100\r\n"
    witness.elapse(200)
    assert witness.ask(b"DBSIZE") == b":0\r\n"


def test_client_pause_holds_expiry_back(witness: Witness) -> None:
    witness.ask(b"PEXPIRE k 100")
    witness.ask(b"CLIENT PAUSE 1000 WRITE")
    witness.elapse(500)
    assert witness.ask(b"EXISTS k") == b":0\r\n"
    assert witness.ask(b"KEYS k") == b"*0\r\n"
    assert witness.ask(b"DBSIZE") == b":5\r\n"
    witness.elapse(500)
    assert witness.ask(b"DBSIZE") == b":4\r\n"


def test_what_should_have_expired_expires_when_the_pause_is_lifted(witness: Witness) -> None:
    witness.ask(b"PEXPIRE k 100")
    witness.ask(b"CLIENT PAUSE 100000 WRITE")
    witness.elapse(500)
    witness.ask(b"CLIENT UNPAUSE")
    witness.elapse(0)
    assert b"k" not in witness.server.keyspace.databases[0].values


def test_a_write_right_after_a_pause_does_not_inherit_an_old_deadline(witness: Witness) -> None:
    witness.ask(b"PEXPIRE l 100")
    witness.ask(b"CLIENT PAUSE 1000 WRITE")
    witness.clock.advance(1_000)  # and the periodic work has not come to it yet
    assert witness.ask(b"RPUSH l new") == b":1\r\n"
    assert witness.ask(b"TTL l") == b":-1\r\n"


# Watches


def test_the_removal_of_a_key_that_had_expired_when_it_was_watched_is_no_change(witness: Witness) -> None:
    witness.ask(b"PEXPIRE k 10")
    witness.clock.advance(11)
    for line in (b"WATCH k", b"EXISTS k", b"MULTI"):
        witness.ask(line)
    assert witness.ask(b"EXEC") == b"*0\r\n"


def test_the_creation_of_a_key_that_had_expired_when_it_was_watched_is_a_change(witness: Witness) -> None:
    witness.ask(b"PEXPIRE k 10")
    witness.clock.advance(11)
    for line in (b"WATCH k", b"EXISTS k", b"SET k new", b"MULTI"):
        witness.ask(line)
    assert witness.ask(b"EXEC") == b"*-1\r\n"


# Scans


def scan(witness: Witness, cursor: bytes, options: bytes = b"") -> tuple[bytes, list[bytes]]:
    """Make one call and return the next cursor and the keys."""
    words = witness.ask(b"SCAN %b %b" % (cursor, options)).split(b"\r\n")
    return words[2], words[5::2]


def test_a_scan_of_a_changing_database_returns_every_key_that_stays(witness: Witness) -> None:
    stays = {b"stays:%d" % number for number in range(300)}
    goes = [b"goes:%d" % number for number in range(300)]
    for key in (*stays, *goes):
        witness.ask(b"SET %b v" % key)
    found: set[bytes] = set()
    cursor = b"0"
    for call in range(1000):
        cursor, keys = scan(witness, cursor, b"COUNT 7")
        found |= set(keys)
        if cursor == b"0":
            break
        if goes:
            witness.ask(b"DEL " + goes.pop())
        witness.ask(b"SET comes:%d v" % call)
    assert cursor == b"0"
    assert found >= stays
    assert len(witness.server.keyspace.scans) == 0


def test_a_filter_does_not_make_a_call_longer(witness: Witness) -> None:
    for number in range(100):
        witness.ask(b"SET string:%d v" % number)
    cursor, keys = scan(witness, b"0", b"COUNT 10 TYPE list")
    assert cursor != b"0"
    assert keys in ([], [b"l"])


def test_two_databases_are_scanned_apart(witness: Witness) -> None:
    cursors = {}
    for number in (1, 2):
        witness.ask(b"SELECT %d" % number)
        for key in range(20):
            witness.ask(b"SET %d:%d v" % (number, key))
        cursors[number], _ = scan(witness, b"0")
    # The cursor of one is none of the other: it starts over.
    _, keys = scan(witness, cursors[1])
    assert keys == [b"2:%d" % key for key in range(10)]


# Random keys


def test_any_key_may_be_the_random_one(witness: Witness) -> None:
    random.seed(1)
    assert {witness.ask(b"RANDOMKEY").split(b"\r\n")[1] for _ in range(200)} == {b"k", b"other", b"t", b"l", b"h"}
    witness.ask(b"SWAPDB 0 1")
    assert witness.ask(b"RANDOMKEY") == b"$-1\r\n"
    assert witness.ask(b"SET new v") == b"+OK\r\n"
    assert witness.ask(b"RANDOMKEY") == b"$3\r\nnew\r\n"
