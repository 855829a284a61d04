"""MIGRATE over real sockets: to and from real servers, and to targets that refuse, are silent or go away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from stubredis.effects import Argv
from stubredis.server import Server
from tests.differential.resp import encode, parse
from tests.payloads import sealed
from tests.processes import ServerProcess

DONE = "+OK"


class Client:
    """A client that sends words and reads replies, of ours or of a real server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *words: bytes | str | int) -> None:
        self.writer.write(encode(tuple(word if isinstance(word, bytes) else str(word).encode() for word in words)))

    async def reply(self) -> object:
        line = await self.reader.readuntil(b"\r\n")
        if line[:1] == b"$" and line != b"$-1\r\n":
            line += await self.reader.readexactly(int(line[1:]) + 2)
            return parse(line)[0][1]
        if line[:1] == b"*":
            return [await self.reply() for _ in range(int(line[1:]))]
        return None if line == b"$-1\r\n" else line.decode().rstrip()

    async def ask(self, *words: bytes | str | int) -> object:
        self.send(*words)
        return await self.reply()


Connect = Callable[[int], Awaitable[Client]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    clients = []

    async def connect(port: int) -> Client:
        clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
        return clients[-1]

    yield connect
    for client in clients:
        client.writer.close()
        with contextlib.suppress(OSError):
            await client.writer.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server(port=0, bind="127.0.0.1") as server:
        yield server


@pytest.fixture
async def client(server: Server, connect: Connect) -> Client:
    return await connect(server.port)


@pytest.fixture(
    params=[
        pytest.param("valkey", marks=pytest.mark.needs("valkey")),
        pytest.param("redis_8_2", marks=pytest.mark.needs("redis-server 8.2")),
    ]
)
async def target(request: pytest.FixtureRequest, connect: Connect) -> tuple[int, Client]:
    """Return the port of a real server that is empty, and a client of it."""
    process: ServerProcess = request.getfixturevalue(request.param)
    peer = await connect(process.port)
    assert await peer.ask("FLUSHALL") == DONE
    return process.port, peer


# Real servers


async def test_all_types(client: Client, target: tuple[int, Client]) -> None:
    port, peer = target
    requests: list[tuple[bytes | str | int, ...]] = [
        ("SET", "string", "v"),
        ("RPUSH", "list", "a", "b"),
        ("SADD", "set", 1, 2),
        ("ZADD", "zset", "1.5", "a"),
        ("HSET", "hash", "f", "v"),
        ("XADD", "stream", "1-1", "f", "v"),
    ]
    for words in requests:
        await client.ask(*words)
    keys = [words[1] for words in requests]
    assert await client.ask("MIGRATE", "127.0.0.1", port, "", 0, 5000, "KEYS", *keys, "missing") == DONE
    assert await client.ask("DBSIZE") == ":0"
    assert [await peer.ask("TYPE", key) for key in keys] == [f"+{key}" for key in keys]
    assert await peer.ask("LRANGE", "list", 0, -1) == [b"a", b"b"]
    # And back: the real server is the one that migrates now.
    own_port = client.writer.get_extra_info("peername")[1]
    assert await peer.ask("MIGRATE", "127.0.0.1", own_port, "", 0, 5000, "KEYS", *keys) == DONE
    assert await peer.ask("DBSIZE") == ":0"
    assert [await client.ask("TYPE", key) for key in keys] == [f"+{key}" for key in keys]
    assert await client.ask("XRANGE", "stream", "-", "+") == [[b"1-1", [b"f", b"v"]]]


async def test_address_to_connect_from(client: Client, target: tuple[int, Client]) -> None:
    """An address that is not one of this machine cannot be used."""
    port, _ = target
    await client.ask("SET", "k", "v")
    assert await client.ask("CONFIG", "SET", "bind-source-addr", "192.0.2.1") == DONE
    assert str(await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000)).startswith("-IOERR")
    assert await client.ask("CONFIG", "SET", "bind-source-addr", "127.0.0.1") == DONE
    assert await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000) == DONE


async def test_one_key_to_another_database(client: Client, target: tuple[int, Client]) -> None:
    port, peer = target
    await client.ask("SET", "k", "v", "PX", 100_000)
    assert await client.ask("MIGRATE", "localhost", port, "k", 9, 5000) == DONE
    await peer.ask("SELECT", 9)
    assert await peer.ask("GET", "k") == b"v"
    assert 0 < int(str(await peer.ask("PTTL", "k"))[1:]) <= 100_000
    assert await client.ask("EXISTS", "k") == ":0"


