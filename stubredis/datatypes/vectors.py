"""Vectors as Redis keeps them in a vector set: scaled to length 1, and quantised.

Redis computes with floats of 32 bits. Each step here is rounded to such a float where that decides what clients see, so
that they get the numbers of a real server; only the dot products of long vectors that are not quantised are summed up
in another order, which may differ in the last digit.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import chain, repeat
from operator import add, mul, sub, truediv
from typing import Any, ClassVar, TypeAlias

from stubredis.datatypes.sizes import NUMBER, block

if sys.version_info >= (3, 12):
    from math import sumprod as dot
else:

    def dot(left: Iterable[float], right: Iterable[float]) -> float:
        """Return the dot product of two vectors."""
        result: float = sum(map(mul, left, right))
        return result


Floats: TypeAlias = "array[float]"
"""An array of type code `f`."""

_LONG = 16
"""From this dimension on, Redis leaves it to the processor in which order floats are added."""
_ZERO = 128
"""What a component of 0 is in a vector of bytes."""
_STEPS = 127
"""Into so many steps a vector of bytes divides the range from 0 to its largest component."""
_TO_SIGNED = bytes((byte + _ZERO) % 256 for byte in range(256))


def floats(values: Iterable[float]) -> Floats:
    """Round numbers to floats of 32 bits; what is too large becomes infinite."""
    return array("f", values)


def single(value: float) -> float:
    """Round one number to a float of 32 bits."""
    return array("f", (value,))[0]


class Vector:
    """One vector of a set."""

    __slots__ = ("code", "length", "reach")

    def __init__(self, code: Any, length: float, reach: float) -> None:
        self.code = code
        """What its quantisation has made of its direction."""
        self.length = length
        self.reach = reach
        """The largest component, by its absolute value, of what was quantised to bytes."""

    def memory(self) -> int:
        """Return the bytes that the vector takes (sizes.py)."""
        return block(self) + block(self.code) + 2 * NUMBER


def normalise(values: Floats) -> tuple[Floats, float]:
    """Scale a vector to length 1, and return its length, too. A vector of zeros stays as it is, as if it had length 1.

    The squares are added in groups of four, as Redis does, for the order shows in the last digit.
    """
    squares = floats(map(mul, values, values))
    grouped = len(squares) // 4 * 4
    groups = squares[0:grouped:4]
    for place in (1, 2, 3):
        groups = floats(map(add, groups, squares[place:grouped:4]))
    total = array("f", (0.0,))
    for term in chain(groups, squares[grouped:]):
        total[0] += term
    if total[0] == 0:
        return values, 1.0
    length = single(math.sqrt(total[0]))
    return floats(map(truediv, values, repeat(length))), length


def project(values: Floats, dimension: int) -> Floats:
    """Reduce a vector to fewer dimensions: multiply it by the first rows of a Hadamard matrix.

    Row i has a minus in column j where i and j have an odd number of bits in common, so that this is a Walsh-Hadamard
    transform: sums and differences of neighbours, again and again.
    """
    scale = single(1 / math.sqrt(len(values)))
    terms = list(floats(map(mul, values, repeat(scale))))
    rounds = (len(terms) - 1).bit_length()
    terms += [0.0] * ((1 << rounds) - len(terms))
    for _ in range(rounds):
        even, odd = terms[0::2], terms[1::2]
        terms = [*map(add, even, odd), *map(sub, even, odd)]
    return floats(terms[:dimension])


class Quantisation:
    """A way to keep vectors. The distance of two vectors is 0 in the same direction and 2 in opposite ones."""

    name: ClassVar[bytes]
    has_reach: ClassVar[bool] = False
    """Whether a vector needs its `reach` to be read again."""

    __slots__ = ("dimension",)

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def vector(self, values: Floats) -> Vector:
        """Normalise and quantise."""
        raise NotImplementedError

    def values(self, vector: Vector) -> Floats:
        """Return about what the vector was made of."""
        raise NotImplementedError

    def raw(self, vector: Vector) -> bytes:
        """Return a vector in the memory layout of Redis."""
        raise NotImplementedError

    def distances(self, query: Vector, vectors: Sequence[Vector]) -> Floats:
        """Return the distance of each vector from another one."""
        raise NotImplementedError


class Unquantised(Quantisation):
    """Floats of 32 bits."""

    __slots__ = ()

    name = b"f32"

    def vector(self, values: Floats) -> Vector:
        return Vector(*normalise(values), 0.0)

    def values(self, vector: Vector) -> Floats:
        return floats(map(mul, vector.code, repeat(vector.length)))

    def raw(self, vector: Vector) -> bytes:
        return array("f", vector.code).tobytes()

    def distances(self, query: Vector, vectors: Sequence[Vector]) -> Floats:
        if self.dimension < _LONG:
            products = _products(query.code, [vector.code for vector in vectors])
        else:
            weights = list(query.code)
            products = floats(dot(weights, vector.code) for vector in vectors)
        return floats(map(sub, repeat(1.0), products))


def _products(query: Floats, vectors: Sequence[Floats]) -> Floats:
    """Return the dot products of one vector and several, of one dimension, added up as Redis does.

    Out of each eight components it adds up the first four and the last four, and what is left to the first ones.
    """

    def total(terms: Iterable[Floats]) -> Floats:
        return reduce(lambda sums, term: floats(map(add, sums, term)), terms)

    columns = zip(*vectors, strict=True)  # none at all without vectors
    terms = [floats(map(mul, repeat(weight), column)) for weight, column in zip(query, columns, strict=False)]
    zeros = floats(repeat(0.0, len(vectors)))
    grouped = len(terms) // 8 * 8
    groups = [total(terms[start : start + 4]) for start in range(0, grouped, 4)]
    return total((total((zeros, *groups[0::2], *terms[grouped:])), total((zeros, *groups[1::2]))))


class Bytes(Quantisation):
    """Integers from -127 to 127 in proportion to the largest component.

    They are kept with 128 added to them: Python reads bytes much faster than signed ones.
    """

    __slots__ = ()

    name = b"int8"
    has_reach = True

    def vector(self, values: Floats) -> Vector:
        values, length = normalise(values)
        reach = max(chain((0.0,), map(abs, values)))
        scale = single(_STEPS / reach) if reach else 0.0
        if not math.isfinite(scale) or not reach:
            return Vector(bytes((_ZERO,)) * len(values), length, reach)
        scaled = floats(map(mul, values, repeat(scale)))
        # A half is rounded away from zero, and int() cuts towards zero.
        steps = [int(value + 0.5) if value >= 0 else -int(0.5 - value) for value in scaled]
        return Vector(bytes(map(add, steps, repeat(_ZERO))), length, reach)

    def values(self, vector: Vector) -> Floats:
        steps = map(sub, vector.code, repeat(_ZERO))
        components = floats(map(truediv, floats(map(mul, steps, repeat(vector.reach))), repeat(_STEPS)))
        return floats(map(mul, components, repeat(vector.length)))

    def raw(self, vector: Vector) -> bytes:
        code: bytes = vector.code
        return code.translate(_TO_SIGNED)

    def distances(self, query: Vector, vectors: Sequence[Vector]) -> Floats:
        weights = [step - _ZERO for step in query.code]
        surplus = _ZERO * sum(weights)
        products = floats([dot(weights, vector.code) - surplus for vector in vectors])
        unit = single(query.reach / _STEPS)
        units = floats(map(truediv, (vector.reach for vector in vectors), repeat(_STEPS)))
        cosines = floats(map(mul, products, floats(map(mul, units, repeat(unit)))))
        return floats(min(max(distance, 0.0), 2.0) for distance in floats(map(sub, repeat(1.0), cosines)))


class Signs(Quantisation):
    """One bit a component: whether it is positive."""

    __slots__ = ()

    name = b"bin"

    def vector(self, values: Floats) -> Vector:
        values, length = normalise(values)
        digits = "".join(["1" if value > 0 else "0" for value in reversed(values)])
        return Vector(int(digits, 2), length, 0.0)

    def values(self, vector: Vector) -> Floats:
        return floats(1.0 if vector.code >> place & 1 else -1.0 for place in range(self.dimension))

    def raw(self, vector: Vector) -> bytes:
        code: int = vector.code
        return code.to_bytes((self.dimension + 63) // 64 * 8, "little")

    def distances(self, query: Vector, vectors: Sequence[Vector]) -> Floats:
        code: int = query.code
        opposites = ((code ^ vector.code).bit_count() for vector in vectors)
        return floats(2 * opposite / self.dimension for opposite in opposites)
