"""Streams: effects, lookups, and what no real server in the tests has. Replies are compared in tests/differential/."""

from __future__ import annotations

import pytest

from tests.commands.witness import Witness

NOW = 1_700_000_000_000

START = (
    b"XADD s 1-1 f 1",
    b"XADD s 1-2 f 2",
    b"XADD s 3-0 f 3",
    b"XGROUP CREATE s g 0",
    b"XREADGROUP GROUP g alice COUNT 2 STREAMS s >",
    b"SET str string",
)


@pytest.fixture
def witness() -> Witness:
    return Witness(START)


def claimed(consumer: bytes, entry_id: bytes, *, time: int = NOW, count: int = 1, last: bytes = b"1-2") -> bytes:
    return b"XCLAIM s g %b 0 %b TIME %d RETRYCOUNT %d FORCE JUSTID LASTID %b" % (consumer, entry_id, time, count, last)


# Each row was compared with the events, the count of changes and the append-only file of Redis 8.2. Here LIMIT, which
# belongs to ~, is left out together with it, and a consumer is propagated that gets nothing, as in later versions.
CHANGES = [
    (b"XADD s 4-0 f v", b"xadd s", 1, [b"XADD s 4-0 f v"]),
    (b"XADD s * f v", b"xadd s", 1, [b"XADD s %d-0 f v" % NOW]),
    (b"XADD s 3-* f v", b"xadd s", 1, [b"XADD s 3-1 f v"]),
    (b"XADD new * f v", b"new new, xadd new", 1, [b"XADD new %d-0 f v" % NOW]),
    (b"XADD new NOMKSTREAM * f v", b"", 0, []),
    (b"XADD s MAXLEN 2 4-0 f v", b"xadd s, xtrim s", 1, [b"XADD s MAXLEN 2 4-0 f v"]),
    (b"XADD s MAXLEN ~ 0 LIMIT 9 * f v", b"xadd s, xtrim s", 1, [b"XADD s MAXLEN = 0 %d-0 f v" % NOW]),
    (b"XADD s MAXLEN ~ 2 4-0 f v", b"xadd s", 1, [b"XADD s MAXLEN = 4 4-0 f v"]),
    (
        b"XADD s MINID ~ 9 4-0 f v",
        b"xadd s, xtrim s",
        1,
        [b"XADD s MINID = 18446744073709551615-18446744073709551615 4-0 f v"],
    ),
    (b"XADD s ACKED MINID 3 4-0 f v", b"xadd s", 1, [b"XADD s ACKED MINID 3 4-0 f v"]),
    (b"XTRIM s MAXLEN 1", b"xtrim s", 2, [b"XTRIM s MAXLEN 1"]),
    (b"XTRIM s MAXLEN ~ 0", b"xtrim s", 3, [b"XTRIM s MAXLEN = 0"]),
    (b"XTRIM s MAXLEN ~ 1", b"", 0, []),
    (b"XTRIM s MAXLEN 9", b"", 0, []),
    (b"XDEL s 1-1 1-2 9-9", b"xdel s", 2, [b"XDEL s 1-1 1-2 9-9"]),
    (b"XDEL s 9-9", b"", 0, []),
    (b"XDELEX s ACKED IDS 2 1-1 3-0", b"", 0, []),
    (b"XDELEX s DELREF IDS 2 1-1 3-0", b"xdel s", 2, [b"XDELEX s DELREF IDS 2 1-1 3-0"]),
    (b"XSETID s 9-9", b"xsetid s", 1, [b"XSETID s 9-9"]),
    (b"XGROUP CREATE s h 0", b"xgroup-create s", 1, [b"XGROUP CREATE s h 0"]),
    (b"XGROUP CREATE new h $ MKSTREAM", b"new new, xgroup-create new", 1, [b"XGROUP CREATE new h $ MKSTREAM"]),
    (b"XGROUP SETID s g 0", b"xgroup-setid s", 1, [b"XGROUP SETID s g 0"]),
    (b"XGROUP DESTROY s g", b"xgroup-destroy s", 1, [b"XGROUP DESTROY s g"]),
    (b"XGROUP DESTROY s h", b"", 0, []),
    (b"XGROUP CREATECONSUMER s g bob", b"xgroup-createconsumer s", 1, [b"XGROUP CREATECONSUMER s g bob"]),
    (b"XGROUP CREATECONSUMER s g alice", b"", 0, []),
    (b"XGROUP DELCONSUMER s g alice", b"xgroup-delconsumer s", 1, [b"XGROUP DELCONSUMER s g alice"]),
    (b"XGROUP DELCONSUMER s g bob", b"", 0, []),
    (b"XACK s g 1-1 1-2 3-0", b"", 2, [b"XACK s g 1-1 1-2 3-0"]),
    (b"XACK s g 3-0", b"", 0, []),
    (b"XACKDEL s g IDS 2 1-1 3-0", b"xdel s", 1, [b"XACKDEL s g IDS 2 1-1 3-0"]),
    (b"XACKDEL s g IDS 1 9-9", b"", 0, []),
    (
        b"XREADGROUP GROUP g alice STREAMS s >",
        b"",
        1,
        [claimed(b"alice", b"3-0", last=b"3-0"), b"XGROUP SETID s g 3-0 ENTRIESREAD 3"],
    ),
    (
        b"XREADGROUP GROUP g bob STREAMS s >",
        b"xgroup-createconsumer s",
        2,
        [claimed(b"bob", b"3-0", last=b"3-0"), b"XGROUP SETID s g 3-0 ENTRIESREAD 3"],
    ),
    (
        b"XREADGROUP GROUP g bob NOACK STREAMS s >",
        b"xgroup-createconsumer s",
        2,
        [b"XGROUP CREATECONSUMER s g bob", b"XGROUP SETID s g 3-0 ENTRIESREAD 3"],
    ),
    (b"XREADGROUP GROUP g alice STREAMS s 0", b"", 0, []),
    (b"XREADGROUP GROUP g bob STREAMS s 0", b"xgroup-createconsumer s", 1, [b"XGROUP CREATECONSUMER s g bob"]),
    (b"XCLAIM s g alice 0 1-1", b"", 1, [claimed(b"alice", b"1-1", count=2)]),
    (b"XCLAIM s g bob 0 1-1 9-9 JUSTID", b"xgroup-createconsumer s", 2, [claimed(b"bob", b"1-1")]),
    (b"XCLAIM s g alice 0 1-1 TIME 5 RETRYCOUNT 9", b"", 1, [claimed(b"alice", b"1-1", time=5, count=9)]),
    (b"XCLAIM s g alice 0 1-1 JUSTID LASTID 2-0", b"", 1, [claimed(b"alice", b"1-1", last=b"2-0")]),
    (b"XCLAIM s g alice 0 9-9 LASTID 2-0", b"", 1, [b"XGROUP SETID s g 2-0 ENTRIESREAD 2"]),
    (b"XCLAIM s g alice 99 1-1", b"", 0, []),
    (b"XAUTOCLAIM s g alice 0 0 JUSTID", b"", 2, [claimed(b"alice", b"1-1"), claimed(b"alice", b"1-2")]),
    (b"XAUTOCLAIM s g alice 99 0", b"", 0, []),
    (b"XREAD STREAMS s 0", b"", 0, []),
    (b"XRANGE missing - +", b"keymiss missing", 0, []),
    (b"XLEN missing", b"keymiss missing", 0, []),
    (b"XPENDING s g", b"", 0, []),
]


