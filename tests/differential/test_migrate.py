"""MIGRATE: what is wrong with requests. Keys that really move are in tests/test_migrate.py."""

from __future__ import annotations

import pytest

from tests.differential.comparison import Comparison
from tests.differential.steps import Word

Words = tuple[Word, ...]

NOWHERE = ("127.0.0.1", 1)


@pytest.mark.parametrize(
    "words",
    [
        ("missing", 0, 10), ("", 0, 10), ("", 0, 10, "KEYS"), ("", 0, 10, "KEYS", "missing"), ("", 0, 10, "KEYS", "missing", "gone"),
        ("missing", 0, -1), ("missing", 0, 0), ("missing", -1, 10), ("missing", "x", 10), ("missing", 0, "x"), ("missing", "x", "y"),
        ("missing", 0, "1.5"), ("missing", 2**63, 10), ("missing", 0, 2**63), ("k", "x", 10),
        ("missing", 0, 10, "COPY"), ("missing", 0, 10, "copy", "REPLACE", "COPY"), ("missing", 0, 10, "FOO"), ("missing", "x", "x", "FOO"),
        ("missing", 0, 10, "AUTH"), ("missing", 0, 10, "AUTH", "p"), ("missing", 0, 10, "AUTH2", "u"), ("missing", 0, 10, "AUTH2"),
        ("missing", 0, 10, "AUTH2", "u", "p"), ("missing", 0, 10, "AUTH", "p", "AUTH2", "u", "p"), ("missing", 0, 10, "COPY", "AUTH"),
        ("k", 0, 10, "KEYS", "k"), ("missing", 0, 10, "KEYS"), ("", 0, 10, "keys", "missing", "FOO"), ("", 0, 10, "FOO", "KEYS", "k"),
        ("missing", "x", 10, "KEYS", "k"),
    ],
)  # fmt: skip
def test_one_request(compare: Comparison, words: Words) -> None:
    compare([("SET", "k", "v"), ("MIGRATE", *NOWHERE, *words)])


@pytest.mark.parametrize("count", range(6))
def test_too_few_words(compare: Comparison, count: int) -> None:
    compare(
        [("MIGRATE", *("127.0.0.1", 1, "k", 0, 10)[:count])] if count < 5 else [("MIGRATE", *NOWHERE, "missing", 0, 10)]
    )
