"""Ids of stream entries: milliseconds and a sequence number, 64 bits each, held in one integer.

As integers they compare, follow one another and are searched for at the speed of C. Here is how they are
spelled: `1526919030474-55`, or with only the milliseconds.
"""

from __future__ import annotations

import re

from stubredis.errors import CommandError

GREATEST = 2**128 - 1
GREATEST_SEQUENCE = 2**64 - 1

INVALID = b"ERR Invalid stream ID specified as stream command argument"
INVALID_START = b"ERR invalid start ID for the interval"
INVALID_END = b"ERR invalid end ID for the interval"

LONGEST_WORD = 127

# What strtoull reads where Redis' own function for the only spelling of a signed integer does not.
_UNSIGNED = re.compile(rb"[ \t-\r]*[+-]?\d+")
_NEGATIVE = re.compile(rb"-[1-9]\d*")


def text(entry_id: int) -> bytes:
    """Spell an id."""
    return b"%d-%d" % (entry_id >> 64, entry_id & GREATEST_SEQUENCE)


def exact_id(word: bytes, missing: int = 0) -> int:
    """Read an id; `missing` is the sequence number of one that has only milliseconds."""
    milliseconds, dash, sequence = word.partition(b"-")
    if milliseconds.isdigit() and (not dash or sequence.isdigit()) and len(word) < 21 - (not dash):
        # The usual spellings: neither half is too long for 64 bits.
        return int(milliseconds) << 64 | (int(sequence) if dash else missing)
    if len(word) > LONGEST_WORD:
        raise CommandError(INVALID)
    milliseconds, dash, sequence = word.partition(b"\0")[0].partition(b"-")
    return _unsigned(milliseconds) << 64 | (_unsigned(sequence) if dash else missing)


def id_to_add(word: bytes) -> tuple[int, bool]:
    """Read the id of a new entry, and tell whether its sequence number is to be chosen (`1526919030474-*`)."""
    milliseconds, dash, sequence = word.partition(b"\0")[0].partition(b"-")
    if dash and sequence == b"*" and len(word) <= LONGEST_WORD:
        return _unsigned(milliseconds) << 64, True
    return exact_id(word), False


def any_id(word: bytes, missing: int = 0) -> int:
    """Read an id, or `-` and `+` for the smallest and the greatest."""
    if word == b"-":
        return 0
    if word == b"+":
        return GREATEST
    return exact_id(word, missing)


def interval_start(word: bytes) -> int:
    """Read the beginning of an interval, which `(` leaves out."""
    if word[:1] == b"(" and len(word) > 1:
        start = exact_id(word[1:]) + 1
        if start > GREATEST:
            raise CommandError(INVALID_START)
        return start
    return any_id(word)


def interval_end(word: bytes) -> int:
    """Read the end of an interval, which `(` leaves out; a missing sequence number is the greatest."""
    if word[:1] == b"(" and len(word) > 1:
        end = exact_id(word[1:], GREATEST_SEQUENCE) - 1
        if end < 0:
            raise CommandError(INVALID_END)
        return end
    return any_id(word, GREATEST_SEQUENCE)


def _unsigned(word: bytes) -> int:
    """Read one half of an id as strtoull does: it takes a sign, and even wraps around (string2ull in Redis' util.c)."""
    if not _UNSIGNED.fullmatch(word) or _NEGATIVE.fullmatch(word):
        raise CommandError(INVALID)
    value = int(word)
    if abs(value) > GREATEST_SEQUENCE:
        raise CommandError(INVALID)
    return value & GREATEST_SEQUENCE
