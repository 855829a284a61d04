"""A change to compiled scripts: calls in tail position become plain calls.

What scripts call are functions of C in Redis, which are never called in the place of their caller. Here they are
functions of Lua, and `return redis.call(...)` would leave no trace of the script: its errors would name no line.
"""

from __future__ import annotations

import struct

HEADER = b"\x1bLua\x51\x00"
_OPCODE, _CALL, _TAILCALL = 0x3F, 28, 29
_NIL, _BOOLEAN, _NUMBER, _STRING = 0, 1, 3, 4


def without_tail_calls(chunk: bytes) -> bytes:
    """Return a chunk of Lua 5.1, as `string.dump` gives it, in which no call takes the place of its caller.

    A tail call differs from a call in its opcode only: the compiler puts a RETURN of all results behind both. Raises
    ValueError for anything that is no such chunk.
    """
    if not chunk.startswith(HEADER):
        raise ValueError("not a compiled chunk of Lua 5.1")
    patched = bytearray(chunk)
    _Chunk(patched).function(len(HEADER) + 6)
    return bytes(patched)


class _Chunk:
    """Walks over the functions of a chunk (ldump.c of Lua 5.1); every method returns the place behind what it read."""

    def __init__(self, data: bytearray) -> None:
        self.data = data
        little, _integer, size, instruction = data[6:10]
        order = "<" if little else ">"
        self.integer = struct.Struct(order + "i")
        self.size = struct.Struct(order + ("Q" if size == 8 else "I"))
        self.low_byte = 0 if little else instruction - 1
        self.instruction = instruction
        self.number = data[10]

    def function(self, at: int) -> int:
        at = self.string(at) + 2 * self.integer.size + 4
        at = self.code(at)
        at = self.constants(at)
        count, at = self.count(at)
        for _ in range(count):
            at = self.function(at)
        return self.debugging(at)

    def code(self, at: int) -> int:
        count, at = self.count(at)
        for place in range(at + self.low_byte, at + count * self.instruction, self.instruction):
            if self.data[place] & _OPCODE == _TAILCALL:
                self.data[place] ^= _TAILCALL ^ _CALL
        return at + count * self.instruction

    def constants(self, at: int) -> int:
        count, at = self.count(at)
        for _ in range(count):
            kind, at = self.data[at], at + 1
            if kind == _STRING:
                at = self.string(at)
            else:
                at += {_NIL: 0, _BOOLEAN: 1, _NUMBER: self.number}[kind]
        return at

    def debugging(self, at: int) -> int:
        lines, at = self.count(at)
        at += lines * self.integer.size
        variables, at = self.count(at)
        for _ in range(variables):
            at = self.string(at) + 2 * self.integer.size
        upvalues, at = self.count(at)
        for _ in range(upvalues):
            at = self.string(at)
        return at

    def count(self, at: int) -> tuple[int, int]:
        return self.integer.unpack_from(self.data, at)[0], at + self.integer.size

    def string(self, at: int) -> int:
        return int(self.size.unpack_from(self.data, at)[0]) + at + self.size.size