async def test_copy_and_replace(client: Client, target: tuple[int, Client]) -> None:
    port, peer = target
    await peer.ask("SET", "k", "theirs")
    await client.ask("SET", "k", "ours")
    refused = await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000)
    assert refused == "-ERR Target instance replied with error: BUSYKEY Target key name already exists."
    assert await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "COPY", "REPLACE") == DONE
    assert await peer.ask("GET", "k") == await client.ask("GET", "k") == b"ours"


async def test_some_keys_are_refused(client: Client, target: tuple[int, Client]) -> None:
    port, peer = target
    await peer.ask("SET", "b", "theirs")
    await client.ask("MSET", "a", 1, "b", 2, "c", 3)
    refused = await client.ask("MIGRATE", "127.0.0.1", port, "", 0, 5000, "KEYS", "a", "b", "c")
    assert refused == "-ERR Target instance replied with error: BUSYKEY Target key name already exists."
    assert await client.ask("KEYS", "*") == [b"b"]
    assert await peer.ask("MGET", "a", "b", "c") == [b"1", b"theirs", b"3"]


async def test_a_value_of_megabytes(client: Client, target: tuple[int, Client]) -> None:
    port, peer = target
    value = bytes(range(256)) * 20_000
    await client.ask("SET", "k", value)
    assert await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000) == DONE
    assert await peer.ask("GET", "k") == value


async def test_passwords(client: Client, target: tuple[int, Client]) -> None:
    port, peer = target
    await client.ask("SET", "k", "v")
    await peer.ask("CONFIG", "SET", "requirepass", "secret")
    try:
        for words in ((), ("AUTH", "wrong"), ("AUTH2", "default", "wrong")):
            refused = str(await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000, *words))
            assert refused.startswith(
                "-ERR Target instance replied with error: " + ("WRONGPASS" if words else "NOAUTH")
            )
        assert await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000, "COPY", "AUTH", "secret") == DONE
        last = ("REPLACE", "AUTH2", "default", "secret")
        assert await client.ask("MIGRATE", "127.0.0.1", port, "k", 0, 5000, *last) == DONE
    finally:
        await peer.ask("CONFIG", "SET", "requirepass", "")
    assert await client.ask("EXISTS", "k") == ":0"


async def test_a_database_that_the_target_does_not_have(client: Client, target: tuple[int, Client]) -> None:
    await client.ask("SET", "k", "v")
    refused = await client.ask("MIGRATE", "127.0.0.1", target[0], "k", 99, 5000)
    assert refused == "-ERR Target instance replied with error: ERR DB index is out of range"
    assert await client.ask("GET", "k") == b"v"


# Targets of our own making


