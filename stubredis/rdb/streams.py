"""Streams to payloads and back: their nodes as listpacks, what they remember, their groups.

A node is filed under the id of its first entry. Its listpack begins with how many entries there are, how many more were
deleted, and the fields of the first entry. An entry is some flags, its distance from that id, and its fields and
values, or only the values if the fields are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from stubredis.datatypes.listpack_size import as_integer
from stubredis.datatypes.stream_groups import Consumer, Delivery, Group, Pending
from stubredis.datatypes.stream_nodes import Fields, Node
from stubredis.datatypes.streams import Stream
from stubredis.rdb import listpack, writer
from stubredis.rdb.reader import NO_COUNT, BadDataError, Reader
from stubredis.rdb.writer import String

_ID_SIZE = 16
_HALF = 2**64 - 1

_DELETED, _SAME_FIELDS = 1, 2
_OVERHEAD = 3
"""The elements of an entry besides its words; one more if it has fields of its own."""

_NOBODY = b""
"""The consumer that gets deliveries that belong to nobody: older servers know none without a consumer."""


# Writing


def write(stream: Stream, string: String, version: int = 3) -> Iterator[bytes]:
    """Yield the pieces of a stream in one of its forms: 3 for that of Redis 7.2, 1 for that of Redis 5."""
    nodes = [_write_node(node, string) for node in stream.each_node() if node.count]
    yield writer.number(len(nodes))
    yield from nodes
    yield writer.number(stream.length)
    yield _write_id(stream.last_id)
    if version > 1:
        yield _write_id(stream.first_id)
        yield _write_id(stream.max_deleted_id)
        yield writer.number(stream.added)
    yield writer.number(len(stream.groups))
    for name, group in sorted(stream.groups.items()):
        yield string(name)
        yield from _write_group(group, string, version)


def _write_id(entry_id: int) -> bytes:
    return writer.number(entry_id >> 64) + writer.number(entry_id & _HALF)


def _write_node(node: Node, string: String) -> bytes:
    words = [b"%d" % node.count, b"0", b"%d" % len(node.fields), *node.fields, b"0"]
    for entry_id, fields in zip(node.ids, node.entries, strict=True):
        is_same = fields[::2] == node.fields
        count = len(fields) // 2
        words.append(b"%d" % (_SAME_FIELDS if is_same else 0))
        words.append(b"%d" % _signed((entry_id >> 64) - (node.first >> 64)))
        words.append(b"%d" % _signed((entry_id & _HALF) - (node.first & _HALF)))
        if is_same:
            words += fields[1::2]
            words.append(b"%d" % (count + _OVERHEAD))
        else:
            words.append(b"%d" % count)
            words += fields
            words.append(b"%d" % (2 * count + _OVERHEAD + 1))
    return string(node.first.to_bytes(_ID_SIZE, "big")) + string(listpack.encode(words))


def _signed(value: int) -> int:
    """Take the lower 64 bits for a signed integer."""
    return (value + 2**63) % 2**64 - 2**63


def _write_group(group: Group, string: String, version: int) -> Iterator[bytes]:
    yield _write_id(group.last_id)
    if version > 1:
        yield writer.number(NO_COUNT if group.entries_read is None else group.entries_read)
    yield writer.number(len(group.pending))
    for entry_id, delivery in group.pending.starting_at(0):
        yield entry_id.to_bytes(_ID_SIZE, "big")
        yield writer.milliseconds(delivery.time)
        yield writer.number(delivery.count)
    consumers = dict(group.consumers)
    ownerless = [entry_id for entry_id, delivery in group.pending.starting_at(0) if delivery.consumer is None]
    if ownerless:
        consumers.setdefault(_NOBODY, Consumer(_NOBODY, 0))
    yield writer.number(len(consumers))
    for name, consumer in sorted(consumers.items()):
        yield string(name)
        yield writer.milliseconds(consumer.seen_time)
        if version > 1:
            yield writer.milliseconds(consumer.active_time)
        own = list(_ids(consumer.pending))
        if name == _NOBODY:
            own = sorted(own + ownerless)
        yield writer.number(len(own))
        yield from (entry_id.to_bytes(_ID_SIZE, "big") for entry_id in own)


def _ids(pending: Pending) -> Iterable[int]:
    return (entry_id for entry_id, _ in pending.starting_at(0))


# Reading


def read(reader: Reader, version: int) -> Stream:
    """Read a stream in the first, second or third form.

    Raises BadDataError also for what Redis takes: ids that are not in order, and numbers of entries that are wrong.
    """
    nodes = sorted((_read_node(reader) for _ in range(reader.count())), key=lambda node: node.first)
    ids = list(chain.from_iterable(node.ids for node in nodes))
    if any(entry_id >= following for entry_id, following in pairwise(ids)):
        raise BadDataError
    stream = Stream.of_nodes([node for node in nodes if node.count])
    if reader.number() != stream.length:
        raise BadDataError
    stream.last_id = max(_read_id(reader), stream.last_id)
    if version > 1:
        _read_id(reader)  # that of the first entry, which is known
        stream.max_deleted_id = _read_id(reader)
        stream.added = reader.number()
    for _ in range(reader.count()):
        name = reader.string()
        if name in stream.groups:
            raise BadDataError
        stream.groups[name] = _read_group(reader, stream, version)
    return stream


def _read_id(reader: Reader) -> int:
    milliseconds = reader.number()
    return milliseconds << 64 | reader.number()


def _read_node(reader: Reader) -> Node:
    key = reader.string()
    if len(key) != _ID_SIZE:
        raise BadDataError
    words = _Words(listpack.decode(reader.string()))
    count, deleted = words.integer(), words.integer()
    node = Node(int.from_bytes(key, "big"), words.several(words.integer()))
    if words.integer() != 0 or count + deleted < 0:
        raise BadDataError
    for _ in range(count + deleted):
        flags, entry_id, fields = _read_entry(words, node)
        if not flags & _DELETED:
            node.append(entry_id, fields, sum(map(len, fields)))
    if not words.at_end() or node.count != count or any(entry_id < node.first for entry_id in node.ids):
        raise BadDataError
    return node


def _read_entry(words: _Words, node: Node) -> tuple[int, int, Fields]:
    flags, milliseconds, sequence = words.integer(), words.integer(), words.integer()
    fields: Fields
    if flags & _SAME_FIELDS:
        count = len(node.fields)
        fields = tuple(chain.from_iterable(zip(node.fields, words.several(count), strict=True)))
        expected = count + _OVERHEAD
    else:
        count = words.integer()
        fields = words.several(2 * count)
        expected = 2 * count + _OVERHEAD + 1
    if words.integer() != expected:
        raise BadDataError
    first = node.first
    entry_id = ((first >> 64) + milliseconds & _HALF) << 64 | (first & _HALF) + sequence & _HALF
    return flags, entry_id, fields


class _Words:
    """The elements of a listpack, one after the other."""

    __slots__ = ("_place", "_words")

    def __init__(self, words: list[bytes]) -> None:
        self._words = words
        self._place = 0

    def integer(self) -> int:
        value = as_integer(self.several(1)[0])
        if value is None:
            raise BadDataError
        return value

    def several(self, count: int) -> tuple[bytes, ...]:
        start = self._place
        self._place += count
        if count < 0 or self._place > len(self._words):
            raise BadDataError
        return tuple(self._words[start : self._place])

    def at_end(self) -> bool:
        return self._place == len(self._words)


def _read_group(reader: Reader, stream: Stream, version: int) -> Group:
    last_id = _read_id(reader)
    if version > 1:
        entries_read: int | None = reader.number()
        if entries_read == NO_COUNT:
            entries_read = None
    else:
        entries_read = stream.added_until(last_id)
    group = Group(last_id, entries_read)
    deliveries: dict[int, Delivery] = {}
    for _ in range(reader.count()):
        entry_id = int.from_bytes(reader.take(_ID_SIZE), "big")
        if entry_id in deliveries:
            raise BadDataError
        time = reader.milliseconds()
        deliveries[entry_id] = group.create(entry_id, time, reader.number())
    for _ in range(reader.count()):
        name = reader.string()
        if name in group.consumers:
            raise BadDataError
        consumer = group.consumers[name] = Consumer(name, reader.milliseconds())
        consumer.active_time = reader.milliseconds() if version > 2 else consumer.seen_time
        own: set[int] = set()
        for _ in range(reader.count()):
            entry_id = int.from_bytes(reader.take(_ID_SIZE), "big")
            if entry_id not in deliveries or entry_id in own:
                raise BadDataError
            own.add(entry_id)
            delivery = deliveries[entry_id]
            group.hand_over(entry_id, delivery, consumer, delivery.time)
    if any(delivery.consumer is None for delivery in deliveries.values()):
        raise BadDataError
    return group
