"""Geo: every command, option and error, and searches at the ends of the world."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.geosearch import Polygon
from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, cases, command, generated
from tests.differential.steps import Step, Word, numbers, step

REDIS = ("redis-8.2",)
VALKEY = ("valkey-9.1",)
NEW = ("redis-8.2", "valkey-9.1")
ALL = ("redis-8.2", "valkey-9.1", "redis-7.0")

SICILY: tuple[Word, ...] = (
    "GEOADD", "g", "13.361389", "38.115556", "Palermo", "15.087269", "37.502669", "Catania",
    "12.758489", "38.788135", "edge1", "17.241510", "38.788135", "edge2", "-0.1278", "51.5074", "London", "-73.9857", "40.7484", "New York",
)  # fmt: skip
START: list[tuple[Word, ...]] = [
    SICILY,
    ("SET", "s", "string"),
    ("GEOADD", b"\x00\xff", "1", "1", b"\r\n", "1", "1.001", ""),
]

LONGITUDES = [
    "180",
    "-180",
    "180.0000001",
    "-180.1",
    "1e3",
    "inf",
    "-inf",
    "nan",
    "x",
    "",
    " 1",
    "1 ",
    "+1",
    "0x10",
    "1e-400",
    "1e400",
    ".5",
    "5.",
]
LATITUDES = ["85.05112878", "-85.05112878", "85.05112879", "-85.0511288", "90", "inf", "nan", "x", ""]


# Members and their positions


@pytest.mark.parametrize(
    "words",
    [
        ("GEOADD", "g", "1", "2", "new"), ("GEOADD", "new", "1", "2", "a", "3", "4", "b"), ("GEOADD", "new", "1", "2", "a", "3", "4", "a"),
        ("GEOADD", "g", "1", "2", "Palermo"), ("GEOADD", "g", "CH", "1", "2", "Palermo"), ("GEOADD", "g", "ch", "ch", "1", "2", "Palermo"),
        ("GEOADD", "g", "CH", "13.361389", "38.115556", "Palermo"), ("GEOADD", "g", "NX", "1", "2", "Palermo", "1", "2", "new"),
        ("GEOADD", "g", "XX", "1", "2", "Palermo", "1", "2", "new"), ("GEOADD", "g", "XX", "CH", "1", "2", "Palermo", "1", "2", "new"),
        ("GEOADD", "g", "CH", "NX", "1", "2", "Palermo", "1", "2", "new"), ("GEOADD", "new", "XX", "1", "2", "a"),
        ("GEOADD", "new", "XX", "CH", "1", "2", "a"), ("GEOADD", "g", "nx", "xx", "1", "2", "a"), ("GEOADD", "g", "NX", "XX", "x", "2", "a"),
        ("GEOADD", "g", "NX", "NX", "1", "2", "a"), ("GEOADD", "g", "1", "2", "NX"), ("GEOADD", "g", "1", "2", "a", "NX", "1", "b"),
        ("GEOADD", "g", "1", "2", "a", "1"), ("GEOADD", "g", "1", "2", "a", "1", "2"), ("GEOADD", "g", "CH", "1", "2"),
        ("GEOADD", "g", "CH", "CH", "CH"), ("GEOADD", "g", "CH", "NX", "XX"), ("GEOADD", "g", "GT", "1", "2", "a"),
        ("GEOADD", "g", "1", "2"), ("GEOADD", "g", "1"), ("GEOADD", "g"), ("GEOADD",), ("GEOADD", "s", "1", "2", "a"),
        ("GEOADD", "s", "200", "2", "a"), ("GEOADD", "s", "1", "2", "a", "3"), ("GEOADD", "s", "XX", "1", "2", "a"),
        ("GEOADD", "g", "1", "2", "a", "200", "2", "b"), ("GEOADD", "g", "1", "x", "a"), ("GEOADD", "", "1", "2", ""),
        ("GEOADD", "g", "1", "2", "a", "3", "4", "a", "CH"), ("GEOADD", "g", "CH", "3", "4", "a", "1", "2", "a", "3", "4", "a"),
    ],
)  # fmt: skip
def test_geoadd(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, words], oracles=ALL)


@pytest.mark.parametrize("longitude", [value for value in LONGITUDES if value != "0x10"])
@pytest.mark.parametrize("latitude", ["1", *LATITUDES])
def test_limits_of_positions(compare: Comparison, longitude: str, latitude: str) -> None:
    case = [("GEOADD", "g", longitude, latitude, "a"), numbers("GEOPOS", "g", "a"), ("GEOHASH", "g", "a")]
    compare(case, oracles=ALL)


def test_hexadecimal_positions(compare: Comparison) -> None:
    case = [("GEOADD", "g", "0x10", "-0x1.8p3", "a"), numbers("GEOPOS", "g", "a")]
    compare(case, oracles=ALL, differs={"valkey-9.1": "it reads decimals only"})


@pytest.mark.parametrize(
    "words",
    [
        ("GEOPOS", "g"), ("GEOPOS", "g", "Palermo", "x", "Catania", "Palermo"), ("GEOPOS", "missing", "a", "b"), ("GEOPOS", "missing"),
        ("GEOPOS", "s", "a"), ("GEOPOS", "s"), ("GEOPOS",), ("GEOPOS", b"\x00\xff", b"\r\n", "", "x"),
        ("GEOHASH", "g"), ("GEOHASH", "g", "Palermo", "x", "New York", "Palermo"), ("GEOHASH", "missing", "a", "b"), ("GEOHASH", "missing"),
        ("GEOHASH", "s", "a"), ("GEOHASH", "s"), ("GEOHASH",), ("GEOHASH", b"\x00\xff", b"\r\n", "", "x"),
        ("GEODIST", "g", "Palermo", "Catania"), ("GEODIST", "g", "Palermo", "Palermo"), ("GEODIST", "g", "Palermo", "x"), ("GEODIST", "g", "x", "y"),
        ("GEODIST", "g", "Palermo", "Catania", "m"), ("GEODIST", "g", "Palermo", "Catania", "Km"), ("GEODIST", "g", "Palermo", "Catania", "FT"),
        ("GEODIST", "g", "Palermo", "Catania", "mi"), ("GEODIST", "g", "Palermo", "Catania", "yd"), ("GEODIST", "g", "Palermo", "Catania", ""),
        ("GEODIST", "g", "Palermo", "New York", "mi"), ("GEODIST", "g", "Palermo", "Catania", "km", "x"), ("GEODIST", "missing", "a", "b"),
        ("GEODIST", "missing", "a", "b", "yd"), ("GEODIST", "missing", "a", "b", "yd", "x"), ("GEODIST", "s", "a", "b"),
        ("GEODIST", "s", "a", "b", "yd"), ("GEODIST", "g", "Palermo"), ("GEODIST",),
    ],
)  # fmt: skip
def test_positions(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, words], oracles=REDIS)
    compare([*START, numbers(*words)], oracles=ALL)


@pytest.mark.parametrize("score", ["0", "-1", "0.5", "1e15", "4503599627370495", "4503599627370496", "1e17", "-1e17", "9.3e18", "1.8e19", "-9.3e18",
                                   "1e300", "inf", "-inf", "18446744073709551615", "-9223372036854775808"])  # fmt: skip
def test_any_score_means_a_position(compare: Comparison, score: str) -> None:
    case = [
        ("ZADD", "g", score, "a"),
        ("GEOADD", "g", "0", "0", "b"),
        numbers("GEOPOS", "g", "a"),
        ("GEOHASH", "g", "a"),
        ("GEODIST", "g", "a", "b"),
        numbers("GEOSEARCH", "g", "FROMMEMBER", "a", "BYRADIUS", 1000, "km", "WITHDIST", "WITHCOORD", "WITHHASH"),
        numbers("GEOSEARCH", "g", "FROMMEMBER", "a", "BYBOX", 30000, 30000, "km", "WITHHASH"),
    ]
    compare(case, oracles=NEW)


OPPOSITE: tuple[Word, ...] = (
    "GEOADD", "g", -112.96437402859353, -11.629088453791965, "a", 67.03562597140647, 11.629088453791965, "b"
)  # fmt: skip
"""The formula for their distance is at the end of its domain."""


def test_opposite_positions(compare: Comparison) -> None:
    case = [OPPOSITE, ("GEODIST", "g", "a", "b"), ("GEODIST", "g", "b", "a", "km")]
    for radius in (1, 20_000, 30_000):
        case += [("GEOSEARCH", "g", "FROMMEMBER", "a", "BYRADIUS", radius, "km", "WITHDIST")]
    compare([*case, ("GEOSEARCHSTORE", "d", "g", "FROMMEMBER", "a", "BYRADIUS", 30_000, "km")], oracles=NEW)


# Searches

CENTRES = [("FROMMEMBER", "Palermo"), ("FROMLONLAT", "15", "37")]
SHAPES = [("BYRADIUS", "200", "km"), ("BYBOX", "400", "400", "km")]
DETAILS = ("WITHCOORD", "WITHDIST", "WITHHASH")


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("order", [(), ("ASC",), ("desc",), ("ASC", "DESC")])
@pytest.mark.parametrize(
    "count", [(), ("COUNT", 2), ("COUNT", 1, "ANY"), ("COUNT", 3, "ANY"), ("ANY", "count", 2**63 - 1)]
)
def test_a_search(
    compare: Comparison,
    centre: tuple[Word, ...],
    shape: tuple[Word, ...],
    order: tuple[Word, ...],
    count: tuple[Word, ...],
) -> None:
    case = [
        SICILY,
        ("GEOSEARCH", "g", *centre, *shape, *order, *count),
        ("GEOSEARCH", "g", *count, *shape, *order, *centre),
    ]
    compare([*case, ("GEOSEARCHSTORE", "d", "g", *order, *centre, *shape, *count)], oracles=ALL)
    compare([*case, ("GEOSEARCHSTORE", "s", "g", *order, *centre, *shape, *count, "STOREDIST")], oracles=NEW)


@pytest.mark.parametrize("details", [chosen for count in range(4) for chosen in permutations(DETAILS, count)])
@pytest.mark.parametrize(
    "search",
    [
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 150, "mi"), ("GEOSEARCH", "g", "FROMLONLAT", "15", "37", "BYBOX", 1e6, 1e6, "ft"),
        ("GEORADIUS", "g", 15, 37, 200, "km"), ("GEORADIUS_RO", "g", 15, 37, 200_000, "m"), ("GEORADIUSBYMEMBER", "g", "Catania", 200, "KM"),
        ("GEORADIUSBYMEMBER_RO", "g", "Catania", 200, "KM"), ("GEORADIUS", "g", 15, 37, 200, "km", "DESC", "COUNT", 2),
    ],
)  # fmt: skip
def test_details(compare: Comparison, search: tuple[Word, ...], details: tuple[str, ...]) -> None:
    compare([SICILY, (*search, *details), (*search, *details, *details)], oracles=REDIS)
    compare([SICILY, numbers(*search, *details)], oracles=ALL)


@pytest.mark.parametrize(
    "words",
    [
        ("GEORADIUS", "g", 15, 37, 200, "km", "STORE", "d"), ("GEORADIUS", "g", 15, 37, 200, "km", "STORE", "g"),
        ("GEORADIUS", "g", 15, 37, 200, "km", "STORE", "s", "COUNT", 1), ("GEORADIUS", "g", 15, 37, 1, "m", "STORE", "s"),
        ("GEORADIUS", "g", 15, 37, 1, "m", "STORE", "d"), ("GEORADIUS", "g", 15, 37, 1, "m", "STORE", "g"),
        ("GEORADIUS", "missing", 15, 37, 1, "m", "STORE", "s"), ("GEORADIUS", "missing", 15, 37, 1, "m", "STOREDIST", "d"),
        ("GEORADIUS", "g", 15, 37, 200, "km", "STOREDIST", "d", "STORE", "e"), ("GEORADIUS", "g", 15, 37, 200, "km", "store", "d", "STORE", "e"),
        ("GEORADIUSBYMEMBER", "g", "Palermo", 200, "km", "STORE", "d", "DESC"), ("GEORADIUSBYMEMBER", "g", "Palermo", 200, "km", "STORE", "g"),
        ("GEORADIUSBYMEMBER", "missing", "x", "x", "x", "STORE", "s"), ("GEORADIUSBYMEMBER", "missing", "x", "x", "x"),
        ("GEORADIUS", "g", 15, 37, 200, "km", "STORE", "d", "WITHDIST"), ("GEORADIUS", "g", 15, 37, 200, "km", "WITHHASH", "STOREDIST", "d"),
        ("GEORADIUS", "g", 15, 37, 200, "km", "STORE"), ("GEORADIUS", "g", 15, 37, 200, "km", "STOREDIST"),
        ("GEORADIUS_RO", "g", 15, 37, 200, "km", "STORE", "d"), ("GEORADIUSBYMEMBER_RO", "g", "Palermo", 200, "km", "STOREDIST", "d"),
        ("GEOSEARCHSTORE", "s", "missing", "FROMMEMBER", "x", "BYRADIUS", 1, "m"), ("GEOSEARCHSTORE", "d", "missing", "FROMMEMBER", "x", "BYRADIUS", 1, "m"),
        ("GEOSEARCHSTORE", "s", "g", "FROMLONLAT", 1, 1, "BYRADIUS", 1, "m"), ("GEOSEARCHSTORE", "d", "s", "FROMLONLAT", 1, 1, "BYRADIUS", 1, "m"),
        ("GEOSEARCHSTORE", "g", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "m"), ("GEOSEARCHSTORE", "d", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "m", "WITHDIST"),
        ("GEOSEARCHSTORE", "d", "g", "STOREDIST", "STOREDIST", "ASC", "ASC", "ASC"), ("GEOSEARCHSTORE", "d", "g", "BYRADIUS", 1, "m", "WITHDIST", "COUNT", 1),
        ("GEOSEARCHSTORE", "d", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "m", "STORE", "x"), ("GEOSEARCHSTORE", "d", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1),
        ("GEOSEARCHSTORE", "d", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "m", "ANY"), ("GEOSEARCHSTORE",), ("GEOSEARCHSTORE", "d", "g"),
    ],
)  # fmt: skip
def test_storing(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, ("SET", "d", "x", "EXAT", 4102444800), words, ("EXPIRETIME", "d")], oracles=ALL)
    compare([*START, words], oracles=ALL)


@pytest.mark.parametrize("command", [("GEORADIUS", "g", "15", "37"), ("GEORADIUSBYMEMBER", "g", "Palermo")])
def test_storing_distances(compare: Comparison, command: tuple[Word, ...]) -> None:
    for unit in ("m", "km", "ft", "mi"):
        compare([SICILY, (*command, 1_000_000, unit, "STOREDIST", "d")], oracles=NEW)


@pytest.mark.parametrize(
    "words",
    [
        ("GEORADIUS", "g", 15, 37, 200, "km", "FOO"), ("GEORADIUS", "g", 15, 37, 200, "km", "COUNT"), ("GEORADIUS", "g", 15, 37, 200, "km", "COUNT", 0),
        ("GEORADIUS", "g", 15, 37, 200, "km", "COUNT", -1), ("GEORADIUS", "g", 15, 37, 200, "km", "COUNT", "x"),
        ("GEORADIUS", "g", 15, 37, 200, "km", "COUNT", 2**63), ("GEORADIUS", "g", 15, 37, 200, "km", "ANY"), ("GEORADIUS", "g", 15, 37, 200, "km", "ANY", "FOO"),
        ("GEORADIUS", "g", 15, 37, 200, "km", "FROMMEMBER", "Palermo"), ("GEORADIUS", "g", 15, 37, 200, "km", "COUNT", 1, "COUNT", 0),
        ("GEORADIUS", "g", 15, 37, 200, "km", "COUNT", 1, "COUNT", 2), ("GEORADIUS", "g", 15, 37, -1, "km"), ("GEORADIUS", "g", 15, 37, "x", "km"),
        ("GEORADIUS", "g", 15, 37, 200, "yd"), ("GEORADIUS", "g", 15, 37, -1, "yd"), ("GEORADIUS", "g", 15, 37, "nan", "km"), ("GEORADIUS", "g", 15, 37, "-0.0", "km"),
        ("GEORADIUS", "g", "x", 37, "x", "yd"), ("GEORADIUS", "g", 15, "x", "x", "yd"), ("GEORADIUS", "g", 181, 37, "x", "yd"), ("GEORADIUS", "g", 15, 86, "x", "yd"),
        ("GEORADIUS", "missing", "x", 37, 1, "m"), ("GEORADIUS", "missing", 15, 37, "x", "m"), ("GEORADIUS", "missing", 15, 37, 1, "m", "FOO"),
        ("GEORADIUS", "missing", 15, 37, 1, "m", "ANY"), ("GEORADIUS", "missing", 15, 37, 1, "m"), ("GEORADIUS", "s", "x", 37, 1, "m"),
        ("GEORADIUS", "g", 15, 37, 200), ("GEORADIUS",), ("GEORADIUS_RO", "g", 15, 37, 200), ("GEORADIUSBYMEMBER", "g", "Palermo", 1),
        ("GEORADIUSBYMEMBER", "s", "Palermo", "x", "x"), ("GEORADIUSBYMEMBER", "missing", "x", "x", "x", "FOO"), ("GEORADIUSBYMEMBER", "missing", "x", "x", "x", "ANY"),
        ("GEORADIUSBYMEMBER", "missing", "x", 1, "m", "COUNT", 0), ("GEORADIUSBYMEMBER", "g", "Palermo", "x", "yd"), ("GEORADIUSBYMEMBER", "g", "Palermo", 1, "yd"),
        ("GEORADIUSBYMEMBER_RO", "g", "Palermo", 1), ("GEORADIUSBYMEMBER_RO", "g", "Palermo", -1, "m"), ("GEORADIUSBYMEMBER_RO", "g", "Palermo", 0, "m"),
        ("GEOSEARCH", "g", "FROMLONLAT", 1, 1, "FROMMEMBER", "Palermo", "BYRADIUS", 1, "km"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "FROMLONLAT", 1, 1, "BYRADIUS", 1, "km"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "FROMMEMBER", "Catania", "BYRADIUS", 1, "km"), ("GEOSEARCH", "g", "FROMLONLAT", 1, 1, "FROMLONLAT", 15, 37, "BYRADIUS", 100, "km"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "km", "BYBOX", 1, 1, "km"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", 1, 1, "km", "BYRADIUS", 1, "km"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "km", "BYRADIUS", 1000, "km"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", 1, 1, "km", "BYBOX", 1000, 1000, "km"),
        ("GEOSEARCH", "g", "BYRADIUS", 1, "km", "ASC", "DESC"), ("GEOSEARCH", "g", "ASC", "ASC", "ASC", "ASC", "ASC"), ("GEOSEARCH", "g", "ANY", "ASC", "ASC", "ASC", "ASC"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "km", "ANY"), ("GEOSEARCH", "missing", "FROMMEMBER", "x", "BYRADIUS", 1, "km", "ANY"),
        ("GEOSEARCH", "missing", "FROMMEMBER", "x", "BYRADIUS", 1, "km"), ("GEOSEARCH", "missing", "FROMMEMBER", "x", "BYRADIUS", "x", "km"),
        ("GEOSEARCH", "missing", "FROMLONLAT", "x", 1, "BYRADIUS", 1, "km"), ("GEOSEARCH", "missing", "BYRADIUS", 1, "km", "ASC", "ASC"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", 1, "x", "km"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", "x", 1, "km"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", 1, -1, "yd"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", -1, 1, "yd"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", 1, 1, "yd"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", 1, 1),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", 0, 0, "m"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", "inf", "km"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", "inf", "inf", "km"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", "inf", 0, "km"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYBOX", "1e308", "1e308", "km"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", "1e-300", "ft"),
        ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "km", "STOREDIST"), ("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "BYRADIUS", 1, "km", "STORE", "d"),
        ("GEOSEARCH", "g", "FOO", "FROMMEMBER", "x", "BYRADIUS", 1, "km"), ("GEOSEARCH", "g", "FROMLONLAT", 181, 91, "BYRADIUS", 1, "km"),
        ("GEOSEARCH", "g", "FROMLONLAT", 1, "BYRADIUS", 1, "km"), ("GEOSEARCH", "g", "BYRADIUS", 1, "km", "COUNT", 1, "FROMMEMBER"),
        ("GEOSEARCH", "g", "BYRADIUS", 1, "km", "COUNT", 1, "FROMLONLAT", 1), ("GEOSEARCH", "s", "x", "x", "x", "x", "x"), ("GEOSEARCH", "g", "x", "x", "x", "x"),
        ("GEOSEARCH", "", "FROMMEMBER", "", "BYRADIUS", "", ""), ("GEOSEARCH",),
    ],
)  # fmt: skip
def test_odd_searches(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare([*START, words], oracles=ALL)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("GEOSEARCH", "g", "FROMMEMBER", "x", "BYRADIUS", 1, "km", "FOO"), "it names the member that is not there"),
        (("GEOSEARCH", "g", "FROMMEMBER", "Palermo", "ASC", "DESC", "ANY"), "it names BYPOLYGON, too"),
        (("GEOSEARCHSTORE", "d", "missing", "FROMMEMBER", "Palermo", "ASC", "DESC", "ANY"), "it names BYPOLYGON, too"),
        (("GEORADIUSBYMEMBER", "g", "x", "x", "x"), "it names the member that is not there"),
        (("GEORADIUS", "g", "15", "37", "0x10", "km"), "it reads decimals only"),
    ],
)  # fmt: skip
def test_where_valkey_differs(compare: Comparison, words: tuple[Word, ...], reason: str) -> None:
    compare([*START, words], oracles=ALL, differs={"valkey-9.1": reason})


TRIANGLE: tuple[Word, ...] = ("BYPOLYGON", 3, 0, 0, 20, 0, 10, 60)


@pytest.mark.parametrize(
    "words",
    [
        (*TRIANGLE,), (*TRIANGLE, *DETAILS, "DESC"), (*TRIANGLE, "COUNT", 1), (*TRIANGLE, "COUNT", 1, "ANY"), (*TRIANGLE, *TRIANGLE), (*TRIANGLE, "ANY"),
        (*TRIANGLE, "FROMLONLAT", 1, 1), ("FROMLONLAT", 1, 1, *TRIANGLE), (*TRIANGLE, "FROMMEMBER", "Palermo"), ("FROMMEMBER", "Palermo", *TRIANGLE),
        (*TRIANGLE, "BYRADIUS", 1, "km"), ("BYRADIUS", 1, "km", *TRIANGLE), (*TRIANGLE, "BYBOX", 1, 1, "km"), ("BYBOX", 1, 1, "km", *TRIANGLE),
        ("BYPOLYGON", 2, 0, 0, 20, 0), ("BYPOLYGON", "x", 0, 0, 20, 0), ("BYPOLYGON", 4, 0, 0, 20, 0, 10, 60), ("BYPOLYGON", 3, 0, 0, 20, 0, 10, 99),
        ("BYPOLYGON", 3, 0, 0, 20, "x", 10, 60), ("BYPOLYGON", 2**31, 0, 0, 20, 0), ("BYPOLYGON", -1, 0, 0, 20, 0), ("ASC", "ASC", "ASC", "BYPOLYGON", 3),
        ("ASC", "ASC", "ASC", "ASC", "BYPOLYGON"), ("ASC", "ASC", "ASC", "BYPOLYGON", "x", 1), ("BYPOLYGON", 3, 0, 0, 20, 0, 10, 60, 5),
        ("BYPOLYGON", 5, 0, 0, 20, 0, 20, 60, 10, 10, 0, 60, "WITHDIST"), ("BYPOLYGON", 4, -180, -85, 180, -85, 180, 85, -180, 85, "WITHDIST"),
        ("BYPOLYGON", 3, 0, 0, 0, 0, 0, 0), ("bypolygon", 3, 13, 38, 14, 38, 13.5, 39, "withdist"),
    ],
)  # fmt: skip
def test_polygons(compare: Comparison, words: tuple[Word, ...]) -> None:
    compare(
        [
            *START,
            numbers("GEOSEARCH", "g", *words),
            numbers("GEOSEARCH", "missing", *words),
            ("GEOSEARCH", "s", *words),
        ],
        oracles=VALKEY,
    )
    compare(
        [*START, ("GEOSEARCHSTORE", "d", "g", *words, "STOREDIST"), ("GEOSEARCHSTORE", "d", "missing", *words)],
        oracles=VALKEY,
    )


def test_a_large_sorted_set(compare: Comparison) -> None:
    places = [word for n in range(600) for word in (n * 0.37 % 20, n * 0.73 % 30 + 30, f"m{n}")]
    case: list[tuple[Word, ...]] = [("GEOADD", "g", *places)]
    for words in (
        ("BYRADIUS", 900, "km"),
        ("BYBOX", 1000, 3000, "km"),
        ("BYRADIUS", 900, "km", "COUNT", 100, "ANY"),
        ("BYRADIUS", 900, "km", "DESC"),
    ):
        case += [
            ("GEOSEARCH", "g", "FROMLONLAT", 10, 45, *words, "WITHDIST"),
            ("GEOSEARCHSTORE", "d", "g", "FROMLONLAT", 10, 45, *words),
        ]
    compare(case, oracles=ALL)


# Any points and searches

MEMBERS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
#: Ordinary places, those at the limits, and those near them.
LONGITUDE = st.one_of(
    st.floats(-180, 180),
    st.sampled_from([-180.0, 180.0, 0.0, 90.0, -90.0, 179.9999, -179.9999, 1e-9, -1e-9]),
    st.integers(-180, 180),
)
LATITUDE = st.one_of(
    st.floats(-85.05112878, 85.05112878),
    st.sampled_from([-85.05112878, 85.05112878, 85.0511, -85.0511, 66.0, 66.1, 80.1, -80.1, -66.1, 0.0, 1e-9, 45.0]),
    st.integers(-85, 85),
)
UNITS = st.sampled_from(["m", "km", "ft", "mi"])
LENGTH = st.one_of(
    st.floats(0, 30_000),
    st.floats(0, 3e7),
    st.sampled_from([0, 0.1, 1, 1000, 5000, 10_000, 20_015, 20_037.72637, 1e9, 2.0**40]),
)
COUNTS = st.sampled_from([(), (), ("COUNT", 3), ("COUNT", 2, "ANY")])
ORDERS = st.sampled_from([(), (), ("ASC",), ("DESC",)])
POINTS = st.lists(st.tuples(LONGITUDE, LATITUDE, MEMBERS), min_size=1, max_size=6, unique_by=lambda point: point[2])
CENTRE = st.one_of(st.tuples(st.just("FROMMEMBER"), MEMBERS), st.tuples(st.just("FROMLONLAT"), LONGITUDE, LATITUDE))
SHAPE = st.one_of(
    st.tuples(st.just("BYRADIUS"), LENGTH, UNITS),
    st.tuples(st.just("BYBOX"), LENGTH, LENGTH, UNITS),
)
#: Valkey searches around anything if the middle of a polygon is where no geohash is.
POLYGON = st.lists(st.tuples(LONGITUDE, LATITUDE), min_size=3, max_size=7).filter(
    lambda vertices: abs(Polygon(vertices).centre[1]) < 85.05
)


def geoadd(points: list[tuple[float, float, str]]) -> Step:
    return step("GEOADD", "g", *[word for point in points for word in point])


@generated
@given(points=POINTS, searches=st.lists(st.tuples(CENTRE, SHAPE, ORDERS, COUNTS), min_size=1, max_size=10))
def test_any_searches(
    compare: Comparison, points: list[tuple[float, float, str]], searches: list[tuple[tuple[Word, ...], ...]]
) -> None:
    case = [geoadd(points), numbers("GEOPOS", "g", *"abcdef"), ("GEOHASH", "g", *"abcdef")]
    case += [("GEODIST", "g", *pair) for pair in combinations("abcdef", 2)]
    for search in searches:
        words = [word for part in search for word in part]
        case += [numbers("GEOSEARCH", "g", *words, *DETAILS), ("GEOSEARCHSTORE", "d", "g", *words)]
    compare(case, oracles=REDIS)


@generated
@given(
    points=POINTS,
    polygons=st.lists(POLYGON, min_size=1, max_size=5),
)
def test_any_polygons(
    compare: Comparison, points: list[tuple[float, float, str]], polygons: list[list[tuple[float, float]]]
) -> None:
    case = [geoadd(points)]
    for vertices in polygons:
        words = [word for vertex in vertices for word in vertex]
        case.append(numbers("GEOSEARCH", "g", "BYPOLYGON", len(vertices), *words, *DETAILS))
    compare(case, oracles=VALKEY)


@generated
@given(
    steps=cases(
        command("GEOADD", KEYS, LONGITUDE, LATITUDE, MEMBERS),
        command("GEOADD", KEYS, st.sampled_from(["NX", "XX", "CH"]), 1, 2, MEMBERS, 1, LATITUDE, MEMBERS),
        command("GEOSEARCHSTORE", KEYS, KEYS, "FROMMEMBER", MEMBERS, "BYRADIUS", LENGTH, "km"),
        command("GEOSEARCHSTORE", KEYS, KEYS, "FROMLONLAT", 1, 2, "BYBOX", LENGTH, 100, "km", "STOREDIST"),
        command("GEORADIUS", KEYS, 1, 2, LENGTH, "km", "STORE", KEYS),
        command("GEORADIUSBYMEMBER", KEYS, MEMBERS, LENGTH, "km", "ASC"),
        command("GEODIST", KEYS, MEMBERS, MEMBERS),
        command("GEOPOS", KEYS, MEMBERS).map(numbers),
        command("GEOHASH", KEYS, MEMBERS),
        command("DEL", KEYS),
        command("RENAME", KEYS, KEYS),
        command("COPY", KEYS, KEYS),
        command("SET", KEYS, "x"),
        command("PEXPIREAT", KEYS, st.sampled_from([1, 4102444800000])),
        command("TYPE", KEYS),
    )
)
def test_any_commands(compare: Comparison, steps: list[Step]) -> None:
    compare(steps, oracles=REDIS)
