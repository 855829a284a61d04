"""Shapes, and the ranges of geohashes in which to search for them."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.geohash import EARTH_RADIUS, MAX_LATITUDE, MAX_LONGITUDE, Position, decode, distance, encode
from stubredis.datatypes.geosearch import Box, Circle, Polygon, Shape, ranges

anywhere = st.tuples(st.floats(-MAX_LONGITUDE, MAX_LONGITUDE), st.floats(-MAX_LATITUDE, MAX_LATITUDE))
#: So far from the poles and from the date line that the shapes below do not touch them.
inland = st.tuples(st.floats(-160, 160), st.floats(-60, 60))
lengths = st.floats(1, 400_000)
sizes = st.one_of(st.just(0.0), st.floats(0, 1e9), st.floats(0, allow_infinity=True, allow_nan=False))


def found(shape: Shape, position: Position) -> bool:
    geohash = encode(position)
    return any(low <= geohash < high for low, high in ranges(shape))


def moved(start: Position, bearing: float, metres: float) -> Position:
    """The position that lies so far away in this direction."""
    longitude, latitude = map(math.radians, start)
    angle = metres / EARTH_RADIUS
    north = math.asin(math.sin(latitude) * math.cos(angle) + math.cos(latitude) * math.sin(angle) * math.cos(bearing))
    east = longitude + math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(latitude), math.cos(angle) - math.sin(latitude) * math.sin(north)
    )
    return math.degrees(east), math.degrees(north)


@given(inland, lengths, st.floats(0, 2 * math.pi), st.floats(0, 2))
def test_a_circle(centre: Position, radius: float, bearing: float, part: float) -> None:
    position = decode(encode(moved(centre, bearing, radius * part)))
    shape = Circle(centre, radius)
    metres = shape.distance_to(position)
    assert (metres is not None) == (distance(centre, position) <= radius)
    if metres is not None:
        assert metres == distance(centre, position)
        assert found(shape, position)


@given(inland, lengths, lengths, st.floats(0, 2 * math.pi), st.floats(0, 1))
def test_a_box(centre: Position, width: float, height: float, bearing: float, part: float) -> None:
    position = decode(encode(moved(centre, bearing, math.hypot(width, height) * part)))
    shape = Box(centre, width, height)
    aside = distance(position, (centre[0], position[1]))
    above = distance((centre[0], position[1]), centre)
    metres = shape.distance_to(position)
    if abs(aside - width / 2) > 1e-6 and abs(above - height / 2) > 1e-6:
        assert (metres is not None) == (aside <= width / 2 and above <= height / 2)
    if metres is not None:
        assert metres == distance(centre, position)
        assert found(shape, position)


@given(inland, st.floats(0.01, 5), st.floats(0.01, 5), st.floats(0, 1), st.floats(0, 1))
def test_a_triangle(corner: Position, width: float, height: float, x: float, y: float) -> None:
    west, south = corner
    shape = Polygon([corner, (west + width, south), (west, south + height)])
    position = decode(encode((west + x * width, south + y * height)))
    inside = (position[0] - west) / width + (position[1] - south) / height
    metres = shape.distance_to(position)
    if abs(inside - 1) > 1e-3 and 1e-3 < x < 1 - 1e-3 and 1e-3 < y < 1 - 1e-3:
        assert (metres is not None) == (inside < 1)
    if metres is not None:
        assert found(shape, position)


def test_a_polygon_with_a_notch() -> None:
    shape = Polygon([(0, 0), (10, 0), (10, 10), (5, 2), (0, 10)])
    assert shape.distance_to((5, 1)) is not None
    assert shape.distance_to((1, 6)) is not None
    assert shape.distance_to((5, 5)) is None
    assert shape.distance_to((11, 1)) is None


@given(
    st.one_of(
        st.builds(Circle, anywhere, sizes),
        st.builds(Box, anywhere, sizes, sizes),
        st.builds(Polygon, st.lists(anywhere, min_size=3, max_size=6)),
    )
)
def test_the_ranges_of_any_shape_are_apart(shape: Shape) -> None:
    found = sorted(ranges(shape))
    assert 1 <= len(found) <= 9
    assert all(low < high for low, high in found)
    assert all(high <= low for (_, high), (low, _) in pairwise(found))


def test_only_cells_that_the_shape_reaches_are_searched() -> None:
    # In the middle of a cell of about 38 m by 19 m, which is its own smallest search.
    assert len(list(ranges(Circle(decode(encode((10, 10))), 0.0)))) == 1
    assert len(list(ranges(Circle((10, 10), 20_000_000.0)))) == 4
