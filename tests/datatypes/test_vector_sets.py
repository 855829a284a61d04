"""Vectors, how they are kept, and the search for the nearest ones."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.vector_sets import VectorSet
from stubredis.datatypes.vectors import Bytes, Quantisation, Signs, Unquantised, floats, normalise, project

KINDS: list[type[Quantisation]] = [Bytes, Signs, Unquantised]
COMPONENTS = st.floats(min_value=-100, max_value=100, width=32)


def vector_set(kind: type[Quantisation], vectors: dict[bytes, tuple[float, ...]]) -> VectorSet:
    dimension = len(next(iter(vectors.values())))
    value = VectorSet(kind(dimension), 16)
    for name, components in vectors.items():
        value.add(name, floats(components))
    return value


def cosine(left: list[float], right: list[float]) -> float:
    lengths = math.hypot(*left) * math.hypot(*right)
    return sum(a * b for a, b in zip(left, right, strict=True)) / lengths if lengths else 0.0


@given(st.lists(COMPONENTS, min_size=1, max_size=20))
def test_a_normalised_vector_has_length_1(components: list[float]) -> None:
    scaled, length = normalise(floats(components))
    if length != 1.0:
        assert math.hypot(*scaled) == pytest.approx(1, abs=1e-5)
    assert [value * length for value in scaled] == pytest.approx(components, abs=1e-4)


def test_a_vector_of_zeros_has_no_direction() -> None:
    assert normalise(floats((0, -0.0))) == (floats((0, -0.0)), 1.0)
    value = vector_set(Bytes, {b"zero": (0, 0), b"a": (1, 2)})
    assert value.nearest(floats((0, 0)), 5) == [(b"zero", 1.0), (b"a", 1.0)]


@given(st.lists(COMPONENTS, min_size=1, max_size=40))
def test_what_is_kept_in_bytes_is_near(components: list[float]) -> None:
    kind = Bytes(len(components))
    vector = kind.vector(floats(components))
    step = max(map(abs, components)) / 127
    assert list(kind.values(vector)) == pytest.approx(components, abs=step * 0.51 + 1e-5)
    assert array("b", kind.raw(vector)).tolist() == [byte - 128 for byte in vector.code]


def test_halves_are_rounded_away_from_zero() -> None:
    vector = Bytes(3).vector(floats((254, 1, -1)))  # 127, and a half with its sign
    assert array("b", Bytes(3).raw(vector)).tolist() == [127, 1, -1]


@pytest.mark.parametrize("components", [(math.nan, 1), (math.inf, 1), (1e-45, 0), (3e38, 3e38), (math.inf, -math.inf)])
@pytest.mark.parametrize("kind", KINDS)
def test_odd_floats_do_no_harm(kind: type[Quantisation], components: tuple[float, ...]) -> None:
    value = vector_set(kind, {b"odd": components, b"a": (1, 2)})
    vector = value.vector(b"odd")
    assert vector is not None
    assert len(value.quantisation.values(vector)) == 2
    assert {name for name, _ in value.nearest(floats(components), 10)} == {b"odd", b"a"}


@given(st.lists(COMPONENTS, min_size=1, max_size=70))
def test_signs(components: list[float]) -> None:
    kind = Signs(len(components))
    vector = kind.vector(floats(components))
    assert len(kind.raw(vector)) == (len(components) + 63) // 64 * 8
    scaled, _ = normalise(floats(components))  # where a small component may vanish beside a large one
    assert list(kind.values(vector)) == [1 if value > 0 else -1 for value in scaled]


@given(st.lists(COMPONENTS, min_size=1, max_size=20), st.data())
def test_reducing_is_a_product_with_a_matrix(components: list[float], data: st.DataObject) -> None:
    dimension = data.draw(st.integers(1, len(components)))
    expected = [
        sum(value * (-1) ** (row & column).bit_count() for column, value in enumerate(components))
        / math.sqrt(len(components))
        for row in range(dimension)
    ]
    assert list(project(floats(components), dimension)) == pytest.approx(expected, abs=1e-3)


@given(st.lists(st.lists(COMPONENTS, min_size=3, max_size=3), min_size=1, max_size=30), st.integers(1, 40))
def test_the_nearest_ones_are_found(vectors: list[list[float]], count: int) -> None:
    value = vector_set(Unquantised, {b"%d" % place: tuple(vector) for place, vector in enumerate(vectors)})
    query = [1.0, -2.0, 0.5]
    found = value.nearest(floats(query), count)
    assert len(found) == min(count, len(vectors))
    distances = [distance for _, distance in found]
    assert distances == sorted(distances)
    expected = sorted(1 - cosine(query, vector) for vector in vectors if math.hypot(*vector) > 1e-15 or not any(vector))
    if len(expected) == len(vectors):
        assert distances == pytest.approx(expected[: len(found)], abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_only_accepted_attributes(kind: type[Quantisation]) -> None:
    value = vector_set(kind, {b"a": (1, 2), b"b": (1, 3), b"c": (-1, 2)})
    value.attributes |= {b"a": b"yes", b"b": b"no"}
    assert [name for name, _ in value.nearest(floats((1, 2)), 10, b"yes".__eq__)] == [b"a"]
    assert value.nearest(floats((1, 2)), 10, lambda _: False) == []


def test_neighbours_are_as_many_as_links() -> None:
    value = VectorSet(Bytes(2), 4)
    for place in range(9):
        value.add(b"%d" % place, floats((1, place)))
    assert [name for name, _ in value.neighbours(b"0")] == [b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("kind", KINDS)
def test_elements(kind: type[Quantisation]) -> None:
    value = VectorSet(kind(2), 16)
    assert not value
    assert value.add(b"a", floats((1, 2)))
    assert value.add(b"b", floats((1, 3)))
    assert not value.add(b"a", floats((2, 1)))
    assert (list(value), len(value), value.added) == ([b"b", b"a"], 2, 3)
    value.attributes[b"a"] = b"{}"
    other = value.copy()
    assert value.remove(b"a")
    assert not value.remove(b"a")
    assert (b"a" in value, value.attributes, value.vector(b"a")) == (False, {}, None)
    assert (list(other), other.attributes, other.dimension) == ([b"b", b"a"], {b"a": b"{}"}, 2)
    assert other.uid != value.uid


def test_random_elements() -> None:
    random.seed(1)
    value = vector_set(Signs, {b"%d" % place: (1.0, 1.0) for place in range(10)})
    assert {value.random() for _ in range(200)} == set(value)
    assert sorted(value.sample(20)) == sorted(value)
    assert len(set(value.sample(4))) == 4
    assert len(value.random_with_repetitions(50)) == 50
    value.remove(b"3")
    assert b"3" not in value.sample(20)
