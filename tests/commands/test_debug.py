"""DEBUG: who may use it, and what it does to a server."""

from __future__ import annotations

import logging

import pytest

import stubredis
from stubredis.command import REGISTRY
from tests.commands.witness import Witness

REFUSED = b'-ERR DEBUG command not allowed. If the enable-debug-command option is set to "local"'


@pytest.fixture
def witness() -> Witness:
    witness = Witness()
    witness.server.config.enable_debug_command = "yes"
    return witness


@pytest.mark.parametrize(
    ("option", "address", "allowed"),
    [
        ("no", b"127.0.0.1:5000", False),
        ("yes", b"10.0.0.1:5000", True),
        ("local", b"10.0.0.1:5000", False),
        ("local", b"127.0.0.1:5000", True),
        ("local", b"[::1]:5000", True),
        ("local", b"[2001:db8::1]:5000", False),
        ("local", b"/tmp/stubredis.sock:0", True),
        ("local", b"", True),
    ],
)
def test_who_may_use_it(option: str, address: bytes, allowed: bool) -> None:
    client = stubredis.Server(enable_debug_command=option).connect()
    client.address = address
    client.receive(b"DEBUG SLEEP 0\r\n")
    reply = client.take_output()
    assert reply == b"+OK\r\n" if allowed else reply.startswith(REFUSED)


def test_sleep_lets_the_time_of_the_server_pass(witness: Witness) -> None:
    before = witness.clock.now()
    for seconds in (b"0.25", b"1e-1", b"x", b"-5", b"0.0004", b"0.0006"):
        assert witness.ask(b"DEBUG SLEEP " + seconds) == b"+OK\r\n"
    assert witness.clock.now() - before == 351


def test_active_expiry_can_be_switched_off(witness: Witness) -> None:
    witness.ask(b"DEBUG SET-ACTIVE-EXPIRE 0")
    witness.ask(b"SET k v PX 100")
    witness.elapse(1000)
    assert b"k" in witness.server.keyspace.databases[0].values
    assert witness.ask(b"GET k") == b"$-1\r\n", "it expires nevertheless"
    witness.ask(b"SET k v PX 100")
    witness.elapse(1000)
    witness.ask(b"DEBUG SET-ACTIVE-EXPIRE 1")
    witness.elapse(1)
    assert b"k" not in witness.server.keyspace.databases[0].values


def test_periodic_work_can_be_stopped(witness: Witness) -> None:
    witness.ask(b"CONFIG SET timeout 1")
    witness.ask(b"DEBUG PAUSE-CRON 1")
    witness.ask(b"SET k v PX 100")
    witness.elapse(10_000)
    assert b"k" in witness.server.keyspace.databases[0].values
    assert not witness.client.closing
    witness.ask(b"DEBUG PAUSE-CRON 0")
    witness.elapse(3000)
    assert b"k" not in witness.server.keyspace.databases[0].values
    assert witness.client.closing


def test_reload_keeps_everything(witness: Witness) -> None:
    for line in (
        b"SET string v", b"SET volatile 1 EX 100", b"RPUSH list a b", b"SADD set 1 2", b"ZADD zset 1 a",
        b"HSET hash f v g w", b"HEXPIRE hash 100 FIELDS 1 f", b"XADD stream 1-1 a b",
        b"XGROUP CREATE stream group 0", b"VADD vectors VALUES 2 1 2 m",
    ):  # fmt: skip
        assert not witness.ask(line).startswith(b"-"), line
    looks = (b"DEBUG DIGEST", b"TTL volatile", b"HTTL hash FIELDS 2 f g")
    before = [witness.ask(look) for look in looks]
    assert witness.ask(b"DEBUG RELOAD") == b"+OK\r\n"
    assert [witness.ask(look) for look in looks] == before
    assert witness.ask(b"VCARD vectors") == b":1\r\n"
    assert witness.ask(b"DEBUG RELOAD NOSAVE NOFLUSH").startswith(b"-ERR Error trying to load the RDB dump")
    witness.elapse(101_000)
    assert witness.ask(b"HLEN hash") == b":1\r\n", "its fields expire as before"


