"""Scripts that run too long: what others may do meanwhile, and how they are ended."""

from __future__ import annotations

import pytest

from stubredis.session import Session
from tests.commands.witness import Witness

pytest.importorskip("lupa")
pytest.importorskip("greenlet")

BUSY = b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
BUSY_FUNCTION = b"-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n"
FOR_EVER = b'EVAL "while true do end" 0'
COUNTS = b"local i = 0 while i < 3000000 do i = i + 1 end return i"
KILLED = b"Script killed by user with SCRIPT KILL... script: "


@pytest.fixture
def witness() -> Witness:
    return Witness([b"CONFIG SET busy-reply-threshold 0"])


@pytest.fixture
def other(witness: Witness) -> Session:
    return witness.server.connect()


def test_others_are_answered_with_busy_until_the_script_is_killed(witness: Witness, other: Session) -> None:
    assert witness.ask(FOR_EVER) == b""
    assert witness.ask(b"GET k", other) == BUSY
    assert witness.ask(b"PING", witness.server.connect()) == BUSY
    assert witness.ask(b"FUNCTION KILL", other) == BUSY
    witness.elapse(3)
    assert witness.ask(b"SCRIPT KILL", other) == b"+OK\r\n"
    witness.elapse(3)
    assert KILLED in witness.client.take_output()
    assert witness.ask(b"GET k", other) == b"$-1\r\n"
    assert witness.ask(b'EVAL "return 1" 0') == b":1\r\n"


@pytest.mark.parametrize(
    "script",
    [
        b"while true do pcall(function() while true do end end) end",
        b"while true do xpcall(function() while true do end end, function() while true do end end) end",
        b"while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        b"coroutine.wrap(function() while true do pcall(string.rep, 'x', 10) end end)()",
    ],
)
def test_a_script_cannot_swallow_its_end(witness: Witness, other: Session, script: bytes) -> None:
    assert witness.ask(b'EVAL "%b" 0' % script) == b""
    assert witness.ask(b"SCRIPT KILL", other) == b"+OK\r\n"
    witness.elapse(100)
    assert KILLED in witness.client.take_output()


def test_a_long_script_that_ends_is_one_unit(witness: Witness, other: Session) -> None:
    assert witness.ask(b"EVAL \"redis.call('SET', 'k', 'v') %b\" 0" % COUNTS) == b""
    assert witness.ask(b"SCRIPT KILL", other).startswith(b"-UNKILLABLE ")
    assert witness.propagated == []
    witness.elapse(1000)
    assert witness.client.take_output() == b":3000000\r\n"
    assert witness.propagated == [b"SET k v"]
    assert witness.ask(b"SCRIPT KILL", other).startswith(b"-NOTBUSY ")


def test_requests_behind_a_long_script_wait_for_it(witness: Witness) -> None:
    witness.client.receive(b'EVAL "%b" 0\r\nPING\r\n' % COUNTS)
    assert witness.client.take_output() == b""
    witness.elapse(1000)
    assert witness.client.take_output() == b":3000000\r\n+PONG\r\n"


def test_the_script_goes_on_without_its_client(witness: Witness, other: Session) -> None:
    witness.ask(b'EVAL "%b" 0' % COUNTS.replace(b"return i", b"redis.call('SET', 'k', i)"))
    witness.server.disconnect(witness.client)
    assert witness.ask(b"GET k", other) == BUSY
    witness.elapse(1000)
    assert witness.ask(b"GET k", other) == b"$7\r\n3000000\r\n"


def test_in_a_transaction_a_script_is_waited_for(witness: Witness) -> None:
    witness.ask(b"MULTI")
    witness.ask(b'EVAL "%b" 0' % COUNTS)
    assert witness.ask(b"EXEC") == b"*1\r\n:3000000\r\n"


def test_functions_are_ended_by_function_kill(witness: Witness, other: Session) -> None:
    witness.ask(b"FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() while true do end end)\"")
    assert witness.ask(b"FCALL f 0") == b""
    assert witness.ask(b"GET k", other) == BUSY_FUNCTION
    assert witness.ask(b"SCRIPT KILL", other) == BUSY_FUNCTION
    assert b"FCALL" in witness.ask(b"FUNCTION STATS", other)
    assert witness.ask(b"FUNCTION KILL", other) == b"+OK\r\n"
    witness.elapse(3)
    assert KILLED in witness.client.take_output()


def test_shutdown_ends_the_script(witness: Witness, other: Session) -> None:
    witness.ask(FOR_EVER)
    assert witness.ask(b"SHUTDOWN", other) == BUSY
    assert witness.ask(b"SHUTDOWN NOSAVE", other) == b""
    witness.server.scripting.stop()
    assert not witness.server.scripting.busy


def test_what_goes_wrong_behind_a_script_in_a_chunk_goes_wrong_as_ever(witness: Witness) -> None:
    script = b'EVAL "return 1" 0\r\n'
    witness.client.receive(script + script)
    assert witness.client.take_output() == b":1\r\n:1\r\n"
    client = witness.server.connect()
    client.receive(script + b"*1\r\n+x\r\n" + script)
    assert client.take_output() == b":1\r\n-ERR Protocol error: expected '$', got '+'\r\n"
    assert client.closing
    assert witness.ask(b"QUIT", witness.server.connect()) == b"+OK\r\n"
    witness.client.receive(script + b"MULTI\r\n" + script + b"EXEC\r\n" + script)
    assert witness.client.take_output() == b":1\r\n+OK\r\n+QUEUED\r\n*1\r\n:1\r\n:1\r\n"


def test_a_client_that_blocks_behind_a_script_waits(witness: Witness, other: Session) -> None:
    script = b'EVAL "return 1" 0\r\n'
    witness.client.receive(script)
    witness.client.receive(script + b"BLPOP l 0\r\n" + script)
    assert witness.client.take_output() == b":1\r\n:1\r\n"
    assert witness.ask(b"EVAL \"return redis.call('RPUSH', 'l', 'x')\" 0", other) == b":1\r\n"
    witness.server.wake()
    assert witness.client.take_output() == b"*2\r\n$1\r\nl\r\n$1\r\nx\r\n:1\r\n"


def test_a_script_gives_way_in_the_middle_of_a_chunk(witness: Witness, other: Session) -> None:
    witness.client.receive(b'EVAL "return 1" 0\r\n')
    witness.client.take_output()
    witness.client.receive(b'EVAL "return 2" 0\r\nEVAL "%b" 0\r\nEVAL "return 4" 0\r\nPING\r\n' % COUNTS)
    assert witness.client.take_output() == b":2\r\n"
    assert witness.ask(b"GET k", other) == BUSY
    witness.elapse(1000)
    assert witness.client.take_output() == b":3000000\r\n:4\r\n+PONG\r\n"
    assert b"cmdstat_eval:calls=4," in witness.ask(b"INFO commandstats", other)
