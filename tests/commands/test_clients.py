"""CLIENT where numbers of clients, time or sockets matter; the rest is in tests/differential/test_clients.py."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from stubredis.clock import ManualClock
from stubredis.server import Server
from stubredis.session import Session


class Clients:
    """A server with clients that are numbered as they connect, fed with inline requests."""

    def __init__(self, count: int) -> None:
        self.clock = ManualClock()
        self.server = Server(clock=self.clock)
        self.sessions: list[Session] = [self.server.connect() for _ in range(count)]

    def ask(self, number: int, line: str) -> bytes:
        """Return what client `number` has received once its request is executed."""
        session = self.sessions[number - 1]
        session.receive(line.encode() + b"\r\n")
        return session.take_output()

    def advance(self, seconds: float) -> None:
        self.clock.advance(int(seconds * 1000))
        self.server.tick()

    def listed(self, filters: str) -> list[int]:
        """Return the numbers that client 1 sees."""
        reply = self.ask(1, f"CLIENT LIST {filters}")
        return [int(number) for number in re.findall(rb"^id=(\d+)", reply, re.MULTILINE)]

    def closed(self) -> list[int]:
        return [session.id for session in self.sessions if session.closing]


@pytest.fixture
def clients() -> Clients:
    return Clients(4)


def test_numbers_count_up(clients: Clients) -> None:
    assert [clients.ask(number, "CLIENT ID") for number in (1, 4)] == [b":1\r\n", b":4\r\n"]
    assert clients.server.connect().id == 5


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("ID 3", [3]),
        ("ID 3 1", [1, 3]),
        ("ID 3 ID 9 2", [2, 3]),
        ("NOT-ID 3", [1, 2, 4]),
        ("NOT-ID 3 1 NOT-ID 4", [2]),
        ("ID 1 2 3 NOT-ID 2", [1, 3]),
        ("ID 1 2 SKIPME YES", [2]),
        ("ID 9", []),
    ],
)
def test_list_of_numbers(clients: Clients, filters: str, numbers: list[int]) -> None:
    assert clients.listed(filters) == numbers


def test_age_and_idle_time(clients: Clients) -> None:
    clients.advance(10)
    clients.sessions.append(clients.server.connect())
    clients.ask(2, "PING")
    clients.advance(5.5)
    assert clients.listed("MAXAGE 15") == [1, 2, 3, 4]
    assert clients.listed("MAXAGE 16") == []
    assert clients.listed("MAXAGE 5") == [1, 2, 3, 4, 5]
    assert clients.listed("IDLE 6") == [3, 4]
    assert clients.listed("IDLE 5 SKIPME YES") == [2, 3, 4, 5]
    assert b" age=15 idle=5 " in clients.ask(1, "CLIENT LIST ID 2")
    assert b" age=15 idle=0 " in clients.ask(1, "CLIENT INFO")


@pytest.mark.parametrize(
    ("filters", "reply", "closed"),
    [
        ("ID 3", b":1\r\n", [3]),
        ("ID 1", b":0\r\n", []),
        ("ID 1 SKIPME no", b":1\r\n", [1]),
        ("ID 2 3 9", b":2\r\n", [2, 3]),
        ("TYPE normal", b":3\r\n", [2, 3, 4]),
        ("NOT-ID 4 SKIPME NO", b":3\r\n", [1, 2, 3]),
        ("MAXAGE 1", b":0\r\n", []),
    ],
)
def test_kill(clients: Clients, filters: str, reply: bytes, closed: list[int]) -> None:
    assert clients.ask(1, f"CLIENT KILL {filters}") == reply
    assert clients.closed() == closed
    assert clients.server.clients.keys() == {1, 2, 3, 4} - set(closed)


def test_nothing_is_executed_after_killing_oneself(clients: Clients) -> None:
    assert clients.ask(1, "CLIENT KILL ID 1 SKIPME NO\r\nSET k v") == b":1\r\n"
    assert clients.ask(2, "GET k") == b"$-1\r\n"


def test_unblock(clients: Clients) -> None:
    clients.ask(2, "BLPOP l 0")
    clients.ask(3, "BLPOP l 0\r\nPING")
    assert clients.ask(1, "CLIENT UNBLOCK 2") == b":1\r\n"
    assert clients.ask(1, "CLIENT UNBLOCK 3 ERROR") == b":1\r\n"
    assert clients.ask(1, "CLIENT UNBLOCK 3 ERROR") == b":0\r\n"
    assert clients.ask(1, "CLIENT UNBLOCK 4") == b":0\r\n"
    assert clients.sessions[1].take_output() == b"*-1\r\n"
    assert clients.sessions[2].take_output() == b"-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n+PONG\r\n"
    assert clients.ask(1, "RPUSH l 1") == b":1\r\n"
    assert clients.ask(2, "PING") == b"+PONG\r\n"


def test_pauses(clients: Clients) -> None:
    clients.ask(1, "CLIENT PAUSE 1000 WRITE")
    clients.ask(1, "CLIENT PAUSE 10 ALL")
    assert clients.ask(2, "GET k") == b""
    assert b" flags=b " not in clients.ask(3, "CLIENT LIST ID 2")  # held back itself
    clients.advance(0.5)
    assert clients.sessions[1].output == []
    clients.advance(0.6)
    assert clients.sessions[1].take_output() == b"$-1\r\n"
    assert b" flags=N " in clients.sessions[2].take_output()


def test_pause_keeps_expired_keys_from_vanishing(clients: Clients) -> None:
    clients.ask(1, "SET k v PX 10")
    clients.ask(1, "CLIENT PAUSE 1000 WRITE")
    clients.advance(0.1)
    assert clients.ask(2, "GET k") == b"$-1\r\n"
    assert b"k" in clients.server.keyspace.databases[0].values
    clients.ask(1, "CLIENT UNPAUSE")
    clients.advance(0.1)
    assert b"k" not in clients.server.keyspace.databases[0].values


def test_waiting_requests_are_shown(clients: Clients) -> None:
    clients.ask(2, "BLPOP l 0")
    clients.sessions[1].receive(b"*1\r\n$4\r\nPI")
    clients.ask(3, "MULTI\r\nSET key value")
    assert b" qbuf=10 " in clients.ask(1, "CLIENT LIST ID 2")
    assert b" multi=1 " in clients.ask(1, "CLIENT LIST ID 3")
    assert b" multi-mem=11 " in clients.ask(1, "CLIENT LIST ID 3")


async def test_addresses() -> None:
    async with Server(port=0, bind="127.0.0.1") as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        other_reader, other = await asyncio.open_connection("127.0.0.1", server.port)
        own = "{}:{}".format(*writer.get_extra_info("sockname"))
        others = "{}:{}".format(*other.get_extra_info("sockname"))
        other.write(b"PING\r\n")
        assert await other_reader.readline() == b"+PONG\r\n"

        async def ask(line: str, lines: int = 1) -> list[str]:
            writer.write(line.encode() + b"\r\n")
            return [(await reader.readline()).decode().rstrip() for _ in range(lines)]

        _, info, _ = await ask("CLIENT INFO", 3)
        assert f" addr={own} laddr=127.0.0.1:{server.port} fd=" in info
        assert " fd=-1 " not in info
        assert f" addr={others} " in (await ask(f"CLIENT LIST ADDR {others}", 3))[1]
        assert await ask("CLIENT KILL ADDR nowhere LADDR nowhere") == [":0"]
        assert await ask("CLIENT KILL IP 127.0.0.2") == [":0"]
        assert await ask(f"CLIENT KILL {others}") == ["+OK"]
        assert await ask(f"CLIENT KILL {others}") == ["-ERR No such client"]
        assert await ask(f"CLIENT KILL LADDR 127.0.0.1:{server.port} IP 127.0.0.1 SKIPME NO") == [":1"]
        assert await reader.read() == b""
        writer.close()
        other.close()


@pytest.mark.skipif(not hasattr(asyncio, "open_unix_connection"), reason="there are no unix sockets on Windows")
async def test_unix_sockets(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    async with Server(port=0, bind="127.0.0.1", unixsocket=path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"CLIENT INFO\r\n")
        await reader.readline()
        info = (await reader.readline()).decode()
        assert f" addr={path}:0 laddr={path}:0 " in info
        assert " flags=U " in info
        writer.close()


def test_what_a_waiting_client_holds() -> None:
    """Its request, as in Redis, and what it takes altogether."""
    clients = Clients(3)
    clients.ask(2, "BLPOP nokey1 nokey22 0")
    clients.ask(3, "MULTI")
    clients.ask(3, "SET abc defg")
    lines = clients.ask(1, "CLIENT LIST").split(b"\n")
    found = [dict(field.split(b"=") for field in line.split() if b"=" in field) for line in lines if b"cmd=" in line]
    assert [fields[b"argv-mem"] for fields in found] == [b"0", b"19", b"0"]
    assert [fields[b"multi-mem"] for fields in found] == [b"0", b"0", b"10"]
    assert [int(fields[b"tot-mem"]) for fields in found] == [session.memory for session in clients.sessions]
