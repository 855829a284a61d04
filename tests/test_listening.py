"""Where a server listens: addresses, ports that move, unix sockets, and who is kept out."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import stat
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from stubredis import listening, openfiles
from stubredis.clock import ManualClock
from stubredis.connection import PROTECTED, Connection, Handshake, keep_alive
from stubredis.listening import ListenError, pass_over_lost_clients, tcp_socket
from stubredis.server import Server
from stubredis.session import Session
from tests.processes import free_port, real_server, stubredis
from tests.programs import path_of

unix = pytest.mark.skipif(sys.platform == "win32", reason="no unix sockets there")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(port=free_port(), bind="127.0.0.1") as server:
        yield server


def ask(session: Session, line: str) -> str:
    """Send a line to a session that is fed by hand and return the reply."""
    session.receive(line.encode() + b"\r\n")
    return session.take_output().decode().rstrip()


async def answers(host: str, port: int) -> bool:
    """Connect to an address and tell whether a server is there."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return False
    writer.write(b"PING\r\n")
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer == b"+PONG\r\n"


def refused(name: str, reason: str) -> str:
    return f"-ERR CONFIG SET failed (possibly related to argument '{name}') - {reason}"


NO_PORT = "Unable to listen on this port. Check server logs."
NO_BIND = "Failed to bind to specified addresses."

# Addresses

HOSTS = ["127.0.0.1", "::1", *["127.0.0.2"] * (sys.platform == "linux")]
"""Addresses of every machine; elsewhere the loopback has one only."""


@pytest.mark.parametrize(
    ("bind", "reached"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("::1", ["::1"]),
        ("127.0.0.1 ::1", ["127.0.0.1", "::1"]),
        ("127.0.0.1 -::1", ["127.0.0.1", "::1"]),
        ("127.0.0.1 -192.0.2.1", ["127.0.0.1"]),
        ("*", ["127.0.0.1", "127.0.0.2"]),
        ("::*", ["::1"]),
        ("* -::*", ["127.0.0.1", "127.0.0.2", "::1"]),
        ("0.0.0.0 ::", ["127.0.0.1", "127.0.0.2", "::1"]),
        ("localhost", ["127.0.0.1"]),
        ("", []),
    ],
)
async def test_addresses(bind: str, reached: list[str]) -> None:
    """The same port for all of them, also if a free one is picked; and no other address is reached."""
    async with Server(port=0, bind=bind) as server:
        for host in HOSTS:
            assert await answers(host, server.port) is (host in reached), host


@pytest.mark.parametrize(
    ("bind", "complaint"),
    [
        ("127.0.0.1 192.0.2.1", "192.0.2.1:{port}: Cannot assign requested address"),
        ("no.such.invalid", "no.such.invalid:{port}: "),
        ("::zz", "::zz:{port}: "),
    ],
)
async def test_addresses_that_are_none(bind: str, complaint: str) -> None:
    port = free_port()
    with pytest.raises(ListenError) as failure:
        await Server(port=port, bind=bind).start()
    assert failure.value.strerror is not None
    assert failure.value.strerror.startswith(complaint.format(port=port))
    assert failure.value.option == "port"
    tcp_socket("127.0.0.1", port).close()  # nothing is left of those that could be listened on


async def test_a_port_that_is_taken_is_an_error_for_optional_addresses_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(ListenError) as failure:
            await Server(port=taken.getsockname()[1], bind="-127.0.0.1").start()
        assert failure.value.errno == errno.EADDRINUSE


# Moving


