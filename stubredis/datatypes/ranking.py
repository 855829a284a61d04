"""Members in the order of their scores, and of their bytes where scores are equal.

The order is cut into chunks of some hundred members. A chunk is two parallel arrays, its scores and its members, so
that a place in it is found by bisection and made by shifting a few kilobytes, both at C speed. The scores are packed
doubles: a member costs two words, and a search touches one piece of memory instead of an object a step, for which a
large sorted set, that no cache holds, would have to wait.

Separators say which chunk a member belongs to: each is at or behind the last member of a chunk, and before the first
one of the next. The sizes of the chunks are summed up in blocks: ranks are found without a walk over all chunks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

CHUNK = 512
"""How many members a new chunk has; with twice as many it is split."""
FEWEST = 128
"""A chunk with fewer members is joined with its neighbour."""
BLOCK = 32
"""How many chunks a block counts."""


class Ranking:
    """The order of a sorted set. The caller knows which member has which score, and names both."""

    __slots__ = ("_blocks", "_member_separators", "_members", "_score_separators", "_scores", "_sizes")

    def __init__(self, scores: array[float], members: list[bytes]) -> None:
        """Begin with members that are in order, and their scores."""
        starts = range(0, max(len(members), 1), CHUNK)
        self._scores = [scores[start : start + CHUNK] for start in starts]
        self._members = [members[start : start + CHUNK] for start in starts]
        self._score_separators = array("d", [chunk[-1] for chunk in self._scores[:-1]])
        self._member_separators = [chunk[-1] for chunk in self._members[:-1]]
        self._count()

    def copy(self) -> Ranking:
        """Return an independent ranking of the same members."""
        ranking = Ranking.__new__(Ranking)
        ranking._scores = [chunk[:] for chunk in self._scores]
        ranking._members = [chunk[:] for chunk in self._members]
        ranking._score_separators = self._score_separators[:]
        ranking._member_separators = self._member_separators[:]
        ranking._count()
        return ranking

    # Changes

    def insert(self, score: float, member: bytes) -> None:
        """Insert a member that is not there."""
        at, index = self._locate(score, member)
        self._scores[at].insert(index, score)
        self._members[at].insert(index, member)
        self._sizes[at] += 1
        self._blocks[at // BLOCK] += 1
        if self._sizes[at] > 2 * CHUNK:
            self._split(at)
            self._count()

    def remove(self, score: float, member: bytes) -> None:
        """Remove a member that is there with this score."""
        at, index = self._locate(score, member)
        self._remove_within(at, index, index + 1)

    def move(self, old: float, score: float, member: bytes) -> None:
        """Give a member that is there with one score another one; most often it stays between its neighbours."""
        at, index = self._locate(old, member)
        scores = self._scores[at]
        if 0 < index < len(scores) - 1 and scores[index - 1] < score < scores[index + 1]:
            scores[index] = score
        else:
            self._remove_within(at, index, index + 1)
            self.insert(score, member)

    def take(self, start: int, stop: int) -> list[tuple[bytes, float]]:
        """Remove and return the members from rank `start` to before `stop`, both within 0 and the length."""
        at, index = self._find(start)
        end = index + stop - start
        if end <= self._sizes[at]:
            pairs = list(zip(self._members[at][index:end], self._scores[at][index:end], strict=False))
            self._remove_within(at, index, end)
            return pairs
        pairs = self.pairs(start, stop)
        # The members before the first and behind the last one that goes become one chunk, all between them is dropped.
        last, end = self._find(stop)
        self._scores[at][index:] = self._scores[last][end:]
        self._members[at][index:] = self._members[last][end:]
        self._drop(at + 1, last + 1)
        self._mend(at)
        self._count()
        return pairs

    def _remove_within(self, at: int, start: int, stop: int) -> None:
        """Remove a part of one chunk."""
        del self._scores[at][start:stop]
        del self._members[at][start:stop]
        count = stop - start
        self._sizes[at] -= count
        self._blocks[at // BLOCK] -= count
        if self._sizes[at] < FEWEST and len(self._sizes) > 1:
            self._mend(at)
            self._count()

    # Places

    def _locate(self, score: float, member: bytes) -> tuple[int, int]:
        """Return the chunk and the index in it where a member is, or would be."""
        separators = self._score_separators
        at = bisect_left(separators, score)
        if at < len(separators) and separators[at] == score and self._member_separators[at] < member:
            at = bisect_left(self._member_separators, member, at, bisect_right(separators, score, at))
        scores = self._scores[at]
        index = bisect_left(scores, score)
        if index < len(scores) and scores[index] == score:
            index = bisect_left(self._members[at], member, index, bisect_right(scores, score, index))
        return at, index

    def _find(self, rank: int) -> tuple[int, int]:
        """Return the chunk and the index in it of a rank; for the length, the end of the last chunk."""
        sizes = self._sizes
        if rank < sizes[0]:
            return 0, rank
        at = 0
        for size in self._blocks:
            if rank < size:
                break
            rank -= size
            at += BLOCK
        for size in sizes[at : at + BLOCK]:
            if rank < size:
                return at, rank
            rank -= size
            at += 1
        return len(sizes) - 1, sizes[-1]

    def _before(self, at: int) -> int:
        """Return how many members the chunks before one have."""
        block = at // BLOCK
        return sum(self._blocks[:block]) + sum(self._sizes[block * BLOCK : at]) if at else 0

    # Queries

    def rank(self, score: float, member: bytes) -> int:
        """Return how many members come before this one, which is there with this score."""
        at, index = self._locate(score, member)
        return self._before(at) + index

    def below(self, score: float) -> int:
        """Return how many members have a score that is less."""
        at = bisect_left(self._score_separators, score)
        return self._before(at) + bisect_left(self._scores[at], score)

    def up_to(self, score: float) -> int:
        """Return how many members have at most this score."""
        at = bisect_right(self._score_separators, score)
        return self._before(at) + bisect_right(self._scores[at], score)

    def before(self, member: bytes) -> int:
        """Return how many members are less than these bytes, if all have the same score."""
        at = bisect_left(self._member_separators, member)
        return self._before(at) + bisect_left(self._members[at], member)

    def through(self, member: bytes) -> int:
        """Return how many members are at most these bytes, if all have the same score."""
        at = bisect_right(self._member_separators, member)
        return self._before(at) + bisect_right(self._members[at], member)

    def has_one_score(self) -> bool:
        """Tell whether all members have the same score. There must be members."""
        return self._scores[0][0] == self._scores[-1][-1]

    def members(self, start: int, stop: int) -> list[bytes]:
        """Return the members from rank `start` to before `stop`, both within 0 and the length."""
        at, index = self._find(start)
        found = self._members[at][index : index + stop - start]
        while len(found) < stop - start:
            at += 1
            found += self._members[at][: stop - start - len(found)]
        return found

    def pairs(self, start: int, stop: int) -> list[tuple[bytes, float]]:
        """Return members and their scores, from rank `start` to before `stop`, both within 0 and the length."""
        at, index = self._find(start)
        end = index + stop - start
        found = list(zip(self._members[at][index:end], self._scores[at][index:end], strict=False))
        while len(found) < stop - start:
            at += 1
            end = stop - start - len(found)
            found += zip(self._members[at][:end], self._scores[at][:end], strict=False)
        return found

    def __iter__(self) -> Iterator[bytes]:
        """All members in order. The ranking must not change meanwhile."""
        for chunk in self._members:
            yield from chunk

    def __reversed__(self) -> Iterator[bytes]:
        for chunk in reversed(self._members):
            yield from reversed(chunk)

    # Chunks

    def _count(self) -> None:
        """Count the members of chunks and blocks again, after chunks came or went."""
        self._sizes = sizes = list(map(len, self._members))
        self._blocks = [sum(sizes[start : start + BLOCK]) for start in range(0, len(sizes), BLOCK)]

    def _split(self, at: int) -> None:
        """Cut a chunk in two halves."""
        scores, members = self._scores[at], self._members[at]
        half = len(members) // 2
        self._scores[at : at + 1] = scores[:half], scores[half:]
        self._members[at : at + 1] = members[:half], members[half:]
        self._score_separators.insert(at, scores[half - 1])
        self._member_separators.insert(at, members[half - 1])

    def _mend(self, at: int) -> None:
        """Join a chunk that has become small with a neighbour."""
        if len(self._members[at]) < FEWEST and len(self._members) > 1:
            at = max(at - 1, 0)
            self._scores[at] += self._scores[at + 1]
            self._members[at] += self._members[at + 1]
            self._drop(at + 1, at + 2)
        if len(self._members[at]) > 2 * CHUNK:
            self._split(at)

    def _drop(self, start: int, stop: int) -> None:
        """Forget chunks, whose members went to the chunk before them or nowhere: that one takes over their end."""
        del self._scores[start:stop]
        del self._members[start:stop]
        del self._score_separators[start - 1 : stop - 1]
        del self._member_separators[start - 1 : stop - 1]
