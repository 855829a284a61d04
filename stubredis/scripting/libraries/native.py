"""What the libraries for Lua cannot do in Lua: the bits of integers and of floating point numbers."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable

MASK = 0xFFFF_FFFF

# Adding it leaves the integer that a number is nearest to in the low bits of its mantissa, which is how BitOp rounds.
_ROUNDING = 6755399441055744.0


def to_int32(number: float) -> int:
    """Return the 32 bits of a number, as BitOp takes them, as a signed integer."""
    (bits,) = struct.unpack("<q", struct.pack("<d", float(number) + _ROUNDING))
    return signed(bits)


def signed(bits: int) -> int:
    """Return the lower 32 bits as a signed integer."""
    bits &= MASK
    return bits - (bits >> 31 << 32)


def _rotated(bits: int, count: int) -> int:
    count &= 31
    return bits << count | (bits & MASK) >> (32 - count)


_OPERATIONS: dict[bytes, Callable[[int, int], int]] = {
    b"tobit": lambda a, _: a,
    b"bnot": lambda a, _: ~a,
    b"bswap": lambda a, _: int.from_bytes((a & MASK).to_bytes(4, "little"), "big"),
    b"band": lambda a, b: a & b,
    b"bor": lambda a, b: a | b,
    b"bxor": lambda a, b: a ^ b,
    b"lshift": lambda a, b: a << (b & 31),
    b"rshift": lambda a, b: (a & MASK) >> (b & 31),
    b"arshift": lambda a, b: a >> (b & 31),
    b"rol": _rotated,
    b"ror": lambda a, b: _rotated(a, -b),
}


def bits(operation: bytes, a: float, b: float) -> int:
    """Compute an operation of the library `bit` on one or two numbers."""
    return signed(_OPERATIONS[operation](to_int32(a), to_int32(b)))


def pack_float(layout: bytes, number: float, negative_zero: bool = False) -> bytes:
    """Return a number as a float (`f`) or double (`d`) in the byte order `<` or `>`; what is too large is infinite."""
    values = array(chr(layout[1]), [-0.0 if negative_zero else number])
    if (layout[:1] == b">") == (sys.byteorder == "little"):
        values.byteswap()
    return values.tobytes()


def unpack_float(layout: bytes, data: bytes) -> float:
    """Read a float or double."""
    (number,) = struct.unpack(layout.decode(), data)
    return float(number)
