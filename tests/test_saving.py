"""Snapshots: SAVE, BGSAVE, save points and the start, and files that go from server to server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

import stubredis
from stubredis.clock import ManualClock
from stubredis.rdb import snapshot
from stubredis.rdb.payload import dump
from stubredis.rdb.snapshot import SnapshotError, Stored
from stubredis.server import Server
from tests.differential.keyspace import Keys, differences, read_keyspace
from tests.differential.resp import encode, parse
from tests.differential.sides import Oracle, OracleConnection
from tests.processes import ServerProcess, real_server
from tests.processes import stubredis as our_process
from tests.programs import path_of

LIBRARY = b"#!lua name=l\nredis.register_function('f', function() return 1 end)"

#: Values of all types and encodings, in several databases, with and without deadlines.
DATA: list[tuple[object, ...]] = [
    ("SET", "string", "v"),
    ("SET", "number", 12345),
    ("SET", "long", "abc" * 1000),
    ("SET", b"\x00\xff binary", b"\x00\xfe"),
    ("SET", "later", "v", "PXAT", 4_000_000_000_123),
    ("RPUSH", "list", *range(200)),
    ("RPUSH", "short list", "a", "b"),
    ("SADD", "integers", 1, 2, 300),
    ("SADD", "small set", "a", "b"),
    ("SADD", "set", *[f"member {number}" for number in range(300)]),
    ("HSET", "small hash", "f", "v"),
    ("HSET", "hash", *[f"{number}" for number in range(2000)]),
    ("ZADD", "small zset", 1.5, "a", "-inf", "b"),
    ("ZADD", "zset", *[word for number in range(300) for word in (number / 8, f"m{number}")]),
    ("XADD", "stream", "1-1", "f", "v"),
    ("XADD", "stream", "2-1", "f", "v", "g", "w"),
    ("XDEL", "stream", "1-1"),
    ("XGROUP", "CREATE", "stream", "g", 0),
    ("XREADGROUP", "GROUP", "g", "c", "STREAMS", "stream", ">"),
    ("SELECT", 3),
    ("SET", "elsewhere", "v"),
    ("HSET", "hash", "f", "v"),
    ("EXPIREAT", "hash", 4_000_000_000),
    ("SELECT", 0),
]


def words(request: tuple[object, ...]) -> tuple[bytes, ...]:
    return tuple(word if isinstance(word, bytes) else str(word).encode() for word in request)


class Asked:
    """A connection to a server process."""

    def __init__(self, process: ServerProcess) -> None:
        self._process = process
        self.connection = OracleConnection(Oracle.__new__(Oracle), process.connect())

    def ask(self, *request: object) -> bytes:
        self.connection.send(encode(words(request)))
        return self.connection.read(1)

    def fill(self, data: list[tuple[object, ...]] = DATA) -> None:
        for request in data:
            assert not self.ask(*request).startswith(b"-"), request

    def keyspace(self) -> Keys:
        keys = read_keyspace(self.connection)
        self.ask("SELECT", 0)
        return keys

    @property
    def folder(self) -> Path:
        (_, words), _ = parse(self.ask("CONFIG", "GET", "dir"))
        assert isinstance(words, list)
        return Path(os.fsdecode(words[1][1]))  # type: ignore[arg-type]

    def close(self) -> None:
        self.connection.close()


class Driven:
    """A server driven by hand."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.clock = ManualClock()
        self.server = stubredis.Server(clock=self.clock, dir=str(folder), **options)
        self.client = self.server.connect()

    def ask(self, *request: object) -> bytes:
        self.client.receive(encode(words(request)))
        return self.client.take_output()

    def info(self, name: str) -> str:
        text = parse(self.ask("INFO", "persistence"))[0][1]
        assert isinstance(text, bytes)
        return dict(line.split(":") for line in text.decode().split("\r\n") if ":" in line)[name]


def stored(path: Path) -> dict[bytes, Any]:
    return {each.key: each.value for each in snapshot.read(path.read_bytes()) if isinstance(each, Stored)}


# From server to server


REAL = [
    pytest.param("valkey", marks=pytest.mark.needs("valkey")),
    pytest.param("redis-server 8.2", marks=pytest.mark.needs("redis-server 8.2")),
]
OLDER = [
    pytest.param("redis-server 7.0", marks=pytest.mark.needs("redis-server 7.0")),
    pytest.param("redis-server 6.2", marks=pytest.mark.needs("redis-server 6.2")),
]


