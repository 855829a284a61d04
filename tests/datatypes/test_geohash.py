"""Geohashes: known ones, and what must hold for all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.geohash import (
    EARTH_RADIUS,
    MAX_LATITUDE,
    MAX_LONGITUDE,
    Position,
    decode,
    distance,
    encode,
    text,
)

WIDTH, HEIGHT = 2 * MAX_LONGITUDE / 2**26, 2 * MAX_LATITUDE / 2**26

positions = st.tuples(
    st.floats(-MAX_LONGITUDE, MAX_LONGITUDE, exclude_max=True), st.floats(-MAX_LATITUDE, MAX_LATITUDE, exclude_max=True)
)
#: Not so near to the end of a range that rounding leads out of it.
inner = st.tuples(st.floats(-179.9, 179.9), st.floats(-85, 85))

PALERMO, CATANIA = (13.361389, 38.115556), (15.087269, 37.502669)


def bits_by_halving(position: Position, max_latitude: float, count: int) -> int:
    """The definition of a geohash: which half of the longitudes, which half of the latitudes, and so on."""
    ranges = [[-180.0, 180.0], [-max_latitude, max_latitude]]
    bits = 0
    for number in range(count):
        low, high = ranges[number % 2]
        middle = (low + high) / 2
        upper = position[number % 2] >= middle
        ranges[number % 2] = [middle, high] if upper else [low, middle]
        bits = bits << 1 | upper
    return bits


@pytest.mark.parametrize(
    ("position", "geohash", "letters"),
    [
        (PALERMO, 3479099956230698, b"sqc8b49rny0"),
        (CATANIA, 3479447370796909, b"sqdtr74hyu0"),
        ((0, 0), 3377699720527872, b"s0000000000"),
        ((-5.6, 42.6), 2157242200379188, b"ezs42e44yx0"),
        ((-180, -MAX_LATITUDE), 0, b"00bh0hbj200"),
        ((180, MAX_LATITUDE), 13510798882111488, b"bp05b5048p0"),  # more than 52 bits: as in Redis
    ],
)
def test_known_geohashes(position: Position, geohash: int, letters: bytes) -> None:
    assert encode(position) == geohash
    assert text(decode(geohash)) == letters


@given(inner)
def test_a_geohash_is_made_by_halving(position: Position) -> None:
    # The last bits may be rounded otherwise.
    assert encode(position) >> 8 in {
        bits_by_halving((position[0] + x, position[1] + y), MAX_LATITUDE, 44)
        for x in (-1e-7, 0, 1e-7)
        for y in (-1e-7, 0, 1e-7)
    }


@given(st.integers(0, 2**52 - 1))
def test_the_middle_of_a_cell_has_its_geohash(geohash: int) -> None:
    assert encode(decode(geohash)) == geohash


@given(positions)
def test_decoding_loses_half_a_cell_at_most(position: Position) -> None:
    longitude, latitude = decode(encode(position))
    assert abs(longitude - position[0]) <= WIDTH / 2 + 1e-12
    assert abs(latitude - position[1]) <= HEIGHT / 2 + 1e-12


@given(st.floats(allow_nan=False))
def test_any_score_means_a_position(score: float) -> None:
    longitude, latitude = decode(score)
    assert -MAX_LONGITUDE <= longitude <= MAX_LONGITUDE
    assert -MAX_LATITUDE <= latitude <= MAX_LATITUDE


@given(inner)
def test_the_text_is_the_standard_geohash(position: Position) -> None:
    letters = "0123456789bcdefghjkmnpqrstuvwxyz"
    expected = [
        "".join(letters[bits >> shift & 31] for shift in range(35, -1, -5))
        for x in (-1e-7, 0, 1e-7)
        for y in (-1e-7, 0, 1e-7)
        for bits in [bits_by_halving((position[0] + x, position[1] + y), 90, 40)]
    ]
    assert text(position).decode()[:8] in expected
    assert len(text(position)) == 11


def test_known_distance() -> None:
    assert round(distance(decode(encode(PALERMO)), decode(encode(CATANIA))), 4) == 166274.1516


@given(positions, positions)
def test_distances(first: Position, second: Position) -> None:
    metres = distance(first, second)
    assert metres == distance(second, first)
    assert 0 <= metres <= math.pi * EARTH_RADIUS
    assert distance(first, first) == 0


def test_rounding_does_not_lead_out_of_the_formula() -> None:
    opposite = (-45.288349832760645, -66.6310122589784), (134.71165016823934, 66.6310122589784)
    assert distance(*opposite) == math.pi * EARTH_RADIUS


@given(positions, positions)
def test_distance_is_the_length_of_the_arc(first: Position, second: Position) -> None:
    def unit(position: Position) -> tuple[float, float, float]:
        east, north = map(math.radians, position)
        return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)

    chord = math.dist(unit(first), unit(second))
    metres = distance(first, second)
    if chord < 1.9:  # far from opposite, where both formulas are exact
        assert math.isclose(metres, 2 * EARTH_RADIUS * math.asin(chord / 2), rel_tol=1e-9, abs_tol=1e-3)
