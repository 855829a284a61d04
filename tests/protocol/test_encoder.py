"""Each type of reply in both protocol versions."""

from __future__ import annotations

from typing import Any

import pytest

from stubredis.datatypes.floats import LongDouble
from stubredis.errors import CommandError
from stubredis.protocol.encoder import RESP2, RESP3
from stubredis.protocol.replies import (
    NO_REPLY,
    NULL_ARRAY,
    OK,
    Entries,
    MapOfPairs,
    Pairs,
    Push,
    Raw,
    Replies,
    Verbatim,
)


def encoded(table: dict[type, Any], reply: object) -> bytes:
    out: list[bytes] = []
    table[type(reply)](out, reply)
    return b"".join(out)


@pytest.mark.parametrize(
    ("reply", "resp2", "resp3"),
    [
        (b"", b"$0\r\n\r\n", b"$0\r\n\r\n"),
        (b"abc", b"$3\r\nabc\r\n", b"$3\r\nabc\r\n"),
        (bytearray(b"abc"), b"$3\r\nabc\r\n", b"$3\r\nabc\r\n"),
        (b"x" * 2000, b"$2000\r\n" + b"x" * 2000 + b"\r\n", b"$2000\r\n" + b"x" * 2000 + b"\r\n"),
        (0, b":0\r\n", b":0\r\n"),
        (-1, b":-1\r\n", b":-1\r\n"),
        (1024, b":1024\r\n", b":1024\r\n"),
        (2**63 - 1, b":9223372036854775807\r\n", b":9223372036854775807\r\n"),
        (None, b"$-1\r\n", b"_\r\n"),
        (NULL_ARRAY, b"*-1\r\n", b"_\r\n"),
        (True, b":1\r\n", b"#t\r\n"),
        (False, b":0\r\n", b"#f\r\n"),
        (1.5, b"$3\r\n1.5\r\n", b",1.5\r\n"),
        (3.0, b"$1\r\n3\r\n", b",3\r\n"),
        (float("inf"), b"$3\r\ninf\r\n", b",inf\r\n"),
        (float("-inf"), b"$4\r\n-inf\r\n", b",-inf\r\n"),
        (LongDouble(2**64 - 1, -1), b"$21\r\n9223372036854775807.5\r\n", b",9223372036854775807.5\r\n"),
        ([], b"*0\r\n", b"*0\r\n"),
        ([b"a", b"b"], b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
        ((b"a", 1, None), b"*3\r\n$1\r\na\r\n:1\r\n$-1\r\n", b"*3\r\n$1\r\na\r\n:1\r\n_\r\n"),
        (
            [b"x" * 1024, b"a"],
            b"*2\r\n$1024\r\n" + b"x" * 1024 + b"\r\n$1\r\na\r\n",
            b"*2\r\n$1024\r\n" + b"x" * 1024 + b"\r\n$1\r\na\r\n",
        ),
        ([[b"a"], [OK]], b"*2\r\n*1\r\n$1\r\na\r\n*1\r\n+OK\r\n", b"*2\r\n*1\r\n$1\r\na\r\n*1\r\n+OK\r\n"),
        ({b"a": 1}, b"*2\r\n$1\r\na\r\n:1\r\n", b"%1\r\n$1\r\na\r\n:1\r\n"),
        ({b"a"}, b"*1\r\n$1\r\na\r\n", b"~1\r\n$1\r\na\r\n"),
        (
            Pairs([(b"a", 1), (b"b", 2)]),
            b"*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n",
            b"*2\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nb\r\n:2\r\n",
        ),
        (
            MapOfPairs([(b"a", [1]), (b"a", None)]),
            b"*2\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n",
            b"%2\r\n$1\r\na\r\n*1\r\n:1\r\n$1\r\na\r\n_\r\n",
        ),
        (
            Entries([(b"1-1", (b"f", b"v")), (b"1-2", (b"f", b"x" * 1024))]),
            b"*2\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"
            b"*2\r\n$3\r\n1-2\r\n*2\r\n$1\r\nf\r\n$1024\r\n" + b"x" * 1024 + b"\r\n",
            b"*2\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"
            b"*2\r\n$3\r\n1-2\r\n*2\r\n$1\r\nf\r\n$1024\r\n" + b"x" * 1024 + b"\r\n",
        ),
        (Push([b"message"]), b"*1\r\n$7\r\nmessage\r\n", b">1\r\n$7\r\nmessage\r\n"),
        (Verbatim(b"text"), b"$4\r\ntext\r\n", b"=8\r\ntxt:text\r\n"),
        (OK, b"+OK\r\n", b"+OK\r\n"),
        (Raw([b"+OK\r\n", b":1\r\n"]), b"+OK\r\n:1\r\n", b"+OK\r\n:1\r\n"),
        (Replies([Push([b"a"]), 1]), b"*1\r\n$1\r\na\r\n:1\r\n", b">1\r\n$1\r\na\r\n:1\r\n"),
        (CommandError(b"ERR two\r\nlines"), b"-ERR two  lines\r\n", b"-ERR two  lines\r\n"),
        (NO_REPLY, b"", b""),
    ],
)
def test_encoding(reply: object, resp2: bytes, resp3: bytes) -> None:
    assert (encoded(RESP2, reply), encoded(RESP3, reply)) == (resp2, resp3)
