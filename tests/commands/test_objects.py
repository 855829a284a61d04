"""OBJECT: lookups, and the use of keys as time passes. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from stubredis.accesses import RecordingDatabase
from stubredis.keyspace import Database
from tests.commands.witness import Witness

MINUTE = 60_000


@pytest.mark.parametrize("line", [b"OBJECT ENCODING %b", b"OBJECT REFCOUNT %b", b"OBJECT IDLETIME %b"])
def test_a_look_is_counted_but_nobody_hears_of_it(line: bytes) -> None:
    witness = Witness((b"SET s x",))
    witness.ask(line % b"s")
    witness.ask(line % b"missing")
    keyspace = witness.server.keyspace
    assert (keyspace.hits, keyspace.misses, witness.events) == (1, 1, [])


def test_an_expired_key_is_removed() -> None:
    witness = Witness((b"SET s x PX 100",))
    witness.clock.advance(200)
    assert witness.ask(b"OBJECT ENCODING s") == b"$-1\r\n"
    assert witness.events == [b"expired s"]


# Idle times


def idle(witness: Witness, key: bytes = b"k") -> int:
    return int(witness.ask(b"OBJECT IDLETIME " + key)[1:])


def test_nothing_is_recorded_until_somebody_asks() -> None:
    witness = Witness((b"SET k v",))
    assert all(type(database) is Database for database in witness.server.keyspace.databases)
    witness.elapse(60_000)
    assert idle(witness) == 0  # from here on it counts
    assert all(type(database) is RecordingDatabase for database in witness.server.keyspace.databases)
    witness.elapse(5_000)
    assert idle(witness) == 5


@pytest.mark.parametrize("use", [b"GET k", b"TOUCH k", b"APPEND k x", b"SET k w", b"EXPIRE k 1000", b"GETEX k PERSIST"])
def test_use_ends_an_idle_time(use: bytes) -> None:
    witness = Witness((b"SET k v", b"OBJECT IDLETIME k"))
    witness.elapse(90_500)
    assert idle(witness) == 90
    witness.ask(use)
    assert idle(witness) == 0
    witness.elapse(3_000)
    assert idle(witness) == 3


@pytest.mark.parametrize("look", [b"EXISTS k", b"TYPE k", b"TTL k", b"OBJECT ENCODING k", b"SCAN 0", b"GET missing"])
def test_a_look_does_not(look: bytes) -> None:
    witness = Witness((b"SET k v", b"OBJECT IDLETIME k"))
    witness.elapse(90_000)
    witness.ask(look)
    assert idle(witness) == 90


def test_client_no_touch() -> None:
    witness = Witness((b"SET k v", b"OBJECT IDLETIME k"))
    other = witness.server.connect()
    witness.ask(b"CLIENT NO-TOUCH ON", other)
    witness.elapse(90_000)
    witness.ask(b"GET k", other)
    assert idle(witness) == 90
    witness.ask(b"TOUCH k", other)
    assert idle(witness) == 0


def test_new_keys_and_keys_that_are_gone() -> None:
    witness = Witness((b"SET k v", b"OBJECT IDLETIME k"))
    witness.elapse(90_000)
    for line in (b"SET new v", b"INCR number", b"RPUSH list a", b"SETRANGE string 3 x"):
        witness.ask(line)
        assert idle(witness, line.split()[1]) == 0
    records = witness.client.db.accesses
    witness.ask(b"DEL new number")
    assert set(records) == {b"list", b"string"}
    witness.ask(b"PEXPIRE list 10")
    witness.elapse(200)
    assert set(records) == {b"string"}
    witness.ask(b"FLUSHALL")
    assert records == {}


def test_databases_that_are_exchanged() -> None:
    witness = Witness((b"SET k v", b"OBJECT IDLETIME k"))
    witness.elapse(90_000)
    witness.ask(b"GET k")
    witness.elapse(10_000)
    witness.ask(b"SWAPDB 0 1")
    witness.ask(b"SELECT 1")
    assert idle(witness) == 10


# Frequencies


def frequency(witness: Witness) -> int:
    return int(witness.ask(b"OBJECT FREQ k")[1:])


def test_frequencies_decay() -> None:
    witness = Witness((b"CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0", b"SET k v"))
    for _ in range(10):
        witness.ask(b"GET k")
    assert frequency(witness) == 15
    witness.elapse(3 * MINUTE)
    assert frequency(witness) == 12
    witness.ask(b"GET k")
    assert frequency(witness) == 13
    witness.ask(b"CONFIG SET lfu-decay-time 0")
    witness.elapse(60 * MINUTE)
    assert frequency(witness) == 13
    witness.ask(b"CONFIG SET lfu-decay-time 10")
    assert frequency(witness) == 7
    witness.elapse(600 * MINUTE)
    assert frequency(witness) == 0


def test_frequencies_grow_slowly() -> None:
    witness = Witness((b"CONFIG SET maxmemory-policy allkeys-lfu", b"SET k v"))
    for _ in range(2000):
        witness.ask(b"GET k")
    # From 5, the k-th step takes 10 (k - 1) + 1 uses: 2000 uses make 20 steps, with a standard deviation of two.
    assert 10 < frequency(witness) < 40
    witness.ask(b"CONFIG SET lfu-log-factor 0")
    for _ in range(300):
        witness.ask(b"GET k")
    assert frequency(witness) == 255


def test_a_frequency_is_recorded_as_soon_as_the_policy_needs_it() -> None:
    witness = Witness((b"SET k v", b"OBJECT IDLETIME k", b"CONFIG SET maxmemory-policy volatile-lfu"))
    assert frequency(witness) == 5
    assert witness.ask(b"OBJECT IDLETIME k").startswith(b"-ERR An LFU maxmemory policy is selected")
    witness.ask(b"GET k")
    assert frequency(witness) == 6
    witness.ask(b"CONFIG SET maxmemory-policy allkeys-lru")
    assert witness.ask(b"OBJECT FREQ k").startswith(b"-ERR An LFU maxmemory policy is not selected")
    assert idle(witness) == 0
