"""HyperLogLogs: strings that estimate how many different elements were added, in Redis' own representation.

An element is hashed: 14 bits of the hash choose one of 16384 registers, and the number of zeros behind them, plus one,
is the value that the register has at least from then on. From how many registers have which value follows the estimate
(Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", 2017).

A header of 16 bytes, which keeps the last estimate, is followed by the registers. In the dense encoding they are
integers of 6 bits, the first in the lowest bits of the first byte. In the sparse encoding they are runs of equal ones,
each an opcode:

    00xxxxxx            x + 1 registers of 0 (ZERO)
    01xxxxxx yyyyyyyy   xy + 1 registers of 0 (XZERO)
    1vvvvvxx            x + 1 registers of v + 1 (VAL)

Other clients may read and write these strings, so each change here leaves the very bytes that Redis would leave.
"""

from __future__ import annotations

import math
import re
from array import array
from binascii import a2b_base64, b2a_base64
from bisect import bisect_left, bisect_right
from collections import Counter
from functools import lru_cache

from stubredis.errors import CommandError

REGISTERS = 1 << 14
HEADER = 16
DENSE, SPARSE = 0, 1
DENSE_LENGTH = HEADER + REGISTERS * 6 // 8

EMPTY = b"HYLL" + bytes((SPARSE,)) + bytes(11) + b"\x7f\xff"
"""A new one: sparse, with an estimate of 0, and one run of zeros."""

CORRUPTED = b"INVALIDOBJ Corrupted HLL object detected"

_ENCODING = 4
_ESTIMATE = slice(8, 16)
_OUTDATED = 0x80
"""The highest bit of the estimate tells that elements were added since."""

_HIGHEST = 51
"""The highest value that a hash can give."""
_HIGHEST_SPARSE = 32
_LONGEST_SPARSE = HEADER + 2 * REGISTERS
_LONGEST_ZERO = 64
_LONGEST_VAL = 4


def is_hyperloglog(string: bytes | bytearray) -> bool:
    """Tell whether a string looks like a HyperLogLog; a sparse one may still turn out to be corrupted."""
    if len(string) < HEADER or not string.startswith(b"HYLL"):
        return False
    return string[_ENCODING] == SPARSE or (is_dense(string) and len(string) == DENSE_LENGTH)


def is_dense(string: bytes | bytearray) -> bool:
    """Tell whether the encoding is the dense one."""
    return string[_ENCODING] == DENSE


# Hashing, by MurmurHash64A

_MASK = (1 << 64) - 1
_FACTOR = 0xC6A4A7935BD1E995
_SEED = 0xADC83B19


def hash_of(element: bytes) -> int:
    """Return the 64-bit hash of an element."""
    length = len(element)
    value = _SEED ^ (length * _FACTOR & _MASK)
    whole = length & ~7
    for at in range(0, whole, 8):
        word = int.from_bytes(element[at : at + 8], "little") * _FACTOR & _MASK
        value = (value ^ ((word ^ word >> 47) * _FACTOR & _MASK)) * _FACTOR & _MASK
    if length != whole:
        value = (value ^ int.from_bytes(element[whole:], "little")) * _FACTOR & _MASK
    value = (value ^ value >> 47) * _FACTOR & _MASK
    return value ^ value >> 47


def place_of(element: bytes) -> tuple[int, int]:
    """Return the register that an element belongs to, and the value that it demands."""
    value = hash_of(element)
    rest = value >> 14 | 1 << 50
    return value & REGISTERS - 1, (rest & -rest).bit_length()


# All registers at once, as a string of one byte a register

_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_DIGITS = _DIGITS + bytes(192)
_FROM_DIGITS = bytes.maketrans(_DIGITS, bytes(range(64)))
_TOP_BITS = int.from_bytes(b"\x80" * REGISTERS, "little")
_VALUES = [bytes((value,)) for value in range(64)]
_RAISED = re.compile(rb"[^\0]")


def unpack(packed: bytes | bytearray) -> bytes:
    """Turn integers of 6 bits into bytes. Base64 does it, which has the highest bits first: hence it is reversed."""
    return b2a_base64(packed[::-1], newline=False).translate(_FROM_DIGITS)[::-1]


def pack(registers: bytes) -> bytes:
    """Turn bytes into integers of 6 bits."""
    return a2b_base64(registers[::-1].translate(_TO_DIGITS))[::-1]


def highest(first: bytes, second: bytes) -> bytes:
    """Return the higher one of each two registers.

    All are compared in one subtraction: the highest bit of a byte, which is set before, remains unless the byte of the
    second is higher.
    """
    one, other = int.from_bytes(first, "little"), int.from_bytes(second, "little")
    not_less = (one | _TOP_BITS) - other & _TOP_BITS
    chosen = not_less - (not_less >> 7)
    return (other ^ ((one ^ other) & chosen)).to_bytes(REGISTERS, "little")


