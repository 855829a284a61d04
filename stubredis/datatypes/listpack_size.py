"""How much room an element takes in a listpack, on which Redis' choice of encodings depends."""

from __future__ import annotations

HEADER_AND_END = 7

_MIN, _MAX = -(2**63), 2**63 - 1
_LONGEST_INTEGER = 20
_MINUS, _ZERO, _NINE = b"-09"


def as_integer(text: bytes) -> int | None:
    """Return the integer of 64 bits that a text is the only spelling of, or None."""
    if not text or len(text) > _LONGEST_INTEGER or not (_ZERO <= text[0] <= _NINE or text[0] == _MINUS):
        return None
    try:
        value = int(text)
    except ValueError:
        return None
    return value if _MIN <= value <= _MAX and b"%d" % value == text else None


def packed_size(element: bytes) -> int:
    """Return how many bytes of a listpack an element takes, with its length behind it."""
    value = as_integer(element)
    if value is not None:
        if 0 <= value < 128:
            return 2
        if -4096 <= value < 4096:
            return 3
        return 2 + next(width for width in (2, 3, 4, 8) if -1 << 8 * width - 1 <= value < 1 << 8 * width - 1)
    length = len(element)
    length += 1 if length < 64 else 2 if length < 4096 else 5
    return length + back_length_size(length)


def back_length_size(length: int) -> int:
    """Return how many bytes the length of an element takes behind it."""
    return 1 if length < 128 else 2 if length < 16383 else 3 if length < 2097151 else 4 if length < 268435455 else 5