def test_reload_lets_transactions_fail(witness: Witness) -> None:
    witness.ask(b"SET k v")
    for line in (b"WATCH k", b"DEBUG RELOAD", b"MULTI", b"PING"):
        witness.ask(line)
    assert witness.ask(b"EXEC") == b"*-1\r\n"


def test_populate_is_neither_propagated_nor_counted(witness: Witness) -> None:
    witness.ask(b"DEBUG POPULATE 3")
    assert (witness.propagated, witness.changes) == ([], 0)
    assert witness.events == [b"new key:0", b"new key:1", b"new key:2"]


def test_replicate(witness: Witness) -> None:
    witness.ask(b"DEBUG REPLICATE SET a b")
    assert witness.propagated == [b"SET a b"]
    assert witness.ask(b"GET a") == b"$-1\r\n"


def test_log(witness: Witness, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("stubredis")
    logger.addHandler(caplog.handler)
    try:
        witness.ask(b'DEBUG LOG "hello \\xff"')
    finally:
        logger.removeHandler(caplog.handler)
    assert "DEBUG LOG: hello \\xff" in caplog.text


def test_errors_on_demand_are_not_counted(witness: Witness) -> None:
    assert witness.ask(b'DEBUG ERROR "WRONG way"') == b"-WRONG way\r\n"
    assert witness.server.stats.errors == {}


def test_another_replication_id(witness: Witness) -> None:
    before = witness.server.replication_id
    witness.ask(b"DEBUG CHANGE-REPL-ID")
    assert witness.server.replication_id != before


def test_statistics_of_tables(witness: Witness) -> None:
    witness.ask(b"SET k v EX 10")
    witness.ask(b"SADD set a " + b"x" * 100)
    assert witness.ask(b"DEBUG HTSTATS 0").count(b"number of elements") == 2
    assert b" number of elements: 2\n" in witness.ask(b"DEBUG HTSTATS-KEY set FULL")


@pytest.mark.parametrize(("pattern", "expected"), [(b"h?llo", b":1\r\n"), (b"h[^e]llo", b":0\r\n")])
def test_stringmatch_len(witness: Witness, pattern: bytes, expected: bytes) -> None:
    assert witness.ask(b"DEBUG STRINGMATCH-LEN " + pattern + b" hello") == expected


@pytest.mark.parametrize("name", ["DEBUG", "SLOWLOG", "COMMANDLOG", "LATENCY", "MODULE"])
def test_help(witness: Witness, name: str) -> None:
    """It names every subcommand."""
    reply = witness.ask(f"{name} HELP".encode())
    assert reply.startswith(b"*")
    for subcommand in REGISTRY[name.lower()].subcommands or [b"sleep", b"object", b"reload", b"help"]:
        assert b"\r\n+" + subcommand.upper() in reply


def test_there_is_no_append_only_file(witness: Witness) -> None:
    assert witness.ask(b"BGREWRITEAOF") == b"-ERR This server has no append-only file\r\n"
    assert witness.ask(b"LASTSAVE") == b":%d\r\n" % (witness.server.started_at // 1000)


def test_this_server_is_no_replica(witness: Witness) -> None:
    assert witness.ask(b"REPLICAOF host 6379") == b"-ERR This server cannot be a replica\r\n"
    assert witness.ask(b"ROLE") == b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"


def test_lolwut_has_the_wanted_size(witness: Witness) -> None:
    picture = witness.ask(b"LOLWUT VERSION 5 7 3").decode().split("\r\n")[1].split("\n")
    assert [len(line) for line in picture[:3]] == [7, 7, 7]
    assert set("".join(picture[:3])) <= {"\u2571", "\u2572"}
    assert stubredis.__version__ in picture[-2]
