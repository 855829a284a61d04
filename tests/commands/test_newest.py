"""Commands and options that no real server in the tests has: what they do according to the manual of Redis."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

FAR = 1_700_000_100_000
"""A hundred seconds after the start of the manual clock, in milliseconds."""
HELLO = b"9555e8555c62dcfd"
OTHER = b"0123456789abcdef"
NULL, OK, NONE, ONE = b"$-1", b"+OK", b":0", b":1"
BAD_DIGEST = b"-ERR must be exactly 16 hexadecimal characters"
WRONG_TYPE = b"-WRONGTYPE Operation against a key holding the wrong kind of value"
SYNTAX = b"-ERR syntax error"

START = (
    b"SET k hello",
    b"SET n 10",
    b"SET t 10 PXAT 4102444800000",
    b"RPUSH l a b c d",
    b"RPUSH m x y",
    b"RPUSH one z",
)

Row = tuple[bytes, bytes, bytes, bytes]

COMPARING: list[Row] = [
    (b"DIGEST k", b"$16\r\n" + HELLO, b"", b""),
    (b"DIGEST missing", NULL, b"keymiss missing", b""),
    (b"DIGEST l", WRONG_TYPE, b"", b""),
    (b"SET k v IFNE other", OK, b"set k", b"SET k v IFNE other"),
    (b"SET k v IFNE hello", NULL, b"", b""),
    (b"SET new v IFNE hello", OK, b"new new, set new", b"SET new v IFNE hello"),
    (b"SET l v IFNE hello", WRONG_TYPE, b"", b""),
    (b"SET k v ifdeq " + HELLO, OK, b"set k", b"SET k v ifdeq " + HELLO),
    (b"SET k v IFDEQ " + HELLO.upper(), OK, b"set k", b"SET k v IFDEQ " + HELLO.upper()),
    (b"SET k v IFDEQ " + OTHER, NULL, b"", b""),
    (b"SET k v IFDEQ x", BAD_DIGEST, b"", b""),
    (b"SET k v IFDEQ zzzzzzzzzzzzzzzz", NULL, b"", b""),
    (b"SET new v IFDEQ x", NULL, b"", b""),
    (b"SET l v IFDEQ x", WRONG_TYPE, b"", b""),
    (b"SET k v IFDNE " + OTHER, OK, b"set k", b"SET k v IFDNE " + OTHER),
    (b"SET k v IFDNE " + HELLO, NULL, b"", b""),
    (b"SET k v IFDNE 1", BAD_DIGEST, b"", b""),
    (b"SET new v IFDNE 1", OK, b"new new, set new", b"SET new v IFDNE 1"),
    (b"SET k v IFNE other GET", b"$5\r\nhello", b"set k", b"SET k v"),
    (b"SET k v IFNE hello GET", b"$5\r\nhello", b"", b""),
    (b"SET new v IFDNE 1 GET", NULL, b"keymiss new, new new, set new", b"SET new v"),
    (b"SET k v IFDEQ " + HELLO + b" EX 100", OK, b"set k, expire k", b"SET k v PXAT %d" % FAR),
    (b"SET k v IFNE", SYNTAX, b"", b""),
    (b"SET k v IFNE a NX", SYNTAX, b"", b""),
    (b"SET k v XX IFDNE a", SYNTAX, b"", b""),
    (b"SET k v IFEQ hello IFNE other", SYNTAX, b"", b""),
    (b"DELEX k", ONE, b"del k", b"DEL k"),
    (b"DELEX l", ONE, b"del l", b"DEL l"),
    (b"DELEX missing", NONE, b"", b""),
    (b"DELEX k IFEQ hello", ONE, b"del k", b"DEL k"),
    (b"DELEX k ifeq other", NONE, b"", b""),
    (b"DELEX k IFNE other", ONE, b"del k", b"DEL k"),
    (b"DELEX k IFNE hello", NONE, b"", b""),
    (b"DELEX k IFDEQ " + HELLO, ONE, b"del k", b"DEL k"),
    (b"DELEX k IFDEQ " + OTHER, NONE, b"", b""),
    (b"DELEX k IFDNE " + OTHER, ONE, b"del k", b"DEL k"),
    (b"DELEX k IFDNE " + HELLO, NONE, b"", b""),
    (b"DELEX k IFDNE 1", BAD_DIGEST, b"", b""),
    (b"DELEX missing IFNE x", NONE, b"", b""),
    (b"DELEX missing IFDNE 1", NONE, b"", b""),
    (b"DELEX l IFEQ x", b"-ERR Key should be of string type if conditions are specified", b"", b""),
    (b"DELEX k FOO x", b"-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE", b"", b""),
    (b"DELEX k IFEQ", b"-ERR wrong number of arguments for 'delex' command", b"", b""),
    (b"DELEX missing IFEQ a b", b"-ERR wrong number of arguments for 'delex' command", b"", b""),
]


def pair(first: object, second: object) -> bytes:
    """A reply of two integers, or of two bulks where they are given as text."""
    elements = [
        b":%d" % element if isinstance(element, int) else b"$%d\r\n%b" % (len(str(element)), str(element).encode())
        for element in (first, second)
    ]
    return b"*2\r\n" + b"\r\n".join(elements)


MAX, MIN = 2**63 - 1, -(2**63)
INCREX: list[Row] = [
    (b"INCREX n", pair(11, 1), b"incrby n", b"SET n 11 KEEPTTL"),
    (b"INCREX new", pair(1, 1), b"new new, incrby new", b"SET new 1 KEEPTTL"),
    (b"INCREX t", pair(11, 1), b"incrby t", b"SET t 11 KEEPTTL"),
    (b"INCREX n BYINT -15", pair(-5, -15), b"incrby n", b"SET n -5 KEEPTTL"),
    (b"INCREX n BYINT 0", pair(10, 0), b"incrby n", b"SET n 10 KEEPTTL"),
    (b"INCREX n byfloat 0.25", pair("10.25", "0.25"), b"incrbyfloat n", b"SET n 10.25 KEEPTTL"),
    (b"INCREX new BYFLOAT -1e3", pair("-1000", "-1000"), b"new new, incrbyfloat new", b"SET new -1000 KEEPTTL"),
    (b"INCREX k", b"-ERR value is not an integer or out of range", b"", b""),
    (b"INCREX k BYFLOAT 1", b"-ERR value is not a valid float", b"", b""),
    (b"INCREX l", WRONG_TYPE, b"", b""),
    (b"INCREX l BYFLOAT 1", WRONG_TYPE, b"", b""),
    # Bounds
    (b"INCREX n BYINT 5 UBOUND 15", pair(15, 5), b"incrby n", b"SET n 15 KEEPTTL"),
    (b"INCREX n BYINT 6 UBOUND 15", pair(10, 0), b"", b""),
    (b"INCREX n BYINT 6 UBOUND 15 SATURATE", pair(15, 5), b"incrby n", b"SET n 15 KEEPTTL"),
    (b"INCREX n BYINT -20 LBOUND 0", pair(10, 0), b"", b""),
    (b"INCREX n SATURATE LBOUND 0 BYINT -20", pair(0, -10), b"incrby n", b"SET n 0 KEEPTTL"),
    (b"INCREX n BYINT 5 UBOUND 3", pair(10, 0), b"", b""),
    (b"INCREX n BYINT 5 UBOUND 3 SATURATE", pair(3, -7), b"incrby n", b"SET n 3 KEEPTTL"),
    (b"INCREX n BYINT -8 UBOUND 3", pair(2, -8), b"incrby n", b"SET n 2 KEEPTTL"),
    (b"INCREX n LBOUND 20 SATURATE", pair(20, 10), b"incrby n", b"SET n 20 KEEPTTL"),
    (b"INCREX new BYINT 5 LBOUND 10", pair(0, 0), b"", b""),
    (b"INCREX new UBOUND 0 SATURATE", pair(0, 0), b"new new, incrby new", b"SET new 0 KEEPTTL"),
    (b"INCREX n BYINT %d" % MAX, pair(10, 0), b"", b""),
    (b"INCREX n BYINT %d SATURATE" % MAX, pair(MAX, MAX - 10), b"incrby n", b"SET n %d KEEPTTL" % MAX),
    (b"INCREX n SATURATE UBOUND %d" % MIN, b"-ERR applied increment would overflow", b"", b""),
    (b"INCREX n LBOUND 5 UBOUND 4", b"-ERR LBOUND can't be greater than UBOUND", b"", b""),
    (b"INCREX n BYFLOAT 10 UBOUND 15.5", pair("10", "0"), b"", b""),
    (b"INCREX n BYFLOAT 10 UBOUND 15.5 SATURATE", pair("15.5", "5.5"), b"incrbyfloat n", b"SET n 15.5 KEEPTTL"),
    (b"INCREX n BYFLOAT -1.5 LBOUND 9 SATURATE", pair("9", "-1"), b"incrbyfloat n", b"SET n 9 KEEPTTL"),
    (b"INCREX n BYFLOAT 1 LBOUND -inf UBOUND +inf", pair("11", "1"), b"incrbyfloat n", b"SET n 11 KEEPTTL"),
    (b"INCREX n BYFLOAT 1 LBOUND inf", b"-ERR LBOUND can't be greater than UBOUND", b"", b""),
    (b"INCREX n BYFLOAT 1 UBOUND -inf", b"-ERR LBOUND can't be greater than UBOUND", b"", b""),
    (b"INCREX n BYFLOAT 1 LBOUND inf UBOUND inf", pair("10", "0"), b"", b""),
    (b"INCREX n BYFLOAT 1 LBOUND inf UBOUND inf SATURATE", b"-ERR applied increment would be Infinity", b"", b""),
    (b"INCREX n BYFLOAT inf", b"-ERR BYFLOAT increment cannot be Infinity", b"", b""),
    (b"INCREX n BYFLOAT -inf", b"-ERR BYFLOAT increment cannot be Infinity", b"", b""),
    # Time to live
    (b"INCREX n EX 100", pair(11, 1), b"incrby n, expire n", b"SET n 11 PXAT %d" % FAR),
    (b"INCREX t PX 100000", pair(11, 1), b"incrby t, expire t", b"SET t 11 PXAT %d" % FAR),
    (b"INCREX n PXAT 4102444800000", pair(11, 1), b"incrby n, expire n", b"SET n 11 PXAT 4102444800000"),
    (b"INCREX n EX 100 ENX", pair(11, 1), b"incrby n, expire n", b"SET n 11 PXAT %d" % FAR),
    (b"INCREX t ENX EX 100", pair(11, 1), b"incrby t", b"SET t 11 KEEPTTL"),
    (b"INCREX t PERSIST", pair(11, 1), b"incrby t, persist t", b"SET t 11"),
    (b"INCREX n PERSIST", pair(11, 1), b"incrby n", b"SET n 11 KEEPTTL"),
    (b"INCREX n EXAT 1", pair(11, 1), b"del n", b"UNLINK n"),
    (b"INCREX new EXAT 1", pair(1, 1), b"", b""),
    (b"INCREX t EXAT 1 ENX", pair(11, 1), b"incrby t", b"SET t 11 KEEPTTL"),
    (b"INCREX n BYINT 9 UBOUND 5 EX 100", pair(10, 0), b"", b""),
    (b"INCREX n BYINT 9 UBOUND 12 SATURATE EX 100", pair(12, 2), b"incrby n, expire n", b"SET n 12 PXAT %d" % FAR),
    (b"INCREX n EX 0", b"-ERR invalid expire time in 'increx' command", b"", b""),
    (b"INCREX n EX x", b"-ERR value is not an integer or out of range", b"", b""),
    # Words
    (b"INCREX n FOO", SYNTAX, b"", b""),
    (b"INCREX n BYINT", SYNTAX, b"", b""),
    (b"INCREX n LBOUND", SYNTAX, b"", b""),
    (b"INCREX n BYINT 1 BYFLOAT 1", SYNTAX, b"", b""),
    (b"INCREX n BYINT 1 BYINT 1", SYNTAX, b"", b""),
    (b"INCREX n UBOUND 1 UBOUND 1", SYNTAX, b"", b""),
    (b"INCREX n SATURATE SATURATE", SYNTAX, b"", b""),
    (b"INCREX n EX 1 PX 1", SYNTAX, b"", b""),
    (b"INCREX n EX 1 PERSIST", SYNTAX, b"", b""),
    (b"INCREX n ENX PERSIST", SYNTAX, b"", b""),
    (b"INCREX n PERSIST ENX", SYNTAX, b"", b""),
    (b"INCREX n ENX ENX EX 1", SYNTAX, b"", b""),
    (b"INCREX n ENX", b"-ERR ENX flag requires an expiration", b"", b""),
    (b"INCREX n BYINT 1.5", b"-ERR Increment is not an integer or out of range", b"", b""),
    (b"INCREX n BYFLOAT x", b"-ERR Increment is not a valid float", b"", b""),
    (b"INCREX n LBOUND x", b"-ERR LBOUND is not an integer or out of range", b"", b""),
    (b"INCREX n UBOUND 1.5", b"-ERR UBOUND is not an integer or out of range", b"", b""),
    (b"INCREX n UBOUND x BYFLOAT 1", b"-ERR UBOUND is not a valid float", b"", b""),
]


def array(*elements: bytes) -> bytes:
    return b"*%d\r\n" % len(elements) + b"\r\n".join(b"$%d\r\n%b" % (len(element), element) for element in elements)


NULL_ARRAY = b"*-1"
BAD_COUNT = b"-ERR count should be greater than 0"
MOVING: list[Row] = [
    (b"LMOVEM l m LEFT LEFT", array(b"a"), b"lpush m, lpop l", b"LMOVEM l m LEFT LEFT"),
    (b"LMOVEM one new LEFT right", array(b"z"), b"new new, rpush new, lpop one, del one", b"LMOVEM one new LEFT right"),
    (b"LMOVEM missing m LEFT LEFT", NULL_ARRAY, b"", b""),
    (b"LMOVEM missing k LEFT LEFT COUNT 3 OBO", NULL_ARRAY, b"", b""),
    (b"LMOVEM l m LEFT LEFT EXACTLY 5 OBO", NULL_ARRAY, b"", b""),
    (b"LMOVEM l k LEFT LEFT EXACTLY 5 OBO", NULL_ARRAY, b"", b""),
    (b"LMOVEM k m LEFT LEFT", WRONG_TYPE, b"", b""),
    (b"LMOVEM l k LEFT LEFT COUNT 2 BULK", WRONG_TYPE, b"", b""),
    (b"LMOVEM l m LEFT LEFT COUNT 0 BULK", BAD_COUNT, b"", b""),
    (b"LMOVEM l m LEFT LEFT EXACTLY -1 BULK", BAD_COUNT, b"", b""),
    (b"LMOVEM l m LEFT LEFT COUNT x BULK", BAD_COUNT, b"", b""),
    (b"LMOVEM l m LEFT UP", SYNTAX, b"", b""),
    (b"LMOVEM l m LEFT LEFT COUNT 2", SYNTAX, b"", b""),
    (b"LMOVEM l m LEFT LEFT BULK", SYNTAX, b"", b""),
    (b"LMOVEM l m LEFT LEFT COUNT 2 OTHER", SYNTAX, b"", b""),
    (b"LMOVEM l m LEFT LEFT MOST 2 OBO", SYNTAX, b"", b""),
    (b"LMOVEM l m LEFT", b"-ERR wrong number of arguments for 'lmovem' command", b"", b""),
    (b"LMOVEM l m LEFT LEFT COUNT 2 OBO x", SYNTAX, b"", b""),
    (b"BLMOVEM l m LEFT LEFT 0", array(b"a"), b"lpush m, lpop l", b"LMOVEM l m LEFT LEFT EXACTLY 1 BULK"),
    (b"BLMOVEM l m RIGHT LEFT 0 count 9 obo", array(b"a", b"b", b"c", b"d"), b"lpush m, rpop l, del l",
     b"LMOVEM l m RIGHT LEFT EXACTLY 4 OBO"),
    (b"BLMOVEM l m LEFT LEFT x", b"-ERR timeout is not a float or out of range", b"", b""),
    (b"BLMOVEM l m LEFT LEFT -1", b"-ERR timeout is negative", b"", b""),
    (b"BLMOVEM l m LEFT LEFT 0 COUNT 0 OBO", BAD_COUNT, b"", b""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "reply", "events", "propagated"), [*COMPARING, *INCREX, *MOVING], ids=lambda value: str(value)[2:-1]
)
def test_one_request(line: bytes, reply: bytes, events: bytes, propagated: bytes) -> None:
    witness = Witness(START)
    assert witness.ask(line) == reply + b"\r\n"
    assert b", ".join(witness.events) == events
    assert witness.propagated == ([propagated] if propagated else [])


def test_numbers_have_their_own_types_in_resp3() -> None:
    witness = Witness((b"HELLO 3", b"SET n 1"))
    assert witness.ask(b"INCREX n BYFLOAT 0.5") == b"*2\r\n,1.5\r\n,0.5\r\n"
    assert witness.ask(b"INCREX n BYFLOAT 1 UBOUND 1") == b"*2\r\n,1.5\r\n,0\r\n"
    assert witness.ask(b"INCREX i UBOUND 1") == b"*2\r\n:1\r\n:1\r\n"


def test_a_number_that_is_infinite_or_was_changed_in_place() -> None:
    witness = Witness((b"SET infinite -inf", b"SET n 1", b"APPEND n 2", b"APPEND n 3"))
    assert witness.ask(b"INCREX infinite BYFLOAT 1") == b"-ERR value cannot be Infinity\r\n"
    assert witness.ask(b"DIGEST n") == b"$16\r\n404a763b3f4c8c9a\r\n"
    assert witness.ask(b"DELEX n IFNE 123") == b":0\r\n"
    assert witness.ask(b"INCREX n") == pair(124, 1) + b"\r\n"


def test_a_window_of_a_rate_limiter() -> None:
    witness = Witness()
    replies = [witness.ask(b"INCREX hits UBOUND 2 PX 1000 ENX") for _ in range(3)]
    assert replies == [pair(1, 1) + b"\r\n", pair(2, 1) + b"\r\n", pair(2, 0) + b"\r\n"]
    witness.elapse(1001)
    assert witness.ask(b"INCREX hits UBOUND 2 PX 1000 ENX") == pair(1, 1) + b"\r\n"


# Ends and orders of LMOVEM

ORDERS = {
    (b"LEFT LEFT", b"OBO"): (b"ba", b"cd", b"baxy"),
    (b"LEFT LEFT", b"BULK"): (b"ab", b"cd", b"abxy"),
    (b"LEFT RIGHT", b"OBO"): (b"ab", b"cd", b"xyab"),
    (b"LEFT RIGHT", b"BULK"): (b"ab", b"cd", b"xyab"),
    (b"RIGHT LEFT", b"OBO"): (b"cd", b"ab", b"cdxy"),
    (b"RIGHT LEFT", b"BULK"): (b"cd", b"ab", b"cdxy"),
    (b"RIGHT RIGHT", b"OBO"): (b"dc", b"ab", b"xydc"),
    (b"RIGHT RIGHT", b"BULK"): (b"cd", b"ab", b"xycd"),
}
SAME_LIST = {
    (b"LEFT LEFT", b"OBO"): b"bacd",
    (b"LEFT LEFT", b"BULK"): b"abcd",
    (b"LEFT RIGHT", b"BULK"): b"cdab",
    (b"RIGHT RIGHT", b"OBO"): b"abdc",
}


def elements(text: bytes) -> bytes:
    return array(*(text[place : place + 1] for place in range(len(text)))) + b"\r\n"


@pytest.mark.parametrize("selector", [b"COUNT", b"EXACTLY"])
@pytest.mark.parametrize(("ends", "order"), ORDERS)
def test_elements_arrive_in_order(selector: bytes, ends: bytes, order: bytes) -> None:
    moved, source, destination = ORDERS[ends, order]
    witness = Witness(START)
    assert witness.ask(b"LMOVEM l m %b %b 2 %b" % (ends, selector, order)) == elements(moved)
    assert witness.ask(b"LRANGE l 0 -1") == elements(source)
    assert witness.ask(b"LRANGE m 0 -1") == elements(destination)
    assert witness.changes == 2


@pytest.mark.parametrize(("ends", "order"), SAME_LIST)
def test_source_and_destination_may_be_one_list(ends: bytes, order: bytes) -> None:
    witness = Witness(START)
    witness.ask(b"LMOVEM l l %b COUNT 2 %b" % (ends, order))
    assert witness.ask(b"LRANGE l 0 -1") == elements(SAME_LIST[ends, order])
    witness.ask(b"LMOVEM one one LEFT RIGHT COUNT 9 BULK")
    assert witness.ask(b"LRANGE one 0 -1") == elements(b"z")


# Waiting for elements


def test_a_batch_of_any_size_waits_for_one_element() -> None:
    witness = Witness()
    waiting = witness.server.connect()
    assert witness.ask(b"BLMOVEM l m LEFT RIGHT 0 COUNT 5 BULK", waiting) == b""
    witness.ask(b"RPUSH l a b")
    assert waiting.take_output() == elements(b"ab")
    assert witness.propagated == [b"RPUSH l a b", b"LMOVEM l m LEFT RIGHT EXACTLY 2 BULK"]


def test_an_exact_batch_waits_until_all_are_there_and_lets_others_go_first() -> None:
    witness = Witness((b"RPUSH l a",))
    large, small = witness.server.connect(), witness.server.connect()
    assert witness.ask(b"BLMOVEM l m LEFT RIGHT 0 EXACTLY 4 BULK", large) == b""
    assert witness.ask(b"BLMOVEM l m LEFT RIGHT 0 EXACTLY 2 BULK", small) == b""
    witness.ask(b"RPUSH l b")
    assert (large.take_output(), small.take_output()) == (b"", elements(b"ab"))
    witness.ask(b"RPUSH l c d")
    witness.ask(b"LINSERT l BEFORE d x")
    assert large.take_output() == b""
    witness.ask(b"RPUSH l e")
    assert large.take_output() == elements(b"cxde")


def test_the_waiting_ends_at_the_timeout() -> None:
    witness = Witness((b"RPUSH l a",))
    waiting = witness.server.connect()
    witness.ask(b"BLMOVEM l m LEFT RIGHT 0.1 EXACTLY 2 BULK", waiting)
    witness.elapse(100)
    assert waiting.take_output() == b"*-1\r\n"
    assert witness.ask(b"LRANGE l 0 -1") == elements(b"a")


def test_nobody_waits_in_a_transaction() -> None:
    witness = Witness((b"RPUSH l a", b"MULTI", b"BLMOVEM l m LEFT RIGHT 0 EXACTLY 2 BULK"))
    assert witness.ask(b"EXEC") == b"*1\r\n*-1\r\n"
