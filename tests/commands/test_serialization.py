"""DUMP and RESTORE: effects and lookups. Replies and payloads are compared in tests/differential/."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness
from tests.payloads import LIST, sealed

START = (b"SET s string", b"SET t volatile PXAT 4102444800000")
NOW = 1_700_000_000_000


def quoted(payload: bytes) -> bytes:
    """Spell a payload for an inline request."""
    return b'"%b"' % b"".join(b"\\x%02x" % byte for byte in payload)


LIST_WORD = quoted(LIST)


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Redis 8.2 and Valkey 9.1.
CHANGES = [
    (b"RESTORE k 0 ~", b"new k, restore k", 1, b"RESTORE k 0 ~"),
    (b"RESTORE s 0 ~ REPLACE", b"new s, restore s", 1, b"RESTORE s 0 ~ REPLACE"),
    (b"RESTORE t 0 ~ REPLACE", b"new t, restore t", 1, b"RESTORE t 0 ~ REPLACE"),
    (b"RESTORE k 100 ~", b"new k, restore k", 1, b"RESTORE k 1700000000100 ~ ABSTTL"),
    (b"RESTORE k 100 ~ IDLETIME 5", b"new k, restore k", 1, b"RESTORE k 1700000000100 ~ IDLETIME 5 ABSTTL"),
    (b"RESTORE k 4102444800000 ~ ABSTTL", b"new k, restore k", 1, b"RESTORE k 4102444800000 ~ ABSTTL"),
    (b"RESTORE s 1 ~ ABSTTL REPLACE", b"del s", 1, b"DEL s"),
    (b"RESTORE k 1 ~ ABSTTL REPLACE", b"", 0, b""),
    (b"RESTORE-ASKING k 0 ~", b"new k, restore k", 1, b"RESTORE-ASKING k 0 ~"),
    (b"DUMP s", b"", 0, b""),
    (b"DUMP missing", b"keymiss missing", 0, b""),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes) -> None:
    witness.ask(line.replace(b"~", LIST_WORD))
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([propagated.replace(b"~", LIST)] if propagated else [])


@pytest.mark.parametrize(
    "line",
    [b"RESTORE s 0 ~", b"RESTORE s 0 x REPLACE", b"RESTORE s -1 ~ REPLACE", b"RESTORE s 0 ~ REPLACE FREQ 256",
     b"RESTORE s 0 %b REPLACE" % quoted(sealed(b"\x63\x01a"))],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    assert witness.ask(line.replace(b"~", LIST_WORD)).startswith(b"-")
    assert witness.client.db.values[b"s"] == b"string"
    assert (witness.events, witness.changes) == ([], 0)


def test_a_restored_key_expires(witness: Witness) -> None:
    witness.ask(b"RESTORE k 100 " + LIST_WORD)
    witness.elapse(50)
    assert witness.ask(b"PTTL k") == b":50\r\n"
    witness.elapse(200)
    assert witness.events[-1] == b"expired k"


def test_restored_fields_expire(witness: Witness) -> None:
    witness.ask(b"HSET h a 1 b 2")
    witness.ask(b"HPEXPIRE h 100 FIELDS 1 a")
    payload = witness.ask(b"DUMP h").split(b"\r\n", 1)[1][:-2]
    witness.ask(b"RESTORE copy 0 " + quoted(payload))
    witness.elapse(300)
    assert sorted(witness.events[-2:]) == [b"hexpired copy", b"hexpired h"]
    assert witness.ask(b"HGETALL copy") == b"*2\r\n$1\r\nb\r\n$1\r\n2\r\n"


def test_blocked_clients_are_served(witness: Witness) -> None:
    other = witness.server.connect()
    witness.ask(b"BLPOP k 0", other)
    witness.ask(b"RESTORE k 0 " + LIST_WORD)
    assert other.take_output() == b"*2\r\n$1\r\nk\r\n$1\r\na\r\n"


def test_a_key_is_looked_up_once(witness: Witness) -> None:
    keyspace = witness.server.keyspace
    witness.ask(b"DUMP s")
    witness.ask(b"DUMP missing")
    assert (keyspace.hits, keyspace.misses) == (1, 1)
