"""Bitmaps: the bits of a string, one by one, counted, searched, combined, and as integers of any width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stubredis.arguments import MAX_INTEGER, integer, integer_between
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, READONLY, WRITE, group
from stubredis.datatypes import bitmaps
from stubredis.errors import SYNTAX, CommandError
from stubredis.keyspace import GENERIC, STRING
from stubredis.protocol.replies import Reply
from stubredis.strings import read, to_change, with_room

command = group("bitmap")

BAD_OFFSET = b"ERR bit offset is not an integer or out of range"
BAD_BIT = b"ERR bit is not an integer or out of range"
BAD_TYPE = b"ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."


def bit_offset(client: Client, word: bytes) -> int:
    """Read the offset of a bit, which must lie within the longest string."""
    return checked_offset(client, integer(word, BAD_OFFSET))


def checked_offset(client: Client, offset: int) -> int:
    """Return an offset unless it is negative or beyond the longest string."""
    if offset < 0 or offset >> 3 >= client.server.config.proto_max_bulk_len:
        raise CommandError(BAD_OFFSET)
    return offset


# Single bits


@command("SETBIT key offset value", WRITE | DENYOOM, since="2.2.0", key_access="RW access update")
def setbit(client: Client, key: bytes, offset: bytes, value: bytes) -> Reply:
    """Set a bit of a string and return the old one; the string is filled up with zero bytes where it is too short."""
    db = client.db
    place = bit_offset(client, offset)
    bit = integer_between(value, 0, 1, BAD_BIT)
    present = to_change(db, key)
    length = len(present or b"")
    string = with_room(db, key, present, (place >> 3) + 1)
    old = bitmaps.get(string, place)
    if bit != old or len(string) != length:
        bitmaps.put(string, place, bit)
        db.changed(key, b"setbit", STRING)
    return old


@command("GETBIT key offset", READONLY | FAST, since="2.2.0")
def getbit(client: Client, key: bytes, offset: bytes) -> Reply:
    """Return a bit of a string; behind its end all are 0."""
    place = bit_offset(client, offset)
    return bitmaps.get(read(client.db, key) or b"", place)


# Counting and searching


def is_bits(unit: bytes) -> bool:
    """Read the unit of a range."""
    if unit.upper() not in (b"BYTE", b"BIT"):
        raise CommandError(SYNTAX)
    return unit.upper() == b"BIT"


def bit_range(start: int, end: int, length: int, *, bits: bool) -> tuple[int, int]:
    """Return the first and the last bit of a range of a string; the last is less than the first if it is empty.

    `start` and `end` are bytes unless they are `bits`; negative ones count from the end of the string.
    """
    total = length * 8 if bits else length
    start = max(start + total, 0) if start < 0 else start
    end = min(max(end + total, 0) if end < 0 else end, total - 1)
    return (start, end) if bits else (start * 8, end * 8 + 7)


@command(
    "BITCOUNT key [start [end [BYTE | BIT]]]",
    READONLY,
    since="2.6.0",
    newer={"7.0.0": "BYTE BIT"},
    complexity="O(N) for N bytes.",
)
def bitcount(client: Client, key: bytes, *words: bytes) -> Reply:
    """Count the bits that are 1 in a string or in a part of it, both ends included."""
    if len(words) > 3:
        raise CommandError(SYNTAX)
    start = integer(words[0]) if words else 0
    end = integer(words[1]) if len(words) > 1 else -1
    bits = len(words) == 3 and is_bits(words[2])
    string = read(client.db, key) or b""
    if start < 0 and end < 0 and start > end:
        return 0
    first, last = bit_range(start, end, len(string), bits=bits)
    return bitmaps.count(string, first, last) if first <= last else 0


@command(
    "BITPOS key bit [start [end [BYTE | BIT]]]",
    READONLY,
    since="2.8.7",
    newer={"7.0.0": "BYTE BIT"},
    complexity="O(N) for N bytes.",
)
def bitpos(client: Client, key: bytes, bit: bytes, *words: bytes) -> Reply:
    """Return the position of the first bit that is 1 or 0 in a string or in a part of it, both ends included.

    Without an end, all bits behind the string count as 0.
    """
    wanted = integer(bit)
    if wanted not in (0, 1):
        raise CommandError(b"ERR The bit argument must be 1 or 0.")
    if len(words) > 3:
        raise CommandError(SYNTAX)
    start = integer(words[0]) if words else 0
    bits = len(words) == 3 and is_bits(words[2])
    end = integer(words[1]) if len(words) > 1 else -1
    string = read(client.db, key)
    if string is None:
        return -1 if wanted else 0
    first, last = bit_range(start, end, len(string), bits=bits)
    if first > last:
        return -1
    position = bitmaps.find(string, wanted, first, last)
    if position is not None:
        return position
    return -1 if wanted or len(words) > 1 else len(string) * 8


# Combining


@command(
    "BITOP <AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]", WRITE | DENYOOM,
    since="2.6.0", newer={"8.2.0": "DIFF DIFF1 ANDOR ONE"}, complexity="O(N) for N bytes.",
)  # fmt: skip
def bitop(client: Client, operation: bytes, destkey: bytes, *keys: bytes) -> Reply:
    """Combine the bits of strings and store the result.

    DIFF keeps what only the first string has, DIFF1 what any has but the first, ANDOR what the first and any other
    has, ONE what exactly one has.
    """
    db = client.db
    name = operation.upper()
    if name != b"NOT" and name not in bitmaps.OPERATIONS:
        raise CommandError(SYNTAX)
    if name == b"NOT" and len(keys) > 1:
        raise CommandError(b"ERR BITOP NOT must be called with a single source key.")
    if name in (b"DIFF", b"DIFF1", b"ANDOR") and len(keys) < 2:
        raise CommandError(b"ERR BITOP %b must be called with at least two source keys." % name)
    sources = [read(db, key) or b"" for key in keys]
    if any(sources):
        result = bitmaps.invert(sources[0]) if name == b"NOT" else bitmaps.combine(name, sources)
        db.store(destkey, bytearray(result))  # as OBJECT ENCODING tells
        db.changed(destkey, b"set", STRING)
        return len(result)
    if db.lookup_write(destkey) is not None:
        db.delete(destkey)
        db.changed(destkey, b"del", GENERIC)
    return 0


# Integers of any width


class Operation(NamedTuple):
    """One operation of BITFIELD."""

    name: bytes
    signed: bool
    bits: int
    offset: int
    operand: int
    """The value to SET, or the increment."""
    overflow: bytes


def operations(client: Client, words: Sequence[bytes]) -> list[Operation]:
    """Read the operations of a request. All are read before any is executed."""
    found = []
    overflow = b"WRAP"
    at = 0
    while at < len(words):
        name = words[at].upper()
        left = len(words) - at - 1
        if name == b"OVERFLOW" and left >= 1:
            overflow = words[at + 1].upper()
            if overflow not in (b"WRAP", b"SAT", b"FAIL"):
                raise CommandError(b"ERR Invalid OVERFLOW type specified")
            at += 2
        elif (name == b"GET" and left >= 2) or (name in (b"SET", b"INCRBY") and left >= 3):
            signed, bits = encoding(words[at + 1])
            offset = field_offset(client, words[at + 2], bits)
            operand = 0 if name == b"GET" else integer(words[at + 3])
            found.append(Operation(name, signed, bits, offset, operand, overflow))
            at += 3 if name == b"GET" else 4
        else:
            raise CommandError(SYNTAX)
    return found


def encoding(word: bytes) -> tuple[bool, int]:
    """Read the type of an integer: whether it is signed, and its number of bits."""
    if word[:1] not in (b"i", b"u"):
        raise CommandError(BAD_TYPE)
    signed = word[:1] == b"i"
    return signed, integer_between(word[1:], 1, 64 if signed else 63, BAD_TYPE)


def field_offset(client: Client, word: bytes, bits: int) -> int:
    """Read the offset of an integer: in bits, or behind # in integers of so many bits."""
    if not word.startswith(b"#"):
        return bit_offset(client, word)
    offset = integer(word[1:], BAD_OFFSET) * bits
    # Redis multiplies 64-bit integers: what overflows addresses another bit.
    return checked_offset(client, (offset + MAX_INTEGER + 1) % 2**64 - MAX_INTEGER - 1)


