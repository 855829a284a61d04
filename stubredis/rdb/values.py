"""Values of the keyspace to payloads and back: a byte for the form, and what it says in that form.

All forms that Redis since 2.6 and Valkey have written are read. A value is written in the form that Redis 7.2 has for
its encoding, which Valkey and later versions of Redis read, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, pairwise
from typing import Any

from stubredis.datatypes.floats import format_double
from stubredis.datatypes.hashes import FieldDeadlines, Hash
from stubredis.datatypes.limits import limits
from stubredis.datatypes.listpack_size import HEADER_AND_END, as_integer, packed_size
from stubredis.datatypes.lists import List
from stubredis.datatypes.sets import HASHTABLE, INTSET, LISTPACK, Set
from stubredis.datatypes.sorted_sets import SortedSet
from stubredis.datatypes.streams import Stream
from stubredis.rdb import intset, listpack, streams, writer, ziplist
from stubredis.rdb.reader import BadDataError, Reader, decimal
from stubredis.rdb.writer import String

# The forms, by their numbers in Redis' rdb.h.
STRING, LIST, SET, SORTED_SET_PRINTED, HASH, SORTED_SET = 0, 1, 2, 3, 4, 5
HASH_ZIPMAP, LIST_ZIPLIST, SET_INTSET, SORTED_SET_ZIPLIST, HASH_ZIPLIST = 9, 10, 11, 12, 13
LIST_ZIPLISTS, STREAM_1, HASH_LISTPACK, SORTED_SET_LISTPACK, LIST_NODES = 14, 15, 16, 17, 18
STREAM_2, SET_LISTPACK, STREAM_3 = 19, 20, 21
HASH_DEADLINES_EARLY, HASH_LISTPACK_DEADLINES_EARLY, HASH_DEADLINES, HASH_LISTPACK_DEADLINES = 22, 23, 24, 25

VERSION = 11
"""The version of the format in Redis 7.2."""
VERSION_OF_FIELD_DEADLINES = 12
"""The one in Redis 7.4, which brought deadlines of fields."""
VALKEY_VERSION = 80
"""The one in Valkey 9, where numbers above 21 mean something else."""

VERSIONS = frozenset((*range(VERSION_OF_FIELD_DEADLINES + 1), VALKEY_VERSION))
"""All versions that are read."""

_PLAIN, _PACKED = 1, 2
"""What a node of a list is: one large element, or a listpack."""
_NODE_OVERHEAD = 8


_NO_DEADLINE = -1
_LATEST_DEADLINE = 2**48 - 2
"""Redis keeps the deadlines of fields in 48 bits."""


# Writing


def write(value: Any, version: int = VERSION) -> bytes:
    """Return the payload of a value. Before version 11 it has the forms without listpacks, which all servers read."""
    writers = _WRITERS if version >= VERSION else _PLAIN_WRITERS
    return writers[type(value)](value, writer.Strings().write)


NEWEST_FORMS = (HASH_DEADLINES, HASH_LISTPACK_DEADLINES)
"""The forms that came with deadlines of fields."""


def version_of(payload: bytes, version: int = VERSION) -> int:
    """Return the oldest version from a certain one on that has the form of a payload."""
    return VERSION_OF_FIELD_DEADLINES if payload[0] in NEWEST_FORMS else version


def _form(form: int, *pieces: bytes) -> bytes:
    return b"".join((bytes((form,)), *pieces))


def _write_string(value: bytes | bytearray, string: String) -> bytes:
    return _form(STRING, string(value))


def _write_list(value: List, string: String) -> bytes:
    nodes = [_packed(list(value), string)] if value.encoding == b"listpack" else list(_nodes(value, string))
    return _form(LIST_NODES, writer.number(len(nodes)), *nodes)


def _nodes(elements: Iterable[bytes], string: String) -> Iterator[bytes]:
    """Write elements in nodes as full as RPUSH would fill them."""
    packed: list[bytes] = []
    size = HEADER_AND_END
    for element in elements:
        if packed and (size + len(element) + _NODE_OVERHEAD > limits.list_bytes or len(packed) >= limits.list_elements):
            yield _packed(packed, string)
            packed = []
            size = HEADER_AND_END
        if len(element) > limits.list_bytes:
            yield writer.number(_PLAIN) + string(element)
        else:
            packed.append(element)
            size += packed_size(element)
    if packed:
        yield _packed(packed, string)


def _packed(elements: list[bytes], string: String) -> bytes:
    return writer.number(_PACKED) + string(listpack.encode(elements))


def _write_hash(value: Hash, string: String) -> bytes:
    if value.deadlines:
        return _write_hash_with_deadlines(value, value.deadlines, string)
    if value.is_small:
        return _form(HASH_LISTPACK, string(listpack.encode(chain.from_iterable(value.items()))))
    return _write_plain_hash(value, string)


def _write_hash_with_deadlines(value: Hash, deadlines: FieldDeadlines, string: String) -> bytes:
    earliest = deadlines.earliest
    if value.is_small:
        triples = ((field, text, b"%d" % deadlines.get(field, 0)) for field, text in value.items())
        packed = string(listpack.encode(chain.from_iterable(triples)))
        return _form(HASH_LISTPACK_DEADLINES, writer.milliseconds(earliest), packed)
    pieces = [writer.milliseconds(earliest), writer.number(len(value))]
    for field, text in value.items():
        # The distance to the earliest one plus one; 0 means that there is none.
        pieces.append(writer.number(deadlines[field] - earliest + 1 if field in deadlines else 0))
        pieces.append(string(field))
        pieces.append(string(text))
    return _form(HASH_DEADLINES, *pieces)


def _write_set(value: Set, string: String) -> bytes:
    if value.encoding == INTSET:
        return _form(SET_INTSET, string(intset.encode([int(member) for member in value])))
    if value.encoding == LISTPACK:
        return _form(SET_LISTPACK, string(listpack.encode(value)))
    return _write_plain_set(value, string)


def _write_sorted_set(value: SortedSet, string: String) -> bytes:
    if value.encoding == b"listpack":
        elements = chain.from_iterable((member, _score_text(score)) for member, score in value.pairs())
        return _form(SORTED_SET_LISTPACK, string(listpack.encode(elements)))
    return _write_plain_sorted_set(value, string)


def _write_stream(value: Stream, string: String) -> bytes:
    return _form(STREAM_3, *streams.write(value, string))


def _write_plain_list(value: List, string: String) -> bytes:
    return _form(LIST, writer.number(len(value)), *map(string, value))


def _write_plain_set(value: Set, string: String) -> bytes:
    return _form(SET, writer.number(len(value)), *map(string, value))


def _write_plain_hash(value: Hash, string: String) -> bytes:
    return _form(HASH, writer.number(len(value)), *map(string, chain.from_iterable(value.items())))


def _write_plain_sorted_set(value: SortedSet, string: String) -> bytes:
    pairs = [string(member) + writer.double(score) for member, score in reversed(value.pairs())]
    return _form(SORTED_SET, writer.number(len(value)), *pairs)


def _write_old_stream(value: Stream, string: String) -> bytes:
    return _form(STREAM_1, *streams.write(value, string, version=1))


def _score_text(score: float) -> bytes:
    """Print a score as it stands in a listpack, where minus zero is zero."""
    return format_double(score or 0.0)


_WRITERS: dict[type, Callable[[Any, String], bytes]] = {
    bytes: _write_string,
    bytearray: _write_string,
    List: _write_list,
    Set: _write_set,
    SortedSet: _write_sorted_set,
    Hash: _write_hash,
    Stream: _write_stream,
}
_PLAIN_WRITERS: dict[type, Callable[[Any, String], bytes]] = {
    bytes: _write_string,
    bytearray: _write_string,
    List: _write_plain_list,
    Set: _write_plain_set,
    SortedSet: _write_plain_sorted_set,
    Hash: _write_plain_hash,
    Stream: _write_old_stream,
}


# Reading


def read(reader: Reader, version: int = VERSION_OF_FIELD_DEADLINES) -> Any:
    """Read a value in the format of a version. Raises BadDataError if there is none, also for the values of modules."""
    return read_form(reader.byte(), reader, version)


def read_form(form: int, reader: Reader, version: int) -> Any:
    """Read what follows the number of a form. Raises BadDataError."""
    read_value = (_VALKEY_READERS if version == VALKEY_VERSION else _READERS).get(form)
    if read_value is None:
        raise BadDataError
    return read_value(reader)


def _strings(reader: Reader, each: int = 1) -> list[bytes]:
    """Read a number, which is not 0, and so many strings, or pairs of them."""
    count = reader.count()
    if not count:
        raise BadDataError
    strings = []
    read_string = reader.string
    for _ in range(count * each):  # ends soon if the number is too large, since every string takes a byte
        strings.append(read_string())  # noqa: PERF401  (as a comprehension it would reserve memory for all)
    return strings


def _distinct(names: Sequence[bytes]) -> Sequence[bytes]:
    """Return names that must all be different, and not none."""
    if not names or len(set(names)) != len(names):
        raise BadDataError
    return names


def _pairs(words: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Return pairs of what stands in turns, different names and something with them."""
    if len(words) % 2:
        raise BadDataError
    return list(zip(_distinct(words[::2]), words[1::2], strict=True))


