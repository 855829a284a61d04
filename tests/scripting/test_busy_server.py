"""A server whose event loop goes on while a script does not end, over sockets."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.processes import ServerProcess, stubredis

pytest.importorskip("lupa")
pytest.importorskip("greenlet")

FOR_EVER = b'EVAL "while true do end" 0\r\n'
WRITES = b"EVAL \"redis.call('SET', 'k', 1) while true do end\" 0\r\n"
LIBRARY = b"FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() while true do end end)\"\r\n"
BUSY = b"-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n"
BUSY_FUNCTION = b"-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\r\n"


class Client:
    """A connection that is read line by line."""

    def __init__(self, server: ServerProcess) -> None:
        self.socket: socket.socket = server.connect()
        self.lines = self.socket.makefile("rb")

    def close(self) -> None:
        self.lines.close()
        self.socket.close()

    def send(self, request: bytes) -> None:
        self.socket.sendall(request)

    def ask(self, request: bytes) -> bytes:
        self.send(request)
        return self.lines.readline()


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    with stubredis("--busy-reply-threshold", "10") as server:
        yield server


Connect = Callable[[ServerProcess], Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    with contextlib.ExitStack() as opened:

        def open_client(server: ServerProcess) -> Client:
            return opened.enter_context(contextlib.closing(Client(server)))

        yield open_client


def wait_until_busy(client: Client, busy: bytes = BUSY) -> None:
    """Ask until the server says that it is busy, which it is once the script has begun and used up its time."""
    while (reply := client.ask(b"PING\r\n")) != busy:
        assert reply == b"+PONG\r\n"


def test_script_kill(server: ServerProcess, connect: Connect) -> None:
    runner, other = connect(server), connect(server)
    runner.send(FOR_EVER + b"PING\r\n")
    wait_until_busy(other)
    assert other.ask(b"GET k\r\n") == BUSY
    assert connect(server).ask(b"GET k\r\n") == BUSY
    assert other.ask(b"FUNCTION KILL\r\n") == BUSY
    assert other.ask(b"FUNCTION STATS\r\n") == BUSY
    assert other.ask(b"SHUTDOWN\r\n") == BUSY
    assert other.ask(b"SCRIPT KILL\r\n") == b"+OK\r\n"
    assert runner.lines.readline().startswith(b"-ERR Script killed by user with SCRIPT KILL... script: ")
    assert runner.lines.readline() == b"+PONG\r\n"
    assert other.ask(b"SCRIPT KILL\r\n").startswith(b"-NOTBUSY ")


def test_a_script_in_the_middle_of_a_pipeline(server: ServerProcess, connect: Connect) -> None:
    runner, other = connect(server), connect(server)
    runner.send(b'EVAL "return 1" 0\r\n' * 3 + FOR_EVER + b'EVAL "return 2" 0\r\nPING\r\n')
    assert [runner.lines.readline() for _ in range(3)] == [b":1\r\n"] * 3
    wait_until_busy(other)
    assert other.ask(b"SCRIPT KILL\r\n") == b"+OK\r\n"
    assert runner.lines.readline().startswith(b"-ERR Script killed")
    assert [runner.lines.readline() for _ in range(2)] == [b":2\r\n", b"+PONG\r\n"]
    assert other.ask(b'EVAL "return 3" 0\r\n') == b":3\r\n"


def test_function_kill(server: ServerProcess, connect: Connect) -> None:
    runner, other = connect(server), connect(server)
    assert runner.ask(LIBRARY) == b"$1\r\n"
    runner.lines.readline()
    runner.send(b"FCALL f 0\r\n")
    wait_until_busy(other, BUSY_FUNCTION)
    assert other.ask(b"SCRIPT KILL\r\n") == BUSY_FUNCTION
    assert other.ask(b"FUNCTION STATS\r\n") == b"*4\r\n"
    stats = b"".join(iter(other.lines.readline, b"functions_count\r\n"))
    assert other.lines.readline() == b":1\r\n"
    assert b"running_script" in stats
    assert b"$5\r\nFCALL\r\n$1\r\nf\r\n$1\r\n0\r\n" in stats
    assert other.ask(b"FUNCTION KILL\r\n") == b"+OK\r\n"
    assert runner.lines.readline().startswith(b"-ERR Script killed")


def test_what_has_written_ends_with_the_server(connect: Connect) -> None:
    with stubredis("--busy-reply-threshold", "10") as server:
        runner, other = connect(server), connect(server)
        runner.send(WRITES)
        wait_until_busy(other)
        assert other.ask(b"SCRIPT KILL\r\n").startswith(b"-UNKILLABLE ")
        assert other.ask(b"GET k\r\n") == BUSY
        assert other.ask(b"SHUTDOWN NOSAVE\r\n") == b""
        server.wait()


def test_the_server_can_be_asked_to_end(server: ServerProcess, connect: Connect) -> None:
    runner, other = connect(server), connect(server)
    runner.send(FOR_EVER)
    wait_until_busy(other)
    code = server.stop()
    assert code == 0 or sys.platform == "win32"  # where a process cannot be asked, only be ended