@pytest.mark.parametrize("name", [*REAL, *OLDER])
def test_a_file_of_a_real_server(name: str, tmp_path: Path) -> None:
    with real_server(path_of(name)) as theirs:
        client = Asked(theirs)
        client.fill()
        if name != "redis-server 6.2":
            client.fill([("FUNCTION", "LOAD", LIBRARY)])
        if name == "redis-server 8.2":
            client.fill([("HPEXPIREAT", "hash", 4_000_000_000_500, "FIELDS", 1, 4)])
        assert client.ask("SAVE") == b"+OK\r\n"
        expected = client.keyspace()
        digest = client.ask("DEBUG", "DIGEST") if name == "redis-server 6.2" else b""
        copy(client.folder / "dump.rdb", tmp_path)
        client.close()
    with our_process("--dir", str(tmp_path), "--enable-debug-command", "yes") as ours:
        client = Asked(ours)
        assert not differences(client.keyspace(), expected)
        assert client.ask("XPENDING", "stream", "g")[:8] == b"*4\r\n:1\r\n"
        if name != "redis-server 6.2":
            assert client.ask("FCALL", "f", 0) == b":1\r\n"
        if name == "redis-server 8.2":
            assert client.ask("HPEXPIRETIME", "hash", "FIELDS", 1, 4) == b"*1\r\n:4000000000500\r\n"
        if digest:
            assert client.ask("DEBUG", "DIGEST") == digest
        client.close()


@pytest.mark.parametrize("name", [*REAL, *OLDER])
def test_our_file_in_a_real_server(name: str, tmp_path: Path) -> None:
    """For a server that stands for an older one it has an older form."""
    emulated = name.replace("-server ", "-") if name in ("redis-server 6.2", "redis-server 7.0") else "latest"
    with our_process("--dir", str(tmp_path), "--emulate", emulated) as ours:
        client = Asked(ours)
        client.fill()
        if name != "redis-server 6.2":
            client.fill([("FUNCTION", "LOAD", LIBRARY)])
        if name == "redis-server 8.2":
            client.fill([("HPEXPIREAT", "hash", 4_000_000_000_500, "FIELDS", 1, 4)])
        assert client.ask("SAVE") == b"+OK\r\n"
        expected = client.keyspace()
        client.close()
    # DEBUG is always allowed in Redis 6.2, which does not know the option.
    options = [] if name == "redis-server 6.2" else ["--enable-debug-command", "yes"]
    with real_server(path_of(name), *options) as theirs:
        client = Asked(theirs)
        copy(tmp_path / "dump.rdb", client.folder)
        assert client.ask("DEBUG", "RELOAD", "NOSAVE") == b"+OK\r\n"
        assert not differences(client.keyspace(), expected)
        if name != "redis-server 6.2":
            assert client.ask("FCALL", "f", 0) == b":1\r\n"
        assert client.ask("XPENDING", "stream", "g")[:8] == b"*4\r\n:1\r\n"
        if name == "redis-server 8.2":
            assert client.ask("HPEXPIRETIME", "hash", "FIELDS", 1, 4) == b"*1\r\n:4000000000500\r\n"
        client.close()


def test_a_restart_with_save_points(tmp_path: Path) -> None:
    options = ("--dir", str(tmp_path), "--save", "3600", "1")
    with our_process(*options) as ours:
        client = Asked(ours)
        client.fill()
        expected = client.keyspace()
        client.close()
    with our_process(*options) as ours:
        client = Asked(ours)
        assert not differences(client.keyspace(), expected)
        client.close()


# One server


