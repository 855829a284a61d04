"""Databases: what a lookup, a change and an expiry cause besides the value."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from stubredis import keyspace
from stubredis.clock import ManualClock
from stubredis.datatypes.hashes import Hash
from stubredis.datatypes.lists import List, PackedList
from stubredis.effects import Effects
from stubredis.errors import DB_INDEX_OUT_OF_RANGE, WRONG_TYPE, CommandError
from stubredis.keyspace import GENERIC, LIST, Database, Keyspace


class Observed:
    """A keyspace, and what it tells those who listen."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.keyspace = Keyspace(2, self.clock, Effects())
        self.events: list[tuple[int, bytes, bytes, bytes]] = []
        self.keyspace.observers.append(
            lambda database, key, event, kind: self.events.append((database.index, key, event, kind))
        )
        for database in self.keyspace.databases:
            database.observe()
        self.first, self.second = self.keyspace.databases

    def volatile(self, key: bytes, milliseconds: int, value: bytes = b"v") -> None:
        self.first.values[key] = value
        self.first.deadlines.set(key, self.clock.now() + milliseconds, self.clock.now())


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture
def db(observed: Observed) -> Database:
    return observed.first


def test_only_lookups_for_reading_are_counted(observed: Observed, db: Database) -> None:
    db.values[b"k"] = b"v"
    assert db.lookup_read(b"k") == db.lookup_write(b"k") == b"v"
    assert db.lookup_read(b"missing") is db.lookup_write(b"missing") is None
    assert (db.hits, db.misses) == (observed.keyspace.hits, observed.keyspace.misses) == (1, 1)


def test_a_miss_is_an_event(observed: Observed, db: Database) -> None:
    db.lookup_read(b"missing")
    db.lookup_write(b"missing")
    assert observed.events == [(0, b"missing", b"keymiss", b"m")]


@pytest.mark.parametrize("lookup", [Database.read, Database.write])
def test_types_are_checked(db: Database, lookup: object) -> None:
    assert callable(lookup)
    db.values[b"k"] = b"v"
    assert lookup(db, b"k", bytes) == b"v"
    assert lookup(db, b"missing", List) is None
    with pytest.raises(CommandError) as caught:
        lookup(db, b"k", List)
    assert caught.value.text == WRONG_TYPE


def test_a_new_key_is_an_event_of_its_own(observed: Observed, db: Database) -> None:
    db.add(b"l", List())
    db.store(b"k", b"v")
    assert observed.events == [(0, b"l", b"new", b"n"), (0, b"k", b"new", b"n")]


def test_an_overwritten_value_is_an_event_and_another_type_one_more(observed: Observed, db: Database) -> None:
    db.values.update({b"k": b"v", b"l": List()})
    db.store(b"k", bytearray(b"w"))
    db.store(b"l", b"w")
    assert observed.events == [
        (0, b"k", b"overwritten", b"o"),
        (0, b"l", b"overwritten", b"o"),
        (0, b"l", b"type_changed", b"c"),
    ]


def test_storing_ends_the_time_to_live_unless_it_is_kept(observed: Observed, db: Database) -> None:
    observed.volatile(b"k", 100)
    db.store(b"k", b"w", keep_ttl=True)
    assert b"k" in db.deadlines
    db.store(b"k", b"w")
    assert b"k" not in db.deadlines


def test_a_collection_that_has_become_empty_is_deleted(observed: Observed, db: Database) -> None:
    for elements in ([b"a"], []):
        db.values[b"l"] = value = List(elements)
        db.shrunk(b"l", value, b"lpop", LIST)
    assert b"l" not in db.values
    assert [event for _, _, event, _ in observed.events] == [b"lpop", b"lpop", b"del"]
    assert db.dirty == 2


def test_a_key_lives_through_its_last_millisecond(observed: Observed, db: Database) -> None:
    observed.volatile(b"k", 100)
    observed.clock.advance(100)
    assert db.lookup_read(b"k") == b"v"
    observed.clock.advance(1)
    assert list(db.keys()) == []
    assert b"k" in db.values
    assert db.lookup_read(b"k") is None
    assert b"k" not in db.values


def test_an_expiry_is_no_change_of_the_request_that_meets_it(observed: Observed, db: Database) -> None:
    propagated: list[tuple[int, list[bytes]]] = []
    effects = observed.keyspace.effects
    effects.subscribers.append(propagated.extend)
    observed.volatile(b"k", 0)
    observed.clock.advance(1)
    db.lookup_read(b"k")
    assert observed.events == [(0, b"k", b"expired", b"x"), (0, b"k", b"keymiss", b"m")]
    assert (db.dirty, observed.keyspace.expired, effects.changed, effects.pending) == (0, 1, False, True)
    effects.deliver()
    assert propagated == [(0, [b"UNLINK", b"k"])]


def test_an_expiry_does_not_hide_the_change_of_the_request(observed: Observed, db: Database) -> None:
    observed.keyspace.effects.subscribers.append(lambda propagated: None)
    observed.volatile(b"k", 0)
    observed.clock.advance(1)
    db.changed(b"other", b"set", b"$")
    db.lookup_write(b"k")
    assert observed.keyspace.effects.changed


def test_nothing_is_removed_while_expiry_is_paused(observed: Observed, db: Database) -> None:
    observed.volatile(b"k", 0)
    observed.clock.advance(1)
    observed.keyspace.expiry_paused = True
    assert db.lookup_read(b"k") is db.lookup_write(b"k") is db.random_key() is None
    assert b"k" in db.values
    assert [event for _, _, event, _ in observed.events] == [b"keymiss"]


def test_time_stands_still_where_it_is_frozen(observed: Observed, db: Database) -> None:
    observed.volatile(b"k", 0)
    observed.keyspace.frozen = observed.keyspace.now()
    observed.clock.advance(1)
    assert db.lookup_read(b"k") == b"v"


