"""Positions on the earth, and the 52-bit geohashes as which sorted sets keep them. Searches are in geosearch.py.

A geohash halves the world's range of latitudes and that of longitudes again and again; each half is a bit. The bits of
the two are interleaved, so that near positions mostly have near geohashes, which fit into the double of a score.
Every operation is done in the order in which Redis does it, so that all digits are the same.
"""

from __future__ import annotations

import math
from functools import cache

Position = tuple[float, float]
"""Longitude and latitude in degrees."""

MAX_LONGITUDE = 180.0
MAX_LATITUDE = 85.05112878
"""Where the square maps of the web end (EPSG:3857): the poles have no geohash."""

STEPS = 26
"""How often each of the two ranges is halved."""

EARTH_RADIUS = 6372797.560856
"""In metres: the quadratic mean."""

DEGREE = math.pi / 180
"""In radians."""

_ALPHABET = b"0123456789bcdefghjkmnpqrstuvwxyz"

# The size of a cell in degrees.
_WIDTH = 2 * MAX_LONGITUDE / (1 << STEPS)
_HEIGHT = 2 * MAX_LATITUDE / (1 << STEPS)

_LOWEST = (1 << 14) - 1


def encode(position: Position) -> int:
    """Return the geohash of a position within the limits."""
    return interleave(*cell(position, STEPS))


def decode(score: float) -> Position:
    """Return the position in the middle of what has this geohash, for any score that a sorted set may hold."""
    bits = int(score) if 0 <= score < 2**63 else _unsigned(score)
    table = _separated()
    both = (
        table[bits & _LOWEST]
        | table[bits >> 14 & _LOWEST] << 7
        | table[bits >> 28 & _LOWEST] << 14
        | table[bits >> 42 & _LOWEST] << 21
        | table[bits >> 56] << 28
    )
    column, row = both >> 32, both & 0xFFFFFFFF
    if bits >= 2**52:
        # Out of the range it is at the limit; Redis counts in 32 bits.
        return _clamped_middle(column, MAX_LONGITUDE), _clamped_middle(row, MAX_LATITUDE)
    return (
        ((-MAX_LONGITUDE + column * _WIDTH) + (-MAX_LONGITUDE + (column + 1) * _WIDTH)) / 2,
        ((-MAX_LATITUDE + row * _HEIGHT) + (-MAX_LATITUDE + (row + 1) * _HEIGHT)) / 2,
    )


def text(position: Position) -> bytes:
    """Return the 11 letters that other programs use, too.

    They halve all latitudes up to 90 degrees. Their 55 bits would be more than we have: the last letter is always 0.
    """
    bits = interleave(*cell(position, STEPS, max_latitude=90.0))
    return bytes([_ALPHABET[bits >> shift & 31] for shift in range(47, 0, -5)]) + _ALPHABET[:1]


def cell(position: Position, steps: int, max_latitude: float = MAX_LATITUDE) -> tuple[int, int]:
    """Return the column and the row of a position, when each range is halved so many times.

    The very end of a range is not in the last of them but in one more, as in Redis.
    """
    longitude, latitude = position
    column = (longitude + MAX_LONGITUDE) / (MAX_LONGITUDE + MAX_LONGITUDE) * (1 << steps)
    row = (latitude + max_latitude) / (max_latitude + max_latitude) * (1 << steps)
    return int(column), int(row)


def edge(number: int, steps: int, limit: float) -> float:
    """Return in degrees where a column or row begins, in a range from -limit to limit."""
    return -limit + number / (1 << steps) * (limit + limit)


def interleave(column: int, row: int) -> int:
    """Return the bits of a column and a row in turns."""
    return _spread(column) << 1 | _spread(row)


def _spread(number: int) -> int:
    """Move the bits of a number apart, to every second bit: its binary digits, read as digits of base 4."""
    return int(f"{number:b}", 4)


@cache
def _separated() -> list[int]:
    """For each 14 interleaved bits: the seven of the column, 32 bits further left than the seven of the row.

    A search decodes every member that it looks at, and this takes half the time of shifting bits.
    """
    apart = [_spread(number) for number in range(128)]
    table = [0] * (1 << 14)
    for column, left in enumerate(apart):
        for row, right in enumerate(apart):
            table[left << 1 | right] = column << 32 | row
    return table


def _clamped_middle(number: int, limit: float) -> float:
    """Return in degrees the middle of a column or row; one out of the range is at its limit."""
    following = (number + 1) & 0xFFFFFFFF
    return min((edge(number, STEPS, limit) + edge(following, STEPS, limit)) / 2, limit)


def _unsigned(score: float) -> int:
    """Convert a double to 64 bits as a C program does on x86-64, where it does not fit into the positive ones of 63."""
    if -(2**63) <= score < 0:
        return int(score) & 0xFFFFFFFFFFFFFFFF
    if 2**63 <= score < 2**64:
        return int(score)
    return 0 if score > 0 else 2**63


def distance(first: Position, second: Position) -> float:
    """Return the distance in metres along the great circle through two positions (haversine formula).

    Rounding may lead opposite ones out of the formula's domain: they are half the way around the earth apart.
    """
    longitude, latitude = first[0] * DEGREE, first[1] * DEGREE
    other_longitude, other_latitude = second[0] * DEGREE, second[1] * DEGREE
    v = math.sin((other_longitude - longitude) / 2)
    if v == 0:
        return EARTH_RADIUS * abs(other_latitude - latitude)
    u = math.sin((other_latitude - latitude) / 2)
    a = u * u + math.cos(latitude) * math.cos(other_latitude) * v * v
    half = math.sqrt(a)
    return 2.0 * EARTH_RADIUS * (math.asin(half) if half < 1 else math.pi / 2)
