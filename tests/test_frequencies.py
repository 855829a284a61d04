"""The counters of an LFU policy, which are worked out late, against uses that are counted one by one."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from stubredis.config import Config
from stubredis.frequencies import MINUTE, NEW, SLICE, SPARE, Frequencies, grown, record
from stubredis.keyspace import Database
from stubredis.uses import EACH
from tests.commands.witness import Witness


def one_by_one(counter: int, uses: int, factor: int) -> int:
    for _ in range(uses):
        if counter < 255 and random.random() * (max(counter - NEW, 0) * factor + 1) < 1:
            counter += 1
    return counter


@pytest.mark.parametrize(
    ("counter", "uses", "factor"), [(5, 1, 10), (0, 7, 10), (5, 300, 10), (20, 100, 1), (250, 9, 0)]
)
def test_many_uses_at_once_are_as_good_as_one_by_one(counter: int, uses: int, factor: int) -> None:
    random.seed(7)
    config = Config(lfu_log_factor=factor)
    at_once = mean([grown(counter, uses, config) for _ in range(2_000)])
    assert at_once == pytest.approx(mean([one_by_one(counter, uses, factor) for _ in range(2_000)]), abs=0.2)


def frequencies(factor: int = 10) -> Frequencies:
    return Frequencies(Config(lfu_log_factor=factor), 0, {})


def gets(*keys: bytes) -> list[list[bytes]]:
    return [[b"GET", key] for key in keys]


def test_uses_count_in_the_minute_in_which_they_happened() -> None:
    uses = frequencies(factor=0)
    uses.note(gets(b"a", b"a", b"a", b"a"), 0, ())
    uses.note([*gets(b"a", b"a"), [b"PING"]], 3 * MINUTE, ())
    assert uses.of(b"a", 9 * MINUTE) == record(3, 8 - 3 + 2)
    assert uses.of(b"b", 9 * MINUTE) is None


def test_former_minutes_are_worked_out_in_slices() -> None:
    uses = frequencies(factor=0)
    keys = [b"%d" % number for number in range(3 * SLICE)]
    uses.note(gets(*keys), 0, ())
    assert not uses.records
    uses.note([], MINUTE, ())
    assert len(uses.records) == SLICE
    assert {uses.of(key, MINUTE) for key in keys} == {record(0, NEW)}
    assert len(uses.records) == len(keys)


def test_of_very_many_uses_some_count_for_all() -> None:
    random.seed(7)
    uses = frequencies()
    keys = [b"%d" % number for number in range(64)]
    rounds = 20 * EACH // len(keys)
    for _ in range(rounds):
        for start in range(0, len(keys), 16):
            uses.note(gets(*keys[start : start + 16]), 0, ())
    counters = [(uses.of(key, 0) or 0) & 0xFF for key in keys]
    each = [grown(NEW, rounds - 1, Config()) for _ in keys]
    assert mean(counters) == pytest.approx(mean(each), rel=0.05)
    assert min(counters) > min(each) - 10
    assert max(counters) < max(each) + 10


def test_words_that_are_no_keys_are_forgotten_once_they_are_many() -> None:
    uses = frequencies()
    words = [b"word%d" % number for number in range(2 * SPARE)]
    for minute in range(2):
        uses.note(gets(b"a", *words), minute * MINUTE, ())
    uses.tidy(dict.fromkeys([b"a", *words], 1))
    uses.tidy({b"a": 1})
    assert uses.of(b"a", 2 * MINUTE) is not None
    assert [uses.of(word, 2 * MINUTE) for word in words] == [None] * len(words)


def frequency(witness: Witness, key: bytes = b"k") -> int:
    return int(witness.ask(b"OBJECT FREQ " + key)[1:])


def test_with_a_limit_databases_stay_as_they_are() -> None:
    witness = Witness(
        (b"SET old x", b"CONFIG SET maxmemory-policy allkeys-lfu lfu-log-factor 0 maxmemory 1gb", b"SET k v")
    )
    assert (frequency(witness), frequency(witness, b"old")) == (5, 5)
    witness.client.receive(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n" * 10)
    witness.client.receive(b"*2\r\n$3\r\nGET\r\n$3\r\nold\r\n")
    witness.client.receive(b"*5\r\n$4\r\nMSET\r\n$1\r\nk\r\n$1\r\nv\r\n$3\r\nold\r\n$1\r\nx\r\n")
    witness.client.take_output()
    assert (frequency(witness), frequency(witness, b"old")) == (16, 7)
    assert type(witness.client.db) is Database
    witness.elapse(3 * MINUTE)
    assert frequency(witness) == 13
    witness.ask(b"CONFIG SET maxmemory 0")
    assert frequency(witness) == 13
    witness.ask(b"GET k")
    assert frequency(witness) == 14
    witness.ask(b"CONFIG SET maxmemory 1gb")
    assert frequency(witness) == 14
    assert type(witness.client.db) is Database
    witness.ask(b"RESTORE k 0 %b REPLACE FREQ 0" % b"x")  # refused
    witness.ask(b"FLUSHALL")
    witness.ask(b"SET k v")
    assert frequency(witness) == 5