@pytest.mark.parametrize(("line", "events", "changes", "propagated"), CHANGES, ids=lambda value: str(value)[2:60])
def test_what_a_request_causes(
    witness: Witness, line: bytes, events: bytes, changes: int, propagated: list[bytes]
) -> None:
    assert not witness.ask(line).startswith(b"-")
    assert b", ".join(witness.events) == events
    assert witness.changes == changes
    assert witness.propagated == propagated


def test_deleted_entries_are_propagated_when_they_are_claimed() -> None:
    witness = Witness((*START, b"XDEL s 1-1"))
    assert witness.ask(b"XAUTOCLAIM s g alice 0 0 COUNT 1").startswith(b"*3\r\n$3\r\n1-2\r\n*0\r\n*1\r\n$3\r\n1-1\r\n")
    assert witness.propagated == [claimed(b"alice", b"1-1")]
    assert witness.changes == 1


@pytest.mark.parametrize("start", [START, (*START, b"XREADGROUP GROUP g bob NOACK STREAMS s >", b"XADD s 9-9 f v")])
def test_propagated_commands_lead_to_the_same_stream(start: tuple[bytes, ...]) -> None:
    requests = (
        b"XADD s * f v", b"XADD s MAXLEN ~ 3 * f v", b"XGROUP CREATE s h 0",
        b"XREADGROUP GROUP h carol COUNT 2 STREAMS s >",
        b"XREADGROUP GROUP g bob STREAMS s >", b"XACK s g 3-0", b"XCLAIM s h dave 0 1-1 1-2",
        b"XAUTOCLAIM s g carol 0 1-2",
        b"XDEL s 1-1", b"XAUTOCLAIM s h alice 0 0", b"XACKDEL s g DELREF IDS 1 1-2", b"XTRIM s MINID ~ 9",
        b"XADD t IDMP p i * f v",
    )  # fmt: skip
    witness, replica = Witness(start), Witness(start)
    for line in requests:
        assert not witness.ask(line).startswith(b"-")
    for line in witness.propagated:
        assert not replica.ask(line).startswith(b"-"), line
    for line in (b"XINFO STREAM s FULL COUNT 0", b"XINFO GROUPS s", b"XINFO STREAM t"):
        # Active times are not propagated: all that counts is what is delivered.
        assert replica.ask(line) == witness.ask(line)


