"""SORT: effects and lookups. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

START = (b"RPUSH l 2 1", b"RPUSH texts a b", b"SET s string", b"SET w_1 5", b"APPEND appended 1", b"APPEND appended 2")


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1.
CHANGES = [
    (b"SORT l", b"", 0),
    (b"SORT missing", b"keymiss missing", 0),
    (b"SORT l STORE d", b"new d, sortstore d", 2),
    (b"SORT l STORE l", b"sortstore l", 2),
    (b"SORT l STORE s", b"sortstore s", 2),
    (b"SORT l LIMIT 1 1 STORE d", b"new d, sortstore d", 1),
    (b"SORT missing STORE d", b"keymiss missing", 0),
    (b"SORT missing STORE s", b"keymiss missing, del s", 1),
    (b"SORT l BY nosort GET w_* GET # STORE d", b"keymiss w_2, new d, sortstore d", 4),
    (b"SORT l BY x_* STORE d", b"keymiss x_2, keymiss x_1, new d, sortstore d", 2),
    (b"SORT_RO l GET w_*", b"keymiss w_2", 0),
]


@pytest.mark.parametrize(("line", "events", "changes"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([line] if changes else [])


@pytest.mark.parametrize(
    "line", [b"SORT s STORE l", b"SORT l FOO STORE l", b"SORT texts STORE l", b"SORT l LIMIT x 1 STORE l"]
)
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    assert witness.ask(line).startswith(b"-")
    assert list(witness.client.db.values[b"l"]) == [b"2", b"1"]
    assert (witness.events, witness.changes) == ([], 0)


def test_each_lookup_is_counted(witness: Witness) -> None:
    keyspace = witness.server.keyspace
    witness.ask(b"SORT l BY w_* GET w_* GET # GET fixed GET x_*")
    # The list; two weights, one of them missing; for each element one such key again, and one that is missing.
    assert (keyspace.hits, keyspace.misses) == (1 + 1 + 1, 1 + 1 + 2)


def test_a_string_that_is_changed_in_place_is_stored_as_it_was(witness: Witness) -> None:
    witness.ask(b"RPUSH names d")
    assert witness.ask(b"SORT names ALPHA GET appende* STORE d") == b":1\r\n"
    witness.ask(b"APPEND appended 3")
    assert witness.ask(b"LRANGE d 0 -1") == b"*1\r\n$2\r\n12\r\n"


def test_what_is_stored_of_a_set_does_not_depend_on_its_order() -> None:
    witness = Witness((b"SADD x b c a",))
    assert witness.ask(b"SORT x BY nosort") == b"*3\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\na\r\n"
    witness.ask(b"SORT x BY nosort STORE d")
    assert witness.ask(b"LRANGE d 0 -1") == b"*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"


def test_a_sorted_set_that_was_sorted_is_a_skiplist() -> None:
    witness = Witness((b"ZADD z 1 2",))
    assert witness.client.db.values[b"z"].encoding == b"listpack"
    witness.ask(b"SORT_RO z")
    assert witness.client.db.values[b"z"].encoding == b"skiplist"
