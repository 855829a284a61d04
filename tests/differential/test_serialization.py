"""DUMP and RESTORE: payloads of each server restored on the others, what is wrong with requests and with payloads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import generated
from tests.differential.keyspace import read_keyspace
from tests.differential.resp import encode, parse
from tests.differential.sides import Connection, Oracle, Ours, Side
from tests.differential.steps import Step, Word, arrived, near, on
from tests.payloads import LIST, STRING, sealed

Words = tuple[Word, ...]
FAR = 4102444800000  # a Unix time in ms that no test reaches

VERSION_OF = {"redis-7.0": 10, "valkey-9.1": 80, "redis-8.2": 12}


# Payloads from one server to another

EDGES = [
    str(value)
    for bits in (7, 8, 12, 13, 15, 16, 23, 24, 31, 32, 63)
    for value in (2**bits - 1, 2**bits, -(2**bits), -(2**bits) - 1)
]
SHORT: list[Word] = [*EDGES, "", "a", "0", "-0", "01", "+1", "1.5", b"\x00\xff\r\n", "x" * 63, "y" * 64]
LONG: list[Word] = ["x" * 65, "z" * 4096, "ab" * 3000, bytes(range(256)) * 3, "q" * 20_000]
SCORES = ["1", "1.5", "-2", "0.1", "1e100", "inf", "-inf", "0", "3e-5", "123456789012", "1e17", "0.30000000000000004"]


def members(count: int) -> list[Word]:
    return [f"member:{number}" for number in range(count)]


def pairs(first: list[Word], second: list[Word]) -> list[Word]:
    return [word for pair in zip(first, second, strict=False) for word in pair]


def read_by(group: str, *consumers: str) -> list[Words]:
    reads: list[Words] = [("XGROUP", "CREATE", "k", group, "0")]
    return reads + [("XREADGROUP", "GROUP", group, name, "COUNT", 2, "STREAMS", "k", ">") for name in consumers]


VALUES: dict[str, list[Words]] = {
    **{f"string {str(text)[:20]!r}": [("SET", "k", text)] for text in [*SHORT, *LONG]},
    "string changed in place": [("SET", "k", "12"), ("APPEND", "k", "3")],
    "small list": [("RPUSH", "k", *SHORT)],
    "list of long elements": [("RPUSH", "k", *LONG, "after")],
    "large list": [("RPUSH", "k", *members(5000))],
    "list pushed at both ends": [("RPUSH", "k", *members(10)), ("LPUSH", "k", *SHORT)],
    "small integers": [("SADD", "k", 1, 2, -3)],
    "integers of 32 bits": [("SADD", "k", 1, -70000)],
    "integers of 64 bits": [("SADD", "k", 2**40, -1)],
    "many integers": [("SADD", "k", *range(1000))],
    "small set": [("SADD", "k", *SHORT)],
    "set of long members": [("SADD", "k", *SHORT, *LONG)],
    "large set": [("SADD", "k", *members(200))],
    "small sorted set": [("ZADD", "k", *pairs([*SCORES], SHORT))],
    "sorted set of long members": [("ZADD", "k", *pairs([*SCORES], LONG))],
    "large sorted set": [("ZADD", "k", *pairs([number / 7 for number in range(300)], members(300)))],
    "small hash": [("HSET", "k", *pairs(SHORT, SHORT[::-1]))],
    "hash of long values": [("HSET", "k", *pairs(SHORT, LONG))],
    "large hash": [("HSET", "k", *pairs(members(600), members(600)))],
    "small stream": [("XADD", "k", "1-1", "f", "v")],
    "stream of two nodes": [
        ("XADD", "k", f"{number}-{number % 3}", *(("a", number, "b", "x" * (number % 70)) if number % 5 else ("c", number)))
        for number in range(1, 150)
    ],
    "empty stream": [("XADD", "k", "5-1", "f", "v"), ("XDEL", "k", "5-1")],
    "stream with deleted entries": [*[("XADD", "k", f"5-{number}", "f", "v") for number in range(1, 9)], ("XDEL", "k", "5-1", "5-4")],
    "stream with groups": [
        *[("XADD", "k", f"5-{number}", "f", "v") for number in range(1, 9)],
        *read_by("g", "alice", "bob"),
        *read_by("", "", "carol"),
        ("XACK", "k", "g", "5-2"),
        ("XGROUP", "CREATECONSUMER", "k", "g", "idle"),
        ("XGROUP", "CREATE", "k", "later", "$"),
    ],
    "greatest ids": [("XADD", "k", f"{2**64 - 1}-1", "f", "v"), ("XADD", "k", f"{2**64 - 1}-{2**64 - 1}", "f", "v")],
    "trimmed stream": [*[("XADD", "k", f"5-{number}", "f", "v") for number in range(1, 150)], ("XTRIM", "k", "MAXLEN", 20)],
}  # fmt: skip

WITH_DEADLINES: dict[str, list[Words]] = {
    "small hash": [("HSET", "k", "a", "1", "b", "2", "c", "3"), ("HPEXPIREAT", "k", FAR - 1, "FIELDS", 1, "b"), ("HPEXPIREAT", "k", FAR, "FIELDS", 1, "a")],
    "hash of long values": [("HSET", "k", "a", "x" * 65, "b", "2", "c", "3"), ("HPEXPIREAT", "k", FAR, "FIELDS", 2, "a", "c")],
    "large hash": [("HSET", "k", *pairs(members(600), members(600))), ("HPEXPIREAT", "k", FAR, "FIELDS", 100, *members(100))],
}  # fmt: skip
"""Only Redis since 7.4 and Valkey 9 have them, and each in a form of its own."""

HASH_TABLES = ("many integers", "set of long members", "large set", "hash of long values", "large hash")
"""Their order is that of each server."""
CHANGED_ENTRIES = ("stream with deleted entries", "trimmed stream")
"""A real server keeps deleted entries as long as their node."""


class Server:
    """One side, spoken to by requests with plain replies."""

    def __init__(self, side: Side) -> None:
        side.reset()
        self.connection: Connection = side.connect()

    def ask(self, *words: Word) -> object:
        request = tuple(word if isinstance(word, bytes) else str(word).encode() for word in words)
        self.connection.send(encode(request))
        kind, content = parse(self.connection.read(1))[0]
        return kind + content if kind == b"-" and isinstance(content, bytes) else content

    def payload(self, value: list[Words]) -> bytes:
        for words in value:
            reply = self.ask(*words)
            assert not isinstance(reply, bytes) or reply[:1] != b"-", reply
        payload = self.ask("DUMP", "k")
        assert isinstance(payload, bytes)
        return payload

    def key(self) -> object:
        """Everything that there is to know of the key."""
        ((kind, elements, _),) = read_keyspace(self.connection).values()
        if kind == b"zset":  # servers print doubles in several ways
            return kind, [(member, float(score)) for member, score in zip(elements[::2], elements[1::2], strict=True)]
        if kind == b"stream":
            return kind, elements, self.ask("XINFO", "STREAM", "k", "FULL", "COUNT", 0)
        if kind == b"hash":
            fields = [field for field, _ in elements]
            times = self.ask("HPEXPIRETIME", "k", "FIELDS", len(fields), *fields)
            if isinstance(times, list):  # no error, as of Redis 7.0, where fields have no deadlines
                return (
                    kind,
                    elements,
                    [(field, *time) for field, time in zip(fields, times, strict=True) if time != (b":", b"-1")],
                )
            return kind, elements, []
        return kind, elements


@pytest.fixture
def ours() -> Iterator[Server]:
    side = Ours()
    server = Server(side)
    yield server
    side.close()


def restored(server: Server, payload: bytes) -> object:
    server.ask("DEL", "k")
    reply = server.ask("RESTORE", "k", 0, payload)
    assert reply == b"OK", f"{reply!r} for {payload[:40]!r}"
    return server.key()


@pytest.mark.parametrize("name", VALUES)
def test_from_real_servers(oracles: dict[str, Oracle], ours: Server, name: str) -> None:
    for oracle in oracles.values():
        theirs = Server(oracle)
        payload = theirs.payload(VALUES[name])
        found = restored(ours, payload)
        if oracle.name != "redis-7.0" or not name.startswith("stream with groups"):  # it shows no active time
            assert found == theirs.key(), oracle.name


@pytest.mark.parametrize("name", VALUES)
def test_to_real_servers(oracles: dict[str, Oracle], ours: Server, name: str) -> None:
    payload = ours.payload(VALUES[name])
    key = ours.key()
    for oracle in oracles.values():
        theirs = Server(oracle)
        if oracle.name == "redis-7.0":
            assert theirs.ask("RESTORE", "k", 0, payload) == b"-ERR DUMP payload version or checksum are wrong"
            if payload[0] > 19:  # small sets and streams have new forms in 7.2
                continue
            assert restored(theirs, sealed(payload[:-10], 10)) == key
        else:
            assert restored(theirs, payload) == key, oracle.name


@pytest.mark.parametrize("name", sorted(VALUES.keys() - {*HASH_TABLES, *CHANGED_ENTRIES, "stream with groups"}))
def test_the_bytes_are_those_of_a_real_server(oracles: dict[str, Oracle], ours: Server, name: str) -> None:
    payload = ours.payload(VALUES[name])
    for oracle in oracles.values():
        if oracle.name == "redis-7.0" and (payload[0] > 19 or "list of long" in name or "small sorted" in name):
            continue  # the forms are new, large elements have no node of their own, scores are printed otherwise
        theirs = Server(oracle).payload(VALUES[name])
        assert theirs[:-10] == payload[:-10], oracle.name
        assert theirs[-10:-8] == VERSION_OF[oracle.name].to_bytes(2, "little")


@pytest.mark.parametrize("name", WITH_DEADLINES)
def test_deadlines_of_fields(oracles: dict[str, Oracle], ours: Server, name: str) -> None:
    payload = ours.payload(WITH_DEADLINES[name])
    key = ours.key()
    for oracle in oracles.values():
        if oracle.name == "redis-7.0":
            continue
        theirs = Server(oracle)
        their_payload = theirs.payload(WITH_DEADLINES[name])
        assert restored(ours, their_payload) == theirs.key() == key
        if oracle.name == "redis-8.2":
            assert restored(theirs, payload) == key
            assert name != "small hash" or payload == their_payload
        else:
            assert theirs.ask("RESTORE", "x", 0, payload) == b"-ERR DUMP payload version or checksum are wrong"


# What older servers wrote, and no server does any more


def string(text: bytes) -> bytes:
    return bytes((len(text),)) + text


def ziplist(*entries: bytes) -> bytes:
    """Put entries together, each of them with the size of the one before."""
    body = b""
    before = b""
    for entry in entries:
        body += bytes((len(before),)) + entry
        before = b"." + entry
    sizes = (11 + len(body)).to_bytes(4, "little") + (10 + len(body) - len(before)).to_bytes(4, "little")
    return sizes + len(entries).to_bytes(2, "little") + body + b"\xff"


ZIPLIST = ziplist(b"\x01a", b"\xf2", b"\xfe\x80", b"\xc0\x00\x80", b"\xf0\x00\x00\x80", b"\xd0\x00\x00\x00\x80")
PAIRS = ziplist(b"\x01a", b"\x011", b"\x01b", b"\xf3")


OLD: dict[str, bytes] = {
    "list": b"\x01\x03\x01a\xc0\x05\x0212",
    "set": b"\x02\x02\x01a\xc0\x05",
    "sorted set": b"\x03\x03\x01a\x031.5\x01b\xfe\x01c\xff",
    "hash": b"\x04\x01\x01a\xc0\x05",
    "zipmap": b"\x09" + string(b"\x02\x01a\x01\x00b\x02cc\x03\x02ddd..\xff"),
    "list as ziplist": b"\x0a" + string(ZIPLIST),
    "sorted set as ziplist": b"\x0c" + string(PAIRS),
    "hash as ziplist": b"\x0d" + string(PAIRS),
    "list of ziplists": b"\x0e\x02" + string(ZIPLIST) + string(PAIRS),
    "stream before 7.0": b"\x0f\x01\x10" + bytes(7) + b"\x01" + bytes(7) + b"\x01"
    + string(b"\x1d\x00\x00\x00\x0a\x00\x01\x01\x00\x01\x01\x01\x81f\x02\x00\x01\x02\x01\x00\x01\x00\x01\x81v\x02\x04\x01\xff")
    + b"\x01\x01\x01\x00",
}  # fmt: skip


@pytest.mark.parametrize("name", OLD)
def test_old_forms(oracles: dict[str, Oracle], ours: Server, name: str) -> None:
    key = restored(ours, sealed(OLD[name]))
    for oracle in oracles.values():
        assert restored(Server(oracle), sealed(OLD[name])) == key


# Damaged payloads

BASES: list[bytes] = [
    *(body for name, body in OLD.items() if not name.startswith("stream")),
    b"\x00\xc3\x09\x40\x64\x01xx\xe0\x57\x00\x01xx",
    b"\x0b" + string(b"\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00"),
    b"\x10" + string(b"\x12\x00\x00\x00\x04\x00\x81a\x02\x01\x01\x81b\x02\x81x\x02\xff"),
    b"\x11" + string(b"\x14\x00\x00\x00\x04\x00\x81a\x02\x831.5\x04\x81b\x02\x02\x01\xff"),
    b"\x12\x02\x02" + string(b"\x0d\x00\x00\x00\x03\x00\x00\x01\x01\x01\x02\x01\xff") + b"\x01\x03abc",
    b"\x14" + string(b"\x0d\x00\x00\x00\x02\x00\x81a\x02\x81b\x02\xff"),
    b"\x05\x02\x01a" + bytes(8) + b"\x01b" + bytes(6) + b"\xf0\x3f",
]
DEADLINES: list[bytes] = [
    b"\x19\x00\xd8\xc3,\xbb\x03\x00\x00" + string(b"\x1d\x00\x00\x00\x06\x00\x81a\x02\x01\x01\xf4\x00\xd8\xc3,\xbb\x03\x00\x00\x09\x81b\x02\x02\x01\x00\x01\xff"),
    b"\x18\x00\xd8\xc3,\xbb\x03\x00\x00\x03\x01\x01a\x01v\x02\x01b\x01w\x00\x01c\xc0\x05",
    b"\x16\x03\x00\x01a\x01v\x86\x00\x01b\x01w\x00\x01c\xc0\x05",
]  # fmt: skip

#: Positions near the beginning, where lengths are, more often than others.
PLACES = st.one_of(st.integers(0, 12), st.integers(0, 60))
CHANGES = st.lists(
    st.tuples(
        PLACES, st.integers(0, 2), st.one_of(st.binary(max_size=2), st.sampled_from([b"\xff", b"\x7f", b"\x80"]))
    ),
    min_size=1,
    max_size=3,
)


def damaged(body: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, size, new in changes:
        place %= len(body) + 1
        body = body[:place] + new + body[place + size :]
    return body


def check_like(oracle: Oracle, ours: Server, payload: bytes) -> None:
    """What we accept and refuse is what a real server does that looks at all of a payload."""
    theirs = Server(oracle)
    theirs.ask("CONFIG", "SET", "sanitize-dump-payload", "yes")
    ours.ask("DEL", "k")
    reply = ours.ask("RESTORE", "k", 0, payload)
    assert reply == theirs.ask("RESTORE", "k", 0, payload), (oracle.name, payload)
    if reply == b"OK" and ours.ask("TYPE", "k") != b"zset":  # a real server leaves scores as they come, sorted or not
        key, their_key = ours.key(), theirs.key()
        assert key == their_key, (oracle.name, payload)


@generated
@given(base=st.sampled_from(BASES), changes=CHANGES)
def test_damaged_payloads(oracles: dict[str, Oracle], base: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    with contextlib.closing(Ours()) as side:
        ours = Server(side)
        body = damaged(base, changes)
        for oracle in oracles.values():
            if oracle.name != "redis-7.0" or body[:1] <= b"\x13":  # the last form that it knows
                check_like(oracle, ours, sealed(body, VERSION_OF[oracle.name]))


@generated
@given(base=st.sampled_from(DEADLINES), changes=CHANGES)
def test_damaged_deadlines(oracles: dict[str, Oracle], base: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    with contextlib.closing(Ours()) as side:
        if "redis-8.2" in oracles:
            check_like(oracles["redis-8.2"], Server(side), sealed(damaged(base, changes), 12))


STREAM = OLD["stream before 7.0"]
STREAMS = [
    STREAM,
    b"\x13" + STREAM[1:-1] + b"\x01\x01\x00\x00\x01\x01\x01g\x01\x01\x01\x01" + bytes(7) + b"\x01" + bytes(7) + b"\x01" + bytes(8)
    + b"\x01\x01\x01c" + bytes(8) + b"\x01" + bytes(7) + b"\x01" + bytes(7) + b"\x01",
]  # fmt: skip


@generated
@given(base=st.sampled_from(STREAMS), changes=CHANGES)
def test_damaged_streams(oracles: dict[str, Oracle], base: bytes, changes: list[tuple[int, int, bytes]]) -> None:
    """Redis believes some numbers that contradict the entries; what we accept Redis accepts as well."""
    payload = sealed(damaged(base, changes), 10)
    with contextlib.closing(Ours()) as side:
        ours = Server(side)
        if ours.ask("RESTORE", "k", 0, payload) == b"OK":
            for oracle in oracles.values():
                theirs = Server(oracle)
                theirs.ask("CONFIG", "SET", "sanitize-dump-payload", "yes")
                assert theirs.ask("RESTORE", "k", 0, payload) == b"OK", (oracle.name, payload)
                assert ours.ask("XRANGE", "k", "-", "+") == theirs.ask("XRANGE", "k", "-", "+")


def test_streams_before_they_are_damaged(oracles: dict[str, Oracle], ours: Server) -> None:
    for body in STREAMS:
        key = restored(ours, sealed(body))
        for oracle in oracles.values():
            if oracle.name != "redis-7.0":  # it does not show when a consumer was active
                assert restored(Server(oracle), sealed(body)) == key


# Requests

START: list[Words] = [("SET", "s", "string"), ("RPUSH", "l", "a"), ("SET", "t", "volatile", "PXAT", FAR), ("SET", "gone", "x", "PXAT", 1)]  # fmt: skip


@pytest.mark.parametrize("name", ["RESTORE", "RESTORE-ASKING"])
@pytest.mark.parametrize(
    "words",
    [
        ("k", 0, STRING), ("k", FAR, STRING, "ABSTTL"), ("k", 100_000, STRING), ("s", 0, LIST, "REPLACE"), ("t", 0, LIST, "replace"),
        ("s", 0, STRING), ("gone", 0, STRING), ("gone", 0, STRING, "REPLACE"), ("", 0, STRING), ("k", 0, LIST, "REPLACE", "REPLACE"),
        ("k", 0, STRING, "IDLETIME", 10), ("k", 0, STRING, "idletime", 0), ("k", 0, STRING, "FREQ", 255), ("k", 0, STRING, "FREQ", 0),
        ("k", 0, STRING, "IDLETIME", 10, "IDLETIME", 20), ("k", 0, STRING, "FREQ", 1, "FREQ", 2),
        ("k", 0, STRING, "IDLETIME", 10, "FREQ", 5), ("k", 0, STRING, "FREQ", 5, "IDLETIME", 10),
        ("k", 0, STRING, "IDLETIME"), ("k", 0, STRING, "FREQ"), ("k", 0, STRING, "IDLETIME", -1), ("k", 0, STRING, "IDLETIME", "x"),
        ("k", 0, STRING, "FREQ", 256), ("k", 0, STRING, "FREQ", -1), ("k", 0, STRING, "FREQ", "x"), ("k", 0, STRING, "FOO"),
        ("k", -1, STRING), ("k", "x", STRING), ("k", "", STRING), ("k", 2**63, STRING), ("k", "1.5", STRING), ("k", -1, STRING, "ABSTTL"),
        ("s", "x", STRING), ("s", -1, "garbage", "REPLACE"), ("s", 0, "garbage"), ("k", "x", "garbage", "FOO"), ("s", 0, STRING, "FOO"),
        ("k", 0, ""), ("k", 0, "garbage"), ("k", 0, STRING[:-1]), ("k", 0, STRING[1:]), ("k", 0, b"x" + STRING), ("k", 0, STRING + b"x"),
        ("k", 0, sealed(b"\x00\x01v", 81)), ("k", 0, sealed(b"\x00\x01v", 1000)), ("k", 0, sealed(b"\x00\x01v", 1)),
        ("k", 0, sealed(b"")), ("k", 0, sealed(b"\x00")), ("k", 0, sealed(b"\x00\x05v")), ("k", 0, sealed(b"\x63\x01v")),
        ("k", 0, sealed(b"\x07" + b"\x81" + bytes(8) + b"\x00")), ("k", 0, sealed(b"\x06\x00")), ("s", 0, sealed(b"\x63\x01v"), "REPLACE"),
        ("k", 0), ("k",), (),
    ],
)  # fmt: skip
def test_restore(compare: Comparison, name: str, words: Words) -> None:
    compare([*START[:3], *([START[3]] if "gone" in words else []), (name, *words)])


@pytest.mark.parametrize(
    "words", [("k", 1, STRING, "ABSTTL"), ("s", 1, LIST, "ABSTTL", "REPLACE"), ("t", FAR, LIST, "ABSTTL", "REPLACE")]
)
def test_deadlines(compare: Comparison, words: Words) -> None:
    compare([*START[:3], ("RESTORE", *words), ("EXISTS", "k", "s", "t"), ("PEXPIRETIME", words[0])])


def test_relative_deadlines(compare: Comparison) -> None:
    compare(
        [
            ("RESTORE", "k", 100_000, STRING),
            near(10_000, "PTTL", "k"),
            ("RESTORE", "k", 0, STRING, "REPLACE"),
            ("PTTL", "k"),
            ("RESTORE", "k", 2**62, STRING, "REPLACE"),
            near(10_000, "PTTL", "k"),
            ("RESTORE", "k", 2**63 - 1, STRING, "REPLACE"),
            ("EXISTS", "k"),
            ("RESTORE", "k", 2**63 - 1, STRING),
            ("EXISTS", "k"),
        ]
    )


@pytest.mark.parametrize("words", [("missing",), ("gone",), (), ("k", "l")])
def test_dump(compare: Comparison, words: Words) -> None:
    compare([START[3], ("DUMP", *words)])


@pytest.mark.parametrize(
    "change", [("RESTORE", "l", 0, LIST), ("RESTORE", "l", 1, LIST, "ABSTTL"), ("RESTORE", "l", 0, LIST, "REPLACE")]
)
def test_what_others_notice(compare: Comparison, change: Words) -> None:
    compare([("WATCH", "l"), on("b", *change), ("MULTI",), ("PING",), ("EXEC",)])
    compare([("RPUSH", "l", "x"), ("WATCH", "l"), on("b", *change), ("MULTI",), ("PING",), ("EXEC",)])


@pytest.mark.parametrize("value", [STRING, LIST])
def test_events_of_a_replaced_key(compare: Comparison, value: bytes) -> None:
    events: list[Words | Step] = [
        ("CONFIG", "SET", "notify-keyspace-events", "KEAnoc"),
        on("b", "PSUBSCRIBE", "__keyevent@0__:*"),
    ]
    compare([*START[:1], *events, ("RESTORE", "s", 0, value, "REPLACE"), arrived("b")], oracles=("redis-8.2",))


def test_in_a_transaction(compare: Comparison) -> None:
    steps: list[Words | Step] = [
        ("MULTI",),
        ("RESTORE", "k", 0, LIST),
        ("RESTORE", "k", 0, LIST),
        ("LRANGE", "k", 0, -1),
        ("EXEC",),
    ]
    compare(steps)