def test_save_and_load(tmp_path: Path) -> None:
    saved = Driven(tmp_path)
    for request in DATA:
        saved.ask(*request)
    changes = saved.info("rdb_changes_since_last_save")
    assert int(changes) > 1000
    saved.clock.advance(5000)
    assert saved.ask("SAVE") == b"+OK\r\n"
    assert saved.info("rdb_changes_since_last_save") == "0"
    assert saved.info("rdb_saves") == "1"
    assert saved.ask("LASTSAVE") == b":%d\r\n" % (saved.clock.now() // 1000)
    loaded = Driven(tmp_path)
    loaded.server.saving.load()
    assert read_keyspace_of(loaded.server) == read_keyspace_of(saved.server)
    assert loaded.info("rdb_last_load_keys_loaded") == "17"


def read_keyspace_of(server: Server) -> list[dict[bytes, tuple[bytes, int | None]]]:
    return [
        {key: (dump(database.peek(key)), database.deadlines.get(key)) for key in database.values}
        for database in server.keyspace.databases
    ]


def test_expired_keys_are_not_loaded(tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    driven.ask("SET", "k", "v", "PX", 100)
    driven.ask("SET", "l", "v")
    driven.ask("SAVE")
    late = Driven(tmp_path)
    late.clock.advance(101)
    late.server.saving.load()
    assert late.ask("DBSIZE") == b":1\r\n"
    assert late.info("rdb_last_load_keys_expired") == "1"


def test_nothing_is_written_unless_asked(tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    driven.ask("SET", "k", "v")
    driven.clock.advance(10**7)
    driven.server.tick()
    driven.ask("SHUTDOWN")
    assert not list(tmp_path.iterdir())


def test_save_points(tmp_path: Path) -> None:
    driven = Driven(tmp_path, save="60 2 3600 1")
    path = tmp_path / "dump.rdb"
    driven.ask("SET", "k", "v")
    driven.clock.advance(61_000)
    driven.server.tick()
    assert not path.exists()
    driven.ask("SET", "l", "v")
    driven.server.tick()
    driven.server.tick()
    assert stored(path) == {b"k": b"v", b"l": b"v"}
    assert driven.info("rdb_bgsave_in_progress") == "0"
    path.unlink()
    driven.ask("SET", "k", "w")
    driven.clock.advance(3_601_000)
    driven.server.tick()
    driven.server.tick()
    assert stored(path)[b"k"] == b"w"
    driven.ask("CONFIG", "SET", "save", "")
    assert driven.server.config.save == ()


def test_failures(tmp_path: Path) -> None:
    driven = Driven(tmp_path, dbfilename="")
    assert driven.ask("SAVE").startswith(b"-ERR")
    driven.ask("BGSAVE")
    driven.server.tick()
    assert driven.info("rdb_last_bgsave_status") == "err"
    assert driven.ask("SHUTDOWN", "SAVE") == b"-ERR Errors trying to SHUTDOWN. Check logs.\r\n"
    other = Driven(tmp_path)
    other.ask("VADD", "vectors", "VALUES", 2, 1, 2, "e")
    assert other.ask("SAVE").startswith(b"-ERR vector sets cannot be saved")
    assert not list(tmp_path.iterdir())


# In the background


class Sliced(Driven):
    """A server whose slices end after each look at the time, so that much may happen between them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        moments = iter(range(0, 10**18, 10**7))
        self.server.timing.now = lambda: next(moments)

    def finish(self) -> None:
        while self.info("rdb_bgsave_in_progress") == "1":
            self.server.tick()


CHANGES: list[list[tuple[object, ...]]] = [
    [("SET", "k0", "new"), ("SET", "k99", "new"), ("SET", "added", "v")],
    [("DEL", "k0", "k50", "k99"), ("RENAME", "k1", "k0"), ("RENAME", "k98", "k2")],
    [("FLUSHALL",), ("SET", "k", "v")],
    [("FLUSHDB",), ("SET", "k", "v")],
    [("SWAPDB", 0, 1), ("SET", "k", "v")],
    [("MOVE", "k0", 1), ("MOVE", "k99", 1), ("COPY", "k1", "k1", "DB", 2)],
    [("EXPIRE", "k0", 1000), ("PERSIST", "k99"), ("PEXPIREAT", "k98", 1)],
    [("HSET", "h0", "f", "v"), ("HDEL", "h1", "f"), ("HPEXPIRE", "h0", 10**6, "FIELDS", 1, "f")],
    [
        ("XADD", "s", "*", "f", "v"),
        ("XGROUP", "CREATE", "s", "g", 0),
        ("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"),
    ],
    [("MULTI",), ("INCR", "n0"), ("INCR", "n1"), ("EXEC",)],
    [("EVAL", "redis.call('set', 'k0', 'x'); redis.call('del', 'k1')", 0)],
    [
        ("LPUSH", "l", "a"),
        ("LMOVE", "l", "m", "LEFT", "LEFT"),
        ("SPOP", "set"),
        ("GETDEL", "k0"),
        ("APPEND", "k1", "x"),
    ],
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: " ".join(map(str, changes[0])))
def test_the_file_is_that_of_one_moment(changes: list[tuple[object, ...]], tmp_path: Path) -> None:
    """Whatever happens between two slices, the file has what is there at the end."""
    for place in (0, 1, 3, 6):
        driven = Sliced(tmp_path)
        driven.ask("MSET", *[word for number in range(100) for word in (f"k{number}", number)])
        driven.ask("SADD", "set", "a", "b", "c")
        for number in (0, 1):
            driven.ask("HSET", f"h{number}", "f", 1, "g", 2)
        driven.ask("XADD", "s", "1-1", "f", "v")
        assert driven.ask("BGSAVE") == b"+Background saving started\r\n"
        assert driven.ask("BGSAVE") == b"-ERR Background save already in progress\r\n"
        for _ in range(place):
            driven.server.tick()
        assert driven.info("rdb_bgsave_in_progress") == "1"
        for request in changes:
            assert not driven.ask(*request).startswith(b"-"), request
        driven.finish()
        loaded = Driven(tmp_path)
        loaded.server.saving.load()
        assert read_keyspace_of(loaded.server) == read_keyspace_of(driven.server)
        assert driven.info("rdb_changes_since_last_save") == "0"
        assert not driven.server.effects.subscribers


def test_cancel(tmp_path: Path) -> None:
    driven = Sliced(tmp_path)
    driven.ask("MSET", *[word for number in range(100) for word in (f"k{number}", number)])
    driven.ask("BGSAVE")
    driven.server.tick()
    assert driven.ask("BGSAVE", "CANCEL") == b"+Background saving cancelled\r\n"
    driven.server.tick()
    assert not list(tmp_path.iterdir())
    assert not driven.server.effects.subscribers


async def test_a_thread_writes(tmp_path: Path) -> None:
    async with Server(port=0, bind="127.0.0.1", dir=str(tmp_path)) as server:
        client = server.connect()
        client.receive(encode((b"SET", b"k", b"v")))
        client.receive(encode((b"BGSAVE",)))
        while server.saving.started_at is not None:  # noqa: ASYNC110  (there is no event to wait for)
            await asyncio.sleep(0)
        assert server.saving.succeeded
        assert stored(tmp_path / "dump.rdb") == {b"k": b"v"}


# What is no snapshot


@pytest.mark.parametrize("place", range(0, 250, 7))
def test_damage(place: int, tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    for request in (("SET", "k", "v" * 100), ("RPUSH", "l", *range(50)), ("SET", "m", "v", "EX", 100)):
        driven.ask(*request)
    driven.ask("SAVE")
    data = (tmp_path / "dump.rdb").read_bytes()
    place = min(place, len(data) - 1)
    for damaged in (data[:place], data[:place] + bytes((data[place] ^ 0x55,)) + data[place + 1 :]):
        with pytest.raises(SnapshotError):
            list(snapshot.read(damaged))


def test_a_bad_file_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"REDIS0099")
    command = [sys.executable, "-m", "stubredis", "serve", "--port", "0", "--dir", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "it has version 99 of the format" in ended.stderr


def test_reload_from_the_file(tmp_path: Path) -> None:
    driven = Driven(tmp_path, enable_debug_command="yes")
    driven.ask("SET", "k", "v")
    assert driven.ask("DEBUG", "RELOAD", "NOSAVE").startswith(b"-ERR Error trying to load")
    driven.ask("SAVE")
    driven.ask("SET", "k", "w")
    assert driven.ask("DEBUG", "RELOAD", "NOSAVE") == b"+OK\r\n"
    assert driven.ask("GET", "k") == b"$1\r\nv\r\n"


def test_what_stands_beside_the_keys() -> None:
    """Marks of other servers are passed over; a file without a checksum is believed."""
    string = b"\x01"
    pieces = [
        b"REDIS0012",
        b"\xfa" + string + b"a" + string + b"b",
        b"\xf7\x05\x02\x01\x01\x07\x02\x81" + bytes(8) + b"\x03" + bytes(4) + b"\x04" + bytes(8) + b"\x05\x01m\x00",
        b"\xfe\x02\xfb\x03\x01\xf4\x01\x02\x03",
        b"\xfd" + (100).to_bytes(4, "little") + b"\xf8\x05\x00\x01a\x011",
        b"\xfc" + (1234).to_bytes(8, "little") + b"\xf9\x07\x00\x01b\x012",
        b"\x00\x01c\xc0\x2a",
    ]
    found = list(snapshot.read(b"".join(pieces) + b"\xff" + bytes(8)))
    assert found == [(2, b"a", b"1", 100_000), (2, b"b", b"2", 1234), (2, b"c", b"42", None)]
    assert list(snapshot.read(b"REDIS0003\xfe\x00\x00\x01a\x011\xff")) == [(0, b"a", b"1", None)]
    for marks, complaint in [(b"\x07\x01k", "one of a module"), (b"\xf6", "damaged"), (b"\x63\x01k", "damaged")]:
        with pytest.raises(SnapshotError, match=complaint):
            list(snapshot.read(b"REDIS0011" + marks + b"\xff" + bytes(8)))


@pytest.mark.needs("redis-server 8.2")
def test_a_file_with_accesses(tmp_path: Path) -> None:
    """A server that evicts by use writes down how often keys were used."""
    for policy in ("allkeys-lfu", "allkeys-lru"):
        with real_server(path_of("redis-server 8.2"), "--maxmemory-policy", policy) as theirs:
            client = Asked(theirs)
            client.fill([("SET", "k", "v"), ("SET", "l", "v", "EX", 100), ("SAVE",)])
            copy(client.folder / "dump.rdb", tmp_path)
            client.close()
        assert stored(tmp_path / "dump.rdb") == {b"k": b"v", b"l": b"v"}