@pytest.mark.parametrize(
    "line",
    [
        b"XADD str * f v", b"XADD new 0-0 f v", b"XADD new * f", b"XADD new MAXLEN x * f v", b"XDEL s 1-1 x",
        b"XACK s g 1-1 x", b"XCLAIM s g bob 0 1-1 FOO", b"XCLAIM s g bob x 1-1",
        b"XGROUP CREATE new h x MKSTREAM", b"XGROUP CREATE s g 0", b"XREADGROUP GROUP g bob STREAMS s x",
        b"XREADGROUP GROUP g bob STREAMS s missing > >", b"XAUTOCLAIM s g bob 0 x",
        b"XDELEX s IDS 2 1-1 x", b"XACKDEL s g IDS 2 1-1 x", b"XSETID s 1-1", b"XTRIM s MAXLEN -1",
        b"XNACK s g FAIL IDS 2 1-1 x", b"XCFGSET s IDMP-MAXSIZE 0",
    ],
)  # fmt: skip
def test_a_refused_request_changes_nothing(witness: Witness, line: bytes) -> None:
    look = b"XINFO STREAM s FULL"
    before, keys = witness.ask(look), set(witness.client.db.values)
    assert witness.ask(line).startswith(b"-")
    assert witness.ask(look) == before
    assert set(witness.client.db.values) == keys
    assert [event for event in witness.events if not event.startswith(b"keymiss")] == []
    assert (witness.changes, witness.propagated) == (0, [])


@pytest.mark.parametrize(
    "line",
    [
        b"XLEN s", b"XRANGE s - +", b"XREVRANGE s + -", b"XREAD STREAMS s 0", b"XINFO STREAM s", b"XINFO GROUPS s",
        b"XACK s g 1-1",
    ],
)  # fmt: skip
def test_a_key_is_looked_up_once(witness: Witness, line: bytes) -> None:
    keyspace = witness.server.keyspace
    keyspace.reset_counters()
    witness.ask(line)
    witness.ask(line.replace(b" s", b" missing", 1) if b"STREAMS" not in line else b"XREAD STREAMS missing 0")
    assert (keyspace.hits, keyspace.misses) == (1, 1)


# Waiting


