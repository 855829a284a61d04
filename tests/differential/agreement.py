"""The ways in which our reply to a step can agree with the real server's, besides being the same bytes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeAlias

from tests.differential.resp import Tree, parse_all

#: Takes the raw bytes of our replies to one step and of theirs.
Agreement: TypeAlias = Callable[[bytes, bytes], bool]


def same_bytes(ours: bytes, theirs: bytes) -> bool:
    return ours == theirs


def same_elements(ours: bytes, theirs: bytes) -> bool:
    """Disregard the order of elements, at every level."""
    return [_sorted(tree) for tree in parse_all(ours)] == [_sorted(tree) for tree in parse_all(theirs)]


def same_fields(ours: bytes, theirs: bytes) -> bool:
    """Disregard the order of the fields of a map, or of the flat array that stands for it in RESP2."""
    return [_by_field(tree) for tree in parse_all(ours)] == [_by_field(tree) for tree in parse_all(theirs)]


def same_shape(ours: bytes, theirs: bytes) -> bool:
    """Regard types, nulls and the lengths of aggregates only."""
    return [_shape(tree) for tree in parse_all(ours)] == [_shape(tree) for tree in parse_all(theirs)]


def same_error_kind(ours: bytes, theirs: bytes) -> bool:
    """Regard only the first word of an error; compare any other reply exactly."""
    return _error_kind(ours) == _error_kind(theirs)


def same_but_for(pattern: bytes) -> Agreement:
    """Disregard what matches the pattern, and with it the length of every string."""

    def mask(reply: bytes) -> bytes:
        return re.sub(pattern, b"~", re.sub(rb"([$=])\d+\r\n", rb"\1~\r\n", reply))

    return lambda ours, theirs: mask(ours) == mask(theirs)


def within(tolerance: int) -> Agreement:
    """Allow integers to differ by this much; a negative one is a sign such as "never", not a measure."""

    def near(ours: Tree, theirs: Tree) -> bool:
        (kind, our_content), (their_kind, their_content) = ours, theirs
        if ours == theirs or kind != their_kind:
            return ours == theirs
        if isinstance(our_content, list) and isinstance(their_content, list):
            return all_near(our_content, their_content)
        if kind == b":" and isinstance(our_content, bytes) and isinstance(their_content, bytes):
            low, high = sorted((int(our_content), int(their_content)))
            return low >= 0 and high - low <= tolerance
        return False

    def all_near(ours: list[Tree], theirs: list[Tree]) -> bool:
        return len(ours) == len(theirs) and all(map(near, ours, theirs))

    return lambda ours, theirs: all_near(parse_all(ours), parse_all(theirs))


def numbers_within(tolerance: float) -> Agreement:
    """Compare doubles by their value: some servers print them with more digits, or compute them in another order."""

    def same(ours: Tree, theirs: Tree) -> bool:
        (kind, our_content), (their_kind, their_content) = ours, theirs
        if ours == theirs or kind != their_kind:
            return ours == theirs
        if isinstance(our_content, list) and isinstance(their_content, list):
            return all_same(our_content, their_content)
        if isinstance(our_content, bytes) and isinstance(their_content, bytes) and kind in (b"$", b","):
            try:
                return math.isclose(float(our_content), float(their_content), rel_tol=0, abs_tol=tolerance)
            except ValueError:
                return False
        return False

    def all_same(ours: list[Tree], theirs: list[Tree]) -> bool:
        return len(ours) == len(theirs) and all(map(same, ours, theirs))

    return lambda ours, theirs: all_same(parse_all(ours), parse_all(theirs))


same_numbers = numbers_within(1e-17)
"""Some servers print more digits, and Grisu2 not always the fewest. 17 decimals have lost what is behind them."""


def _sorted(tree: Tree) -> Tree:
    kind, content = tree
    if not isinstance(content, list):
        return tree
    children = [_sorted(child) for child in content]
    return (kind, _fields(children)) if kind == b"%" else (kind, sorted(children, key=repr))


def _by_field(tree: Tree) -> Tree:
    kind, content = tree
    return (kind, _fields(content)) if isinstance(content, list) and len(content) % 2 == 0 else tree


def _fields(children: list[Tree]) -> list[Tree]:
    fields = sorted(zip(children[::2], children[1::2], strict=True), key=repr)
    return [child for field in fields for child in field]


def _shape(tree: Tree) -> object:
    kind, content = tree
    return (kind, [_shape(child) for child in content] if isinstance(content, list) else content is None)


def _error_kind(reply: bytes) -> bytes:
    return reply.split(b" ")[0] if reply.startswith(b"-") else reply
