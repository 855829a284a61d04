"""Sorted sets: effects, lookups, random members, scans and waiting. Replies are compared in tests/differential/."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.commands.witness import Witness

START = (b"ZADD z 1 a 2 b 3 c", b"ZADD one 1 x", b"SADD set a x", b"SET s string")


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


# Each row was compared with the events, the count of changes and the append-only file of Valkey 9.1.
CHANGES = [
    (b"ZADD z 5 a 6 n", b"zadd z", 2, b"ZADD z 5 a 6 n"),
    (b"ZADD z 5 n", b"zadd z", 1, b"ZADD z 5 n"),
    (b"ZADD new 5 n", b"new new, zadd new", 1, b"ZADD new 5 n"),
    (b"ZADD new 5 n 6 n 7 n", b"new new, zadd new", 3, b"ZADD new 5 n 6 n 7 n"),
    (b"ZADD z 1 a", b"", 0, b""),
    (b"ZADD z 1 a 1 a", b"", 0, b""),
    (b"ZADD z XX 5 a 6 n", b"zadd z", 1, b"ZADD z XX 5 a 6 n"),
    (b"ZADD z NX 5 a 6 n", b"zadd z", 1, b"ZADD z NX 5 a 6 n"),
    (b"ZADD z NX 5 a", b"", 0, b""),
    (b"ZADD z XX 5 n", b"", 0, b""),
    (b"ZADD z GT CH 0 a 5 b", b"zadd z", 1, b"ZADD z GT CH 0 a 5 b"),
    (b"ZADD missing XX 5 n", b"", 0, b""),
    (b"ZADD z INCR 5 a", b"zincr z", 1, b"ZADD z INCR 5 a"),
    (b"ZADD z INCR 0 a", b"", 0, b""),
    (b"ZADD z LT INCR 5 a", b"", 0, b""),
    (b"ZINCRBY z 2.5 a", b"zincr z", 1, b"ZINCRBY z 2.5 a"),
    (b"ZINCRBY z 0 a", b"", 0, b""),
    (b"ZINCRBY new 0 a", b"new new, zincr new", 1, b"ZINCRBY new 0 a"),
    (b"ZREM z a x", b"zrem z", 1, b"ZREM z a x"),
    (b"ZREM z a b c d", b"zrem z, del z", 3, b"ZREM z a b c d"),
    (b"ZREM z x", b"", 0, b""),
    (b"ZREM missing x", b"", 0, b""),
    (b"ZPOPMIN z", b"zpopmin z", 1, b"ZPOPMIN z"),
    (b"ZPOPMAX z 2", b"zpopmax z", 2, b"ZPOPMAX z 2"),
    (b"ZPOPMAX z 9", b"zpopmax z, del z", 3, b"ZPOPMAX z 9"),
    (b"ZPOPMIN z 0", b"", 0, b""),
    (b"ZPOPMIN missing", b"", 0, b""),
    (b"ZMPOP 2 missing z MIN", b"zpopmin z", 1, b"ZPOPMIN z 1"),
    (b"ZMPOP 1 z max COUNT 9", b"zpopmax z, del z", 3, b"ZPOPMAX z 3"),
    (b"BZPOPMIN missing z 0", b"zpopmin z", 1, b"ZPOPMIN z"),
    (b"BZPOPMAX one 0", b"zpopmax one, del one", 1, b"ZPOPMAX one"),
    (b"BZMPOP 0 2 missing z MAX COUNT 2", b"zpopmax z", 2, b"ZPOPMAX z 2"),
    (b"ZREMRANGEBYRANK z 0 1", b"zremrangebyrank z", 2, b"ZREMRANGEBYRANK z 0 1"),
    (b"ZREMRANGEBYSCORE z -inf inf", b"zremrangebyscore z, del z", 3, b"ZREMRANGEBYSCORE z -inf inf"),
    (b"ZREMRANGEBYLEX one [x [x", b"zremrangebylex one, del one", 1, b"ZREMRANGEBYLEX one [x [x"),
    (b"ZREMRANGEBYRANK z 5 6", b"", 0, b""),
    (b"ZRANGESTORE new z 0 1", b"new new, zrangestore new", 1, b"ZRANGESTORE new z 0 1"),
    (b"ZRANGESTORE one z 0 1", b"zrangestore one", 1, b"ZRANGESTORE one z 0 1"),
    (b"ZRANGESTORE one z 5 6", b"del one", 1, b"ZRANGESTORE one z 5 6"),
    (b"ZRANGESTORE one missing 0 1", b"keymiss missing, del one", 1, b"ZRANGESTORE one missing 0 1"),
    (b"ZRANGESTORE new z 5 6", b"", 0, b""),
    (b"ZUNIONSTORE new 2 z set", b"new new, zunionstore new", 1, b"ZUNIONSTORE new 2 z set"),
    (b"ZINTERSTORE s 2 z set", b"zinterstore s", 1, b"ZINTERSTORE s 2 z set"),
    (b"ZDIFFSTORE z 2 z set", b"zdiffstore z", 1, b"ZDIFFSTORE z 2 z set"),
    (b"ZINTERSTORE s 2 z one", b"del s", 1, b"ZINTERSTORE s 2 z one"),
    (b"ZDIFFSTORE new 2 z z", b"", 0, b""),
    (b"ZRANGE z 0 -1", b"", 0, b""),
    (b"ZSCORE missing a", b"keymiss missing", 0, b""),
    (b"ZUNION 2 missing z", b"keymiss missing", 0, b""),
    (b"ZSCAN missing 0", b"keymiss missing", 0, b""),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:-1])
def test_what_a_request_causes(witness: Witness, line: bytes, events: bytes, changes: int, propagated: bytes) -> None:
    witness.ask(line)
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == ([propagated] if propagated else [])


@pytest.mark.parametrize(
    "line",
    [
        b"ZADD s 1 a", b"ZADD z 1 a x b", b"ZADD new x a", b"ZADD new NX XX 1 a", b"ZADD z INCR 1 a 2 b", b"ZADD z 1",
        b"ZINCRBY new nan a", b"ZUNIONSTORE z 2 z s", b"ZRANGESTORE z s 0 1", b"ZINTERSTORE z 1 z WEIGHTS x",
        b"ZREMRANGEBYSCORE z x 1", b"ZPOPMIN z -1", b"ZMPOP 1 z MIN COUNT 0",
    ],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    before = {key: getattr(value, "scores", value) for key, value in witness.client.db.values.items()}
    assert witness.ask(line).startswith(b"-")
    assert {key: getattr(value, "scores", value) for key, value in witness.client.db.values.items()} == before
    assert (witness.events, witness.changes) == ([], 0)


def test_a_sum_that_is_no_number_changes_nothing() -> None:
    witness = Witness((b"ZADD z inf a",))
    assert witness.ask(b"ZINCRBY z -inf a") == b"-ERR resulting score is not a number (NaN)\r\n"
    assert (witness.events, witness.changes) == ([], 0)


@pytest.mark.parametrize(
    "line",
    [b"ZSCORE z a", b"ZMSCORE z a b", b"ZCARD z", b"ZRANK z a", b"ZREVRANK z a WITHSCORE", b"ZRANGE z 0 -1",
     b"ZREVRANGE z 0 1", b"ZRANGEBYSCORE z 0 1", b"ZRANGEBYLEX z - +", b"ZCOUNT z 0 1", b"ZLEXCOUNT z - +",
     b"ZRANDMEMBER z", b"ZRANDMEMBER z 2", b"ZSCAN z 0", b"ZUNION 1 z", b"ZINTERCARD 1 z", b"ZRANGESTORE new z 0 1"],
)  # fmt: skip
def test_a_key_is_looked_up_once(witness: Witness, line: bytes) -> None:
    keyspace = witness.server.keyspace
    witness.ask(line)
    witness.ask(line.replace(b" z", b" missing"))
    assert (keyspace.hits, keyspace.misses) == (1, 1)


# The encoding, which no reply of these commands shows; compared with OBJECT ENCODING of Redis 8.2


def zadd(count: int, options: bytes = b"", key: bytes = b"z", prefix: bytes = b"m") -> bytes:
    return b"ZADD %b %b " % (key, options) + b" ".join(b"%d %b%d" % (number, prefix, number) for number in range(count))


LONG = b"x" * 65


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        ([zadd(128)], b"listpack"),
        ([zadd(129)], b"skiplist"),
        ([b"ZADD z 1 m", b"ZADD z" + b" 1 m" * 128], b"listpack"),
        ([b"ZADD z 1 m", b"ZADD z" + b" 1 m" * 129], b"skiplist"),
        ([b"ZADD z 1 m", zadd(129, b"XX")], b"skiplist"),
        ([b"ZADD z 1 m", b"ZADD z XX 1 " + LONG], b"listpack"),
        ([b"ZADD z 1 m 1 " + LONG, b"ZREM z " + LONG], b"skiplist"),
        ([zadd(129), b"ZPOPMIN z 128"], b"skiplist"),
        ([zadd(129, key=b"y"), b"COPY y z", b"ZREMRANGEBYRANK z 1 -1"], b"skiplist"),
        ([zadd(129, key=b"y"), b"ZRANGESTORE z y 0 127"], b"listpack"),
        ([zadd(129, key=b"y"), b"ZRANGESTORE z y 0 -1"], b"skiplist"),
        ([zadd(129, key=b"y"), b"ZPOPMIN y", b"ZUNIONSTORE z 1 y"], b"listpack"),
        ([zadd(129, key=b"y"), b"ZINTERSTORE z 1 y"], b"skiplist"),
        ([b"ZADD y 1 " + LONG, b"ZDIFFSTORE z 1 y"], b"skiplist"),
    ],
)
def test_encoding(lines: list[bytes], encoding: bytes) -> None:
    assert Witness(lines).client.db.values[b"z"].encoding == encoding


# Choosing at random


def words(reply: bytes) -> list[bytes]:
    return reply.split(b"\r\n")[2::2]


def test_all_members_are_chosen_equally_often() -> None:
    witness = Witness((b"ZADD z 1 a 2 b 3 c",))
    chosen = Counter(words(witness.ask(b"ZRANDMEMBER z -3000")))
    assert chosen.keys() == {b"a", b"b", b"c"}
    # The standard deviation of each count is 26: six of them do not happen by chance.
    assert all(abs(count - 1000) < 160 for count in chosen.values())


def test_different_members_of_a_large_sorted_set() -> None:
    witness = Witness((zadd(1000),))
    for count in (7, 700):
        chosen = words(witness.ask(b"ZRANDMEMBER z %d" % count))
        assert len(set(chosen)) == len(chosen) == count


def test_repetitions_are_limited() -> None:
    assert Witness((b"ZADD z 1 a",)).ask(b"ZRANDMEMBER z -10000001") == b"-ERR value is out of range\r\n"


# Scanning


def scan(witness: Witness, cursor: bytes, options: bytes) -> tuple[bytes, list[bytes]]:
    parts = witness.ask(b"ZSCAN z %b %b" % (cursor, options)).split(b"\r\n")
    return parts[2], parts[5::2]


@pytest.mark.parametrize("lines", [[zadd(128)], [b"ZADD z 1 " + b"x" * 64]])
def test_a_small_sorted_set_is_scanned_at_once_and_in_order(lines: list[bytes]) -> None:
    witness = Witness(lines)
    cursor, found = scan(witness, b"0", b"COUNT 1")
    assert cursor == b"0"
    assert found == words(witness.ask(b"ZRANGE z 0 -1 WITHSCORES"))


@pytest.mark.parametrize("lines", [[zadd(129)], [zadd(20), b"ZADD z 1 " + LONG]])
def test_a_large_sorted_set_is_scanned_in_steps(lines: list[bytes]) -> None:
    witness = Witness(lines)
    members = set(words(witness.ask(b"ZRANGE z 0 -1")))
    cursor, found = scan(witness, b"0", b"COUNT 7 NOSCORES")
    assert len(found) == 7
    witness.ask(zadd(1000, prefix=b"new"))
    witness.ask(b"ZREM z m0")
    while cursor != b"0":
        cursor, more = scan(witness, cursor, b"COUNT 7 NOSCORES")
        found += more
    assert set(found) >= members - {b"m0"}


# Waiting


def test_timeouts() -> None:
    witness = Witness()
    waiting = witness.server.connect()
    assert witness.ask(b"BZPOPMIN z y 0.5", waiting) == b""
    witness.elapse(499)
    assert waiting.take_output() == b""
    witness.elapse(1)
    assert waiting.take_output() == b"*-1\r\n"
    witness.ask(b"ZADD z 1 a")
    assert waiting.take_output() == b""


def test_the_deadline_survives_a_vain_retry() -> None:
    witness = Witness()
    first, second = witness.server.connect(), witness.server.connect()
    witness.ask(b"BZPOPMIN z 0", first)
    witness.ask(b"BZMPOP 1 1 z MAX", second)
    witness.elapse(900)
    witness.ask(b"ZADD z 1 a")
    assert first.take_output() == b"*3\r\n$1\r\nz\r\n$1\r\na\r\n$1\r\n1\r\n"
    witness.elapse(100)
    assert second.take_output() == b"*-1\r\n"


def test_each_blocked_client_is_served_in_a_unit_of_its_own() -> None:
    witness = Witness()
    for line in (b"BZPOPMIN z 0", b"BZPOPMAX y z 0", b"BZMPOP 0 1 z MIN COUNT 5"):
        witness.ask(line, witness.server.connect())
    witness.ask(b"ZADD z 1 a 2 b 3 c 4 d")
    assert witness.propagated == [b"ZADD z 1 a 2 b 3 c 4 d", b"ZPOPMIN z", b"ZPOPMAX z", b"ZPOPMIN z 2"]
    assert witness.events == [b"new z", b"zadd z", b"zpopmin z", b"zpopmax z", b"zpopmin z", b"del z"]
    assert witness.changes == 8
