"""The checksum of payloads and snapshots: CRC-64 with Jones' coefficients, bits reflected, starting from zero.

A table costs Python some 60 ns a byte. So long data is first made shorter with big integers, which XOR kilobytes at
once. A checksum is the remainder of the data, a polynomial over GF(2), divided by P. There P(x)^n is P(x^n) for any n
that is a power of two: what is a multiple of P bit by bit is one as well when each bit becomes a block of n bits.
So the long division is done with blocks instead of bits until no more than 64 of them are left, and these have the same
remainder as the whole. That takes 3 ns a byte.
"""

from __future__ import annotations

from itertools import accumulate

_REFLECTED = 0x95AC9329AC4BC9B5
"""P without its leading term, the coefficient of x^63 in the lowest bit."""

_TERMS = tuple(bit + 1 for bit in range(64) if _REFLECTED >> bit & 1)
"""How many blocks behind the leading one P has its other terms."""


def _step(remainder: int, _: int) -> int:
    return remainder >> 1 ^ _REFLECTED if remainder & 1 else remainder >> 1


_TABLE = tuple(list(accumulate(range(8), _step, initial=byte))[-1] for byte in range(256))

_ROUNDS = ((1 << 20, 4096), (1 << 16, 256), (1 << 13, 32))
"""For data at least so long, blocks of so many bytes: many, so that the 64 that stay are few of them."""


def crc64(data: bytes | bytearray | memoryview, before: int = 0) -> int:
    """Return the checksum of `data`; `before` is that of what comes before it."""
    for least, size in _ROUNDS:
        if len(data) >= least:
            data = _fold(data, size, before)
            before = 0
    table = _TABLE
    for byte in data:
        before = table[(before ^ byte) & 0xFF] ^ before >> 8
    return before


def _fold(data: bytes | bytearray | memoryview, size: int, before: int) -> bytes:
    """Return shorter data with the same checksum, by division in blocks of `size` bytes."""
    whole = len(data) // size
    blocks = [int.from_bytes(data[start : start + size], "little") for start in range(0, whole * size, size)]
    blocks[0] ^= before
    for leading in range(whole - 64):
        block = blocks[leading]
        for term in _TERMS:
            blocks[leading + term] ^= block
    return b"".join([block.to_bytes(size, "little") for block in blocks[-64:]]) + bytes(data[whole * size :])
