"""Requests come out the same however their bytes are cut, and whichever of the two parsers reads them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.config import Config
from stubredis.errors import ProtocolError
from stubredis.protocol.requests import RequestParser, split_words

Outcome = tuple[list[list[bytes]], bytes | None]
"""The requests, and the text of the protocol error that ended them."""

# Words that look like pieces of the protocol are the ones that can fool a parser.
WORDS = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(
        [
            b"*",
            b"*1\r\n",
            b"$3\r\nfoo\r\n",
            b"+OK",
            b":1",
            b"#f",
            b"-1",
            b"\r\n*",
            b"\r\n",
            b"a" * 1500,
            b"$-1",
        ]
    ),
)
REQUESTS = st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=6)
GARBAGE = st.sampled_from(
    [
        b"*",
        b"$",
        b":",
        b"+",
        b"-",
        b"#f\r\n",
        b"_\r\n",
        b"\r\n",
        b"\n",
        b"0",
        b"9",
        b"*1\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b'"',
    ]
)


def encode(request: list[bytes]) -> bytes:
    return b"*%d\r\n" % len(request) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in request)


def parse(chunks: list[bytes], *, authenticated: bool = True) -> Outcome:
    parser = RequestParser(Config(), authenticated=authenticated)
    requests: list[list[bytes]] = []
    try:
        for chunk in chunks:
            requests.extend(parser.parse(chunk))
    except ProtocolError as error:
        return requests, error.text
    return requests, None


def byte_by_byte(data: bytes) -> Outcome:
    """The outcome of the exact parser, which alone can read single bytes."""
    return parse([data[index : index + 1] for index in range(len(data))])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % len(data) for place in places)})
    return [data[start:stop] for start, stop in pairwise(edges)]


@given(REQUESTS, st.lists(st.integers(0, 10_000), max_size=6))
def test_a_pipeline_cut_anywhere(requests: list[list[bytes]], places: list[int]) -> None:
    data = b"".join(map(encode, requests))
    assert parse(cut(data, places)) == (requests, None)


@given(
    REQUESTS,
    st.lists(st.tuples(st.integers(0, 10_000), GARBAGE), min_size=1, max_size=3),
    st.lists(st.integers(0, 10_000)),
)
def test_garbage_has_the_same_outcome_however_it_is_cut(
    requests: list[list[bytes]], garbage: list[tuple[int, bytes]], places: list[int]
) -> None:
    data = b"".join(map(encode, requests))
    for place, piece in garbage:
        place %= len(data)
        data = data[:place] + piece + data[place + 1 :]
    assert parse([data]) == parse(cut(data, places)) == byte_by_byte(data)


@given(st.binary(min_size=1, max_size=60))
def test_any_bytes_have_the_same_outcome_whole_and_byte_by_byte(data: bytes) -> None:
    assert parse([data]) == byte_by_byte(data)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (b"PING\r\n", ([[b"PING"]], None)),
        (b"PING\n\r\n  \r\nget  a\r\n", ([[b"PING"], [b"get", b"a"]], None)),
        (b"*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n", ([[b"PING"]], None)),
        (b"*1\r\n$4\r\nPING\r\nPING\r\n", ([[b"PING"], [b"PING"]], None)),
        (b"*1\r\n$4\r\nPINGab*1\r\n$4\r\nPING\r\n", ([[b"PING"], [b"PING"]], None)),
        (b"*1\r\n$4\r\nPING\r\n*1\r\n:1\r\n", ([[b"PING"]], b"expected '$', got ':'")),
        (b"*2\r\n$3\r\nGET\r\n*1\r\n$1\r\na\r\n", ([], b"expected '$', got '*'")),
        (b"*2\r\n$3\r\nGET\r\n+a\r\n", ([], b"expected '$', got '+'")),
        (b"*2\r\n$1\r\n*\r\n$1\r\n+\r\n" * 2, ([[b"*", b"+"]] * 2, None)),
        (b"*2\r\n$1\r\n+\r\n+a\r\n", ([], b"expected '$', got '+'")),
        (b"*2\r\n$2\r\n$1\r\n+\r\n", ([], b"expected '$', got '+'")),
        (b"*2\r\n$2\r\n$1\r\n++\r\n", ([], b"expected '$', got '+'")),
        (b"*2\r\n$2\r\n$1\r\n*\r\n", ([], b"expected '$', got '*'")),
        (b"*1\r\n$9\r\n$1\r\n*\r\n+a\r\n" * 2, ([[b"$1\r\n*\r\n+a"]] * 2, None)),
        (b"*1\r\n=8\r\ntxt:PING\r\n", ([], b"expected '$', got '='")),
        (b"*1\r\n=9\r\ntxt:=PING\r\n", ([], b"expected '$', got '='")),
        (b"*1\r\n(12\r\n", ([], b"expected '$', got '('")),
        (b"*2\r\n$2\r\n(1\r\n(12\r\n" * 2, ([], b"expected '$', got '('")),
        (b"*1\r\n$1\r\n*\r\n~1\r\n$4\r\nPING\r\n", ([[b"*"], [b"~1"], [b"$4"], [b"PING"]], None)),
        (b"*1\r\n$1\r\n*\r\n%1\r\n$1\r\na\r\n$1\r\nb\r\n", ([[b"*"], *[[w] for w in b"%1 $1 a $1 b".split()]], None)),
        (b"*1\r\n$1\r\n*\r\n>1\r\n$1\r\na\r\n", ([[b"*"], [b">1"], [b"$1"], [b"a"]], None)),
        (b"*1\r\n$1\r\n*\r\n|1\r\n$1\r\na\r\n$1\r\nb\r\n", ([[b"*"], *[[w] for w in b"|1 $1 a $1 b".split()]], None)),
        (b"*a\r\n", ([], b"invalid multibulk length")),
        (b"*03\r\n", ([], b"invalid multibulk length")),
        (b"*2147483648\r\n", ([], b"invalid multibulk length")),
        (b"*1000000000\r\n", ([], None)),
        (b"*1\r\n$-1\r\n", ([], b"invalid bulk length")),
        (b"*1\r\n$536870913\r\n", ([], b"invalid bulk length")),
        (b"*1\r\n$x\r\n", ([], b"invalid bulk length")),
        (b'SET "a\r\n', ([], b"unbalanced quotes in request")),
        (b"a" * 65537, ([], b"too big inline request")),
        (b"*" + b"1" * 65537, ([], b"too big mbulk count string")),
        (b"*1\r\n$" + b"1" * 65537, ([], b"too big bulk count string")),
    ],
)
def test_what_is_no_array_of_bulks(data: bytes, outcome: Outcome) -> None:
    assert parse([data]) == outcome


@pytest.mark.parametrize(
    "line", [b"ZRANGE z (1 +inf BYSCORE", b"XADD s MAXLEN ~ 10 * f v", b"XADD s MAXLEN = 10 * f v", b"XREAD s >",
             b"SET k a+b=(c)%~|", b"XRANGE s - +", b"GET a|b>c"],
)  # fmt: skip
@pytest.mark.parametrize("count", [1, 3])
def test_words_that_could_begin_something_else_are_read_fast(line: bytes, count: int) -> None:
    request = line.split()
    assert RequestParser(Config(), authenticated=True).read_whole(encode(request) * count) == [request] * count


def test_limits_before_authentication() -> None:
    eleven = encode([b"x"] * 11)
    long = encode([b"x" * 16385])
    assert parse([eleven], authenticated=False) == ([], b"unauthenticated multibulk length")
    assert parse([long], authenticated=False) == ([], b"unauthenticated bulk length")
    assert parse([eleven + long]) == ([[b"x"] * 11, [b"x" * 16385]], None)


def test_authentication_counts_from_the_next_request_on() -> None:
    parser = RequestParser(Config(), authenticated=False)
    requests = []
    for request in parser.parse(encode([b"AUTH"]) + encode([b"x"] * 11)):
        requests.append(request)
        parser.authenticate(True)
    assert requests == [[b"AUTH"], [b"x"] * 11]


def test_a_long_value_in_many_chunks() -> None:
    value = bytes(range(256)) * 4096
    data = encode([b"SET", b"key", value]) + encode([b"PING"])
    chunks = [data[start : start + 1000] for start in range(0, len(data), 1000)]
    assert parse(chunks) == ([[b"SET", b"key", value], [b"PING"]], None)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", []),
        (b"  a \t b ", [b"a", b"b"]),
        (rb'set "a b" c', [b"set", b"a b", b"c"]),
        (rb'"\x41\n\"\q"', [b'A\n"q']),
        (rb"'it\'s \n'", [rb"it's \n"]),
        (rb"'a\\'", None),
        (rb'a "" b', [b"a", b"", b"b"]),
        (rb'x"y z"', [b"xy z"]),
        (b'"a"b', None),
        (b'"a', None),
        (b'a"b', None),
    ],
)
def test_words_of_a_line(line: bytes, words: list[bytes] | None) -> None:
    assert split_words(line) == words