async def test_another_port(server: Server) -> None:
    """Clients stay, the old port is given up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    old, new = server.port, free_port()
    writer.write(b"CONFIG SET port %d\r\nPING\r\n" % new)
    assert [await reader.readline() for _ in range(2)] == [b"+OK\r\n", b"+PONG\r\n"]
    assert server.port == server.config.port == new
    assert await answers("127.0.0.1", new)
    assert not await answers("127.0.0.1", old)
    writer.write(b"PING\r\n")
    assert await reader.readline() == b"+PONG\r\n"
    writer.close()


async def test_moves_in_one_chunk(server: Server) -> None:
    session = server.connect()
    ports = [free_port() for _ in range(3)]
    session.receive(b"".join(b"CONFIG SET port %d\r\n" % port for port in (*ports, ports[0])))
    assert session.take_output() == b"+OK\r\n" * 4
    assert [await answers("127.0.0.1", port) for port in ports] == [True, False, False]


async def test_a_move_that_is_refused_changes_nothing(server: Server) -> None:
    session, port = server.connect(), server.port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert ask(session, f"CONFIG SET port {number}") == refused("port", NO_PORT)
        assert ask(session, f"CONFIG SET timeout 5 port {number}") == refused("port", NO_PORT)
    assert ask(session, "CONFIG SET bind 192.0.2.1") == refused("bind", NO_BIND)
    assert ask(session, "CONFIG SET bind no.such.invalid") == refused("bind", NO_BIND)
    assert ask(session, 'CONFIG SET bind "::1 192.0.2.1"') == refused("bind", NO_BIND)
    assert ask(session, f"CONFIG SET port {free_port()} bind 192.0.2.1") == refused("port", NO_PORT)
    assert ask(session, f"CONFIG SET port {free_port()} tls-port 1").startswith("-ERR CONFIG SET failed")
    words = " ".join(["127.0.0.1"] * 17)
    assert ask(session, f'CONFIG SET bind "{words}"') == refused("bind", "Too many bind addresses specified.")
    assert (server.config.port, server.config.bind, server.config.timeout) == (port, ("127.0.0.1",), 0)
    assert await answers("127.0.0.1", port)
    assert not await answers("::1", port)


async def test_a_refused_move_goes_back_to_the_port_that_was_picked() -> None:
    async with Server(port=0, bind="127.0.0.1") as server:
        session, port = server.connect(), server.port
        reply = ask(session, f"CONFIG SET port {free_port()} tls-cert-file x tls-port 1")
        assert reply == refused("tls-cert-file", "Unable to update TLS configuration. Check server logs.")
        assert server.port == port
        assert await answers("127.0.0.1", port)


async def test_other_addresses(server: Server) -> None:
    session, port = server.connect(), server.port
    assert ask(session, 'CONFIG SET bind "127.0.0.1 ::1"') == "+OK"
    assert await answers("::1", port)
    assert await answers("127.0.0.1", port)
    assert ask(session, "CONFIG SET bind *") == "+OK"  # which the address from before is a part of
    assert await answers(HOSTS[-1] if len(HOSTS) > 2 else "127.0.0.1", port)
    assert not await answers("::1", port)
    assert ask(session, 'CONFIG SET bind ""') == "+OK"
    assert not await answers("127.0.0.1", port)
    assert ask(session, "CONFIG GET bind") == "*2\r\n$4\r\nbind\r\n$0"
    assert ask(session, "CONFIG SET bind 127.0.0.1") == "+OK"
    assert await answers("127.0.0.1", port)


@pytest.mark.skipif(sys.platform == "win32", reason="asyncio's leftovers there fail other tests: see tests/windows")
@pytest.mark.parametrize("accepts_itself", [True, False])
async def test_clients_that_leave_before_they_are_accepted(
    accepts_itself: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """They keep nobody else out, though on Windows accepting them fails; there the server accepts itself."""
    monkeypatch.setattr(listening, "ACCEPTS_ITSELF", accepts_itself)
    monkeypatch.setattr(listening, "PAUSE", 0)
    caplog.set_level(logging.INFO)
    async with Server(port=0, bind="127.0.0.1") as server:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # ends with a reset
        assert await answers("127.0.0.1", server.port)
    assert all("Error accepting a client connection" in record.message for record in caplog.records)


async def test_accepting_that_fails(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(listening, "ACCEPTS_ITSELF", True)
    monkeypatch.setattr(listening, "PAUSE", 0)
    caplog.set_level(logging.INFO)
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, [OSError(64, "The specified network name is no longer available")]

    async def fail_first(sock: socket.socket) -> tuple[socket.socket, Any]:
        if failures:
            raise failures.pop()
        return await accept(sock)

    monkeypatch.setattr(loop, "sock_accept", fail_first)
    async with Server(port=0, bind="127.0.0.1") as server:
        assert await answers("127.0.0.1", server.port)
        assert await answers("127.0.0.1", server.port)
    (record,) = caplog.records
    assert record.message.startswith("Error accepting a client connection: The specified network name")


def test_errors_that_nobody_handles(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    try:
        pass_over_lost_clients(loop, {"message": "never retrieved", "exception": OSError(64, "name is gone")})
        assert caplog.records == []
        pass_over_lost_clients(loop, {"message": "never retrieved", "exception": ValueError("a bug")})
        assert [record.message for record in caplog.records] == ["never retrieved"]
    finally:
        loop.close()


def test_without_an_event_loop() -> None:
    session = Server().connect()
    assert ask(session, "CONFIG SET port 7777 bind 192.0.2.1") == "+OK"
    assert session.server.port == 7777


# Unix sockets


@unix
@pytest.mark.parametrize("permissions", ["700", "770", "777"])
async def test_permissions(tmp_path: Path, permissions: str) -> None:
    path = tmp_path / "s"
    group = os.getgid()
    options: dict[str, Any] = {"unixsocketperm": permissions, "unixsocketgroup": group}
    async with Server(port=0, unixsocket=path, **options) as server:
        assert server.port == 0  # port 0 is none where there is another place to listen on
        status = path.stat()
        assert stat.S_ISSOCK(status.st_mode)
        assert status.st_mode & 0o777 == int(permissions, 8)
        assert status.st_gid == group
    assert not path.exists()


@unix
async def test_a_socket_that_was_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    async with Server(port=0, unixsocket=path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"PING\r\n")
        assert await reader.readline() == b"+PONG\r\n"
        writer.close()


@unix
async def test_the_socket_of_a_living_server(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with Server(port=0, unixsocket=path) as first:
        with pytest.raises(ListenError, match=f"{path}: Address already in use") as failure:
            await Server(port=0, unixsocket=path).start()
        assert failure.value.option == "unixsocket"
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"PING\r\n")
        assert await reader.readline() == b"+PONG\r\n"
        assert len(first.clients) == 1
        writer.close()


@unix
@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("file", {}, "File exists"),
        ("no/such/folder", {}, "No such file or directory"),
        ("x" * 200, {}, "AF_UNIX path too long"),
        ("s", {"unixsocketgroup": "no such group"}, "no such group: 'no such group'"),
    ],
)
async def test_places_for_no_socket(tmp_path: Path, name: str, options: dict[str, Any], reason: str) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ListenError) as failure:
        await Server(port=0, unixsocket=tmp_path / name, **options).start()
    assert failure.value.strerror == f"{tmp_path / name}: {reason}"
    assert (tmp_path / "file").read_text() == "precious"


@unix
async def test_a_socket_of_somebody_else_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with Server(port=0, unixsocket=path):
        path.unlink()
        path.write_text("precious")
    assert path.read_text() == "precious"


# Protected mode


class Elsewhere(asyncio.Transport):
    """A connection from another host, as far as a server can see."""

    def __init__(self, host: str) -> None:
        super().__init__({"peername": (host, 50000), "sockname": ("192.0.2.1", 6379)})
        self.sent = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("host", "options", "welcome"),
    [
        ("192.0.2.7", {}, False),
        ("2001:db8::7", {}, False),
        ("192.0.2.7", {"bind": "*"}, False),
        ("192.0.2.7", {"requirepass": "secret"}, True),
        ("192.0.2.7", {"protected_mode": "no"}, True),
        ("127.0.0.1", {}, True),
        ("127.1.2.3", {}, True),
        ("::1", {}, True),
    ],
)
async def test_protected_mode(host: str, options: dict[str, Any], welcome: bool) -> None:
    server = Server(**options)
    transport = Elsewhere(host)
    Connection(server).connection_made(transport)
    assert len(server.clients) == server.stats.connections_received == welcome
    assert server.stats.connections_rejected == (not welcome)
    assert transport.closed is (not welcome)
    assert transport.sent == (b"" if welcome else b"-" + PROTECTED + b"\r\n")


@pytest.mark.parametrize("kind", [Connection, Handshake])
def test_a_client_that_is_accepted_while_the_server_stops(kind: type[Connection | Handshake]) -> None:
    server = Server()
    server.request_stop()
    transport = Slow()
    kind(server).connection_made(transport)
    assert transport.aborted
    assert not server.clients
    assert not server.handshakes


def own_address() -> str | None:
    """Return an address of this machine that is not the loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        name = str(probe.getsockname()[0])
    return None if name.startswith("127.") else name


