"""Filter expressions, and what they read of attributes; tests/differential/test_vector_sets.py has the many forms."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stubredis.datatypes.vector_filters import Filter, FilterError, field_of

ATTRIBUTES = b'{"year": 1984, "name": "x y", "tags": ["p", 3], "ok": true, "no": null, "in": {"year": 1}}'


@pytest.mark.parametrize(
    "expression",
    [
        b".year == 1984",
        b".year > 1980 and .name == 'x y'",
        b"'p' in .tags",
        b"not ('q' in .tags)",
        b".ok",
        b".no == null",
        b"2 ** 3 ** 2 == 512",
        b"'x' in .name",
        b"1 / 0 > 10 ** 300",
        b"(-1) ** 0.5 != 0",
        b"5 % 0",
        b"0 ** -1 > 1",
        b"(-10) ** 401 < 0",
        b"0 - 1 / 0 < 0",
    ],
)
def test_true(expression: bytes) -> None:
    assert Filter(expression).accepts(ATTRIBUTES)


@pytest.mark.parametrize(
    "expression",
    [b".year == 1985", b".missing", b".missing or 1", b".in", b".in or 1", b"not .ok", b".no", b"''", b"0", b"."],
)
def test_false(expression: bytes) -> None:
    assert not Filter(expression).accepts(ATTRIBUTES)


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        (b"", 0),
        (b"1 = 2", 3),
        (b"1 @", 2),
        (b"'abc", 4),
        (b"[1 2]", 3),
        (b"1.2.3 + 1", 5),
        (b"(1", 0),
        (b"not not 1", 0),
        (b"1 1", 0),
    ],
)
def test_where_an_expression_goes_wrong(expression: bytes, at: int) -> None:
    with pytest.raises(FilterError) as raised:
        Filter(expression)
    assert raised.value.at == at


@given(st.binary(max_size=30) | st.text("().!*/%+-<>=|&in andor'\"[],19e\\\0\n", max_size=30).map(str.encode))
def test_any_text_is_an_expression_or_an_error(text: bytes) -> None:
    at = 0
    try:
        Filter(text).accepts(ATTRIBUTES)
    except FilterError as error:
        at = error.at
    assert 0 <= at <= len(text)


def test_long_expressions() -> None:
    assert Filter(b"+".join([b"1"] * 50_000)).accepts(b"")
    assert Filter(b"(" * 50_000 + b"1" + b")" * 50_000).accepts(b"")


OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "<": operator.lt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@given(st.integers(0, 99), st.sampled_from(sorted(OPERATORS)), st.integers(0, 99))
def test_arithmetic(left: int, name: str, right: int) -> None:
    result = float(OPERATORS[name](left, right))
    assert Filter(f"({left} {name} {right}) == {result:.0f}".replace("== -", "== 0 - ").encode()).accepts(b"")


@pytest.mark.parametrize(
    ("attributes", "value"),
    [
        (b'{"f": 1.5}', 1.5),
        (b' {"g": {"f": 2}, "f" : "a\\"b\\n" }', b'a"b\n'),
        (b'{"g": [1, "]"], "f": [1, [true], null]}', (1.0, (1.0,), None)),
        (b'{"f": {}}', ...),
        (b'{"f": 1', 1.0),
        (b'{"f": tru}', ...),
        (b'{"f": truex}', ...),
        (b'{"f": 1e}', ...),
        (b'{"f": [1,]}', ...),
        (b'{"f": "x}', ...),
        (b'{"g": x, "f": 1}', ...),
        (b'{"g": 1 "f": 1}', ...),
        (b'{"f" 1}', ...),
        (b'{"f":}', ...),
        (b"[]", ...),
        (b"", ...),
        (b'{"g": "', ...),
        (b'{"g": {"h": "}"}, "f": []}', ()),
        (b'{"g": {"h: 1}, "f": 1}', ...),
        (b'{"f": 1, "f": 2}', 1.0),
        (b'{"f":"\\u0041"}', b"u0041"),
        (b'{"f": ' + b"[" * 100_000, ...),
        (b'{"f": ' + b"1" * 300 + b"}", float("1" * 255)),
    ],
)
def test_fields(attributes: bytes, value: object) -> None:
    assert field_of(attributes, b"f") == value


@given(
    st.dictionaries(
        st.text("ab_", min_size=1, max_size=3),
        st.none() | st.booleans() | st.integers() | st.text(" -~", max_size=5),
        max_size=4,
    )
)
def test_fields_of_json(fields: dict[str, bool | int | str | None]) -> None:
    import json

    text = json.dumps(fields).encode()
    for name, value in fields.items():
        expected = value.encode() if isinstance(value, str) else None if value is None else float(value)
        assert field_of(text, name.encode()) == expected
    assert field_of(text, b"missing") is ...


@given(st.binary(max_size=40) | st.text('{}[]",:\\ ftrue1.-', max_size=40).map(str.encode))
def test_any_attributes(attributes: bytes) -> None:
    value = field_of(attributes, b"f")
    assert value is ... or value is None or isinstance(value, (float, bytes, tuple))
    assert not (isinstance(value, float) and math.isnan(value))
