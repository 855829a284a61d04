"""Nothing grows with the number of scripts that were run: neither Lua nor the host keeps what is forgotten."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable

import pytest

from tests.commands.witness import Witness
from tests.scripting.evaluation import evaluate

pytest.importorskip("lupa")
pytest.importorskip("greenlet")

#: Try more by hand: SCRIPTS=100000.
SCRIPTS = int(os.environ.get("SCRIPTS", "5000"))
WARM = 1500


def one_of_many(witness: Witness, number: int) -> None:
    script = f"local t = {{KEYS[1], {number}}} return redis.call('ECHO', t[1]) .. cjson.encode({{n = t[2]}})"
    assert b"%d" % number in evaluate(witness, script, 1, b"k")


def failing(witness: Witness, number: int) -> None:
    assert evaluate(witness, f"local e = pcall(redis.call, 'nosuch') error('{number}')").startswith(
        b"-ERR user_script:1: "
    )


def wrong(witness: Witness, number: int) -> None:
    assert evaluate(witness, f"x {number}").startswith(b"-ERR Error compiling script")


def raising_in_the_host(witness: Witness, number: int) -> None:
    assert evaluate(witness, f"redis.log('{number}')").startswith(b"-ERR redis.log()")


def library(witness: Witness, number: int) -> None:
    code = f"#!lua name=lib\\nlocal n = {number} redis.register_function('f', function() return n end)"
    assert witness.ask(b'FUNCTION LOAD REPLACE "%b"' % code.encode()) == b"$3\r\nlib\r\n"
    assert witness.ask(b"FCALL f 0") == b":%d\r\n" % number


def bad_library(witness: Witness, number: int) -> None:
    code = f"#!lua name=bad\\nredis.register_function('f', {number})"
    assert witness.ask(b'FUNCTION LOAD REPLACE "%b"' % code.encode()).startswith(b"-ERR Error registering functions")


def coroutines(witness: Witness, number: int) -> None:
    assert evaluate(witness, f"return coroutine.wrap(function() return {number} end)()") == b":%d\r\n" % number


@pytest.mark.parametrize(
    "run", [one_of_many, failing, wrong, raising_in_the_host, library, bad_library, coroutines]
)  # fmt: skip
def test_nothing_grows(run: Callable[[Witness, int], None]) -> None:
    witness = Witness()

    def taken(numbers: range) -> tuple[float, int]:
        for number in numbers:
            run(witness, number)
        witness.ask(b'EVAL "collectgarbage() collectgarbage()" 0')
        gc.collect()
        return witness.server.scripting.runtime.lua.get_memory_used(), len(gc.get_objects())

    memory, objects = taken(range(WARM, 2 * WARM))
    more_memory, more_objects = taken(range(2 * WARM, 2 * WARM + SCRIPTS))
    assert more_memory < memory * 1.02 + 20_000, "Lua has kept something"
    assert more_objects < objects + 200, "the host has kept something"
