"""The tree of values: mappings and arrays down to scalars that know their file. And how JavaScript shows a value."""

from __future__ import annotations

import math
from typing import Any

Scalar = str | int | float | bool | None
"""Integers are those of JavaScript: whole numbers, of which only the first 53 bits are exact."""


class Leaf:
    """A scalar, and the file it was written in."""

    __slots__ = ("file", "value")

    def __init__(self, value: Scalar, file: str) -> None:
        self.value = value
        self.file = file


Node = Leaf | dict[str, Any] | list[Any]
"""A scalar, a mapping of nodes or an array of nodes."""


def tree(value: Any, file: str) -> Node:
    """Turn what a parser made into nodes."""
    if isinstance(value, dict):
        return {name: tree(inner, file) for name, inner in value.items()}
    if isinstance(value, list):
        return [tree(inner, file) for inner in value]
    return Leaf(value, file)


def plain(node: Node) -> Any:
    """Return the values of a tree without their files."""
    if isinstance(node, dict):
        return {name: plain(inner) for name, inner in node.items()}
    if isinstance(node, list):
        return [plain(inner) for inner in node]
    return node.value


def copy(node: Node) -> Node:
    """Return a tree that can be changed without changing this one."""
    if isinstance(node, dict):
        return {name: copy(inner) for name, inner in node.items()}
    if isinstance(node, list):
        return [copy(inner) for inner in node]
    return node


def merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    """Write one mapping over another: mappings are merged, everything else, arrays and nulls too, replaces."""
    for name, node in other.items():
        present = into.get(name)
        if isinstance(present, dict) and isinstance(node, dict):
            merge(present, node)
        else:
            into[name] = copy(node)


def merge_by_index(base: Node | None, over: Node) -> Node:
    """Return what results from writing `over` over `base`, where arrays too are merged, element by element."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {
            **{name: copy(node) for name, node in base.items()},
            **{name: merge_by_index(base.get(name), node) for name, node in over.items()},
        }
    if isinstance(base, list) and isinstance(over, list):
        merged = [merge_by_index(base[index] if index < len(base) else None, node) for index, node in enumerate(over)]
        return merged + [copy(node) for node in base[len(over) :]]
    return copy(over)


def as_mapping(node: Node) -> dict[str, Any]:
    """Return what a whole file contributes: a mapping as it is, an array or text by its indexes, others nothing."""
    if isinstance(node, dict):
        return node
    if isinstance(node, list):
        return {str(index): inner for index, inner in enumerate(node)}
    if isinstance(node.value, str):
        return {str(index): Leaf(letter, node.file) for index, letter in enumerate(node.value)}
    return {}


def number(value: float) -> int | float:
    """Return a number as JavaScript has it: there is one kind, and whole ones are shown without a point."""
    try:
        value = float(value)
    except OverflowError:
        return math.inf
    return int(value) if value.is_integer() else value


def text(value: Any) -> str:
    """Return a value as JavaScript writes it into text."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "[object Object]"
        case list():
            return ",".join("" if inner is None else text(inner) for inner in value)
        case int() | float():
            return _number_text(float(value))
    return str(value)


def _number_text(value: float) -> str:
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    # The point stands after so many digits, leading zeros not counted.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    sign = "-" if value < 0 else ""
    if 0 < point <= 21:
        shown = digits.ljust(point, "0")
        return sign + (f"{shown[:point]}.{shown[point:]}" if len(digits) > point else shown)
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "") + power