def test_a_consumer_that_waits_is_propagated_at_once() -> None:
    witness = Witness((b"XGROUP CREATE s g 0 MKSTREAM",))
    consumer = witness.server.connect()
    assert witness.ask(b"XREADGROUP GROUP g bob BLOCK 0 STREAMS s >", consumer) == b""
    assert witness.propagated == [b"XGROUP CREATECONSUMER s g bob"]
    witness.ask(b"XADD s 1-1 f v")
    assert b"1-1" in consumer.take_output()
    assert witness.propagated[1:] == [
        b"XADD s 1-1 f v",
        claimed(b"bob", b"1-1", last=b"1-1"),
        b"XGROUP SETID s g 1-1 ENTRIESREAD 1",
    ]
    assert witness.events == [b"xgroup-createconsumer s", b"xadd s"]


def test_a_wait_for_new_entries_begins_when_the_client_is_blocked() -> None:
    witness = Witness(START)
    reader = witness.server.connect()
    assert witness.ask(b"XREAD BLOCK 1000 STREAMS s t $ 0", reader) == b""
    witness.ask(b"XADD other 1-1 f v")
    witness.ask(b"XDEL s 3-0")
    assert reader.take_output() == b""
    witness.ask(b"XADD s 3-1 f v")
    assert reader.take_output() == b"*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n3-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"
    assert witness.ask(b"XREAD BLOCK 1000 STREAMS s $", reader) == b""
    witness.elapse(1000)
    assert reader.take_output() == b"*-1\r\n"


# By the manual: claiming while reading, giving back, producers


def bulk(word: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(word), word)


def delivered(entry_id: bytes, value: bytes, idle: int, count: int) -> bytes:
    return b"*4\r\n%b*2\r\n$1\r\nf\r\n%b:%d\r\n:%d\r\n" % (bulk(entry_id), bulk(value), idle, count)


def reply_of(*entries: bytes) -> bytes:
    return b"*1\r\n*2\r\n$1\r\ns\r\n*%d\r\n" % len(entries) + b"".join(entries)


def test_idle_entries_come_before_new_ones(witness: Witness) -> None:
    witness.clock.advance(50)
    witness.ask(b"XCLAIM s g alice 0 1-1")
    witness.clock.advance(50)
    expected = reply_of(delivered(b"1-2", b"2", 100, 1), delivered(b"1-1", b"1", 50, 2), delivered(b"3-0", b"3", 0, 0))
    assert witness.ask(b"XREADGROUP GROUP g bob CLAIM 50 STREAMS s >") == expected
    assert witness.propagated[-4:] == [
        claimed(b"bob", b"1-2", time=NOW + 100, count=2),
        claimed(b"bob", b"1-1", time=NOW + 100, count=3),
        claimed(b"bob", b"3-0", time=NOW + 100, last=b"3-0"),
        b"XGROUP SETID s g 3-0 ENTRIESREAD 3",
    ]
    assert witness.ask(b"XPENDING s g - + 9 alice") == b"*0\r\n"
    assert witness.ask(b"XREADGROUP GROUP g bob CLAIM 50 STREAMS s >") == b"*-1\r\n"


def test_a_count_is_for_idle_and_new_entries_together(witness: Witness) -> None:
    expected = reply_of(delivered(b"1-1", b"1", 0, 1), delivered(b"1-2", b"2", 0, 1))
    assert witness.ask(b"XREADGROUP GROUP g bob COUNT 2 CLAIM 0 STREAMS s >") == expected
    expected = reply_of(*[delivered(b"1-%d" % n, b"%d" % n, 0, 2) for n in (1, 2)], delivered(b"3-0", b"3", 0, 0))
    assert witness.ask(b"XREADGROUP GROUP g bob COUNT 3 CLAIM 0 STREAMS s >") == expected


def test_only_some_entries_are_idle(witness: Witness) -> None:
    witness.clock.advance(100)
    witness.ask(b"XREADGROUP GROUP g alice STREAMS s >")
    witness.ask(b"XDEL s 1-1")
    assert witness.ask(b"XREADGROUP GROUP g bob CLAIM 100 STREAMS s >") == reply_of(delivered(b"1-2", b"2", 100, 1))


