"""PING and ECHO, and the simplest SET and GET: an example of how a differential test is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential.comparison import Comparison
from tests.differential.generated import KEYS, VALUES, cases, command, generated
from tests.differential.steps import Step, on, raw


@pytest.mark.parametrize(
    "request_words",
    [
        ("PING",),
        ("ping", "hello"),
        ("PING", "too", "many"),
        ("ECHO", b"\x00\r\n\xff"),
        ("ECHO",),
        ("GET", "missing"),
        ("GET",),
        ("SET", "k"),
        ("SET", "k", "v", "NX", "XX"),
    ],
)
def test_one_request(compare: Comparison, request_words: tuple[str | bytes, ...]) -> None:
    compare([request_words])


def test_a_value_is_seen_by_every_client(compare: Comparison) -> None:
    compare(
        [
            ("SET", "k", "v"),
            on("b", "GET", "k"),
            on("b", "SET", "k", 2, "EX", 1000),
            ("GET", "k"),
        ]
    )


def test_inline_requests(compare: Comparison) -> None:
    compare([raw(b'SET k "a b"\r\n'), raw(b"GET k\nPING\r\n", replies=2), ("GET", "k")])


@generated
@given(
    steps=cases(
        command("SET", KEYS, VALUES),
        command("SET", KEYS, VALUES, st.sampled_from(["NX", "XX", "GET", "KEEPTTL"])),
        command("GET", KEYS),
    )
)
def test_any_set_and_get(compare: Comparison, steps: list[Step]) -> None:
    compare(steps)
