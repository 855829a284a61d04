"""The longest common subsequence against the table of lengths that Redis fills."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from stubredis.datatypes.lcs import Match, Table
from tests.programs import IN_CI

#: No time limit for an example, and the same examples in every run of CI.
unhurried = settings(deadline=None, derandomize=IN_CI)

STRINGS = st.one_of(st.text("ab", max_size=12), st.text("abc", max_size=80), st.text("abcdefghij", max_size=40)).map(
    str.encode
)


def by_the_table(first: bytes, second: bytes) -> tuple[bytes, list[Match], int]:
    """Return what Redis' way through its table gives, and the length."""
    lengths = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, a in enumerate(first, 1):
        for j, b in enumerate(second, 1):
            lengths[i][j] = lengths[i - 1][j - 1] + 1 if a == b else max(lengths[i - 1][j], lengths[i][j - 1])
    pairs: list[tuple[int, int]] = []
    i, j = len(first), len(second)
    while i and j:
        if first[i - 1] == second[j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif lengths[i - 1][j] > lengths[i][j - 1]:
            i -= 1
        else:
            j -= 1
    runs: list[list[tuple[int, int]]] = []
    for pair in pairs:
        if runs and runs[-1][-1] == (pair[0] + 1, pair[1] + 1):
            runs[-1].append(pair)
        else:
            runs.append([pair])
    matches = [((run[-1][0], run[0][0]), (run[-1][1], run[0][1])) for run in runs]
    return bytes(first[i] for i, _ in reversed(pairs)), matches, lengths[-1][-1]


@unhurried
@given(STRINGS, STRINGS)
@example(b"", b"")
@example(b"a", b"")
def test_walk(first: bytes, second: bytes) -> None:
    table = Table(first, second, lines=True)
    common, matches, length = by_the_table(first, second)
    assert table.walk() == (common, matches)
    assert table.length == length == Table(first, second, lines=False).length == len(common)


def test_a_long_and_a_short_string() -> None:
    """As many steps as the shorter one has bytes: one for each byte of the longer one would take minutes."""
    long = b"x" * 5_000_000 + b"a" + b"y" * 5_000_000
    for first, second in ((long, b"ya"), (b"ya", long), (long, b"za"), (b"az", long)):
        assert Table(first, second, lines=True).walk()[0] in (b"y", b"a")
    assert Table(long, b"xay", lines=True).walk()[1] == [
        ((10_000_000, 10_000_000), (2, 2)), ((4_999_999, 5_000_000), (0, 1))
    ]  # fmt: skip