@command(
    "BITFIELD key [GET encoding offset | [OVERFLOW WRAP | SAT | FAIL] "
    "<SET encoding offset value | INCRBY encoding offset increment> "
    "[GET encoding offset | [OVERFLOW WRAP | SAT | FAIL] "
    "<SET encoding offset value | INCRBY encoding offset increment> ...]]",
    WRITE | DENYOOM,
    since="3.2.0",
    key_access="RW access update variable_flags",
)
def bitfield(client: Client, key: bytes, *words: bytes) -> Reply:
    """Read, set and add to integers of any width within a string."""
    db = client.db
    todo = operations(client, words)
    writes = [operation for operation in todo if operation.name != b"GET"]
    if not writes:
        return integers(client, key, todo)
    present = to_change(db, key)
    length = len(present or b"")
    end = max(operation.offset + operation.bits for operation in writes)
    string = with_room(db, key, present, (end + 7) >> 3)
    grown = len(string) != length
    replies: list[int | None] = []
    changes = 0
    for name, signed, bits, offset, operand, overflow in todo:
        old = bitmaps.get_integer(string, offset, bits, signed=signed)
        if name == b"GET":
            replies.append(old)
            continue
        # An unsigned integer is set to what a negative value is in 64 bits.
        value = old + operand if name == b"INCRBY" else operand if signed else operand % 2**64
        new = bitmaps.fit(value, bits, overflow, signed=signed)
        if new is None:
            replies.append(None)
            continue
        bitmaps.put_integer(string, offset, bits, new)
        replies.append(new if name == b"INCRBY" else old)
        changes += grown or new != old
    if changes:
        db.changed(key, b"setbit", STRING, changes)
    return replies


@command("BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]", READONLY | FAST, since="6.0.0")
def bitfield_ro(client: Client, key: bytes, *words: bytes) -> Reply:
    """Read integers of any width within a string."""
    todo = operations(client, words)
    if any(operation.name != b"GET" for operation in todo):
        raise CommandError(b"ERR BITFIELD_RO only supports the GET subcommand")
    return integers(client, key, todo)


def integers(client: Client, key: bytes, todo: list[Operation]) -> list[int]:
    """Return the integers that GET operations ask for."""
    string = read(client.db, key) or b""
    return [bitmaps.get_integer(string, get.offset, get.bits, signed=get.signed) for get in todo]
