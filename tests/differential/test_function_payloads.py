"""FUNCTION DUMP: payloads of real servers on ours, and ours on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.processes import real_server, stubredis
from tests.programs import path_of

pytest.importorskip("lupa")
pytest.importorskip("greenlet")

LIBRARY = """#!lua name=lib
local n = 0 -- {padding}
redis.register_function('f', function(keys, args) n = n + 1 return {{#keys, args[1], n}} end)
redis.register_function{{function_name='g', callback=function() return 'g' end, flags={{'no-writes'}}, description='text'}}"""
OTHER = "#!lua name=other\nredis.register_function('h', function() return 'h' end)"
CHANGED = "#!lua name=lib\nredis.register_function('f', function() return 'changed' end)"

PROGRAMS = [
    pytest.param(name, marks=pytest.mark.needs(name)) for name in ("redis-server 7.0", "redis-server 8.2", "valkey")
]


@pytest.fixture(scope="module")
def ours() -> Iterator[redis.Redis]:
    with stubredis() as server, redis.Redis(port=server.port) as client:
        yield client


@pytest.fixture
def theirs(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    with real_server(path_of(request.param)) as server, redis.Redis(port=server.port) as client:
        yield client


def outcome(client: redis.Redis, *words: object) -> object:
    try:
        return client.execute_command(*words)
    except redis.ResponseError as error:
        return str(error)


@pytest.mark.parametrize("theirs", PROGRAMS, indirect=True)
@pytest.mark.parametrize("padding", ["short", "compressible " * 200])
def test_payloads_go_both_ways(ours: redis.Redis, theirs: redis.Redis, padding: str) -> None:
    for source, target in ((ours, theirs), (theirs, ours)):
        for client in (source, target):
            client.function_flush()
        source.function_load(LIBRARY.format(padding=padding))
        source.function_load(OTHER)
        payload = source.execute_command("FUNCTION DUMP")
        empty = outcome(target, "FUNCTION", "DUMP")

        assert outcome(target, "FUNCTION", "RESTORE", payload) == b"OK"
        assert target.fcall("f", 1, "k", "a") == [1, b"a", 1]
        assert target.fcall_ro("g", 0) == b"g"
        assert str(outcome(target, "FUNCTION", "RESTORE", payload, "APPEND")).endswith("already exists")
        target.function_load(CHANGED, replace=True)
        assert outcome(target, "FUNCTION", "RESTORE", payload, "REPLACE") == b"OK"
        assert target.fcall("f", 0, "b") == [0, b"b", 1]

        target.function_flush()
        target.function_load(OTHER.replace("name=other", "name=third"))
        # Two libraries with one function: all stays as it was.
        for policy in ("APPEND", "REPLACE"):
            assert outcome(target, "FUNCTION", "RESTORE", payload, policy) == "Function h already exists"
            assert [library[1] for library in target.function_list()] == [b"third"]
        assert outcome(target, "FUNCTION", "RESTORE", payload, "FLUSH") == b"OK"
        assert sorted(library[1] for library in target.function_list()) == [b"lib", b"other"]
        assert outcome(target, "FUNCTION", "RESTORE", empty, "FLUSH") == b"OK"
        assert target.function_list() == []
        for damaged in (payload[:-1], payload[1:], b"x" + payload, payload[:-10] + bytes(10)):
            assert outcome(target, "FUNCTION", "RESTORE", damaged) == "DUMP payload version or checksum are wrong"
