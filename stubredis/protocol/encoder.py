"""Reply values to RESP bytes: one table of encoders for each protocol version, chosen by the exact type.

`RESP2[type(reply)](out, reply)` appends the pieces of a reply to `out`; whoever writes them joins them once.

Pitfalls: a reply may be the live container of a key, so encode it before anything else runs. Types are
matched exactly: a subclass needs a row of its own. A KeyError here is a bug in a handler.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import Any

from stubredis.datatypes.floats import LongDouble, format_double
from stubredis.datatypes.hashes import Hash
from stubredis.errors import CommandError
from stubredis.protocol.replies import (
    BigNumber,
    Bulks,
    Distinct,
    Entries,
    Map,
    MapOfPairs,
    NoReply,
    NullArray,
    Pairs,
    Push,
    Raw,
    Replies,
    Status,
    Verbatim,
    VerbatimOf,
)

Encode = Callable[[list[bytes], Any], None]
Encoders = dict[type, Encode]

CRLF = b"\r\n"
TABLE_SIZE = 1024
BULK_HEADERS = [b"$%d\r\n" % n for n in range(TABLE_SIZE)]
ARRAY_HEADERS = [b"*%d\r\n" % n for n in range(TABLE_SIZE)]
INTEGERS = [b":%d\r\n" % n for n in range(TABLE_SIZE)]

MANY = 16
"""From so many elements on it pays to look at them all before they are encoded."""
_BYTES = {bytes}
_ENTRY_HEADERS = [b"*2\r\n" + header for header in BULK_HEADERS[:42]]
"""What stands before the id of a stream entry, which is two numbers of twenty digits at most."""
_NEXT_BULK_HEADERS = [CRLF + header for header in BULK_HEADERS]
"""What stands between a bulk and the next one."""


def _bulk(out: list[bytes], value: bytes) -> None:
    length = len(value)
    out += (BULK_HEADERS[length] if length < TABLE_SIZE else b"$%d\r\n" % length, value, CRLF)


def _changing_bulk(out: list[bytes], value: bytearray) -> None:
    # A later request of the same chunk may change the string before the output is joined.
    _bulk(out, bytes(value))


def _bulks(out: list[bytes], values: Collection[bytes]) -> None:
    """Encode many bulks, which takes half the time if they have one length, as counters and identifiers do."""
    lengths = [*map(len, values)]
    length = lengths[0]
    if lengths.count(length) == len(lengths):
        header = b"$%d\r\n" % length
        out += (header, (CRLF + header).join(values), CRLF)
    elif max(lengths) < TABLE_SIZE:
        pieces = [CRLF] * (2 * len(lengths) + 1)
        pieces[:-1:2] = [_NEXT_BULK_HEADERS[length] for length in lengths]
        pieces[0] = BULK_HEADERS[length]
        pieces[1::2] = values
        out += pieces
    else:
        for value in values:
            _bulk(out, value)


def _entries(out: list[bytes], values: Entries) -> None:
    out.append(b"*%d\r\n" % len(values))
    for entry_id, words in values:
        count = len(words)
        header = ARRAY_HEADERS[count] if count < TABLE_SIZE else b"*%d\r\n" % count
        out += (_ENTRY_HEADERS[len(entry_id)], entry_id, CRLF, header)
        for word in words:
            length = len(word)
            out += (BULK_HEADERS[length] if length < TABLE_SIZE else b"$%d\r\n" % length, word, CRLF)


def _integer(out: list[bytes], value: int) -> None:
    out.append(INTEGERS[value] if 0 <= value < TABLE_SIZE else b":%d\r\n" % value)


def _error(out: list[bytes], error: CommandError) -> None:
    # A line break would end the reply early: Redis turns it into blanks, and takes it away from the end.
    text = error.text.rstrip(b"\r\n").replace(b"\r", b" ").replace(b"\n", b" ")
    out.append(b"-%b\r\n" % text)


def _nothing(out: list[bytes], reply: NoReply) -> None:
    pass


def _table(null: bytes, null_array: bytes) -> Encoders:
    """The rows both protocol versions share."""
    encoders: Encoders = {}

    def elements(out: list[bytes], values: Collection[Any]) -> None:
        for value in values:
            # Most elements are short bulks: no call for them.
            if type(value) is bytes and len(value) < TABLE_SIZE:
                out += (BULK_HEADERS[len(value)], value, CRLF)
            else:
                encoders[type(value)](out, value)

    def array(out: list[bytes], values: Collection[Any]) -> None:
        count = len(values)
        out.append(ARRAY_HEADERS[count] if count < TABLE_SIZE else b"*%d\r\n" % count)
        if count >= MANY and set(map(type, values)) == _BYTES:
            _bulks(out, values)
        else:
            elements(out, values)

    def array_of_bulks(out: list[bytes], values: Bulks) -> None:
        count = len(values)
        out.append(ARRAY_HEADERS[count] if count < TABLE_SIZE else b"*%d\r\n" % count)
        if count:
            _bulks(out, values)

    def replies(out: list[bytes], values: Iterable[Any]) -> None:
        for value in values:
            encoders[type(value)](out, value)

    encoders.update(
        {
            bytes: _bulk,
            bytearray: _changing_bulk,
            int: _integer,
            list: array,
            tuple: array,
            Bulks: array_of_bulks,
            Entries: _entries,
            type(None): lambda out, reply: out.append(null),
            NullArray: lambda out, reply: out.append(null_array),
            Status: list.append,
            Raw: list.extend,
            Replies: replies,
            CommandError: _error,
            NoReply: _nothing,
        }
    )
    return encoders


def _resp2() -> Encoders:
    encoders = _table(null=b"$-1\r\n", null_array=b"*-1\r\n")
    array = encoders[list]

    def flat(out: list[bytes], pairs: Iterable[tuple[Any, Any]]) -> None:
        array(out, list(chain.from_iterable(pairs)))

    def flat_mapping(out: list[bytes], value: Mapping[Any, Any]) -> None:
        flat(out, value.items())

    def double(out: list[bytes], value: float) -> None:
        _bulk(out, format_double(value))

    def long_double(out: list[bytes], value: LongDouble) -> None:
        _bulk(out, bytes(value))

    encoders.update(
        {
            float: double,
            LongDouble: long_double,
            bool: _integer,
            dict: flat_mapping,
            Hash: flat_mapping,
            set: array,
            Distinct: array,
            Pairs: flat,
            MapOfPairs: array,
            Push: array,
            Verbatim: _bulk,
            VerbatimOf: lambda out, reply: _bulk(out, reply[1]),
            BigNumber: _bulk,
            Map: flat,
        }
    )
    return encoders


def _resp3() -> Encoders:
    encoders = _table(null=b"_\r\n", null_array=b"_\r\n")
    array = encoders[list]

    def mapping(out: list[bytes], value: Mapping[Any, Any]) -> None:
        start = len(out)
        array(out, list(chain.from_iterable(value.items())))
        out[start] = b"%%%d\r\n" % len(value)

    def pairs(out: list[bytes], value: Collection[tuple[Any, Any]]) -> None:
        start = len(out)
        array(out, list(chain.from_iterable(value)))
        out[start] = b"%%%d\r\n" % len(value)

    def aggregate(mark: bytes) -> Encode:
        def encode(out: list[bytes], values: Collection[Any]) -> None:
            start = len(out)
            array(out, values)
            out[start] = mark + out[start][1:]

        return encode

    def double(out: list[bytes], value: float) -> None:
        out.append(b",%b\r\n" % format_double(value))

    def long_double(out: list[bytes], value: LongDouble) -> None:
        out.append(b",%b\r\n" % bytes(value))

    def boolean(out: list[bytes], value: bool) -> None:
        out.append(b"#t\r\n" if value else b"#f\r\n")

    def verbatim(out: list[bytes], text: bytes) -> None:
        out.append(b"=%d\r\ntxt:%b\r\n" % (len(text) + 4, text))

    def verbatim_of(out: list[bytes], reply: VerbatimOf) -> None:
        out.append(b"=%d\r\n%b:%b\r\n" % (len(reply[1]) + 4, *reply))

    encoders.update(
        {
            float: double,
            LongDouble: long_double,
            bool: boolean,
            dict: mapping,
            Hash: mapping,
            set: aggregate(b"~"),
            Distinct: aggregate(b"~"),
            Pairs: array,
            MapOfPairs: pairs,
            Push: aggregate(b">"),
            Verbatim: verbatim,
            VerbatimOf: verbatim_of,
            BigNumber: lambda out, digits: out.append(b"(%b\r\n" % digits),
            Map: pairs,
        }
    )
    return encoders


RESP2 = _resp2()
RESP3 = _resp3()
