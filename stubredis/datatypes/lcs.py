"""The longest common subsequence of two strings, for LCS.

Redis fills a table of the lengths for all pairs of beginnings. Two neighbours in it differ by 0 or 1, so here a line of
the table, along the longer string, is one int with a bit for each byte, and a few operations on whole ints make the
next line of it (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004). There are as many lines as the shorter
string has bytes.
"""

from __future__ import annotations

Match = tuple[tuple[int, int], tuple[int, int]]
"""A common run: its first and last index in the first string, and in the second."""


class Table:
    """The lengths for all pairs of beginnings; without `lines` only the length for the whole strings.

    A bit tells whether the last byte of the second beginning makes the subsequence longer. Bit i of line j is about the
    beginnings of i + 1 and j bytes if the lines are along the first string, otherwise bit j of line i about those of i
    and j + 1 bytes.
    """

    __slots__ = ("_along_second", "_first", "_lines", "_second", "length")

    def __init__(self, first: bytes, second: bytes, *, lines: bool) -> None:
        self._first, self._second = first, second
        self._along_second = along_second = len(first) <= len(second)
        short, long = (first, second) if along_second else (second, first)
        full = (1 << len(long)) - 1
        places = _places(short, long)
        self._lines = [0]
        line = full  # 0 where the next beginning of the longer string gives more
        for byte in short:
            common = line & places[byte]
            total = line + common
            if lines and not along_second:
                self._lines.append((total ^ line ^ common) >> 1)  # where the addition carries, the line before is less
            line = (total | line - common) & full
            if lines and along_second:
                self._lines.append(line ^ full)
        self.length = len(long) - line.bit_count()

    def walk(self) -> tuple[bytes, list[Match]]:
        """Walk back through the table: return the subsequence, and its runs from the last to the first.

        Among equally long ones, this is the one that Redis finds (lcsCommand in t_string.c).
        """
        first, second = self._first, self._second
        common = bytearray()
        matches: list[Match] = []
        i, j = len(first), len(second)
        end: tuple[int, int] | None = None  # of the run that is being read, backwards
        while i and j:
            if first[i - 1] == second[j - 1]:
                common.append(first[i - 1])
                i, j = i - 1, j - 1
                end = end or (i, j)
                continue
            if end:
                matches.append(((i, end[0]), (j, end[1])))
                end = None
            i, j = self._before(i, j)
        if end:
            matches.append(((i, end[0]), (j, end[1])))
        return bytes(reversed(common)), matches

    def _before(self, i: int, j: int) -> tuple[int, int]:
        """Go on from a pair of beginnings that end differently: to a shorter second one, if that gives as much.

        Steps that can only be followed by the same are made at once.
        """
        if self._along_second:
            more = (self._lines[i] & (1 << j) - 1).bit_length()
            if more == j:
                return i - 1, j
            return i, max(more, self._second.rfind(self._first[i - 1], 0, j) + 1)
        if self._lines[j] >> i - 1 & 1:
            return self._first.rfind(self._second[j - 1], 0, i) + 1, j
        return i, j - 1


def _places(short: bytes, long: bytes) -> dict[int, int]:
    """Return for each byte of one string where it is in the other: a 1 for each place, the first in the lowest bit."""
    places = dict.fromkeys(short, 0)
    for byte in places:
        digits = long[::-1].translate(bytes(48 + (byte == other) for other in range(256)))
        places[byte] = int(b"0b" + digits, 0) if digits else 0
    return places
