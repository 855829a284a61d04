"""XXH3, the 64-bit hash of a string that DIGEST shows, as xxHash defines it: with its default secret and no seed.

Up to 240 bytes are mixed in pairs of 64-bit words. Longer strings go in stripes of 64 bytes through eight accumulators,
sixteen stripes a block. The sums of a whole block are computed at once, by few calls that run at C speed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from operator import mul

_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e"
)
_PRIME32_1, _PRIME32_2, _PRIME32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
_PRIME64_1, _PRIME64_2, _PRIME64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_PRIME64_4, _PRIME64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
_MIX_1, _MIX_2 = 0x165667919E3779F9, 0x9FB21C651E98DF25
_ALL = 2**64 - 1

_STRIPE = 64
_STEP = 8
"""How far each stripe of a block moves on in the secret."""
_STRIPES = (len(_SECRET) - _STRIPE) // _STEP
_BLOCK = _STRIPE * _STRIPES
_BLOCK_SECRET = b"".join(_SECRET[_STEP * n : _STEP * n + _STRIPE] for n in range(_STRIPES))
_LANES = range(8)


def xxh3(data: bytes | bytearray) -> int:
    """Return the hash of a string, an unsigned integer of 64 bits."""
    length = len(data)
    if length > 240:
        return _long(data)
    if length > 128:
        return _of_129_to_240(data)
    if length > 16:
        return _of_17_to_128(data)
    if length > 8:
        return _of_9_to_16(data)
    if length > 3:
        return _of_4_to_8(data)
    if length:
        return _of_1_to_3(data)
    return _avalanche_64(_word(_SECRET, 56) ^ _word(_SECRET, 64))


def _of_1_to_3(data: bytes | bytearray) -> int:
    length = len(data)
    combined = data[0] << 16 | data[length >> 1] << 24 | data[-1] | length << 8
    return _avalanche_64(combined ^ _half(_SECRET, 0) ^ _half(_SECRET, 4))


def _of_4_to_8(data: bytes | bytearray) -> int:
    length = len(data)
    combined = _half(data, length - 4) + (_half(data, 0) << 32)
    mixed = combined ^ _word(_SECRET, 8) ^ _word(_SECRET, 16)
    mixed ^= _rotated(mixed, 49) ^ _rotated(mixed, 24)
    mixed = mixed * _MIX_2 & _ALL
    mixed ^= (mixed >> 35) + length
    mixed = mixed * _MIX_2 & _ALL
    return mixed ^ mixed >> 28


def _of_9_to_16(data: bytes | bytearray) -> int:
    length = len(data)
    low = _word(data, 0) ^ _word(_SECRET, 24) ^ _word(_SECRET, 32)
    high = _word(data, length - 8) ^ _word(_SECRET, 40) ^ _word(_SECRET, 48)
    swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
    return _avalanche(length + swapped + high + _folded(low, high))


def _of_17_to_128(data: bytes | bytearray) -> int:
    length = len(data)
    total = length * _PRIME64_1
    for n in range((length - 1) // 32, -1, -1):
        total += _mixed(data, 16 * n, 32 * n) + _mixed(data, length - 16 * (n + 1), 32 * n + 16)
    return _avalanche(total)


def _of_129_to_240(data: bytes | bytearray) -> int:
    length = len(data)
    total = _avalanche(length * _PRIME64_1 + sum(_mixed(data, 16 * n, 16 * n) for n in range(8)))
    total += sum(_mixed(data, 16 * n, 16 * (n - 8) + 3) for n in range(8, length // 16))
    return _avalanche(total + _mixed(data, length - 16, 136 - 17))


def _long(data: bytes | bytearray) -> int:
    length = len(data)
    sums = [
        _PRIME32_3, _PRIME64_1, _PRIME64_2, _PRIME64_3, _PRIME64_4, _PRIME32_2, _PRIME64_5, _PRIME32_1,
    ]  # fmt: skip
    scramble = struct.unpack("<8Q", _SECRET[-_STRIPE:])
    last_block = (length - 1) // _BLOCK * _BLOCK
    for start in range(0, last_block, _BLOCK):
        sums = _accumulated(sums, data[start : start + _BLOCK], _BLOCK_SECRET)
        sums = [(value ^ value >> 47 ^ key) * _PRIME32_1 & _ALL for value, key in zip(sums, scramble, strict=True)]
    # The last stripe is counted from the end, so that it may overlap the one before.
    stop = last_block + (length - 1 - last_block) // _STRIPE * _STRIPE
    if stop > last_block:
        sums = _accumulated(sums, data[last_block:stop], _BLOCK_SECRET[: stop - last_block])
    sums = _accumulated(sums, data[-_STRIPE:], _SECRET[-_STRIPE - 7 : -7])
    keys = struct.unpack("<8Q", _SECRET[11 : 11 + _STRIPE])
    pairs = [value ^ key for value, key in zip(sums, keys, strict=True)]
    return _avalanche(length * _PRIME64_1 + sum(map(_folded, pairs[::2], pairs[1::2])))


def _accumulated(sums: Iterable[int], data: bytes | bytearray, secret: bytes) -> list[int]:
    """Add stripes to the accumulators: to each the words of its neighbour, and the products of its own halves."""
    words = struct.unpack(f"<{len(data) // 8}Q", data)
    keyed = int.from_bytes(data, "little") ^ int.from_bytes(secret, "little")
    halves = struct.unpack(f"<{len(data) // 4}I", keyed.to_bytes(len(data), "little"))
    products = list(map(mul, halves[::2], halves[1::2]))
    return [
        value + sum(words[lane ^ 1 :: 8]) + sum(products[lane::8]) & _ALL
        for lane, value in zip(_LANES, sums, strict=True)
    ]


def _word(data: bytes | bytearray, start: int) -> int:
    return int.from_bytes(data[start : start + 8], "little")


def _half(data: bytes | bytearray, start: int) -> int:
    return int.from_bytes(data[start : start + 4], "little")


def _mixed(data: bytes | bytearray, start: int, secret: int) -> int:
    """Mix sixteen bytes with sixteen of the secret."""
    return _folded(_word(data, start) ^ _word(_SECRET, secret), _word(data, start + 8) ^ _word(_SECRET, secret + 8))


def _folded(first: int, second: int) -> int:
    """Multiply to 128 bits and lay the halves of the product over each other."""
    product = first * second
    return product & _ALL ^ product >> 64


def _rotated(value: int, bits: int) -> int:
    return value << bits & _ALL | value >> 64 - bits


def _avalanche(value: int) -> int:
    value &= _ALL
    value = (value ^ value >> 37) * _MIX_1 & _ALL
    return value ^ value >> 32


def _avalanche_64(value: int) -> int:
    value = (value ^ value >> 33) * _PRIME64_2 & _ALL
    value = (value ^ value >> 29) * _PRIME64_3 & _ALL
    return value ^ value >> 32
