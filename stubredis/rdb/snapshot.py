"""Snapshots: all keys of a server in one file, as SAVE writes it and Redis and Valkey read it at their start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from stubredis.rdb import values, writer
from stubredis.rdb.crc64 import crc64
from stubredis.rdb.reader import BadDataError, Reader

# What a record begins with, unless it is the form of a value.
SLOT, FUNCTION, MODULE, IDLE, FREQUENCY, FIELD, SIZES = 0xF4, 0xF5, 0xF7, 0xF8, 0xF9, 0xFA, 0xFB
DEADLINE, DEADLINE_IN_SECONDS, DATABASE, END = 0xFC, 0xFD, 0xFE, 0xFF

_HEAD = re.compile(rb"REDIS(\d{4})|VALKEY(\d{3})")
_CHECKED_SINCE = 5
"""The version of the format that brought the checksum at the end."""
_MODULE_FORMS = (6, 7)
_BLOCK = 1 << 16
"""So many bytes are written at once: the checksum of a long block costs least."""


class SnapshotError(Exception):
    """Why a snapshot cannot be read or written, in one line."""


class Stored(NamedTuple):
    """A key of a snapshot, with its deadline in milliseconds."""

    database: int
    key: bytes
    value: Any
    deadline: int | None


class Library(NamedTuple):
    """The code of a library of functions."""

    code: bytes


# Writing


def key_record(key: bytes, value: Any, deadline: int | None, version: int = values.VERSION) -> bytes:
    """Return what a snapshot in a version of the format has of a key."""
    name = _string(key)
    data = b"\0" + _short(value) if type(value) is bytes and len(value) < writer.SHORT else values.write(value, version)
    if deadline is None:
        return b"".join((data[:1], name, data[1:]))
    return b"".join((bytes((DEADLINE,)), writer.milliseconds(deadline), data[:1], name, data[1:]))


_short = writer.Strings().write
"""Writes strings that are too short to be compressed."""


def _string(text: bytes) -> bytes:
    return _short(text) if len(text) < writer.SHORT else writer.Strings().write(text)


def head(version: int, fields: Mapping[bytes, bytes]) -> bytes:
    """Return the beginning: the version of the format, and what there is to know of the snapshot."""
    string = writer.Strings().write
    described = [bytes((FIELD,)) + string(name) + string(value) for name, value in fields.items()]
    return b"".join((b"REDIS%04d" % version, *described))


def library_record(code: bytes) -> bytes:
    """Return what a snapshot has of a library."""
    return bytes((FUNCTION,)) + writer.Strings().write(code)


def database_head(number: int, records: Iterable[bytes]) -> bytes:
    """Return what stands before the keys of a database."""
    with_deadline = [record[0] == DEADLINE for record in records]
    sizes = writer.number(len(with_deadline)) + writer.number(sum(with_deadline))
    return b"".join((bytes((DATABASE,)), writer.number(number), bytes((SIZES,)), sizes))


def sealed(pieces: Iterable[bytes], *, checked: bool = True) -> Iterator[bytes]:
    """Return pieces with the end behind them: a mark and the checksum of everything, 0 for none."""
    checksum = 0
    gathered: list[bytes] = []
    size = 0
    for piece in chain(pieces, (bytes((END,)),)):
        gathered.append(piece)
        size += len(piece)
        if size >= _BLOCK or piece[0] == END:
            block = b"".join(gathered)
            checksum = crc64(block, checksum) if checked else 0
            yield block
            gathered, size = [], 0
    yield checksum.to_bytes(8, "little")


# Reading


def read(data: bytes) -> Iterator[Stored | Library]:
    """Read a snapshot of Redis or Valkey. Raises SnapshotError for what is none, damaged or not known."""
    found = _HEAD.match(data)
    if found is None:
        raise SnapshotError("it is no snapshot")
    version = int(found[1] or found[2])
    if version not in values.VERSIONS:
        raise SnapshotError(f"it has version {version} of the format, which is not known")
    reader = Reader(data, found.end())
    try:
        yield from _records(reader, version)
        end = reader.place
        checksum = int.from_bytes(reader.take(8), "little") if version >= _CHECKED_SINCE else 0
    except BadDataError:
        raise SnapshotError(f"it is damaged before byte {reader.place}") from None
    if checksum and checksum != crc64(memoryview(data)[:end]):
        raise SnapshotError("its checksum is wrong")


def _records(reader: Reader, version: int) -> Iterator[Stored | Library]:
    database = 0
    deadline: int | None = None
    while (mark := reader.byte()) != END:
        match mark:
            case 0xFE:
                database = reader.count()
            case 0xFD:
                deadline = int.from_bytes(reader.take(4), "little", signed=True) * 1000
            case 0xFC:
                deadline = reader.milliseconds()
            case 0xFB:
                reader.count(), reader.count()
            case 0xFA:
                reader.string(), reader.string()
            case 0xF9:
                reader.byte()
            case 0xF8:
                reader.number()
            case 0xF7:
                _skip_module(reader)
            case 0xF5:
                yield Library(bytes(reader.string()))
            case 0xF4:
                reader.count(), reader.count(), reader.count()
            case _:
                key = bytes(reader.string())
                if mark in _MODULE_FORMS:
                    raise SnapshotError(f"the value of {key!r} is one of a module")
                yield Stored(database, key, values.read_form(mark, reader, version), deadline)
                deadline = None


def _skip_module(reader: Reader) -> None:
    """Pass over what a module has put beside the keys: typed elements up to a mark."""
    reader.number()
    while kind := reader.number():
        if kind in (1, 2):
            reader.number()
        elif kind in (3, 4):
            reader.take(4 * (kind - 2))
        elif kind == 5:
            reader.string()
        else:
            raise BadDataError
