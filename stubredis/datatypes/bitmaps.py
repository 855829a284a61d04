"""Bitmaps: strings of bytes as arrays of bits. Bit 0 is the highest bit of the first byte.

Long strings are worked on in pieces that fit in the processor's cache, each by a few operations at C speed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_, or_, xor

Bitmap = bytes | bytearray

_PIECE = 1 << 16
_INVERTED = bytes(range(255, -1, -1))
_BLOCK = 1 << 12
_UNIFORM = {0x00: bytes(_BLOCK), 0xFF: b"\xff" * _BLOCK}


def get(bitmap: Bitmap, offset: int) -> int:
    """Return a bit; behind the end all are 0."""
    byte = offset >> 3
    return bitmap[byte] >> (7 - (offset & 7)) & 1 if byte < len(bitmap) else 0


def put(bitmap: bytearray, offset: int, bit: int) -> None:
    """Set a bit of a bitmap that is long enough."""
    mask = 0x80 >> (offset & 7)
    if bit:
        bitmap[offset >> 3] |= mask
    else:
        bitmap[offset >> 3] &= ~mask


def count(bitmap: Bitmap, first: int, last: int) -> int:
    """Count the bits that are 1 from bit `first` to bit `last`, both included and within the bitmap."""
    start, end = first >> 3, (last >> 3) + 1
    with memoryview(bitmap) as view:
        pieces = (view[at : min(at + _PIECE, end)] for at in range(start, end, _PIECE))
        total = sum(int.from_bytes(piece, "little").bit_count() for piece in pieces)
    before = bitmap[start] >> (8 - (first & 7))
    after = bitmap[end - 1] & (0x7F >> (last & 7))
    return total - before.bit_count() - after.bit_count()


def find(bitmap: Bitmap, bit: int, first: int, last: int) -> int | None:
    """Return the first bit of this value from bit `first` to bit `last`, both included and within the bitmap."""
    other = 0x00 if bit else 0xFF  # a byte without such a bit
    at = first >> 3
    found = (bitmap[at] ^ other) & (0xFF >> (first & 7))
    if not found:
        at = _skip(bitmap, at + 1, (last >> 3) + 1, other)
        if at > last >> 3:
            return None
        found = bitmap[at] ^ other
    position = at * 8 + 8 - found.bit_length()
    return position if position <= last else None


def _skip(bitmap: Bitmap, at: int, end: int, byte: int) -> int:
    """Return the place of the first byte that is another one, or the end."""
    block = _UNIFORM[byte]
    while at + _BLOCK <= end and bitmap.startswith(block, at):
        at += _BLOCK
    piece = bitmap[at : min(at + _BLOCK, end)]
    return at + len(piece) - len(piece.lstrip(block[:1]))


# Combining


def _exactly_one(sources: Sequence[int]) -> int:
    any_of = several = 0
    for source in sources:
        several |= any_of & source
        any_of |= source
    return any_of & ~several


OPERATIONS: dict[bytes, Callable[[Sequence[int]], int]] = {
    b"AND": lambda sources: reduce(and_, sources),
    b"OR": lambda sources: reduce(or_, sources),
    b"XOR": lambda sources: reduce(xor, sources),
    b"DIFF": lambda sources: sources[0] & ~reduce(or_, sources[1:]),
    b"DIFF1": lambda sources: reduce(or_, sources[1:]) & ~sources[0],
    b"ANDOR": lambda sources: sources[0] & reduce(or_, sources[1:]),
    b"ONE": _exactly_one,
}
"""The operations on several bitmaps, each on as many integers."""


def combine(operation: bytes, sources: Sequence[Bitmap]) -> bytes:
    """Return the result of one of the OPERATIONS; shorter bitmaps are taken as filled up with zero bits."""
    operate = OPERATIONS[operation]
    length = max(map(len, sources))
    views = [memoryview(source) for source in sources]
    pieces = []
    for at in range(0, length, _PIECE):
        # In little endian, the bytes that a shorter one lacks are zeros at the high end.
        integers = [int.from_bytes(view[at : at + _PIECE], "little") for view in views]
        pieces.append(operate(integers).to_bytes(min(_PIECE, length - at), "little"))
    return b"".join(pieces)


def invert(source: Bitmap) -> bytes:
    """Return a bitmap whose bits are the opposite."""
    return bytes(source.translate(_INVERTED))


# Integers of any width


def get_integer(bitmap: Bitmap, offset: int, bits: int, *, signed: bool) -> int:
    """Return the integer of so many bits that begins at a bit; behind the end all bits are 0."""
    start, end = offset >> 3, (offset + bits + 7) >> 3
    window = int.from_bytes(bitmap[start:end].ljust(end - start, b"\0"), "big")
    value = window >> (-(offset + bits) & 7) & ((1 << bits) - 1)
    return value - (1 << bits) if signed and value >> (bits - 1) else value


def put_integer(bitmap: bytearray, offset: int, bits: int, value: int) -> None:
    """Store the lowest bits of an integer in a bitmap that is long enough, from a bit on."""
    start, end = offset >> 3, (offset + bits + 7) >> 3
    shift = -(offset + bits) & 7
    mask = (1 << bits) - 1
    window = int.from_bytes(bitmap[start:end], "big") & ~(mask << shift) | (value & mask) << shift
    bitmap[start:end] = window.to_bytes(end - start, "big")


def fit(value: int, bits: int, overflow: bytes, *, signed: bool) -> int | None:
    """Make an integer one of so many bits; None if it overflows and that has to FAIL.

    WRAP keeps the lowest bits, SAT takes the nearest integer that fits.
    """
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if low <= value <= high:
        return value
    if overflow == b"WRAP":
        return (value - low & (1 << bits) - 1) + low
    if overflow == b"SAT":
        return high if value > high else low
    return None
