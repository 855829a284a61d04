"""A plain socket: what somebody with telnet sees, and RESP3 pushes as they are on the wire."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.differential.resp import parse_all
from tests.processes import ServerProcess


class Telnet:
    """A connection to type into."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._answers = connection.makefile("rb")

    def type(self, text: bytes) -> None:
        self._socket.sendall(text)

    def lines(self, count: int) -> list[bytes]:
        return [self._answers.readline().removesuffix(b"\r\n") for _ in range(count)]

    def rest(self) -> bytes:
        return self._answers.read()

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


@pytest.fixture
def telnet(target: ServerProcess) -> Iterator[Telnet]:
    connection = Telnet(target.connect())
    yield connection
    connection.close()


def test_inline_commands(telnet: Telnet) -> None:
    telnet.type(b"PING\r\n")
    assert telnet.lines(1) == [b"+PONG"]
    telnet.type(b'set \'a key\' "a\\x20value"\nget "a key"\n')
    assert telnet.lines(3) == [b"+OK", b"$7", b"a value"]


def test_an_empty_line_is_ignored(telnet: Telnet) -> None:
    telnet.type(b"\r\n\r\nPING\r\n")
    assert telnet.lines(1) == [b"+PONG"]


def test_a_line_in_pieces(telnet: Telnet) -> None:
    for piece in (b"PI", b"NG", b"\r", b"\n"):
        telnet.type(piece)
    assert telnet.lines(1) == [b"+PONG"]


def test_unbalanced_quotes_end_the_connection(telnet: Telnet) -> None:
    telnet.type(b'SET k "v\r\n')
    assert telnet.rest() == b"-ERR Protocol error: unbalanced quotes in request\r\n"


def test_quit(telnet: Telnet) -> None:
    telnet.type(b"QUIT\r\nPING\r\n")
    assert telnet.rest() == b"+OK\r\n"


def test_pushes_beside_replies(telnet: Telnet) -> None:
    telnet.type(b"HELLO 3\r\nSUBSCRIBE c\r\nPUBLISH c m\r\nQUIT\r\n")
    greeting, *rest = parse_all(telnet.rest())
    assert greeting[0] == b"%"
    assert rest.pop() == (b"+", b"OK")
    assert sorted(rest, key=repr) == [
        (b":", b"1"),
        (b">", [(b"$", b"message"), (b"$", b"c"), (b"$", b"m")]),
        (b">", [(b"$", b"subscribe"), (b"$", b"c"), (b":", b"1")]),
    ]
