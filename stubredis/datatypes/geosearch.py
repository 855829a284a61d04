"""Shapes on the earth to search within, and the ranges of geohashes in which to search.

A search looks through nine cells of a grid: the one that the shape's centre lies in, and those around it. The grid is
the finest whose nine cells hold the whole shape. Near the poles, across the date line and for shapes of half the earth
this is not so exact; Redis finds there what it finds, and the same is found here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stubredis.datatypes.geohash import (
    DEGREE,
    EARTH_RADIUS,
    MAX_LATITUDE,
    MAX_LONGITUDE,
    STEPS,
    Position,
    cell,
    distance,
    edge,
    interleave,
)

_HALF_EQUATOR = 20037726.37
"""In metres."""

# North, south, east, west and the corners, as steps to other columns and rows, in the order in which Redis searches.
_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))


class Bounds(NamedTuple):
    """What a shape reaches to, in degrees; beyond the ends of a range if need be."""

    west: float
    south: float
    east: float
    north: float


class Circle:
    """All within a radius, in metres, around a centre."""

    __slots__ = ("bounds", "centre", "reach")

    def __init__(self, centre: Position, radius: float) -> None:
        self.centre = centre
        self.reach = radius
        self.bounds = _bounds(centre, radius, radius)

    def distance_to(self, position: Position) -> float | None:
        """Return the distance from the centre to a position within the shape, else None."""
        metres = distance(self.centre, position)
        return None if metres > self.reach else metres


class Box:
    """A rectangle around a centre, its sides in metres running north and east."""

    __slots__ = ("_height", "_width", "bounds", "centre", "reach")

    def __init__(self, centre: Position, width: float, height: float) -> None:
        self.centre = centre
        self._width = width / 2
        self._height = height / 2
        self.reach = math.sqrt(self._width * self._width + self._height * self._height)
        self.bounds = _bounds(centre, self._width, self._height)

    def distance_to(self, position: Position) -> float | None:
        """Return the distance from the centre to a position within the shape, else None."""
        latitude = position[1]
        if EARTH_RADIUS * abs(self.centre[1] * DEGREE - latitude * DEGREE) > self._height:
            return None
        if distance(position, (self.centre[0], latitude)) > self._width:
            return None
        return distance(self.centre, position)


class Polygon:
    """A polygon on the flat map; its centre is the middle of its vertices on the globe."""

    __slots__ = ("_vertices", "bounds", "centre", "reach")

    def __init__(self, vertices: Sequence[Position]) -> None:
        self._vertices = vertices
        self.centre = _middle_of(vertices)
        longitudes, latitudes = zip(*vertices, strict=True)
        self.bounds = Bounds(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
        west, south, east, north = self.bounds
        corners = ((west, north), (east, north), (west, south), (east, south))
        self.reach = max(distance(self.centre, corner) for corner in corners)

    def distance_to(self, position: Position) -> float | None:
        """Return the distance from the centre to a position within the shape, else None."""
        longitude, latitude = position
        inside = False
        # A line to the east of the position crosses the sides an odd number of times if it begins inside.
        previous = self._vertices[-1]
        for vertex in self._vertices:
            if (vertex[1] > latitude) != (previous[1] > latitude):
                along = (previous[0] - vertex[0]) * (latitude - vertex[1]) / (previous[1] - vertex[1])
                inside ^= longitude < along + vertex[0]
            previous = vertex
        return distance(self.centre, position) if inside else None


Shape = Circle | Box | Polygon


def _bounds(centre: Position, width: float, height: float) -> Bounds:
    """Return what is within a distance to the sides, `width`, and up and down, `height`, in metres."""
    longitude, latitude = centre
    up = height / EARTH_RADIUS / DEGREE
    # The same distance is more degrees nearer to a pole.
    polar = latitude - up if latitude < 0 else latitude + up
    aside = width / EARTH_RADIUS / _cosine(polar * DEGREE) / DEGREE
    return Bounds(longitude - aside, latitude - up, longitude + aside, latitude + up)


def _cosine(angle: float) -> float:
    return math.cos(angle) if math.isfinite(angle) else math.nan


def _middle_of(vertices: Sequence[Position]) -> Position:
    x = y = z = 0.0
    for longitude, latitude in vertices:
        east, north = longitude * DEGREE, latitude * DEGREE
        x += math.cos(north) * math.cos(east)
        y += math.cos(north) * math.sin(east)
        z += math.sin(north)
    return math.atan2(y, x) / DEGREE, math.atan2(z, math.sqrt(x * x + y * y)) / DEGREE


def ranges(shape: Shape) -> Iterator[tuple[int, int]]:
    """Return the ranges of geohashes in which to search for a shape: the lowest, and the first behind."""
    longitude, latitude = shape.centre
    # The middle of a polygon may lie where no geohash is.
    centre = longitude, max(-MAX_LATITUDE, min(MAX_LATITUDE, latitude))
    steps = _steps(shape.reach, latitude)
    column, row = cell(centre, steps)
    if steps > 1 and not _is_held(shape.bounds, column, row, steps):
        steps -= 1
        column, row = cell(centre, steps)
    shift = 2 * (STEPS - steps)
    previous = None
    for bits in _cells(shape.bounds, column, row, steps):
        # In a grid of two by two, neighbours on both sides are the same.
        if bits != previous:
            yield bits << shift, (bits + 1) << shift
        previous = bits


def _steps(reach: float, latitude: float) -> int:
    """Estimate how often to halve the world, so that a cell is still as large as a shape."""
    steps = -1
    if reach == 0:
        return STEPS
    while reach < _HALF_EQUATOR:
        reach *= 2
        steps += 1
    # Nearer to the poles cells are smaller.
    steps -= (abs(latitude) > 66) + (abs(latitude) > 80)
    return max(1, min(STEPS, steps))


def _is_held(bounds: Bounds, column: int, row: int, steps: int) -> bool:
    """Tell whether a cell and its neighbours hold all of a shape; bounds that are not a number count as held."""
    mask = (1 << steps) - 1
    return not (
        edge(((row + 1) & mask) + 1, steps, MAX_LATITUDE) < bounds.north
        or edge((row - 1) & mask, steps, MAX_LATITUDE) > bounds.south
        or edge(((column + 1) & mask) + 1, steps, MAX_LONGITUDE) < bounds.east
        or edge((column - 1) & mask, steps, MAX_LONGITUDE) > bounds.west
    )


def _cells(bounds: Bounds, column: int, row: int, steps: int) -> Iterator[int]:
    """Return the geohashes of a cell and of those of its neighbours that a shape reaches."""
    yield interleave(column, row)
    needless = set()
    if steps > 1:
        if edge(row + 1, steps, MAX_LATITUDE) > bounds.north:
            needless.add((0, 1))
        if edge(row, steps, MAX_LATITUDE) < bounds.south:
            needless.add((0, -1))
        if edge(column + 1, steps, MAX_LONGITUDE) > bounds.east:
            needless.add((1, 0))
        if edge(column, steps, MAX_LONGITUDE) < bounds.west:
            needless.add((-1, 0))
    mask = (1 << steps) - 1
    for right, up in _NEIGHBOURS:
        if (right, 0) not in needless and (0, up) not in needless:
            # The neighbours of the last column are in the first; a row or column that does not change may be one
            # behind the last, as in Redis.
            yield interleave((column + right) & mask if right else column, (row + up) & mask if up else row)
