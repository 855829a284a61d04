"""HIMPORT by the manual: none of the real servers in the other tests has it."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

OK = b"+OK\r\n"
START = (
    b"HSET h old 1",
    b"PEXPIREAT h 4102444800000",
    b"HSET v a 1",
    b"HPEXPIREAT v 4102444800000 FIELDS 1 a",
    b"SET s x",
)


@pytest.fixture
def witness() -> Witness:
    witness = Witness(START)
    witness.ask(b"HIMPORT PREPARE user name email age")
    return witness


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"HIMPORT PREPARE user a b", OK), (b"HIMPORT PREPARE other a", OK),
        (b'HIMPORT PREPARE "" "" b', OK), (b"himport prepare other a", OK),
        (b"HIMPORT PREPARE dup a b a", b"-ERR duplicate field name in fieldset\r\n"),
        (b"HIMPORT SET k user alice a@x 30", OK), (b"HIMPORT SET h user alice a@x 30", OK),
        (b"HIMPORT SET v user alice a@x 30", OK),
        (b"HIMPORT SET k user alice a@x", b"-ERR value count does not match fieldset field count\r\n"),
        (b"HIMPORT SET k user alice a@x 30 x", b"-ERR value count does not match fieldset field count\r\n"),
        (b"HIMPORT SET k nosuch alice", b"-ERR no such fieldset\r\n"),
        (b"HIMPORT SET k USER a b c", b"-ERR no such fieldset\r\n"),
        (b"HIMPORT SET s user alice a@x 30", b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
        (b"HIMPORT SET s nosuch alice", b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
        (b"HIMPORT DISCARD user", b":1\r\n"), (b"HIMPORT DISCARD nosuch", b":0\r\n"),
        (b"HIMPORT DISCARDALL", b":1\r\n"),
        (b"HIMPORT", b"-ERR wrong number of arguments for 'himport' command\r\n"),
        (b"HIMPORT PREPARE user", b"-ERR wrong number of arguments for 'himport|prepare' command\r\n"),
        (b"HIMPORT SET k user", b"-ERR wrong number of arguments for 'himport|set' command\r\n"),
        (b"HIMPORT DISCARD", b"-ERR wrong number of arguments for 'himport|discard' command\r\n"),
        (b"HIMPORT DISCARD a b", b"-ERR wrong number of arguments for 'himport|discard' command\r\n"),
        (b"HIMPORT DISCARDALL x", b"-ERR wrong number of arguments for 'himport|discardall' command\r\n"),
        (b"HIMPORT NOSUCH", b"-ERR unknown subcommand 'NOSUCH'. Try HIMPORT HELP.\r\n"),
        (b"HIMPORT HELP", b"-ERR unknown subcommand 'HELP'. Try HIMPORT HELP.\r\n"),
        (b"COMMAND GETKEYS HIMPORT SET k user a", b"*1\r\n$1\r\nk\r\n"),
    ],
)  # fmt: skip
def test_one_request(witness: Witness, line: bytes, reply: bytes) -> None:
    assert witness.ask(line) == reply


def test_values_go_to_the_fields_in_the_order_in_which_they_were_named(witness: Witness) -> None:
    witness.ask(b"HIMPORT SET k user alice a@x 30")
    assert dict(witness.client.db.values[b"k"]) == {b"name": b"alice", b"email": b"a@x", b"age": b"30"}
    assert list(witness.client.db.values[b"k"]) == [b"age", b"name", b"email"]


@pytest.mark.parametrize(
    ("line", "events", "propagated"),
    [
        (b"HIMPORT SET k user a b 1", [b"new k", b"hset k"], [b"HSET k age 1 name a email b"]),
        (b"HIMPORT SET h user a b 1", [b"hset h"], [b"UNLINK h", b"HSET h age 1 name a email b"]),
        (b"HIMPORT PREPARE other a", [], []),
        (b"HIMPORT DISCARD user", [], []),
        (b"HIMPORT DISCARDALL", [], []),
    ],
)
def test_effects(witness: Witness, line: bytes, events: list[bytes], propagated: list[bytes]) -> None:
    witness.ask(line)
    assert witness.events == events
    assert witness.propagated == propagated
    assert witness.changes == bool(events)


def test_the_hash_is_new_with_all_that_belongs_to_it(witness: Witness) -> None:
    for key in (b"h", b"v"):
        witness.ask(b"HIMPORT SET %b user alice a@x 30" % key)
        assert witness.ask(b"HMGET %b old name" % key) == b"*2\r\n$-1\r\n$5\r\nalice\r\n"
        assert witness.ask(b"TTL %b" % key) == b":-1\r\n"
        assert witness.ask(b"HTTL %b FIELDS 2 a age" % key) == b"*2\r\n:-2\r\n:-1\r\n"


def test_a_list_of_fields_belongs_to_its_connection(witness: Witness) -> None:
    other = witness.server.connect()
    assert witness.ask(b"HIMPORT SET k user a b 1", other) == b"-ERR no such fieldset\r\n"
    witness.ask(b"SELECT 1")
    assert witness.ask(b"HIMPORT SET k user a b 1") == OK
    witness.ask(b"RESET")
    assert witness.ask(b"HIMPORT SET k user a b 1") == b"-ERR no such fieldset\r\n"


def test_a_list_of_fields_that_is_refused_leaves_the_old_one(witness: Witness) -> None:
    witness.ask(b"HIMPORT PREPARE user a a")
    assert witness.ask(b"HIMPORT SET k user alice a@x 30") == OK
    witness.ask(b"HIMPORT PREPARE user a b")
    assert witness.ask(b"HIMPORT SET k user 1 2") == OK
    witness.ask(b"HIMPORT DISCARD user")
    assert witness.ask(b"HGETALL k") == b"*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n"
