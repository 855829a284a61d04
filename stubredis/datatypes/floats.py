"""Floating point as Redis computes and prints it.

INCRBYFLOAT and HINCRBYFLOAT use C's `long double`, which is the x87 format of 80 bits on the machines that matter: a
mantissa of 64 bits. Here it is computed exactly with fractions and rounded as the hardware does.
"""

from __future__ import annotations

import re
from fractions import Fraction

_DECIMAL = re.compile(rb"([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?")
_HEXADECIMAL = re.compile(rb"([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?\d+))?")
_INFINITY = re.compile(rb"[+-]?inf(?:inity)?", re.IGNORECASE)

MANTISSA_BITS = 64
LARGEST_EXPONENT = 16383
SMALLEST_EXPONENT = -16382 - 63
"""The exponents of the largest and of the smallest number, a denormal one."""
_LONGEST = 5 * 1024
"""The longest text that Redis reads as a long double, in bytes."""


class InfinityError(ArithmeticError):
    """The number is, or would become, infinite."""


def parse_long_double(word: bytes) -> Fraction:
    """Read a number as strtold does, rounded to 64 bits.

    Raises InfinityError for an infinity that is spelled out, ValueError for what is no number or out of the range.
    """
    if _INFINITY.fullmatch(word):
        raise InfinityError
    decimal = _DECIMAL.fullmatch(word)
    match = decimal or _HEXADECIMAL.fullmatch(word)
    if match is None or not (match[2] or match[3]) or len(word) >= _LONGEST:
        raise ValueError("not a number")
    base, exponent_base = (10, 10) if decimal else (16, 2)
    digits = match[2] + match[3]
    mantissa = int(digits, base)
    exponent = int(match[4] or 0)
    if not mantissa:
        return Fraction(0)
    if abs(exponent) > 100_000:
        raise ValueError("out of range")
    value = Fraction(mantissa) * Fraction(exponent_base) ** exponent / base ** len(match[3])
    value = round_long_double(-value if match[1] == b"-" else value)
    if not value:
        raise ValueError("out of range")
    return value


def round_long_double(value: Fraction) -> Fraction:
    """Round to the nearest long double, ties to even. Raises ValueError above the largest one."""
    if not value:
        return value
    exponent = abs(value.numerator).bit_length() - value.denominator.bit_length()
    if abs(value) < Fraction(2) ** exponent:
        exponent -= 1
    if exponent > LARGEST_EXPONENT:
        raise ValueError("out of range")
    unit = Fraction(2) ** (max(exponent, SMALLEST_EXPONENT + MANTISSA_BITS - 1) - (MANTISSA_BITS - 1))
    return round(value / unit) * unit


def add_long_doubles(first: Fraction, second: Fraction) -> bytes:
    """Add and print as `%.17Lf` does, without trailing zeros. Raises InfinityError if the sum is out of the range."""
    try:
        total = round_long_double(first + second)
    except ValueError:
        raise InfinityError from None
    digits = b"%018d" % abs(round(total * 10**17))
    text = (digits[:-17] + b"." + digits[-17:]).rstrip(b"0").rstrip(b".")
    return b"-" + text if total < 0 and text != b"0" else text
