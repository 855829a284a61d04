"""The clock table of an LRU policy."""

from __future__ import annotations

import random

from stubredis.uses import EACH, FEWEST, Times


def used(times: Times, keys: list[bytes], second: int, known: list[bytes] | None = None) -> None:
    times.note([[b"GET", key] for key in keys], second * 1000, known or keys)


def test_a_key_is_used_in_the_second_of_the_request() -> None:
    times = Times(5_000)
    # Hashes are others in each process: these keys share no clock in any.
    a, b, c, d, e, *_ = {hash(key) % FEWEST: key for key in (b"%d" % number for number in range(16))}.values()
    assert times.of(a, 9_000) == 5_000
    times.note([[b"PING"], [b"GET", a], [b"SET", b, b"x"]], 7_999, (a, b))
    times.use([c], 8_000)
    times.set(d, 6_100, 9_000)
    assert [times.of(key, 9_000) for key in (a, b, c, d, e)] == [7_000, 7_000, 8_000, 6_000, 5_000]
    times.clear()
    assert times.of(a, 9_000) == 5_000


def test_nothing_that_was_used_is_forgotten_when_clocks_become_more() -> None:
    times = Times(0)
    keys = [b"key:%d" % number for number in range(20_000)]
    for second in range(1, 21):
        used(times, keys[(second - 1) * 1_000 : second * 1_000], second, keys[: second * 1_000])
    assert times.size > 4 * len(keys)
    assert all(times.of(key, 20_000) // 1000 > number // 1_000 for number, key in enumerate(keys))


def test_few_keys_share_a_clock_with_one_that_is_used() -> None:
    times = Times(0)
    keys = [b"key:%d" % number for number in range(20_000)]
    used(times, keys, 1)
    used(times, keys[::2], 2)
    mistaken = sum(times.of(key, 2_000) > 1_000 for key in keys[1::2])
    assert mistaken < len(keys) / 2 / 4


def test_of_a_few_keys_nearly_none_do() -> None:
    times = Times(0)
    keys = [b"key:%d" % number for number in range(FEWEST // 16)]
    used(times, keys, 1)
    used(times, keys[::2], 2)
    assert sum(times.of(key, 2_000) > 1_000 for key in keys[1::2]) < len(keys) / 20


def test_of_very_many_requests_within_a_second_half_are_noted() -> None:
    random.seed(7)
    times = Times(0)
    chunks = [[[b"GET", b"%d" % (number + at)] for at in range(16)] for number in range(0, 3 * EACH, 16)]
    words = [b"%d" % number for number in range(3 * EACH)]
    for second in (1, 2):
        for chunk in chunks:
            times.note(chunk, second * 1000, words)
        noted = [times.of(word, 0) == second * 1000 for word in words]
        assert all(noted[:EACH])
        assert 0.4 < sum(noted[EACH:]) / (2 * EACH) < 0.75  # with those that share a clock
    times.note([[b"GET", b"alone"]], 2_999, words)
    assert times.of(b"alone", 0) == 2_000