def _read_list(reader: Reader) -> List:
    return List(_strings(reader))


def _read_list_ziplist(reader: Reader) -> List:
    return _list(ziplist.decode(reader.string()))


def _read_list_ziplists(reader: Reader) -> List:
    elements: list[bytes] = []
    for _ in range(reader.count()):
        elements += ziplist.decode(reader.string())
    return _list(elements)


def _read_list_nodes(reader: Reader) -> List:
    elements: list[bytes] = []
    for _ in range(reader.count()):
        container = reader.count()
        data = reader.string()
        if container == _PACKED:
            elements += listpack.decode(data)
        elif container == _PLAIN and data:
            elements.append(data)
        else:
            raise BadDataError
    return _list(elements)


def _list(elements: list[bytes]) -> List:
    if not elements:
        raise BadDataError
    return List(elements)


def _read_set(reader: Reader) -> Set:
    return _set(_strings(reader), INTSET, limits.intset_members)


def _read_set_intset(reader: Reader) -> Set:
    return _set([b"%d" % number for number in intset.decode(reader.string())], INTSET, limits.intset_members)


def _read_set_listpack(reader: Reader) -> Set:
    return _set(listpack.decode(reader.string()), LISTPACK, limits.set_members)


def _set(members: Sequence[bytes], encoding: bytes, most: int) -> Set:
    """Make a set in this encoding, if it allows for so many members."""
    return Set(_distinct(members), encoding if len(members) <= most else HASHTABLE)


