"""Positions on the earth, and the 52-bit geohashes as which sorted sets keep them. Searches are in geosearch.py.

A geohash halves the world's range of latitudes and that of longitudes again and again; each half is a bit. The bits of
the two are interleaved, so that near positions mostly have near geohashes, which fit into the double of a score.
Every operation is done in the order in which Redis does it, so that all digits are the same.
"""

from __future__ import annotations

import math

Position = tuple[float, float]
"""Longitude and latitude in degrees."""

MAX_LONGITUDE = 180.0
MAX_LATITUDE = 85.05112878
"""Where the square maps of the web end (EPSG:3857): the poles have no geohash."""

STEPS = 26
"""How often each of the two ranges is halved."""

EARTH_RADIUS = 6372797.560856
"""In metres: the quadratic mean."""

_ALPHABET = b"0123456789bcdefghjkmnpqrstuvwxyz"
_LENGTH = 11
DEGREE = math.pi / 180
"""In radians."""


def encode(position: Position) -> int:
    """Return the geohash of a position within the limits."""
    return interleave(*cell(position, STEPS))


def decode(score: float) -> Position:
    """Return the position in the middle of what has this geohash, for any score that a sorted set may hold."""
    bits = _unsigned(score)
    longitude = _middle(_every_second_bit(bits >> 1), MAX_LONGITUDE)
    latitude = _middle(_every_second_bit(bits), MAX_LATITUDE)
    return longitude, latitude


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
    """Move the bits of a 32-bit number apart: to every second bit."""
    number = (number | number << 16) & 0x0000FFFF0000FFFF
    number = (number | number << 8) & 0x00FF00FF00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F0F0F0F0F
    number = (number | number << 2) & 0x3333333333333333
    return (number | number << 1) & 0x5555555555555555


def _every_second_bit(bits: int) -> int:
    """Move every second bit of 64 together."""
    bits &= 0x5555555555555555
    bits = (bits | bits >> 1) & 0x3333333333333333
    bits = (bits | bits >> 2) & 0x0F0F0F0F0F0F0F0F
    bits = (bits | bits >> 4) & 0x00FF00FF00FF00FF
    bits = (bits | bits >> 8) & 0x0000FFFF0000FFFF
    return (bits | bits >> 16) & 0x00000000FFFFFFFF


def _middle(number: int, limit: float) -> float:
    """Return in degrees the middle of a column or row; one out of the range is at its limit."""
    following = (number + 1) & 0xFFFFFFFF
    degrees = (edge(number, STEPS, limit) + edge(following, STEPS, limit)) / 2
    return min(degrees, limit)


def _unsigned(score: float) -> int:
    """Convert a double to 64 bits as a C program does on x86-64, whatever the score is."""
    if 0 <= score < 2**63:
        return int(score)
    if -(2**63) <= score < 0:
        return int(score) & 0xFFFFFFFFFFFFFFFF
    if 2**63 <= score < 2**64:
        return int(score)
    return 0 if score > 0 else 2**63


def distance(first: Position, second: Position) -> float:
    """Return the distance in metres along the great circle through two positions (haversine formula).

    It is not a number for some that are exactly opposite, where rounding leaves the formula's domain.
    """
    longitude, latitude = first[0] * DEGREE, first[1] * DEGREE
    other_longitude, other_latitude = second[0] * DEGREE, second[1] * DEGREE
    v = math.sin((other_longitude - longitude) / 2)
    if v == 0:
        return EARTH_RADIUS * abs(other_latitude - latitude)
    u = math.sin((other_latitude - latitude) / 2)
    a = u * u + math.cos(latitude) * math.cos(other_latitude) * v * v
    return 2.0 * EARTH_RADIUS * math.asin(math.sqrt(a)) if a <= 1 else math.nan