@pytest.mark.needs("redis-server 8.2")
def test_protected_mode_says_what_redis_says() -> None:
    host = own_address()
    if host is None:  # a machine without a network: the words were compared where there is one
        return
    said = []
    for side in (real_server(path_of("redis-server 8.2"), "--bind", "*"), stubredis("--bind", "*")):
        with side as process, socket.create_connection((host, process.port), timeout=10) as connection:
            said.append(connection.makefile("rb").read())
    assert said[0] == said[1]
    assert said[0].startswith(b"-DENIED ")


# Limits


async def test_maxclients_at_run_time(server: Server) -> None:
    """Those who are there stay; the next one is told."""
    first = await asyncio.open_connection("127.0.0.1", server.port)
    second = await asyncio.open_connection("127.0.0.1", server.port)
    for reader, writer in (first, second):
        writer.write(b"CONFIG SET maxclients 1\r\n")
        assert await reader.readline() == b"+OK\r\n"
    third = await asyncio.open_connection("127.0.0.1", server.port)
    assert await third[0].read() == b"-ERR max number of clients reached\r\n"
    first[1].write(b"CONFIG SET maxclients 3\r\n")
    assert await first[0].readline() == b"+OK\r\n"
    assert await answers("127.0.0.1", server.port)
    assert server.stats.connections_rejected == 1
    for _, writer in (first, second, third):
        writer.close()


