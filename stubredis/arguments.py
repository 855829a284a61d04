"""Words of a request to values, as strict as Redis: each function returns the value or raises CommandError."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from stubredis import errors
from stubredis.errors import CommandError

MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1

# What strtod and strtold accept and Redis lets through: no blanks, no `nan`, nothing behind the number.
_DECIMAL = re.compile(rb"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?)", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"[+-]?0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?", re.IGNORECASE)


def integer(word: bytes, error: bytes = errors.NOT_AN_INTEGER) -> int:
    """Read a 64-bit signed integer in its only spelling: no sign +, no leading zero, no blanks."""
    try:
        value = int(word)
    except ValueError:
        raise CommandError(error) from None
    # Printing it again is the strictest and fastest test of the spelling.
    if b"%d" % value != word or not MIN_INTEGER <= value <= MAX_INTEGER:
        raise CommandError(error)
    return value


def integer_between(word: bytes, low: int, high: int, error: bytes) -> int:
    """Read an integer within bounds; `error` is for one that is none, too, or out of them."""
    value = integer(word, error)
    if not low <= value <= high:
        raise CommandError(error)
    return value


def double(word: bytes, error: bytes = errors.NOT_A_FLOAT) -> float:
    """Read a finite or infinite double, decimal or hexadecimal, as strtod does; never NaN."""
    if _DECIMAL.fullmatch(word):
        return float(word)
    if _HEXADECIMAL.fullmatch(word):
        try:
            return float.fromhex(word.decode())
        except OverflowError:
            return math.inf if word[:1] != b"-" else -math.inf
    raise CommandError(error)


def timeout(word: bytes, now: int) -> int | None:
    """Read the timeout of a blocking command, in seconds with a fraction: a deadline in ms, None for ever.

    A fraction of a millisecond counts as a whole one (getTimeoutFromObjectOrReply in Redis' timeout.c).
    """
    seconds = double(word, errors.TIMEOUT_NOT_A_FLOAT)
    if math.isinf(seconds) or seconds * 1000 > MAX_INTEGER:
        raise CommandError(errors.TIMEOUT_OUT_OF_RANGE)
    milliseconds = math.ceil(seconds * 1000)
    if milliseconds < 0:
        raise CommandError(errors.TIMEOUT_NEGATIVE)
    if milliseconds > MAX_INTEGER - now:
        raise CommandError(errors.TIMEOUT_OUT_OF_RANGE)
    return now + milliseconds if milliseconds else None


def expire_at(word: bytes, unit: bytes, now: int, name: str) -> int:
    """Read the value of EX, PX, EXAT or PXAT (upper case): the deadline in ms, which may have passed.

    `name` is the command, for the error of a value that is not positive or does not fit in 64 bits.
    """
    value = integer(word)
    if value <= 0:
        raise errors.invalid_expire_time(name)
    return deadline(value, unit, now, name)


def deadline(value: int, unit: bytes, now: int, name: str) -> int:
    """Turn a time in the unit of EX, PX, EXAT or PXAT into a deadline in ms, which must fit in 64 bits."""
    if unit in (b"EX", b"EXAT"):
        value *= 1000
    if not MIN_INTEGER <= value <= MAX_INTEGER:
        raise errors.invalid_expire_time(name)
    if unit in (b"EX", b"PX"):
        value += now
    if not MIN_INTEGER <= value <= MAX_INTEGER:
        raise errors.invalid_expire_time(name)
    return value


def keys_and_rest(numkeys: bytes, words: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Split the words behind `numkeys` into the keys and what follows them."""
    count = integer(numkeys, errors.NUMKEYS_NOT_POSITIVE)
    if count <= 0:
        raise CommandError(errors.NUMKEYS_NOT_POSITIVE)
    if count > len(words):
        raise CommandError(errors.SYNTAX)
    return words[:count], words[count:]
