"""Replies of commands as Lua values, and Lua values as replies.

No protocol is between the two: one table of converters for each protocol version, chosen by the exact type of a reply,
as the encoder does it. A table is handed to the sandbox as a tuple of a value and what kind of table it is, followed
by its elements if it is an array, for Lua makes it faster than the host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from stubredis.datatypes.floats import LongDouble, format_double
from stubredis.datatypes.hashes import Hash
from stubredis.errors import CommandError
from stubredis.protocol.replies import (
    OK,
    BigNumber,
    Block,
    Bulks,
    Distinct,
    Entries,
    Map,
    MapOfPairs,
    NoReply,
    NullArray,
    Pairs,
    Push,
    Reply,
    Status,
    Verbatim,
    VerbatimOf,
    status,
)

Table = Any
"""A table of Lua."""
MakeTable = Callable[[Any], Table]
Convert = Callable[[Any], Any]

ARRAY, STATUS, ERROR, COUNTED, TABLE, FAILED, NESTED = 1, 2, 3, 4, 5, 6, 7
"""What is handed over: an array of plain values, a status reply, an error, an error that INFO errorstats has counted
already, any other table, the error by which a script has ended, and an array with arrays in it."""
LONGEST = 1000
"""So many elements are handed over one by one; those of longer arrays are put into a table at once."""
DEEPEST = 400
"""So deep tables are replies, no deeper."""
_TOO_DEEP = CommandError(b"ERR reached lua stack limit")
_PLAIN = {bytes, int}
OK_TABLE = (b"OK", STATUS)
"""What `OK` is handed over as."""


class ToLua:
    """The converters of replies to values of one runtime, by protocol version."""

    def __init__(self, make_table: MakeTable) -> None:
        self._make_table = make_table
        self.by_version: dict[int, dict[type, Convert]] = {2: self._resp2(), 3: self._resp3()}

    def _shared(self, null: Any) -> dict[type, Convert]:
        make_table = self._make_table
        converters: dict[type, Convert] = {}

        def array(values: Iterable[Any]) -> Any:
            elements = [value if type(value) in _PLAIN else element(value) for value in values]
            # A table of what is handed over one by one has no holes.
            if len(elements) <= LONGEST and (null is not None or None not in elements):
                return None, ARRAY, *elements
            return make_table(elements)

        def element(value: Any) -> Any:
            converted = converters[type(value)](value)
            return converted if type(converted) is not tuple else self._table(*converted)

        converters.update(
            {
                bytes: lambda value: value,
                bytearray: bytes,
                int: lambda value: value,
                list: array,
                tuple: array,
                Bulks: lambda values: (None, ARRAY, *values) if len(values) <= LONGEST else make_table(values),
                Entries: array,
                Push: array,
                type(None): lambda value: null,
                NullArray: lambda value: null,
                NoReply: lambda value: null,
                Block: lambda block: converters[type(block.at_once)](block.at_once),
                Status: lambda value: OK_TABLE if value is OK else (value[1:-2], STATUS),
                CommandError: lambda error: (error.text, COUNTED),
            }
        )
        return converters

    def _table(self, value: Any, kind: int, *elements: Any) -> Table:
        """Return the table that a tuple stands for."""
        if kind == ARRAY:
            return self._make_table(elements)
        if kind == STATUS:
            return self._make_table({b"ok": value})
        return self._make_table({b"err": value, b"ignore_error_stats_update": True})

    def _resp2(self) -> dict[type, Convert]:
        converters = self._shared(null=False)
        array = converters[list]

        def flat(pairs: Iterable[tuple[Any, Any]]) -> Table:
            return array(chain.from_iterable(pairs))

        def flat_mapping(value: Mapping[Any, Any]) -> Table:
            return flat(value.items())

        converters |= {
            float: format_double,
            LongDouble: bytes,
            bool: int,
            dict: flat_mapping,
            Hash: flat_mapping,
            set: array,
            Distinct: array,
            Pairs: flat,
            MapOfPairs: array,
            Verbatim: bytes,
        }
        return converters

    def _resp3(self) -> dict[type, Convert]:
        converters = self._shared(null=None)
        make_table = self._make_table

        def convert(value: Any) -> Any:
            converted = converters[type(value)](value)
            return converted if type(converted) is not tuple else self._table(*converted)

        def mapping(pairs: Iterable[tuple[Any, Any]]) -> Table:
            return make_table({b"map": make_table({convert(key): convert(value) for key, value in pairs})})

        def distinct(values: Iterable[Any]) -> Table:
            return make_table({b"set": make_table({convert(value): True for value in values})})

        converters |= {
            float: lambda value: make_table({b"double": value}),
            LongDouble: lambda value: make_table({b"double": float(bytes(value))}),
            bool: lambda value: value,
            dict: lambda value: mapping(value.items()),
            Hash: lambda value: mapping(value.items()),
            set: distinct,
            Distinct: distinct,
            Pairs: converters[list],
            MapOfPairs: mapping,
            Verbatim: lambda value: make_table(
                {b"verbatim_string": make_table({b"format": b"txt", b"string": bytes(value)})}
            ),
        }
        return converters


def _one_line(text: bytes) -> bytes:
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


def integer(number: float) -> int:
    """Convert a number as C does on most machines: cut, and the least integer if it does not fit."""
    if not -(2.0**63) <= number < 2.0**63:  # nor is what is no number at all
        return -(2**63)
    return int(number)


def nested_reply(values: Iterator[Any], count: int | None = None) -> list[Reply]:
    """Convert so many elements of an array, or all: an inner array is `False`, its length and its own elements."""
    return [
        value if type(value) is bytes
        else nested_reply(values, next(values)) if value is False
        else integer(value)
        for value in islice(values, count)
    ]  # fmt: skip


def to_reply(value: Any, resp: int, is_table: Callable[[Any], bool], depth: int = 0) -> Reply:
    """Convert what a script returned; `resp` is the version that it chose with `redis.setresp`."""
    kind = type(value)
    if kind is bytes or value is None:
        return value  # type: ignore[no-any-return]
    if kind is bool:
        return value if resp == 3 else 1 if value else None
    if kind is int or kind is float:
        return integer(value)
    if not is_table(value):
        return None
    if depth > DEEPEST:
        return _TOO_DEEP
    content = dict(value.items())
    for name, make in _SPECIAL:
        special = content.get(name)
        if special is not None:
            reply = make(special, resp, is_table, depth)
            if reply is not None:
                return reply
    elements = []
    position = 1
    while (element := content.get(position)) is not None:
        elements.append(element if type(element) is bytes else to_reply(element, resp, is_table, depth + 1))
        position += 1
    return elements


def _error(value: Any, *_: Any) -> Reply:
    return CommandError(value) if type(value) is bytes else None


def one_line_status(text: bytes) -> Status:
    """Return a status reply, which cannot have lines."""
    if text == b"OK":
        return OK
    return status(_one_line(text))


def _status(value: Any, *_: Any) -> Reply:
    return one_line_status(value) if type(value) is bytes else None


def _double(value: Any, *_: Any) -> Reply:
    return float(value) if type(value) in (int, float) else None


def _map(value: Any, resp: int, is_table: Callable[[Any], bool], depth: int) -> Reply:
    if not is_table(value):
        return None
    pairs = [
        (to_reply(key, resp, is_table, depth + 1), to_reply(element, resp, is_table, depth + 1))
        for key, element in value.items()
    ]
    return Map(pairs)


def _set(value: Any, resp: int, is_table: Callable[[Any], bool], depth: int) -> Reply:
    if not is_table(value):
        return None
    return Distinct([to_reply(key, resp, is_table, depth + 1) for key, _ in value.items()])


def _big_number(value: Any, *_: Any) -> Reply:
    return BigNumber(_one_line(value)) if type(value) is bytes else None


def _verbatim(value: Any, _: int, is_table: Callable[[Any], bool], _depth: int) -> Reply:
    if not is_table(value):
        return None
    content = dict(value.items())
    text, kind = content.get(b"string"), content.get(b"format")
    if type(text) is not bytes or type(kind) is not bytes:
        return None
    return VerbatimOf((kind[:3].ljust(3), text))


_SPECIAL: list[tuple[bytes, Callable[..., Reply]]] = [
    (b"err", _error),
    (b"ok", _status),
    (b"double", _double),
    (b"map", _map),
    (b"set", _set),
    (b"big_number", _big_number),
    (b"verbatim_string", _verbatim),
]
