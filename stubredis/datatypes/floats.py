"""Floating point as Redis reads, adds and prints it: doubles, and the long doubles of INCRBYFLOAT and HINCRBYFLOAT.

A long double is the 80-bit format of the x87, whose mantissa has 64 bits: where Redis runs, `long double` in C is that.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

from stubredis.errors import CommandError

_DECIMAL = re.compile(rb"([+-]?(?:\d+\.?\d*|\.\d+))(?:e[+-]?\d+)?", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?", re.IGNORECASE)
_INFINITY = re.compile(rb"[+-]?inf(?:inity)?", re.IGNORECASE)

_LONGEST = 5 * 1024
"""A text of this length is not read as a long double any more."""

_MANTISSA = 64
_HIGHEST = 16384
"""Long doubles are below two to the power of this …"""
_LOWEST = -16445
"""… and this is the power of the smallest one."""

_DECIMALS = 6
"""With so many decimals a double of any size is printed without an exponent."""

_PLACES = 17
_SCALE = 10**_PLACES


class LongDouble:
    """`mantissa * 2**exponent`, with a mantissa of at most 64 bits and a sign; or an infinity, or no number at all.

    Of an infinity only the sign of the mantissa counts, and 0 makes it no number.
    """

    __slots__ = ("exponent", "finite", "mantissa")

    def __init__(self, mantissa: int, exponent: int, *, finite: bool = True) -> None:
        """Round to the nearest long double, ties to even; what is too large becomes infinite."""
        surplus = max(mantissa.bit_length() - _MANTISSA, _LOWEST - exponent)
        if surplus > 0:
            mantissa = _divide(mantissa, surplus)
            exponent += surplus
        self.mantissa = mantissa
        self.exponent = exponent
        self.finite = finite and mantissa.bit_length() + exponent <= _HIGHEST

    def __add__(self, other: LongDouble) -> LongDouble:
        if not (self.finite and other.finite):
            return LongDouble(self._infinity() + other._infinity(), 0, finite=False)
        exponent = min(self.exponent, other.exponent)
        mantissa = (self.mantissa << self.exponent - exponent) + (other.mantissa << other.exponent - exponent)
        return LongDouble(mantissa, exponent)

    def __neg__(self) -> LongDouble:
        return LongDouble(-self.mantissa, self.exponent, finite=self.finite)

    def __sub__(self, other: LongDouble) -> LongDouble:
        return self + -other

    def __lt__(self, other: LongDouble) -> bool:
        if not (self.finite and other.finite):
            return self._infinity() < other._infinity()
        exponent = min(self.exponent, other.exponent)
        return self.mantissa << self.exponent - exponent < other.mantissa << other.exponent - exponent

    def _infinity(self) -> int:
        """1 or -1 for an infinity, 0 for a finite number."""
        return 0 if self.finite else (self.mantissa > 0) - (self.mantissa < 0)

    def __bytes__(self) -> bytes:
        """Print a finite number with up to 17 decimals, as `%.17Lf` does, without zeros at the end."""
        units = self.mantissa * _SCALE
        units = units << self.exponent if self.exponent >= 0 else _divide(units, -self.exponent)
        whole, rest = divmod(abs(units), _SCALE)
        sign = "-" if units < 0 else ""
        # The largest number has more digits than Python prints of an int.
        digits = f"{sign}{whole if whole < _SCALE else Decimal(whole)}"
        return (f"{digits}.{rest:0{_PLACES}d}".rstrip("0") if rest else digits).encode()


LARGEST = LongDouble(2**_MANTISSA - 1, _HIGHEST - _MANTISSA)
"""The largest finite long double."""


def _divide(number: int, bits: int) -> int:
    """Divide by a power of two and round to the nearest integer, ties to even."""
    return (number + (1 << bits - 1) - 1 + (number >> bits & 1)) >> bits


def long_double(text: bytes, error: bytes) -> LongDouble:
    """Read what strtold accepts, but no NaN and nothing out of range; an infinity only if it is spelled out."""
    if len(text) < _LONGEST:
        if match := _DECIMAL.fullmatch(text):
            number = _from_decimal(text) if match[1].strip(b"+-0.") else LongDouble(0, 0)
        elif match := _HEXADECIMAL.fullmatch(text):
            minus, whole, fraction, power = match.groups()
            # Python reads no int of thousands of decimal digits, but a Decimal.
            exponent = int(Decimal(power.decode())) if power else 0
            number = _scaled(int(minus + whole + fraction, 16), exponent - 4 * len(fraction))
        else:
            sign = -1 if text.startswith(b"-") else 1
            number = LongDouble(sign, 0, finite=False) if _INFINITY.fullmatch(text) else None
        if number is not None:
            return number
    raise CommandError(error)


def _from_decimal(text: bytes) -> LongDouble | None:
    try:
        decimal = Decimal(text.decode())
    except InvalidOperation:  # an exponent of more than 18 digits
        return None
    if not -5000 < decimal.adjusted() < 5000:  # far out of range, and the ratio would be a monster
        return None
    numerator, denominator = decimal.as_integer_ratio()
    if denominator == 1:
        return _scaled(numerator, 0)
    # Enough bits to round from; one more tells whether anything follows them, so that ties are known as such.
    bits = max(denominator.bit_length() - numerator.bit_length() + _MANTISSA + 1, 0)
    quotient, remainder = divmod(numerator << bits, denominator)
    return _scaled(2 * quotient + bool(remainder), -bits - 1)


def _scaled(mantissa: int, exponent: int) -> LongDouble | None:
    """Return a number that was read, or None if it is too large, or so small that it would become 0."""
    if not mantissa:
        return LongDouble(0, 0)
    if not _LOWEST - 1 <= mantissa.bit_length() + exponent <= _HIGHEST:
        return None
    number = LongDouble(mantissa, exponent)
    return number if number.finite and number.mantissa else None


def format_double(value: float) -> bytes:
    """Print a double as Redis and Valkey have done since they use fpconv: the fewest digits that read back the same.

    Their algorithm, Grisu2, misses the shortest text once in about a thousand times, and prints another number of
    nearly 17 digits, which reads back the same as well. That is not imitated.
    """
    if value.is_integer() and -(2.0**62) <= value <= 2.0**62:
        return b"%d" % value if value else repr(value)[:-2].encode()  # the sign of -0.0 is shown
    text = repr(value)
    if 0.001 <= abs(value) < 10_000 or not math.isfinite(value):
        return text.encode()
    if "e" not in text and len(text) - text.index(".") <= 1 + _DECIMALS:
        return text.encode()
    return _layout(text)


def _layout(text: str) -> bytes:
    """Print the digits of a double with or without an exponent, which is not decided as Python does."""
    sign = "-" if text[0] == "-" else ""
    mantissa, _, power_of_ten = text.removeprefix("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(power_of_ten or 0) - len(fraction) + len(digits) - len(digits := digits.rstrip("0"))
    power = len(digits) + exponent - 1  # of the first digit
    if exponent >= 0 and power < len(digits) + 7:
        text = digits + "0" * exponent
    elif exponent < 0 and (exponent >= -_DECIMALS or abs(power) < 4):
        text = digits.rjust(1 - exponent, "0")
        text = f"{text[:exponent]}.{text[exponent:]}"
    else:
        text = f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{power:+d}"
    return (sign + text).encode()