def test_random_keys_are_all_keys_and_only_those_that_exist(observed: Observed, db: Database) -> None:
    random.seed(1)
    assert db.random_key() is None
    for number in range(8):
        db.values[b"%d" % number] = b"v"
        observed.volatile(b"volatile %d" % number, 0)
    observed.clock.advance(1)
    counts = Counter(db.random_key() for _ in range(8000))
    assert counts.keys() == {b"%d" % number for number in range(8)}
    # The standard deviation of each count is 30.
    assert all(850 < count < 1150 for count in counts.values())


def test_a_random_key_is_found_among_very_many_that_expired(observed: Observed, db: Database) -> None:
    for number in range(5000):
        observed.volatile(b"volatile %d" % number, 0)
    db.values[b"k"] = b"v"
    observed.clock.advance(1)
    assert {db.random_key() for _ in range(10)} == {b"k"}


def test_clearing_is_as_many_changes_as_there_were_keys(observed: Observed, db: Database) -> None:
    observed.volatile(b"k", 1_000)
    db.values[b"l"] = List()
    assert db.clear() == db.dirty == 2
    assert db.values == db.deadlines == {}
    assert db.random_key() is None
    assert observed.events == []


def test_clearing_ends_scans(observed: Observed, db: Database) -> None:
    for database in (observed.first, observed.second):
        database.values.update(dict.fromkeys([b"a", b"b", b"c"], b"v"))
        observed.keyspace.scans.step((database.index, None), database.values, 0, 1)
    db.clear()
    assert len(observed.keyspace.scans) == 1


def test_swapping_exchanges_everything_but_the_numbers(observed: Observed) -> None:
    observed.volatile(b"k", 1_000)
    observed.second.values[b"other"] = b"v"
    assert observed.first.random_key() == b"k"
    observed.keyspace.swap(observed.first, observed.second)
    assert [database.index for database in observed.keyspace.databases] == [0, 1]
    assert (observed.first.random_key(), observed.second.random_key()) == (b"other", b"k")
    assert (list(observed.first.deadlines), list(observed.second.deadlines)) == ([], [b"k"])


@pytest.mark.parametrize("number", [-1, 2, 2**40])
def test_there_are_only_so_many_databases(observed: Observed, number: int) -> None:
    assert observed.keyspace.database(1) is observed.second
    with pytest.raises(CommandError) as caught:
        observed.keyspace.database(number)
    assert caught.value.text == DB_INDEX_OUT_OF_RANGE


def test_nobody_listens_nobody_is_told(observed: Observed, db: Database) -> None:
    observed.keyspace.observers.clear()
    db.observe()
    db.changed(b"k", b"set", GENERIC, 3)
    assert not db.observed
    assert db.dirty == observed.keyspace.dirty == 3


# Packing


@pytest.fixture
def small_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep two collections as they are, and pack three at a time."""
    monkeypatch.setattr(keyspace, "WARM", 2)
    monkeypatch.setattr(keyspace, "BATCH", 3)


def lists(db: Database, count: int) -> list[bytes]:
    keys = [b"list%d" % number for number in range(count)]
    for key in keys:
        db.add(key, List([b"element"]))
    return keys


@pytest.mark.usefixtures("small_warm")
def test_what_is_cold_is_packed_between_units(observed: Observed, db: Database) -> None:
    effects = observed.keyspace.effects
    keys = lists(db, 4)
    assert not effects.cooling
    keys.append(b"last")
    db.add(b"last", List([b"element"]))
    assert effects.cooling == [db]
    assert effects.pending
    assert {type(db.values[key]) for key in keys} == {List}  # not before the unit ends
    effects.cool()
    assert [type(db.values[key]) for key in keys] == [PackedList] * 3 + [List] * 2
    assert db.warm == keys[-2:]
    assert not effects.cooling


@pytest.mark.usefixtures("small_warm")
@pytest.mark.parametrize("lookup", [Database.lookup_read, Database.lookup_write])
def test_a_packed_value_is_unpacked_by_a_lookup(db: Database, lookup: Callable[[Database, bytes], Any]) -> None:
    keys = lists(db, 5)
    db.cool()
    value = lookup(db, keys[0])
    assert type(value) is List
    assert list(value) == [b"element"]
    assert db.values[keys[0]] is value
    assert db.warm[-1] == keys[0]


@pytest.mark.usefixtures("small_warm")
@pytest.mark.parametrize("lookup", [Database.read, Database.write])
def test_a_packed_value_has_its_type(db: Database, lookup: Callable[[Database, bytes, type], Any]) -> None:
    keys = lists(db, 5)
    db.cool()
    assert db.kind(keys[0]) is List
    assert type(lookup(db, keys[0], List)) is List
    for kind in (Hash, bytes):
        with pytest.raises(CommandError) as raised:
            lookup(db, keys[1], kind)
        assert raised.value.text == WRONG_TYPE


@pytest.mark.usefixtures("small_warm")
def test_what_is_large_or_gone_is_not_packed(db: Database) -> None:
    keys = lists(db, 5)
    db.values[keys[0]].push_right([b"x"] * 300)
    db.values[keys[1]] = b"string"
    db.delete(keys[2])
    db.cool()
    assert [type(db.values.get(key)) for key in keys[:3]] == [List, bytes, type(None)]


@pytest.mark.usefixtures("small_warm")
def test_swapped_databases_take_what_is_warm_with_them(observed: Observed, db: Database) -> None:
    keys = lists(db, 4)
    observed.keyspace.swap(observed.first, observed.second)
    assert (observed.first.warm, observed.second.warm) == ([], keys)
    observed.second.clear()
    assert observed.second.warm == []
