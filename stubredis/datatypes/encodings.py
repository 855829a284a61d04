"""The names of the ways in which Redis would keep a value."""

from __future__ import annotations

from typing import Any

from stubredis.datatypes.hashes import Hash
from stubredis.datatypes.listpack_size import as_integer
from stubredis.datatypes.lists import List
from stubredis.datatypes.sets import Set
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.versions import LATEST, Emulated

LONGEST_EMBEDDED = 44
"""Up to this length Redis keeps a string in one piece with what it knows about it."""


OLDER: dict[tuple[type, bytes], tuple[str, bytes]] = {
    (Hash, b"listpack"): ("7.0.0", b"ziplist"),
    (SortedSet, b"listpack"): ("7.0.0", b"ziplist"),
    (List, b"listpack"): ("7.2.0", b"quicklist"),
    (Set, b"listpack"): ("7.2.0", b"hashtable"),
}
"""The version that brought an encoding, and how the value was kept before."""


def encoding_of(value: Any, emulated: Emulated = LATEST) -> bytes:
    """Return the name of the way in which a server would keep a value."""
    if type(value) is bytearray:  # a string that was changed in place
        return b"raw"
    if type(value) is bytes:
        if as_integer(value) is not None:
            return b"int"
        return b"embstr" if len(value) <= LONGEST_EMBEDDED else b"raw"
    encoding: bytes = value.encoding
    since, older = OLDER.get((type(value), encoding), ("", b""))
    return older if since and emulated.before(since) else encoding
