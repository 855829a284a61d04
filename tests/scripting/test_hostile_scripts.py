"""Scripts that try to bring the server down, or to get out: they get an error, and the next request an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.commands.witness import Witness
from tests.scripting.evaluation import evaluate

pytest.importorskip("lupa")
pytest.importorskip("greenlet")

MEBIBYTE = 1 << 20


@pytest.fixture
def witness() -> Iterator[Witness]:
    witness = Witness()
    yield witness
    assert evaluate(witness, "return redis.call('PING')") == b"+PONG\r\n"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scripts have little memory, so that no test takes much."""
    monkeypatch.setattr("stubredis.scripting.runtime.MOST_MEMORY", 32 * MEBIBYTE)


@pytest.mark.parametrize(
    "script",
    [
        "local s = 'x' while true do s = s .. s end",
        "local t = {} while true do t = {t} end",
        "local t = {} for i = 1, 1e9 do t[i] = string.rep('x', 1e6) .. i end",
        "local s, t = string.rep('x', 1e6), {} for i = 1, 100 do t[i] = s end return table.concat(t)",
        "string.rep('x', 1e9)",
        "local t = {} for i = 1, 1e9 do t[i] = function() return i end end",
        "return pcall(function() local s = 'x' while true do s = s .. s end end) and 1 or redis.error_reply('ERR not enough memory')",
    ],
)
def test_a_script_without_memory_fails(small: None, witness: Witness, script: str) -> None:
    assert b"not enough memory" in evaluate(witness, script)
    assert evaluate(witness, "return collectgarbage('count') < 20000") == b":1\r\n"


def test_a_script_with_little_memory_left_calls_nothing(small: None, witness: Witness) -> None:
    reply = evaluate(witness, "local s = string.rep('x', 17e6) redis.call('SET', 'k', 1) return #s")
    assert reply.startswith(b"-ERR not enough memory script: ")
    assert witness.ask(b"EXISTS k") == b":0\r\n"


@pytest.mark.parametrize(
    ("script", "part"),
    [
        ("local function f() return 1 + f() end f()", b"stack overflow"),
        ("local function f() return f() end f()", b"stack overflow"),
        (
            "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x",
            b"stack overflow",
        ),
        ("return unpack({}, 1, 1e7)", b"too many results to unpack"),
        ("local t = {} for i = 1, 10000 do t[i] = i end return unpack(t)", b"too many results to unpack"),
        ("return ('x'):byte(1, 1e8)", b":120\r\n"),
        ("return string.format('%99999d', 1)", b"invalid format"),
        ("return string.rep('x', -5)", b"$0\r\n"),
        ("return cjson.decode(string.rep('[', 100000))", b"too many nested data structures"),
        ("return cjson.decode(string.rep('{\"a\":', 100000))", b"too many nested data structures"),
        ("local t = {} t.t = t return cjson.encode(t)", b"excessive nesting"),
        ("return cmsgpack.unpack(string.rep('\\145', 100000))", b"stack overflow"),
        ("return cmsgpack.unpack(string.char(0xdd, 255, 255, 255, 255))", b"Missing bytes"),
        ("return cmsgpack.unpack(string.char(0xdf, 255, 255, 255, 255))", b"Missing bytes"),
        ("return cmsgpack.unpack(string.char(0xdb, 255, 255, 255, 255))", b"Missing bytes"),
        ("local t = {} t.t = t return #cmsgpack.pack(t)", b":49\r\n"),
        ("return struct.pack('i2000000000', 1)", b"larger than limit"),
        ("return struct.pack('c2000000000', 'x')", b"string too short"),
        ("return struct.unpack('c2000000000', 'x')", b"data string too short"),
        ("return struct.size(string.rep('d', 100000))", b":800000\r\n"),
        ("local function f(n) return coroutine.wrap(f)(n + 1) end return f(1)", b"-ERR user_script:1: "),
        (
            "local co co = coroutine.create(function() return coroutine.resume(co) end) return {coroutine.resume(co)}",
            b"cannot resume running coroutine",
        ),
        ("coroutine.create(tonumber)", b"user_script:1: bad argument #1 to 'create' (Lua function expected)"),
        ("coroutine.wrap(tonumber)", b"user_script:1: bad argument #1 to 'wrap' (Lua function expected)"),
        ("return coroutine.yield(1)", b"attempt to yield"),
        ("return coroutine.wrap(function() return coroutine.yield(redis.call('PING')) end)()", b"+PONG\r\n"),
        ("local t = {} t[1] = t return t", b"reached lua stack limit"),
        ("local t = {} for i = 1, 10000 do t = {t} end return t", b"reached lua stack limit"),
        ("error(setmetatable({}, {__tostring = function() error('x') end, __index = error}))", b"unknown error"),
        ("return xpcall(function() error('a') end, function() error('b') end)", b"$-1\r\n"),
        ("setmetatable({}, {__gc = error}) collectgarbage() return 1", b":1\r\n"),
        ("collectgarbage('stop') return 1", b":1\r\n"),
        ("return newproxy(true)", b"nonexistent global variable 'newproxy'"),
        ("return loadstring(string.dump(redis.call))", b"$-1\r\n"),
        ("return loadstring('\\27Lua')", b"$-1\r\n"),
        ("local n = 0 return load(function() n = n + 1 return n < 3 and '\\27Lua' or nil end)", b"$-1\r\n"),
        ("return redis.call(redis)", b"must be strings or integers"),
        ("return redis.call(cjson.null)", b"must be strings or integers"),
        ("return redis.call('SET', 'k', function() end)", b"must be strings or integers"),
    ],
)
def test_the_server_survives(witness: Witness, script: str, part: bytes) -> None:
    assert part in evaluate(witness, script)


