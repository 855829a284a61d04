"""The longest common subsequence of two strings, for LCS.

Redis fills a table of the lengths for all pairs of beginnings. Two neighbours in a row of it differ by 0 or 1, so here
a row is one int with a bit for each byte of the second string, and a few operations on whole ints make a row of the
one above it (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004).
"""

from __future__ import annotations

Match = tuple[tuple[int, int], tuple[int, int]]
"""A common run: its first and last index in the first string, and in the second."""


def table(first: bytes, second: bytes) -> list[int]:
    """Return a row for each beginning of the first string, from the empty one to the whole.

    Bit j is 0 where the second string's byte j makes the longest common subsequence longer by one.
    """
    full = (1 << len(second)) - 1
    places = dict.fromkeys(first, 0)
    for byte in places:
        # Of the digits that this makes of the string, those that stand for the byte are 1.
        digits = second[::-1].translate(bytes(48 + (byte == other) for other in range(256)))
        places[byte] = int(b"0b" + digits, 0) if digits else 0
    rows = [full]
    for byte in first:
        above = rows[-1]
        common = above & places[byte]
        rows.append((above + common | above - common) & full)
    return rows


def length(rows: list[int]) -> int:
    """Return the length of the longest common subsequence."""
    return rows[0].bit_count() - rows[-1].bit_count()


def walk(rows: list[int], first: bytes, second: bytes) -> tuple[bytes, list[Match]]:
    """Walk back through the table: return the subsequence, and its runs from the last to the first.

    Among equally long ones, this is the one that Redis finds (lcsCommand in t_string.c).
    """
    common = bytearray()
    matches: list[Match] = []
    i, j = len(first), len(second)
    size = (j + 7) // 8
    row = rows[i].to_bytes(size, "little")  # a bit of bytes is reached at once, one of a long int is not
    end: tuple[int, int] | None = None  # of the run that is being read, backwards
    while i and j:
        if first[i - 1] == second[j - 1]:
            common.append(first[i - 1])
            i, j = i - 1, j - 1
            end = end or (i, j)
            row = rows[i].to_bytes(size, "little")
        else:
            if end:
                matches.append(((i, end[0]), (j, end[1])))
                end = None
            if row[j - 1 >> 3] >> (j - 1 & 7) & 1:
                j -= 1
            else:
                i -= 1
                row = rows[i].to_bytes(size, "little")
    if end:
        matches.append(((i, end[0]), (j, end[1])))
    return bytes(reversed(common)), matches
