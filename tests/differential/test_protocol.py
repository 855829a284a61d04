"""Bytes that are no request, and requests that come in one piece with them.

Redis is followed here: Valkey 9.1 also looks at the two bytes behind a value and lets text follow a closing quote.
"""

from __future__ import annotations

import random
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stubredis
from tests.differential.comparison import Comparison
from tests.differential.generated import generated
from tests.differential.steps import Word, closed, raw
from tests.processes import ServerProcess


@pytest.mark.parametrize(
    "data",
    [
        b"*a\r\n",
        b"*-1\r\nPING\r\n",
        b"*0\r\nPING\r\n",
        b"*03\r\n",
        b"*2147483648\r\n",
        b"*1\r\n:5\r\n",
        b"*1\r\n+PING\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n$a\r\n",
        b"*1\r\n$536870913\r\n",
        b"*2\r\n$3\r\nGET\r\n*1\r\n$1\r\na\r\n",
        b'SET "a\r\n',
        b"SET 'a\r\n",
        b'SET "a"b c\r\n',
        b"*1\r\n$4\r\nPING\r\n*1\r\n#t\r\n",
        b"PING\r\n" * 3 + b"*1\r\n%1\r\n",
        b"x" * 70000,
        b"*" + b"1" * 70000,
        b"*1\r\n$" + b"1" * 70000,
        b":5\r\n+OK\r\n$3\r\n-x\r\n",
        b"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n",
    ],
)
@pytest.mark.needs("redis-server 7.0")
def test_malformed(redis_7_0: ServerProcess, data: bytes) -> None:
    assert ours(data) == theirs(redis_7_0, data)


@pytest.mark.parametrize("protocol", [2])
def test_others_do_not_notice(compare: Comparison) -> None:
    compare([("SET", "k", "v"), raw(b"*1\r\n:1\r\n"), closed()])


PIECES = st.sampled_from(
    [
        b"*",
        b"$",
        b":",
        b"+",
        b"-",
        b"\r\n",
        b"\n",
        b" ",
        b'"',
        b"'",
        b"0",
        b"1",
        b"9",
        b"*1\r\n",
        b"$-1\r\n",
        b"PING\r\n",
        b"#",
        b"_",
    ]
)
PIPELINE = [
    b"*1\r\n$4\r\nPING\r\n",
    b"*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n",
    b"PING x\r\n",
    b"*2\r\n$4\r\nECHO\r\n$1\r\n*\r\n",
]


@pytest.mark.needs("redis-server 7.0")
@generated
@given(
    requests=st.lists(st.sampled_from(PIPELINE), min_size=1, max_size=5),
    mutations=st.lists(st.tuples(st.integers(0, 200), PIECES, st.integers(0, 3)), min_size=1, max_size=3),
)
def test_mutated_pipelines(
    redis_7_0: ServerProcess, requests: list[bytes], mutations: list[tuple[int, bytes, int]]
) -> None:
    data = b"".join(requests)
    for place, piece, cut in mutations:
        place %= len(data)
        data = data[:place] + piece + data[place + cut :]
    assert ours(data) == theirs(redis_7_0, data)


def ours(data: bytes) -> bytes:
    """What our server answers, however the bytes are cut."""
    server = stubredis.Server()
    session = server.connect()
    session.receive(data)
    whole = session.take_output()
    other = server.connect()
    places = sorted(random.Random(data).sample(range(len(data)), min(3, len(data) - 1)))
    for start, stop in zip([0, *places], [*places, len(data)], strict=True):
        if start < stop and not other.closing:
            other.receive(data[start:stop])
    assert other.take_output() == whole
    return whole


def theirs(server: ServerProcess, data: bytes) -> bytes:
    """What a real server answers until it closes the connection, at the latest when nothing more is sent."""
    answer = b""
    with server.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        try:
            while received := connection.recv(1 << 16):
                answer += received
        except ConnectionResetError:  # it closed without reading all
            pass
    return answer


@pytest.mark.parametrize(
    "words",
    [
        (b"no\0such", "x"),
        ("NOSUCH", b"a\0b", "c"),
        ("CONFIG", b"x\0y"),
        ("CONFIG", "SET", b"a\0b", "c"),
        ("CLIENT", "LIST", "TYPE", b"x\0y"),
        ("PFDEBUG", b"FO\0O", "h"),
        ("XCLAIM", "s", "g", "c", 0, "1-1", b"FOO\0b"),
        ("XGROUP", "SETID", "s", b"h\0h", 0),
        ("XPENDING", b"x\0y", "g"),
    ],
)
def test_errors_show_words_up_to_a_zero_byte(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([("PFADD", "h", "a"), ("XADD", "s", "1-1", "f", "v"), ("XGROUP", "CREATE", "s", "g", 0), words])
