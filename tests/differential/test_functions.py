"""Functions: libraries, calls, payloads and every way to get them wrong."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import shape

REDIS = ("redis-8.2", "redis-7.0")
LIBRARY = """#!lua name=lib
redis.register_function('f', function(keys, args) return {#keys, keys[1], args[1]} end)
redis.register_function{function_name='g', callback=function(k) return redis.call('get', k[1]) end, flags={'no-writes'}}
redis.register_function('e', function() error('x') end)"""
ONE = "#!lua name=one\nredis.register_function('f', function() return 1 end)"


def test_calls(compare: Comparison) -> None:
    compare(
        [("FUNCTION", "LOAD", LIBRARY), ("FUNCTION", "LOAD", LIBRARY), ("FUNCTION", "LOAD", "REPLACE", LIBRARY),
         ("FUNCTION", "LOAD", ONE), ("FCALL", "f", 1, "a", "b"), ("FCALL_RO", "f", 0), ("FCALL_RO", "g", 1, "a"),
         ("FCALL", "e", 0), ("FCALL", "nosuch", 0), ("FCALL", "f", "x"), ("FCALL", "f", -1), ("FCALL", "f", 3),
         ("FUNCTION", "STATS"), ("FUNCTION", "KILL"), ("FUNCTION", "DELETE", "nosuch"), ("FUNCTION", "DELETE", "lib")],
        oracles=REDIS,
    )  # fmt: skip


def test_lists_and_payloads(compare: Comparison) -> None:
    compare(
        [("FUNCTION", "LOAD", ONE), ("FUNCTION", "LIST", "WITHCODE"), ("FUNCTION", "LIST", "LIBRARYNAME", "O*"),
         ("FUNCTION", "LIST", "X"), shape("FUNCTION", "DUMP"), ("FUNCTION", "RESTORE", "x"),
         ("FUNCTION", "RESTORE", "x" * 30, "y"), ("FUNCTION", "FLUSH", "X"), ("FUNCTION", "FLUSH"), ("FUNCTION", "LIST")],
        oracles=REDIS,
    )  # fmt: skip


@pytest.mark.parametrize(
    "code",
    ["x", "#!lua", "#!lua\nx", "#!foo name=a\nx", "#!lua name=a b=c\n", "#!lua name=a name=b\n", "#!lua name=a-b\nx",
     "#!lua name=a\nx x", "#!lua name=a\nreturn 1", "#!lua name=a\nfoo=1", "#!lua name=a\nredis.call('get','x')",
     "#!lua name=a\nredis.register_function()", "#!lua name=a\nredis.register_function{foo='a'}"],
)  # fmt: skip
def test_bad_libraries(compare: Comparison, code: str) -> None:
    compare([("FUNCTION", "LOAD", code)], oracles=REDIS)
