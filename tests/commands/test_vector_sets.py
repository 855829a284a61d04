"""Vector sets: effects, lookups, random elements, neighbours, and what no real server can be compared for."""

from __future__ import annotations

import random

import pytest

from stubredis.errors import WRONG_TYPE
from tests.commands.witness import Witness

START = (
    b"VADD v VALUES 2 1 2 a",
    b"VADD v VALUES 2 2 1 b SETATTR {}",
    b"VADD v VALUES 2 -1 1 c",
    b"VADD lone VALUES 2 1 2 a",
    b"SET s string",
)


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events and the count of changes of Redis 8.2, but for another vector of an element,
# which it forgets to propagate.
CHANGES = [
    (b"VADD v VALUES 2 1 1 d", b"", 1),
    (b"VADD v VALUES 2 1 1 d CAS", b"", 1),
    (b"VADD v VALUES 2 1 1 a", b"", 1),
    (b"VADD new VALUES 2 1 1 a", b"new new", 1),
    (b"VREM v a", b"", 1),
    (b"VREM v x", b"", 0),
    (b"VREM lone a", b"", 1),
    (b"VREM missing a", b"", 0),
    (b"VSETATTR v a {}", b"", 1),
    (b"VSETATTR v b {}", b"", 1),
    (b"VSETATTR v a ''", b"", 1),
    (b"VSETATTR v x {}", b"", 0),
    (b"VSETATTR missing x {}", b"", 0),
    (b"VSIM missing ELE a", b"keymiss missing", 0),
    (b"VSIM v ELE a", b"", 0),
    (b"VCARD missing", b"keymiss missing", 0),
    (b"VDIM missing", b"keymiss missing", 0),
    (b"VEMB missing a", b"keymiss missing", 0),
    (b"VGETATTR missing a", b"keymiss missing", 0),
    (b"VINFO missing", b"keymiss missing", 0),
    (b"VISMEMBER missing a", b"keymiss missing", 0),
    (b"VLINKS missing a", b"keymiss missing", 0),
    (b"VRANDMEMBER missing", b"keymiss missing", 0),
    (b"VRANGE missing - +", b"keymiss missing", 0),
]


@pytest.mark.parametrize(("line", "events", "changes"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([line.replace(b"''", b"")] if changes else [])


def test_the_key_goes_with_the_last_element(witness: Witness) -> None:
    witness.ask(b"VREM lone a")
    assert witness.ask(b"EXISTS lone") == b":0\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"VADD s VALUES 2 1 1 d",
        b"VADD v VALUES 3 1 1 1 d",
        b"VADD v VALUES 2 1 1 d BIN",
        b"VADD v VALUES 2 1 1 d M 5",
        b"VADD v VALUES 2 1 x d",
        b"VADD v REDUCE 3 VALUES 2 1 1 d",
        b"VADD new REDUCE 3 VALUES 2 1 1 d",
        b"VADD new VALUES 2 1 1 d FOO",
        b"VADD v VALUES 2 1 1 a SETATTR",
        b"VADD v REDUCE 1 VALUES 2 1 1 d",
        b"VREM s a",
        b"VSETATTR s a 1",
        b"VADD new REDUCE 4294967297 VALUES 2 1 1 d",
    ],
)
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = {
        key: value if isinstance(value, bytes) else list(value) for key, value in witness.client.db.values.items()
    }
    assert witness.ask(line).startswith(b"-")
    after = {key: value if isinstance(value, bytes) else list(value) for key, value in witness.client.db.values.items()}
    assert before == after
    assert (witness.events, witness.changes) == ([], 0)


@pytest.mark.parametrize(
    "line",
    [
        b"VCARD v",
        b"VDIM v",
        b"VEMB v a",
        b"VGETATTR v a",
        b"VINFO v",
        b"VISMEMBER v a",
        b"VLINKS v a",
        b"VRANDMEMBER v",
        b"VRANDMEMBER v 2",
        b"VRANGE v - +",
        b"VSIM v ELE a",
    ],
)
def test_reads_count_one_lookup(witness: Witness, line: bytes) -> None:
    db = witness.client.db
    before = db.hits, db.misses
    witness.ask(line)
    assert (db.hits, db.misses) == (before[0] + 1, before[1])


@pytest.mark.parametrize("line", [b"VRANGE s - +", b"VSIM s ELE a", b"VCARD s", b"VLINKS s a", b"VEMB s a"])
def test_other_types_are_refused(witness: Witness, line: bytes) -> None:
    assert witness.ask(line) == b"-%b\r\n" % WRONG_TYPE


# What differs from Redis 8.2, or is random there


def test_neighbours_are_the_nearest_ones_on_one_level(witness: Witness) -> None:
    assert witness.ask(b"VLINKS v a") == b"*1\r\n*2\r\n$1\r\nb\r\n$1\r\nc\r\n"
    reply = witness.ask(b"VLINKS v a WITHSCORES").split(b"\r\n")
    assert reply[:5] == [b"*1", b"*4", b"$1", b"b", b"$18"]
    assert float(reply[5]) == pytest.approx(0.9, abs=0.005)


def test_a_copy_is_independent(witness: Witness) -> None:
    assert witness.ask(b"COPY v w") == b":1\r\n"
    witness.ask(b"VREM v a")
    assert witness.ask(b"VISMEMBER w a") == b":1\r\n"
    assert witness.ask(b"VGETATTR w b") == b"$2\r\n{}\r\n"


@pytest.mark.parametrize("line", [b"DUMP v", b"MIGRATE 127.0.0.1 1 v 0 100"])
def test_there_is_no_payload(witness: Witness, line: bytes) -> None:
    assert witness.ask(line) == b"-ERR a vector set has no payload\r\n"


def test_random_elements(witness: Witness) -> None:
    random.seed(2)
    assert {witness.ask(b"VRANDMEMBER v") for _ in range(60)} == {b"$1\r\n%b\r\n" % name for name in (b"a", b"b", b"c")}
    assert witness.ask(b"VRANDMEMBER v -10000001") == b"-ERR value is out of range\r\n"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (b"- +", b"a b c"),
        (b"[a [b", b"a b"),
        (b"(a +", b"b c"),
        (b"- (c", b"a b"),
        (b"[aa (c", b"b"),
        (b"[c [a", b""),
        (b"(b (c", b""),
        (b"- + 2", b"a b"),
        (b"- + 0", b""),
        (b"- + -1", b"a b c"),
        (b"[b + 1", b"b"),
        (b"[d +", b""),
    ],
)
def test_ranges(witness: Witness, words: bytes, names: bytes) -> None:
    found = names.split()
    assert witness.ask(b"VRANGE v " + words) == b"*%d\r\n" % len(found) + b"".join(
        b"$1\r\n%b\r\n" % name for name in found
    )


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (b"a +", b"invalid start range format"),
        (b"[ +", b"invalid start range format"),
        (b"'' +", b"invalid start range format"),
        (b"- b", b"invalid end range format"),
        (b"+ b", b"invalid end range format"),
        (b"- ( x", b"invalid COUNT value"),
        (b"- + 1.5", b"invalid COUNT value"),
        (b"+ -", b"'-' can only be used as first argument, '+' only as second"),
        (b"+ +", b"'-' can only be used as first argument, '+' only as second"),
        (b"- -", b"'-' can only be used as first argument, '+' only as second"),
    ],
)
def test_wrong_ranges(witness: Witness, words: bytes, error: bytes) -> None:
    assert witness.ask(b"VRANGE v " + words) == b"-ERR %b\r\n" % error
    assert witness.ask(b"VRANGE s " + words) == b"-ERR %b\r\n" % error
