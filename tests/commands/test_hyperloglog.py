"""HyperLogLogs: effects, refused requests, lookups. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

START = (
    b"PFADD h a b", b"PFADD g c", b"PFADD counted x", b"PFCOUNT counted", b"PFADD dense a", b"PFDEBUG TODENSE dense",
    b"SET s string", b"RPUSH l a", b"PFADD t a", b"PEXPIREAT t 4102444800000",
)  # fmt: skip


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1.
CHANGES = [
    (b"PFADD h c d", b"pfadd h", 2, True),
    (b"PFADD h a", b"", 0, False),
    (b"PFADD h", b"", 0, False),
    (b"PFADD new", b"new new, pfadd new", 1, True),
    (b"PFADD new a b", b"new new, pfadd new", 3, True),
    (b"PFADD dense a b", b"pfadd dense", 1, True),
    (b"PFCOUNT h", b"", 1, True),
    (b"PFCOUNT dense", b"", 1, True),
    (b"PFCOUNT counted", b"", 0, False),
    (b"PFCOUNT missing", b"keymiss missing", 0, False),
    (b"PFCOUNT h missing g", b"keymiss missing", 0, False),
    (b"PFMERGE h g", b"pfadd h", 1, True),
    (b"PFMERGE h", b"pfadd h", 1, True),
    (b"PFMERGE new", b"keymiss new, new new, pfadd new", 1, True),
    (b"PFMERGE new h missing", b"keymiss new, keymiss missing, new new, pfadd new", 1, True),
    (b"PFDEBUG GETREG h", b"", 1, True),
    (b"PFDEBUG GETREG dense", b"", 0, False),
    (b"PFDEBUG TODENSE h", b"", 1, True),
    (b"PFDEBUG TODENSE dense", b"", 0, False),
    (b"PFDEBUG ENCODING h", b"", 0, False),
    (b"PFDEBUG DECODE h", b"", 0, False),
    (b"PFDEBUG DECODE missing", b"", 0, False),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bool) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == [line] * propagated


@pytest.mark.parametrize(
    "line",
    [b"PFADD s a", b"PFADD l a", b"PFCOUNT s", b"PFMERGE h g s", b"PFMERGE s h", b"PFDEBUG GETREG s",
     b"PFDEBUG FOO h"],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = {key: bytes(value) for key, value in witness.client.db.values.items() if key != b"l"}
    assert witness.ask(line).startswith(b"-")
    assert {key: bytes(value) for key, value in witness.client.db.values.items() if key != b"l"} == before
    assert (witness.events, witness.changes) == ([], 0)


@pytest.mark.parametrize(
    ("line", "hits", "misses"),
    [
        (b"PFCOUNT h", 1, 0), (b"PFCOUNT missing", 0, 1), (b"PFCOUNT h g missing", 2, 1), (b"PFADD h a", 0, 0),
        (b"PFMERGE h g", 2, 0), (b"PFMERGE new h", 1, 1), (b"PFDEBUG ENCODING h", 0, 0),
    ],
)  # fmt: skip
def test_hits_and_misses(witness: Witness, line: bytes, hits: int, misses: int) -> None:
    keyspace = witness.server.keyspace
    before = keyspace.hits, keyspace.misses
    witness.ask(line)
    assert (keyspace.hits - before[0], keyspace.misses - before[1]) == (hits, misses)


@pytest.mark.parametrize("line", [b"PFADD t b", b"PFCOUNT t", b"PFMERGE t h", b"PFDEBUG TODENSE t"])
def test_a_time_to_live_is_kept(witness: Witness, line: bytes) -> None:
    witness.ask(line)
    assert b"t" in witness.client.db.deadlines


def test_counting_waits_for_the_end_of_a_pause(witness: Witness) -> None:
    """PFCOUNT may change the string, so CLIENT PAUSE WRITE holds it back although it only reads."""
    other = witness.server.connect()
    witness.ask(b"CLIENT PAUSE 1000 WRITE")
    assert witness.ask(b"PFCOUNT h", other) == b""
    witness.ask(b"CLIENT UNPAUSE")
    assert witness.server.keyspace.databases[0].values[b"h"][15] & 0x80 == 0


def test_only_the_first_change_copies_the_string(witness: Witness) -> None:
    value = witness.client.db.values[b"h"]
    for line in (b"PFADD h c", b"PFCOUNT h", b"PFMERGE h g", b"PFDEBUG TODENSE h", b"PFADD h d", b"APPEND h x"):
        witness.ask(line)
    assert witness.client.db.values[b"h"] is value


def test_more_opcodes_than_registers_are_not_even_read(witness: Witness) -> None:
    witness.ask(b"SETRANGE h 40000 x")
    for line in (
        b"PFADD h z",
        b"PFCOUNT h",
        b"PFCOUNT h g",
        b"PFMERGE new h",
        b"PFDEBUG DECODE h",
        b"PFDEBUG TODENSE h",
    ):
        assert witness.ask(line) == b"-INVALIDOBJ Corrupted HLL object detected\r\n"
