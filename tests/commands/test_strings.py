"""Strings: effects, lookups, time, and values that change in place. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from stubredis.protocol.replies import Status
from tests.commands.observed import NOW, Observed

FAR = NOW + 100_000
SETUP = ("SET k value", "SET n 10", "SET t volatile EX 50")


@pytest.mark.parametrize(
    ("request_", "events", "dirty", "propagated"),
    [
        ("SET k v", "set", 1, ["SET k v"]),
        ("SET t v", "set", 1, ["SET t v"]),
        ("SET k v NX", "", 0, []),
        ("SET k v XX", "set", 1, ["SET k v XX"]),
        ("SET k v IFEQ other", "", 0, []),
        ("SET k v IFEQ value", "set", 1, ["SET k v IFEQ value"]),
        ("SET k v GET", "set", 1, ["SET k v"]),
        ("SET t v GET KEEPTTL", "set", 1, ["SET t v KEEPTTL"]),
        ("SET k v EX 100", "set expire", 1, [f"SET k v PXAT {FAR}"]),
        ("SET k v NX EX 100", "", 0, []),
        ("SET k v XX GET PX 100000", "set expire", 1, [f"SET k v PXAT {FAR}"]),
        ("SET k v EXAT 1700000100", "set expire", 1, [f"SET k v PXAT {FAR}"]),
        ("SETNX new v", "set", 1, ["SETNX new v"]),
        ("SETNX k v", "", 0, []),
        ("SETEX k 100 v", "set expire", 1, [f"SET k v PXAT {FAR}"]),
        ("PSETEX k 100000 v", "set expire", 1, [f"SET k v PXAT {FAR}"]),
        ("GETSET k v", "set", 1, ["SET k v"]),
        ("GETDEL k", "del", 1, ["DEL k"]),
        ("GETDEL missing", "", 0, []),
        ("GETEX k", "", 0, []),
        ("GETEX k EX 100", "expire", 1, [f"PEXPIREAT k {FAR}"]),
        ("GETEX k PXAT 1", "del", 1, ["UNLINK k"]),
        ("GETEX t PERSIST", "persist", 1, ["PERSIST t"]),
        ("GETEX k PERSIST", "", 0, []),
        ("DELIFEQ k value", "del", 1, ["DEL k"]),
        ("DELIFEQ k other", "", 0, []),
        ("MSET k 1 n 2", "set set:n", 2, ["MSET k 1 n 2"]),
        ("MSETNX a 1 a 2", "set set", 2, ["MSETNX a 1 a 2"]),
        ("MSETNX a 1 k 2", "", 0, []),
        ("MSETEX 1 k v KEEPTTL", "set:k", 1, ["MSETEX 1 k v KEEPTTL"]),
        ("MSETEX 2 a 1 b 2 NX EX 100", "set:a expire:a set:b expire:b", 2, [f"MSETEX 2 a 1 b 2 PXAT {FAR}"]),
        ("INCR n", "incrby", 1, ["INCR n"]),
        ("DECRBY new 3", "incrby", 1, ["DECRBY new 3"]),
        ("INCRBYFLOAT n 0.5", "incrbyfloat", 1, ["SET n 10.5 KEEPTTL"]),
        ("INCRBYFLOAT new 1e3", "incrbyfloat", 1, ["SET new 1000 KEEPTTL"]),
        ('APPEND k ""', "append", 1, ["APPEND k "]),
        ("APPEND new x", "append", 1, ["APPEND new x"]),
        ("SETRANGE k 2 x", "setrange", 1, ["SETRANGE k 2 x"]),
        ('SETRANGE k 2 ""', "", 0, []),
    ],
)
def test_effects(request_: str, events: str, dirty: int, propagated: list[str]) -> None:
    server = Observed()
    for request in SETUP:
        server(request)
    assert server.caused(request_) == (events, dirty, propagated)


@pytest.mark.parametrize(
    ("request_", "hits", "misses"),
    [
        ("GET k", 1, 0),
        ("GET missing", 0, 1),
        ("MGET k missing k", 2, 1),
        ("SET k v", 0, 0),
        ("SET k v NX", 0, 0),
        ("SET k v GET", 1, 0),
        ("GETSET missing v", 0, 1),
        ("GETDEL k", 1, 0),
        ("GETEX missing", 0, 1),
        ("DELIFEQ k value", 0, 0),
        ("APPEND k x", 0, 0),
        ("STRLEN k", 1, 0),
        ("GETRANGE missing 0 1", 0, 1),
        ("LCS k missing", 1, 1),
    ],
)
def test_lookups(request_: str, hits: int, misses: int) -> None:
    server = Observed()
    for request in SETUP:
        server(request)
    assert server.looked_up(request_) == (hits, misses)


@pytest.mark.parametrize("request_", ["SET k v PX 100", "PSETEX k 100 v", "GETEX t PX 100", "MSETEX 1 k v PX 100"])
def test_the_key_lives_to_the_end_of_its_last_millisecond(request_: str) -> None:
    server = Observed()
    server("SET t v")
    server(request_)
    key = "t" if "GETEX" in request_ else "k"
    server.clock.advance(100)
    assert server(f"GET {key}") == b"$1\r\nv\r\n"
    server.clock.advance(1)
    assert server.caused(f"GET {key}") == ("expired", 0, [f"UNLINK {key}"])


@pytest.mark.parametrize("request_", ["SET k v PXAT 1", "SET k v EXAT 1 XX GET", "MSETEX 1 k v PXAT 1"])
def test_a_deadline_in_the_past(request_: str) -> None:
    server = Observed()
    server("SET k old")
    assert server.caused(request_).events.replace(":k", "") == "set expire"
    assert server("GET k") == b"$-1\r\n"
    assert server.server.keyspace.expired == 1


def test_a_time_to_live_survives_changes_but_not_a_new_value() -> None:
    server = Observed()
    for request in ("APPEND k 1", "INCR k", "INCRBYFLOAT k 0.5", "SETRANGE k 0 x", "SET k 1 KEEPTTL", "GETEX k"):
        server("SET k 1 EX 100")
        server(request)
        assert server.client.db.deadlines == {b"k": FAR}, request
    for request in ("SET k 1", "GETSET k 1", "MSET k 1", "GETEX k PERSIST", "MSETEX 1 k 1"):
        server("SET k 1 EX 100")
        server(request)
        assert server.client.db.deadlines == {}, request


def test_a_reply_is_not_changed_by_later_requests_of_the_same_chunk() -> None:
    server = Observed()
    server("SET k a")
    server("APPEND k b")
    server.client.receive(b"GET k\r\nMGET k k\r\nAPPEND k c\r\nGET k\r\n")
    two, three = b"$2\r\nab\r\n", b"$3\r\nabc\r\n"
    assert server.client.take_output() == two + b"*2\r\n" + two + two + b":3\r\n" + three


def test_appending_does_not_copy_the_whole_string() -> None:
    server = Observed()
    server("SET k a")
    server("APPEND k b")
    value = server.client.db.values[b"k"]
    server("APPEND k c")
    server("SETRANGE k 5 d")
    assert server.client.db.values[b"k"] is value
    assert value == b"abc\0\0d"


def test_a_long_lcs_takes_no_table_of_all_pairs() -> None:
    server = Observed()
    server(f"SET a {'abcdefghij' * 1000}")
    server(f"SET b {'acegibdfhj' * 1000}")
    length = int(server("LCS a b LEN")[1:])
    common = server("LCS a b").split(b"\r\n")[1]
    assert len(common) == length
    rest = iter(b"abcdefghij" * 1000)
    assert all(byte in rest for byte in common)


def test_the_limit_of_a_string_is_the_configured_one() -> None:
    server = Observed()
    server("SET k abc")
    server.server.config.proto_max_bulk_len = 5
    error = b"-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n"
    assert server("APPEND k def") == error
    assert server("SETRANGE k 4 xx") == error
    assert server("SETRANGE new 5 x") == error
    assert server("APPEND k de") == b":5\r\n"


def test_ok_is_encoded_once() -> None:
    server = Observed()
    server.client.receive(b"SET k v\r\n")
    assert [type(piece) for piece in server.client.output] == [Status]
