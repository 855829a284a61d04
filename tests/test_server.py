"""The server over real sockets: limits, clients that leave or do not read, faults in handlers; and embedding."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

import stubredis
from stubredis.clock import ManualClock
from stubredis.connection import Outbox
from stubredis.server import Server


class Peer:
    """A client's end of a connection, read by lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, line: bytes) -> bytes:
        self.writer.write(line + b"\r\n")
        return await self.line()

    async def line(self) -> bytes:
        return (await self.reader.readline()).rstrip()

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


Connect = Callable[[Server], Awaitable[Peer]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Return a function that connects; all connections are closed at the end of the test."""
    peers = []

    async def connect(server: Server) -> Peer:
        peers.append(Peer(*await asyncio.open_connection("127.0.0.1", server.port)))
        return peers[-1]

    yield connect
    for peer in peers:
        peer.writer.close()
        with contextlib.suppress(OSError):
            await peer.writer.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(port=0, bind="127.0.0.1") as server:
        yield server


async def until(server: Server, condition: object) -> None:
    """Let the event loop turn until a condition holds."""
    assert callable(condition)
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("what the test waits for did not happen")


async def test_requests_over_a_socket(server: Server, connect: Connect) -> None:
    peer = await connect(server)
    assert await peer.ask(b"SET k v") == b"+OK"
    assert await peer.ask(b"GET k") == b"$1"
    assert await peer.line() == b"v"
    await peer.close()


async def test_a_protocol_error_closes_only_that_connection(server: Server, connect: Connect) -> None:
    bad, good = await connect(server), await connect(server)
    assert await bad.ask(b"*1\r\n:1") == b"-ERR Protocol error: expected '$', got ':'"
    assert await bad.line() == b""
    assert await good.ask(b"PING") == b"+PONG"
    await bad.close()
    await good.close()


async def test_an_exception_in_a_handler(server: Server, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    server.commands[b"PING"].plain = server.commands[b"PING"].handler = broken
    peer = await connect(server)
    logger = logging.getLogger("stubredis")
    logger.addHandler(caplog.handler)
    try:
        assert await peer.ask(b"PING") == b"-ERR internal error"
    finally:
        logger.removeHandler(caplog.handler)
    assert "ZeroDivisionError" in caplog.text
    assert await peer.ask(b"ECHO x") == b"$1"
    await peer.close()


async def test_maxclients(connect: Connect) -> None:
    async with Server(port=0, bind="127.0.0.1", maxclients=1) as server:
        first = await connect(server)
        assert await first.ask(b"PING") == b"+PONG"
        second = await connect(server)
        assert await second.line() == b"-ERR max number of clients reached"
        assert await second.line() == b""
        await first.close()
        await until(server, lambda: not server.clients)
        third = await connect(server)
        assert await third.ask(b"PING") == b"+PONG"
        await second.close()
        await third.close()


async def test_a_client_that_leaves_is_forgotten(server: Server, connect: Connect) -> None:
    peer = await connect(server)
    for line in (b"SUBSCRIBE c", b"WATCH k", b"MULTI"):
        peer.writer.write(line + b"\r\n")
    await peer.line()
    await peer.close()
    await until(server, lambda: not server.clients)
    assert server.pubsub.channels == {}
    assert all(not database.watchers for database in server.keyspace.databases)


async def test_a_client_that_leaves_while_blocked_loses_nothing(server: Server, connect: Connect) -> None:
    peer = await connect(server)
    peer.writer.write(b"BLPOP list 0\r\n")
    await until(server, lambda: server.blocking.clients)
    await peer.close()
    await until(server, lambda: not server.clients)
    other = await connect(server)
    assert await other.ask(b"RPUSH list x") == b":1"
    assert await other.ask(b"LLEN list") == b":1"
    await other.close()


async def test_a_subscriber_that_does_not_read_is_disconnected(connect: Connect) -> None:
    async with Server(port=0, bind="127.0.0.1", client_output_buffer_limit="pubsub 1mb 0 0") as server:
        lazy, busy = await connect(server), await connect(server)
        assert await lazy.ask(b"SUBSCRIBE c") == b"*3"
        await until(server, lambda: server.pubsub.channels)
        message = b"x" * 100_000
        receivers = b":1"
        for _ in range(1000):
            busy.writer.write(b"*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n$%d\r\n%b\r\n" % (len(message), message))
            receivers = await busy.line()
            if receivers == b":0":
                break
        assert receivers == b":0"
        assert server.stats.output_limit_disconnections == 1
        assert await busy.ask(b"PING") == b"+PONG"
        await busy.close()
        lazy.writer.close()


async def test_a_client_that_sends_too_much_while_blocked_is_disconnected(connect: Connect) -> None:
    async with Server(port=0, bind="127.0.0.1", client_query_buffer_limit="1mb") as server:
        peer = await connect(server)
        peer.writer.write(b"BLPOP list 0\r\n")
        await until(server, lambda: server.blocking.clients)
        peer.writer.write(b"x" * 3 * 2**20)
        with contextlib.suppress(ConnectionResetError):  # it was closed with bytes that nobody has read
            assert await peer.reader.read() == b""
        peer.writer.close()
        await until(server, lambda: not server.clients)


async def test_replies_to_many_clients_are_written_in_batches(server: Server, connect: Connect) -> None:
    peers = [await connect(server) for _ in range(Outbox.MANY * 2)]
    for peer in peers:
        peer.writer.write(b"PING\r\nECHO a\r\n")
    for peer in peers:
        assert [await peer.line() for _ in range(3)] == [b"+PONG", b"$1", b"a"]
        await peer.close()


async def test_stop_closes_everything(connect: Connect) -> None:
    server = Server(port=0, bind="127.0.0.1")
    async with server:
        peer = await connect(server)
        assert await peer.ask(b"PING") == b"+PONG"
        port = server.port
    assert await peer.line() == b""
    peer.writer.close()
    with pytest.raises(OSError, match=r"."):
        await asyncio.open_connection("127.0.0.1", port)


async def test_start_names_the_address_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            await Server(port=port, bind="127.0.0.1").start()


async def test_the_alarm_wakes_the_server(server: Server) -> None:
    """A key vanishes without anybody touching it. The event is waited for, not the time."""
    server.keyspace.databases[0].values[b"k"] = b"v"
    gone = asyncio.get_running_loop().create_future()
    server.keyspace.observers.append(lambda db, key, event, kind: event == b"expired" and gone.set_result(key))
    server.keyspace.databases[0].observe()
    now = server.clock.now()
    server.keyspace.databases[0].deadlines.set(b"k", now + 1, now)
    assert await gone == b"k"
    assert server.keyspace.databases[0].values == {}


def test_embedding_in_synchronous_code() -> None:
    with stubredis.running(requirepass="secret") as server:
        with socket.create_connection((server.host, server.port), timeout=10) as connection:
            connection.sendall(b"AUTH secret\r\nPING\r\n")
            assert connection.makefile("rb").readline() == b"+OK\r\n"
        assert server.url == f"redis://127.0.0.1:{server.port}"
    with pytest.raises(OSError, match=r"."):
        socket.create_connection(("127.0.0.1", server.port), timeout=10)


def test_embedding_tells_what_is_wrong() -> None:
    with pytest.raises(stubredis.ConfigError, match="port"), stubredis.running(port="x"):
        pass
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)), stubredis.running(port=port, bind="127.0.0.1"):
            pass


def test_without_sockets() -> None:
    clock = ManualClock()
    server = Server(clock=clock)
    client = server.connect()
    client.receive(b"SET k v\r\nGET")
    assert client.take_output() == b"+OK\r\n"
    client.receive(b" k\r\n")
    assert client.take_output() == b"$1\r\nv\r\n"


def test_idle_clients_are_closed() -> None:
    clock = ManualClock()
    server = Server(clock=clock)
    idle, busy, subscriber, waiting = (server.connect() for _ in range(4))
    subscriber.receive(b"SUBSCRIBE c\r\n")
    waiting.receive(b"BLPOP l 0\r\n")
    busy.receive(b"CONFIG SET timeout 10\r\n")
    for _ in range(11):
        clock.advance(1000)
        busy.receive(b"PING\r\n")
        server.tick()
    assert list(server.clients.values()) == [busy, subscriber, waiting]
    assert idle.closing


async def test_a_pipeline_whose_replies_exceed_the_limit_is_not_answered(connect: Connect) -> None:
    async with Server(port=0, bind="127.0.0.1", client_output_buffer_limit="normal 10mb 0 0") as server:
        greedy, other = await connect(server), await connect(server)
        greedy.writer.write(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n%b\r\n" % bytes(1_000_000))
        assert await greedy.line() == b"+OK"
        greedy.writer.write(b"GET k\r\n" * 1000)
        with contextlib.suppress(ConnectionResetError):
            while await greedy.reader.read(1 << 16):
                pass
        await until(server, lambda: len(server.clients) == 1)
        assert server.stats.output_limit_disconnections == 1
        assert await other.ask(b"PING") == b"+PONG"


def test_an_unfinished_request_counts_as_query_buffer() -> None:
    server = Server(client_query_buffer_limit="1mb")
    session = server.connect()
    session.receive(b"*1000\r\n")
    for _ in range(12):
        assert not session.closing
        session.receive(b"$100000\r\n%b\r\n" % bytes(100_000))
        if session.closing:
            break
    assert session.closing
    assert server.stats.query_limit_disconnections == 1
