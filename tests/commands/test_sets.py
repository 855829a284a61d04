"""Sets: effects, lookups, random members, scans, and what no released server can be compared for."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from stubredis.errors import SYNTAX, WRONG_TYPE
from tests.commands.witness import Witness

START = (b"SADD a one two three", b"SADD b two three four", b"SADD i 1 2 3", b"SADD lone x", b"SET s string")


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1.
CHANGES = [
    (b"SADD a four", b"sadd a", 1, b"SADD a four"),
    (b"SADD a one x y", b"sadd a", 2, b"SADD a one x y"),
    (b"SADD a one", b"", 0, b""),
    (b"SADD new 1 2", b"new new, sadd new", 2, b"SADD new 1 2"),
    (b"SREM a one x", b"srem a", 1, b"SREM a one x"),
    (b"SREM a one two three", b"srem a, del a", 3, b"SREM a one two three"),
    (b"SREM a x", b"", 0, b""),
    (b"SREM missing x", b"", 0, b""),
    (b"SMOVE a b one", b"srem a, sadd b", 2, b"SMOVE a b one"),
    (b"SMOVE a b two", b"srem a", 1, b"SMOVE a b two"),
    (b"SMOVE a new one", b"srem a, new new, sadd new", 2, b"SMOVE a new one"),
    (b"SMOVE lone new x", b"srem lone, del lone, new new, sadd new", 2, b"SMOVE lone new x"),
    (b"SMOVE lone b x", b"srem lone, del lone, sadd b", 2, b"SMOVE lone b x"),
    (b"SMOVE a a one", b"", 0, b""),
    (b"SMOVE a b x", b"", 0, b""),
    (b"SPOP lone", b"spop lone, del lone", 1, b"SREM lone x"),
    (b"SPOP lone 1", b"spop lone, del lone", 1, b"UNLINK lone"),
    (b"SPOP i 3", b"spop i, del i", 3, b"UNLINK i"),
    (b"SPOP i 5", b"spop i, del i", 3, b"UNLINK i"),
    (b"SPOP a 0", b"", 0, b""),
    (b"SPOP missing", b"", 0, b""),
    (b"SPOP missing 2", b"", 0, b""),
    (b"SINTERSTORE d a b", b"new d, sinterstore d", 1, b"SINTERSTORE d a b"),
    (b"SINTERSTORE a a b", b"sinterstore a", 1, b"SINTERSTORE a a b"),
    (b"SINTERSTORE s a b", b"sinterstore s", 1, b"SINTERSTORE s a b"),
    (b"SINTERSTORE s a missing", b"keymiss missing, del s", 1, b"SINTERSTORE s a missing"),
    (b"SINTERSTORE d a missing", b"keymiss missing", 0, b""),
    (b"SINTERSTORE d a i", b"", 0, b""),
    (b"SINTERSTORE a a i", b"del a", 1, b"SINTERSTORE a a i"),
    (b"SUNIONSTORE d a missing", b"keymiss missing, new d, sunionstore d", 1, b"SUNIONSTORE d a missing"),
    (b"SUNIONSTORE s missing", b"keymiss missing, del s", 1, b"SUNIONSTORE s missing"),
    (b"SDIFFSTORE d a b", b"new d, sdiffstore d", 1, b"SDIFFSTORE d a b"),
    (b"SDIFFSTORE a a a", b"del a", 1, b"SDIFFSTORE a a a"),
    (b"SDIFFSTORE d missing a", b"keymiss missing", 0, b""),
    (b"SINTER a missing", b"keymiss missing", 0, b""),
    (b"SINTERCARD 2 a missing", b"keymiss missing", 0, b""),
    (b"SUNIONCARD 2 a missing", b"keymiss missing", 0, b""),
    (b"SDIFFCARD 2 a missing", b"keymiss missing", 0, b""),
    (b"SMEMBERS missing", b"keymiss missing", 0, b""),
    (b"SISMEMBER missing x", b"keymiss missing", 0, b""),
    (b"SRANDMEMBER missing", b"keymiss missing", 0, b""),
    (b"SSCAN missing 0", b"keymiss missing", 0, b""),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([propagated] if propagated else [])


@pytest.mark.parametrize("line", [b"SPOP a", b"SPOP a 1", b"SPOP a 2"])
def test_popped_members_are_propagated(witness: Witness, line: bytes) -> None:
    members = words(witness.ask(line))
    assert witness.propagated == [b"SREM a " + b" ".join(members)]
    assert witness.events == [b"spop a"]
    assert witness.changes == len(members)


def test_many_popped_members_are_propagated_in_pieces() -> None:
    witness = Witness((sadd(3000),))
    members = words(witness.ask(b"SPOP x 2500"))
    pieces = [piece.split(b" ") for piece in witness.propagated]
    assert [piece[:2] for piece in pieces] == [[b"SREM", b"x"]] * 3
    assert [len(piece) - 2 for piece in pieces] == [1024, 1024, 452]
    assert [member for piece in pieces for member in piece[2:]] == members
    assert (witness.events, witness.changes) == ([b"spop x"], 2500)


def contents(witness: Witness) -> dict[bytes, list[object]]:
    return {key: list(value) for key, value in witness.client.db.values.items()}


@pytest.mark.parametrize(
    "line",
    [
        b"SADD s x", b"SREM s x", b"SMOVE a s one", b"SMOVE s a one",
        b"SPOP a -1", b"SPOP a x", b"SPOP a 1 2", b"SPOP s", b"SPOP s 1",
        b"SINTERSTORE d a s", b"SUNIONSTORE a a s", b"SDIFFSTORE a missing s",
    ],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = {
        key: value if isinstance(value, bytes) else list(value) for key, value in witness.client.db.values.items()
    }
    assert witness.ask(line).startswith(b"-")
    after = {key: value if isinstance(value, bytes) else list(value) for key, value in witness.client.db.values.items()}
    assert before == after
    assert (witness.events, witness.changes) == ([b"keymiss missing"] * (b"missing" in line), 0)


@pytest.mark.parametrize(
    "line",
    [
        b"SISMEMBER a one", b"SMISMEMBER a one x", b"SCARD a", b"SMEMBERS a",
        b"SRANDMEMBER a", b"SRANDMEMBER a 2", b"SSCAN a 0",
        b"SINTER a", b"SUNION a", b"SDIFF a", b"SUNIONSTORE d a",
        b"SINTERCARD 1 a", b"SUNIONCARD 1 a", b"SDIFFCARD 1 a",
    ],
)  # fmt: skip
def test_a_key_is_looked_up_once(witness: Witness, line: bytes) -> None:
    keyspace = witness.server.keyspace
    witness.ask(line)
    witness.ask(line.replace(b" a", b" missing"))
    assert (keyspace.hits, keyspace.misses) == (1, 1)


@pytest.mark.parametrize(
    "line", [b"SMEMBERS i", b"SINTER i", b"SUNION i i", b"SDIFF i", b"SPOP i 3", b"SPOP i 100"]
)  # fmt: skip
def test_sets_in_resp3(witness: Witness, line: bytes) -> None:
    witness.ask(b"HELLO 3")
    assert witness.ask(line) == b"~3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n"
    assert witness.ask(line.replace(b" i", b" missing")) == b"~0\r\n"


# SUNIONCARD and SDIFFCARD


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b"SUNIONCARD 2 a b", 4), (b"SUNIONCARD 1 a", 3), (b"SUNIONCARD 3 a b i", 7), (b"SUNIONCARD 2 a a", 3),
        (b"SUNIONCARD 2 a missing", 3), (b"SUNIONCARD 1 missing", 0), (b"SUNIONCARD 2 a b LIMIT 2", 2),
        (b"SUNIONCARD 2 a b limit 0", 4), (b"SUNIONCARD 2 a b LIMIT 10", 4), (b"SUNIONCARD 2 a b LIMIT 4", 4),
        (b"SUNIONCARD 2 a b APPROX", 4), (b"SUNIONCARD 2 a b approx LIMIT 3", 3),
        (b"SUNIONCARD 2 a b LIMIT 3 APPROX", 3), (b"SUNIONCARD 2 a b LIMIT 3 LIMIT 1", 1),
        (b"SUNIONCARD 1 missing LIMIT 1", 0), (b"SDIFFCARD 2 a b", 1), (b"SDIFFCARD 1 a", 3), (b"SDIFFCARD 2 b a", 1),
        (b"SDIFFCARD 2 a a", 0), (b"SDIFFCARD 2 missing a", 0), (b"SDIFFCARD 3 a missing i", 3),
        (b"SDIFFCARD 3 a missing i LIMIT 2", 2), (b"SDIFFCARD 2 a b LIMIT 0", 1), (b"SDIFFCARD 1 a limit 9", 3),
    ],
)  # fmt: skip
def test_counts(witness: Witness, line: bytes, count: int) -> None:
    assert witness.ask(line) == b":%d\r\n" % count


def test_a_limited_count_of_a_difference_that_is_copied() -> None:
    witness = Witness((sadd(100), *(b"SADD k%d m0" % number for number in range(5))))
    assert witness.ask(b"SDIFFCARD 6 x k0 k1 k2 k3 k4") == b":99\r\n"
    assert witness.ask(b"SDIFFCARD 6 x k0 k1 k2 k3 k4 LIMIT 7") == b":7\r\n"


NUMKEYS = b"ERR numkeys should be greater than 0"
TOO_MANY = b"ERR Number of keys can't be greater than number of args"
NEGATIVE = b"ERR LIMIT can't be negative"


@pytest.mark.parametrize("name", [b"SINTERCARD", b"SUNIONCARD", b"SDIFFCARD"])
@pytest.mark.parametrize(
    ("words", "error"),
    [
        (b"0 a", NUMKEYS), (b"-1 a", NUMKEYS), (b"x a", NUMKEYS), (b"2 a", TOO_MANY),
        (b"1 a b", SYNTAX), (b"1 a LIMIT", SYNTAX), (b"1 a LIMIT -1", NEGATIVE), (b"1 a LIMIT x", NEGATIVE),
        (b"1 s LIMIT x", NEGATIVE), (b"1 s", WRONG_TYPE), (b"2 missing s", WRONG_TYPE), (b"2 s missing", WRONG_TYPE),
    ],
)  # fmt: skip
def test_refused_counts(witness: Witness, name: bytes, words: bytes, error: bytes) -> None:
    assert witness.ask(b"%b %b" % (name, words)) == b"-%b\r\n" % error


def test_a_difference_is_not_approximated(witness: Witness) -> None:
    assert witness.ask(b"SDIFFCARD 2 a b APPROX") == b"-ERR syntax error\r\n"


# Choosing at random


def words(reply: bytes) -> list[bytes]:
    """Return the bulks of a reply: an array of short ones, or a single one."""
    return reply.split(b"\r\n")[2 if reply.startswith(b"*") else 1 :: 2]


def test_all_members_are_chosen_equally_often() -> None:
    random.seed(1)
    witness = Witness((b"SADD x a b c",))
    chosen = Counter(words(witness.ask(b"SRANDMEMBER x -3000")))
    assert chosen.keys() == {b"a", b"b", b"c"}
    # The standard deviation of each count is 26.
    assert all(abs(count - 1000) < 160 for count in chosen.values())


def test_more_repetitions_than_fit_in_memory_are_refused(witness: Witness) -> None:
    assert witness.ask(b"SRANDMEMBER a -10000001") == b"-ERR value is out of range\r\n"


# Scanning


def sadd(count: int, prefix: bytes = b"m") -> bytes:
    return b"SADD x " + b" ".join(b"%b%d" % (prefix, number) for number in range(count))


def scan(witness: Witness, cursor: bytes) -> tuple[bytes, list[bytes]]:
    found = witness.ask(b"SSCAN x %b COUNT 7" % cursor).split(b"\r\n")
    return found[2], found[5::2]


@pytest.mark.parametrize("line", [sadd(128), sadd(512, prefix=b"")])
def test_a_small_set_is_scanned_at_once(line: bytes) -> None:
    witness = Witness((line,))
    cursor, found = scan(witness, b"0")
    assert cursor == b"0"
    assert set(found) == set(line.split(b" ")[2:])


def test_a_large_set_is_scanned_in_steps() -> None:
    witness = Witness((sadd(129),))
    cursor, found = scan(witness, b"0")
    assert len(found) == 7
    witness.ask(sadd(1000, prefix=b"new"))
    witness.ask(b"SREM x m0")
    while cursor != b"0":
        cursor, more = scan(witness, cursor)
        found += more
    assert set(found) >= {b"m%d" % number for number in range(1, 129)}


def test_a_set_that_was_large_once_is_scanned_in_steps() -> None:
    witness = Witness((sadd(200),))
    witness.ask(b"SREM x " + b" ".join(b"m%d" % number for number in range(180)))
    cursor, found = scan(witness, b"0")
    assert cursor != b"0"
    assert len(found) == 7
