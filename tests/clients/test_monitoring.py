"""Programs that look at a server: the monitoring modes of redis-cli, and an exporter for Prometheus."""

from __future__ import annotations

import os
import pty
import re
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.clients.conftest import Start, wait_until
from tests.processes import ServerProcess
from tests.programs import path_of

SECONDS = 60


def cli(server: ServerProcess, *arguments: str) -> str:
    """Run redis-cli to its end and return what it printed."""
    command = [path_of("redis-cli"), "-h", server.host, "-p", str(server.port), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout


@contextmanager
def terminal(server: ServerProcess, *arguments: str) -> Iterator[int]:
    """Run redis-cli as in a terminal, where it goes on for ever; yields what to read from."""
    ours, theirs = pty.openpty()
    command = [path_of("redis-cli"), "-h", server.host, "-p", str(server.port), *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        try:
            yield ours
        finally:
            process.terminate()
            os.close(ours)


def read_until(pattern: str, source: int) -> str:
    """Read until the text has a match for the pattern; what is missing then is an end of the program."""
    text = ""
    while not re.search(pattern, text):
        text += os.read(source, 1 << 16).decode()
    return text


@pytest.mark.needs("redis-cli")
class TestRedisCli:
    """The modes of redis-cli that watch a server."""

    def test_stat(self, target: ServerProcess) -> None:
        """Keys, memory, clients, blocked clients, requests and how many more since, connections."""
        cli(target, "MSET", "a", "1", "b", "2")
        with terminal(target, "--stat", "-i", "0.05") as source:
            text = read_until(r"\n2 +[\d.]+[KMG]? +\d+ +0 +\d+ \(\+\d+\) +\d+ *\r?\n", source)
        assert "keys" in text

    def test_latency(self, target: ServerProcess) -> None:
        least, most, mean, count = cli(target, "--latency", "-i", "0.05").split()
        assert int(least) <= float(mean) <= int(most) + 1
        assert int(count) >= 1

    def test_latency_history(self, target: ServerProcess) -> None:
        with terminal(target, "--latency-history", "-i", "0.05") as source:
            read_until(r"min: \d+, max: \d+, avg: [\d.]+ \(\d+ samples\)", source)

    def test_bigkeys(self, target: ServerProcess) -> None:
        cli(target, "SET", "string", "x" * 500)
        cli(target, "RPUSH", "list", "a", "b", "c")
        cli(target, "HSET", "hash", "f", "v")
        cli(target, "ZADD", "zset", "1", "m", "2", "n")
        cli(target, "SADD", "set", "m")
        cli(target, "XADD", "stream", "*", "f", "v")
        shown = cli(target, "--bigkeys")
        assert "Sampled 6 keys in the keyspace!" in shown
        for line in (
            "list found '\"list\"' has 3 items", "string found '\"string\"' has 500 bytes",
            "hash found '\"hash\"' has 1 fields", "zset found '\"zset\"' has 2 members",
            "set found '\"set\"' has 1 members", "stream found '\"stream\"' has 1 entries",
        ):  # fmt: skip
            assert line in shown

    def test_memkeys(self, target: ServerProcess) -> None:
        cli(target, "SET", "string", "x" * 5000)
        cli(target, "RPUSH", "list", "a", "b", "c")
        shown = cli(target, "--memkeys")
        assert "Sampled 2 keys in the keyspace!" in shown
        assert re.search(r"string found \S*string\S* has 5\d\d\d bytes", shown)

    def test_hotkeys(self, start: Start) -> None:
        server = start("--maxmemory-policy", "allkeys-lfu")
        cli(server, "SET", "cold", "v")
        cli(server, "SET", "hot", "v")
        cli(server, "-r", "500", "GET", "hot")
        assert re.search(r'hot key found with counter: \d+\s+keyname: "hot"', cli(server, "--hotkeys"))

    def test_intrinsic_latency(self, target: ServerProcess) -> None:
        """It measures the machine and not the server, which it does not even need."""
        assert "avg latency" in cli(target, "--intrinsic-latency", "1")

    def test_latencies_and_slow_requests_as_text(self, start: Start) -> None:
        server = start("--enable-debug-command", "local", "--latency-monitor-threshold", "5")
        cli(server, "DEBUG", "SLEEP", "0.02")
        assert cli(server, "SLOWLOG", "GET").split("\n")[3:6] == ["DEBUG", "SLEEP", "0.02"]
        assert "command - high 2" in cli(server, "LATENCY", "GRAPH", "command")
        assert "latency spikes" in cli(server, "LATENCY", "DOCTOR")
        assert "ver. " in cli(server, "LOLWUT")


def test_debug_is_for_local_clients_if_the_configuration_says_so(start: Start) -> None:
    """Without `enable-debug-command` it is for nobody."""
    for options, answer in (((), b"-ERR DEBUG command not allowed."), (("--enable-debug-command", "local"), b"+OK")):
        with start(*options).connect() as connection:
            connection.sendall(b"DEBUG SLEEP 0\r\n")
            assert connection.recv(1024).startswith(answer)


#: What dashboards for Redis are built from.
METRICS = [
    "redis_up 1", "redis_connected_clients", "redis_blocked_clients", "redis_memory_used_bytes",
    "redis_commands_processed_total", 'redis_commands_total{cmd="set"} 2', "redis_keyspace_hits_total",
    'redis_commands_duration_seconds_total{cmd="set"}', 'redis_db_keys{db="db0"} 2',
    'redis_db_keys_expiring{db="db0"} 1', "redis_expired_keys_total", "redis_evicted_keys_total",
    "redis_net_input_bytes_total", "redis_net_output_bytes_total", "redis_slowlog_length 1", "redis_uptime_in_seconds",
    "redis_instance_info", 'redis_latency_spike_last{event_name="command"}', "redis_rdb_last_save_timestamp_seconds",
    "redis_connected_slaves 0", "redis_rejected_connections_total 0", "redis_total_reads_processed",
]  # fmt: skip


@pytest.mark.needs("prometheus-redis-exporter")
def test_prometheus_exporter(start: Start) -> None:
    server = start("--enable-debug-command", "yes", "--latency-monitor-threshold", "5")
    with server.connect() as connection:
        connection.sendall(b"SET a 1\r\nSET b 1 EX 1000\r\nGET a\r\nDEBUG SLEEP 0.02\r\n")
        answers = b""
        while answers.count(b"\r\n") < 5:
            answers += connection.recv(1024)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [path_of("prometheus-redis-exporter"), "--redis.addr", server.url, "--web.listen-address", address]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as exporter:
        try:
            text: list[str] = []
            wait_until(lambda: bool(text.append(scraped(address)) or text[-1]))
        finally:
            exporter.terminate()
    missing = [metric for metric in METRICS if f"\n{metric}" not in text[-1]]
    assert missing == [], text[-1]


def scraped(address: str) -> str:
    """Return the page of metrics, or nothing while the exporter is starting."""
    try:
        with urllib.request.urlopen(f"http://{address}/metrics") as page:
            return str(page.read().decode())
    except OSError:
        return ""
