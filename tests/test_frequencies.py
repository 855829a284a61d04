"""The counters of an LFU policy, which are worked out late, against uses that are counted one by one."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from stubredis.config import Config
from stubredis.frequencies import LISTED, MINUTE, NEW, SLICE, Frequencies, grown, record
from stubredis.keyspace import Database
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


def test_uses_count_in_the_minute_in_which_they_happened() -> None:
    frequencies = Frequencies(Config(lfu_log_factor=0), 0)
    frequencies.use([b"a"] * 4, 0)
    frequencies.use([b"a"] * 2, 3 * MINUTE)
    assert frequencies.of(b"a", 9 * MINUTE) == record(3, 8 - 3 + 2)
    assert frequencies.of(b"b", 9 * MINUTE) is None
    assert not frequencies.waiting


def test_former_minutes_are_worked_out_in_slices() -> None:
    frequencies = Frequencies(Config(lfu_log_factor=0), 0)
    keys = [b"%d" % number for number in range(3 * SLICE)]
    for start in range(0, len(keys), LISTED):
        frequencies.use(keys[start : start + LISTED], 0)
    assert len(frequencies) == 0
    frequencies.count(MINUTE)
    assert len(frequencies) == SLICE
    frequencies.settle(MINUTE)
    assert set(frequencies) == set(keys)
    assert set(frequencies.values()) == {record(0, NEW)}


def test_words_that_are_no_keys_are_forgotten() -> None:
    frequencies = Frequencies(Config(), 0)
    frequencies.use([b"a", b"b"], 0)
    frequencies.count(MINUTE)
    frequencies.use([b"a", b"b"], MINUTE)
    frequencies.count(MINUTE)
    frequencies.keep({b"a"})
    frequencies.settle(MINUTE)
    assert set(frequencies) == {b"a"}


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