@unix
async def test_maxclients_on_a_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with Server(port=0, unixsocket=path, maxclients=1) as server:
        _, writer = await asyncio.open_unix_connection(path)
        reader, other = await asyncio.open_unix_connection(path)
        assert await reader.read() == b"-ERR max number of clients reached\r\n"
        assert server.stats.connections_rejected == 1
        writer.close()
        other.close()


@unix
def test_more_clients_than_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    limits = {"now": (256, 1024)}

    def set_limit(kind: int, wanted: tuple[int, int]) -> None:
        if wanted[0] > wanted[1]:
            raise ValueError
        limits["now"] = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    session = Server(maxclients=100).connect()
    assert ask(session, "CONFIG SET maxclients 200") == "+OK"
    assert limits["now"] == (256, 1024)
    assert ask(session, "CONFIG SET maxclients 900") == "+OK"
    assert limits["now"] == (932, 1024)
    assert ask(session, "CONFIG SET timeout 5 maxclients 5000") == refused(
        "maxclients",
        "The operating system is not able to handle the specified number of clients, try with 992",
    )
    assert (session.server.config.maxclients, session.server.config.timeout) == (900, 0)
    assert openfiles.allow_clients(10000) == 992


def test_keepalive_that_cannot_be_set() -> None:
    """A client may have left already, and the connection ends by itself then."""
    sock = socket.socket()
    sock.close()
    keep_alive(sock, 300)


def test_keepalive() -> None:
    with socket.socket() as sock:
        keep_alive(sock, 300)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in (("TCP_KEEPIDLE", 300), ("TCP_KEEPINTVL", 100), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, name):
                assert sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value
        keep_alive(sock, 1)
        keep_alive(sock, 2**31 - 1)  # the kernel has its own limit


@pytest.mark.parametrize("seconds", [0, 20])
async def test_keepalive_of_connections(seconds: int) -> None:
    async with Server(port=0, bind="127.0.0.1", tcp_keepalive=seconds) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"PING\r\n")
        await reader.readline()
        (session,) = server.clients.values()
        assert isinstance(session.edge, Connection)
        sock = session.edge.transport.get_extra_info("socket")
        assert bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)) is bool(seconds)
        writer.close()


class Slow(Elsewhere):
    """A client that reads nothing: what is written stays."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1")
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return len(self.sent)

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def abort(self) -> None:
        self.aborted = True


async def test_the_soft_limit_of_output() -> None:
    """Above it for longer than its seconds, also if nothing more is written; a pause below it counts anew."""
    clock = ManualClock()
    server = Server(clock=clock, client_output_buffer_limit="normal 1mb 100kb 10")
    slow = Slow()
    connection = Connection(server)
    connection.connection_made(slow)
    server.outbox._at_once = 1000  # written at once, not in the next turn
    connection.data_received(b"SET k %b\r\n" % (b"x" * 60_000))
    connection.pause_writing()  # as a transport says above 64 KB

    def get(times: int) -> None:
        for _ in range(times):
            connection.data_received(b"GET k\r\n")

    def wait(seconds: int) -> None:
        clock.advance(seconds * 1000)
        server.tick()

    get(2)
    wait(9)
    assert not slow.aborted
    slow.sent = b""
    connection.resume_writing()
    connection.pause_writing()
    get(2)
    wait(10)
    assert not slow.aborted
    wait(1)
    assert slow.aborted
    assert server.stats.output_limit_disconnections == 1
    connection.connection_lost(None)
    assert not server.lagging


async def test_the_hard_limit_of_output() -> None:
    server = Server(client_output_buffer_limit="normal 100kb 0 0")
    slow = Slow()
    connection = Connection(server)
    connection.connection_made(slow)
    server.outbox._at_once = 1000
    connection.pause_writing()
    connection.data_received(b"SET k %b\r\n" % (b"x" * 60_000))
    connection.data_received(b"GET k\r\n")
    assert not slow.aborted
    connection.data_received(b"GET k\r\n")
    assert slow.aborted


async def test_who_has_not_authenticated_may_leave_little_unread() -> None:
    server = Server(requirepass="secret")
    slow = Slow()
    connection = Connection(server)
    connection.connection_made(slow)
    server.outbox._at_once = 1000
    connection.data_received(b"GET k\r\n" * 100)  # a pipeline whose replies Redis would keep in its first buffer
    assert not slow.aborted
    connection.data_received(b"GET k\r\n" * 1000)
    assert slow.aborted
    assert server.stats.output_limit_disconnections == 1


def test_idle_clients_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock = ManualClock()
    server = Server(clock=clock, timeout=10)
    session = server.connect()
    clock.advance(10_000)
    server.tick()
    assert not session.closing
    clock.advance(1000)
    server.tick()
    assert session.closing
    assert [record.message for record in caplog.records] == ["Closing idle client"]
