"""Calls in tail position leave their caller on the stack."""

from __future__ import annotations

import pytest
from lupa import lua51

from stubredis.scripting.bytecode import without_tail_calls

SCRIPT = b"""
local constants = {1.5, 'text', true, nil}
local function fail() error('here', 3) end
local function outer(...)
    local function inner(a, b) return fail(a, b) end
    return inner(...)
end
return outer(1, 2)
"""


@pytest.fixture(scope="module")
def lua() -> lua51.LuaRuntime:
    return lua51.LuaRuntime(encoding=None)


def dumped(lua: lua51.LuaRuntime, script: bytes) -> bytes:
    result = lua.eval(b"function(script) return string.dump(loadstring(script, '@s')) end")(script)
    assert isinstance(result, bytes)
    return result


def test_an_error_names_the_line_of_the_caller(lua: lua51.LuaRuntime) -> None:
    run = lua.eval(b"function(chunk) return pcall(loadstring(chunk)) end")
    chunk = dumped(lua, SCRIPT)
    assert run(chunk) == (False, b"here")
    assert run(without_tail_calls(chunk)) == (False, b"s:6: here")


def test_results_stay_the_same(lua: lua51.LuaRuntime) -> None:
    script = b"local function f(...) return ... end return f(1, nil, 'x', f(2, 3))"
    run = lua.eval(b"function(chunk) return loadstring(chunk)() end")
    assert run(without_tail_calls(dumped(lua, script))) == run(dumped(lua, script)) == (1, None, b"x", 2, 3)


def test_a_chunk_without_tail_calls_is_not_changed(lua: lua51.LuaRuntime) -> None:
    chunk = dumped(lua, b"local function f() end f() return 1")
    assert without_tail_calls(chunk) == chunk


def test_what_is_no_chunk_is_refused() -> None:
    with pytest.raises(ValueError, match="not a compiled chunk"):
        without_tail_calls(b"return 1")
