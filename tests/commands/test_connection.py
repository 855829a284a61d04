"""AUTH, HELLO and RESET as the server's state shows them; the replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from stubredis.clock import ManualClock
from stubredis.server import Server
from stubredis.session import Session
from stubredis.versions import COMPATIBLE_WITH


@pytest.fixture
def server() -> Server:
    return Server(clock=ManualClock())


def ask(client: Session, lines: bytes) -> bytes:
    client.receive(lines + b"\r\n")
    return client.take_output()


def test_what_hello_says(server: Server) -> None:
    first, client = server.connect(), server.connect()
    version = COMPATIBLE_WITH.encode()
    assert ask(client, b"HELLO 3") == (
        b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$" + b"%d\r\n%b" % (len(version), version) + b"\r\n"
        b"$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:2\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
        b"$7\r\nmodules\r\n*0\r\n"
    )
    assert (first.resp, client.resp) == (2, 3)


def test_a_password_from_the_start() -> None:
    server = Server(requirepass="secret", clock=ManualClock())
    client = server.connect()
    assert ask(client, b"GET k") == b"-NOAUTH Authentication required.\r\n"
    assert ask(client, b"AUTH default") == b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
    assert ask(client, b"HELLO 3 AUTH default secret SETNAME n").startswith(b"%7\r\n")
    assert (client.authenticated, client.user.name, client.name, client.resp) == (True, b"default", b"n", 3)
    assert ask(client, b"RESET") == b"+RESET\r\n"
    assert (client.authenticated, client.name, client.resp) == (False, b"", 2)
    assert ask(client, b"GET k") == b"-NOAUTH Authentication required.\r\n"


def test_no_long_requests_before_the_password(server: Server) -> None:
    old = server.connect()
    ask(old, b"CONFIG SET requirepass secret")
    new = server.connect()
    long = b"*2\r\n$4\r\nECHO\r\n$20000\r\n" + b"x" * 20000
    assert ask(old, long).startswith(b"$20000\r\n")
    assert ask(new, b"AUTH secret\r\n" + long).startswith(b"+OK\r\n$20000\r\n")
    other = server.connect()
    assert ask(other, long) == b"-ERR Protocol error: unauthenticated bulk length\r\n"
    assert other.closing


def test_reset_of_everything(server: Server) -> None:
    client, other = server.connect(), server.connect()
    ask(client, b"CLIENT SETINFO LIB-NAME lib\r\nCLIENT CAPA redirect\r\nCLIENT NO-EVICT ON\r\nCLIENT NO-TOUCH ON")
    ask(client, b"HELLO 3\r\nSELECT 2\r\nWATCH k\r\nMULTI\r\nSET k v")
    assert ask(client, b"RESET") == b"+RESET\r\n"
    assert not client.in_transaction
    assert not client.watched
    assert not client.no_evict
    assert not client.no_touch
    assert client.db.index == 0
    # What the client library told about itself stays.
    assert (client.library_name, client.capabilities) == (b"lib", b"r")
    ask(client, b"SUBSCRIBE c\r\nPSUBSCRIBE p\r\nSSUBSCRIBE s\r\nRESET")
    assert (client.channels, client.patterns, client.shard_channels) == ({}, {}, {})
    assert ask(other, b"PUBLISH c m") == b":0\r\n"


def test_reset_forgets_watched_keys(server: Server) -> None:
    client, other = server.connect(), server.connect()
    ask(client, b"WATCH k\r\nRESET")
    ask(other, b"SET k v")
    assert ask(client, b"MULTI\r\nPING\r\nEXEC") == b"+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n"


def test_skip_is_for_one_request(server: Server) -> None:
    client = server.connect()
    assert ask(client, b"CLIENT REPLY SKIP\r\nPING\r\nPING") == b"+PONG\r\n"
    assert ask(client, b"CLIENT REPLY SKIP\r\nBLPOP l 0") == b""
    ask(server.connect(), b"RPUSH l x")
    assert client.take_output() == b""
    assert ask(client, b"PING") == b"+PONG\r\n"
