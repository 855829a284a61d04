"""INFO, CONFIG, TIME and SHUTDOWN of this server; the replies are compared in tests/differential/."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import pytest

import stubredis
from stubredis.clock import ManualClock
from stubredis.info import human
from stubredis.process import resident_memory
from stubredis.server import Server
from stubredis.session import Session
from stubredis.versions import COMPATIBLE_WITH

NOW = 1_700_000_000_000


@pytest.fixture
def server() -> Server:
    return Server(clock=ManualClock(NOW))


def ask(client: Session, lines: bytes) -> bytes:
    client.receive(lines + b"\r\n")
    return client.take_output()


def info(server: Server, sections: str = "everything") -> dict[str, str]:
    """Return the fields of INFO, asked for by a new client."""
    client = server.connect()
    lines = ask(client, f"INFO {sections}".encode()).decode().splitlines()
    server.disconnect(client)
    return dict(line.split(":", 1) for line in lines if ":" in line)


def test_traffic_of_clients_that_are_gone_counts_until_a_reset(server: Server) -> None:
    gone, there = server.connect(), server.connect()
    gone.input_bytes, gone.reads = 100, 2
    server.disconnect(gone)
    there.input_bytes = 7
    fields = info(server, "stats")
    assert (fields["total_net_input_bytes"], fields["total_reads_processed"]) == ("107", "2")
    ask(there, b"CONFIG RESETSTAT")
    there.input_bytes += 5
    assert info(server, "stats")["total_net_input_bytes"] == "5"
    assert "tot-net-in=12 " in ask(there, b"CLIENT INFO").decode()


def test_nothing_has_ever_been_saved(server: Server) -> None:
    fields = info(server, "persistence")
    assert (fields["rdb_last_bgsave_time_sec"], fields["rdb_saves"]) == ("-1", "0")


def test_time(server: Server) -> None:
    assert isinstance(server.clock, ManualClock)
    server.clock.advance(1234)
    assert ask(server.connect(), b"TIME") == b"*2\r\n$10\r\n1700000001\r\n$6\r\n234000\r\n"


def test_what_clients_look_for(server: Server) -> None:
    """Client libraries, queues and exporters read these fields."""
    assert isinstance(server.clock, ManualClock)
    server.clock.advance(90_000_000)
    client = server.connect()
    ask(client, b"SET volatile v PX 1000\r\nSET other v PX 3000\r\nSET k v\r\nSELECT 3\r\nSET k v")
    fields = info(server)
    expected = {
        "redis_version": COMPATIBLE_WITH,
        "stubredis_version": stubredis.__version__,
        "redis_mode": "standalone",
        "process_id": str(os.getpid()),
        "run_id": server.run_id,
        "tcp_port": "6379",
        "server_time_usec": str((NOW + 90_000_000) * 1000),
        "uptime_in_seconds": "90000",
        "uptime_in_days": "1",
        "connected_clients": "2",
        "blocked_clients": "0",
        "maxclients": "10000",
        "maxmemory": "0",
        "maxmemory_human": "0B",
        "maxmemory_policy": "noeviction",
        "loading": "0",
        "rdb_changes_since_last_save": "4",
        "role": "master",
        "connected_slaves": "0",
        "master_replid": server.replication_id,
        "cluster_enabled": "0",
        "total_commands_processed": "5",
        "total_connections_received": "2",
        "db0": "keys=3,expires=2,avg_ttl=2000,subexpiry=0",
        "db3": "keys=1,expires=0,avg_ttl=0,subexpiry=0",
    }
    assert {name: fields.get(name) for name in expected} == expected
    assert len(server.run_id) == 40
    assert server.run_id != Server().run_id


def test_memory(server: Server) -> None:
    fields = info(server, "memory")
    used, peak = int(fields["used_memory"]), int(fields["used_memory_peak"])
    assert fields["used_memory_human"] == human(used)
    if sys.platform != "win32":
        assert 0 < used <= peak


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell it in a file")
def test_resident_memory_is_what_the_system_says() -> None:
    status = Path("/proc/self/status").read_text().split("\n")
    kilobytes = int(next(line for line in status if line.startswith("VmRSS:")).split()[1])
    assert resident_memory() == pytest.approx(kilobytes * 1024, rel=0.1)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1.00K"),
        (1536, "1.50K"),
        (5 * 2**20, "5.00M"),
        (3 * 2**30 // 2, "1.50G"),
        (2**41, "2.00T"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert human(size) == text


def test_statistics_and_their_reset(server: Server) -> None:
    client = server.connect()
    ask(
        client,
        b"SET k v\r\nGET k\r\nGET missing\r\nGET\r\nNOSUCH\r\nLPUSH k x\r\nAUTH nobody x\r\nMULTI\r\nINCR n\r\nEXEC",
    )
    fields = info(server)
    assert (fields["keyspace_hits"], fields["keyspace_misses"]) == ("1", "1")
    assert fields["cmdstat_get"] == "calls=2,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0"
    assert fields["cmdstat_lpush"] == "calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1"
    assert fields["cmdstat_incr"] == "calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=0"
    assert fields["errorstat_ERR"] == "count=2"
    assert fields["errorstat_WRONGTYPE"] == fields["errorstat_WRONGPASS"] == "count=1"
    assert fields["total_error_replies"] == "4"
    assert ask(client, b"CONFIG RESETSTAT") == b"+OK\r\n"
    fields = info(server)
    # Redis counts the command that resets, too.
    assert [name for name in fields if name.startswith(("cmdstat_", "errorstat_"))] == ["cmdstat_config|resetstat"]
    counters = ("keyspace_hits", "keyspace_misses", "total_error_replies", "expired_keys")
    assert [fields[name] for name in counters] == ["0"] * 4


def test_counters_belong_to_one_server(server: Server) -> None:
    ask(server.connect(), b"GET k\r\nCONFIG GET port")
    other = info(Server(clock=ManualClock()), "commandstats")
    assert other == {}


def test_info_of_resp3(server: Server) -> None:
    client = server.connect()
    ask(client, b"HELLO 3")
    assert ask(client, b"INFO cluster") == b"=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n"
    assert ask(client, b"INFO nosuch") == b"=4\r\ntxt:\r\n"


def test_settings_take_effect(server: Server) -> None:
    client = server.connect()
    ask(client, b"CONFIG SET proto-max-bulk-len 1mb maxclients 2")
    assert (server.config.proto_max_bulk_len, server.config.maxclients) == (2**20, 2)
    assert ask(client, b"*2\r\n$4\r\nECHO\r\n$1048577\r\n") == b"-ERR Protocol error: invalid bulk length\r\n"


def test_a_refused_setting_changes_nothing(server: Server) -> None:
    heard: list[str] = []
    server.config.on_change["timeout"] = lambda: heard.append("timeout")
    client = server.connect()
    assert ask(client, b"CONFIG SET timeout 5 maxmemory x").startswith(b"-ERR CONFIG SET failed")
    assert (server.config.timeout, heard) == (0, [])
    assert ask(client, b"CONFIG SET timeout 5 maxmemory 1k") == b"+OK\r\n"
    assert (server.config.timeout, heard) == (5, ["timeout"])


@pytest.mark.parametrize("options", ["", "NOSAVE", "save now", "FORCE NOSAVE NOW"])
async def test_shutdown(options: str, tmp_path: Path) -> None:
    async with Server(port=0, bind="127.0.0.1", dir=str(tmp_path)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"SHUTDOWN {options}\r\nPING\r\n".encode())
        await server.serve()  # returns, because it was asked to stop
        assert await reader.read() == b""
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    assert bool(list(tmp_path.iterdir())) is (options == "save now")
