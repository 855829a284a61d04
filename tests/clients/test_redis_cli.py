"""redis-cli and redis-benchmark, the programs that come with Redis."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.clients.conftest import Start, wait_until
from tests.differential.resp import encode
from tests.processes import ServerProcess
from tests.programs import path_of

SECONDS = 60


def run(
    program: str, server: ServerProcess, *arguments: str, stdin: bytes = b"", password: str = "", code: int = 0
) -> str:
    """Run a program to its end, which must be this exit code, and return what it printed."""
    result = subprocess.run(
        [path_of(program), "-h", server.host, "-p", str(server.port), *arguments],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | ({"REDISCLI_AUTH": password} if password else {}),
        timeout=SECONDS,
        check=False,
    )
    output = result.stdout.decode()
    assert result.returncode == code, output
    return output


def cli(server: ServerProcess, *arguments: str, stdin: bytes = b"", password: str = "", code: int = 0) -> list[str]:
    return run("redis-cli", server, *arguments, stdin=stdin, password=password, code=code).splitlines()


@pytest.mark.needs("redis-cli")
class TestRedisCli:
    """redis-cli with its commands as arguments, on its standard input, and in its special modes."""

    def test_one_command(self, target: ServerProcess) -> None:
        assert cli(target, "SET", "k", "a b") == ["OK"]
        assert cli(target, "GET", "k") == ["a b"]
        assert cli(target, "--no-raw", "GET", "missing") == ["(nil)"]
        assert cli(target, "--no-raw", "INCR", "k") == ["(error) ERR value is not an integer or out of range"]
        assert cli(target, "--no-raw", "RPUSH", "l", "a", "b") == ["(integer) 2"]
        assert cli(target, "--no-raw", "LRANGE", "l", "0", "-1") == ['1) "a"', '2) "b"']

    @pytest.mark.parametrize(("option", "shown"), [("-2", ['1) "f"', '2) "v"']), ("-3", ['1# "f" => "v"'])])
    def test_both_protocols(self, target: ServerProcess, option: str, shown: list[str]) -> None:
        cli(target, "HSET", "h", "f", "v")
        assert cli(target, option, "--no-raw", "HGETALL", "h") == shown

    def test_commands_on_standard_input(self, target: ServerProcess) -> None:
        lines = b'SET k "x y"\nGET k\nMULTI\nINCR n\nINCR n\nEXEC\n'
        assert cli(target, stdin=lines) == ["OK", "x y", "OK", "QUEUED", "QUEUED", "1", "2"]

    def test_a_value_on_standard_input(self, target: ServerProcess) -> None:
        assert cli(target, "-x", "SET", "k", stdin=b"from a file") == ["OK"]
        assert cli(target, "GET", "k") == ["from a file"]

    def test_another_database(self, target: ServerProcess) -> None:
        assert cli(target, "-n", "3", "SET", "k", "v") == ["OK"]
        assert cli(target, "-n", "3", "DBSIZE") == ["1"]
        assert cli(target, "DBSIZE") == ["0"]

    def test_repeated_command(self, target: ServerProcess) -> None:
        assert cli(target, "-r", "5", "INCR", "n") == ["1", "2", "3", "4", "5"]

    def test_password(self, start: Start) -> None:
        server = start(password="secret")
        assert cli(server, "PING")[0] == "NOAUTH Authentication required."
        assert cli(server, "PING", password="secret") == ["PONG"]
        assert cli(server, "--user", "default", "--pass", "secret", "--no-auth-warning", "PING") == ["PONG"]

    @pytest.mark.parametrize("framed", [True, False], ids=["resp", "inline"])
    def test_mass_insertion(self, target: ServerProcess, framed: bool) -> None:
        requests = [(b"SET", b"k%d" % number, b"v%d" % number) for number in range(10_000)]
        stdin = b"".join(encode(request) if framed else b" ".join(request) + b"\r\n" for request in requests)
        assert cli(target, "--pipe", stdin=stdin)[-1] == "errors: 0, replies: 10000"
        assert cli(target, "DBSIZE") == ["10000"]

    def test_mass_insertion_counts_errors(self, target: ServerProcess) -> None:
        stdin = b"SET k v\r\nINCR k\r\nSET l v\r\n"
        assert cli(target, "--pipe", stdin=stdin, code=1)[-1] == "errors: 1, replies: 3"

    def test_scan_of_the_keyspace(self, target: ServerProcess) -> None:
        cli(target, "MSET", *(word for number in range(100) for word in (f"key:{number}", "v")), "other", "v")
        found = cli(target, "--scan", "--pattern", "key:*")
        assert sorted(found) == sorted(f"key:{number}" for number in range(100))

    def test_published_messages_are_shown(self, target: ServerProcess) -> None:
        command = [path_of("redis-cli"), "-h", target.host, "-p", str(target.port), "SUBSCRIBE", "c"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as subscriber:
            assert subscriber.stdout is not None
            wait_until(lambda: cli(target, "PUBSUB", "NUMSUB", "c") == ["c", "1"])
            assert cli(target, "PUBLISH", "c", "hello") == ["1"]
            shown = [subscriber.stdout.readline().strip() for _ in range(6)]
            subscriber.terminate()
        assert shown == ["subscribe", "c", "1", "message", "c", "hello"]

    def test_monitor(self, target: ServerProcess) -> None:
        command = [path_of("redis-cli"), "-h", target.host, "-p", str(target.port), "MONITOR"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as monitor:
            assert monitor.stdout is not None
            assert monitor.stdout.readline() == "OK\n"
            cli(target, "SET", "k", 'a "b"')
            line = monitor.stdout.readline()
            monitor.terminate()
        assert re.fullmatch(r'\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "a \\"b\\""\n', line)


@pytest.mark.needs("redis-benchmark")
@pytest.mark.parametrize(
    "options",
    [[], ["-P", "16"], ["-r", "1000", "-d", "3000"], ["-3"], ["--threads", "2"]],
    ids=["plain", "pipelined", "random keys", "resp3", "threads"],
)
def test_benchmark(target: ServerProcess, options: list[str]) -> None:
    tests = ["ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "hset", "mset"]
    output = run("redis-benchmark", target, "-q", "-n", "200", "-c", "5", "-t", ",".join(tests), *options)
    assert output.count(" requests per second") == len(tests), output
    assert "rror" not in output
    assert "WARN" not in output
