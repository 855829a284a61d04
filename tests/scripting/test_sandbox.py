"""The sandbox: nothing of the host is within reach, and nothing that scripts share can be changed."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness
from tests.scripting.evaluation import evaluate

pytest.importorskip("lupa")
pytest.importorskip("greenlet")


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.mark.parametrize(
    "name",
    ["io", "require", "package", "module", "dofile", "loadfile", "print", "debug", "python", "getfenv", "setfenv",
     "newproxy", "__builtins__"],
)  # fmt: skip
def test_dangerous_globals_are_gone(witness: Witness, name: str) -> None:
    assert b"nonexistent global variable '%b'" % name.encode() in evaluate(witness, f"return {name}")
    assert evaluate(witness, f"return rawget(_G, '{name}')") == b"$-1\r\n"


def walk(root: str) -> str:
    """A script that collects the types of all that can be reached from a value."""
    return f"""
        local seen, found = {{}}, {{}}
        local function visit(value)
            local kind = type(value)
            if kind == 'userdata' then found[#found + 1] = tostring(value) end
            if kind ~= 'table' or seen[value] then return end
            seen[value] = true
            for k, v in pairs(value) do visit(k) visit(v) end
            local metatable = getmetatable(value)
            if type(metatable) == 'table' then visit(metatable) end
        end
        visit({root})
        return #found
    """


@pytest.mark.parametrize("root", ["_G", "getmetatable(_G)", "getmetatable('')", "redis"])
def test_no_object_of_the_host_can_be_reached(witness: Witness, root: str) -> None:
    # cjson.null and cmsgpack's like are the only userdata that there may be.
    assert evaluate(witness, walk(root)) in (b":0\r\n", b":1\r\n")


@pytest.mark.parametrize(
    "script",
    [
        "return redis.call.__class__",
        "return redis.call.__globals__",
        "local ok, e = pcall(redis.call, 'nosuch') return e.__class__ and 1",
        "local ok, e = pcall(redis.log) return type(e) == 'userdata' and 1",
        "local e = select(2, xpcall(function() redis.call('nosuch') end, function(e) return e end)) return type(e) == 'userdata' and 1",
        "local e = select(2, coroutine.resume(coroutine.create(function() redis.call('x') end))) return type(e) == 'userdata' and 1",
        "local f = coroutine.wrap(function() redis.call('x') end) local ok, e = pcall(f) return type(e) == 'userdata' and 1",
        "local ok, e = pcall(table.sort, {1, 2, 3}, function() redis.call('x') end) return type(e) == 'userdata' and 1",
        "local ok, e = pcall(string.gsub, 'x', 'x', function() redis.call('x') end) return type(e) == 'userdata' and 1",
        "local f, e = load(function() redis.call('x') end) return type(e) == 'userdata' and 1",
        "local f, e = loadstring(string.dump(function() end)) return f and 1",
    ],
)  # fmt: skip
def test_errors_and_functions_carry_nothing_of_the_host(witness: Witness, script: str) -> None:
    reply = evaluate(witness, script)
    assert reply == b"$-1\r\n" or reply.startswith(b"-ERR user_script:1: attempt to index"), reply


@pytest.mark.parametrize(
    "script",
    [
        "foo = 1", "_G.foo = 1", "rawset(_G, 'foo', 1)", "KEYS = 1", "redis.call = 1", "string.rep = 1",
        "getmetatable('').__index = 1", "getmetatable(_G).__index = nil", "setmetatable(_G, nil)",
        "setmetatable(redis, {})", "table.insert(_G, 1)", "rawset(math, 'pi', 3)", "table.sort(redis)",
        "getmetatable(_G).__newindex = nil", "rawset(getmetatable(_G), '__index', nil)", "table.remove(_G)",
    ],
)  # fmt: skip
def test_what_scripts_share_is_read_only(witness: Witness, script: str) -> None:
    assert b"readonly" in evaluate(witness, script)
    assert evaluate(witness, "return {type(redis.call), math.pi > 3.1 and 'pi', ('x'):rep(2)}") == (
        b"*3\r\n$8\r\nfunction\r\n$2\r\npi\r\n$2\r\nxx\r\n"
    )


def test_copies_of_shared_tables_are_ones_own(witness: Witness) -> None:
    evaluate(witness, "local _, content = pairs(redis) content.call = nil")
    assert evaluate(witness, "return redis.call('PING')") == b"+PONG\r\n"


def test_scripts_of_eval_are_bounded(witness: Witness) -> None:
    kept = witness.ask(b"SCRIPT LOAD 'return 0'")
    for number in range(600):
        evaluate(witness, f"return {number + 1}")
    assert len(witness.server.scripting.scripts) == 501
    assert witness.ask(b"SCRIPT EXISTS %b" % kept.split(b"\r\n")[1]) == b"*1\r\n:1\r\n"


def test_effects_are_propagated_instead_of_the_script(witness: Witness) -> None:
    witness.ask(b"SADD s a")
    witness.propagated.clear()
    evaluate(witness, "redis.call('SET', 'k', 1) redis.call('SPOP', 's') redis.pcall('LPUSH', 'k', 1) return 1")
    assert witness.propagated == [b"SET k 1", b"SREM s a"]


@pytest.mark.parametrize(
    ("script", "propagated"),
    [
        ("redis.set_repl(redis.REPL_NONE) redis.call('SET', 'a', 1) redis.set_repl(redis.REPL_ALL) redis.call('SET', 'b', 1)",
         [b"SET b 1"]),
        ("redis.call('SET', 'a', 1) redis.set_repl(redis.REPL_NONE) redis.call('SPOP', 's')", [b"SET a 1"]),
        ("redis.set_repl(redis.REPL_AOF) redis.call('SET', 'a', 1)", [b"SET a 1"]),
        ("redis.set_repl(redis.REPL_REPLICA) redis.call('SET', 'a', 1)", [b"SET a 1"]),
        ("redis.set_repl(redis.REPL_NONE) redis.call('SET', 'a', 1) error('x')", []),
    ],
)  # fmt: skip
def test_scripts_choose_what_is_propagated(witness: Witness, script: str, propagated: list[bytes]) -> None:
    witness.ask(b"SADD s a")
    witness.propagated.clear()
    evaluate(witness, script)
    assert witness.propagated == propagated
    witness.propagated.clear()
    witness.ask(b"SET after 1")
    assert witness.propagated == [b"SET after 1"]


def test_a_long_script_that_propagates_nothing_hides_nothing_else() -> None:
    witness = Witness([b"CONFIG SET busy-reply-threshold 0"])
    script = "redis.set_repl(0) redis.call('SET', 'a', 1) for i = 1, 3000000 do end redis.call('SET', 'b', 1)"
    assert evaluate(witness, script) == b""
    witness.elapse(1000)
    assert witness.client.take_output() == b"$-1\r\n"
    assert witness.propagated == []
    witness.ask(b"SET after 1")
    assert witness.propagated == [b"SET after 1"]
