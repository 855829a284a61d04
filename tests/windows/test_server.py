"""Our server on Windows, as clients of other machines meet it; run by `make test-windows`."""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.processes import UNDER_WINE, ServerProcess, WindowsProcess, free_port, stubredis
from tests.programs import path_of
from tests.windows import wine

SECONDS = 60


@pytest.fixture(scope="module", autouse=True)
def under_wine() -> None:
    assert UNDER_WINE, "these tests are run by: make test-windows"


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with stubredis() as server:
        yield server


@pytest.fixture
def client(server: ServerProcess) -> Iterator[redis.Redis]:
    with redis.Redis(port=server.port) as client:
        client.flushall()
        yield client


def serve(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a server that is expected to end by itself."""
    return subprocess.run(
        wine.command("-m", "stubredis", "serve", *words),
        env=wine.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def is_busy(client: redis.Redis) -> bool:
    try:
        return not client.ping()
    except redis.ResponseError as error:
        return "BUSY" in str(error)


def test_it_is_windows(client: redis.Redis) -> None:
    info = client.info()
    assert info["os"].startswith("Windows")
    assert info["used_memory_rss"] > 2**20
    assert info["total_system_memory"] > 2**30


def test_more_clients_than_select_could_take(server: ServerProcess, client: redis.Redis) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(server.connect()) for _ in range(600)]
        for connection in connections:
            connection.sendall(b"PING\r\n")
        assert {connection.recv(64) for connection in connections} == {b"+PONG\r\n"}
        assert client.info("clients")["connected_clients"] >= 600


def test_clients_that_leave_before_they_are_accepted(server: ServerProcess) -> None:
    with server.connect() as patient:
        patient.sendall(b"CONFIG SET busy-reply-threshold 0\r\nEVAL 'for i = 1, 1e7 do end' 0\r\n")
        for _ in range(10):
            with server.connect() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # ends with a reset
        while not patient.recv(64).endswith(b"$-1\r\n"):
            pass
    with server.connect() as client:
        client.sendall(b"PING\r\n")
        assert client.recv(64) == b"+PONG\r\n"
    assert "Traceback" not in server.describe()


@pytest.mark.needs("redis-benchmark")
def test_load_of_many_clients(server: ServerProcess) -> None:
    result = subprocess.run(
        [path_of("redis-benchmark"), "-p", str(server.port), "-q", "-c", "600", "-n", "2000", "-t", "set,get"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr + server.describe()
    assert result.stdout.count("requests per second") == 2
    assert "rror" not in result.stdout + result.stderr


@pytest.mark.needs("redis-benchmark")
def test_load_of_pipelines(server: ServerProcess) -> None:
    result = subprocess.run(
        [path_of("redis-benchmark"), "-p", str(server.port), "-q", "-P", "100", "-n", "20000", "-t", "set,lpush,zadd"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert result.stdout.count("requests per second") == 3


def test_large_values(client: redis.Redis) -> None:
    value = bytes(range(256)) * (10 * 2**20 // 256)
    client.set("large", value)
    assert client.get("large") == value
    assert client.eval("return redis.call('STRLEN', KEYS[1])", 1, "large") == len(value)


def test_a_long_script_is_ended(server: ServerProcess, client: redis.Redis) -> None:
    client.config_set("busy-reply-threshold", 10)
    with server.connect() as connection:
        connection.sendall(b"EVAL 'while true do end' 0\r\n")
        while not is_busy(client):
            pass
        assert client.script_kill()
        assert connection.recv(4096).startswith(b"-ERR Script killed by user with SCRIPT KILL")


def test_deadlines(client: redis.Redis) -> None:
    """The timer of the event loop is woken for what nobody asks for."""
    with client.pubsub() as events:
        client.config_set("notify-keyspace-events", "Ex")
        events.subscribe("__keyevent@0__:expired")
        assert events.get_message(timeout=SECONDS)["type"] == "subscribe"
        client.set("k", "v", px=30)
        assert events.get_message(timeout=SECONDS)["data"] == b"k"
    assert client.blpop(["nothing"], 0.05) is None


def test_a_second_server_on_the_same_port(server: ServerProcess) -> None:
    result = serve("--port", str(server.port), "--bind", "127.0.0.1")
    assert result.returncode == 1
    assert result.stderr == (
        f"stubredis: cannot listen on 127.0.0.1:{server.port}: Address already in use; stop what is there, "
        "or choose another port with --port\n"
    )


def test_no_unix_sockets() -> None:
    result = serve("--port", str(free_port()), "--unixsocket", "redis.sock")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "redis.sock: unix sockets are not available on Windows" in result.stderr


def test_shutdown_and_the_log(tmp_path: Path) -> None:
    """The server is stopped by the command SHUTDOWN."""
    log = tmp_path / "redis.log"
    with stubredis("--loglevel", "debug") as server:
        assert server.stop() == 0
        said = server.describe()
    assert said.endswith("bye bye...")
    assert f"port={server.port}" in said
    result = serve("--port", "0", "--bind", "192.0.2.1", "--logfile", wine.windows_path(log))
    assert (result.returncode, result.stdout) == (1, "")
    assert "192.0.2.1:0: Cannot assign requested address" in result.stderr
    assert "just started" in log.read_text()


def test_the_configuration_is_written_to_its_file(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_bytes(b"# kept\r\nport 0\r\nbind 127.0.0.1\r\nmaxmemory 1mb\r\n")
    command = wine.command("-m", "stubredis", "serve", wine.windows_path(conf))
    server = WindowsProcess(command, str(tmp_path), port=None, password=None, environment=wine.environment())
    with redis.Redis(port=server.port) as client:
        client.config_set("maxmemory", "2mb")
        client.config_rewrite()
    assert server.stop() == 0
    assert conf.read_text().splitlines()[:4] == ["# kept", "port 0", "bind 127.0.0.1", "maxmemory 2mb"]
    assert list(tmp_path.iterdir()) == [conf]
