"""Streams and their nodes against plain lists."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from stubredis.datatypes.stream_groups import Consumer, Delivery, Group, Pending
from stubredis.datatypes.stream_ids import GREATEST
from stubredis.datatypes.stream_nodes import tree_nodes, word_size, words_size
from stubredis.datatypes.stream_producers import Producers, content_id
from stubredis.datatypes.streams import OPEN_NODES, Entry, References, Stream

MOST_ENTRIES, MOST_BYTES = 10, 4096


def filled(count: int, most_entries: int = MOST_ENTRIES) -> Stream:
    stream = Stream()
    for number in range(1, count + 1):
        stream.add(number << 64, (b"field", b"%d" % number), most_entries, MOST_BYTES)
    return stream


def check(stream: Stream, model: list[Entry]) -> None:
    assert stream.range(0, GREATEST) == model
    assert stream.range(0, GREATEST, backwards=True) == model[::-1]
    assert len(stream) == len(model)
    assert bool(stream) == bool(model)
    ends = (model[0][0], model[-1][0]) if model else (0, 0)
    assert (stream.first_id, stream.top_id) == ends


WORDS = st.lists(st.binary(max_size=5), min_size=1, max_size=3).map(
    lambda values: [w for v in values for w in (b"f", v)]
)
SPOTS = st.integers(0, 60)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(1, 4), st.one_of(WORDS, st.just([b"g", b"x" * 90])).map(tuple)),
    st.tuples(st.just("delete"), SPOTS),
    st.tuples(st.just("shorten"), SPOTS),
    st.tuples(st.just("start"), SPOTS),
    st.tuples(st.just("get"), SPOTS),
    st.tuples(st.just("range"), SPOTS, SPOTS, st.integers(0, 4), st.booleans()),
    st.tuples(st.just("copy")),
)


@settings(deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_against_a_list(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    stream, model, last, added = Stream(), [], 0, 0
    copies: list[tuple[Stream, list[Entry]]] = []
    for action, *values in steps:
        if action == "add":
            last += values[0]
            stream.add(last, values[1], 4, 200)
            model.append((last, values[1]))
            added += 1
        elif action == "delete":
            there = [entry for entry in model if entry[0] == values[0]]
            assert stream.delete(values[0]) == bool(there)
            model = [entry for entry in model if entry[0] != values[0]]
        elif action == "shorten":
            length = min(values[0], len(model))
            assert stream.trim(length) == len(model) - length
            model = model[len(model) - length :]
        elif action == "start":
            left = [entry for entry in model if entry[0] >= values[0]]
            assert stream.trim(least=values[0]) == len(model) - len(left)
            model = left
        elif action == "get":
            assert stream.get(values[0]) == dict(model).get(values[0])
        elif action == "range":
            start, end, count, backwards = values
            found = [entry for entry in model if start <= entry[0] <= end]
            found = found[::-1] if backwards else found
            assert stream.range(start, end, count, backwards=backwards) == found[: count or None]
        else:
            copies.append((stream.copy(), model[:]))
        assert stream.added == added
        assert stream.last_id == last
    check(stream, model)
    for copy, content in copies:
        check(copy, content)


def test_nodes_are_trimmed_as_a_whole() -> None:
    stream = filled(95)
    assert stream.nodes == 10
    assert stream.trim(42, whole_nodes=True) == 50
    assert stream.trim(42, whole_nodes=True) == 0
    assert stream.trim(least=61 << 64, whole_nodes=True) == 10
    assert stream.trim(0, whole_nodes=True, limit=25) == 20
    assert stream.trim(0, whole_nodes=True, limit=0) == 15
    assert (stream.nodes, len(stream), stream.last_id) == (0, 0, 95 << 64)


def test_few_nodes_are_open() -> None:
    stream = filled(1000)
    assert sum(node.is_open for node in stream._nodes) <= OPEN_NODES + 1
    assert len(stream.range(0, GREATEST)) == 1000
    stream.delete(500 << 64)
    stream.delete(11 << 64)
    assert sum(node.is_open for node in stream._nodes) <= OPEN_NODES + 1
    assert stream.get(499 << 64) == (b"field", b"499")
    assert stream.get(500 << 64) is None


def test_entries_with_different_fields_are_packed_too() -> None:
    stream = Stream()
    entries = [(number << 64, (b"f%d" % (number % 3), b"v", *(b"g", b"") * (number % 2))) for number in range(1, 200)]
    for entry in entries:
        stream.add(*entry, 10, 4096)
    check(stream, entries)


def test_references() -> None:
    stream = filled(30)
    group = stream.groups[b"g"] = Group(20 << 64, None)
    consumer = group.consumers[b"c"] = Consumer(b"c", 0)
    for number in (3, 7, 20):
        group.deliver(number << 64, consumer, 0)
    assert stream.copy().trim(0, references=References.RESPECT) == 17
    assert stream.copy().trim(15, references=References.RESPECT) == 15
    assert stream.trim(25, references=References.REMOVE) == 5
    assert list(group.pending) == list(consumer.pending) == [7 << 64, 20 << 64]
    assert stream.is_referenced(7 << 64)
    assert stream.is_referenced(21 << 64)
    assert not stream.is_referenced(8 << 64)


def test_going_back_to_smaller_ids_once_nothing_is_left() -> None:
    stream = filled(5)
    stream.delete(5 << 64)
    stream.trim(least=5 << 64)
    assert stream.nodes == 1
    stream.set_last_id(2 << 64)
    stream.add(3 << 64, (b"f", b"v"), MOST_ENTRIES, MOST_BYTES)
    check(stream, [(3 << 64, (b"f", b"v"))])


@given(
    st.lists(
        st.one_of(st.binary(max_size=80), st.integers(-(2**65), 2**65).map(lambda n: b"%d" % n), st.just(b"1\n2")),
        max_size=9,
    )
)
def test_many_words_are_measured_as_each_is(words: list[bytes]) -> None:
    assert words_size(words) == sum(map(word_size, words))


def test_sizes_in_a_listpack() -> None:
    sizes = {b"": 2, b"a": 3, b"0": 2, b"127": 2, b"128": 3, b"-1": 3, b"-4096": 3, b"-4097": 4, b"32768": 5, b"01": 4}
    sizes |= {
        b"8388607": 5,
        b"8388608": 6,
        b"2147483648": 10,
        b"9223372036854775808": 21,
        b"x" * 64: 67,
        b"x" * 126: 130,
    }
    assert {word: word_size(word) for word in sizes} == sizes


def test_nodes_of_a_radix_tree() -> None:
    assert tree_nodes([]) == 1
    assert tree_nodes([5]) == 2
    assert tree_nodes([0, GREATEST]) == 5  # a branch at once, then two chains with their leaves
    assert tree_nodes([1, 2]) == 4  # a chain, a branch and two leaves
    assert tree_nodes([1, 2, 256]) == 7


# Groups


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 30)), max_size=80))
def test_pending_in_the_order_of_ids(steps: list[tuple[bool, int, int]]) -> None:
    pending, model = Pending(), {}
    for put, entry_id, start in steps:
        if put:
            delivery = Delivery(None, 0, 0)
            pending.put(entry_id, delivery)
            model.pop(entry_id, None)
            model[entry_id] = delivery
        else:
            assert pending.pop(entry_id, None) is model.pop(entry_id, None)
        assert list(pending.starting_at(start)) == sorted((i, d) for i, d in model.items() if i >= start)[: len(model)]
        assert list(pending) == list(model)
        if model:
            assert pending.ends() == (min(model), max(model))


def test_what_was_acknowledged_is_forgotten() -> None:
    pending = Pending()
    for number in range(10_000):
        pending.put(number, Delivery(None, 0, 0))
        pending.pop(number - 10, None)
    assert len(pending) == 10
    assert len(pending._ids) < 200


def test_the_oldest_come_first() -> None:
    group = Group(0, None)
    consumer = group.consumers[b"c"] = Consumer(b"c", 0)
    for entry_id, time in ((1, 10), (2, 10), (3, 5), (4, 20), (5, 10)):
        group.deliver(entry_id, consumer, time)
    assert [entry_id for entry_id, _ in group.by_age()] == [3, 1, 2, 5, 4]
    group.hand_over(1, group.pending[1], consumer, 30)
    group.hand_over(4, group.pending[4], None, 0)
    group.hand_over(2, group.pending[2], None, 0)
    assert [entry_id for entry_id, _ in group.copy().by_age()] == [4, 2, 3, 5, 1]
    assert sorted(consumer.pending) == [1, 3, 5]
    assert group.remove(2)
    assert not group.remove(2)
    group.remove_consumer(consumer)
    assert list(group.pending) == [4]


def test_copies_are_independent() -> None:
    stream = filled(3)
    group = stream.groups[b"g"] = Group(2 << 64, 2)
    consumer = group.consumers[b"c"] = Consumer(b"c", 7)
    group.deliver(1 << 64, consumer, 8)
    stream.producers = Producers()
    stream.producers.remember(b"p", b"i", 1 << 64)
    twin = stream.copy()
    group.remove(1 << 64)
    stream.producers.forget()
    stream.delete(1 << 64)
    copied = twin.groups[b"g"]
    assert copied.pending[1 << 64] is copied.consumers[b"c"].pending[1 << 64]
    assert copied.pending[1 << 64].consumer is copied.consumers[b"c"]
    assert (copied.last_id, copied.entries_read, copied.consumers[b"c"].seen_time) == (2 << 64, 2, 7)
    assert twin.producers is not None
    assert twin.producers.find(b"p", b"i", 0) == 1 << 64
    assert twin.get(1 << 64) == (b"field", b"1")


# Producers


def test_producers_remember_only_so_much() -> None:
    producers = Producers()
    producers.most, producers.duration = 2, 10
    for number in range(1, 4):
        producers.remember(b"p", b"%d" % number, number * 1000 << 64)
    producers.remember(b"q", b"1", 9000 << 64)
    assert [producers.find(b"p", b"%d" % number, 0) for number in range(1, 4)] == [None, 2000 << 64, 3000 << 64]
    assert (len(producers), producers.tracked, producers.added) == (2, 3, 4)
    assert producers.find(b"p", b"2", 12_000) is None  # ten seconds have passed
    assert producers.find(b"p", b"3", 12_000) == 3000 << 64
    producers.expire(13_000)
    assert (len(producers), producers.tracked) == (1, 1)


def test_the_order_of_fields_makes_no_difference() -> None:
    assert content_id((b"a", b"1", b"b", b"2")) == content_id((b"b", b"2", b"a", b"1"))
    different = [
        (b"a", b"1"),
        (b"a", b"1", b"a", b"1"),
        (b"a1", b""),
        (b"", b"a1"),
        (b"b", b"1"),
        (b"a", b"2", b"b", b"1"),
    ]
    assert len({content_id(fields) for fields in different}) == len(different)