def test_what_is_claimed_by_reading_has_to_be_acknowledged(witness: Witness) -> None:
    witness.ask(b"XREADGROUP GROUP g bob NOACK CLAIM 0 STREAMS s >")
    assert witness.ask(b"XPENDING s g").startswith(b"*4\r\n:2\r\n")
    history = witness.ask(b"XREADGROUP GROUP g bob CLAIM 0 STREAMS s 0")
    assert history.count(b"*2\r\n$1\r\nf\r\n") == 2
    assert b":" not in history, "the history comes as without CLAIM"


def test_a_client_waits_for_an_entry_to_be_idle(witness: Witness) -> None:
    reader = witness.server.connect()
    witness.ask(b"XREADGROUP GROUP g alice STREAMS s >")
    witness.clock.advance(40)
    assert witness.ask(b"XREADGROUP GROUP g bob BLOCK 0 CLAIM 100 COUNT 2 STREAMS s >", reader) == b""
    witness.elapse(59)
    assert reader.take_output() == b""
    witness.elapse(1)
    assert reader.take_output() == reply_of(delivered(b"1-1", b"1", 100, 1), delivered(b"1-2", b"2", 100, 1))
    witness.ask(b"XACK s g 3-0")
    assert witness.ask(b"XREADGROUP GROUP g bob BLOCK 250 CLAIM 200 STREAMS s >", reader) == b""
    witness.elapse(150)
    witness.ask(b"XCLAIM s g alice 0 1-1 1-2")  # idle no longer
    witness.elapse(99)
    assert reader.take_output() == b""
    witness.elapse(1)
    assert reader.take_output() == b"*-1\r\n"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"XREADGROUP GROUP g bob CLAIM x STREAMS s >", b"-ERR min-idle-time is not an integer or out of range\r\n"),
        (b"XREADGROUP GROUP g bob CLAIM -1 STREAMS s >", b"-ERR min-idle-time must be a positive integer\r\n"),
        (
            b"XREAD CLAIM 1 STREAMS s 0",
            b"-ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.\r\n",
        ),
        (b"XNACK s nosuch FAIL IDS 1 1-1", b"-NOGROUP No such key 's' or consumer group 'nosuch'\r\n"),
        (b"XNACK missing g FAIL IDS 1 1-1", b"-NOGROUP No such key 'missing' or consumer group 'g'\r\n"),
        (b"XNACK s g FOO IDS 1 1-1", b"-ERR mode must be SILENT, FAIL, or FATAL\r\n"),
        (b"XNACK s g FAIL IDS x 1-1", b"-ERR numids must be a positive integer\r\n"),
        (b"XNACK s g FAIL IDS 2 1-1", b"-ERR number of IDs doesn't match numids\r\n"),
        (b"XNACK s g FAIL IDS 1 1-1 RETRYCOUNT -1", b"-ERR Invalid RETRYCOUNT value, must be >= 0\r\n"),
        (b"XNACK s g FAIL IDS 1 1-1 FOO", b"-ERR Unrecognized XNACK option 'FOO'\r\n"),
        (b"XNACK s g FAIL FORCE RETRYCOUNT 1", b"-ERR syntax error, expected IDS keyword\r\n"),
        (b"XNACK str g FAIL IDS 1 1-1", b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"),
        (b"XADD s IDMP p i 9-9 f v", b"-ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs\r\n"),
        (b"XADD s IDMP p i IDMPAUTO p * f v", b"-ERR syntax error, IDMP/IDMPAUTO specified multiple times\r\n"),
        (b'XADD s IDMP "" i * f v', b"-ERR syntax error, IDMP requires a non-empty producer ID\r\n"),
        (b'XADD s IDMP p "" * f v', b"-ERR syntax error, IDMP requires a non-empty idempotent ID\r\n"),
        (b'XADD s IDMPAUTO "" * f v', b"-ERR syntax error, IDMPAUTO requires a non-empty producer ID\r\n"),
        (b"XCFGSET missing IDMP-MAXSIZE 1", b"-ERR no such key\r\n"),
        (b"XCFGSET s", b"-ERR At least one parameter must be specified\r\n"),
        (b"XCFGSET s FOO 1", b"-ERR syntax error\r\n"),
        (b"XCFGSET s IDMP-DURATION 86401", b"-ERR IDMP-DURATION must be between 1 and 86400 seconds\r\n"),
        (b"XCFGSET s IDMP-MAXSIZE 10001", b"-ERR IDMP-MAXSIZE must be between 1 and 10000 entries\r\n"),
        (b"XCFGSET s IDMP-MAXSIZE 1 IDMP-MAXSIZE 2", b"-ERR IDMP-MAXSIZE specified multiple times\r\n"),
        (b"XIDMPRECORD missing p i 1-1", b"-ERR no such key\r\n"),
        (b"XIDMPRECORD s p i 9-9", b"-ERR No such message in stream\r\n"),
        (b'XIDMPRECORD s "" i 1-1', b"-ERR producer ID must be non-empty\r\n"),
    ],
)  # fmt: skip
def test_errors_by_the_manual(witness: Witness, line: bytes, error: bytes) -> None:
    assert witness.ask(line) == error


