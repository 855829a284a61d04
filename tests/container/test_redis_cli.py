"""The small redis-cli of the image beside the real one: the same output and exit codes from the same server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from stubredis.container import redis_cli
from tests.processes import ServerProcess, free_port, stubredis
from tests.programs import path_of

Result = subprocess.CompletedProcess[bytes]


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with stubredis() as server:
        fill(server)
        yield server


@pytest.fixture(scope="module")
def locked() -> Iterator[ServerProcess]:
    with stubredis(password="secret") as server:
        yield server


def fill(server: ServerProcess) -> None:
    with server.connect() as connection:
        requests = ["SET a 1", "RPUSH list x y", "HSET hash f v", "ZADD zset 1.5 m"]
        requests += [r"""SET quotes "'a\"b'\\" """, r'SET binary "\x00\xff\n"']
        connection.sendall("".join(f"{request}\r\n" for request in requests).encode())
        received = b""
        while received.count(b"\r\n") < 6:
            received += connection.recv(4096)


def run(program: list[str], words: list[str], given: bytes = b"", **environment: str) -> Result:
    known = {name: value for name, value in os.environ.items() if name != "REDISCLI_AUTH"}
    return subprocess.run(
        [*program, *words], input=given, capture_output=True, timeout=30, env={**known, **environment}, check=False
    )


def ours(*words: str, given: bytes = b"", **environment: str) -> Result:
    return run([sys.executable, "-I", redis_cli.__file__], list(words), given, **environment)


def assert_same(words: list[str], given: bytes = b"", **environment: str) -> None:
    """Compare standard output, standard error and exit code."""
    mine = ours(*words, given=given, **environment)
    real = run([path_of("redis-cli")], words, given, **environment)
    assert (mine.stdout, mine.stderr.strip(), mine.returncode) == (real.stdout, real.stderr.strip(), real.returncode)


COMMANDS = [
    ["ping"],
    ["get", "a"],
    ["get", "missing"],
    ["get", "binary"],
    ["get", "quotes"],
    ["incr", "list"],
    ["nonsense", "a", "b"],
    ["lrange", "list", "0", "-1"],
    ["lrange", "missing", "0", "-1"],
    ["zscore", "zset", "m"],
    ["hgetall", "hash"],
    ["mget", "a", "missing"],
    ["eval", "return {1,{2,{3,4}},{},false,{'a'},redis.status_reply('fine')}", "0"],
    ["eval", "return {{'a','b'},1,2,3,4,5,6,7,8,{9,{10}},11}", "0"],
    ["eval", "return redis.error_reply('MY own')", "0"],
    ["object", "encoding", "list"],
]


@pytest.mark.needs("redis-cli")
@pytest.mark.parametrize("options", [[], ["--no-raw"], ["-e"], ["-3"], ["-3", "--no-raw"]], ids=" ".join)
def test_commands(server: ServerProcess, options: list[str]) -> None:
    for command in COMMANDS:
        assert_same(["-p", str(server.port), *options, *command])


@pytest.mark.needs("redis-cli")
@pytest.mark.parametrize(
    "words",
    [
        ["-n", "3", "get", "a"],
        ["-n", "99", "get", "a"],
        ["-r", "3", "-i", "0", "ping"],
        ["-h", "localhost", "ping"],
        ["--scan", "--pattern", "li*"],
        ["-x", "echo"],
    ],
    ids=" ".join,
)
def test_options(server: ServerProcess, words: list[str]) -> None:
    assert_same(["-p", str(server.port), *words], given=b"from the input\n")


@pytest.mark.needs("redis-cli")
def test_lines_of_the_standard_input(server: ServerProcess) -> None:
    lines = b"get a\n\nnonsense\nECHO \"a\\x41\\n'\"\nECHO 'b c'\nquit\nget a\n"
    assert_same(["-p", str(server.port)], given=lines)


@pytest.mark.needs("redis-cli")
@pytest.mark.parametrize(
    "words",
    [
        ["ping"],
        ["-e", "ping"],
        ["-a", "secret", "ping"],
        ["-a", "wrong", "ping"],
        ["--pass", "secret", "--no-auth-warning", "ping"],
        ["--user", "default", "-a", "secret", "ping"],
        ["--user", "nobody", "-a", "secret", "--no-auth-warning", "ping"],
    ],
    ids=" ".join,
)
def test_passwords(locked: ServerProcess, words: list[str]) -> None:
    assert_same(["-p", str(locked.port), *words])


@pytest.mark.needs("redis-cli")
def test_the_password_of_the_environment(locked: ServerProcess) -> None:
    assert_same(["-p", str(locked.port), "ping"], REDISCLI_AUTH="secret")
    assert_same(["-u", f"redis://default:secret@127.0.0.1:{locked.port}/2", "--no-auth-warning", "ping"])


@pytest.mark.needs("redis-cli")
def test_nobody_there() -> None:
    assert_same(["-p", str(free_port()), "ping"])


def test_the_port_of_the_environment(server: ServerProcess) -> None:
    assert ours("ping", STUBREDIS_LISTEN_PORT=str(server.port)).stdout == b"PONG\n"
    assert ours("ping", REDIS_PORT_NUMBER=str(server.port)).stdout == b"PONG\n"
    assert ours("-p", str(server.port), "ping", STUBREDIS_LISTEN_PORT="tcp://10.0.0.7:6379").stdout == b"PONG\n"


def test_unknown_options() -> None:
    result = ours("--latency")
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"redis-cli: unrecognized arguments: --latency; see: redis-cli --help\n"


def test_nobody_reads_the_output(server: ServerProcess) -> None:
    command = [sys.executable, "-I", redis_cli.__file__, "-p", str(server.port), "-r", "100000", "ping"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stderr is not None
        client.stdout.read(10)
        client.stdout.close()
        assert (client.wait(), client.stderr.read()) == (0, b"")