def _read_sorted_set(reader: Reader) -> SortedSet:
    return _sorted_set([(reader.string(), reader.double()) for _ in range(reader.count())])


def _read_sorted_set_printed(reader: Reader) -> SortedSet:
    return _sorted_set([(reader.string(), reader.printed_double()) for _ in range(reader.count())])


def _read_sorted_set_ziplist(reader: Reader) -> SortedSet:
    return _sorted_set_of(ziplist.decode(reader.string()))


def _read_sorted_set_listpack(reader: Reader) -> SortedSet:
    return _sorted_set_of(listpack.decode(reader.string()))


def _sorted_set_of(words: Sequence[bytes]) -> SortedSet:
    """Make a sorted set of members and printed scores in turns, which begin with a number or are 0, as in Redis."""
    return _sorted_set([(member, decimal(text) or 0.0) for member, text in _pairs(words)])


def _sorted_set(pairs: Sequence[tuple[bytes, float]]) -> SortedSet:
    _distinct([member for member, _ in pairs])
    if any(score != score for _, score in pairs):  # noqa: PLR0124  (no number)
        raise BadDataError
    return SortedSet(pairs)


def _read_hash(reader: Reader) -> Hash:
    return _hash(_strings(reader, 2))


def _read_hash_zipmap(reader: Reader) -> Hash:
    return _hash(ziplist.decode_zipmap(reader.string()))


def _read_hash_ziplist(reader: Reader) -> Hash:
    return _hash(ziplist.decode(reader.string()))


def _read_hash_listpack(reader: Reader) -> Hash:
    return _hash(listpack.decode(reader.string()))


def _read_hash_deadlines_early(reader: Reader) -> Hash:
    return _read_hash_in_triples(reader, 1)


def _read_hash_deadlines(reader: Reader) -> Hash:
    return _read_hash_in_triples(reader, reader.milliseconds())