@pytest.mark.parametrize(
    ("words", "count"),
    [(b"SILENT", 2), (b"FAIL", 3), (b"FATAL", 2**63 - 1), (b"FAIL RETRYCOUNT 5", 5), (b"FATAL RETRYCOUNT 0", 0)],
)
def test_giving_back(witness: Witness, words: bytes, count: int) -> None:
    witness.ask(b"XCLAIM s g alice 0 1-1 RETRYCOUNT 3")
    witness.propagated.clear()
    mode, *more = words.split(b" ", 1)
    line = b" ".join([b"XNACK s g", mode, b"IDS 2 1-1 9-9", *more])
    assert witness.ask(line) == b":1\r\n"
    assert witness.propagated == [line]
    pending = b"*1\r\n*4\r\n$3\r\n1-1\r\n$0\r\n\r\n:-1\r\n:%d\r\n" % count
    assert witness.ask(b"XPENDING s g - + 1") == witness.ask(b"XPENDING s g IDLE 99 - + 1") == pending
    assert witness.ask(b"XPENDING s g").endswith(b"*1\r\n*2\r\n$5\r\nalice\r\n$1\r\n1\r\n")
    assert b"$12\r\nnacked-count\r\n:1\r\n" in witness.ask(b"XINFO STREAM s FULL")
    assert witness.ask(b"XAUTOCLAIM s g bob 1000 0 COUNT 1 JUSTID") == b"*3\r\n$3\r\n1-2\r\n*1\r\n$3\r\n1-1\r\n*0\r\n"


def test_given_back_comes_first_and_wakes_those_who_wait(witness: Witness) -> None:
    witness.ask(b"XREADGROUP GROUP g alice STREAMS s >")
    reader = witness.server.connect()
    assert witness.ask(b"XREADGROUP GROUP g bob BLOCK 0 COUNT 1 CLAIM 1000 STREAMS s >", reader) == b""
    witness.ask(b"XNACK s g SILENT IDS 1 3-0")
    assert reader.take_output() == reply_of(delivered(b"3-0", b"3", NOW, 0))
    witness.ask(b"XNACK s g FAIL IDS 2 1-2 1-1")
    answer = witness.ask(b"XREADGROUP GROUP g bob CLAIM 0 STREAMS s >")
    assert [answer.find(entry_id) for entry_id in (b"1-2", b"1-1", b"3-0")] == sorted(
        answer.find(entry_id) for entry_id in (b"1-1", b"1-2", b"3-0")
    )


