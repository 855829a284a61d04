"""The payloads of DUMP and RESTORE: a value, the version of the format in two bytes, and a checksum in eight."""

from __future__ import annotations

from typing import Any

from stubredis.datatypes.vector_sets import VectorSet
from stubredis.errors import CommandError
from stubredis.rdb import values
from stubredis.rdb.crc64 import crc64
from stubredis.rdb.reader import Reader

_VERSION, _CHECKSUM = 2, 8
FOOTER = _VERSION + _CHECKSUM
"""The length of what follows the data, in bytes."""


class ForeignPayloadError(Exception):
    """A payload that was damaged on its way, or is of a version that is not known."""


def seal(data: bytes, version: int) -> bytes:
    """Return data of a version of the format as a payload."""
    data += version.to_bytes(_VERSION, "little")
    return data + crc64(data).to_bytes(_CHECKSUM, "little")


def version_of(payload: bytes) -> int:
    """Return the version of a payload. Raises ForeignPayloadError if it is not known, or the checksum is wrong."""
    version = int.from_bytes(payload[-FOOTER:-_CHECKSUM], "little")
    if len(payload) < FOOTER or version not in values.VERSIONS:
        raise ForeignPayloadError
    if crc64(payload[:-_CHECKSUM]) != int.from_bytes(payload[-_CHECKSUM:], "little"):
        raise ForeignPayloadError
    return version


def dump(value: Any, version: int = values.VERSION) -> bytes:
    """Return the payload of a value in a version of the format, or a newer one if it needs that.

    Raises CommandError for a vector set, whose format is a module's own.
    """
    if type(value) is VectorSet:
        raise CommandError(b"ERR a vector set has no payload")
    data = values.write(value, version)
    return seal(data, values.version_of(data, version))


def restore(payload: bytes) -> Any:
    """Return the value of a payload. Raises ForeignPayloadError, or BadDataError if what it says is no value.

    What follows the value is not looked at, and a value may even end within the footer, as in Redis.
    """
    return values.read(Reader(payload), version_of(payload))