def _read_hash_in_triples(reader: Reader, earliest: int) -> Hash:
    pairs = []
    deadlines = {}
    for _ in range(reader.count()):
        distance = reader.number()
        field = reader.string()
        pairs.append((field, reader.string()))
        if distance:
            deadlines[field] = _deadline(distance + earliest - 1)
    return _hash_with_deadlines(pairs, deadlines)


def _read_hash_valkey(reader: Reader) -> Hash:
    pairs = []
    deadlines = {}
    for _ in range(reader.count()):
        field = reader.string()
        pairs.append((field, reader.string()))
        deadline = reader.milliseconds()
        if deadline < _NO_DEADLINE:
            raise BadDataError
        if deadline != _NO_DEADLINE:
            deadlines[field] = deadline
    return _hash_with_deadlines(pairs, deadlines)


def _hash_with_deadlines(pairs: Sequence[tuple[bytes, bytes]], deadlines: dict[bytes, int]) -> Hash:
    """Make a hash whose volatile fields may be anywhere; in a small one they come first, the earliest in front.

    Of two with the same deadline the last is the first, as if they had got it one after the other.
    """
    _distinct([field for field, _ in pairs])
    value = Hash(pairs)
    if deadlines:
        if value.is_small:
            volatile = [pair for pair in reversed(pairs) if pair[0] in deadlines]
            volatile.sort(key=lambda pair: deadlines[pair[0]])
            value = Hash([*volatile, *(pair for pair in pairs if pair[0] not in deadlines)])
        value.deadlines = FieldDeadlines(deadlines.items())
    return value


def _read_hash_listpack_deadlines_early(reader: Reader) -> Hash:
    """Read triples of field, value and deadline, the earliest first, and behind them those without one (0)."""
    words = listpack.decode(reader.string())
    if len(words) % 3:
        raise BadDataError
    fields = _distinct(words[::3])
    deadlines = [_deadline(as_integer(word)) for word in words[2::3]]
    if any(later and (not earlier or later < earlier) for earlier, later in pairwise(deadlines)):
        raise BadDataError
    value = Hash(zip(fields, words[1::3], strict=True))
    value.deadlines = FieldDeadlines(pair for pair in zip(fields, deadlines, strict=True) if pair[1])
    return value


def _read_hash_listpack_deadlines(reader: Reader) -> Hash:
    reader.milliseconds()  # the earliest deadline, which is found in the listpack, too
    return _read_hash_listpack_deadlines_early(reader)


def _deadline(deadline: int | None) -> int:
    if deadline is None or not 0 <= deadline <= _LATEST_DEADLINE:
        raise BadDataError
    return deadline


def _hash(words: Sequence[bytes]) -> Hash:
    """Make a hash of fields and values in turns."""
    return Hash(_pairs(words))


_READERS: dict[int, Callable[[Reader], Any]] = {
    STRING: Reader.string,
    LIST: _read_list,
    SET: _read_set,
    SORTED_SET_PRINTED: _read_sorted_set_printed,
    HASH: _read_hash,
    SORTED_SET: _read_sorted_set,
    HASH_ZIPMAP: _read_hash_zipmap,
    LIST_ZIPLIST: _read_list_ziplist,
    SET_INTSET: _read_set_intset,
    SORTED_SET_ZIPLIST: _read_sorted_set_ziplist,
    HASH_ZIPLIST: _read_hash_ziplist,
    LIST_ZIPLISTS: _read_list_ziplists,
    HASH_LISTPACK: _read_hash_listpack,
    SORTED_SET_LISTPACK: _read_sorted_set_listpack,
    LIST_NODES: _read_list_nodes,
    STREAM_1: partial(streams.read, version=1),
    STREAM_2: partial(streams.read, version=2),
    SET_LISTPACK: _read_set_listpack,
    STREAM_3: partial(streams.read, version=3),
}

_VALKEY_READERS = {**_READERS, HASH_DEADLINES_EARLY: _read_hash_valkey}
"""The forms of Valkey 9, where a number means another form than in Redis."""

_READERS.update(
    {
        HASH_DEADLINES_EARLY: _read_hash_deadlines_early,
        HASH_LISTPACK_DEADLINES_EARLY: _read_hash_listpack_deadlines_early,
        HASH_DEADLINES: _read_hash_deadlines,
        HASH_LISTPACK_DEADLINES: _read_hash_listpack_deadlines,
    }
)