def test_giving_back_what_nobody_has(witness: Witness) -> None:
    assert witness.ask(b"XNACK s g FAIL IDS 1 3-0") == b":0\r\n"
    assert witness.ask(b"XNACK s g FAIL IDS 2 3-0 9-9 FORCE") == b":1\r\n"
    assert witness.ask(b"XPENDING s g 3 + 9") == b"*1\r\n*4\r\n$3\r\n3-0\r\n$0\r\n\r\n:-1\r\n:0\r\n"
    witness.ask(b"XDEL s 3-0")
    witness.propagated.clear()
    assert witness.ask(b"XAUTOCLAIM s g alice 0 3 JUSTID") == b"*3\r\n$3\r\n0-0\r\n*0\r\n*1\r\n$3\r\n3-0\r\n"
    assert witness.propagated == [b"XACK s g 3-0"]


def test_an_entry_that_a_producer_sends_twice() -> None:
    witness = Witness()
    first = bulk(b"%d-0" % NOW)
    assert witness.ask(b"XADD s IDMP p one * f v") == first
    assert witness.ask(b"XADD s IDMP p one * f other") == first
    assert witness.ask(b"XADD s IDMP q one * f v") == bulk(b"%d-1" % NOW)
    assert witness.ask(b"XADD s IDMPAUTO p * a 1 b 2") == bulk(b"%d-2" % NOW)
    assert witness.ask(b"XADD s IDMPAUTO p MAXLEN 9 * b 2 a 1") == bulk(b"%d-2" % NOW)
    assert witness.ask(b"XLEN s") == b":3\r\n"
    assert witness.propagated[:2] == [b"XADD s %d-0 f v" % NOW, b"XIDMPRECORD s p one %d-0" % NOW]
    counters = [(b"pids-tracked", 2), (b"iids-tracked", 3), (b"iids-added", 3), (b"iids-duplicates", 2)]
    assert b"".join(b"%b:%d\r\n" % (bulk(name), value) for name, value in counters) in witness.ask(b"XINFO STREAM s")
    witness.clock.advance(100_000)
    assert witness.ask(b"XADD s IDMP p one * f v") == bulk(b"%d-0" % (NOW + 100_000))


def test_how_long_and_how_many_ids_are_remembered() -> None:
    witness = Witness((b"XADD s IDMP p one * f v",))
    assert witness.ask(b"XCFGSET s IDMP-DURATION 100 IDMP-MAXSIZE 100") == b"+OK\r\n"
    assert witness.changes == 0
    assert witness.ask(b"XADD s IDMP p one * f v") == bulk(b"%d-0" % NOW)
    assert witness.ask(b"XCFGSET s IDMP-MAXSIZE 2 IDMP-DURATION 5") == b"+OK\r\n"
    assert (witness.changes, witness.propagated) == (1, [b"XCFGSET s IDMP-MAXSIZE 2 IDMP-DURATION 5"])
    assert b"idmp-duration\r\n:5\r\n$12\r\nidmp-maxsize\r\n:2\r\n" in witness.ask(b"XINFO STREAM s")
    assert witness.ask(b"XADD s IDMP p one * f v") == bulk(b"%d-1" % NOW)  # what was remembered is forgotten
    for name in (b"two", b"three"):
        witness.ask(b"XADD s IDMP p %b * f v" % name)
    assert witness.ask(b"XADD s IDMP p one * f v") == bulk(b"%d-4" % NOW)
    witness.clock.advance(5000)
    assert witness.ask(b"XADD s IDMP p three * f v") == bulk(b"%d-0" % (NOW + 5000))


def test_recording_what_a_producer_has_added(witness: Witness) -> None:
    witness.ask(b"XADD s * f v")
    assert witness.ask(b"XIDMPRECORD s p i %d-0" % NOW) == b"+OK\r\n"
    assert witness.ask(b"XIDMPRECORD s p i %d-0" % NOW) == b"+OK\r\n"
    assert witness.changes == 2
    different = b"-ERR IID already exists for this producer with a different stream ID\r\n"
    assert witness.ask(b"XIDMPRECORD s p i 1-1") == different
    assert witness.ask(b"XADD s IDMP p i * f v") == bulk(b"%d-0" % NOW)
