"""Tracking where time, eviction or what a server keeps matter; the rest is in tests/differential/test_tracking.py."""

from __future__ import annotations

import pytest

from stubredis.clock import ManualClock
from stubredis.keyspace import EVICTED
from stubredis.server import Server
from stubredis.session import Session


@pytest.fixture
def server() -> Server:
    return Server(clock=ManualClock())


def connect(server: Server, *lines: str) -> Session:
    session = server.connect()
    for line in ("HELLO 3", *lines):
        ask(session, line)
    return session


def ask(session: Session, line: str) -> bytes:
    session.receive(line.encode() + b"\r\n")
    return session.take_output()


def invalidation(*keys: bytes) -> bytes:
    words = b"".join(b"$%d\r\n%b\r\n" % (len(key), key) for key in keys)
    return b">2\r\n$10\r\ninvalidate\r\n*%d\r\n%b" % (len(keys), words)


def test_databases_are_observed_only_while_a_client_tracks(server: Server) -> None:
    database = server.keyspace.databases[0]
    client = connect(server, "CLIENT TRACKING ON", "GET k")
    assert database.observed
    assert client.gates
    server.disconnect(client)
    assert not database.observed
    assert server.keyspace.invalidate is None
    assert not server.tracking.table


def test_a_broadcasting_client_takes_the_short_way(server: Server) -> None:
    assert connect(server, "CLIENT TRACKING ON BCAST").gates == 0


@pytest.mark.parametrize("mode", ["", "NOLOOP", "BCAST", "BCAST NOLOOP"])
def test_keys_that_expire_by_themselves(server: Server, mode: str) -> None:
    client = connect(server, "SET k 1 PX 50", f"CLIENT TRACKING ON {mode}", "GET k")
    assert isinstance(server.clock, ManualClock)
    server.clock.advance(1000)
    server.tick()
    assert client.take_output() == invalidation(b"k")


def test_keys_that_are_evicted(server: Server) -> None:
    client = connect(server, "SET k 1", "CLIENT TRACKING ON BCAST NOLOOP")
    database = server.keyspace.databases[0]
    database.delete(b"k")
    database.changed(b"k", b"evicted", EVICTED, 0)
    server.wake()
    assert client.take_output() == invalidation(b"k")


def test_changes_without_an_event(server: Server) -> None:
    client = connect(server, "CLIENT TRACKING ON", "GET k")
    server.keyspace.databases[0].changed_silently(b"k")
    assert client.take_output() == invalidation(b"k")


def test_keys_are_counted_for_each_client(server: Server) -> None:
    clients = [connect(server, "CLIENT TRACKING ON", "MGET k k l") for _ in range(3)]
    assert (len(server.tracking.table), server.tracking.references) == (2, 6)
    ask(clients[0], "SET k 1")
    assert [client.take_output() for client in clients[1:]] == [invalidation(b"k")] * 2
    assert (len(server.tracking.table), server.tracking.references) == (1, 3)
    ask(clients[0], "CLIENT TRACKING OFF")
    ask(clients[1], "SET l 1")
    assert [client.take_output() for client in clients] == [b"", b"", invalidation(b"l")]
    assert server.tracking.references == 0


def test_a_prefix_is_forgotten_with_its_last_client(server: Server) -> None:
    first, second = (connect(server, f"CLIENT TRACKING ON BCAST {more} PREFIX a") for more in ("PREFIX b", ""))
    assert sorted(server.tracking.prefixes) == [b"a", b"b"]
    server.disconnect(first)
    assert list(server.tracking.prefixes) == [b"a"]
    ask(second, "RESET")
    assert not server.tracking.prefixes


class TestPause:
    """Clients that are blocked when a pause begins."""

    @pytest.mark.parametrize("mode", ["WRITE", "ALL"])
    def test_they_are_served_when_it_ends(self, server: Server, mode: str) -> None:
        blocked, other = connect(server, "BLPOP l 0"), connect(server)
        for line in ("MULTI", "RPUSH l x", f"CLIENT PAUSE 1000 {mode}", "EXEC"):
            ask(other, line)
        assert blocked.take_output() == b""
        assert isinstance(server.clock, ManualClock)
        server.clock.advance(2000)
        server.tick()
        assert blocked.take_output() == b"*2\r\n$1\r\nl\r\n$1\r\nx\r\n"

    def test_a_pause_of_writes_does_not_hold_back_readers(self, server: Server) -> None:
        blocked, other = connect(server, "XREAD BLOCK 0 STREAMS s $"), connect(server)
        for line in ("MULTI", "XADD s 1-1 f v", "CLIENT PAUSE 1000 WRITE", "EXEC"):
            ask(other, line)
        assert b"1-1" in blocked.take_output()


class TestMonitor:
    """What MONITOR shows, and whom it concerns."""

    def test_time_and_address(self, server: Server) -> None:
        monitor, client = connect(server, "MONITOR"), server.connect()
        client.address = b"127.0.0.1:4000"
        ask(client, "SELECT 2")
        assert monitor.take_output() == b'+1700000000.000000 [2 127.0.0.1:4000] "SELECT" "2"\r\n'

    def test_clients_of_a_unix_socket(self, server: Server) -> None:
        monitor, client = connect(server, "MONITOR"), server.connect()
        client.address = b"/tmp/stubredis.sock:0"
        ask(client, "PING")
        assert monitor.take_output() == b'+1700000000.000000 [0 unix:/tmp/stubredis.sock] "PING"\r\n'

    def test_gates_are_open_again_when_nobody_watches(self, server: Server) -> None:
        client, monitor = connect(server), connect(server, "MONITOR")
        assert client.gates
        server.disconnect(monitor)
        assert client.gates == 0
        assert server.connect().gates == 0

    def test_a_monitor_is_not_paused(self, server: Server) -> None:
        monitor, other = connect(server, "MONITOR"), connect(server, "CLIENT PAUSE 1000")
        assert b"PONG" in ask(monitor, "PING")
        assert ask(other, "PING") == b""

    def test_flags(self, server: Server) -> None:
        monitor = connect(server, "MONITOR")
        assert b" flags=O " in ask(monitor, "CLIENT INFO")


def test_what_clients_send_is_counted(server: Server) -> None:
    client = server.connect()
    ask(client, "PING")
    client.receive(b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPI")
    client.receive(b"NG\r\n")
    client.take_output()
    assert b" tot-cmds=3\n" in ask(client, "CLIENT INFO")
