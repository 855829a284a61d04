"""Glob-style patterns against a plain reading of their rules; that these are Redis' is for the differential tests."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stubredis.datatypes.glob import matcher
from tests.programs import IN_CI

ALPHABET = st.lists(
    st.sampled_from([b"a", b"b", b"c", b"-", b"^", b"[", b"]", b"\\", b"*", b"?", b"\n", b"\xff"]), max_size=8
)
WORDS = ALPHABET.map(b"".join)


def matches(pattern: bytes, text: bytes) -> bool:
    """Match by trying everything."""
    if not pattern:
        return not text
    kind, rest = pattern[:1], pattern[1:]
    if kind == b"*":
        return any(matches(rest, text[start:]) for start in range(len(text) + 1))
    if kind == b"[":
        allowed, rest = read_set(rest)
        return bool(text) and text[0] in allowed and matches(rest, text[1:])
    if kind == b"\\" and rest:
        kind, rest = rest[:1], rest[1:]
    elif kind == b"?":
        kind = text[:1]
    return bool(text) and kind == text[:1] and matches(rest, text[1:])


def read_set(pattern: bytes) -> tuple[set[int], bytes]:
    """Return the bytes in a set and what follows it; the pattern begins behind the opening bracket."""
    negated = pattern[:1] == b"^"
    pattern = pattern[negated:]
    members: set[int] = set()
    while pattern and pattern[:1] != b"]":
        if pattern[:1] == b"\\" and len(pattern) > 1:
            members.add(pattern[1])
            pattern = pattern[2:]
        elif len(pattern) > 2 and pattern[1:2] == b"-":
            # The bytes of a range are signed.
            low, high = sorted(byte - 256 if byte > 127 else byte for byte in (pattern[0], pattern[2]))
            members.update(byte % 256 for byte in range(low, high + 1))
            pattern = pattern[3:]
        else:
            members.add(pattern[0])
            pattern = pattern[1:]
    return set(range(256)) - members if negated else members, pattern[1:]


@settings(max_examples=1000, deadline=None, derandomize=IN_CI)
@given(pattern=WORDS, text=WORDS)
@example(b"[a-]", b"`")
@example(b"[a-]", b"-")
@example(b"[\\a-c]", b"b")
@example(b"[a-\\]]", b"]]")
@example(b"[a\\", b"\\")
@example(b"[", b"[")
@example(b"[^]", b"a")
@example(b"[]a]", b"a]")
@example(b"\\", b"\\")
@example(b"[c-a]", b"b")
@example(b"*[^-a]*", b"-b")
def test_any_pattern(pattern: bytes, text: bytes) -> None:
    if text or not pattern:
        assert bool(matcher(pattern)(text)) == matches(pattern, text)


@pytest.mark.parametrize("pattern", [b"*", b"**", b"?", b"[^a]", b"a"])
def test_only_the_empty_pattern_matches_the_empty_string(pattern: bytes) -> None:
    assert not matcher(pattern)(b"")
    assert matcher(b"")(b"")


def test_many_stars_need_no_exponential_time() -> None:
    assert not matcher(b"*a" * 40 + b"b")(b"a" * 5000)
    assert matcher(b"*a" * 40 + b"b")(b"a" * 5000 + b"b")
