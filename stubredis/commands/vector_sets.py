"""Vector sets: elements that are found by how similar their vectors are."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from stubredis import errors
from stubredis.arguments import MAX_INTEGER, MOST_RANDOM, double, integer, integer_between
from stubredis.client import Client
from stubredis.command import DENYOOM, FAST, MODULE, READONLY, WRITE, group
from stubredis.datatypes.vector_sets import VectorSet
from stubredis.datatypes.vectors import Bytes, Floats, Quantisation, Signs, Unquantised, floats, single
from stubredis.errors import CommandError
from stubredis.protocol.replies import NULL_ARRAY, Reply, status

if TYPE_CHECKING:
    from stubredis.datatypes.vector_filters import Filter

command = group("module")

# To Redis these are commands of a module, which have no ACL categories and say little about their keys.
ACCESS = "RW access update"
NEITHER = "-read -write -slow -fast"

INVALID_VECTOR = b"ERR invalid vector specification"
DIMENSION_MISMATCH = b"ERR Vector dimension mismatch - got %d but set has %d"
INPUT_MISMATCH = b"ERR Input dimension mismatch for projection - got %d but projection expects %d"

MOST_DIMENSIONS = 1 << 16
MOST_EXPLORATION = 1_000_000
LEAST_LINKS, LINKS, MOST_LINKS = 4, 16, 4096
QUANTISATIONS: dict[bytes, type[Quantisation]] = {b"NOQUANT": Unquantised, b"BIN": Signs, b"Q8": Bytes}


# Vectors in requests


def vector(words: Sequence[bytes]) -> tuple[Floats, int]:
    """Read `FP32 blob` or `VALUES num value [value ...]`: return the vector, and how many words it took."""
    form = words[0].upper() if len(words) > 1 else b""
    if form == b"FP32":
        blob = words[1]
        if not 4 <= len(blob) <= 4 * MOST_DIMENSIONS or len(blob) % 4:
            raise CommandError(INVALID_VECTOR)
        return array("f", blob), 2
    if form != b"VALUES":
        raise CommandError(INVALID_VECTOR)
    count = integer_between(words[1], 1, MOST_DIMENSIONS, INVALID_VECTOR)
    if count + 2 > len(words):
        raise CommandError(INVALID_VECTOR)
    return floats(components(words[2 : count + 2])), count + 2


def components(words: Sequence[bytes]) -> list[float]:
    """Read many doubles, the usual ones at once."""
    if not b"".join(words).strip(b"0123456789.-e"):
        try:
            values = list(map(float, words))
        except ValueError:
            raise CommandError(INVALID_VECTOR) from None
        if all(values) and all(map(math.isfinite, values)):  # a zero may have been too small for a double
            return values
    return [double(word, INVALID_VECTOR) for word in words]


def reduced_to(word: bytes, dimension: int) -> int:
    """Read the dimension to which a vector is to be reduced."""
    return integer_between(word, 1, dimension, INVALID_VECTOR)


# Adding and removing


class Adding:
    """The options of VADD."""

    __slots__ = ("attributes", "links", "quantisation")

    def __init__(self, words: Sequence[bytes]) -> None:
        self.attributes: bytes | None = None
        self.links = LINKS
        self.quantisation: type[Quantisation] = Bytes
        rest = iter(words)
        for word in rest:
            option = word.upper()
            if option in QUANTISATIONS:
                self.quantisation = QUANTISATIONS[option]
            elif option == b"EF" and (value := next(rest, None)) is not None:
                integer_between(value, 1, MOST_EXPLORATION, b"ERR invalid EF")
            elif option == b"M" and (value := next(rest, None)) is not None:
                self.links = integer_between(value, LEAST_LINKS, MOST_LINKS, b"ERR invalid M")
            elif option == b"SETATTR" and (value := next(rest, None)) is not None:
                self.attributes = value
            elif option != b"CAS":
                raise CommandError(b"ERR invalid option after element")


@command(
    "VADD key [REDUCE dim] <FP32 | VALUES num> vector element [CAS] [NOQUANT | Q8 | BIN] [EF build-exploration-factor] "
    "[SETATTR attributes] [M numlinks]",
    WRITE | DENYOOM | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER,
    complexity="O(N) for a vector of N dimensions.",
)  # fmt: skip
def vadd(client: Client, key: bytes, *words: bytes) -> Reply:
    """Add an element with its vector, or give it another vector."""
    start = 2 if words[0].upper() == b"REDUCE" else 0
    values, count = vector(words[start:])
    reduced = reduced_to(words[1], len(values)) if start else 0
    behind = start + count
    if behind >= len(words):
        raise errors.wrong_arity("vadd")
    element = words[behind]
    options = Adding(words[behind + 1 :])
    db = client.db
    value = db.write(key, VectorSet)
    if value is None:
        quantisation = options.quantisation(reduced or len(values))
        value = VectorSet(quantisation, options.links, len(values) if reduced else 0)
        values = fit(value, values)
        db.add(key, value)
    else:
        check(value, options, reduced, len(values))
        values = fit(value, values)
    added = value.add(element, values)
    attributes = options.attributes
    if attributes or (attributes is not None and added):
        value.attributes[element] = attributes
    elif attributes is not None:
        value.attributes.pop(element, None)
    db.changed_silently(key)
    return added


def check(value: VectorSet, options: Adding, reduced: int, dimension: int) -> None:
    """Refuse what does not go together with the vectors that a set has."""
    if type(value.quantisation) is not options.quantisation:
        raise CommandError(b"ERR asked quantization mismatch with existing vector set")
    if value.links != options.links:
        raise CommandError(b"ERR asked M value mismatch with existing vector set")
    if value.dimension != (reduced if value.input_dimension else dimension):
        raise CommandError(DIMENSION_MISMATCH % (dimension, value.dimension))
    if reduced and not value.input_dimension:
        raise CommandError(b"ERR cannot add projection to existing set without projection")


def fit(value: VectorSet, values: Floats) -> Floats:
    """Reduce a vector as a set demands."""
    if not value.input_dimension:
        return values
    if len(values) != value.input_dimension:
        raise CommandError(INPUT_MISMATCH % (len(values), value.input_dimension))
    return value.reduce(values)


@command("VREM key element", WRITE | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER)
def vrem(client: Client, key: bytes, element: bytes) -> Reply:
    """Remove an element; the key goes with the last one."""
    db = client.db
    value = db.write(key, VectorSet)
    if value is None or not value.remove(element):
        return False
    if not value:
        db.delete(key)
    db.changed_silently(key)
    return True


@command("VSETATTR key element attributes", WRITE | FAST | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER)
def vsetattr(client: Client, key: bytes, element: bytes, attributes: bytes) -> Reply:
    """Give an element attributes, or take them away with an empty text."""
    db = client.db
    value = db.write(key, VectorSet)
    if value is None or element not in value:
        return False
    if attributes:
        value.attributes[element] = attributes
    else:
        value.attributes.pop(element, None)
    db.changed_silently(key)
    return True


# Searching


class Search:
    """The options of VSIM. The search is exact, so what tells how far to go on with it is only checked."""

    __slots__ = ("count", "filter", "most_distant", "with_attributes", "with_scores")

    def __init__(self, words: Sequence[bytes]) -> None:
        self.with_scores = self.with_attributes = False
        self.count = 10
        self.most_distant = 2.0
        self.filter: Filter | None = None
        rest = iter(words)
        for word in rest:
            option = word.upper()
            if option == b"WITHSCORES":
                self.with_scores = True
            elif option == b"WITHATTRIBS":
                self.with_attributes = True
            elif option not in (b"TRUTH", b"NOTHREAD"):
                self.read(option, rest)

    def read(self, option: bytes, rest: Iterator[bytes]) -> None:
        """Read an option that has a value."""
        value = next(rest, None)
        if value is None:
            raise CommandError(b"ERR syntax error in VSIM command")
        if option == b"COUNT":
            self.count = integer_between(value, 1, MAX_INTEGER, b"ERR invalid COUNT")
        elif option == b"EPSILON":
            self.most_distant = single(double(value, b"ERR invalid EPSILON"))
            if self.most_distant <= 0:
                raise CommandError(b"ERR invalid EPSILON")
        elif option in (b"EF", b"FILTER-EF"):
            integer_between(value, 1, MAX_INTEGER, b"ERR invalid " + option)
        elif option == b"FILTER":
            self.filter = compiled(value)
        else:
            raise CommandError(b"ERR syntax error in VSIM command")


def compiled(expression: bytes) -> Filter:
    """Compile a filter; the error shows the expression from where it went wrong."""
    from stubredis.datatypes.vector_filters import Filter, FilterError  # noqa: PLC0415  (many patterns to compile)

    try:
        return Filter(expression)
    except FilterError as error:
        rest = (expression[error.at :] or expression).partition(b"\0")[0]
        raise CommandError(b"ERR syntax error in FILTER expression near: " + rest.rstrip(b"\r\n")) from None


def sought(value: VectorSet, words: Sequence[bytes]) -> tuple[Floats, int]:
    """Read the vector, or the element, to which similar ones are sought, and tell how many words it took."""
    if words[0].upper() == b"ELE":
        kept = value.vector(words[1])
        if kept is None:
            raise CommandError(b"ERR element not found in set")
        return value.quantisation.values(kept), 2
    values, count = vector(words)
    if len(values) != value.dimension:
        values = fit(value, values)
    if len(values) != value.dimension:
        raise CommandError(DIMENSION_MISMATCH % (len(values), value.dimension))
    return values, count


@command(
    "VSIM key <ELE | FP32 | VALUES num> <vector | element> [WITHSCORES] [WITHATTRIBS] [COUNT num] "
    "[EPSILON max-distance] [EF search-exploration-factor] [FILTER expression] [FILTER-EF max-filtering-effort] "
    "[TRUTH] [NOTHREAD]",
    READONLY | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER,
    complexity="O(N*M) for N elements with vectors of M dimensions.",
)  # fmt: skip
def vsim(client: Client, key: bytes, *words: bytes) -> Reply:
    """Return the elements whose vectors are most similar to one, with scores from 1 down to 0."""
    value = client.db.read(key, VectorSet)
    if value is None:
        return []
    values, count = sought(value, words)
    search = Search(words[count:])
    accepts = search.filter.accepts if search.filter else None
    found = value.nearest(values, search.count, accepts)
    found = [(element, distance) for element, distance in found if not distance / 2 > search.most_distant]
    attributes = value.attributes.get
    if search.with_scores and search.with_attributes:
        both = [(element, [similarity(distance), attributes(element)]) for element, distance in found]
        if client.resp == 3:
            return dict(both)
        return [word for element, pair in both for word in (element, *pair)]
    if search.with_scores:
        return {element: similarity(distance) for element, distance in found}
    if search.with_attributes:
        return {element: attributes(element) for element, _ in found}
    return [element for element, _ in found]


def similarity(distance: float) -> float:
    """Turn a distance from 0 to 2 into a score from 1 to 0."""
    return 1.0 - distance / 2.0


# Looking at elements


@command("VEMB key element [RAW]", READONLY | FAST | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER)
def vemb(client: Client, key: bytes, element: bytes, *words: bytes) -> Reply:
    """Return the vector of an element, as exact as it is kept, or as it is kept."""
    if not all(word.upper() == b"RAW" for word in words):
        raise CommandError(b"ERR invalid option")
    value = client.db.read(key, VectorSet)
    kept = None if value is None else value.vector(element)
    if value is None or kept is None:
        return None
    quantisation = value.quantisation
    if not words:
        return list(quantisation.values(kept))
    raw: list[Any] = [status(quantisation.name), quantisation.raw(kept), kept.length]
    return [*raw, kept.reach] if quantisation.has_reach else raw


@command("VGETATTR key element", READONLY | FAST | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER)
def vgetattr(client: Client, key: bytes, element: bytes) -> Reply:
    """Return the attributes of an element."""
    value = client.db.read(key, VectorSet)
    return None if value is None else value.attributes.get(element)


@command("VISMEMBER key element", READONLY | MODULE, since="8.2.0", key_access=ACCESS, categories=NEITHER)
def vismember(client: Client, key: bytes, element: bytes) -> Reply:
    """Tell whether a vector set has an element."""
    value = client.db.read(key, VectorSet)
    return value is not None and element in value


@command(
    "VLINKS key element [WITHSCORES]", READONLY | FAST | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER,
    complexity="O(N*M) for N elements with vectors of M dimensions.",
)  # fmt: skip
def vlinks(client: Client, key: bytes, element: bytes, option: bytes | None = None) -> Reply:
    """Return the neighbours of an element: there is one level, of the nearest ones."""
    if option is not None and option.upper() != b"WITHSCORES":
        raise errors.wrong_arity("vlinks")
    value = client.db.read(key, VectorSet)
    if value is None or element not in value:
        return None
    found = value.neighbours(element)
    if option is None:
        return [[name for name, _ in found]]
    return [{name: single(similarity(distance)) for name, distance in found}]


@command(
    "VRANDMEMBER key [count]", READONLY | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER,
    complexity="O(N) for N returned elements.",
)  # fmt: skip
def vrandmember(client: Client, key: bytes, count: bytes | None = None) -> Reply:
    """Return random elements: different ones for a positive count, with repetitions for a negative one."""
    if count is None:
        value = client.db.read(key, VectorSet)
        return None if value is None else value.random()
    number = integer(count, b"ERR COUNT value is not an integer")
    if -number > MOST_RANDOM:
        raise CommandError(b"ERR value is out of range")
    if not number:
        return []
    value = client.db.read(key, VectorSet)
    if value is None:
        return []
    return value.sample(number) if number > 0 else value.random_with_repetitions(-number)


def end_of_range(word: bytes, error: bytes) -> tuple[bytes, bytes]:
    """Read `[name`, `(name`, which leaves out the name itself, `-` or `+`: return the mark and the name."""
    if word in (b"-", b"+"):
        return word, b""
    if len(word) < 2 or word[:1] not in (b"[", b"("):
        raise CommandError(error)
    return word[:1], word[1:]


@command(
    "VRANGE key start end [count]", READONLY | MODULE, since="8.4.0", key_access=ACCESS, categories=NEITHER,
    complexity="O(N*log(N)) for N elements.",
)  # fmt: skip
def vrange(client: Client, key: bytes, start: bytes, end: bytes, count: bytes | None = None) -> Reply:
    """Return the elements from one to another in the order of their bytes."""
    most = -1 if count is None else integer(count, b"ERR invalid COUNT value")
    lower, low = end_of_range(start, b"ERR invalid start range format")
    upper, high = end_of_range(end, b"ERR invalid end range format")
    if lower == b"+" or upper == b"-":
        raise CommandError(b"ERR '-' can only be used as first argument, '+' only as second")
    names = sorted(client.db.read(key, VectorSet) or ())
    first = (bisect_right if lower == b"(" else bisect_left)(names, low)
    behind = len(names) if upper == b"+" else (bisect_left if upper == b"(" else bisect_right)(names, high)
    names = names[first:behind]
    return names if most < 0 else names[:most]


# Looking at the set


@command("VCARD key", READONLY | FAST | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER)
def vcard(client: Client, key: bytes) -> Reply:
    """Count the elements of a vector set."""
    return len(client.db.read(key, VectorSet) or ())


@command("VDIM key", READONLY | FAST | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER)
def vdim(client: Client, key: bytes) -> Reply:
    """Return the dimension of the vectors of a set."""
    value = client.db.read(key, VectorSet)
    if value is None:
        raise CommandError(b"ERR key does not exist")
    return value.dimension


@command("VINFO key", READONLY | FAST | MODULE, since="8.0.0", key_access=ACCESS, categories=NEITHER)
def vinfo(client: Client, key: bytes) -> Reply:
    """Tell how a vector set is kept."""
    value = client.db.read(key, VectorSet)
    if value is None:
        return NULL_ARRAY
    return {
        status(b"quant-type"): status(value.quantisation.name),
        status(b"hnsw-m"): value.links,
        status(b"vector-dim"): value.dimension,
        status(b"projection-input-dim"): value.input_dimension,
        status(b"size"): len(value),
        status(b"max-level"): 0,
        status(b"attributes-count"): len(value.attributes),
        status(b"vset-uid"): value.uid,
        status(b"hnsw-max-node-uid"): value.added,
    }
