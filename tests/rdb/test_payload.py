"""Values become payloads and come back the same; damaged payloads are refused and nothing else happens."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stubredis.datatypes.hashes import FieldDeadlines, Hash
from stubredis.datatypes.lists import List
from stubredis.datatypes.sets import Set
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.datatypes.stream_groups import Consumer, Group
from stubredis.datatypes.streams import Stream
from stubredis.rdb.payload import ForeignPayloadError, dump, restore
from stubredis.rdb.reader import BadDataError, Reader
from stubredis.rdb.values import VERSIONS
from tests.payloads import sealed
from tests.programs import IN_CI

untimed = settings(deadline=None, derandomize=IN_CI)

WORDS = st.one_of(
    st.binary(max_size=70),
    st.integers(-(2**64), 2**64).map(lambda value: b"%d" % value),
    st.tuples(st.binary(min_size=1, max_size=3), st.integers(1, 40)).map(lambda pair: pair[0] * pair[1]),
)
SCORES = st.one_of(st.floats(allow_nan=False), st.integers(-(2**60), 2**60).map(float))
DEADLINES = st.integers(1, 2**48 - 2)


def hash_of(fields: dict[bytes, tuple[bytes, int | None]]) -> Hash:
    value = Hash((field, text) for field, (text, _) in fields.items())
    deadlines = {field: deadline for field, (_, deadline) in fields.items() if deadline is not None}
    if deadlines:
        value.deadlines = FieldDeadlines()
        for field, deadline in deadlines.items():
            value.expire([field], deadline)
    return value


def stream_of(entries: list[tuple[int, list[bytes]]], deleted: int, groups: list[tuple[bytes, int]]) -> Stream:
    stream = Stream()
    for step, words in entries:
        stream.add(stream.last_id + step, tuple(words * 2), 4, 4096)
    ids = [entry_id for entry_id, _ in stream.range(0, 2**128 - 1)]
    for entry_id in ids[:deleted]:
        stream.delete(entry_id)
    for name, read in groups:
        group = stream.groups[name] = Group(0, None)
        consumer = group.consumers[b"c"] = Consumer(b"c", 5)
        for entry_id in ids[:read]:
            group.deliver(entry_id, consumer, 7)
            group.last_id = entry_id
    return stream


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": WORDS,
    "list": st.lists(WORDS, min_size=1).map(List),
    "set": st.lists(WORDS, min_size=1).map(Set),
    "sorted set": st.dictionaries(WORDS, SCORES, min_size=1).map(lambda scores: SortedSet(scores.items())),
    "hash": st.dictionaries(WORDS, st.tuples(WORDS, st.none()), min_size=1).map(hash_of),
    "hash with deadlines": st.dictionaries(WORDS, st.tuples(WORDS, st.none() | DEADLINES), min_size=1).map(hash_of),
    "stream": st.builds(
        stream_of,
        st.lists(st.tuples(st.integers(1, 2**66), st.lists(WORDS, min_size=1, max_size=3)), max_size=12),
        st.integers(0, 3),
        st.lists(st.tuples(st.binary(max_size=3), st.integers(0, 5)), max_size=3, unique_by=lambda pair: pair[0]),
    ),
}


def content(value: Any) -> Any:
    """Everything that there is to know of a value."""
    match value:
        case List():
            return list(value)
        case Set():
            return value.encoding, sorted(value)
        case SortedSet():
            return value.encoding, [(member, score or 0.0) for member, score in value.pairs()]
        case Hash():
            return value.encoding, list(value.items()), dict(value.deadlines or {})
        case Stream():
            ids = (value.length, value.added, value.last_id, value.first_id, value.top_id, value.max_deleted_id)
            return ids, value.range(0, 2**128 - 1), {name: group_content(group) for name, group in value.groups.items()}
    return bytes(value)


def group_content(group: Any) -> Any:
    pending = {entry_id: (it.consumer.name, it.time, it.count) for entry_id, it in group.pending.starting_at(0)}
    consumers = {name: (it.seen_time, it.active_time, sorted(it.pending)) for name, it in group.consumers.items()}
    return group.last_id, group.entries_read, pending, consumers


@pytest.mark.parametrize("name", VALUES)
@untimed
@given(data=st.data())
def test_round_trip(name: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[name])
    restored = restore(dump(value))
    assert type(restored) is type(value)
    assert content(restored) == content(value)
    assert dump(restored) == dump(value)


LARGE = [
    bytes(range(256)) * 100,
    b"x" * 3_000_000,
    bytearray(b"changed in place"),
    List(b"%d" % number for number in range(100_000)),
    List([b"x" * 9000, b"y", b"z" * 8192, b"a" * 100_000]),
    Set(b"%d" % number for number in range(600)),
    Set(b"m%d" % number for number in range(10_000)),
    SortedSet((b"m%d" % number, number / 3) for number in range(10_000)),
    hash_of({b"f%d" % number: (b"v" * (number % 200), None) for number in range(10_000)}),
    hash_of({b"f%d" % number: (b"v", 10**12 + number if number % 3 else None) for number in range(600)}),
    stream_of([(1, [b"%d" % number]) for number in range(1000)], 0, [(b"g", 900)]),
]


@pytest.mark.parametrize("value", LARGE, ids=lambda value: type(value).__name__)
def test_large_values(value: Any) -> None:
    assert content(restore(dump(value))) == content(value)


def test_deliveries_of_nobody_go_to_a_consumer_without_a_name() -> None:
    stream = stream_of([(1, [b"a"]), (1, [b"b"])], 0, [(b"g", 2)])
    group = stream.groups[b"g"]
    group.hand_over(1, group.pending[1], None, 7)
    restored = restore(dump(stream)).groups[b"g"]
    assert {name: sorted(consumer.pending) for name, consumer in restored.consumers.items()} == {b"": [1], b"c": [2]}


@pytest.mark.parametrize("version", [*VERSIONS, 13, 79, 81, 1000])
def test_versions(version: int) -> None:
    payload = sealed(b"\x00\x01v", version)
    if version in VERSIONS:
        assert restore(payload) == b"v"
    else:
        with pytest.raises(ForeignPayloadError):
            restore(payload)


def test_fields_with_deadlines_need_a_newer_version() -> None:
    assert dump(hash_of({b"f": (b"v", None)}))[-10:-8] == b"\x0b\x00"
    assert dump(hash_of({b"f": (b"v", 1)}))[-10:-8] == b"\x0c\x00"


@pytest.mark.parametrize("payload", [b"", b"\x00\x01v", sealed(b"\x00\x01v")[:-1], b"x" + sealed(b"\x00\x01v")])
def test_damaged_on_the_way(payload: bytes) -> None:
    with pytest.raises(ForeignPayloadError):
        restore(payload)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\x06\x00", b"\x07\x81\x00\x00\x00\x00\x00\x00\x00\x00\x00", b"\x08\x00", b"\x63\x00",  # modules
        b"\x01\x00", b"\x02\x00", b"\x04\x00", b"\x05\x00", b"\x0e\x00", b"\x12\x00", b"\x18" + bytes(9),
        b"\x12\x01\x03\x01a", b"\x12\x01\x01\x00",  # nodes of a list
        b"\x02\x02\x01a\x01a", b"\x04\x02\x01a\x01b\x01a\x01c", b"\x05\x02" + (b"\x01a" + bytes(8)) * 2,  # twice
        b"\x03\x01\x01a\xfd", b"\x05\x01\x01a" + b"\xff" * 8, b"\x03\x01\x01a\x01x",  # no numbers
        b"\x00\x81\xff\xff\xff\xff\xff\xff\xff\xff", b"\x01\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x01a",  # far too long
        b"\x00\xc3\x05\x50\x01ab\xe0\x00\x01", b"\x00\xc4", b"\x00\xff", b"\x00\x82",  # strings
    ],
)  # fmt: skip
def test_bad_data(body: bytes) -> None:
    with pytest.raises(BadDataError):
        restore(sealed(body))


@pytest.mark.parametrize("name", VALUES)
@untimed
@given(data=st.data())
def test_damaged_values(name: str, data: st.DataObject) -> None:
    body = bytearray(dump(data.draw(VALUES[name]))[:-10])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body)))
        body[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    with contextlib.suppress(BadDataError):  # anything else that is raised is a fault
        restored = restore(sealed(bytes(body), 12))
        assert restore(dump(restored)) is not None


@untimed
@given(st.binary(max_size=100))
def test_garbage(body: bytes) -> None:
    with contextlib.suppress(BadDataError):
        restore(sealed(body, 12))


@pytest.mark.parametrize(
    ("text", "score"),
    [(b"\x031.5", 1.5), (b"\xfe", float("inf")), (b"\xff", float("-inf")), (b"\x041e3x", 1000.0), (b"\x02-0", 0.0)],
)
def test_printed_doubles(text: bytes, score: float) -> None:
    assert Reader(text).printed_double() == score


def test_every_type_of_the_keyspace_can_be_written() -> None:
    from stubredis.datatypes.vector_sets import VectorSet
    from stubredis.keyspace import PACKED, TYPE_NAMES
    from stubredis.rdb.values import _WRITERS

    assert _WRITERS.keys() == TYPE_NAMES.keys() - PACKED - {VectorSet}
