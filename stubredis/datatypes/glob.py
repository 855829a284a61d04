"""Redis' glob-style patterns, as KEYS, SCAN MATCH and PSUBSCRIBE use them (stringmatchlen in util.c).

`*` any run of bytes, `?` any byte, `[ab-d]` and `[^a]` sets, a backslash takes the next byte literally.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

Matcher = Callable[[bytes], object]

# Possessive, for what once was read as a range or as escaped is never read in another way.
_TOKEN = re.compile(rb"\*+|\?|\[(\^?)((?:\\.|[^]]-.|[^]])*+)\]?|\\?(.)|\\\Z", re.DOTALL)
_SET_MEMBER = re.compile(rb"\\(.)|(.)-(.)|(.)", re.DOTALL)
"""An escaped byte neither begins nor ends a range, but a bracket may end one: `[a-]` has no end."""


@lru_cache(maxsize=1024)
def matcher(pattern: bytes) -> Matcher:
    """Return a function that tells whether the whole of a byte string matches, truthy or None."""
    if pattern and not pattern.strip(b"*"):
        return re.compile(b".+", re.DOTALL).fullmatch  # a star matches anything but the empty string as a whole
    expression = b""
    stars = 0
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if text[:1] == b"*":
            # The leftmost place where the rest up to the next star fits is as good as any later one, so
            # the group is atomic: no pattern takes exponential time.
            expression += b")" * stars + b"(?>.*?"
            stars = 1
        elif text == b"?":
            expression += b"."
        elif token[2] is not None:
            expression += _set(bool(token[1]), token[2])
        else:
            expression += re.escape(token[3] if token[3] is not None else b"\\")
    if stars:
        # After the last star the rest must reach the end of the string.
        expression += b"\\Z)"
    return re.compile(expression, re.DOTALL).fullmatch


def _set(negated: bool, members: bytes) -> bytes:
    """Translate the inside of brackets; an empty set matches nothing, its negation everything."""
    expression = b""
    for escaped, low, high, single in _SET_MEMBER.findall(members):
        if low:
            low, high = sorted((low, high), key=_signed)
            if low > high:
                expression += b"%b-\xff" % re.escape(low)
                low = b"\0"
            expression += b"%b-%b" % (re.escape(low), re.escape(high))
        else:
            expression += re.escape(escaped or single)
    if not expression:
        return b"." if negated else b"(?!)"
    return b"[%b%b]" % (b"^" if negated else b"", expression)


def _signed(byte: bytes) -> int:
    """Return a byte as C's signed char: as the beginning of a range, 0xff comes before 0."""
    return int.from_bytes(byte, signed=True)
