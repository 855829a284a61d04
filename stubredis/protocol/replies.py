"""The reply types that plain Python values cannot express. How they look on the wire is the encoder's business.

Handlers return `bytes` (bulk), `int`, `None` (null), `float` (double), `bool`, `list` and `tuple` (array),
`dict` (map), `set` (set), or one of the types below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stubredis.errors import CommandError


class Status(bytes):
    """A simple string, kept in its encoded form; made by `status`."""

    __slots__ = ()


def status(text: bytes) -> Status:
    """Encode a simple string once, so that replying it costs one append."""
    return Status(b"+%b\r\n" % text)


class Raw(list[bytes]):
    """Pieces that are encoded already, such as the replies that EXEC collected."""

    __slots__ = ()


class Replies(list[Any]):
    """Several replies in a row, such as the confirmation of each channel of SUBSCRIBE."""

    __slots__ = ()


class Distinct(list[Any]):
    """Distinct elements in a fixed order, or such that cannot be hashed: an array in RESP2, a set in RESP3."""

    __slots__ = ()


class Push(list[Any]):
    """An out-of-band message: a push in RESP3, an array in RESP2."""

    __slots__ = ()


class Bulks(list[bytes]):
    """An array of nothing but bulks, which is encoded without a look at the type of each."""

    __slots__ = ()


class Pairs(list[tuple[Any, Any]]):
    """Pairs in an order that matters: a flat array in RESP2, an array of two-element arrays in RESP3."""

    __slots__ = ()


class MapOfPairs(list[tuple[Any, Any]]):
    """Pairs that are a map, though one may come twice: an array of two-element arrays in RESP2, a map in RESP3."""

    __slots__ = ()


class Map(list[tuple[Any, Any]]):
    """A map whose keys may be anything a script returns: a flat array in RESP2."""

    __slots__ = ()


class Entries(list[tuple[bytes, Sequence[bytes]]]):
    """Entries of a stream: an array of arrays of an id and an array of words, encoded without a call for each."""

    __slots__ = ()


class Verbatim(bytes):
    """Text for a human reader: a verbatim string of format `txt` in RESP3, a bulk in RESP2."""

    __slots__ = ()


class VerbatimOf(tuple[bytes, bytes]):
    """A format of three letters and a text: as Verbatim, for what a script returns."""

    __slots__ = ()


class BigNumber(bytes):
    """The digits of a number of any size: a bulk in RESP2."""

    __slots__ = ()


class NullArray:
    """What blocking commands and EXEC answer instead of an array: `*-1` in RESP2, null in RESP3."""

    __slots__ = ()


class NoReply:
    """Nothing is sent: the command has no reply, or has sent it itself."""

    __slots__ = ()


class Block:
    """Returned by a handler that cannot be served yet: the client waits for one of `keys`.

    `deadline` is in milliseconds of the clock, None for ever. `otherwise` is the reply at the deadline, and `at_once`
    the reply where blocking is not allowed (in transactions and scripts), the same unless it is given. The request is
    tried again when one of the keys has changed and holds a value of type `kind`, or without a kind when one of them
    has changed or was deleted. It then finds its `memory` in the `waiting.block` of its client.
    """

    __slots__ = ("at_once", "deadline", "keys", "kind", "memory", "otherwise")

    def __init__(
        self,
        keys: Sequence[bytes],
        deadline: int | None,
        otherwise: Any,
        *,
        kind: type | None = None,
        at_once: Any = ...,
        memory: Any = None,
    ) -> None:
        self.keys = keys
        self.deadline = deadline
        self.otherwise = otherwise
        self.kind = kind
        self.at_once = otherwise if at_once is ... else at_once
        self.memory = memory


OK = status(b"OK")
QUEUED = status(b"QUEUED")
PONG = status(b"PONG")
NULL_ARRAY = NullArray()
NO_REPLY = NoReply()

Reply = (
    bytes
    | bytearray
    | float  # a type checker takes int and bool for floats too
    | list[Any]
    | tuple[Any, ...]
    | dict[Any, Any]
    | set[Any]
    | CommandError
    | NullArray
    | NoReply
    | Block
    | None
)
"""What a handler returns; Status, Raw, Push and the like are subclasses of bytes and list."""