def histogram(registers: bytes) -> list[int]:
    """Count how many registers have each value."""
    counts = [0] * 64
    rest = registers
    for value in range(64):
        left = rest.translate(None, _VALUES[value]) if value in rest else rest
        counts[value] = len(rest) - len(left)
        rest = left
    return counts


# Estimating


def estimate(counts: list[int]) -> int:
    """Return the number of different elements that a histogram tells of."""
    z = REGISTERS * _tau((REGISTERS - counts[_HIGHEST]) / REGISTERS)
    for value in range(_HIGHEST - 1, 0, -1):
        z = (z + counts[value]) * 0.5
    z += REGISTERS * _sigma(counts[0] / REGISTERS)
    number = 0.721347520444481703680 * REGISTERS * REGISTERS / z if z else math.inf
    if number >= 1 << 63:  # no elements give such registers; C makes this the lowest 64-bit integer
        return 1 << 63
    whole = math.floor(number)
    return whole + (number - whole >= 0.5)


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        before = z
        x *= x
        z += x * y
        y += y
    return z


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        before = z
        x = math.sqrt(x)
        y *= 0.5
        z -= (1 - x) * (1 - x) * y
    return z / 3


# The sparse encoding

_OPCODES = re.compile(rb"[\x40-\x7f].?|[^\x40-\x7f]", re.DOTALL)


def opcodes(string: bytes | bytearray) -> list[bytes]:
    """Return the opcodes of a sparse one."""
    if len(string) > _LONGEST_SPARSE:
        raise CommandError(CORRUPTED)
    return _OPCODES.findall(string, HEADER)


@lru_cache(maxsize=1024)
def run_of(opcode: bytes) -> tuple[int, int]:
    """Return the value and the number of the registers that an opcode stands for."""
    first = opcode[0]
    if first & 0x80:
        return (first >> 2 & 0x1F) + 1, (first & 3) + 1
    if first & 0x40:
        return 0, ((first & 0x3F) << 8 | int.from_bytes(opcode[1:], "big")) + 1
    return 0, first + 1


def _run(value: int, length: int) -> bytes:
    """Return the opcode of a run, none if it is empty."""
    if not length:
        return b""
    if value:
        return bytes((0x80 | value - 1 << 2 | length - 1,))
    if length <= _LONGEST_ZERO:
        return bytes((length - 1,))
    return (0x4000 | length - 1).to_bytes(2, "big")


class _Layout:
    """Where the opcodes of a sparse string are, so that finding one takes no walk over all before it."""

    __slots__ = ("firsts", "string", "wides")

    def __init__(self, string: bytes | bytearray) -> None:
        self.string = bytes(string)
        """What the layout describes: the string may be changed by other commands meanwhile."""
        self.firsts = array("L")
        """The first register of each opcode, and at the end the number of all registers."""
        self.wides = array("L")
        """The first registers of the opcodes that are two bytes long."""
        first = 0
        for opcode in opcodes(string):
            self.firsts.append(first)
            if len(opcode) > 1:
                self.wides.append(first)
            first += run_of(opcode)[1]
        self.firsts.append(first)

    def place(self, opcode: int) -> int:
        """Return where an opcode begins in the string."""
        return HEADER + opcode + bisect_left(self.wides, self.firsts[opcode])

    def replace(self, opcode: int, lengths: list[int]) -> None:
        """Note that runs of these lengths have taken the place of a run, and which of them are two bytes long."""
        first = self.firsts[opcode]
        at = bisect_left(self.wides, first)
        if at < len(self.wides) and self.wides[at] == first:
            del self.wides[at]
        firsts = array("L")
        for length in lengths:
            firsts.append(first)
            if length > _LONGEST_ZERO:
                self.wides.insert(bisect_left(self.wides, first), first)
            first += length
        self.firsts[opcode : opcode + 1] = firsts


_layouts: dict[int, _Layout] = {}
"""The layouts of the sparse strings that were changed last, by the identity of the string."""
_MOST_LAYOUTS = 64


def _layout_of(string: bytearray) -> _Layout:
    layout = _layouts.get(id(string))
    if layout is None or layout.string != string:  # changed by another command, or another one in the same place
        if len(_layouts) >= _MOST_LAYOUTS:
            _layouts.clear()
        layout = _layouts[id(string)] = _Layout(string)
    return layout


def registers_of(string: bytes | bytearray) -> bytes:
    """Return all registers of either encoding, a byte each; CommandError if the string is corrupted."""
    if is_dense(string):
        return unpack(string[HEADER:])
    registers = bytearray(REGISTERS)
    at = 0
    for value, length in map(run_of, opcodes(string)):
        if value:
            registers[at : at + length] = _VALUES[value] * length
        at += length
    if at != REGISTERS:
        raise CommandError(CORRUPTED)
    return bytes(registers)


