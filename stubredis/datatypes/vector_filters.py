"""The filter expressions of VSIM: a small language of numbers, strings and fields of the attributes of an element.

An expression is compiled to a program for a stack machine. There are no errors when it runs: what is no number counts
as 0, and a field that is missing makes the whole expression false.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

Value: TypeAlias = "float | bytes | tuple[Value, ...] | None"
"""A number, which truth values are as well, a string, a list, or null."""


class FilterError(ValueError):
    """An expression that is none. `at` is where it went wrong."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class Operator(NamedTuple):
    """What takes one or two values and gives another."""

    name: bytes
    precedence: int
    arity: int
    apply: Callable[..., Value]


class Field(NamedTuple):
    """A top-level field of the attributes."""

    name: bytes


Token: TypeAlias = "Value | Operator | Field"


# Values

_LONGEST_NUMBER = 255
_NUMBER = re.compile(rb"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|\s*[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"\s*[+-]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?", re.IGNORECASE)


def _number(value: Value) -> float:
    if isinstance(value, float):
        return value
    if not isinstance(value, bytes) or len(value) > _LONGEST_NUMBER:
        return 0.0
    text = value.partition(b"\0")[0]
    if _NUMBER.fullmatch(text):
        return float(text)
    if _HEXADECIMAL.fullmatch(text):
        try:
            return float.fromhex(text.decode())
        except OverflowError:
            return math.inf
    return 0.0


def _is_true(value: Value) -> bool:
    """Everything is true but 0, the empty string and null, as in JavaScript."""
    if isinstance(value, float):
        return value != 0
    return value is not None and value != b""


def _equal(left: Value, right: Value) -> bool:
    """Compare values; if they are of different types, as numbers."""
    if isinstance(left, bytes) and isinstance(right, bytes):
        return left == right
    if left is None or right is None:
        return left is right
    return _number(left) == _number(right)


def _power(left: Value, right: Value) -> float:
    base, exponent = _number(left), _number(right)
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 else math.inf
    except ValueError:  # a negative power of zero, or a root of something negative
        if base:
            return math.nan
        return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf


def _quotient(left: Value, right: Value) -> float:
    dividend, divisor = _number(left), _number(right)
    if divisor:
        return dividend / divisor
    if not dividend or math.isnan(dividend):
        return math.nan
    return math.copysign(math.inf, dividend) * math.copysign(1, divisor)


def _remainder(left: Value, right: Value) -> float:
    try:
        return math.fmod(_number(left), _number(right))
    except ValueError:
        return math.nan


def _contains(left: Value, right: Value) -> float:
    """Look for an element of a list, or for a string within another."""
    if isinstance(left, bytes) and isinstance(right, bytes):
        return float(left in right)
    return float(isinstance(right, tuple) and any(_equal(left, element) for element in right))


_NOT = Operator(b"!", 6, 1, lambda value: float(not _is_true(value)))
_AND = Operator(b"and", 1, 2, lambda left, right: float(_is_true(left) and _is_true(right)))
_OR = Operator(b"or", 0, 2, lambda left, right: float(_is_true(left) or _is_true(right)))
_POWER = Operator(b"**", 5, 2, _power)
_OPENING = Operator(b"(", 7, 0, lambda: None)
_CLOSING = Operator(b")", 7, 0, lambda: None)
_OPERATORS = {
    operator.name: operator
    for operator in (
        _NOT, _AND, _OR, _POWER, _OPENING, _CLOSING,
        Operator(b"*", 4, 2, lambda left, right: _number(left) * _number(right)),
        Operator(b"/", 4, 2, _quotient),
        Operator(b"%", 4, 2, _remainder),
        Operator(b"+", 3, 2, lambda left, right: _number(left) + _number(right)),
        Operator(b"-", 3, 2, lambda left, right: _number(left) - _number(right)),
        Operator(b">", 2, 2, lambda left, right: float(_number(left) > _number(right))),
        Operator(b">=", 2, 2, lambda left, right: float(_number(left) >= _number(right))),
        Operator(b"<", 2, 2, lambda left, right: float(_number(left) < _number(right))),
        Operator(b"<=", 2, 2, lambda left, right: float(_number(left) <= _number(right))),
        Operator(b"==", 2, 2, lambda left, right: float(_equal(left, right))),
        Operator(b"!=", 2, 2, lambda left, right: float(not _equal(left, right))),
        Operator(b"in", 2, 2, _contains),
    )
} | {b"not": _NOT, b"&&": _AND, b"||": _OR}  # fmt: skip


# Compiling


class _Scanner:
    """Reads the tokens of an expression; `at` is where it has got to, or stuck."""

    _SPACE = re.compile(rb"[ \t-\r]*")
    _FIELD = re.compile(rb"\.([A-Za-z0-9_-]+|\Z)")
    _NUMBER = re.compile(rb"-?[0-9.eE]*")
    _RUN = re.compile(rb"[-A-Za-z+*%/!()<>=|&]+")
    _STRING = re.compile(rb"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.at = 0

    def tokens(self) -> list[Token]:
        tokens: list[Token] = []
        while self.peek():
            last = tokens[-1] if tokens else _OPENING
            tokens.append(self.token(may_be_negative=isinstance(last, Operator) and last is not _CLOSING))
        return tokens

    def peek(self) -> bytes:
        """Skip blanks, and return the character behind them."""
        self.at = self._SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]  # it always matches
        return self.text[self.at : self.at + 1]

    def token(self, *, may_be_negative: bool) -> Token:
        first, second = self.text[self.at : self.at + 1], self.text[self.at + 1 : self.at + 2]
        if first.isdigit() or (may_be_negative and first == b"-" and second.isdigit()):
            return self.number()
        if first in (b"'", b'"'):
            return self.string()
        if match := self._FIELD.match(self.text, self.at):
            self.at = match.end()
            return Field(match[1])
        if first == b"[":
            return self.list()
        return self.word()

    def number(self) -> float:
        match = self._NUMBER.match(self.text, self.at)
        assert match is not None
        self.at = min(match.end(), self.at + _LONGEST_NUMBER)
        try:
            value = float(match[0])
        except ValueError:
            raise FilterError(self.at) from None
        if self.at < match.end():
            raise FilterError(self.at)
        return value

    def string(self) -> bytes:
        """Read a string up to the same quote; a backslash keeps the next character from ending it, and stays."""
        match = self._STRING.match(self.text, self.at)
        if match is None:
            raise FilterError(len(self.text))
        self.at = match.end()
        return match[0][1:-1]

    def list(self) -> tuple[Value, ...]:
        """Read a list of numbers and strings."""
        self.at += 1
        elements: list[Value] = []
        while (first := self.peek()) != b"]":
            if first.isdigit() or first == b"-":
                elements.append(self.number())
            elif first in (b"'", b'"') and first:
                elements.append(self.string())
            else:
                raise FilterError(self.at)
            if self.peek() == b"]":
                break
            if self.peek() != b",":
                raise FilterError(self.at)
            self.at += 1
        self.at += 1
        return tuple(elements)

    def word(self) -> Token:
        """Read null or an operator: the longest one that a run of letters and signs begins with."""
        match = self._RUN.match(self.text, self.at)
        if match is None:
            raise FilterError(self.at)
        run = match[0]
        if run == b"null":
            self.at = match.end()
            return None
        for length in (3, 2, 1):
            operator = _OPERATORS.get(run[:length])
            if operator is not None:
                self.at += len(operator.name) if operator.name == run[:length] else length
                return operator
        raise FilterError(match.end())


class Filter:
    """A compiled expression."""

    __slots__ = ("_program",)

    def __init__(self, text: bytes) -> None:
        """Compile an expression; raises FilterError. Where an operator lacks a value, the whole of it is wrong."""
        self._program: list[Token] = []
        waiting: list[Operator] = []
        depth = 0

        def move() -> None:
            nonlocal depth
            operator = waiting.pop()
            if operator is _OPENING or depth < operator.arity:
                raise FilterError(0)
            self._program.append(operator)
            depth += 1 - operator.arity

        for token in _Scanner(text.partition(b"\0")[0]).tokens():
            if not isinstance(token, Operator):
                self._program.append(token)
                depth += 1
            elif token is _OPENING:
                waiting.append(token)
            elif token is _CLOSING:
                while waiting and waiting[-1] is not _OPENING:
                    move()
                if not waiting:
                    raise FilterError(0)
                waiting.pop()
            else:
                while waiting and waiting[-1] is not _OPENING and _goes_first(waiting[-1], token):
                    move()
                waiting.append(token)
        while waiting:
            move()
        if depth != 1:
            raise FilterError(0)

    def accepts(self, attributes: bytes) -> bool:
        """Tell whether the expression is true of an element with these attributes."""
        stack: list[Value] = []
        for token in self._program:
            if isinstance(token, Operator):
                if token.arity == 1:
                    stack.append(token.apply(stack.pop()))
                else:
                    right, left = stack.pop(), stack.pop()
                    stack.append(token.apply(left, right))
            elif isinstance(token, Field):
                value = field_of(attributes, token.name)
                if value is ...:
                    return False
                stack.append(value)
            else:
                stack.append(token)
        return _is_true(stack.pop())


def _goes_first(earlier: Operator, later: Operator) -> bool:
    """Tell whether an operator is applied before one that follows it: only powers are taken from right to left."""
    if later is _POWER:
        return earlier.precedence > later.precedence
    return earlier.precedence >= later.precedence


# Attributes

_BLANKS = re.compile(rb"[ \t-\r]*")
_JSON_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_JSON_NUMBER = re.compile(rb"[-+.0-9eE]+")
_JSON_LITERAL = re.compile(rb"(true|false|null)(?=[ \t-\r,\]}]|\Z)")
_PIECE = {
    b"{": re.compile(rb'"(?:[^"\\]|\\.)*"|["{}]', re.DOTALL),
    b"[": re.compile(rb'"(?:[^"\\]|\\.)*"|["\[\]]', re.DOTALL),
}
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_LITERALS: dict[bytes, Value] = {b"true": 1.0, b"false": 0.0, b"null": None}
_DEEPEST = 100
"""Lists within lists deeper than this are not read."""


def field_of(attributes: bytes, name: bytes) -> Value | ellipsis:  # noqa: F821
    """Return a top-level field of a JSON object, `...` if it is missing or an object itself.

    Only what lies before the field has to be JSON, and names are compared as they are written.
    """
    at = _blanks(attributes, 0)
    if not name or attributes[at : at + 1] != b"{":
        return ...
    at += 1
    while True:
        key = _JSON_STRING.match(attributes, _blanks(attributes, at))
        if key is None:
            return ...
        at = _blanks(attributes, key.end())
        if attributes[at : at + 1] != b":":
            return ...
        at = _blanks(attributes, at + 1)
        if key[1] == name:
            return _read(attributes, at)[0]
        end = _skip(attributes, at)
        if end is None:
            return ...
        at = _blanks(attributes, end)
        if attributes[at : at + 1] != b",":
            return ...
        at += 1


def _blanks(text: bytes, at: int) -> int:
    return _BLANKS.match(text, at).end()  # type: ignore[union-attr]  # it always matches


def _skip(text: bytes, at: int) -> int | None:
    """Return where a value ends, or None if there is none."""
    first = text[at : at + 1]
    if first in _PIECE:
        depth = 0
        for piece in _PIECE[first].finditer(text, at):
            if piece[0] == b'"':  # it does not end
                return None
            if len(piece[0]) == 1:
                depth += 1 if piece[0] == first else -1
            if not depth:
                return piece.end()
        return None
    for literal in _LITERALS:
        if text.startswith(literal, at):
            return at + len(literal)
    match = (_JSON_STRING if first == b'"' else _JSON_NUMBER).match(text, at)
    return None if match is None else match.end()


def _read(text: bytes, at: int, depth: int = 0) -> tuple[Value | ellipsis, int]:  # noqa: F821
    """Read a value, and return where it ends, too; the value is `...` if it is an object, or nothing at all."""
    first = text[at : at + 1]
    if first == b"[":
        return _read_list(text, at, depth)
    if match := _JSON_LITERAL.match(text, at):
        return _LITERALS[match[1]], match.end()
    if match := _JSON_STRING.match(text, at):
        return _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), match[1]), match.end()
    if first in b"0123456789-+" and (match := _JSON_NUMBER.match(text, at)):
        try:
            return float(match[0][:_LONGEST_NUMBER]), match.end()
        except ValueError:
            return ..., at
    return ..., at


def _read_list(text: bytes, at: int, depth: int) -> tuple[Value | ellipsis, int]:  # noqa: F821
    elements: list[Value] = []
    at = _blanks(text, at + 1)
    if text[at : at + 1] == b"]":
        return (), at + 1
    while depth < _DEEPEST:
        element, at = _read(text, at, depth + 1)
        if element is ...:
            break
        elements.append(element)
        at = _blanks(text, at)
        if text[at : at + 1] == b"]":
            return tuple(elements), at + 1
        if text[at : at + 1] != b",":
            break
        at = _blanks(text, at + 1)
    return ..., at
