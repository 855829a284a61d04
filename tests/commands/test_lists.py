"""What list commands cause besides their replies: events, the number of changes, and what is propagated."""

from __future__ import annotations

import pytest

import stubredis
from stubredis.clock import ManualClock
from stubredis.effects import Argv
from stubredis.session import Session

START = (b"RPUSH l a b c b", b"RPUSH one x", b"SET s string")


class Witness:
    """A server in its initial state, and all that its requests cause from then on."""

    def __init__(self) -> None:
        self.server = stubredis.Server(clock=ManualClock())
        self.client = self.server.connect()
        for line in START:
            self.ask(line)
        self.events: list[bytes] = []
        self.units: list[list[bytes]] = []
        self.server.keyspace.observers.append(lambda db, key, event, kind: self.events.append(event + b" " + key))
        self.server.effects.subscribers.append(self._note_unit)
        for database in self.server.keyspace.databases:
            database.observe()
        self._dirty = self.server.keyspace.dirty

    def ask(self, line: bytes) -> bytes:
        return send(self.client, line)

    @property
    def changes(self) -> int:
        return self.server.keyspace.dirty - self._dirty

    def _note_unit(self, commands: list[tuple[int, Argv]]) -> None:
        self.units.append([b" ".join(argv) for _, argv in commands])


def send(client: Session, line: bytes) -> bytes:
    client.receive(line + b"\r\n")
    return client.take_output()


@pytest.fixture
def witness() -> Witness:
    return Witness()


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1.
CHANGES = [
    (b"LPUSH l 1 2", b"lpush l", 2),
    (b"RPUSH new 1 2", b"new new, rpush new", 2),
    (b"RPUSHX l 1", b"rpush l", 1),
    (b"LPOP l", b"lpop l", 1),
    (b"RPOP one", b"rpop one, del one", 1),
    (b"LPOP l 2", b"lpop l", 2),
    (b"RPOP l 100", b"rpop l, del l", 4),
    (b"LINSERT l BEFORE b z", b"linsert l", 1),
    (b"LSET l 0 a", b"lset l", 1),
    (b"LREM l 0 b", b"lrem l", 2),
    (b"LREM one 1 x", b"lrem one, del one", 1),
    (b"LTRIM l 1 2", b"ltrim l", 2),
    (b"LTRIM l 2 1", b"ltrim l, del l", 4),
    (b"LMOVE l new LEFT RIGHT", b"new new, rpush new, lpop l", 1),
    (b"LMOVE l l LEFT LEFT", b"lpush l, lpop l", 1),
    (b"LMOVE one l RIGHT LEFT", b"lpush l, rpop one, del one", 1),
    (b"RPOPLPUSH one one", b"lpush one, rpop one", 1),
]


@pytest.mark.parametrize(("line", "events", "changes"), CHANGES)
def test_changes(witness: Witness, line: bytes, events: bytes, changes: int) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.units == [[line]]


@pytest.mark.parametrize(
    "line",
    [
        b"LPUSHX missing 1", b"LPUSH s 1", b"LPOP missing", b"LPOP l 0", b"LINSERT l AFTER missing z", b"LSET l 9 z",
        b"LREM l 0 missing", b"LTRIM missing 0 1", b"LMOVE missing l LEFT LEFT", b"LMOVE l s LEFT LEFT",
        b"LMPOP 1 missing LEFT", b"LRANGE l 0 -1", b"LPOS l b",
    ],
)  # fmt: skip
def test_nothing_changes(witness: Witness, line: bytes) -> None:
    witness.ask(line)
    assert (witness.events, witness.changes, witness.units) == ([], 0, [])


def test_a_trim_of_nothing_is_an_event_and_no_change(witness: Witness) -> None:
    witness.ask(b"LTRIM l 0 -1")
    assert (witness.events, witness.changes) == ([b"ltrim l"], 0)


@pytest.mark.parametrize(
    ("line", "propagated"),
    [
        (b"LMPOP 2 missing l LEFT", b"LPOP l 1"),
        (b"LMPOP 1 l right COUNT 100", b"RPOP l 4"),
        (b"BLPOP missing l 1", b"LPOP l"),
        (b"BRPOP l 1", b"RPOP l"),
        (b"BLMPOP 1 2 missing l LEFT COUNT 3", b"LPOP l 3"),
        (b"BLMOVE l one left RIGHT 1", b"LMOVE l one left RIGHT"),
        (b"BRPOPLPUSH l one 1", b"RPOPLPUSH l one"),
    ],
)
def test_what_is_propagated_instead(witness: Witness, line: bytes, propagated: bytes) -> None:
    witness.ask(line)
    assert witness.units == [[propagated]]


def test_each_blocked_client_is_served_in_a_unit_of_its_own(witness: Witness) -> None:
    for line in (b"BLMOVE q r LEFT RIGHT 0", b"BLPOP q 0", b"BRPOPLPUSH r one 0"):
        send(witness.server.connect(), line)
    witness.ask(b"RPUSH q 1 2 3")
    assert witness.units == [[b"RPUSH q 1 2 3"], [b"LMOVE q r LEFT RIGHT"], [b"LPOP q"], [b"RPOPLPUSH r one"]]
    assert witness.events[:2] == [b"new q", b"rpush q"]
    assert witness.events[2:] == [b"new r", b"rpush r", b"lpop q", b"lpop q", b"lpush one", b"rpop r", b"del r"]
    assert witness.changes == 6


def test_a_transaction_is_one_unit_and_does_not_wait(witness: Witness) -> None:
    for line in (b"MULTI", b"BLPOP q 0", b"BLPOP l 0", b"LPUSH q 1"):
        witness.ask(line)
    assert witness.ask(b"EXEC") == b"*3\r\n*-1\r\n*2\r\n$1\r\nl\r\n$1\r\na\r\n:1\r\n"
    assert witness.units == [[b"LPOP l", b"LPUSH q 1"]]


def test_only_reading_counts_as_a_hit_or_a_miss(witness: Witness) -> None:
    database = witness.client.db
    before = database.hits, database.misses
    for line in (b"LLEN l", b"LINDEX l 0", b"LRANGE missing 0 -1", b"LPOS missing a", b"LPOP l", b"BLPOP l missing 0"):
        witness.ask(line)
    assert (database.hits - before[0], database.misses - before[1]) == (2, 2)


@pytest.mark.parametrize("line", [b"LPOP missing 1", b"LMPOP 1 missing LEFT"])
def test_nulls_in_place_of_arrays(witness: Witness, line: bytes) -> None:
    assert witness.ask(line) == b"*-1\r\n"
    witness.ask(b"HELLO 3")
    assert witness.ask(line) == b"_\r\n"