class HyperLogLog:
    """A HyperLogLog that is changed; what raises CommandError has found it to be corrupted.

    A sparse string that would become longer than `sparse_max_bytes` becomes dense.
    """

    __slots__ = ("sparse_max_bytes", "string")

    def __init__(self, string: bytearray, sparse_max_bytes: int = 3000) -> None:
        self.string = string
        self.sparse_max_bytes = sparse_max_bytes

    def become_dense(self) -> None:
        """Change the encoding to the dense one."""
        if not is_dense(self.string):
            self.string[HEADER:] = pack(registers_of(self.string))
            self.string[_ENCODING] = DENSE

    def add(self, element: bytes) -> bool:
        """Add an element; tells whether a register has changed."""
        index, value = place_of(element)
        return self.set(index, value)

    def set(self, index: int, value: int) -> bool:
        """Raise a register to a value; tells whether it was lower."""
        return self._set_dense(index, value) if is_dense(self.string) else self._set_sparse(index, value)

    def merge(self, registers: bytes) -> None:
        """Raise each register to what it is in others."""
        before = registers_of(self.string)
        after = highest(before, registers)
        if not is_dense(self.string):
            raised = int.from_bytes(before, "little") ^ int.from_bytes(after, "little")
            for match in _RAISED.finditer(raised.to_bytes(REGISTERS, "little")):
                index = match.start()
                self._set_sparse(index, after[index])
                if is_dense(self.string):
                    break
        if is_dense(self.string):
            self.string[HEADER:] = pack(after)

    @property
    def cached(self) -> int | None:
        """The last estimate, None if registers have changed since."""
        return None if self.string[15] & _OUTDATED else int.from_bytes(self.string[_ESTIMATE], "little")

    def forget(self) -> None:
        """Mark the last estimate as outdated."""
        self.string[15] |= _OUTDATED

    def count(self) -> int:
        """Estimate the number of different elements and keep the result."""
        if is_dense(self.string):
            counts = histogram(registers_of(self.string))
        else:
            counts = [0] * 64
            for opcode, times in Counter(opcodes(self.string)).items():
                value, length = run_of(opcode)
                counts[value] += length * times
            if sum(counts) != REGISTERS:
                raise CommandError(CORRUPTED)
        number = estimate(counts)
        self.string[_ESTIMATE] = number.to_bytes(8, "little")
        return number

    def _set_dense(self, index: int, value: int) -> bool:
        at = HEADER + (index >> 2) * 3  # four registers are three bytes
        shift = (index & 3) * 6
        four = int.from_bytes(self.string[at : at + 3], "little")
        old = four >> shift & 63
        if value <= old:
            return False
        self.string[at : at + 3] = (four + (value - old << shift)).to_bytes(3, "little")
        return True

    def _set_sparse(self, index: int, value: int) -> bool:
        """Split the run that holds a register, and merge the pieces with their neighbours (hllSparseSet in Redis)."""
        string = self.string
        if value > _HIGHEST_SPARSE:
            return self._set_promoted(index, value)
        layout = _layout_of(string)
        firsts = layout.firsts
        if index >= firsts[-1]:
            raise CommandError(CORRUPTED)
        opcode = bisect_right(firsts, index) - 1
        first, end = firsts[opcode], firsts[opcode + 1]
        at = layout.place(opcode)
        old = 0 if string[at] < 0x80 else (string[at] >> 2 & 0x1F) + 1
        if value <= old:
            return False
        size = 2 if 0x40 <= string[at] < 0x80 else 1
        if at + size > len(string):
            raise CommandError(CORRUPTED)
        before, after = index - first, end - index - 1
        split = _run(old, before) + _run(value, 1) + _run(old, after)
        growth = len(split) - size
        if growth > 0 and len(string) + growth > self.sparse_max_bytes:
            return self._set_promoted(index, value)
        string[at : at + size] = split
        if size > 1 or before or after:
            layout.replace(opcode, [length for length in (before, 1, after) if length])
        self._merge_runs(layout, max(opcode - 1, 0))
        self.forget()
        layout.string = bytes(string)
        return True

    def _merge_runs(self, layout: _Layout, opcode: int) -> None:
        """Merge neighbours of the same value, as far as an opcode can express it. Redis looks at five opcodes."""
        string, firsts = self.string, layout.firsts
        at = layout.place(opcode)
        for _ in range(5):
            if at >= len(string):
                return
            here = string[at]
            if here < 0x80:
                at += 2 if here >= 0x40 else 1
                opcode += 1
                continue
            if at + 1 < len(string) and string[at + 1] & 0xFC == here & 0xFC:
                length = (here & 3) + (string[at + 1] & 3) + 2
                if length <= _LONGEST_VAL:
                    string[at : at + 2] = bytes((here & 0xFC | length - 1,))
                    del firsts[opcode + 1]
                    continue
            at += 1
            opcode += 1

    def _set_promoted(self, index: int, value: int) -> bool:
        self.become_dense()
        return self._set_dense(index, value)