def test_many_arguments(witness: Witness) -> None:
    words = [b"x%d" % number for number in range(100_000)]
    assert evaluate(witness, "return {#KEYS, #ARGV, KEYS[1], ARGV[50000]}", 50_000, *words) == (
        b"*4\r\n:50000\r\n:50000\r\n$2\r\nx0\r\n$6\r\nx99999\r\n"
    )
    many = "local t = {} for i = 1, 7000 do t[i] = i end return redis.call('RPUSH', 'l', unpack(t))"
    assert evaluate(witness, many) == b":7000\r\n"
    assert evaluate(witness, "local t = redis.call('LRANGE', 'l', 0, -1) return {#t, t[1], t[7000]}") == (
        b"*3\r\n:7000\r\n$1\r\n1\r\n$4\r\n7000\r\n"
    )


#: Everything that a script can get hold of, by any way that there is, and what of it is not Lua's own.
REACH = """
local seen, found, todo = {}, {}, {_G, '', coroutine.create(function() end), cjson.null}
local function note(value)
    if type(value) == 'userdata' and value ~= cjson.null then found[#found + 1] = tostring(value) end
    if type(value) == 'table' and not seen[value] then seen[value] = true todo[#todo + 1] = value end
end
local function check(value)
    if type(value) == 'userdata' then note(value) end
end
local function errors_of(f)
    for _, arguments in ipairs({{}, {1}, {{}}, {'x'}, {'nosuch'}, {nil, nil}, {cjson.null}, {f}}) do
        for _, result in ipairs({pcall(f, unpack(arguments))}) do check(result) end
        xpcall(function() return f(unpack(arguments)) end, check)
        local co = coroutine.create(function(...) return f(...) end)
        for _, result in ipairs({coroutine.resume(co, unpack(arguments))}) do check(result) end
    end
end
while #todo > 0 do
    local value = table.remove(todo)
    note(getmetatable(value))
    if type(value) == 'table' then
        for k, v in pairs(value) do
            note(k) note(v)
            if type(v) == 'function' and k ~= 'load' and k ~= 'collectgarbage' then errors_of(v) end
        end
    end
end
return found
"""


def test_nothing_of_the_host_comes_out_of_any_function(witness: Witness) -> None:
    assert evaluate(witness, REACH) == b"*0\r\n"
