"""The longest common subsequence of two strings, for LCS."""

from __future__ import annotations

Match = tuple[tuple[int, int], tuple[int, int]]
"""A common run: its first and last index in the first string, and in the second."""


def table(first: bytes, second: bytes) -> list[list[int]]:
    """Return the lengths of the longest common subsequences of all pairs of beginnings."""
    rows = [[0] * (len(second) + 1)]
    for byte in first:
        above = rows[-1]
        row = [0]
        for index, other in enumerate(second):
            row.append(above[index] + 1 if byte == other else max(above[index + 1], row[index]))
        rows.append(row)
    return rows


def walk(lengths: list[list[int]], first: bytes, second: bytes) -> tuple[bytes, list[Match]]:
    """Walk back through the table: return the subsequence, and its runs from the last to the first.

    Among equally long ones, this is the one that Redis finds (lcsCommand in t_string.c).
    """
    common = bytearray()
    matches: list[Match] = []
    i, j = len(first), len(second)
    end: tuple[int, int] | None = None  # of the run that is being read, backwards
    while i and j:
        if first[i - 1] == second[j - 1]:
            common.append(first[i - 1])
            i, j = i - 1, j - 1
            end = end or (i, j)
        else:
            if end:
                matches.append(((i, end[0]), (j, end[1])))
                end = None
            if lengths[i - 1][j] > lengths[i][j - 1]:
                i -= 1
            else:
                j -= 1
    if end:
        matches.append(((i, end[0]), (j, end[1])))
    return bytes(reversed(common)), matches
