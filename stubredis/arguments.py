"""Words of a request to values, as strict as Redis: each function returns the value or raises CommandError."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from stubredis import errors
from stubredis.datatypes.glob import matcher
from stubredis.errors import CommandError

MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1
_ZERO = ord("0")

MOST_RANDOM = 10_000_000
"""The most random elements with repetitions: a reply is built in memory, which must not be exhausted by a request."""

# What strtod and strtold accept and Redis lets through: no blanks, no `nan`, nothing behind the number.
_DECIMAL = re.compile(rb"[+-]?(?:(\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"[+-]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?", re.IGNORECASE)

_DIGITS = b"0123456789.-"
_FEW = 300
"""A number of fewer digits is neither too large for a double nor so small that it would become 0."""

# What strtoull reads of a C string, which ends at a zero byte.
_CURSOR = re.compile(rb"[ \t-\r]*([+-]?\d{1,40})(?:\0.*)?", re.DOTALL)


def integer(word: bytes, error: bytes = errors.NOT_AN_INTEGER) -> int:
    """Read a 64-bit signed integer in its only spelling: no sign +, no leading zero, no blanks."""
    if word.isdigit() and len(word) < 19 and word[0] != _ZERO:  # the most frequent ones, at a third of the cost
        return int(word)
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


def random_count(word: bytes) -> int:
    """Read how many random elements are asked for: different ones, or with repetitions if it is negative."""
    value = integer(word)
    if value == MIN_INTEGER:
        raise CommandError(b"ERR value is out of range, value must between %d and %d" % (-MAX_INTEGER, MAX_INTEGER))
    if -value > MOST_RANDOM:
        raise CommandError(b"ERR value is out of range")
    return value


def double(word: bytes, error: bytes = errors.NOT_A_FLOAT) -> float:
    """Read a double, decimal or hexadecimal, as strtod does: no NaN, nothing out of range, but infinities by name."""
    if not word.strip(_DIGITS) and len(word) < _FEW:  # the most frequent ones, at a third of the cost
        try:
            return float(word)
        except ValueError:
            raise CommandError(error) from None
    value, digits = _unlimited(word, error)
    if digits and (math.isinf(value) or (not value and digits.strip(b"0."))):
        raise CommandError(error)
    return value


def _unlimited(word: bytes, error: bytes) -> tuple[float, bytes | None]:
    """Read a double, infinite if it is too large and 0 if it is too small; return its digits, too, if it has any."""
    if match := _DECIMAL.fullmatch(word):
        return float(word), match[1]
    if match := _HEXADECIMAL.fullmatch(word):
        try:
            return float.fromhex(word.decode()), match[1]
        except OverflowError:
            return math.copysign(math.inf, -1 if word[:1] == b"-" else 1), match[1]
    raise CommandError(error)


def decimal(word: bytes, error: bytes) -> float:
    """Read a double as SORT and ranges of scores do: no hexadecimals, but infinite if it is too large, 0 if too small.

    Redis reads a C string here, which ends at a zero byte, and is 0 if it is empty.
    """
    text = word.partition(b"\0")[0]
    if text and not _DECIMAL.fullmatch(text):
        raise CommandError(error)
    return float(text or 0)


_FREQUENT_BOUNDS = {b"-inf": -math.inf, b"+inf": math.inf, b"inf": math.inf}


def score_bound(word: bytes) -> tuple[float, bool]:
    """Read one end of a range of scores, and whether a bracket excludes the end itself."""
    if word in _FREQUENT_BOUNDS:
        return _FREQUENT_BOUNDS[word], False
    if word and not word.strip(_DIGITS) and len(word) < _FEW:
        return double(word, errors.BOUND_NOT_A_FLOAT), False
    exclusive = word[:1] == b"("
    return decimal(word[exclusive:], errors.BOUND_NOT_A_FLOAT), exclusive


def multiple_pop_arguments(
    numkeys: bytes, words: Sequence[bytes], ends: Sequence[bytes]
) -> tuple[Sequence[bytes], bytes, int]:
    """Read what LMPOP, ZMPOP and their blocking forms share: the keys, which end, and how many elements at most."""
    number = integer_between(numkeys, 1, MAX_INTEGER, errors.NUMKEYS_NOT_POSITIVE)
    if number >= len(words):
        raise CommandError(errors.SYNTAX)
    keys, where, options = words[:number], words[number].upper(), words[number + 1 :]
    if where not in ends:
        raise CommandError(errors.SYNTAX)
    if not options:
        return keys, where, 1
    if len(options) < 2 or options[0].upper() != b"COUNT":
        raise CommandError(errors.SYNTAX)
    count = integer_between(options[1], 1, MAX_INTEGER, errors.COUNT_NOT_POSITIVE)
    if len(options) > 2:
        raise CommandError(errors.SYNTAX)
    return keys, where, count


def timeout(word: bytes, now: int) -> int | None:
    """Read the timeout of a blocking command, in seconds with a fraction: a deadline in ms, None for ever.

    A fraction of a millisecond counts as a whole one (getTimeoutFromObjectOrReply in Redis' timeout.c).
    """
    seconds, _ = _unlimited(word, errors.TIMEOUT_NOT_A_FLOAT)
    if seconds * 1000 > MAX_INTEGER:
        raise CommandError(errors.TIMEOUT_OUT_OF_RANGE)
    if seconds * 1000 <= -1:
        raise CommandError(errors.TIMEOUT_NEGATIVE)
    milliseconds = math.ceil(seconds * 1000)
    if milliseconds > MAX_INTEGER - now:
        raise CommandError(errors.TIMEOUT_OUT_OF_RANGE)
    return now + milliseconds if milliseconds else None


def timeout_milliseconds(word: bytes, now: int) -> int | None:
    """Read the timeout of a command that takes milliseconds: a deadline in ms, None for ever."""
    milliseconds = integer(word, errors.TIMEOUT_NOT_AN_INTEGER)
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
    if unit == b"EX":
        at = value * 1000 + now
    elif unit == b"PX":
        at = value + now
    else:
        at = value * 1000 if unit == b"EXAT" else value
    if value <= 0 or at > MAX_INTEGER:
        raise errors.invalid_expire_time(name)
    return at


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


def database_number(word: bytes, error: bytes | None = None) -> int:
    """Read the number of a database, a 32-bit integer; whether there is such a database, the keyspace knows."""
    value = integer(word, error or errors.NOT_AN_INTEGER)
    if not -(2**31) <= value < 2**31:
        raise CommandError(error or b"ERR value is out of range, value must between -2147483648 and 2147483647")
    return value


def plain_text(word: bytes, error: bytes) -> bytes:
    """Read a text of visible ASCII characters, which does not break the lines of CLIENT LIST."""
    if not all(0x21 <= byte <= 0x7E for byte in word):
        raise CommandError(error)
    return word


def scan_cursor(word: bytes) -> int:
    """Read the cursor of a scan: 0, or a number that an earlier call returned.

    A negative number is an error if it is a plain 64-bit integer; any other that strtoull takes wraps around.
    """
    match = _CURSOR.fullmatch(word)
    number = int(match[1]) if match else 2**64
    if abs(number) >= 2**64 or (MIN_INTEGER <= number < 0 and b"%d" % number == word):
        raise CommandError(errors.INVALID_CURSOR)
    return number % 2**64


class ScanOptions:
    """The options of SCAN, HSCAN, SSCAN and ZSCAN."""

    __slots__ = ("count", "only_names", "pattern", "type")

    def __init__(self) -> None:
        self.count = 10
        self.pattern = b"*"
        self.type: bytes | None = None
        """The name of the only type that is asked for."""
        self.only_names = False
        """Whether fields without values, or members without scores, are asked for."""

    def matching(self, elements: list[bytes]) -> list[bytes]:
        """Return the elements that match the pattern."""
        if self.pattern == b"*":
            return elements
        matches = matcher(self.pattern)
        return [element for element in elements if matches(element)]


def scan_options(words: Sequence[bytes], command: str) -> ScanOptions:
    """Read what follows the cursor of `command`, in capitals: MATCH, COUNT, and what only one of the commands takes."""
    options = ScanOptions()
    rest = iter(words)
    for word in rest:
        option = word.upper()
        if option == b"NOVALUES":
            if command != "HSCAN":
                raise CommandError(b"ERR NOVALUES option can only be used in HSCAN")
            options.only_names = True
            continue
        if option == b"NOSCORES":
            if command != "ZSCAN":
                raise CommandError(b"ERR NOSCORES option can only be used in ZSCAN")
            options.only_names = True
            continue
        value = next(rest, None)
        if value is None:
            raise CommandError(errors.SYNTAX)
        if option == b"COUNT":
            options.count = integer(value)
            if options.count < 1:
                raise CommandError(errors.SYNTAX)
        elif option == b"MATCH":
            options.pattern = value
        elif option == b"TYPE" and command == "SCAN":
            options.type = value.lower()  # Redis takes any word: nothing is of a type that there is not
        else:
            raise CommandError(errors.SYNTAX)
    return options
