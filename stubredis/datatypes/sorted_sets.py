"""The value of a sorted set key: members with scores, and their order, which is worked out when it is asked for."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import eq
from struct import Struct
from typing import NamedTuple

from stubredis.datatypes.limits import limits
from stubredis.datatypes.packed import MOST_WORDS, Packed
from stubredis.datatypes.ranking import Ranking

SCORE = Struct("<d")
"""How a score is packed."""

SORTABLE = 16 * 1024
"""So many members are sorted in a few milliseconds: a sorted set of up to so many has no ranking until it is asked for,
and loses it when half of them have changed."""
PENDING = 1024
"""So many changes are made to the ranking of a larger one in that time: no query has to wait for more."""
REPLACED = 8
"""Sorting all members costs less than changing each eighth one in the ranking."""


class LexBound(NamedTuple):
    """One end of a range of members. `edge` is -1 for the minimum of all, 1 for the maximum, 0 for a member."""

    edge: int
    member: bytes = b""
    exclusive: bool = False


class SortedSet:
    """Members and their scores. Ranks count from 0 at the lowest score; equal scores are in the order of their members.

    The dict of scores is the truth. Changes only go there, and the members that changed are noted together with
    the scores that they have in the ranking; a query that needs the order brings the ranking up to date first.
    A member that changes many times between two queries moves only once, and many members are sorted at once.

    A listpack knows no -0: there, as in Redis, it becomes 0.
    """

    __slots__ = ("_large", "_limit", "_pending", "_ranking", "scores")

    def __init__(self, pairs: Iterable[tuple[bytes, float]] = ()) -> None:
        self.scores: dict[bytes, float] = dict(pairs)
        """The score of each member, in no particular order; changed by this class only."""
        self._ranking: Ranking | None = None
        self._pending: dict[bytes, float | None] = {}
        """Members that have changed, and the scores that the ranking has for them, None if it does not have them."""
        self._limit = 0
        """How many may be pending."""
        self._large = len(self.scores) > limits.sorted_set_members or any(
            len(member) > limits.sorted_set_length for member in self.scores
        )
        if not self._large:
            self.scores = {member: score + 0.0 for member, score in self.scores.items()}
        if len(self.scores) > SORTABLE:
            self._order()

    @property
    def encoding(self) -> bytes:
        """How Redis would keep it; what once was a skiplist stays one."""
        return b"skiplist" if self._large else b"listpack"

    def expect(self, count: int) -> None:
        """Say how many pairs one request is about to set: many make a skiplist at once, even if they are the same."""
        if count > limits.sorted_set_members:
            self._large = True

    def grow(self) -> None:
        """Stop being a listpack, for ever."""
        self._large = True

    def pack(self) -> PackedSortedSet | None:
        """Return the sorted set in one object, or None if it is too large for that."""
        if self._large or 2 * len(self.scores) > MOST_WORDS:
            return None
        return PackedSortedSet.of([*self.scores, *map(SCORE.pack, self.scores.values())])

    def copy(self) -> SortedSet:
        """Return an independent sorted set of the same members."""
        twin = SortedSet.__new__(SortedSet)
        twin.scores = self.scores.copy()
        twin._ranking = None if self._ranking is None else self._ranking.copy()
        twin._pending = self._pending.copy()
        twin._limit = self._limit
        twin._large = self._large
        return twin

    def __len__(self) -> int:
        return len(self.scores)

    def __contains__(self, member: object) -> bool:
        return member in self.scores

    def __iter__(self) -> Iterator[bytes]:
        """All members in order. The sorted set must not change meanwhile."""
        return iter(self._order())

    def __reversed__(self) -> Iterator[bytes]:
        return reversed(self._order())

    # Changes

    def set(self, member: bytes, score: float) -> float | None:
        """Give a member a score; return the one that it had, None if it is new."""
        scores = self.scores
        old = scores.get(member)
        if old != score:
            if not self._large:
                if old is None and (len(scores) >= limits.sorted_set_members or len(member) > limits.sorted_set_length):
                    self._large = True
                else:
                    score += 0.0
            scores[member] = score
            if self._ranking is not None:
                self._pending.setdefault(member, old)
                if len(self._pending) > self._limit:
                    self._relieve()
            elif len(scores) > SORTABLE:
                self._catch_up()
        return old

    def remove(self, member: bytes) -> bool:
        """Remove a member; tells whether it was there."""
        old = self.scores.pop(member, None)
        if old is None:
            return False
        if self._ranking is not None:
            self._pending.setdefault(member, old)
            if len(self._pending) > self._limit:
                self._relieve()
        return True

    def delete(self, start: int, stop: int) -> list[tuple[bytes, float]]:
        """Remove the members from rank `start` to before `stop`, both within 0 and the length, and return them."""
        pairs = self._order().take(start, stop)
        scores = self.scores
        for member, _ in pairs:
            del scores[member]
        return pairs

    # Queries

    def rank(self, member: bytes) -> int | None:
        """Return how many members come before one, None if it is not there."""
        score = self.scores.get(member)
        return None if score is None else self._order().rank(score, member)

    def members(self, start: int, stop: int) -> list[bytes]:
        """Return the members from rank `start` to before `stop`, both within 0 and the length."""
        return self._order().members(start, stop)

    def pairs(self, start: int = 0, stop: int | None = None) -> list[tuple[bytes, float]]:
        """Return members with their scores from rank `start` to before `stop`, both within 0 and the length."""
        return self._order().pairs(start, len(self.scores) if stop is None else stop)

    def span_of_scores(
        self, low: float, high: float, *, above_low: bool = False, below_high: bool = False
    ) -> tuple[int, int]:
        """Return the rank of the first member within two scores and the one behind the last; empty if not less.

        `above_low` and `below_high` exclude the bounds themselves.
        """
        ranking = self._order()
        start = ranking.up_to(low) if above_low else ranking.below(low)
        stop = ranking.below(high) if below_high else ranking.up_to(high)
        return start, max(start, stop)

    def span_of_members(self, low: LexBound, high: LexBound, *, from_end: bool = False) -> tuple[int, int]:
        """Return the rank of the first member within two bounds and the one behind the last; empty if not less.

        This is meant for members of one score. Otherwise it depends on the end from which Redis begins
        to walk, and for larger sorted sets on chance.
        """
        ranking = self._order()
        if not self.scores:
            return 0, 0
        if len(self.scores) <= limits.sorted_set_members and not ranking.has_one_score():
            return self._walk(low, high, from_end)
        start = stop = 0
        if low.edge:
            start = 0 if low.edge < 0 else len(self.scores)
        else:
            start = ranking.through(low.member) if low.exclusive else ranking.before(low.member)
        if high.edge:
            stop = 0 if high.edge < 0 else len(self.scores)
        else:
            stop = ranking.before(high.member) if high.exclusive else ranking.through(high.member)
        return start, max(start, stop)

    def random_members(self, count: int) -> list[bytes]:
        """Return as many members chosen at random, the same one maybe several times. There must be members."""
        ranking = self._order()
        length = len(self.scores)
        if count < length // 4:
            return [ranking.members(rank, rank + 1)[0] for rank in (random.randrange(length) for _ in range(count))]
        return random.choices(list(self.scores), k=count)

    def distinct_members(self, count: int) -> list[bytes]:
        """Return as many different members chosen at random, or all of them, the highest score first."""
        length = len(self.scores)
        if count >= length:
            return list(reversed(self._order()))
        if count < length // 4:
            ranking = self._order()
            return [ranking.members(rank, rank + 1)[0] for rank in random.sample(range(length), count)]
        return random.sample(list(self.scores), count)

    def _walk(self, low: LexBound, high: LexBound, from_end: bool) -> tuple[int, int]:
        """Find members within two bounds by comparing one after another, as Redis does in a listpack."""
        members = self._order().members(0, len(self.scores))

        def is_high_enough(member: bytes) -> bool:
            return low.edge < 0 or (
                not low.edge and (member > low.member or (member == low.member and not low.exclusive))
            )

        def is_low_enough(member: bytes) -> bool:
            return high.edge > 0 or (
                not high.edge and (member < high.member or (member == high.member and not high.exclusive))
            )

        if not is_high_enough(members[-1]) or not is_low_enough(members[0]):
            return 0, 0
        length = len(members)
        if from_end:
            stop = next((rank + 1 for rank in reversed(range(length)) if is_low_enough(members[rank])), 0)
            start = next((rank + 1 for rank in reversed(range(stop)) if not is_high_enough(members[rank])), 0)
        else:
            start = next((rank for rank in range(length) if is_high_enough(members[rank])), length)
            stop = next((rank for rank in range(start, length) if not is_low_enough(members[rank])), length)
        return start, stop

    # The order

    def _order(self) -> Ranking:
        """Return the ranking, up to date."""
        if self._ranking is None or self._pending:
            return self._catch_up()
        return self._ranking

    def _catch_up(self) -> Ranking:
        """Bring the ranking up to date: change by change, or all anew if much has changed."""
        ranking, scores, pending = self._ranking, self.scores, self._pending
        if ranking is None or REPLACED * len(pending) > len(scores):
            ranking = self._ranking = ranked(scores)
        else:
            for member, old in pending.items():
                score = scores.get(member)
                if old is None:
                    if score is not None:
                        ranking.insert(score, member)
                elif score is None:
                    ranking.remove(old, member)
                elif score != old or not score:  # it may be another zero
                    ranking.move(old, score, member)
        self._pending = {}
        self._limit = len(scores) // 2 if len(scores) <= SORTABLE else PENDING
        return ranking

    def _relieve(self) -> None:
        """Deal with more pending changes than there may be."""
        if len(self.scores) > SORTABLE:
            self._catch_up()
        else:
            self._ranking = None
            self._pending = {}


def ranked(scores: dict[bytes, float]) -> Ranking:
    """Sort members by their scores, and where these are equal by their bytes."""
    members = sorted(scores, key=scores.__getitem__)
    ordered = array("d", map(scores.__getitem__, members))
    if any(map(eq, ordered, islice(ordered, 1, None))):
        members.sort()
        members.sort(key=scores.__getitem__)
        ordered = array("d", map(scores.__getitem__, members))
    return Ranking(ordered, members)


class PackedSortedSet(Packed):
    """A small sorted set in one object: its members, and then their scores."""

    __slots__ = ()

    kind = SortedSet

    def unpack(self) -> SortedSet:
        words = self.words
        middle = len(words) // 2
        scores = [SCORE.unpack(word)[0] for word in words[middle:]]
        return SortedSet(zip(words[:middle], scores, strict=True))