class Target:
    """A target that answers when it is told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.answers = b"+OK\r\n" * 2
        self.received = b""
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.received = await reader.read(1 << 16)
        self.asked.set()
        await self.may_answer.wait()
        writer.write(self.answers)
        writer.close()


@pytest.fixture
async def slow_target() -> AsyncIterator[Target]:
    slow = Target()
    listener = await asyncio.start_server(slow.serve, "127.0.0.1", 0)
    slow.port = listener.sockets[0].getsockname()[1]
    yield slow
    slow.may_answer.set()
    listener.close()


def migrate(target: Target, *words: str, timeout: int = 60_000) -> tuple[bytes | str | int, ...]:
    return ("MIGRATE", "127.0.0.1", target.port, "k", 0, timeout, *words)


async def test_nobody_else_has_to_wait(server: Server, connect: Connect, slow_target: Target) -> None:
    client, other = await connect(server.port), await connect(server.port)
    await client.ask("SET", "k", "v")
    client.send(*migrate(slow_target))
    await slow_target.asked.wait()
    assert await other.ask("GET", "k") == b"v"
    client.send("EXISTS", "k")
    slow_target.may_answer.set()
    assert await client.reply() == DONE
    assert await client.reply() == ":0"


@pytest.mark.parametrize("change", [("APPEND", "k", "x"), ("EXPIRE", "k", 1000), ("SET", "k", "w")])
async def test_a_key_that_changes_meanwhile_stays(
    server: Server, connect: Connect, slow_target: Target, change: tuple[str, ...]
) -> None:
    client, other = await connect(server.port), await connect(server.port)
    await client.ask("SET", "k", "v")
    client.send(*migrate(slow_target))
    await slow_target.asked.wait()
    await other.ask(*change)
    slow_target.may_answer.set()
    assert str(await client.reply()).startswith("-ERR some keys have changed meanwhile")
    assert await client.ask("EXISTS", "k") == ":1"


async def test_a_key_that_goes_meanwhile(server: Server, connect: Connect, slow_target: Target) -> None:
    client, other = await connect(server.port), await connect(server.port)
    await client.ask("SET", "k", "v")
    client.send(*migrate(slow_target))
    await slow_target.asked.wait()
    await other.ask("DEL", "k")
    slow_target.may_answer.set()
    assert await client.reply() == DONE


async def test_a_client_that_does_not_wait_for_the_end(server: Server, connect: Connect, slow_target: Target) -> None:
    client, other = await connect(server.port), await connect(server.port)
    identifier = str(await client.ask("CLIENT", "ID"))[1:]
    await client.ask("SET", "k", "v")
    client.send(*migrate(slow_target))
    await slow_target.asked.wait()
    assert await other.ask("CLIENT", "UNBLOCK", identifier) == ":1"
    assert str(await client.reply()).startswith("-IOERR")
    slow_target.may_answer.set()
    while await other.ask("EXISTS", "k") == ":1":  # the key goes nevertheless, as the target has it
        pass


@pytest.mark.parametrize(("answers", "left"), [(b"+OK\r\n", 1), (b"", 1), (b"+OK\r\n+OK", 1)])
async def test_an_end_too_early(client: Client, slow_target: Target, answers: bytes, left: int) -> None:
    slow_target.answers = answers
    slow_target.may_answer.set()
    await client.ask("SET", "k", "v")
    assert await client.ask(*migrate(slow_target)) == "-IOERR error or timeout reading to target instance"
    assert await client.ask("EXISTS", "k") == f":{left}"


async def test_no_answer_in_time(client: Client, slow_target: Target) -> None:
    await client.ask("SET", "k", "v")
    reply = await client.ask(*migrate(slow_target, timeout=1))
    # On a busy machine not even the connection may be there within a millisecond.
    assert str(reply).startswith("-IOERR error or timeout ")
    assert await client.ask("GET", "k") == b"v"


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid", "\udcff..", ""])
async def test_nobody_is_there(client: Client, host: str) -> None:
    await client.ask("SET", "k", "v")
    for port in ("1", "x", "99999", "-1", ""):
        if host or port == "1":
            reply = await client.ask("MIGRATE", host.encode(errors="surrogateescape"), port, "k", 0, 5000)
            assert reply == "-IOERR error or timeout connecting to the client"
    assert await client.ask("GET", "k") == b"v"


async def test_what_is_sent_and_what_it_causes(server: Server, client: Client, slow_target: Target) -> None:
    events: list[tuple[bytes, bytes]] = []
    propagated: list[tuple[int, Argv]] = []
    await client.ask("SET", "k", "v")
    server.keyspace.observers.append(lambda _, key, event, __: events.append((event, key)))
    server.effects.subscribers.append(propagated.extend)
    for database in server.keyspace.databases:
        database.observe()
    before = server.keyspace.dirty
    slow_target.answers = b"+OK\r\n" * 3
    slow_target.may_answer.set()
    assert await client.ask(*migrate(slow_target, "REPLACE", "AUTH", "secret")) == DONE
    payload = sealed(b"\x00\x01v", 11)
    sent = [(b"AUTH", b"secret"), (b"SELECT", b"0"), (b"RESTORE", b"k", b"0", payload, b"REPLACE")]
    assert slow_target.received == b"".join(map(encode, sent))
    assert events == [(b"del", b"k")]
    assert propagated == [(0, [b"DEL", b"k"])]
    assert server.keyspace.dirty == before + 1


async def test_in_a_transaction(client: Client, slow_target: Target) -> None:
    await client.ask("SET", "k", "v")
    await client.ask("MULTI")
    await client.ask(*migrate(slow_target))
    assert await client.ask("EXEC") == ["-ERR MIGRATE is not possible in a transaction or a script"]


async def test_the_server_stops_meanwhile(slow_target: Target, connect: Connect) -> None:
    async with Server(port=0, bind="127.0.0.1") as server:
        client = await connect(server.port)
        await client.ask("SET", "k", "v")
        client.send(*migrate(slow_target))
        await slow_target.asked.wait()
    assert await client.reader.read() == b""
