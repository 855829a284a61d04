"""Hashes: effects, lookups, random fields and scans. Replies are compared in tests/differential/."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.commands.observed import Observed

SETUP = ("HSET h f value n 10", "SET s string")


@pytest.mark.parametrize(
    ("request_", "events", "dirty", "propagated"),
    [
        ("HSET h f v", "hset", 1, ["HSET h f v"]),
        ("HSET new a 1 b 2 a 3", "hset", 3, ["HSET new a 1 b 2 a 3"]),
        ("HMSET h a 1 b 2", "hset", 2, ["HMSET h a 1 b 2"]),
        ("HSETNX h a 1", "hset", 1, ["HSETNX h a 1"]),
        ("HSETNX h f 1", "", 0, []),
        ("HDEL h f x", "hdel", 1, ["HDEL h f x"]),
        ("HDEL h f n", "hdel del", 2, ["HDEL h f n"]),
        ("HDEL h x", "", 0, []),
        ("HDEL missing x", "", 0, []),
        ("HINCRBY h n 5", "hincrby", 1, ["HINCRBY h n 5"]),
        ("HINCRBYFLOAT h n 0.25", "hincrbyfloat", 1, ["HSET h n 10.25"]),
        ("HINCRBYFLOAT new n 1e2", "hincrbyfloat", 1, ["HSET new n 100"]),
        ("HGETALL h", "", 0, []),
    ],
)
def test_effects(request_: str, events: str, dirty: int, propagated: list[str]) -> None:
    server = Observed()
    for request in SETUP:
        server(request)
    assert server.caused(request_) == (events, dirty, propagated)


@pytest.mark.parametrize(
    "request_", ["HSET s f v", "HSET h a 1 b", "HINCRBY new f x", "HINCRBYFLOAT new f inf", "HMSET new a 1 b"]
)
def test_a_refused_request_leaves_nothing(request_: str) -> None:
    server = Observed()
    for request in SETUP:
        server(request)
    before = dict(server.client.db.values)
    assert server(request_).startswith(b"-")
    assert server.client.db.values == before


@pytest.mark.parametrize(
    "name", ["HGET h f", "HMGET h f x", "HGETALL h", "HKEYS h", "HVALS h", "HLEN h", "HSTRLEN h f"]
)
def test_lookups_count_the_key_once(name: str) -> None:
    server = Observed()
    server("HSET h f v")
    assert server.looked_up(name) == (1, 0)
    assert server.looked_up(name.replace(" h", " missing")) == (0, 1)


def test_maps_and_pairs() -> None:
    server = Observed()
    server("HSET h f v")
    assert server("HGETALL h") == b"*2\r\n$1\r\nf\r\n$1\r\nv\r\n"
    assert server("HRANDFIELD h -2 WITHVALUES") == b"*4\r\n" + b"$1\r\nf\r\n$1\r\nv\r\n" * 2
    server("HELLO 3")
    assert server("HGETALL h") == b"%1\r\n$1\r\nf\r\n$1\r\nv\r\n"
    assert server("HGETALL missing") == b"%0\r\n"
    assert server("HRANDFIELD h -2 WITHVALUES") == b"*2\r\n" + b"*2\r\n$1\r\nf\r\n$1\r\nv\r\n" * 2


def fields(reply: bytes) -> list[bytes]:
    return reply.split(b"\r\n")[2::2]


def test_all_fields_are_chosen_equally_often() -> None:
    server = Observed()
    server("HSET h a 1 b 2 c 3")
    chosen = Counter(fields(server("HRANDFIELD h -3000")))
    assert chosen.keys() == {b"a", b"b", b"c"}
    # The standard deviation of each count is 26: six of them do not happen by chance.
    assert all(abs(count - 1000) < 160 for count in chosen.values())


def test_different_fields_of_a_large_hash() -> None:
    server = Observed()
    server("HSET h " + " ".join(f"f{number} {number}" for number in range(1000)))
    chosen = fields(server("HRANDFIELD h 700"))
    assert len(set(chosen)) == len(chosen) == 700


def scan(server: Observed, cursor: bytes, options: str) -> tuple[bytes, list[bytes]]:
    words = server(f"HSCAN h {cursor.decode()} {options}").split(b"\r\n")
    return words[2], words[5::2]


@pytest.mark.parametrize(("count", "value"), [(512, "v"), (1, "v" * 64)])
def test_a_small_hash_is_scanned_at_once(count: int, value: str) -> None:
    server = Observed()
    server("HSET h " + " ".join(f"f{number} {value}" for number in range(count)))
    cursor, found = scan(server, b"0", "COUNT 1")
    assert cursor == b"0"
    assert len(found) == 2 * count


@pytest.mark.parametrize(("count", "value"), [(513, "v"), (20, "v" * 65)])
def test_a_large_hash_is_scanned_in_steps(count: int, value: str) -> None:
    server = Observed()
    server("HSET h " + " ".join(f"f{number} {value}" for number in range(count)))
    cursor, found = scan(server, b"0", "COUNT 7 NOVALUES")
    assert len(found) == 7
    server(f"HSET h {' '.join(f'new{number} v' for number in range(1000))}")
    server("HDEL h f0")
    while cursor != b"0":
        cursor, more = scan(server, cursor, "COUNT 7 NOVALUES")
        found += more
    assert set(found) >= {b"f%d" % number for number in range(1, count)}
